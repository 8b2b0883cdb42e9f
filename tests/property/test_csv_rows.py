"""Rows of CSV are found whatever stands in their cells, and wherever a block of the file ends."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracetui.sources.csv_rows import cells_of, header_of, read_header
from tracetui.sources.lines import read_records
from tracetui.sources.lines_again import load_record
from tracetui.sources.lines_rows import find_rows

CELL = st.text(st.sampled_from('ab",;\t\n \\{}[]é'), max_size=8)
QUOTED = st.sampled_from([csv.QUOTE_ALL, csv.QUOTE_MINIMAL])


def written(rows: list[list[str]], quoting: int, ending: str) -> bytes:
    out = io.StringIO()
    csv.writer(out, quoting=quoting, lineterminator=ending).writerows(rows)  # type: ignore[arg-type]
    return out.getvalue().encode()


@given(
    st.lists(st.lists(CELL, min_size=2, max_size=4), min_size=1, max_size=6), QUOTED, st.sampled_from(["\n", "\r\n"])
)
def test_each_row_that_is_written_is_found_again(rows: list[list[str]], quoting: int, ending: str) -> None:
    data = written(rows, quoting, ending)
    found = find_rows(data, is_last=True)
    read = [cells_of(data[start:end].decode().removesuffix("\r"), ",") for start, end in found.spans]
    assert read == [row for row in rows if any(row) or quoting == csv.QUOTE_ALL or len(row) > 1]
    assert found.consumed == len(data)
    assert not found.is_open


@given(st.lists(st.lists(CELL, min_size=2, max_size=4), min_size=1, max_size=6), QUOTED, st.integers(1, 40))
def test_a_block_may_end_anywhere(rows: list[list[str]], quoting: int, size: int) -> None:
    data = written(rows, quoting, "\n")
    whole = [data[start:end] for start, end in find_rows(data, is_last=True).spans]
    buffer, pieces = b"", []
    for start in range(0, len(data), size):
        buffer += data[start : start + size]
        found = find_rows(buffer, is_last=False)
        pieces += [buffer[begin:end] for begin, end in found.spans]
        buffer = buffer[found.consumed :]
    pieces += [buffer[begin:end] for begin, end in find_rows(buffer, is_last=True).spans]
    assert pieces == whole


@given(st.binary(max_size=60))
def test_no_bytes_break_the_search_for_rows(data: bytes) -> None:
    found = find_rows(data, is_last=True)
    assert all(0 <= start < end <= len(data) for start, end in found.spans)
    assert found.consumed <= len(data)


@pytest.mark.parametrize(
    ("line", "names"),
    [
        ("id,name\n1,2", ("id", "name")),
        ('"id";"a b"', ("id", "a b")),
        ("id\tname", ("id", "name")),
        ("just some text, and more of it {here}", ()),
        ("id,id", ()),
        ("id,,name", ()),
        ('{"a": 1, "b": 2}', ()),
        ("one", ()),
        ("", ()),
    ],
)
def test_a_header_is_told_from_other_text(line: str, names: tuple[str, ...]) -> None:
    assert header_of(line.encode()) == names


def test_a_row_of_too_few_or_too_many_cells_says_so() -> None:
    header = read_header(b"a,b\n")
    with pytest.raises(ValueError, match="3 cells under 2 names"):
        header.object_of(b"1,2,3")


def test_a_quote_inside_a_bare_cell_opens_nothing() -> None:
    data = b'size,name\n5" pipe,x\n6,"y\nz"\n'
    assert [data[start:end] for start, end in find_rows(data, is_last=True).spans][1:] == [b'5" pipe,x', b'6,"y\nz"']


def test_a_last_row_without_a_line_end_is_given_and_read_again_when_it_grows(tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    path.write_bytes(b'id,text\n1,a\n2,"b')
    first = list(read_records(path, None, "csv"))
    assert [record.data for chunk in first for record in chunk.records] == [b"id,text", b"1,a"]
    assert first[-1].incomplete == 1
    path.write_bytes(b'id,text\n1,a\n2,"b\nc",\n3,d')
    second = list(read_records(path, first[-1].cursor, "csv"))
    assert [record.data for chunk in second for record in chunk.records] == [b'2,"b\nc",', b"3,d"]
    assert second[-1].incomplete == 0
    path.write_bytes(b'id,text\n1,a\n2,"b\nc",\n3,dd\n')
    third = list(read_records(path, second[-1].cursor, "csv"))
    assert [record.data for chunk in third for record in chunk.records] == [b"3,dd"]


def test_a_cell_of_three_megabytes_is_loaded_by_its_place(tmp_path: Path) -> None:
    path = tmp_path / "big.csv"
    path.write_bytes(b'id,text\n1,"' + b"x,\n" * 1_000_000 + b'"\n2,b\n')
    records = [record for chunk in read_records(path, None, "csv") for record in chunk.records]
    assert [record.length > 1000 for record in records] == [False, True, False]
    assert load_record(path, records[1].position, records[1].length) == records[1].data
    assert records[2].line == 1_000_003
