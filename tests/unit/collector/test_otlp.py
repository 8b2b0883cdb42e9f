"""OTLP over HTTP, replayed as the exporters of the SDKs sent it. tests/data/collector/SOURCES.md."""

from __future__ import annotations

import base64
import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from tests.unit.collector.conftest import EXPECTED, Client, captured, check_totals, totals
from tracetui.collector.listen import Listening
from tracetui.sources.lines_streams import zstd_module
from tracetui.workspace import open_workspace

DIALECTS = sorted(name for name in EXPECTED if name.startswith("otlp-"))
OTHERWISE: dict[str, dict[str, Any]] = {
    # One refused call was sent twice, as two traces of one span each: nothing tells that the second repeats the first.
    "otlp-openllmetry": {"tokens": {**EXPECTED["otlp-openllmetry"]["tokens"], "input": 650, "output": 2065}},
    # A stream that was cut names its model in the request only, and the program counted answers.
    "otlp-openllmetry-old": {
        "models": {**EXPECTED["otlp-openllmetry-old"]["models"], "claude-haiku-4-5-20251001": 2},
    },
}
TRACE, SPAN = "5b8aa5a2d2c872e8321cf37308d69df2", "051581bf3cb55c13"


def request(*spans: dict[str, Any]) -> dict[str, Any]:
    return {"resourceSpans": [{"scopeSpans": [{"spans": list(spans)}]}]}


def span(**fields: Any) -> dict[str, Any]:
    start = {"traceId": TRACE, "spanId": SPAN, "name": "a", "startTimeUnixNano": "1795000000000000000"}
    return {**start, "endTimeUnixNano": "1795000001000000000", **fields}


@pytest.mark.parametrize("name", DIALECTS)
def test_a_dialect_gives_what_the_program_sent(client: Client, store: Path, name: str) -> None:
    assert {answer.status for answer in client.replay(name)} == {200}
    check_totals(store, name, **OTHERWISE.get(name, {}))


@pytest.mark.parametrize("name", ["otlp-genai-events", "otlp-logfire", "otlp-openinference"])
def test_the_order_of_arrival_and_repetitions_change_nothing(client: Client, store: Path, name: str) -> None:
    client.replay(name, backwards=True)
    client.replay(name)
    check_totals(store, name)


@pytest.mark.parametrize("backwards", [False, True])
def test_log_events_become_the_messages_of_their_span(client: Client, store: Path, backwards: bool) -> None:
    client.replay("otlp-genai-events", backwards=backwards)
    with open_workspace([store]) as workspace:
        workspace.catch_up()
        spans = [node.span for trace_id in workspace.trace_ids() for node in workspace.tree(trace_id).nodes]
        calls = [span for span in spans if span.kind == "generation" and span.status == "success"]
        payloads = [workspace.payload(span.trace_id, span.span_id) for span in calls]
    assert payloads
    assert all(isinstance(payload.input, tuple) and payload.input for payload in payloads)
    assert all(isinstance(payload.output, tuple) and payload.output for payload in payloads)


@pytest.mark.parametrize("backwards", [False, True])
def test_a_finish_reason_that_only_a_log_event_tells_is_that_of_the_call(
    client: Client, store: Path, backwards: bool
) -> None:
    client.replay("otlp-genai-old", backwards=backwards)
    with open_workspace([store]) as workspace:
        workspace.catch_up()
        spans = [node.span for trace_id in workspace.trace_ids() for node in workspace.tree(trace_id).nodes]
    found = {span.span_id: span.finish_reason for span in spans if span.kind == "generation"}
    assert found["ccc5a7e828683e44"] == "stop"


def zstd_compressed(body: bytes) -> bytes:
    return zstd_module().compress(body)  # type: ignore[no-any-return]


@pytest.mark.parametrize(("encoding", "compress"), [("gzip", gzip.compress), ("zstd", zstd_compressed)])
def test_compressed_bodies_are_read(client: Client, store: Path, encoding: str, compress: Any) -> None:
    for one in captured("otlp-genai"):
        body = compress(base64.b64decode(one["body_base64"]))
        answer = client.send(
            "POST", "/v1/traces", body, content_type="application/x-protobuf", content_encoding=encoding
        )
        assert (answer.status, answer.body) == (200, b"")
    check_totals(store, "otlp-genai")


def test_a_span_without_ids_is_refused_alone(client: Client, store: Path, collector: Listening) -> None:
    answer = client.post_json("/v1/traces", request(span(), span(spanId="")))
    assert answer.json == {"partialSuccess": {"rejectedSpans": "1", "errorMessage": "without a trace id or a span id"}}
    assert totals(store)["spans"] == 1
    assert (collector.counts().accepted, collector.counts().malformed) == (1, 1)


def test_a_partial_success_in_protobuf_is_one_that_the_sdk_reads(client: Client) -> None:
    from opentelemetry.proto.collector.trace.v1 import trace_service_pb2 as pb

    sent = pb.ExportTraceServiceRequest()
    sent.resource_spans.add().scope_spans.add().spans.add().name = "no ids"
    answer = client.send("POST", "/v1/traces", sent.SerializeToString(), content_type="application/x-protobuf")
    read = pb.ExportTraceServiceResponse.FromString(answer.body)
    assert (answer.status, read.partial_success.rejected_spans) == (200, 1)
    assert "without a trace id" in read.partial_success.error_message


KEPT = {
    "span_kind": "client", "trace_state": "vendor=1", "dropped_attributes_count": 2, "a": 1,
    "links": [{"trace_id": "ab" * 16, "span_id": "cd" * 8, "attributes": {"why": "retry"}}],
}  # fmt: skip
LINK = {"traceId": "ab" * 16, "spanId": "cd" * 8, "attributes": [{"key": "why", "value": {"stringValue": "retry"}}]}
AS_JSON = {"kind": 3, "traceState": "vendor=1", "links": [LINK], "droppedAttributesCount": 2}
AS_SNAKE = {
    "kind": "SPAN_KIND_CLIENT", "trace_state": "vendor=1", "dropped_attributes_count": 2,
    "links": [{"trace_id": LINK["traceId"], "span_id": LINK["spanId"], "attributes": LINK["attributes"]}],
}  # fmt: skip


def as_protobuf() -> bytes:
    from opentelemetry.proto.collector.trace.v1 import trace_service_pb2 as pb

    sent = pb.ExportTraceServiceRequest()
    one = sent.resource_spans.add().scope_spans.add().spans.add(
        trace_id=bytes.fromhex(TRACE), span_id=bytes.fromhex(SPAN), start_time_unix_nano=1795000000000000000, kind=3,
        trace_state="vendor=1", dropped_attributes_count=2,
    )  # fmt: skip
    one.attributes.add(key="a").value.int_value = 1
    link = one.links.add(trace_id=b"\xab" * 16, span_id=b"\xcd" * 8)
    link.attributes.add(key="why").value.string_value = "retry"
    return sent.SerializeToString()


@pytest.mark.parametrize("how", ["protobuf", "json", "snake"])
def test_links_kind_and_trace_state_are_kept(client: Client, store: Path, how: str) -> None:
    if how == "protobuf":
        client.send("POST", "/v1/traces", as_protobuf(), content_type="application/x-protobuf")
    else:
        more = AS_JSON if how == "json" else AS_SNAKE
        client.post_json("/v1/traces", request(span(attributes=[{"key": "a", "value": {"intValue": "1"}}], **more)))
    with open_workspace([store]) as workspace:
        workspace.catch_up()
        assert workspace.payload(TRACE, SPAN).attributes == KEPT


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"{", "application/json", 400),
        (b"[1, 2]", "application/json", 400),
        (b'{"hello": 1}', "application/json", 400),
        (b"[" * 100_000, "application/json", 400),
        (b"\xff\xff\xff", "application/x-protobuf", 400),
        (b"{}", "text/plain", 415),
    ],
)
def test_what_is_no_request_gets_the_protocols_own_error(
    client: Client, collector: Listening, store: Path, body: bytes, kind: str, status: int
) -> None:
    answer = client.send("POST", "/v1/traces", body, content_type=kind)
    assert answer.status == status
    if kind == "application/json":
        assert answer.json["code"] == 3
        assert answer.json["message"]
    else:
        assert answer.body.startswith(b"\x08")
    assert totals(store)["spans"] == 0
    counts = collector.counts()
    assert counts.malformed + counts.refused == 1


def test_messages_that_were_cut_within_an_emoji_are_kept(client: Client, store: Path) -> None:
    said = json.dumps([{"role": "user", "parts": [{"type": "text", "content": "cut \ud83d"}]}])
    attributes = [
        {"key": "gen_ai.operation.name", "value": {"stringValue": "chat"}},
        {"key": "gen_ai.input.messages", "value": {"stringValue": said}},
    ]
    assert client.post_json("/v1/traces", request(span(attributes=attributes))).status == 200
    with open_workspace([store]) as workspace:
        workspace.catch_up()
        assert workspace.payload(TRACE, SPAN).input[0].parts[0].text == "cut \ufffd"


def test_a_damaged_compression_is_malformed(client: Client, collector: Listening) -> None:
    body = gzip.compress(json.dumps(request(span())).encode())[:-9]
    answer = client.send("POST", "/v1/traces", body, content_type="application/json", content_encoding="gzip")
    assert (answer.status, collector.counts().malformed) == (400, 1)


def test_a_span_that_has_ended_does_not_run_again(client: Client, store: Path) -> None:
    client.post_json("/v1/traces", request(span()))
    client.post_json("/v1/traces", request(span(endTimeUnixNano="0", name="late")))
    assert totals(store)["statuses"]["running"] == 0
    with open_workspace([store]) as workspace:
        workspace.catch_up()
        assert workspace.tree(TRACE).nodes[0].span.name == "a"


def test_metrics_are_answered_and_not_kept(client: Client, collector: Listening) -> None:
    assert client.post_json("/v1/metrics", {"resourceMetrics": []}).json == {}
    assert collector.counts().ignored == 1
