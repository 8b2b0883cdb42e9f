from __future__ import annotations

import json
import re
from typing import Any

import pytest
from hypothesis import given, settings

from tracetui.exports.otlp import hex_id, write_otlp
from tracetui.exports.selection import Selected
from tracetui.model import KINDS, Cost, Message, Payload, Refusal, Score, Span, Text, ToolCall, ToolDefinition, Usage
from tracetui.semconv.attributes import interpret, unfold
from tracetui.semconv.evaluations import EVALUATION, scores_of
from tracetui.wire.otlp_json import decode_full, decode_summary

from . import made


def lines_of(*traces: Selected) -> list[str]:
    return "".join(write_otlp(traces)).splitlines()


def encoded_spans(*traces: Selected) -> list[dict[str, Any]]:
    return [
        span
        for line in lines_of(*traces)
        for group in json.loads(line)["resourceSpans"]
        for scope in group["scopeSpans"]
        for span in scope["spans"]
    ]


def attributes_of(span: dict[str, Any]) -> dict[str, Any]:
    return {entry["key"]: entry["value"] for entry in span["attributes"]}


def read_again(selected: Selected) -> list[tuple[Span, Payload]]:
    """The spans as our own OTLP reader sees them."""
    found = []
    for line in lines_of(selected):
        decoded = decode_summary(line.encode())
        assert decoded.reason is None
        assert decoded.bad == 0
        for raw, item in zip(decoded.spans, decoded.items, strict=True):
            found.append((interpret(raw), unfold(decode_full(line.encode(), item))))
    return found


@pytest.mark.parametrize(
    ("identity", "digits", "expected"),
    [
        ("0af7651916cd43dd8448eb211c80319c", 32, "0af7651916cd43dd8448eb211c80319c"),
        ("0AF7651916CD43DD8448EB211C80319C", 32, "0af7651916cd43dd8448eb211c80319c"),
        ("b7ad6b7169203331", 16, "b7ad6b7169203331"),
    ],
)
def test_ids_that_are_hex_of_the_right_length_are_kept(identity: str, digits: int, expected: str) -> None:
    assert hex_id(identity, digits) == expected


@pytest.mark.parametrize("identity", ["run-1", "", "0" * 32, "b7ad6b7169203331", "\ud800", "٣" * 32])
def test_other_ids_are_hashed_to_the_same_hex_every_time(identity: str) -> None:
    assert re.fullmatch("[0-9a-f]{32}", hex_id(identity, 32))
    assert hex_id(identity, 32) == hex_id(identity, 32) != identity


def test_a_hashed_id_keeps_the_original_as_an_attribute_and_children_find_their_parents() -> None:
    root, child = encoded_spans(made.selected([Span("run-1", "a"), Span("run-1", "b", "a", start_ns=1)]))
    assert child["parentSpanId"] == root["spanId"]
    assert attributes_of(child)["tracetui.trace_id"] == {"stringValue": "run-1"}
    assert attributes_of(child)["tracetui.parent_id"] == {"stringValue": "a"}
    assert root["parentSpanId"] == ""


def test_sixty_four_bit_integers_and_times_are_texts() -> None:
    span = next(span for span in encoded_spans(made.hard_trace()) if span["name"] == "chat gpt-5-mini")
    assert span["startTimeUnixNano"] == str(made.T0 + 1000)
    assert attributes_of(span)["gen_ai.usage.output_tokens"] == {"intValue": "7"}
    assert attributes_of(span)["n"] == {"doubleValue": 2**63}


def test_cached_tokens_are_within_the_input_tokens_as_the_convention_wants() -> None:
    span = next(span for span in encoded_spans(made.hard_trace()) if span["name"] == "chat gpt-5-mini")
    found = attributes_of(span)
    assert found["gen_ai.usage.input_tokens"] == {"intValue": "15"}
    assert found["gen_ai.usage.cache_read.input_tokens"] == {"intValue": "5"}


def test_messages_are_json_in_the_form_of_the_convention() -> None:
    span = next(span for span in encoded_spans(made.hard_trace()) if span["name"] == "chat gpt-5-mini")
    messages = json.loads(attributes_of(span)["gen_ai.input.messages"]["stringValue"])
    assert messages[2]["parts"] == [
        {"type": "reasoning", "content": "hmm"},
        {"type": "tool_call", "id": "c1", "name": "get_order", "arguments": {"id": "BX-1"}},
    ]
    (answer,) = json.loads(attributes_of(span)["gen_ai.output.messages"]["stringValue"])
    assert answer["finish_reason"] == "refusal"


def test_a_running_span_has_no_end_and_an_error_its_message() -> None:
    spans = {span["name"]: span for span in encoded_spans(made.hard_trace())}
    assert "endTimeUnixNano" not in spans["lost"]
    assert spans["get_order"]["status"]["code"] == 2
    assert "503" in spans["get_order"]["status"]["message"]


@pytest.mark.parametrize(
    ("kind", "status"),
    [(kind, status) for kind in KINDS for status in ("success", "error", "running")] + [("generation", "refused")],
)
def test_kind_status_tokens_and_recorded_cost_survive_being_read_again(kind: Any, status: Any) -> None:
    span = Span(
        made.TRACE, "b7ad6b7169203331", None, kind, "a name", made.T0, None if status == "running" else made.T0 + 5,
        7_000_000 if kind == "generation" else None, status, "boom" if status == "error" else None, "gpt-5", "openai",
        "refusal" if status == "refused" else "stop", Usage(10, 5, 2, 7, 3), Cost(0.25, "recorded"), "maria", "s-1",
        "support", "prod", "greeting", "7", "2.1", "get_order" if kind == "tool" else None, ("a", "b"), {"tier": "gold"},
        "flex", "resp_1",
    )  # fmt: skip
    payload = Payload(input=(Message("user", (Text("hi"),)),), output=(Message("assistant", (Text("there"),)),))
    ((again, carried),) = read_again(made.selected([span], {span.span_id: payload}))
    assert again == span
    assert (carried.input, carried.output) == (payload.input, payload.output)


def test_a_refusal_that_the_answer_alone_tells_survives() -> None:
    span = Span(made.TRACE, "b7ad6b7169203331", None, "generation", "x", 1, 2, status="refused", finish_reason="stop")
    payload = Payload(output=(Message("assistant", (Refusal("no"),)),))
    ((again, carried),) = read_again(made.selected([span], {span.span_id: payload}))
    assert again.status == "refused"
    assert carried.output == payload.output


@pytest.mark.parametrize(
    ("kind", "content"),
    [("tool", {"a": 1}), ("tool", "text"), ("retriever", [{"id": "d"}]), ("chain", "text"), ("chain", {"b": [1, 2]})],
)
def test_values_that_are_no_messages_survive(kind: Any, content: Any) -> None:
    span = Span(made.TRACE, "b7ad6b7169203331", None, kind, "x", 1, 2)
    ((_, carried),) = read_again(made.selected([span], {span.span_id: Payload(input=content, output=content)}))
    assert (carried.input, carried.output) == (content, content)


def test_tool_calls_and_offered_tools_survive() -> None:
    span = Span(made.TRACE, "b7ad6b7169203331", None, "generation", "x", 1, 2)
    payload = Payload(
        output=(Message("assistant", (Text("let me see"), ToolCall("c1", "get_order", {"id": "BX"}))),),
        tools=(ToolDefinition("get_order", "Look it up", {"type": "object"}),),
    )
    ((_, carried),) = read_again(made.selected([span], {span.span_id: payload}))
    assert (carried.output, carried.tools) == (payload.output, payload.tools)


def test_a_computed_cost_is_not_passed_off_as_recorded() -> None:
    span = Span(made.TRACE, "b7ad6b7169203331", None, "generation", cost=Cost(0.5, "computed", price="p 2026-11-01"))
    ((again, _),) = read_again(made.selected([span]))
    assert again.cost == Cost()


def test_attributes_of_ones_own_go_along_and_those_said_anew_do_not() -> None:
    span = next(span for span in encoded_spans(made.hard_trace()) if span["name"] == "chat gpt-5-mini")
    found = attributes_of(span)
    assert found["custom.key"] == {"stringValue": "value"}
    assert "gen_ai.system" not in found
    assert span["events"][0]["name"] == "exception"


def test_a_success_whose_events_hold_an_exception_stays_a_success() -> None:
    span = Span(made.TRACE, "b7ad6b7169203331", None, "tool", "retry", 1, 2)
    payload = Payload(events=({"name": "exception", "time_ns": 1, "attributes": {}},))
    ((again, _),) = read_again(made.selected([span], {span.span_id: payload}))
    assert again.status == "success"


def test_a_long_trace_is_spread_over_lines_of_some_megabyte() -> None:
    spans = [Span(made.TRACE, f"{number:016x}", None, start_ns=number) for number in range(1, 9)]
    payloads = {span.span_id: Payload(input="x" * 400_000) for span in spans}
    lines = lines_of(made.selected(spans, payloads))
    assert len(lines) == 3
    assert sum(line.count('"spanId"') for line in lines) == 8


@settings(max_examples=60)
@given(span=made.spans, payload=made.payloads)
def test_any_span_becomes_a_request_that_our_reader_takes_with_the_same_tokens(span: Span, payload: Payload) -> None:
    ((again, _),) = read_again(made.selected([span], {span.span_id: payload}))
    assert again.usage.total == span.usage.total


def test_scores_go_along_as_events_and_those_of_the_source_are_not_said_twice() -> None:
    spans = [Span(made.TRACE, "b7ad6b7169203331", None, "generation", "x", 1, 2)]
    recorded = {"gen_ai.evaluation.name": "tone", "gen_ai.evaluation.score.label": "fine"}
    payloads = {spans[0].span_id: Payload(events=({"name": EVALUATION, "time_ns": 5, "attributes": recorded},))}
    scores = [
        Score("a", made.TRACE, spans[0].span_id, "tone", label="fine", time_ns=5),
        Score("b", made.TRACE, spans[0].span_id, "user_rating", 4.0, comment="ok", author="ann", time_ns=6),
        Score("c", made.TRACE, None, "solved", True, source="llm", time_ns=7),
    ]
    (line,) = lines_of(made.selected(spans, payloads, scores))
    (raw,) = decode_summary(line.encode()).spans
    found = [
        (score.name, score.value, score.label, score.comment, score.source, score.author) for score in scores_of(raw)
    ]
    assert found == [
        ("tone", None, "fine", None, "code", None),
        ("user_rating", 4.0, None, "ok", "human", "ann"),
        ("solved", True, None, None, "llm", None),
    ]
