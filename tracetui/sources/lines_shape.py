"""What the first kilobytes of a file say: nothing, lines, objects, an array, or something that is no text."""

from __future__ import annotations

import os
import re
import stat
from pathlib import Path
from typing import BinaryIO, Literal, TypeAlias

from msgspec import Struct

from tracetui.errors import SourceVanished, UnreadableSource
from tracetui.sources.lines_objects import find_end
from tracetui.sources.lines_streams import UTF8_BOM, TextStream, Wrapping, encoding_of, wrapping_of

Form: TypeAlias = Literal["empty", "lines", "objects", "array", "csv", "binary", "protobuf"]

HEAD_SIZE = 16 << 10
_ARRAY = re.compile(rb"\[\s*(?:[\[{\]]|$)")
_BLANKS = b" \t\r\n\x1e"
_NOT_IN_TEXT = bytes(set(range(32)) - set(b"\t\n\r\x0b\x0c\x1b\x1c\x1d\x1e\x1f\x08"))
_MAGICS = (
    b"SQLite format 3\0",
    b"PK\x03\x04",
    b"\x7fELF",
    b"PAR1",
    b"\x89PNG",
    b"%PDF",
    b"BZh",
    b"\xfd7zXZ",
    b"7z\xbc\xaf",
)


class Shape(Struct, frozen=True):
    """What a file looks like from its beginning.

    `form`: "empty" has only blanks; "lines" is one record a line; "objects" is one or more JSON objects over several
    lines, perhaps with text between; "array" is a JSON array; "protobuf" is length-framed protobuf; "binary" is no text;
    "csv" is never concluded from the bytes alone (it looks like lines), but asked for by who knows the header.
    `head` is up to 16 KB of the text, unpacked, as UTF-8 and without a byte order mark.
    """

    form: Form
    wrapping: Wrapping
    head: bytes


def describe_shape(path: Path) -> Shape:
    """Look at the beginning of a file. Raises UnreadableSource where there is no file to read."""
    with open_file(path) as file:
        return shape_of(file, os.fstat(file.fileno()).st_size)


def open_file(path: Path, *, was_open: bool = False) -> BinaryIO:
    """Open a regular file for reading. Raises UnreadableSource, or SourceVanished where it `was_open` before."""
    try:
        mode = path.stat().st_mode
        if not stat.S_ISREG(mode):
            what = "a directory" if stat.S_ISDIR(mode) else "a pipe or a device"
            raise UnreadableSource(f"{path}: {what}, not a file")
        return path.open("rb", buffering=0)
    except FileNotFoundError as error:
        if was_open:
            raise SourceVanished(f"{path}: deleted or moved; what was read of it stays on the screen") from error
        raise UnreadableSource(f"{path}: no such file; check the name") from error
    except OSError as error:
        raise UnreadableSource(f"{path}: cannot be read ({error.strerror or error})") from error


def shape_of(file: BinaryIO, size: int) -> Shape:
    """The shape of an open file of `size` bytes."""
    file.seek(0)
    raw = file.read(HEAD_SIZE)
    wrapping = wrapping_of(raw)
    if not wrapping.is_plain:
        raw = TextStream(file, size, wrapping).read_exactly(HEAD_SIZE)
        if wrapping.compression == "zstd-framed" and not raw.lstrip(_BLANKS).startswith((b"{", b"[")):
            return Shape("protobuf", wrapping, raw)
        encoding = encoding_of(raw)
        if encoding != "utf-8":
            wrapping = Wrapping(wrapping.compression, encoding)
            raw = TextStream(file, size, wrapping).read_exactly(HEAD_SIZE)
    head = raw.removeprefix(UTF8_BOM)
    return Shape(form_of(head), wrapping, head)


def form_of(head: bytes) -> Form:
    """The form of a text by its beginning."""
    text = head.strip(_BLANKS)
    if not text:
        return "empty"
    if len(head) > 5 and head[:2] == b"\0\0" and head[4] == 0x0A:
        return "protobuf"
    if _is_binary(text):
        return "binary"
    return _form_of_json(head)


def _is_binary(text: bytes) -> bool:
    if text.startswith(_MAGICS):
        return True
    if text.lstrip(b"\0")[:1] in (b"{", b"["):
        return False
    return len(text) - len(text.translate(None, _NOT_IN_TEXT)) > len(text) // 20


def _form_of_json(head: bytes) -> Form:
    """The first line that begins like JSON decides; text before it is passed over."""
    start = 0
    while start < len(head):
        newline = head.find(b"\n", start)
        end = len(head) if newline < 0 else newline
        line = head[start:end].strip(_BLANKS + b"\0")
        if line.startswith(b"[") and _ARRAY.match(head, head.index(b"[", start)):
            return "array"
        if line.startswith(b"{"):
            return _form_of_object(head, head.index(b"{", start), line, newline)
        start = end + 1
    return "lines"


def _form_of_object(head: bytes, start: int, line: bytes, newline: int) -> Form:
    """Whether the object at `start`, whose first line is `line`, is one of a line each or spread over several."""
    end = find_end(line, 0)
    if end >= 0:
        return "objects" if line[end:].strip(_BLANKS)[:1] in (b",", b"{") else "lines"
    if line == b"{":
        return "objects"
    if newline < 0:
        return "lines"
    following = head[newline + 1 :]
    is_next_at_margin = following.startswith(b"{") and not following.split(b"\n", 1)[0].rstrip().endswith(b",")
    return "objects" if line.endswith((b"{", b"[", b",")) and not is_next_at_margin else "lines"
