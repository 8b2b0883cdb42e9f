"""A SQLite database of another program, open for reading for as long as it is on the screen: whether it is still the same
file, whether anybody committed, and nothing of what is in it.

Nothing is held between two looks: no read transaction stays open, and nothing stays beside the file in the end.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterable
from pathlib import Path

from tracetui.errors import SourceVanished, UnreadableSource
from tracetui.sources.sqlite_read import data_version, identity_of, open_database
from tracetui.store.connection import close_read_only, closed_on_failure, explain_sqlite_error, is_frozen

NO_FILE = (0, 0)
"""The identity (device, inode) in a cursor with which nothing was read yet."""


def _about(path: Path) -> tuple[int, int, bool]:
    """Size, time of writing, and whether SQLite is told that nothing changes. Raises SourceVanished."""
    try:
        found = path.stat()
    except OSError as error:
        raise SourceVanished(f"{path}: the file is gone; what is on the screen is all that is left") from error
    return found.st_size, found.st_mtime_ns, is_frozen(path)


class FollowedDatabase:
    """One database. Raises UnreadableSource where it cannot be read."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._conn = open_database(path)
        self._seen_version = -1
        self._opened = identity_of(path)
        self._about = _about(path)
        self._is_doubted = False
        with closed_on_failure(self._conn):
            self._learn()

    def learn_tables(self) -> None:
        """Find out which tables are to be read, for a format whose tables have no fixed names: of the file that was
        opened, and of another that came in its place. Raises only sqlite3.Error."""

    def _learn(self) -> None:
        try:
            self.learn_tables()
        except sqlite3.Error as error:
            raise UnreadableSource(explain_sqlite_error(self.path, error)) from error

    def has_news(self, file: tuple[int, int]) -> bool:
        """Whether it is another file than `file`, or any program committed since `_seen_version`. Raises SourceVanished,
        UnreadableSource, also where something was written over it that is no database: SQLite does not notice that."""
        now = identity_of(self.path)
        is_other = now != file or now != self._opened
        if not is_other:
            self._look_at_it()
        return is_other or self._is_doubted or self._version() != self._seen_version

    def _look_at_it(self) -> None:
        now = _about(self.path)
        if now == self._about and not self._is_doubted:
            return
        try:
            if not now[0]:
                raise UnreadableSource(f"{self.path}: the file is empty now; what was read of it stays on the screen")
            open_database(self.path).close()
        except UnreadableSource:
            self._is_doubted = os.access(self.path, os.R_OK)
            raise
        self._is_doubted = self._is_doubted or self._about[2]
        self._about = now

    def _version(self) -> int:
        try:
            return data_version(self._conn)
        except sqlite3.Error as error:
            raise UnreadableSource(explain_sqlite_error(self.path, error)) from error

    def reopen_if_replaced(self, file: tuple[int, int]) -> str | None:
        """Open the file that is there now, where it is another one than `file`, or than the one that is open: a new file
        may get the number of one that is gone. Then a sentence for the user."""
        now = identity_of(self.path)
        if now == self._opened and file in (NO_FILE, now) and not self._is_doubted:
            return None
        opened = open_database(self.path)  # first: where there is none yet, the old one goes on
        self._conn.close()
        self._conn, self._opened, self._about, self._is_doubted = opened, now, _about(self.path), False
        self._learn()
        return None if file == NO_FILE else f"{self.path.name} was replaced: read again from the start"

    def notes(self) -> Iterable[str]:
        """Sentences for `info` about what was assumed. Raises UnreadableSource."""
        return ()

    def notes_now(self) -> tuple[str, ...]:
        """The same; where they cannot be found out now, why."""
        try:
            return tuple(self.notes())
        except UnreadableSource as error:
            return (str(error),)

    def close(self) -> None:
        """Close the connection."""
        close_read_only(self._conn, self.path)
