"""Whatever bytes a file holds, reading it raises nothing but our errors and loses no whole line."""

from __future__ import annotations

import gzip
import json
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tracetui.errors import TracetuiError
from tracetui.sources.lines import Record, describe_shape, read_records
from tracetui.sources.lines_again import load_record
from tracetui.sources.lines_objects import find_objects
from tracetui.sources.lines_streams import zstd_module

zstd = zstd_module()

FAST = settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
OBJECTS = st.lists(st.dictionaries(st.text(), JSON, min_size=1, max_size=4), min_size=1, max_size=5)
ODD_BYTES = st.lists(
    st.sampled_from(
        [b'{"a":1}', b"{", b"}", b"[", b"]", b'"', b"\\", b",", b"\n", b"\r\n", b"\0", b" ", b"\x1e", b"\xff", b"\xef\xbb\xbf", b"x", b"null", b"1"]
    ),
    max_size=30,
).map(b"".join)  # fmt: skip


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as name:
        yield Path(name)


def records(path: Path, cursor: str | None = None) -> list[Record]:
    return [record for chunk in read_records(path, cursor) for record in chunk.records]


@FAST
@given(content=st.binary(max_size=200) | ODD_BYTES)
def test_any_bytes_can_be_read(folder: Path, content: bytes) -> None:
    path = folder / "any.jsonl"
    path.write_bytes(content)
    try:
        describe_shape(path)
        found = records(path)
    except TracetuiError:
        return
    assert [load_record(path, record.position, record.length) for record in found] == [record.data for record in found]


@FAST
@given(
    pieces=st.lists(
        st.dictionaries(st.text(), JSON, max_size=3).map(lambda item: json.dumps(item).encode())
        | st.binary(max_size=20).map(lambda junk: junk.replace(b"\n", b"").replace(b"{", b"").replace(b"[", b"")),
        max_size=8,
    ),
    ending=st.sampled_from([b"\n", b"\r\n", b"\n\n"]),
    pack=st.sampled_from([bytes, gzip.compress, zstd.compress]),
)
def test_no_whole_line_is_lost_whatever_stands_around_it(
    folder: Path, pieces: list[bytes], ending: bytes, pack: object
) -> None:
    assert callable(pack)
    path = folder / "lines.jsonl"
    path.write_bytes(pack(b'{"first":1}' + ending + b"".join(piece + ending for piece in pieces)))
    found = [record.data.strip() for record in records(path)]
    whole = [b'{"first":1}', *(piece for piece in pieces if piece.startswith(b"{"))]
    assert [data for data in found if data in whole] == whole


@FAST
@given(objects=OBJECTS, indent=st.sampled_from([None, 0, 1, 4]), form=st.sampled_from(["", "\n", "array"]))
def test_objects_in_any_layout_are_found_one_by_one(
    folder: Path, objects: list[dict[str, object]], indent: int | None, form: str
) -> None:
    path = folder / "objects.json"
    text = (
        json.dumps(objects, indent=indent)
        if form == "array"
        else form.join(json.dumps(item, indent=indent) for item in objects)
    )
    path.write_text(text)
    found = records(path)
    assert [repr(json.loads(record.data)) for record in found] == [repr(json.loads(json.dumps(o))) for o in objects]


@FAST
@given(content=ODD_BYTES, cut=st.integers(0, 200), is_array=st.booleans())
def test_objects_never_overlap_and_reading_always_gets_on(content: bytes, cut: int, is_array: bool) -> None:
    for buffer, is_last in ((content[:cut], False), (content, True)):
        found = find_objects(buffer, is_array=is_array, is_last=is_last)
        places = [place for span in found.spans for place in span]
        assert places == sorted(places)
        assert all(start < end for start, end in found.spans)
        assert (places[-1] if places else 0) <= found.consumed <= len(buffer)


@FAST
@given(
    numbers=st.lists(st.integers(0, 10**6), min_size=1, max_size=12),
    cuts=st.lists(st.integers(0, 400), max_size=4),
    indent=st.sampled_from([None, 2]),
)
def test_a_file_that_grows_in_pieces_gives_each_record_once(
    folder: Path, numbers: list[int], cuts: list[int], indent: int | None
) -> None:
    path = folder / "growing.jsonl"
    whole = b"".join(json.dumps({"n": number, "s": "é}{\u2028"}, indent=indent).encode() + b"\n" for number in numbers)
    path.write_bytes(b"")
    cursor: str | None = None
    found: list[int] = []
    for end in [*sorted(cuts), len(whole)]:
        with path.open("r+b") as file:
            file.seek(0, 2)
            file.write(whole[file.tell() : max(end, file.tell())])
        for chunk in read_records(path, cursor):
            cursor = chunk.cursor
            found += [json.loads(record.data)["n"] for record in chunk.records]
    path.unlink()
    assert found == numbers
