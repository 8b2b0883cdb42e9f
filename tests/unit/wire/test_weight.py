"""Bodies of empty values are refused before they are read; those that real programs send are not."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue

from tracetui.wire import langfuse_batch, langsmith_runs, llmobs, otlp_protobuf, otlp_request, weight
from tracetui.wire.otlp_request import BadRequest

DATA = Path(__file__).parents[2] / "data" / "collector"
MANY = 2_000


def spans_with(fill: Callable[[Any], Any]) -> bytes:
    request = ExportTraceServiceRequest()
    fill(request.resource_spans.add().scope_spans.add().spans.add())
    return bytes(request.SerializeToString())


def within(numbers: tuple[int, ...], body: bytes) -> bytes:
    """A body in the message of the last number, which is in that of the one before; also where our package knows none."""
    for number in reversed(numbers):
        body = bytes([number << 3 | 2, len(body) & 127 | 128, len(body) >> 7]) + body
    return body


def nested(_: int) -> AnyValue:
    value = AnyValue()
    value.array_value.values.add()
    return value


BODIES: dict[str, bytes] = {
    "groups": b"\x0a\x00" * MANY,
    "numbers": b"\x08\x01" * MANY,
    "fixed numbers": b"\x09" + b"\x01" * 8 + b"\x0d\x01\x01\x01\x01" * MANY,
    "groups after one of the old kind, which OTLP has not": b"\x9b\x06\x9c\x06" + b"\x0a\x00" * MANY,
    "keys of an entity": within((1, 1, 3), b"\x1a\x00" * MANY),
    "attributes": spans_with(lambda span: span.attributes.extend([KeyValue()] * MANY)),
    "events": spans_with(lambda span: [span.events.add() for _ in range(MANY)]),
    "links": spans_with(lambda span: [span.links.add() for _ in range(MANY)]),
    "attributes of an event": spans_with(lambda span: span.events.add().attributes.extend([KeyValue()] * MANY)),
    "values within a value": spans_with(lambda span: span.attributes.add().value.array_value.values.extend(map(nested, range(MANY)))),
    "pairs within a value": spans_with(lambda span: span.attributes.add().value.kvlist_value.values.extend([KeyValue()] * MANY)),
}  # fmt: skip


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Limits that bodies of a test reach."""
    monkeypatch.setattr(weight, "_SHORTEST_FIELD", 0)
    monkeypatch.setattr(weight, "_FROM", 1)
    monkeypatch.setattr(weight, "MOST_FIELDS", 1_000)
    for module in (otlp_request, langfuse_batch, langsmith_runs, weight):
        monkeypatch.setattr(module, "MOST_BODY_BYTES", 100_000)


@pytest.mark.parametrize("name", BODIES)
@pytest.mark.parametrize("read", [otlp_protobuf.read_traces, otlp_protobuf.read_logs])
def test_a_request_of_very_many_messages_is_refused(name: str, read: Callable[[bytes], Any], small: None) -> None:
    with pytest.raises(BadRequest, match="send smaller batches"):
        read(BODIES[name])


@pytest.mark.parametrize("request_type", [ExportTraceServiceRequest, ExportLogsServiceRequest])
def test_every_message_within_a_request_is_walked_through(request_type: Any) -> None:
    seen, waiting = set(), [(request_type.DESCRIPTOR, "request")]
    while waiting:
        message, kind = waiting.pop()
        if (message.full_name, kind) in seen:
            continue
        seen.add((message.full_name, kind))
        inner = {field.number: field.message_type for field in message.fields if field.message_type is not None}
        walked = weight._MESSAGES[kind]
        assert inner.keys() <= walked.keys(), message.full_name
        waiting += [(found, walked[number]) for number, found in inner.items()]


def test_very_many_values_in_the_body_of_a_log_record_are_refused(small: None) -> None:
    request = ExportLogsServiceRequest()
    record = request.resource_logs.add().scope_logs.add().log_records.add()
    record.body.array_value.values.extend([AnyValue()] * MANY)
    with pytest.raises(BadRequest, match="send smaller batches"):
        otlp_protobuf.read_logs(request.SerializeToString())


@pytest.mark.parametrize("body", [b'{"resourceSpans":[' + b"[]," * MANY + b"[]]}", b"[" + b"{}," * MANY + b"{}]"])
@pytest.mark.parametrize("read", [otlp_request.read_json, langfuse_batch.read_batch, llmobs.read_events])
def test_a_body_of_very_many_empty_values_is_refused(body: bytes, read: Callable[[bytes], Any], small: None) -> None:
    with pytest.raises(BadRequest, match="send smaller batches"):
        read(body)


def test_very_many_empty_values_in_parts_of_a_form_are_refused(small: None) -> None:
    part = b'--x\r\nContent-Disposition: form-data; name="post.r%d.inputs"\r\n\r\n[' + b"[]," * 200 + b"[]]\r\n"
    form = "multipart/form-data; boundary=x"
    assert langsmith_runs.read_multipart(part % 1 + b"--x--\r\n", form).bad == 0
    with pytest.raises(BadRequest, match="send smaller batches"):
        langsmith_runs.read_multipart(b"".join(part % number for number in range(10)) + b"--x--\r\n", form)


@pytest.mark.parametrize(
    "value",
    [
        pytest.param(b"\x80", id="an empty object"),
        pytest.param(b"\x81\xa1a\xc0", id="an object with a value"),
        pytest.param(b"\xde\x00\x00", id="an empty object, long"),
        pytest.param(b"\x90", id="an empty array"),
        pytest.param(b"\xdc\x00\x00", id="an empty array, long"),
    ],
)
def test_very_many_small_values_in_msgpack_are_refused(value: bytes, small: None) -> None:
    with pytest.raises(BadRequest, match="send smaller batches"):
        llmobs.read_apm(b"\xdc\x07\xd0" + value * MANY)


@pytest.mark.parametrize("text", ["пример текста ", "日本語の文章です"])
def test_text_of_other_alphabets_in_msgpack_is_taken_as_far_as_programs_send_it(text: str) -> None:
    most = 20 << 20
    body = text.encode()
    assert not weight.is_too_heavy_msgpack(body * (most // len(body)))


def test_what_real_programs_send_is_far_below_the_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(weight, "_SHORTEST_FIELD", 0)
    monkeypatch.setattr(weight, "_FROM", 1)
    for path in sorted(DATA.glob("otlp-*.jsonl")):
        for line in path.read_text().splitlines():
            row = json.loads(line)
            body = base64.b64decode(row["body_base64"])
            # As many in each megabyte of the largest body that is taken stay below the limit.
            share = len(body) / (64 << 20)
            if "protobuf" in row["headers"].get("content-type", "") and "content-encoding" not in row["headers"]:
                assert len(body) < 1_000 or not weight.has_too_many_fields(body, round(weight.MOST_FIELDS * share))


@pytest.mark.parametrize(
    "body",
    [b"", b"\x0a", b"\x0a\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", b"\x0b\x0c", b"\xff" * 99, b"\x0a\x05\x12"],
)
def test_what_is_no_protobuf_ends_where_it_stops_being_so(body: bytes, small: None) -> None:
    assert not weight.has_too_many_fields(body)


def test_a_body_that_is_too_small_for_so_many_fields_is_not_walked_through(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(weight, "_fields", None)
    assert not weight.has_too_many_fields(b"\n\0" * 5_000_000)
