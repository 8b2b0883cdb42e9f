from __future__ import annotations

import json
import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from tracetui.exports.jsonl import score_line, span_line, write_jsonl
from tracetui.model import Payload, Span
from tracetui.sources.base import Batch
from tracetui.sources.head import Head
from tracetui.sources.tracetui_jsonl import TracetuiJsonlSource

from . import made


def written(folder: Path, line: str) -> Path:
    path = folder / "traces.jsonl"
    path.write_text(line + "\n", encoding="utf-8")
    return path


def read(path: Path) -> list[Batch]:
    return list(TracetuiJsonlSource(path).read(None))


def found_in(path: Path) -> list[Span]:
    return [span for batch in read(path) for span in batch.spans]


@settings(max_examples=150)
@given(span=made.spans, payload=made.payloads, data=st.data())
def test_any_span_reads_back_as_it_was_written_and_is_written_again_as_the_same_bytes(
    span: Span, payload: Payload, data: st.DataObject
) -> None:
    scores = data.draw(st.lists(made.scores_of(span.trace_id, span.span_id), max_size=2))
    line = span_line(span, payload, scores)
    with tempfile.TemporaryDirectory() as folder:
        path = written(Path(folder), line)
        assert TracetuiJsonlSource.recognise(Head(path))
        batches = read(path)
        (again,) = [found for batch in batches for found in batch.spans]
        (reference,) = [found for batch in batches for found in batch.references]
        read_scores = [found for batch in batches for found in batch.scores]
        read_payload = TracetuiJsonlSource(path).payload(again, reference)
    assert again == span
    assert read_scores == scores
    assert read_payload.input == payload.input
    assert read_payload.output == payload.output
    assert (read_payload.tools, read_payload.attributes) == (payload.tools, payload.attributes)
    assert read_payload.events == payload.events
    assert span_line(again, read_payload, read_scores) == line


@settings(max_examples=50)
@given(data=st.data(), trace_id=made.names, span_id=st.none() | made.names)
def test_a_score_on_a_line_of_its_own_reads_back_as_it_was_written(
    data: st.DataObject, trace_id: str, span_id: str | None
) -> None:
    score = data.draw(made.scores_of(trace_id, span_id))
    with tempfile.TemporaryDirectory() as folder:
        path = written(Path(folder), score_line(score))
        assert [found for batch in read(path) for found in batch.scores] == [score]


def test_a_whole_trace_goes_round_to_the_same_bytes(tmp_path: Path) -> None:
    text = "".join(write_jsonl([made.hard_trace()]))
    path = tmp_path / "first.jsonl"
    path.write_text(text)
    source = TracetuiJsonlSource(path)
    batches = list(source.read(None))
    spans = [span for batch in batches for span in batch.spans]
    references = {
        span.span_id: ref for batch in batches for span, ref in zip(batch.spans, batch.references, strict=True)
    }
    scores = [score for batch in batches for score in batch.scores]
    payloads = {span.span_id: source.payload(span, references[span.span_id]) for span in spans}
    assert "".join(write_jsonl([made.selected(spans, payloads, sorted(scores, key=lambda s: s.id))])) == text


def test_every_line_begins_with_the_mark_and_holds_no_line_separator_or_control_byte(tmp_path: Path) -> None:
    lines = "".join(write_jsonl([made.hard_trace()])).split("\n")
    assert lines.pop() == ""
    for line in lines:
        assert line.startswith('{"tracetui":1,')
        assert line.isprintable()
        json.loads(line)


def test_files_can_be_joined_and_grepped(tmp_path: Path) -> None:
    text = "".join(write_jsonl([made.hard_trace()]))
    picked = "".join(
        line for line in (text + text.replace(made.TRACE, "other")).splitlines(True) if "get_order" in line
    )
    path = tmp_path / "joined.jsonl"
    path.write_text(picked)
    assert {span.trace_id for span in found_in(path)} == {made.TRACE, "other"}


def test_a_value_that_only_looks_like_messages_stays_a_value() -> None:
    value = [{"role": "user", "content": "hi"}]
    line = json.loads(span_line(Span("t", "s"), Payload(input=value)))
    assert line["input_value"] == value
