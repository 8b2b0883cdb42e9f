"""One line of OTLP JSON: what is read, however it was written, and what is said of a line that gives nothing."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tracetui.semconv.attributes import interpret
from tracetui.semconv.raw import RawEvent
from tracetui.wire.otlp_json import decode_full, decode_log, decode_summary

TRACE, SPAN, PARENT = "5b8efff798038103d269b633813fc60c", "eee19b7ec3c1b174", "eee19b7ec3c1b173"
START = 1_544_712_660_000_000_000


def a_span(**fields: Any) -> dict[str, Any]:
    return {
        "traceId": TRACE,
        "spanId": SPAN,
        "name": "work",
        "startTimeUnixNano": str(START),
        "endTimeUnixNano": str(START + 5),
        **fields,
    }


def a_request(*spans: Any, **group: Any) -> dict[str, Any]:
    return {"resourceSpans": [{"scopeSpans": [{"spans": list(spans)}], **group}]}


def a_line(*spans: Any) -> bytes:
    return json.dumps(a_request(*spans)).encode()


def attribute(key: str, **value: Any) -> dict[str, Any]:
    return {"key": key, "value": value}


def read(line: bytes, item: int = 0) -> Any:
    """The span as the index and as the payload see it; both must agree on its summary."""
    decoded = decode_summary(line)
    assert decoded.reason is None
    full = decode_full(line, item)
    assert interpret(decoded.spans[decoded.items.index(item)]) == interpret(full)
    return full


def test_a_span_is_read_with_its_surroundings() -> None:
    request = a_request(
        a_span(
            parentSpanId=PARENT.upper(),
            status={"code": 2, "message": "boom"},
            attributes=[attribute("x", stringValue="y")],
        ),
        resource={"attributes": [attribute("service.name", stringValue="shop")]},
    )
    request["resourceSpans"][0]["scopeSpans"][0]["scope"] = {"name": "my.scope", "version": "1"}
    span = read(json.dumps(request).encode())
    assert (span.trace_id, span.span_id, span.parent_id, span.name) == (TRACE, SPAN, PARENT, "work")
    assert (span.start_ns, span.end_ns, span.status_code, span.status_message) == (START, START + 5, 2, "boom")
    assert (span.attributes, span.resource, span.scope) == ({"x": "y"}, {"service.name": "shop"}, "my.scope")
    assert json.loads(span.raw)["name"] == "work"


VALUES: list[tuple[Any, Any]] = [
    ({"stringValue": "x"}, "x"),
    ({"stringValue": ""}, ""),
    ({"intValue": "257"}, 257),
    ({"intValue": 257}, 257),
    ({"intValue": "-3"}, -3),
    ({"intValue": "99999999999999999999"}, None),
    ({"intValue": 99999999999999999999}, None),
    ({"doubleValue": 0.5}, 0.5),
    ({"doubleValue": "0.5"}, 0.5),
    ({"doubleValue": "NaN"}, None),
    ({"doubleValue": "-Infinity"}, None),
    ({"boolValue": True}, True),
    ({"boolValue": "false"}, False),
    ({"bytesValue": "AAAA"}, "AAAA"),
    ({"arrayValue": {"values": [{"stringValue": "a"}, {"intValue": "1"}, {}]}}, ["a", 1, None]),
    ({"arrayValue": {}}, []),
    (
        {"kvlistValue": {"values": [attribute("a", kvlistValue={"values": [attribute("b", boolValue=False)]})]}},
        {"a": {"b": False}},
    ),
    ({"kvlistValue": {"values": []}}, {}),
    ({"string_value": "x"}, "x"),
    ({}, None),
    (None, None),
    (5, None),
    ({"unknownValue": 1}, None),
]


@pytest.mark.parametrize(("value", "wanted"), VALUES, ids=lambda value: json.dumps(value)[:50])
def test_every_form_of_a_value_is_read(value: Any, wanted: Any) -> None:
    span = read(a_line(a_span(attributes=[{"key": "x", "value": value}])))
    assert span.attributes == {"x": wanted}


def test_of_a_repeated_key_the_last_value_stays() -> None:
    listed = [attribute("session.id", stringValue="a"), attribute("session.id", stringValue="b")]
    assert read(a_line(a_span(attributes=listed))).attributes == {"session.id": "b"}
    line = a_line(a_span()).replace(b'"name": "work"', b'"name": "first", "name": "last"')
    assert read(line).name == "last"


@pytest.mark.parametrize(
    ("sent", "wanted"),
    [(TRACE.upper(), TRACE), ("W47/95gDgQPSabYzgT/GDA==", TRACE), (TRACE, TRACE)],
)
def test_trace_ids_are_hex_in_either_case_or_base64(sent: str, wanted: str) -> None:
    span = read(a_line(a_span(traceId=sent, spanId="7uGbfsPBsXQ=", parentSpanId="7uGbfsPBsXM=")))
    assert (span.trace_id, span.span_id, span.parent_id) == (wanted, SPAN, PARENT)


@pytest.mark.parametrize("parent", [None, "", "0000000000000000"])
def test_an_empty_parent_is_none(parent: str | None) -> None:
    assert read(a_line(a_span(parentSpanId=parent))).parent_id is None


@pytest.mark.parametrize("end", [None, 0, "0", "", "soon", -1, 10**20])
def test_without_an_end_the_span_is_running(end: Any) -> None:
    assert read(a_line(a_span(endTimeUnixNano=end))).end_ns is None


def test_times_may_be_numbers() -> None:
    span = read(a_line(a_span(startTimeUnixNano=START, endTimeUnixNano=START + 1)))
    assert (span.start_ns, span.end_ns) == (START, START + 1)


@pytest.mark.parametrize(
    ("status", "code"),
    [({}, 0), (None, 0), ({"code": 0}, 0), ({"code": 1}, 1), ({"code": 2}, 2), ({"code": "STATUS_CODE_ERROR"}, 2), ({"code": "STATUS_CODE_OK"}, 1), ({"code": "2"}, 2), ({"code": 7}, 0)],
)  # fmt: skip
def test_a_status_code_is_a_number_or_a_name(status: Any, code: int) -> None:
    assert read(a_line(a_span(status=status))).status_code == code


def test_spans_of_before_2022_are_read() -> None:
    old = {
        "resourceSpans": [
            {"instrumentationLibrarySpans": [{"instrumentationLibrary": {"name": "old"}, "spans": [a_span()]}]}
        ]
    }
    assert read(json.dumps(old).encode()).scope == "old"


def test_snake_case_keys_are_read() -> None:
    span = {"trace_id": TRACE, "span_id": SPAN, "parent_span_id": PARENT, "name": "work", "start_time_unix_nano": START,
            "end_time_unix_nano": START + 5, "attributes": [{"key": "user.id", "value": {"string_value": "ada"}}], "status": {"code": 2}}  # fmt: skip
    whole = {
        "resource_spans": [{"resource": {"attributes": []}, "scope_spans": [{"scope": {"name": "s"}, "spans": [span]}]}]
    }
    found = read(json.dumps(whole).encode())
    assert (found.trace_id, found.parent_id, found.end_ns, found.attributes) == (
        TRACE,
        PARENT,
        START + 5,
        {"user.id": "ada"},
    )
    assert read(json.dumps({"resourceSpans": [{"scopeSpans": [{"spans": [span]}]}]}).encode()).name == "work"


def test_a_list_of_requests_a_bare_group_and_a_bare_span_are_read() -> None:
    second = a_span(spanId=PARENT)
    assert read(json.dumps([a_request(a_span()), a_request(second)]).encode(), 1).span_id == PARENT
    assert read(json.dumps(a_request(a_span())["resourceSpans"][0]).encode()).span_id == SPAN
    assert read(json.dumps(a_span()).encode()).span_id == SPAN


def test_items_number_the_spans_of_a_request_across_its_groups() -> None:
    spans = [a_span(spanId=f"{number:016x}", name=str(number)) for number in range(1, 6)]
    groups = [
        {"scopeSpans": [{"spans": spans[:2]}, {"spans": []}, {"spans": spans[2:3]}]},
        {"scopeSpans": [{"spans": spans[3:]}]},
    ]
    line = json.dumps({"resourceSpans": groups}).encode()
    decoded = decode_summary(line)
    assert decoded.items == (0, 1, 2, 3, 4)
    assert [decode_full(line, item).name for item in decoded.items] == ["1", "2", "3", "4", "5"]
    with pytest.raises(LookupError):
        decode_full(line, 5)


def test_a_span_without_ids_is_counted_and_does_not_shift_the_others() -> None:
    line = a_line({"name": "nothing"}, None, a_span(), 5)
    decoded = decode_summary(line)
    assert (decoded.items, decoded.bad, decoded.reason) == ((2,), 3, None)
    assert decode_full(line, 2).name == "work"


def test_only_the_values_that_a_summary_needs_are_decoded() -> None:
    listed = [
        attribute("gen_ai.input.messages", stringValue="[]"),
        attribute("output.value", stringValue="a" * 100),
        attribute("user.id", stringValue="ada"),
    ]
    (span,) = decode_summary(a_line(a_span(attributes=listed))).spans
    assert span.attributes == {"user.id": "ada"}
    assert len(decode_full(a_line(a_span(attributes=listed)), 0).attributes) == 3


def test_an_answer_that_may_hold_a_refusal_is_decoded() -> None:
    listed = [
        attribute("openinference.span.kind", stringValue="LLM"),
        attribute("output.value", stringValue='{"choices":[{"message":{"refusal":"no"}}]}'),
    ]
    (span,) = decode_summary(a_line(a_span(attributes=listed))).spans
    assert interpret(span).status == "refused"


def test_events_that_tell_the_summary_something_are_kept() -> None:
    events = [
        {
            "name": "exception",
            "timeUnixNano": "5",
            "attributes": [
                attribute("exception.message", stringValue="bad"),
                attribute("exception.stacktrace", stringValue="…"),
            ],
        },
        {"name": "First Token Stream Event", "timeUnixNano": str(START + 3)},
        {"name": "something else"},
    ]
    line = a_line(a_span(events=events))
    (span,) = decode_summary(line).spans
    assert span.events == (
        RawEvent("exception", 5, {"exception.message": "bad"}),
        RawEvent("First Token Stream Event", START + 3),
    )
    assert len(decode_full(line, 0).events) == 3
    assert interpret(span).ttft_ns == 3


# --- what is odd but readable


def test_a_byte_order_mark_and_line_ends_are_ignored() -> None:
    assert read(b"\xef\xbb\xbf" + a_line(a_span()) + b"\r\n").name == "work"


def test_invalid_utf8_is_replaced_and_said() -> None:
    line = a_line(a_span(name="caf?")).replace(b"caf?", b"caf\xff")
    assert decode_summary(line).replaced
    assert read(line).name == "caf\ufffd"
    hidden = a_line(a_span(attributes=[attribute("input.value", stringValue="caf?")])).replace(b"caf?", b"caf\xff")
    assert decode_summary(hidden).replaced
    assert read(hidden).attributes == {"input.value": "caf\ufffd"}
    assert not decode_summary(a_line(a_span(name="café"))).replaced


def test_utf8_is_checked_across_the_pieces_in_which_it_is_looked_at() -> None:
    name = "é" * 70_001
    line = json.dumps(a_request(a_span(name=name)), ensure_ascii=False).encode()
    assert not decode_summary(line).replaced
    assert decode_summary(line[:-20] + b"\xe2").replaced


def test_a_value_that_is_not_a_number_is_absent_and_the_line_is_read() -> None:
    line = a_line(
        a_span(attributes=[attribute("llm.cost.total", doubleValue="?"), attribute("user.id", stringValue="ada")])
    )
    found = read(line.replace(b'"?"', b"NaN"))
    assert found.attributes == {"llm.cost.total": None, "user.id": "ada"}
    assert read(line.replace(b'"?"', b"1e999")).attributes["llm.cost.total"] is None


def test_a_lone_surrogate_becomes_the_replacement_character() -> None:
    line = a_line(a_span(name="?", attributes=[attribute("session.id", stringValue="?")])).replace(
        b'"?"', rb'"a\ud83d"'
    )
    found = read(line)
    assert (found.name, found.attributes) == ("a\ufffd", {"session.id": "a\ufffd"})


def test_raw_control_characters_inside_a_text_are_kept() -> None:
    assert read(a_line(a_span(name="?")).replace(b'"?"', b'"a\x01\x00b"')).name == "a\x01\x00b"


@pytest.mark.parametrize(
    "field", ["name", "attributes", "events", "status", "parentSpanId", "startTimeUnixNano", "endTimeUnixNano"]
)
@pytest.mark.parametrize("value", [5, [], {}, True, "x", [5], [None]])
def test_a_field_of_a_wrong_type_does_not_cost_the_span(field: str, value: Any) -> None:
    assert read(a_line(a_span(**{field: value}))).span_id == SPAN


def test_deep_values_are_cut_and_the_rest_is_read() -> None:
    value: Any = {"stringValue": "bottom"}
    for _ in range(300):
        value = {"arrayValue": {"values": [value]}}
    found = read(a_line(a_span(attributes=[{"key": "x", "value": value}, attribute("user.id", stringValue="ada")])))
    assert found.attributes["user.id"] == "ada"


# --- what gives nothing, and why


REASONS: list[tuple[bytes, str]] = [
    (b"", "blank"),
    (b"  \r\n", "blank"),
    (b"\0\0\0\0", "NUL bytes"),
    (b"hello", "not JSON: Expecting value at character 1"),
    (b'{"resourceSpans":[{"scopeSp', "not JSON: "),
    (b"null", "JSON, but null and not an OTLP request"),
    (b"42", "JSON, but a number and not an OTLP request"),
    (b'"x"', "JSON, but a text and not an OTLP request"),
    (b"true", "JSON, but true or false and not an OTLP request"),
    (b"[1,2]", "JSON, but an array and not an OTLP request"),
    (b"{}", "an empty object"),
    (b'{"model":"gpt-5","messages":[]}', "no OTLP request: looks like a logged request to a model"),
    (b'{"name":"x","context":{},"parent_id":null}', "no OTLP request: looks like a span of the console exporter"),
    (b'{"trace_id":"x","span_id":"y"}', "no OTLP request: looks like a span of another format"),
    (b'{"a":1,"b":2}', "no OTLP request: an object with a, b"),
    (b'{"resourceSpans":[]}', "an export request without spans"),
    (b"[" * 100_000, "nested too deeply to be read"),
    (b"[" * 100_000 + b"]" * 100_000, "nested too deeply to be read"),
    (b'{"resourceSpans":' + b"[" * 100_000 + b"]" * 100_000 + b"}", "nested too deeply to be read"),
    (b"9" * 5000, "JSON, but "),
]


@pytest.mark.parametrize(("line", "reason"), REASONS, ids=lambda value: str(value[:40]))
def test_a_line_that_gives_nothing_says_why(line: bytes, reason: str) -> None:
    decoded = decode_summary(line)
    assert (decoded.reason or "").startswith(reason)
    assert not decoded.spans
    assert not decoded.other


@pytest.mark.parametrize(
    "line",
    [
        b'{"resourceMetrics":[{"scopeMetrics":[]}]}',
        b'{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"body":{}}]}]}]}',
        b'{"resourceProfiles":[]}',
    ],
)
def test_other_signals_are_no_damage(line: bytes) -> None:
    decoded = decode_summary(line)
    assert (decoded.other, decoded.reason) == (True, None)


# --- log records


def logs(*records: dict[str, Any]) -> bytes:
    return json.dumps({"resourceLogs": [{"scopeLogs": [{"logRecords": list(records)}]}]}).encode()


def test_a_record_with_messages_joins_its_span() -> None:
    message = {"body": {"kvlistValue": {"values": [attribute("content", stringValue="hello")]}}}
    line = logs(
        {"traceId": TRACE, "spanId": SPAN, "eventName": "http.request"},
        {
            "traceId": TRACE.upper(),
            "spanId": SPAN,
            "eventName": "gen_ai.user.message",
            "observedTimeUnixNano": "7",
            **message,
        },
        {
            "traceId": TRACE,
            "spanId": SPAN,
            "timeUnixNano": "8",
            "attributes": [attribute("event.name", stringValue="gen_ai.choice")],
            **message,
        },
        {"eventName": "gen_ai.user.message", **message},
    )
    decoded = decode_summary(line)
    assert decoded.event_items == (1, 2)
    assert [(event.trace_id, event.span_id, event.name, event.time_ns) for event in decoded.events] == [
        (TRACE, SPAN, "gen_ai.user.message", 7),
        (TRACE, SPAN, "gen_ai.choice", 8),
    ]
    assert not decoded.other
    assert decode_log(line, 1).body == {"content": "hello"}
    assert decode_log(line, 2).name == "gen_ai.choice"


def test_a_record_of_another_kind_leaves_its_line_to_the_other_signals() -> None:
    assert decode_summary(logs({"traceId": TRACE, "spanId": SPAN, "body": {"stringValue": "GET /"}})).other
