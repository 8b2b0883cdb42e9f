"""Spans that Python's console exporter printed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tracetui.semconv.attributes import interpret
from tracetui.semconv.raw import RawEvent
from tracetui.wire.otlp_console import CONSOLE_HEAD, decode_console, span_of

DATA = Path(__file__).parents[2] / "data" / "otlp"

PRINTED: dict[str, Any] = {
    "name": "chat gpt-5",
    "context": {"trace_id": "0x" + "AB" * 16, "span_id": "0x" + "cd" * 8, "trace_state": "[]"},
    "kind": "SpanKind.CLIENT",
    "parent_id": "0x" + "ef" * 8,
    "start_time": "2026-11-02T06:13:38.051000Z",
    "end_time": "2026-11-02T06:13:38.084001Z",
    "status": {"status_code": "ERROR", "description": "boom"},
    "attributes": {"gen_ai.operation.name": "chat", "gen_ai.response.finish_reasons": ["stop"]},
    "events": [
        {"name": "exception", "timestamp": "2026-11-02T06:13:38.052000Z", "attributes": {"exception.message": "boom"}}
    ],
    "links": [],
    "resource": {"attributes": {"service.name": "shop"}, "schema_url": ""},
}


def test_a_printed_span_is_read() -> None:
    span = span_of(PRINTED, raw="text")
    assert span is not None
    assert (span.trace_id, span.span_id, span.parent_id) == ("ab" * 16, "cd" * 8, "ef" * 8)
    assert (span.start_ns, span.end_ns) == (1793600018051000000, 1793600018084001000)
    assert (span.status_code, span.status_message, span.resource, span.raw) == (
        2,
        "boom",
        {"service.name": "shop"},
        "text",
    )
    assert span.events == (RawEvent("exception", 1793600018052000000, {"exception.message": "boom"}),)
    assert interpret(span).kind == "generation"


@pytest.mark.parametrize("indent", [4, None])
def test_indented_or_on_one_line(indent: int | None) -> None:
    text = json.dumps(PRINTED, indent=indent).encode()
    assert CONSOLE_HEAD.search(text)
    (span,) = decode_console(text).spans
    assert span == span_of(PRINTED)


def test_without_parent_and_end_it_is_a_running_root() -> None:
    (span,) = decode_console(
        json.dumps({**PRINTED, "parent_id": None, "end_time": None, "status": {"status_code": "UNSET"}}).encode()
    ).spans
    assert (span.parent_id, span.end_ns, span.status_code) == (None, None, 0)


@pytest.mark.parametrize("field", [key for key in PRINTED if key != "context"])
@pytest.mark.parametrize("value", [None, 5, [], [5], "x", {}])
def test_a_field_of_a_wrong_type_does_not_cost_the_span(field: str, value: Any) -> None:
    (span,) = decode_console(json.dumps({**PRINTED, field: value}).encode()).spans
    assert interpret(span).span_id == "cd" * 8


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"{", "not JSON: "),
        (b"\0\0", "NUL bytes"),
        (b"{}", "an empty object"),
        (b'{"name": "x"}', "no span of the console exporter: an object with name"),
        (b'{"resourceSpans": []}', "no span of the console exporter: looks like an OTLP request"),
        (b"[" * 100_000, "nested too deeply to be read"),
    ],
    ids=lambda value: str(value[:30]),
)
def test_anything_else_says_why_it_is_no_span(data: bytes, reason: str) -> None:
    assert (decode_console(data).reason or "").startswith(reason)


def test_invalid_utf8_is_replaced_and_said() -> None:
    decoded = decode_console(json.dumps(PRINTED).encode().replace(b"boom", b"b\xffom"))
    assert decoded.replaced
    assert decoded.spans[0].status_message == "b\ufffdom"


def test_every_line_that_an_sdk_wrote_is_a_span() -> None:
    spans = [
        span for line in (DATA / "sdk-lines.jsonl").read_bytes().splitlines() for span in decode_console(line).spans
    ]
    assert len(spans) == 30
    assert {interpret(span).kind for span in spans} == {
        "agent",
        "generation",
        "tool",
        "chain",
        "embedding",
        "retriever",
        "guardrail",
    }
