"""Compares what was read of transcripts with an `expected.json`, whose truth was noted when the transcripts were made."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from tests.formats.source_reading import Reading, read_source
from tracetui.model import Message, Payload, Span, Text, ToolCall
from tracetui.semconv.times import iso_nanoseconds
from tracetui.sources.base import Reference, Source

BUCKETS = ("input", "cache_read", "cache_write", "output", "reasoning")


class Files:
    """Several sources as one index would have them."""

    def __init__(self, sources: Iterable[Source]) -> None:
        self.spans: dict[tuple[str, str], Span] = {}
        self.readings: list[Reading] = []
        self._places: dict[tuple[str, str], tuple[Source, Reference]] = {}
        for source in sources:
            reading = read_source(source)
            self.readings.append(reading)
            self.spans |= reading.spans
            self._places |= {key: (source, place) for key, place in reading.references.items()}

    def payload(self, trace_id: str, span_id: str) -> Payload:
        source, reference = self._places[trace_id, span_id]
        return source.payload(self.spans[trace_id, span_id], reference)

    def of_kind(self, kind: str) -> list[Span]:
        return [span for span in self.spans.values() if span.kind == kind]

    def tokens(self) -> dict[str, int]:
        return {bucket: sum(getattr(span.usage, bucket) or 0 for span in self.spans.values()) for bucket in BUCKETS}


def truth(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(path.read_text())
    return found


def check_totals(files: Files, expected: dict[str, Any]) -> None:
    roots = [span for span in files.of_kind("agent") if span.parent_id is None]
    assert sorted({span.session_id for span in files.spans.values()}, key=str) == sorted(expected["sessions"])
    assert len({span.trace_id for span in files.spans.values()}) == expected["traces"]
    assert Counter(span.status for span in roots) == expected["trace_statuses"]
    assert Counter(span.status for span in files.of_kind("generation")) == expected["generation_statuses"]
    assert Counter(span.status for span in files.of_kind("tool")) == expected["tool_statuses"]
    assert Counter(span.model for span in files.of_kind("generation") if span.model) == expected["models"]
    assert len(files.of_kind("event")) == expected["events"]
    assert len(files.of_kind("agent")) - len(roots) == expected["sub_agents"]
    assert files.tokens() == {"reasoning": 0, **expected["tokens"]}


def check_traces(files: Files, expected: dict[str, Any]) -> None:
    for session in expected["by_session"]:
        for trace in session["traces"]:
            _check_trace(files, session, trace)


def _check_trace(files: Files, session: dict[str, Any], trace: dict[str, Any]) -> None:
    trace_id = trace["trace_id"]
    spans = {span.span_id: span for key, span in files.spans.items() if key[0] == trace_id}
    (root,) = [span for span in spans.values() if span.parent_id is None]
    assert (root.name, root.status, root.session_id) == (trace["name"], trace["status"], session["session_id"])
    assert root.status_message == trace.get("status_message")
    assert root.start_ns == iso_nanoseconds(trace["start"])
    assert root.end_ns == iso_nanoseconds(trace["end"])
    assert root.metadata["cwd"] == session["cwd"]
    assert root.metadata.get("title") == session.get("title")
    prompt = files.payload(trace_id, root.span_id).input
    assert isinstance(prompt, tuple)
    assert text_of(prompt).startswith(trace["prompt_prefix"])
    children = trace["generations"] + trace["tools"] + trace["agents"]
    assert len(spans) == 1 + len(children) + len(trace["events"])
    for child in children:
        _check_times(spans[child["span_id"]], child)
    for generation in trace["generations"]:
        _check_generation(files, spans[generation["span_id"]], generation)
    for tool in trace["tools"]:
        _check_tool(files, spans[tool["span_id"]], tool)
    events = {(span.name, span.start_ns, span.status) for span in spans.values() if span.kind == "event"}
    assert events == {(event["name"], iso_nanoseconds(event["start"]), event["status"]) for event in trace["events"]}


def _check_times(span: Span, expected: dict[str, Any]) -> None:
    assert span.parent_id == expected["parent"]
    assert span.start_ns == iso_nanoseconds(expected["start"])
    assert span.end_ns == (None if expected["end"] is None else iso_nanoseconds(expected["end"]))


def _check_generation(files: Files, span: Span, expected: dict[str, Any]) -> None:
    assert (span.kind, span.model, span.status) == ("generation", expected["model"], expected["status"])
    assert span.finish_reason == expected["finish_reason"]
    if expected.get("tokens"):
        assert {bucket: getattr(span.usage, bucket) or 0 for bucket in expected["tokens"]} == expected["tokens"]
    if "cost_usd" in expected:
        assert (span.cost.usd, span.cost.origin) == (expected["cost_usd"], "recorded")
    payload = files.payload(span.trace_id, span.span_id)
    assert isinstance(payload.output, tuple)
    assert isinstance(payload.input, tuple)
    assert payload.raw
    assert text_of(payload.output).startswith(expected["text_prefix"])
    calls = [part.name for message in payload.output for part in message.parts if isinstance(part, ToolCall)]
    assert calls == expected["tool_calls"]


def _check_tool(files: Files, span: Span, expected: dict[str, Any]) -> None:
    assert (span.kind, span.name, span.status) == ("tool", expected["name"], expected["status"])
    assert span.status_message == expected.get("status_message", span.status_message)
    payload = files.payload(span.trace_id, span.span_id)
    assert payload.input is not None
    result = payload.output or ""
    assert str(result).startswith(expected["result_prefix"])
    assert len(result) == expected["result_chars"]


def text_of(messages: tuple[Message, ...]) -> str:
    return "".join(part.text for message in messages for part in message.parts if isinstance(part, Text))
