"""The file of a tracetui store while it is open: whether it is still the one that was opened.

SQLite goes on reading a file that was renamed or deleted, and notices neither that another one has its name now nor that
something else was written over it.
"""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path

from tracetui.errors import SourceVanished, UnreadableSource
from tracetui.store.connection import (
    check_store_version,
    closed_on_failure,
    explain_sqlite_error,
    is_frozen,
    open_read_only,
)

About = tuple[int, int, int, int, bool]


class StoreFile:
    """A connection for reading one store; `number` grows when another file, or another content, is read instead.

    `is_lost`: something that is no store was written over it, so that nothing of it can be read any more.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.number = 0
        self.is_lost = False
        self._about = self._look_at()
        self.conn = self._open()

    def _open(self) -> sqlite3.Connection:
        try:
            with closed_on_failure(open_read_only(self.path)) as conn:
                check_store_version(conn, self.path)
        except sqlite3.Error as error:
            raise UnreadableSource(explain_sqlite_error(self.path, error)) from error
        return conn

    def _look_at(self) -> About:
        """Device, inode, size, time of writing, and whether SQLite is told that nothing changes. Raises SourceVanished."""
        try:
            found = os.stat(self.path)
        except OSError as error:
            raise SourceVanished(f"{self.path}: the file is gone; what is on the screen is all that is left") from error
        return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, is_frozen(self.path)

    @property
    def inode(self) -> int:
        """What distinguishes this file from another with the same name."""
        return self._about[1]

    def look(self) -> bool:
        """Read what is there now, where that is another store than before; whether it is.

        Raises SourceVanished where nothing is there, UnreadableSource where it is no store: then what was read of one that
        was moved away can still be read.
        """
        now = self._look_at()
        if now == self._about and not self.is_lost:
            return False
        is_same = now[:2] == self._about[:2]
        try:
            conn = self._open()
        except UnreadableSource:
            self.is_lost = self.is_lost or (is_same and os.access(self.path, os.R_OK))
            raise
        was_frozen, self._about = self._about[4], now
        if is_same and not self.is_lost and not was_frozen:
            conn.close()
            return False
        self.conn.close()
        self.conn = conn
        self.number += 1
        self.is_lost = False
        return True

    def close(self) -> None:
        """Close the connection."""
        self.conn.close()
