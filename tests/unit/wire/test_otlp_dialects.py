"""Traces that real instrumentations sent, read from the bytes to messages, against what the programs really did."""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest

from tracetui.model import Content, Message, Payload, Span, ToolCall, ToolResult, Unknown
from tracetui.semconv.attributes import LogEvent, interpret, unfold
from tracetui.wire.otlp_json import decode_full, decode_log, decode_summary

DATA = Path(__file__).parents[2] / "data" / "otlp" / "dialects"
DIALECTS = (
    "genai", "genai-events", "genai-old", "openinference", "logfire", "openllmetry", "openllmetry-old", "vercel",
    "langfuse",
)  # fmt: skip


@lru_cache
def read(name: str) -> dict[str, tuple[Span, Payload]]:
    spans, events = {}, {}
    for line in (DATA / f"{name}.jsonl").read_bytes().splitlines():
        decoded = decode_summary(line)
        assert decoded.reason is None
        for raw, item in zip(decoded.spans, decoded.items, strict=True):
            full = decode_full(line, item)
            assert interpret(raw) == interpret(full), "the index and the payload agree about a span"
            spans[raw.span_id] = full
        for event, item in zip(decoded.events, decoded.event_items, strict=True):
            events.setdefault(event.span_id, []).append(decode_log(line, item))
    return {key: (interpret(raw), unfold(raw, events.get(key, ()))) for key, raw in spans.items()}


def expected(name: str) -> list[dict[str, Any]]:
    traces = json.loads((DATA / f"{name}.expected.json").read_text())["traces"]
    return [{**span, "trace": trace} for trace in traces for span in trace["spans"]]


CASES = [pytest.param(name, span, id=f"{name}-{span['span_id']}") for name in DIALECTS for span in expected(name)]


def texts(content: Content) -> list[str]:
    if not isinstance(content, tuple):
        return [content if isinstance(content, str) else json.dumps(content, ensure_ascii=False)]
    parts = [part for message in content for part in message.parts]
    return [str(getattr(part, "text", part.content if isinstance(part, ToolResult) else "")) for part in parts]


def calls(content: Content) -> list[str]:
    messages: tuple[Message, ...] = content if isinstance(content, tuple) else ()
    return [part.name for message in messages for part in message.parts if isinstance(part, ToolCall)]


@pytest.mark.parametrize(("name", "wanted"), CASES)
def test_a_real_span_is_what_the_program_did(name: str, wanted: dict[str, Any]) -> None:
    span, payload = read(name)[wanted["span_id"]]
    assert (span.kind, span.name, span.status) == (wanted["kind"], wanted["name"], wanted["status"])
    assert span.trace_id == wanted["trace"]["trace_id"]
    if "model" in wanted:
        assert span.model == wanted["model"]
    if "tokens" in wanted:
        assert {key: getattr(span.usage, key) or 0 for key in wanted["tokens"]} == wanted["tokens"]
        assert not span.usage.inconsistent
    if "error" in wanted:
        assert wanted["error"] in (span.status_message or "")
    if "input_prefix" in wanted:
        assert any(text.startswith(wanted["input_prefix"]) for text in texts(payload.input))
    for key in ("output_prefix", "refusal_prefix"):
        if key in wanted:
            assert any(text.startswith(wanted[key]) for text in texts(payload.output))
    if wanted.get("tool_calls"):
        assert calls(payload.output) == wanted["tool_calls"]
    if "tools_offered" in wanted:
        assert [tool.name for tool in payload.tools] == wanted["tools_offered"]
    if "documents" in wanted:
        assert isinstance(payload.output, list)
        assert len(payload.output) == wanted["documents"]


@pytest.mark.parametrize("name", DIALECTS)
def test_every_part_of_a_real_message_is_understood(name: str) -> None:
    for _, payload in read(name).values():
        for content in (payload.input, payload.output):
            messages = content if isinstance(content, tuple) else ()
            assert not [part for message in messages for part in message.parts if isinstance(part, Unknown)]


@pytest.mark.parametrize("name", [name for name in DIALECTS if name != "langfuse"])
def test_user_session_feature_and_tags_are_found_in_each_trace(name: str) -> None:
    spans = [span for span, _ in read(name).values()]
    traces = json.loads((DATA / f"{name}.expected.json").read_text())["traces"]
    for trace in traces:
        own = [span for span in spans if span.trace_id == trace["trace_id"]]
        for key in ("user_id", "session_id", "feature"):
            if key in trace:
                assert trace[key] in {getattr(span, key) for span in own}
        if "tags" in trace:
            assert tuple(trace["tags"]) in {span.tags for span in own}


def test_messages_sent_as_log_records_join_their_span_whatever_comes_first() -> None:
    with_events = read("genai-events")
    conversations = [
        payload for span, payload in with_events.values() if span.kind == "generation" and span.status == "success"
    ]
    assert conversations
    assert all(isinstance(payload.input, tuple) and isinstance(payload.output, tuple) for payload in conversations)


def test_an_event_is_kept_in_the_payload() -> None:
    raw = decode_full((DATA / "genai.jsonl").read_bytes().splitlines()[0], 0)
    event = LogEvent(raw.trace_id, raw.span_id, "gen_ai.user.message", 5, {"content": "hello"})
    payload = unfold(raw, [event])
    assert {
        "name": "gen_ai.user.message",
        "time_ns": 5,
        "attributes": {},
        "body": {"content": "hello"},
    } in payload.events
