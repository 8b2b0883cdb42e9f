"""A SQLite database of another program, open for reading for as long as it is on the screen: whether it is still the same
file, whether anybody committed, and nothing of what is in it.

Nothing is held between two looks: no read transaction stays open, and nothing stays beside the file in the end.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path

from tracetui.errors import UnreadableSource
from tracetui.sources.sqlite_read import data_version, identity_of, open_database
from tracetui.store.connection import close_read_only, closed_on_failure, explain_sqlite_error

NO_FILE = (0, 0)
"""The identity (device, inode) in a cursor with which nothing was read yet."""


class FollowedDatabase:
    """One database. Raises UnreadableSource where it cannot be read."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._conn = open_database(path)
        self._seen_version = -1
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
        """Whether it is another file than `file`, or any program committed since `_seen_version`."""
        return identity_of(self.path) != file or self._version() != self._seen_version

    def _version(self) -> int:
        try:
            return data_version(self._conn)
        except sqlite3.Error as error:
            raise UnreadableSource(explain_sqlite_error(self.path, error)) from error

    def reopen_if_replaced(self, file: tuple[int, int]) -> str | None:
        """Open the file that is there now, where it is another one than `file`; then a sentence for the user."""
        if file in (NO_FILE, identity_of(self.path)):
            return None
        opened = open_database(self.path)  # first: where there is none yet, the old one goes on
        self._conn.close()
        self._conn = opened
        self._learn()
        return f"{self.path.name} was replaced: read again from the start"

    def close(self) -> None:
        """Close the connection."""
        close_read_only(self._conn, self.path)
