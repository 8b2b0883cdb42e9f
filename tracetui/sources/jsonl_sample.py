"""Some records of a file of JSON, spread over it, without reading it whole.

The places are fractions of the largest power of two within the file: as a log grows they stay where they are, and with
them what was concluded from them, until the file has doubled.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import BinaryIO

from msgspec import Struct

from tracetui.sources.lines import describe_shape, read_records
from tracetui.sources.lines_shape import Shape, open_file
from tracetui.sources.lines_streams import UTF8_BOM

_HEAD_ROWS = 80
_PLACES = 16
_ROWS_A_PLACE = 8
_BLOCK = 256 << 10
_LARGEST = 4 << 20
_CHUNKS = 3


class Sample(Struct, frozen=True):
    """Records from a file of `size` bytes, and how the file is wrapped and shaped. `is_all`: to look at more places of the
    file than its head gave no others."""

    shape: Shape
    size: int
    records: tuple[bytes, ...]
    is_all: bool = False


def take_sample(path: Path, *, head_only: bool = False) -> Sample:
    """Up to some 200 records; fewer where they are large. Raises UnreadableSource."""
    shape = describe_shape(path)
    if shape.form not in ("lines", "objects", "array"):
        return Sample(shape, path.stat().st_size, ())
    if shape.form != "lines" or not shape.wrapping.is_plain:
        return Sample(shape, path.stat().st_size, tuple(_first_records(path, head_only)))
    with open_file(path) as file:
        size = os.fstat(file.fileno()).st_size
        records = list(islice(_lines_at(file, 0, size), _HEAD_ROWS))
        places = tuple(_places(size))
        for place in () if head_only else places:
            records += islice(_lines_at(file, place, size), _ROWS_A_PLACE)
    return Sample(shape, size, tuple(records), is_all=not places)


def _places(size: int) -> Iterator[int]:
    if size <= 2 * _BLOCK:
        return
    step = (1 << (size.bit_length() - 1)) // _PLACES
    yield from range(step, size, step)


def _lines_at(file: BinaryIO, place: int, size: int) -> Iterator[bytes]:
    """The whole lines after a place in the file, of one block; of a larger one where the block has none."""
    length = _BLOCK
    while True:
        file.seek(place)
        data = _read_exactly(file, length)
        if place == 0:
            data = data.removeprefix(UTF8_BOM)
        lines = data.split(b"\n")
        is_end = place + length >= size
        whole = lines[1 if place else 0 : None if is_end else -1]
        if whole or is_end or length >= _LARGEST:
            break
        length *= 4
    yield from (line for line in whole if line.strip())


def _read_exactly(file: BinaryIO, length: int) -> bytes:
    parts: list[bytes] = []
    while length > 0 and (data := file.read(length)):
        parts.append(data)
        length -= len(data)
    return b"".join(parts)


def _first_records(path: Path, head_only: bool) -> Iterator[bytes]:
    """The first records of a file that cannot be entered in the middle."""
    left = _HEAD_ROWS if head_only else 2 * _HEAD_ROWS
    for number, chunk in enumerate(read_records(path), 1):
        yield from (record.data for record in chunk.records[:left] if record.length <= _LARGEST)
        left -= len(chunk.records)
        if left <= 0 or number == _CHUNKS or head_only:
            return
