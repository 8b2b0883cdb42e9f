"""A small file that unpacks to gigabytes costs bounded memory, gives what is whole in it, and says what was left out."""

from __future__ import annotations

import gzip
import json
import re
import struct
import tracemalloc
from pathlib import Path

import pytest

from tests.formats.source_reading import read_source
from tracetui.sources import lines, lines_streams, whole_file
from tracetui.sources.goose_jsonl import GooseJsonl
from tracetui.sources.lines import read_records
from tracetui.sources.lines_again import load_record
from tracetui.sources.lines_streams import zstd_module
from tracetui.sources.otlp import OtlpSource
from tracetui.sources.tracetui_jsonl import TracetuiJsonlSource
from tracetui.wire import weight

LIMIT = 1 << 20
BLANKS = 64 << 20
MOST_MEMORY = 24 << 20


def span_line(number: int, name: str = "chat") -> bytes:
    line = {"tracetui": 1, "trace_id": "t", "span_id": f"s{number}", "start_ns": number, "name": name}
    return json.dumps(line).encode() + b"\n"


def bomb_line() -> bytes:
    return span_line(2, "a" * BLANKS)


@pytest.fixture(autouse=True)
def limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lines, "LONGEST", LIMIT)
    monkeypatch.setattr(lines_streams, "LONGEST", LIMIT)


def peak_of(path: Path) -> int:
    """Bytes of memory that reading a file needs at most."""
    tracemalloc.start()
    try:
        for _ in read_records(path, None, "lines"):
            pass
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("suffix", ["", ".gz", ".zst"])
def test_a_line_without_end_is_left_out_and_said_and_those_around_it_are_read(tmp_path: Path, suffix: str) -> None:
    pack = {"": bytes, ".gz": lambda data: gzip.compress(data, 1), ".zst": zstd_module().compress}[suffix]
    path = tmp_path / f"bomb.jsonl{suffix}"
    path.write_bytes(pack(span_line(1) + bomb_line() + span_line(3)))
    source = TracetuiJsonlSource(path)
    reading = read_source(source)
    assert [span.span_id for span in reading.spans.values()] == ["s1", "s3"]
    assert reading.notices == [f"{path.name}: line 2 is longer than 1 MiB and was left out"]
    assert [skip.line for skip in reading.skipped] == [2]
    last = reading.references["t", "s3"]
    assert load_record(path, last.position, last.length) == span_line(3).rstrip()
    assert peak_of(path) < MOST_MEMORY


def test_a_line_without_end_at_the_end_is_waited_for_without_being_kept(tmp_path: Path) -> None:
    path = tmp_path / "bomb.jsonl"
    path.write_bytes(span_line(1) + bomb_line().rstrip())
    source = TracetuiJsonlSource(path)
    reading = read_source(source)
    assert [span.span_id for span in reading.spans.values()] == ["s1"]
    assert reading.batches[-1].incomplete == 1
    with path.open("ab") as file:
        file.write(b"\n" + span_line(3))
    later = list(source.read(reading.cursor))
    assert [span.span_id for batch in later for span in batch.spans] == ["s3"]


def test_an_object_without_end_is_left_out_and_said(tmp_path: Path) -> None:
    path = tmp_path / "bomb.json.gz"
    whole = json.dumps({"a": 1}, indent=1).encode()
    path.write_bytes(gzip.compress(whole + b'\n{\n "b": "' + b"a" * BLANKS, 1))
    chunks = list(read_records(path))
    assert [record.data for chunk in chunks for record in chunk.records] == [whole]
    assert chunks[-1].incomplete == 1
    assert chunks[-1].notice == "bomb.json.gz: more than 1 MiB belong together after line 3"


def test_a_message_of_the_collector_that_unpacks_without_end_ends_the_file_and_is_said(tmp_path: Path) -> None:
    compress = zstd_module().compress
    span = {"traceId": "0" * 31 + "1", "spanId": "0" * 15 + "1", "name": "a", "startTimeUnixNano": "1"}
    request = json.dumps({"resourceSpans": [{"scopeSpans": [{"spans": [span]}]}]}).encode()
    frames = [compress(request), compress(b" " * BLANKS)]
    path = tmp_path / "bomb.jsonl.zst"
    path.write_bytes(b"".join(struct.pack(">I", len(frame)) + frame for frame in frames))
    reading = read_source(OtlpSource(path))
    assert len(reading.spans) == 1
    assert reading.notices == [
        f"{path.name}: a zstd message unpacks to more than 1 MiB; what is whole before that was read"
    ]
    assert peak_of(path) < MOST_MEMORY


@pytest.mark.parametrize("suffix", ["", ".gz"])
def test_any_number_of_short_lines_in_a_file_that_is_read_whole_is_cut_and_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, suffix: str
) -> None:
    monkeypatch.setattr(whole_file, "MOST", LIMIT)
    first = b'{"id":"1","role":"user","created":1790000000,"content":[{"type":"text","text":"hi"}]}\n'
    bomb = b'{"working_dir":"/x"}\n' + first + b'{"id":"2"}\n' * 1_000_000
    path = tmp_path / f"session.jsonl{suffix}"
    path.write_bytes(gzip.compress(bomb, 1) if suffix else bomb)
    source = GooseJsonl(path)
    tracemalloc.start()
    reading = read_source(source)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    (said,) = reading.notices
    assert re.fullmatch(
        r"session\.jsonl(\.gz)?: more than 1 MiB belong together; what comes after line \d+ was left out", said
    )
    assert peak < MOST_MEMORY


@pytest.mark.parametrize("values", [b"[],", b"{},", b'{"a":1},', b"0,"])
def test_a_record_of_very_many_empty_values_is_left_out_and_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, values: bytes
) -> None:
    monkeypatch.setattr(weight, "_FROM", 1)
    monkeypatch.setattr(lines, "_HEAVY_FROM", 1000)
    monkeypatch.setattr(weight, "MOST_BYTES", LIMIT)
    span = {"traceId": "0" * 31 + "1", "spanId": "0" * 15 + "1", "name": "a", "startTimeUnixNano": "1"}
    good = json.dumps({"resourceSpans": [{"scopeSpans": [{"spans": [span]}]}]}).encode()
    for name, data in (
        ("lines.jsonl", good + b"\n" + b'{"resourceSpans":[' + values * 50_000 + b"0]}\n"),
        ("objects.json", b"{\n" + good[1:] + b"\n" + b'{\n"resourceSpans":[' + values * 50_000 + b"0]}\n"),
    ):
        path = tmp_path / name
        path.write_bytes(data)
        reading = read_source(OtlpSource(path))
        assert len(reading.spans) == 1
        assert len(reading.skipped) == 1
        assert weight.TOO_HEAVY in reading.notices[0]
