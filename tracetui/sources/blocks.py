"""Stored records put together into blocks, so that many short ones are looked through at once and a long one in pieces.

A look at each of a hundred thousand records takes longer than to look at all their bytes, and whoever looks at a hundred
megabytes at once holds up everybody else.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from tracetui.query import REACH
from tracetui.sources.base import Block

BLOCK_SIZE = 512 << 10


def blocks_of(records: Iterable[tuple[bytes, Sequence[int]]]) -> Iterator[Block]:
    """Records, each with the numbers of its owners, as blocks. None stands with its beginning in another."""
    data: list[bytes] = []
    starts: list[int] = []
    owners: list[Sequence[int]] = []
    size = 0
    for record, own in records:
        if len(record) > BLOCK_SIZE:
            yield from (Block(record[start:end], (0,), (own,)) for start, end in pieces_of(len(record)))
            continue
        if size + len(record) > BLOCK_SIZE:
            yield Block(b"\n".join(data), starts, owners)
            data, starts, owners, size = [], [], [], 0
        data.append(record)
        starts.append(size)
        owners.append(own)
        size += len(record) + 1
    if data:
        yield Block(b"\n".join(data), starts, owners)


def pieces_of(length: int) -> Iterator[tuple[int, int]]:
    """Where pieces of a record of so many bytes begin and end, such that what is looked for stands in one as a whole."""
    for start in range(0, max(1, length - REACH), BLOCK_SIZE - REACH):
        yield start, min(start + BLOCK_SIZE, length)
