"""Cursors as text: each source has a Struct of its own that says how far it has read."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TypeVar

import msgspec
from msgspec import Struct

from tracetui.errors import SourceVanished

Position = TypeVar("Position", bound=Struct)


class FilePosition(Struct, frozen=True, array_like=True):
    """How far a file of records was read, and the scores beside it."""

    lines: str | None = None
    scores: str | None = None


UNREADABLE = FilePosition("")
"""Where a cursor is no cursor: the file is read again, and what came from it before is forgotten."""


def parse_position(text: str | None, damaged: Position) -> Position:
    """The position of a cursor; the beginning for None, and `damaged` where the text is no position of that type."""
    if text is None:
        return type(damaged)()
    try:
        return msgspec.json.decode(text, type=type(damaged))
    except (msgspec.DecodeError, ValueError):
        return damaged


def dump_position(position: Struct) -> str:
    """The position as opaque text."""
    return msgspec.json.encode(position).decode()


def stamp_of(path: Path) -> tuple[int, int, int]:
    """Inode, size and time of writing (ns): another one is another file, or other content. Raises SourceVanished."""
    try:
        found = os.stat(path)
    except OSError as error:
        raise SourceVanished(f"{path}: deleted or moved; what was read of it stays on the screen") from error
    return found.st_ino, found.st_size, found.st_mtime_ns
