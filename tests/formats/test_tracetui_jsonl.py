from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tracetui.exports.jsonl import span_line
from tracetui.model import Message, Score, Span, Text
from tracetui.sources.base import Batch, Reference
from tracetui.sources.head import Head
from tracetui.sources.tracetui_jsonl import TracetuiJsonlSource


def written(folder: Path, *lines: Any, name: str = "traces.jsonl") -> Path:
    path = folder / name
    text = "".join((line if isinstance(line, str) else json.dumps(line)) + "\n" for line in lines)
    path.write_text(text, encoding="utf-8")
    return path


def read(path: Path, cursor: str | None = None) -> list[Batch]:
    return list(TracetuiJsonlSource(path).read(cursor))


def spans_of(path: Path) -> list[Span]:
    return [span for batch in read(path) for span in batch.spans]


def reasons_of(path: Path) -> list[tuple[int | None, str]]:
    return [(skipped.line, skipped.reason) for batch in read(path) for skipped in batch.skipped]


MINIMAL = {"tracetui": 1, "trace_id": "t", "span_id": "s", "start_ns": 5}


@pytest.mark.parametrize(
    ("content", "is_ours"),
    [
        ('{"tracetui":1,"trace_id":"t"}\n', True),
        ('\n  { "tracetui" : 1 }\n', True),
        ('\ufeff{"tracetui":1}\n', True),
        ('[{"tracetui":1}]', True),
        ('{"trace_id":"t","tracetui":1}\n', False),
        ('{"tracetui":"a word"}\n', False),
        ('{"resourceSpans":[]}\n', False),
        ("", False),
        ("text\n", False),
    ],
)
def test_the_form_is_recognised_by_the_first_key_of_the_first_record(
    tmp_path: Path, content: str, is_ours: bool
) -> None:
    path = tmp_path / "x.jsonl"
    path.write_text(content)
    assert TracetuiJsonlSource.recognise(Head(path)) is is_ours


def test_a_line_by_hand_needs_ids_and_a_start(tmp_path: Path) -> None:
    path = written(tmp_path, MINIMAL)
    assert spans_of(path) == [Span("t", "s", start_ns=5)]


def test_times_may_be_iso_texts(tmp_path: Path) -> None:
    line = {
        "tracetui": 1,
        "trace_id": "t",
        "span_id": "s",
        "start": "2026-11-20T10:00:00.000001Z",
        "end": "2026-11-20T12:00:01+02:00",
    }
    (span,) = spans_of(written(tmp_path, line))
    assert (span.start_ns, span.end_ns) == (1795168800000001000, 1795168801000000000)


def test_nulls_and_a_kind_of_ones_own_are_taken(tmp_path: Path) -> None:
    line = MINIMAL | {"name": None, "kind": "guard-dog", "status": None, "metadata": None, "unknown_key": 1}
    assert spans_of(written(tmp_path, line)) == [Span("t", "s", start_ns=5)]


def test_messages_of_any_provider_are_understood(tmp_path: Path) -> None:
    path = written(tmp_path, MINIMAL | {"input": [{"role": "user", "content": "hi"}], "output": "there"})
    source = TracetuiJsonlSource(path)
    batch = next(batch for batch in source.read(None) if batch.spans)
    payload = source.payload(batch.spans[0], batch.references[0])
    assert payload.input == (Message("user", (Text("hi"),)),)
    assert payload.output == "there"


def test_the_line_itself_is_the_raw_record_where_none_was_written(tmp_path: Path) -> None:
    path = written(tmp_path, MINIMAL)
    payload = TracetuiJsonlSource(path).payload(Span("t", "s"), Reference(0, len(json.dumps(MINIMAL))))
    assert payload.raw == json.dumps(MINIMAL)
    assert "raw" not in json.loads(span_line(Span("t", "s"), payload))


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("not json", "not JSON"),
        ("[1]", "no JSON object"),
        ({"trace_id": "t", "span_id": "s", "start_ns": 1}, 'without "tracetui"'),
        (MINIMAL | {"tracetui": 2}, "version 2"),
        ({"tracetui": 1, "trace_id": "t", "span_id": "s"}, "without start_ns"),
        ({"tracetui": 1, "trace_id": "t", "start_ns": 1}, "span_id"),
        (MINIMAL | {"start_ns": "soon"}, "start_ns"),
        (MINIMAL | {"status": "ok"}, "status"),
        ({"tracetui": 1, "trace_id": "t", "span_id": "s", "start": "yesterday"}, "yesterday"),
        ("[" * 100_000, "deeply"),
    ],
)
def test_a_line_that_gives_nothing_is_skipped_with_its_number_and_reason(
    tmp_path: Path, line: Any, reason: str
) -> None:
    path = written(tmp_path, MINIMAL, line, MINIMAL | {"span_id": "s2"})
    assert [span.span_id for span in spans_of(path)] == ["s", "s2"]
    ((number, said),) = reasons_of(path)
    assert number == 2
    assert reason in said


def test_reading_goes_on_where_it_stopped(tmp_path: Path) -> None:
    path = written(tmp_path, MINIMAL)
    source = TracetuiJsonlSource(path)
    cursor = list(source.read(None))[-1].cursor
    assert not source.changed(cursor)
    with path.open("a") as file:
        file.write(json.dumps(MINIMAL | {"span_id": "later"}) + "\n")
    assert source.changed(cursor)
    assert [span.span_id for batch in source.read(cursor) for span in batch.spans] == ["later"]


def test_a_saved_score_is_read_back_and_can_be_taken_back(tmp_path: Path) -> None:
    path = written(tmp_path, MINIMAL)
    before = path.read_bytes()
    source = TracetuiJsonlSource(path)
    score = Score("id1", "t", "s", "user_rating", 4.0, time_ns=7)
    cursor = list(source.read(None))[-1].cursor
    assert "traces.jsonl.scores.jsonl" in source.write_score(score).place
    assert source.changed(cursor)
    batches = list(source.read(cursor))
    assert [found for batch in batches for found in batch.scores] == [score]
    source.retract_score(score)
    taken = [found for batch in source.read(batches[-1].cursor) for found in batch.retracted]
    assert taken == ["id1"]
    assert path.read_bytes() == before


def test_scores_without_ids_get_the_same_one_at_every_reading(tmp_path: Path) -> None:
    path = written(tmp_path, MINIMAL | {"scores": [{"name": "r", "value": 1}]})
    first, second = ([score.id for batch in read(path) for score in batch.scores] for _ in range(2))
    assert first == second
    assert len(first[0]) == 32
