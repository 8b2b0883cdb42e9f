"""How far a file of lines was read, and whether it is still the same file.

A program may truncate its log, replace it, or rename it and start a new one (rotation). The cursor remembers the file's
identity, its size, and a fingerprint of its beginning and of the bytes before the place that was reached.
"""

from __future__ import annotations

import hashlib
import os
import re
from pathlib import Path
from typing import BinaryIO

import msgspec
from msgspec import Struct

from tracetui.sources.lines_streams import Compression, Encoding, Wrapping

_HEAD = 1024
_TAIL = 256
_MORE = -1


class Cursor(Struct, frozen=True, array_like=True):
    """How far one file was read. `offset` and `line` (lines before it) are of the decoded text.

    `seen` is the file's size when its end was reached, or -1 while there is more. The fingerprints are of the file's
    own bytes: `head` of the first `head_length`, `tail` of those before `anchor`. `waits` says that the end was not
    whole: a started line, or compressed data that ends early.
    """

    device: int
    inode: int
    seen: int = _MORE
    mtime_ns: int = 0
    offset: int = 0
    line: int = 0
    form: str = ""
    compression: Compression = ""
    encoding: Encoding = "utf-8"
    anchor: int = 0
    head_length: int = 0
    head: str = ""
    tail: str = ""
    waits: bool = False

    @property
    def wrapping(self) -> Wrapping:
        """How the file is wrapped."""
        return Wrapping(self.compression, self.encoding)

    def dump(self) -> str:
        """The opaque text that others keep."""
        return msgspec.json.encode(self).decode()

    def at(self, file: BinaryIO, end: int, offset: int, line: int) -> Cursor:
        """This cursor moved on to `offset`, with fingerprints of what lies before it. `end`: how far the file is."""
        anchor = min(offset, end) if self.wrapping.is_plain else end
        head_length = min(_HEAD, anchor)
        is_known = head_length == self.head_length
        return msgspec.structs.replace(
            self,
            offset=offset,
            line=line,
            anchor=anchor,
            head_length=head_length,
            head=self.head if is_known else _digest(file, 0, head_length),
            tail=_digest(file, max(0, anchor - _TAIL), anchor),
        )

    def ended(self, size: int, mtime_ns: int, waits: bool) -> Cursor:
        """This cursor at the end of a file of `size` bytes."""
        return msgspec.structs.replace(self, seen=size, mtime_ns=mtime_ns, waits=waits)

    def continues_in(self, file: BinaryIO, size: int) -> bool:
        """Whether an open file still begins with what was read."""
        if size < self.anchor:
            return False
        return (
            _digest(file, 0, self.head_length) == self.head
            and _digest(file, max(0, self.anchor - _TAIL), self.anchor) == self.tail
        )

    def is_current(self, about: os.stat_result) -> bool:
        """Whether nothing happened to the file since its end was reached."""
        return (
            self.seen == about.st_size
            and self.mtime_ns == about.st_mtime_ns
            and self.inode == about.st_ino
            and self.device == about.st_dev
        )


def parse_cursor(text: str | None) -> Cursor | None:
    """The cursor in an opaque text, None where it was written by another version."""
    if text is None:
        return None
    try:
        return msgspec.json.decode(text, type=Cursor)
    except msgspec.DecodeError:
        return None


def _digest(file: BinaryIO, start: int, end: int) -> str:
    """A fingerprint of some bytes, "" of none; the file stays where it is."""
    if end <= start:
        return ""
    place = file.tell()
    file.seek(start)
    data = file.read(end - start)
    file.seek(place)
    return hashlib.blake2b(data, digest_size=8).hexdigest()


def find_renamed(path: Path, cursor: Cursor) -> Path | None:
    """The file beside `path` that was at `path` when the cursor was made, or None."""
    for entry in _beside(path):
        if entry.name != path.name and entry.inode() == cursor.inode:
            about = entry.stat(follow_symlinks=False)
            if about.st_dev == cursor.device and about.st_size >= cursor.anchor:
                return path.with_name(entry.name)
    return None


def find_rotated(path: Path) -> list[Path]:
    """Older files of a log that is rotated, newest first: `data-2026-11-02T05-02-14.173.json`, `data.json.1`."""
    numbered = re.compile(
        rf"{re.escape(path.stem)}[-.]\d[\dTZ:._-]*{re.escape(path.suffix)}|{re.escape(path.name)}[-.]\d[\dTZ:._-]*"
    )
    found = [entry for entry in _beside(path) if numbered.fullmatch(entry.name) and entry.name != path.name]
    found.sort(key=lambda entry: entry.stat(follow_symlinks=False).st_mtime_ns, reverse=True)
    return [path.with_name(entry.name) for entry in found]


def rotated_since(path: Path, renamed: Path) -> list[Path]:
    """The files that were begun and rotated away after `renamed`, oldest first."""
    since = renamed.stat().st_mtime_ns
    later = [other for other in find_rotated(path) if other != renamed and other.stat().st_mtime_ns > since]
    return later[::-1]


def _beside(path: Path) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(path.parent) as entries:
            return [entry for entry in entries if entry.name.startswith(path.stem) and entry.is_file()]
    except OSError:
        return []
