"""A database of another tool whose pages are damaged, or cut off, gives what can be read, or says what is wrong."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from tests.formats.store_samples import SAMPLES, Sample, read_whole
from tests.fuzz import databases
from tests.property.fuzzing import IS_LONG
from tracetui.errors import UnreadableSource
from tracetui.sources.base import Source
from tracetui.workspace.opening import open_source

SEEDS = range(500 if IS_LONG else 4)
PAGE = 4096


def is_read_or_refused(path: Path, sample: Sample) -> bool:
    try:
        source: Source = open_source(path)
    except UnreadableSource as error:
        return bool(str(error))
    try:
        read_whole(source, most=5)
    except UnreadableSource as error:
        return path.name in str(error)
    return True


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("name", SAMPLES)
def test_damaged_pages_are_read_around_or_said(name: str, seed: int, tmp_path: Path) -> None:
    chance = random.Random(seed)
    path = SAMPLES[name].unpack(tmp_path)
    content = bytearray(path.read_bytes())
    for _ in range(chance.choice((1, 3, 20))):
        start = chance.randrange(100, len(content))
        length = chance.choice((4, 64, PAGE))
        content[start : start + length] = chance.randbytes(min(length, len(content) - start))
    path.write_bytes(content)
    assert is_read_or_refused(path, SAMPLES[name])


def test_row_ids_out_of_order_are_damage_and_do_not_keep_a_table_from_ending(tmp_path: Path) -> None:
    """What fuzzing found: bytes of a page with which the last row has a smaller id than the first."""
    path = tmp_path / "calls.db"
    path.write_bytes(databases.changed("handrolled", bytes.fromhex("070900f4ff0b0000000000000030")))
    source = open_source(path)
    with pytest.raises(UnreadableSource, match="row ids are out of order"):
        list(source.read(None))


@pytest.mark.parametrize("share", [0.02, 0.5, 0.95])
@pytest.mark.parametrize("name", SAMPLES)
def test_a_database_that_was_cut_off_is_read_or_said(name: str, share: float, tmp_path: Path) -> None:
    path = SAMPLES[name].unpack(tmp_path)
    content = path.read_bytes()
    path.write_bytes(content[: max(200, int(len(content) * share))])
    assert is_read_or_refused(path, SAMPLES[name])
