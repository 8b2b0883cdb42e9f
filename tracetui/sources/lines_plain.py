"""The bytes of records as they stand in a file, for searching through them without reading what they say."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from functools import partial
from itertools import pairwise, starmap
from pathlib import Path

from tracetui.errors import UnreadableSource
from tracetui.sources.base import Block, Place
from tracetui.sources.blocks import BLOCK_SIZE, pieces_of
from tracetui.sources.lines_cursor import find_rotated
from tracetui.sources.lines_shape import open_file, shape_of

_GAP = 16 << 10
"""Bytes between two records that are rather read than left out."""
_Spot = tuple[int, int]
"""Position and length of an object."""


def stored_objects(path: Path, places: Sequence[Place]) -> Iterator[Block]:
    """The objects in the order of the file, those that lie together in one go.

    Raises UnreadableSource where bytes and text are not the same, or an older file of a rotated log may have the record.
    """
    owners: dict[_Spot, list[int]] = {}
    for number, place in enumerate(places):
        owners.setdefault((place.reference.position, place.reference.length), []).append(number)
    with open_file(path, was_open=True) as file:
        is_plain = shape_of(file, os.fstat(file.fileno()).st_size).wrapping.is_plain
        if not is_plain or find_rotated(path):
            raise UnreadableSource(f"{path}: what it says is not what its bytes are, or is in several files")
        for spots in _lying_together(sorted(owners)):
            own = [owners[spot] for spot in spots]
            yield from (Block(data, starts, own) for data, starts in _read(path, file.fileno(), spots))


def _read(path: Path, file: int, spots: list[_Spot]) -> Iterator[tuple[bytes, list[int]]]:
    """The bytes of objects that lie together, and where in them each begins; of a long one piece by piece."""
    position = spots[0][0]
    for start, end in pieces_of(sum(spots[-1]) - position):
        data = os.pread(file, end - start, position + start)
        begins = [0] if start else [spot[0] - position for spot in spots]
        is_whole = len(data) == end - start
        if not is_whole or (start == 0 and not all(starmap(partial(_is_object, data), pairwise([*begins, end])))):
            raise UnreadableSource(f"{path}: what was an object at {position:,}, or behind it, is none any more")
        yield data, begins


def _is_object(data: bytes, start: int, end: int) -> bool:
    return data.startswith(b"{", start) or data[start:end].lstrip()[:1] == b"{"


def _lying_together(spots: list[_Spot]) -> Iterator[list[_Spot]]:
    """Objects that are read at once: a block of them, or one that is larger. Those that overlap are read apart."""
    together = spots[:1]
    for before, spot in pairwise(spots):
        gap = spot[0] - sum(before)
        if not 0 <= gap <= _GAP or sum(spot) - together[0][0] > BLOCK_SIZE:
            yield together
            together = []
        together.append(spot)
    if together:
        yield together
