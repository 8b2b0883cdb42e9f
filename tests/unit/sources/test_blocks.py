"""What is stored is looked through block by block, and nothing of it is left out or said to be of another span."""

from __future__ import annotations

import random
from itertools import pairwise
from pathlib import Path

import pytest

from tracetui.errors import UnreadableSource
from tracetui.query import REACH
from tracetui.sources.base import Block, Place, Reference
from tracetui.sources.blocks import BLOCK_SIZE, blocks_of, pieces_of
from tracetui.sources.lines_plain import stored_objects

LENGTHS = [1, BLOCK_SIZE - 1, BLOCK_SIZE, BLOCK_SIZE + 1, 2 * BLOCK_SIZE - REACH, 2 * BLOCK_SIZE - REACH + 1, 5_000_000]


def records_of(block: Block) -> list[bytes]:
    return [block.data[start:end] for start, end in pairwise([*block.starts, len(block.data)])]


def owned(blocks: list[Block], owner: int) -> list[bytes]:
    """What the blocks have of one place."""
    return [
        record
        for block in blocks
        for record, owners in zip(records_of(block), block.owners, strict=True)
        if owner in owners
    ]


@pytest.mark.parametrize("length", LENGTHS)
def test_pieces_of_a_long_record_overlap_by_as_much_as_a_text_takes(length: int) -> None:
    pieces = list(pieces_of(length))
    assert (pieces[0][0], pieces[-1][1]) == (0, length)
    assert all(0 < end - start <= BLOCK_SIZE for start, end in pieces)
    assert all(before[1] - after[0] == REACH for before, after in pairwise(pieces))


def test_records_are_put_together_and_each_stays_whose_it_is() -> None:
    chance = random.Random(7)
    records = [chance.randbytes(chance.choice([0, 1, 5_000, 200_000, BLOCK_SIZE, BLOCK_SIZE + 9])) for _ in range(60)]
    blocks = list(blocks_of((record, (number,)) for number, record in enumerate(records)))
    assert len(blocks) < len(records)
    for number, record in enumerate(records):
        assert [piece.removesuffix(b"\n") for piece in owned(blocks, number)] == (
            [record.removesuffix(b"\n")]
            if len(record) <= BLOCK_SIZE
            else [record[start:end] for start, end in pieces_of(len(record))]
        )


def test_objects_of_a_file_are_read_together_and_each_stays_whose_it_is(tmp_path: Path) -> None:
    chance = random.Random(7)
    sizes = [chance.choice([9, 700, 30_000, 400_000, 700_000]) for _ in range(60)]
    objects = [b'{"%d":"%b"}' % (number, b"x" * size) for number, size in enumerate(sizes)]
    starts = [sum(len(one) + 1 for one in objects[:number]) for number in range(len(objects))]
    spots = [(start, len(one)) for start, one in zip(starts, objects, strict=True)]
    spots.append((starts[3], len(objects[3])))  # a second span in the same record
    chance.shuffle(spots)
    del spots[10:14]
    path = tmp_path / "log.jsonl"
    path.write_bytes(b"\n".join(objects))
    places = [Place("trace", str(number), Reference(*spot)) for number, spot in enumerate(spots)]
    blocks = list(stored_objects(path, places))
    assert len(blocks) < sum(1 for _, length in spots for _ in pieces_of(length))
    for number, (start, length) in enumerate(spots):
        wanted = objects[starts.index(start)]
        pieces = owned(blocks, number)
        assert all(
            piece.startswith(wanted[begin:end]) for piece, (begin, end) in zip(pieces, pieces_of(length), strict=True)
        )


def test_objects_that_overlap_are_each_given_whole(tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl"
    path.write_bytes(b'{"a":{"b":1}}')
    places = [Place("trace", "outer", Reference(0, 13)), Place("trace", "inner", Reference(5, 7))]
    blocks = list(stored_objects(path, places))
    assert [owned(blocks, number) for number in (0, 1)] == [[b'{"a":{"b":1}}'], [b'{"b":1}']]


@pytest.mark.parametrize("reference", [Reference(1, 5), Reference(10, 9), Reference(500, 5)])
def test_what_is_no_object_any_more_is_said(tmp_path: Path, reference: Reference) -> None:
    path = tmp_path / "log.jsonl"
    path.write_bytes(b'{"a":1}\n\n\n{"b":')
    with pytest.raises(UnreadableSource, match="is none any more"):
        list(stored_objects(path, [Place("trace", "span", Reference(0, 7)), Place("trace", "other", reference)]))
