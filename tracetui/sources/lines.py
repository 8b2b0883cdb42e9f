"""The records of a file of JSON lines, or of JSON that is not one object a line, however large and however wrapped.

`read_records` reads what is new since a cursor, in chunks; `load_record` gets one record back by its position. Lines are
split at b"\\n" only (other line separators may stand within JSON strings). Positions are byte offsets in the decoded text.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import msgspec
from msgspec import Struct

from tracetui.errors import SourceVanished
from tracetui.sources.lines_cursor import Cursor, find_renamed, parse_cursor, rotated_since
from tracetui.sources.lines_marks import MARKS
from tracetui.sources.lines_objects import find_objects
from tracetui.sources.lines_rows import find_rows
from tracetui.sources.lines_shape import HEAD_SIZE, Form, Shape, describe_shape, open_file, shape_of
from tracetui.sources.lines_streams import LONGEST, UTF8_BOM, TextStream
from tracetui.wire.weight import TOO_HEAVY, is_too_heavy

__all__ = ["Chunk", "Form", "Record", "Shape", "changed", "describe_shape", "is_waiting", "read_records"]

FIRST_BLOCK = 256 << 10
BLOCK = 2 << 20
_HEAVY_FROM = 8 << 20
_RAW_JSON = msgspec.json.Decoder(msgspec.Raw)


class Record(Struct, frozen=True, gc=False):
    """One line or object: `position` and `length` in the decoded text, its bytes, and its line, counted from 1.

    A line keeps its carriage return; JSON readers take it for a blank.
    """

    position: int
    length: int
    data: bytes
    line: int


class Chunk(Struct):
    """Some records in order, and the cursor with which reading goes on after them. `done` of `total` are file bytes.

    `may_grow`: the last record is read again when the file goes on. `reset`: forget what came from this file before.
    `text_lines` counts lines of other text between objects.
    `incomplete` is 1 where the end of the file, as it is now, is not whole.
    """

    records: list[Record]
    cursor: str
    done: int
    total: int
    text_lines: int = 0
    incomplete: int = 0
    reset: bool = False
    notice: str | None = None
    may_grow: bool = False

    def is_unsure(self, record: Record) -> bool:
        """Whether more of a record may come, so that what is wrong with it is not said yet."""
        return self.may_grow and record is self.records[-1]


def changed(path: Path, cursor: str | None) -> bool:
    """Whether `read_records` would give anything or raise: one stat of the file."""
    known = parse_cursor(cursor)
    try:
        return known is None or not known.is_current(path.stat())
    except OSError:
        return True


def is_waiting(cursor: str | None) -> bool:
    """Whether the end of the file was not whole at `cursor`: what `Chunk.incomplete` said then."""
    known = parse_cursor(cursor)
    return known is not None and known.waits


def is_at_start(cursor: str | None) -> bool:
    """Whether nothing of the file was read at `cursor`."""
    known = parse_cursor(cursor)
    return known is None or known.offset == 0


def read_records(path: Path, cursor: str | None = None, form: Form | None = None) -> Iterator[Chunk]:
    """Read from `cursor` (None: from the start) to the present end of the file.

    `form` is for files that are known to be "lines" or "csv"; without it the beginning of the file decides. Raises
    SourceVanished where the file was there before, UnreadableSource where it cannot be read.
    """
    known = parse_cursor(cursor)
    if known is None:
        yield from _read_one(path, None, form, is_reset=cursor is not None)
        return
    try:
        file = open_file(path, was_open=True)
    except SourceVanished:
        renamed = find_renamed(path, known)
        if renamed is None:
            raise
        if not known.is_current(renamed.stat()):
            yield from _read_one(renamed, known, form)
        return
    with file:
        about = os.fstat(file.fileno())
        is_same = (about.st_dev, about.st_ino) == (known.device, known.inode)
        is_continued = known.continues_in(file, about.st_size)
    if known.is_current(about):
        return
    if is_continued:
        yield from _read_one(path, known, form)
    elif is_same:
        MARKS.forget(known.device, known.inode)
        verb = "truncated" if about.st_size < known.anchor else "replaced"
        yield from _read_again(path, form, f"{path.name} was {verb}: read again from the start")
    else:
        yield from _read_after_rotation(path, known, form)


def _read_after_rotation(path: Path, known: Cursor, form: Form | None) -> Iterator[Chunk]:
    renamed = find_renamed(path, known)
    if renamed is None:
        yield from _read_again(path, form, f"{path.name} was replaced: read again from the start")
        return
    later = rotated_since(path, renamed)
    yield from _read_one(renamed, known, form, is_over=True)
    for other in later:
        yield from _read_one(other, None, form, is_over=True)
    notice = f"{path.name} was rotated: the rest of {renamed.name} was read first"
    yield from _with_first(_read_one(path, None, form), reset=False, notice=notice)


def _read_again(path: Path, form: Form | None, notice: str) -> Iterator[Chunk]:
    return _with_first(_read_one(path, None, form), reset=True, notice=notice)


def _with_first(chunks: Iterator[Chunk], *, reset: bool, notice: str) -> Iterator[Chunk]:
    for number, chunk in enumerate(chunks):
        if number == 0:
            chunk.reset = reset
            chunk.notice = f"{notice}; {chunk.notice}" if chunk.notice else notice
        yield chunk


def _read_one(
    path: Path, known: Cursor | None, form: Form | None, *, is_over: bool = False, is_reset: bool = False
) -> Iterator[Chunk]:
    """Read one file from where `known` stands. `is_over`: nobody writes to it any more."""
    with open_file(path, was_open=known is not None) as file:
        reader = _Reader(path, file, known, form, is_over)
        for chunk in reader.read():
            chunk.reset, is_reset = is_reset, False
            yield chunk


class _Reader:
    """One pass over an open file, from a cursor to the end that it had at the beginning of the pass."""

    def __init__(self, path: Path, file: BinaryIO, known: Cursor | None, form: Form | None, is_over: bool) -> None:
        self._path = path
        self._file = file
        self._about = os.fstat(file.fileno())
        self._is_over = is_over
        self._size = self._about.st_size
        self._known = known
        self._waited = known is not None and known.waits
        self._cursor = self._start(known, form)
        self._is_array = self._cursor.form == "array"
        self._position = self._cursor.offset
        self._line = self._cursor.line
        self._block = FIRST_BLOCK if self._position == 0 else BLOCK
        self._passed = 0
        self._passed_head = b""
        self._notice: str | None = None

    def _start(self, known: Cursor | None, form: Form | None) -> Cursor:
        identity = {"device": self._about.st_dev, "inode": self._about.st_ino}
        if known is not None and known.offset >= HEAD_SIZE:
            return msgspec.structs.replace(known, **identity, seen=-1)
        shape = shape_of(self._file, self._size)
        wrapping = shape.wrapping
        return msgspec.structs.replace(
            known or Cursor(0, 0),
            **identity,
            seen=-1,
            form=form or shape.form,
            compression=wrapping.compression,
            encoding=wrapping.encoding,
        )

    def read(self) -> Iterator[Chunk]:
        """The chunks of this pass; the last one has the cursor of the end."""
        stream = TextStream(self._file, self._size, self._cursor.wrapping, self._position)
        read = self._read_objects if self._cursor.form in ("objects", "array", "csv") else self._read_lines
        return read(stream)

    def _chunk(self, records: list[Record], stream: TextStream, text_lines: int = 0) -> Chunk:
        self._cursor = self._cursor.at(self._file, self._size, self._position, self._line)
        notice, self._notice = self._notice, None
        return Chunk(records, self._cursor.dump(), stream.raw_offset, self._size, text_lines, notice=notice)

    def _end(self, chunk: Chunk, stream: TextStream, is_started: bool) -> Chunk:
        """Make `chunk` the last one."""
        waits = is_started or stream.damage is not None
        chunk.incomplete = int(waits)
        if stream.damage is not None and not self._waited:
            damage = f"{self._path.name}: {stream.damage}; what is whole before that was read"
            chunk.notice = f"{chunk.notice}; {damage}" if chunk.notice else damage
        chunk.cursor = self._cursor.ended(self._size, self._about.st_mtime_ns, waits).dump()
        return chunk

    def _blocks(self, stream: TextStream) -> Iterator[bytes]:
        """The text in blocks of growing size."""
        while block := stream.read(self._block):
            self._block = min(BLOCK, self._block * 8)
            if stream.offset == len(block):
                block = self._without_mark(block)
            yield block

    def _without_mark(self, block: bytes) -> bytes:
        if block.startswith(UTF8_BOM):
            self._position = len(UTF8_BOM)
        return block.removeprefix(UTF8_BOM)

    def _read_lines(self, stream: TextStream) -> Iterator[Chunk]:
        parts: list[bytes] = []
        chunk: Chunk | None = None
        for block in self._blocks(stream):
            if chunk is not None:
                yield chunk
                chunk = None
            if b"\n" not in block:
                parts = self._with_more(parts, block)
                continue
            lines = block.split(b"\n")
            passed = self._pass_over(lines.pop(0)) if self._passed else []
            if parts:
                lines[0] = b"".join([*parts, lines[0]])
            has_zeros = b"\0" in block or any(b"\0" in line for line in lines[:1])
            rest = lines.pop()
            parts = [rest] if rest else []
            chunk = self._chunk(passed + self._records(lines, has_zeros), stream)
        rest = b"".join(parts)
        is_whole = bool(rest) and (self._is_over or is_whole_json(rest))
        records = self._records([rest], b"\0" in rest) if is_whole else []
        if is_whole:
            self._position -= 1
            self._line -= 1
        if chunk is not None:
            records, self._notice = chunk.records + records, chunk.notice
        yield self._end(self._chunk(records, stream), stream, (bool(rest.strip()) and not is_whole) or self._passed > 0)

    def _with_more(self, parts: list[bytes], block: bytes) -> list[bytes]:
        """The parts of a line with one more; none once it is longer than any line that is read."""
        if self._passed or sum(map(len, parts)) + len(block) > LONGEST:
            self._passed_head = self._passed_head if self._passed else (parts or [block])[0][:256]
            self._passed += sum(map(len, parts)) + len(block)
            return []
        return [*parts, block]

    def _pass_over(self, end: bytes) -> list[Record]:
        """Move on behind a line that was too long to be read. Its beginning stands for it, so that it is counted."""
        record = Record(self._position, len(self._passed_head), self._passed_head, self._line + 1)
        self._line += 1
        self._position += self._passed + len(end) + 1
        self._passed = 0
        self._notice = f"{self._path.name}: line {self._line} is longer than {LONGEST >> 20} MiB and was left out"
        return [record]

    def _records(self, lines: list[bytes], has_zeros: bool) -> list[Record]:
        """The records of whole lines; moves on behind them."""
        if has_zeros:
            return self._records_between_zeros(lines)
        records: list[Record] = []
        append = records.append
        position = self._position
        line = self._line
        for data in lines:
            line += 1
            length = len(data)
            if length > _HEAVY_FROM and is_too_heavy(data):
                append(self._too_heavy(position, data, line))
            elif length and not data.isspace():
                append(Record(position, length, data, line))
            position += length + 1
        self._position = position
        self._line = line
        return records

    def _too_heavy(self, position: int, data: bytes, line: int) -> Record:
        """The beginning of a record that is not to be read, so that it is counted; what is wrong is said."""
        self._notice = f"{self._path.name}: the record at line {line} {TOO_HEAVY}; it was left out"
        return Record(position, 256, data[:256], line)

    def _records_between_zeros(self, lines: list[bytes]) -> list[Record]:
        """As `_records`, where a crash left runs of zeros: a run is a record of its own, so that it spoils no line."""
        records: list[Record] = []
        for data in lines:
            self._line += 1
            position = self._position
            for piece in _split_zeros(data):
                if piece and not piece.isspace():
                    records.append(Record(position, len(piece), piece, self._line))
                position += len(piece)
            self._position += len(data) + 1
        return records

    def _read_objects(self, stream: TextStream) -> Iterator[Chunk]:
        buffer = b""
        held = Chunk([], "", 0, 0)
        for block in self._blocks(stream):
            if held.records:
                yield held
                held = Chunk([], "", 0, 0)
            buffer += block
            if len(buffer) > LONGEST:
                self._notice = (
                    f"{self._path.name}: more than {LONGEST >> 20} MiB belong together after line {self._line}"
                )
                yield self._end(self._chunk([], stream), stream, True)
                return
            chunk, consumed, _ = self._objects(buffer, stream, False)
            chunk.text_lines += held.text_lines
            chunk.notice = chunk.notice or held.notice
            held = chunk
            buffer = buffer[consumed:]
            self._block = max(self._block, len(buffer))
        chunk, consumed, is_open = self._objects(buffer, stream, True)
        rest = buffer[consumed:]
        if is_open and self._is_over:
            chunk.records.append(Record(self._position, len(rest), rest, self._line + 1))
        chunk.records = held.records + chunk.records
        chunk.text_lines += held.text_lines
        chunk.notice = chunk.notice or held.notice
        chunk.may_grow = self._cursor.form == "csv" and not self._is_over and not is_open and bool(rest.strip())
        yield self._end(chunk, stream, is_open and not self._is_over)

    def _objects(self, buffer: bytes, stream: TextStream, is_last: bool) -> tuple[Chunk, int, bool]:
        is_csv = self._cursor.form == "csv"
        if is_csv:
            found = find_rows(buffer, is_last=is_last)
        else:
            found = find_objects(buffer, is_array=self._is_array, is_last=is_last)
        records: list[Record] = []
        counted = 0
        for start, end in found.spans:
            self._line += buffer.count(b"\n", counted, start)
            counted = start
            record = Record(self._position + start, end - start, buffer[start:end], self._line + 1)
            is_heavy = record.length > _HEAVY_FROM and not is_csv and is_too_heavy(record.data)
            records.append(self._too_heavy(record.position, record.data, record.line) if is_heavy else record)
        self._line += buffer.count(b"\n", counted, found.consumed)
        self._position += found.consumed
        return self._chunk(records, stream, found.text_lines), found.consumed, found.is_open


def _split_zeros(line: bytes) -> tuple[bytes, ...]:
    """A line as the zeros before it, itself, and the zeros behind it."""
    rest = line.lstrip(b"\0")
    body = rest.rstrip(b"\0")
    before = len(line) - len(rest)
    return line[:before], body, rest[len(body) :]


def is_whole_json(data: bytes) -> bool:
    """Whether a last line without a newline is a whole object or array, so that it need not be waited for."""
    text = data.strip(b" \t\r\0\x1e")
    if not text.startswith((b"{", b"[")) or not text.endswith((b"}", b"]")):
        return False
    try:
        _RAW_JSON.decode(text)
    except msgspec.DecodeError:
        return _is_whole_for_python(text)
    except RecursionError:
        return True
    return True


def _is_whole_for_python(text: bytes) -> bool:
    try:
        json.loads(text.decode("utf-8", "replace"), strict=False)
    except ValueError:
        return False
    except RecursionError:
        return True
    return True
