"""Cursors of a tracetui store: how far it was read where it lies (`seq:inode`), or copied into an index."""

from __future__ import annotations

from msgspec import Struct

_COPY = "copy"


class Copied(Struct, frozen=True):
    """The cursor of a store that is copied into the index: the newest change, touched trace and score that it has."""

    changed: int = 0
    seq: int = 0
    scored: int = 0
    inode: int = 0

    @staticmethod
    def parse(cursor: str | None) -> Copied:
        """From its text; from the start where the text is another cursor."""
        if not is_cursor_of_copy(cursor):
            return Copied()
        return Copied(*map(int, str(cursor).split(":")[1:]))

    @property
    def text(self) -> str:
        """As it is kept."""
        return f"{_COPY}:{self.changed}:{self.seq}:{self.scored}:{self.inode}"

    @property
    def is_begun(self) -> bool:
        """Whether anything was copied."""
        return bool(self.changed or self.seq or self.scored)


def is_cursor_of_copy(cursor: str | None) -> bool:
    """Whether this cursor is of a store that was copied into the index."""
    return (cursor or "").startswith(_COPY)


def is_copied_whole(cursor: str | None) -> bool:
    """Whether all of a store was in the index once, so that the index can stand for it."""
    return Copied.parse(cursor).is_begun


def seq_in(cursor: str) -> int:
    """The newest change by plain SQL that was read."""
    return Copied.parse(cursor).seq if is_cursor_of_copy(cursor) else int(cursor.partition(":")[0])


def inode_in(cursor: str) -> int:
    """The file of which a cursor is: the number at its end, of both kinds."""
    return int(cursor.rpartition(":")[2])
