"""Records of a file that somebody else writes, replaces, rotates, compresses or damages."""

from __future__ import annotations

import gzip
import json
import os
import shutil
from pathlib import Path

import pytest

from tracetui.errors import SourceVanished, UnreadableSource
from tracetui.sources import lines
from tracetui.sources.lines import Chunk, changed, describe_shape, read_records
from tracetui.sources.lines_again import load_record
from tracetui.sources.lines_streams import zstd_module

zstd = zstd_module()


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "calls.jsonl"


def read(path: Path, cursor: str | None = None) -> list[Chunk]:
    return list(read_records(path, cursor))


def data(chunks: list[Chunk]) -> list[bytes]:
    return [record.data for chunk in chunks for record in chunk.records]


def write(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


def append(path: Path, content: bytes) -> None:
    with path.open("ab") as file:
        file.write(content)


LINE_FILES = [
    pytest.param(b'{"a":1}\n{"a":2}\n', [b'{"a":1}', b'{"a":2}'], id="plain"),
    pytest.param(b'{"a":1}\n{"a":2}', [b'{"a":1}', b'{"a":2}'], id="no final newline"),
    pytest.param(b'\xef\xbb\xbf{"a":1}\n', [b'{"a":1}'], id="byte order mark"),
    pytest.param(b'\n  \n{"a":1}\n\n \t\r\n{"a":2}\n\n', [b'{"a":1}', b'{"a":2}'], id="blank lines"),
    pytest.param(b'{"a":1}\r\n{"a":2}\r\n', [b'{"a":1}\r', b'{"a":2}\r'], id="CRLF stays"),
    pytest.param('{"a":"\u2028\u2029\x85\x0b\x0c\x1c\x1d\x1e"}\n'.encode(), ['{"a":"\u2028\u2029\x85\x0b\x0c\x1c\x1d\x1e"}'.encode()], id="other separators"),
    pytest.param(b'{"a":"x\ry"}\n', [b'{"a":"x\ry"}'], id="a lone carriage return"),
    pytest.param(b'{"a":1}\n\0\0\0\n{"a":2}\n', [b'{"a":1}', b"\0\0\0", b'{"a":2}'], id="a line of zeros"),
    pytest.param(b'{"a":1}\n\0\0{"a":2}\n', [b'{"a":1}', b"\0\0", b'{"a":2}'], id="zeros before a line"),
    pytest.param(b'{"a":1}\n{"a":2}\0\0\n', [b'{"a":1}', b'{"a":2}', b"\0\0"], id="zeros behind a line"),
    pytest.param(b"prose\n[1,2]\nnull\n{}\n", [b"prose", b"[1,2]", b"null", b"{}"], id="what is no object"),
    pytest.param(b'{"half":\n{"a":1}\n', [b'{"half":', b'{"a":1}'], id="a first line that is not whole"),
    pytest.param(b'{"a":{"b":[\n{"a":1}\n{"a":2}\n', [b'{"a":{"b":[', b'{"a":1}', b'{"a":2}'], id="a first line cut at a bracket"),
    pytest.param('{"a":"é😀"}\n'.encode("utf-16"), ['{"a":"é😀"}'.encode()], id="UTF-16 with its mark"),
    pytest.param('{"a":"é"}\n{}\n'.encode("utf-16-be"), ['{"a":"é"}'.encode(), b"{}"], id="UTF-16 without a mark"),
    pytest.param(b"", [], id="empty"),
    pytest.param(b" \n\r\n", [], id="blank"),
]  # fmt: skip

OBJECT_FILES = [
    pytest.param(b'{\n  "a": 1\n}\n', [b'{\n  "a": 1\n}'], id="one"),
    pytest.param(b'{\n  "a": 1\n}{\n  "a": 2\n}\n', [b'{\n  "a": 1\n}', b'{\n  "a": 2\n}'], id="without separator"),
    pytest.param(b'{\r\n  "a": 1\r\n}\r\n{\r\n}\r\n', [b'{\r\n  "a": 1\r\n}', b"{\r\n}"], id="CRLF"),
    pytest.param(b'{\n  "a": "}\\"{"\n}\n', [b'{\n  "a": "}\\"{"\n}'], id="brackets within strings"),
    pytest.param(b'{\n  "a": {\n"b": 1\n}\n}\n', [b'{\n  "a": {\n"b": 1\n}\n}'], id="uneven indentation"),
    pytest.param(b'{\n"a": [\n{\n"b": 1\n}\n]\n}\n', [b'{\n"a": [\n{\n"b": 1\n}\n]\n}'], id="no indentation"),
    pytest.param(b'{\n  "a": NaN\n}\n', [b'{\n  "a": NaN\n}'], id="NaN"),
    pytest.param(b'[\n  {\n    "a": 1\n  },\n  {\n    "a": 2\n  }\n]\n', [b'{\n    "a": 1\n  }', b'{\n    "a": 2\n  }'], id="indented array"),
    pytest.param(b'[{"a":[{}]},{"a":"]"}]', [b'{"a":[{}]}', b'{"a":"]"}'], id="array on one line"),
    pytest.param(b'[{"a":1},\n{"a":2}]\n', [b'{"a":1}', b'{"a":2}'], id="array of lines"),
    pytest.param(b'[{"a":1}, null, 4.5e3, "x", {"a":2}]', [b'{"a":1}', b"null", b"4.5e3", b'"x"', b'{"a":2}'], id="array with other values"),
    pytest.param(b'{"a":1},\n{"a":2},\n', [b'{"a":1}', b'{"a":2}'], id="lines with commas"),
    pytest.param(b'\x1e{\n"a":1}\n\x1e{\n"a":2}\n', [b'{\n"a":1}', b'{\n"a":2}'], id="record separators"),
    pytest.param(b'start {x}\n{\n  "a": 1\n}\n[INFO] {"b":2}\n{\n  "a": 2\n}\nend', [b'{\n  "a": 1\n}', b'{\n  "a": 2\n}'], id="text between"),
    pytest.param(b'{\n  "a": {\n{\n  "a": 2\n}\n', [b'{\n  "a": {\n', b'{\n  "a": 2\n}'], id="one that was not finished"),
    pytest.param(b'{\n  "a": "x\n{\n  "a": 2\n}\n', [b'{\n  "a": "x', b'{\n  "a": 2\n}'], id="a string that was not finished"),
]  # fmt: skip


@pytest.mark.parametrize(("content", "expected"), LINE_FILES + OBJECT_FILES)
def test_records_come_whole_and_in_order(log: Path, content: bytes, expected: list[bytes]) -> None:
    chunks = read(write(log, content))
    assert data(chunks) == expected
    assert chunks[-1].incomplete == 0


@pytest.mark.parametrize("pack", [bytes, gzip.compress, zstd.compress])
@pytest.mark.parametrize(("content", "expected"), LINE_FILES + OBJECT_FILES)
def test_any_record_can_be_loaded_again(log: Path, content: bytes, expected: list[bytes], pack: object) -> None:
    assert callable(pack)
    records = [record for chunk in read(write(log, pack(content))) for record in chunk.records]
    assert [load_record(log, record.position, record.length) for record in records] == expected


@pytest.mark.parametrize(("content", "expected"), LINE_FILES[:8])
def test_following_byte_by_byte_gives_the_same_records(log: Path, content: bytes, expected: list[bytes]) -> None:
    cursor: str | None = None
    found: list[bytes] = []
    write(log, b"")
    for end in range(len(content)):
        append(log, content[end : end + 1])
        for chunk in read(log, cursor):
            found += [record.data for record in chunk.records]
            cursor = chunk.cursor
    assert found == [record.rstrip() for record in expected]


def test_line_numbers_count_every_line(log: Path) -> None:
    write(log, b'\n{"a":1}\n\n\n{"a":2}\n')
    assert [record.line for chunk in read(log) for record in chunk.records] == [2, 5]


def test_objects_are_numbered_by_the_line_they_begin_in(log: Path) -> None:
    write(log, b'{\n  "a": 1\n}\n\n{\n  "a": 2\n}\n')
    assert [record.line for chunk in read(log) for record in chunk.records] == [1, 5]
    append(log, b'{\n  "a": 3\n}\n')
    cursor = read(write(log, b'{\n  "a": 1\n}\n'))[-1].cursor
    append(log, b'{\n  "a": 2\n}\n')
    assert [record.line for chunk in read(log, cursor) for record in chunk.records] == [4]


def test_the_first_chunk_is_small_so_that_rows_show_at_once(log: Path) -> None:
    write(log, b'{"a":"%s"}\n' % (b"x" * 990) * 20_000)
    chunks = read(log)
    assert sum(record.length for record in chunks[0].records) < 256 << 10
    assert max(sum(record.length for record in chunk.records) for chunk in chunks) > 1 << 20
    assert sum(len(chunk.records) for chunk in chunks) == 20_000
    assert [chunk.done for chunk in chunks] == sorted(chunk.done for chunk in chunks)
    assert chunks[-1].done == chunks[-1].total == log.stat().st_size


@pytest.mark.parametrize("pack", [bytes, gzip.compress, zstd.compress])
def test_every_chunk_can_be_gone_on_from(log: Path, pack: object) -> None:
    assert callable(pack)
    lines_ = [b'{"a":%d,"b":"%s"}' % (number, b"x" * 9990) for number in range(1500)]
    write(log, pack(b"\n".join(lines_) + b"\n"))
    chunks = read(log)
    assert len(chunks) > 3
    for number, chunk in enumerate(chunks[:-1]):
        assert changed(log, chunk.cursor)
        assert data(read(log, chunk.cursor)) == data(chunks[number + 1 :])
    assert data(chunks) == lines_


def test_a_line_longer_than_a_block_is_one_record(log: Path) -> None:
    big = json.dumps({"text": "x" * (20 << 20)}).encode()
    write(log, b'{"a":1}\n' + big + b'\n{"a":2}\n')
    records = [record for chunk in read(log) for record in chunk.records]
    assert [len(record.data) for record in records] == [7, len(big), 7]
    assert load_record(log, records[2].position, records[2].length) == b'{"a":2}'


def test_an_object_larger_than_a_block_is_one_record(log: Path) -> None:
    big = json.dumps({"rows": [{"text": 'x"{' * 1000}] * 3000}, indent=2).encode()
    write(log, big + b'\n{"a": 2}\n')
    assert data(read(log)) == [big, b'{"a": 2}']


def test_a_line_that_is_being_written_is_waited_for(log: Path) -> None:
    write(log, b'{"a":1}\n{"a":')
    chunks = read(log)
    assert (data(chunks), chunks[-1].incomplete) == ([b'{"a":1}'], 1)
    append(log, b"2}\n")
    chunks = read(log, chunks[-1].cursor)
    assert (data(chunks), chunks[-1].incomplete) == ([b'{"a":2}'], 0)


def test_a_whole_last_line_counts_without_its_newline_and_only_once(log: Path) -> None:
    write(log, b'{"a":1}\n{"a":NaN}')
    chunks = read(log)
    assert data(chunks) == [b'{"a":1}', b'{"a":NaN}']
    append(log, b'\n{"a":3}\n')
    records = [record for chunk in read(log, chunks[-1].cursor) for record in chunk.records]
    assert [(record.data, record.line) for record in records] == [(b'{"a":3}', 3)]


def test_a_last_line_of_a_hundred_thousand_brackets_is_no_error(log: Path) -> None:
    write(log, b'{"a":1}\n' + b"[" * 100_000 + b"]" * 100_000)
    assert len(data(read(log))) == 2


@pytest.mark.parametrize("tail", [b'{\n  "a": 2', b'{\n  "a": "x', b'{\n  "a": [{\n'])
def test_an_object_that_is_being_written_is_waited_for(log: Path, tail: bytes) -> None:
    write(log, b'{\n  "a": 1\n}\n' + tail)
    chunks = read(log)
    assert (data(chunks), chunks[-1].incomplete) == ([b'{\n  "a": 1\n}'], 1)


def test_an_array_that_a_program_rewrites_with_one_more_element_goes_on(log: Path) -> None:
    write(log, b'[\n{"a":1}\n]\n')
    cursor = read(log)[-1].cursor
    write(log, b'[\n{"a":1},\n{"a":2}\n]\n')
    chunks = read(log, cursor)
    assert (data(chunks), chunks[0].reset) == ([b'{"a":2}'], False)


def test_objects_that_start_after_some_output_of_the_program_are_found_while_following(log: Path) -> None:
    write(log, b"starting\n")
    cursor = read(log)[-1].cursor
    append(log, b'{\n    "a": 1\n}\n')
    assert data(read(log, cursor)) == [b'{\n    "a": 1\n}']


def test_nothing_new_gives_no_chunk(log: Path) -> None:
    cursor = read(write(log, b'{"a":1}\n'))[-1].cursor
    assert not changed(log, cursor)
    assert read(log, cursor) == []


def test_growth_is_seen_by_a_stat_and_a_touch_is_harmless(log: Path) -> None:
    cursor = read(write(log, b'{"a":1}\n'))[-1].cursor
    os.utime(log, ns=(1, 1))
    assert changed(log, cursor)
    chunks = read(log, cursor)
    assert (data(chunks), chunks[0].reset) == ([], False)
    assert not changed(log, chunks[-1].cursor)


def test_a_truncated_file_is_read_again(log: Path) -> None:
    cursor = read(write(log, b'{"a":1}\n{"a":2}\n'))[-1].cursor
    write(log, b'{"b":1}\n')
    chunks = read(log, cursor)
    assert data(chunks) == [b'{"b":1}']
    assert (chunks[0].reset, chunks[0].notice) == (True, "calls.jsonl was truncated: read again from the start")


def test_a_file_truncated_to_nothing_is_said_at_once(log: Path) -> None:
    cursor = read(write(log, b'{"a":1}\n'))[-1].cursor
    chunks = read(write(log, b""), cursor)
    assert (data(chunks), chunks[0].reset) == ([], True)
    append(log, b'{"b":1}\n')
    chunks = read(log, chunks[-1].cursor)
    assert (data(chunks), chunks[0].reset) == ([b'{"b":1}'], False)


@pytest.mark.parametrize("content", [b'{"b":1}\n{"b":2}\n', b'{"b":1}\n{"b":2}\n{"b":3}\n'])
def test_a_file_overwritten_in_place_is_read_again(log: Path, content: bytes) -> None:
    cursor = read(write(log, b'{"a":1}\n{"a":2}\n'))[-1].cursor
    os.utime(write(log, content), ns=(2, 2))
    chunks = read(log, cursor)
    assert data(chunks) == content.split()
    assert (chunks[0].reset, chunks[0].notice) == (True, "calls.jsonl was replaced: read again from the start")


def test_a_file_replaced_by_another_is_read_again(log: Path, tmp_path: Path) -> None:
    cursor = read(write(log, b'{"a":1}\n'))[-1].cursor
    write(tmp_path / "new", b'{"b":1}\n').replace(log)
    chunks = read(log, cursor)
    assert (data(chunks), chunks[0].reset) == ([b'{"b":1}'], True)
    assert chunks[0].notice == "calls.jsonl was replaced: read again from the start"


def test_a_copy_with_more_in_it_that_takes_the_files_place_goes_on(log: Path, tmp_path: Path) -> None:
    cursor = read(write(log, b'{"a":1}\n'))[-1].cursor
    write(tmp_path / "new", b'{"a":1}\n{"a":2}\n').replace(log)
    chunks = read(log, cursor)
    assert (data(chunks), chunks[0].reset) == ([b'{"a":2}'], False)


ROTATED = ["calls.jsonl.1", "calls-2026-11-02T05-02-14.173.jsonl", "calls.1.jsonl"]


@pytest.mark.parametrize("name", ROTATED)
def test_the_rest_of_a_rotated_file_is_read_first(log: Path, name: str) -> None:
    cursor = read(write(log, b'{"a":1}\n{"a":'))[-1].cursor
    append(log, b'2}\n{"a":3}\n{"torn":')
    log.rename(log.with_name(name))
    write(log, b'{"b":1}\n')
    chunks = read(log, cursor)
    assert data(chunks) == [b'{"a":2}', b'{"a":3}', b'{"torn":', b'{"b":1}']
    assert not any(chunk.reset for chunk in chunks)
    assert [chunk.notice for chunk in chunks if chunk.notice] == [
        f"calls.jsonl was rotated: the rest of {name} was read first"
    ]
    assert not changed(log, chunks[-1].cursor)
    append(log, b'{"b":2}\n')
    assert data(read(log, chunks[-1].cursor)) == [b'{"b":2}']


def test_files_that_came_and_went_between_two_looks_are_read_too(log: Path) -> None:
    cursor = read(write(log, b'{"a":1}\n'))[-1].cursor
    for number, content in enumerate((b'{"a":1}\n{"a":2}\n', b'{"b":1}\n', b'{"c":1}\n')):
        write(log, content)
        os.utime(log, ns=(number * 10**9, number * 10**9))
        if number < 2:
            log.rename(log.with_name(f"calls-2026-11-0{number}.jsonl"))
    chunks = read(log, cursor)
    assert data(chunks) == [b'{"a":2}', b'{"b":1}', b'{"c":1}']


def test_each_chunk_of_a_rotation_can_be_gone_on_from(log: Path) -> None:
    cursor = read(write(log, b'{"a":1}\n'))[-1].cursor
    append(log, b'{"a":2}\n')
    log.rename(log.with_name("calls.jsonl.1"))
    write(log, b'{"b":1}\n')
    chunks = read(log, cursor)
    for number, chunk in enumerate(chunks):
        assert data(read(log, chunk.cursor)) == data(chunks[number + 1 :])


def test_a_file_that_was_moved_away_is_still_read_until_a_new_one_comes(log: Path) -> None:
    cursor = read(write(log, b'{"a":1}\n'))[-1].cursor
    append(log, b'{"a":2}\n')
    log.rename(log.with_name("calls.jsonl.1"))
    assert changed(log, cursor)
    chunks = read(log, cursor)
    assert data(chunks) == [b'{"a":2}']
    assert read(log, chunks[-1].cursor) == []


def test_a_record_is_loaded_from_the_rotated_file_when_it_lies_there(log: Path) -> None:
    (record,) = read(write(log, b'{"a":1}\n'))[0].records
    log.rename(log.with_name("calls.jsonl.1"))
    write(log, b'{"b":1}\n')
    assert load_record(log, record.position, record.length, lambda found: b'"a"' in found) == b'{"a":1}'
    with pytest.raises(UnreadableSource, match="the record is not there any more"):
        load_record(log, record.position, record.length, lambda found: b'"c"' in found)


def test_a_deleted_file_has_vanished(log: Path) -> None:
    (chunk,) = read(write(log, b'{"a":1}\n'))[:1]
    log.unlink()
    assert changed(log, chunk.cursor)
    with pytest.raises(SourceVanished, match="deleted or moved"):
        read(log, chunk.cursor)
    with pytest.raises(SourceVanished):
        load_record(log, 0, 7)


def test_what_is_no_file_is_refused_in_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(UnreadableSource, match="a directory, not a file"):
        read(tmp_path)
    with pytest.raises(UnreadableSource, match="no such file; check the name"):
        read(tmp_path / "nothing")
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(UnreadableSource, match="a pipe or a device, not a file"):
        describe_shape(tmp_path / "pipe")


def test_a_cut_gzip_keeps_its_whole_lines_and_says_so_once(log: Path) -> None:
    whole = gzip.compress(b"".join(b'{"a":"%s"}\n' % os.urandom(20).hex().encode() for _ in range(200)))
    chunks = read(write(log, whole[: len(whole) // 2]))
    assert 20 < len(data(chunks)) < 200
    assert (chunks[-1].incomplete, chunks[-1].notice) == (
        1,
        "calls.jsonl: the gzip data ends early; what is whole before that was read",
    )
    before = len(data(chunks))
    append(log, whole[len(whole) // 2 : -20])
    more = read(log, chunks[-1].cursor)
    assert more[-1].notice is None
    append(log, whole[-20:])
    last = read(log, more[-1].cursor)
    assert before + len(data(more)) + len(data(last)) == 200
    assert last[-1].incomplete == 0


@pytest.mark.parametrize("pack", [gzip.compress, zstd.compress])
def test_a_compressed_file_that_grows_by_members_is_followed(log: Path, pack: object) -> None:
    assert callable(pack)
    cursor = read(write(log, pack(b'{"a":1}\n')))[-1].cursor
    append(log, pack(b'{"a":2}\n'))
    chunks = read(log, cursor)
    assert (data(chunks), chunks[-1].incomplete) == ([b'{"a":2}'], 0)


def test_bytes_behind_a_gzip_are_left_out(log: Path) -> None:
    chunks = read(write(log, gzip.compress(b'{"a":1}\n') + b"\0" * 512))
    assert (data(chunks), chunks[-1].incomplete) == ([b'{"a":1}'], 0)


@pytest.mark.parametrize("pack", [gzip.compress, zstd.compress])
def test_damaged_compressed_data_is_said(log: Path, pack: object) -> None:
    assert callable(pack)
    packed = bytearray(pack(os.urandom(3000).hex().encode()))
    packed[len(packed) // 2 :] = b"\xff" * 100
    chunks = read(write(log, bytes(packed)))
    assert chunks[-1].incomplete == 1
    assert "data" in (chunks[-1].notice or "")


def test_messages_of_the_collector_compressed_one_by_one_are_lines(log: Path) -> None:
    frames = [zstd.compress(b'{"a":%d}' % number) for number in range(3)]
    framed = b"".join(len(frame).to_bytes(4, "big") + frame for frame in frames)
    chunks = read(write(log, framed[:-2]))
    assert (data(chunks), chunks[-1].incomplete) == ([b'{"a":0}', b'{"a":1}'], 1)
    append(log, framed[-2:])
    chunks = read(log, chunks[-1].cursor)
    assert (data(chunks), chunks[-1].incomplete) == ([b'{"a":2}'], 0)
    record = chunks[0].records[0]
    assert load_record(log, record.position, record.length) == b'{"a":2}'


def test_a_record_deep_in_a_compressed_file_is_found_from_a_mark(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tracetui.sources.lines_marks._MARK_EVERY", 1 << 20)
    content = b"".join(b'{"a":%d,"b":"%s"}\n' % (number, os.urandom(500).hex().encode()) for number in range(5000))
    write(log, gzip.compress(content, 1))
    records = [record for chunk in read(log) for record in chunk.records]
    size = log.stat().st_size
    reads: list[int] = []
    stream = lines.TextStream

    class Counting(stream):  # type: ignore[misc, valid-type]
        def read(self, size: int) -> bytes:
            reads.append(size)
            return super().read(size)

    monkeypatch.setattr(lines, "TextStream", Counting)
    assert load_record(log, records[-1].position, records[-1].length) == records[-1].data
    assert len(reads) < 8, f"{size} bytes were unpacked again"


SHAPES = [
    (b"", "empty"),
    (b"\xef\xbb\xbf \r\n", "empty"),
    (b'{"a":1}\n', "lines"),
    (b'{"a":"' + b"x" * 40_000, "lines"),
    (b"some text\nand more\n", "lines"),
    (b"[INFO] starting\n", "lines"),
    (b"[1,2,3]\n{}\n", "lines"),
    (b"{\n", "objects"),
    (b'{\n    "name": "x",\n', "objects"),
    (b'{"resourceSpans": [\n  {\n', "objects"),
    (b'{"a":1}{"a":2}\n', "objects"),
    (b"{}{}", "objects"),
    (b'hello\n{\n  "a": 1\n}\n', "objects"),
    (b'[{"a":1}]', "array"),
    (b'[\n  {\n    "a": 1', "array"),
    (b"\0\0\0\x05\n\x03abc", "protobuf"),
    (b"SQLite format 3\0" + b"\0" * 100, "binary"),
    (bytes(range(256)) * 4, "binary"),
    (b"\0" * 2000, "binary"),
]


@pytest.mark.parametrize(("content", "form"), SHAPES)
def test_the_beginning_of_a_file_says_its_form(log: Path, content: bytes, form: str) -> None:
    assert describe_shape(write(log, content)).form == form


@pytest.mark.parametrize(
    ("content", "compression", "encoding"),
    [
        (gzip.compress(b"{}\n", mtime=0), "gzip", "utf-8"),
        (zstd.compress(b"{}\n"), "zstd", "utf-8"),
        (gzip.compress("{}\n".encode("utf-16"), mtime=0), "gzip", "utf-16-le"),
        ("{}\n".encode("utf-16"), "", "utf-16-le"),
        (b"\xfe\xff" + "{}\n".encode("utf-16-be"), "", "utf-16-be"),
    ],
)
def test_the_wrapping_shows_by_the_first_bytes_and_not_by_the_name(
    log: Path, content: bytes, compression: str, encoding: str
) -> None:
    shape = describe_shape(write(log, content))
    assert (shape.wrapping.compression, shape.wrapping.encoding) == (compression, encoding)
    assert (shape.form, shape.head) == ("lines", b"{}\n")


def test_a_file_known_to_have_lines_is_not_looked_at_otherwise(log: Path) -> None:
    write(log, b'[\n{"a":1}\n')
    assert [r.data for c in read_records(log, None, "lines") for r in c.records] == [b"[", b'{"a":1}']


def test_a_cursor_of_another_version_means_reading_again(log: Path) -> None:
    chunks = read(write(log, b'{"a":1}\n'), "nonsense")
    assert (data(chunks), chunks[0].reset) == ([b'{"a":1}'], True)


def test_reading_leaves_no_file_behind(log: Path, tmp_path: Path) -> None:
    write(log, gzip.compress(b'{"a":1}\n' * 1000))
    read(log)
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == ["calls.jsonl"]
    shutil.rmtree(tmp_path / "home")
