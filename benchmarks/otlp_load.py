"""Batches of OTLP protobuf as an instrumented agent sends them, and a client that waits for each answer."""

from __future__ import annotations

import http.client
import json
import random
import time
from collections.abc import Iterator
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

SPANS_IN_TRACE = 5
_SAID = "where is my order and when does it come the parcel was sent on monday to the wrong address please help"
_WORDS = _SAID.split()
_TOOLS = json.dumps({"name": "find_order", "parameters": {"type": "object", "properties": {"id": {"type": "integer"}}}})


def batches(count: int, spans: int, seed: int) -> list[bytes]:
    """`count` requests of `spans` spans each, in OpenInference's words: agents, each with three calls and a tool."""
    made = random.Random(seed)
    rows = _spans(made)
    return [_request([next(rows) for _ in range(spans)]) for _ in range(count)]


def endless(spans: int, seed: int) -> Iterator[bytes]:
    """Such requests one after the other, made when they are wanted; traces go on from one to the next."""
    rows = _spans(random.Random(seed))
    while True:
        yield _request([next(rows) for _ in range(spans)])


def _request(spans: list[Span]) -> bytes:
    request = ExportTraceServiceRequest()
    resource = request.resource_spans.add()
    _set(resource.resource.attributes, "service.name", "shop")
    scope = resource.scope_spans.add()
    scope.scope.name = "openinference.instrumentation.openai"
    scope.spans.extend(spans)
    return request.SerializeToString()


def _spans(made: random.Random) -> Iterator[Span]:
    while True:
        now = time.time_ns()
        trace_id, root_id = made.randbytes(16), made.randbytes(8)
        history: list[tuple[str, str]] = [("system", _text(made, 60)), ("user", _text(made, 20))]
        user, session = f"user-{made.randrange(500)}", f"session-{made.randrange(2000)}"
        for step in range(SPANS_IN_TRACE - 1):
            span = _span(made, trace_id, root_id, now, step)
            if step == 1:
                _tool(span, made)
            else:
                history.append(("assistant", _text(made, 40)))
                _generation(span, history, made)
            _set(span.attributes, "user.id", user)
            _set(span.attributes, "session.id", session)
            yield span
        root = _span(made, trace_id, root_id, now, SPANS_IN_TRACE)
        root.span_id, root.parent_span_id, root.name = root_id, b"", "support-agent"
        _set(root.attributes, "openinference.span.kind", "AGENT")
        _set(root.attributes, "input.value", history[1][1])
        _set(root.attributes, "output.value", history[-1][1])
        _set(root.attributes, "user.id", user)
        _set(root.attributes, "session.id", session)
        yield root


def _span(made: random.Random, trace_id: bytes, parent_id: bytes, now: int, step: int) -> Span:
    start = now + step * 1_000_000
    return Span(
        trace_id=trace_id, span_id=made.randbytes(8), parent_span_id=parent_id, name="ChatCompletion", kind=1,
        start_time_unix_nano=start, end_time_unix_nano=start + made.randrange(10**6, 10**9), status={"code": 1},
    )  # fmt: skip


def _generation(span: Span, history: list[tuple[str, str]], made: random.Random) -> None:
    prompt, completion = made.randrange(100, 4000), made.randrange(10, 500)
    _set(span.attributes, "openinference.span.kind", "LLM")
    _set(span.attributes, "llm.model_name", "gpt-4.1-mini")
    _set(span.attributes, "llm.provider", "openai")
    _set(span.attributes, "llm.tools.0.tool.json_schema", _TOOLS)
    _set(span.attributes, "llm.token_count.prompt", prompt)
    _set(span.attributes, "llm.token_count.completion", completion)
    _set(span.attributes, "llm.token_count.total", prompt + completion)
    for number, (role, text) in enumerate(history[:-1]):
        _set(span.attributes, f"llm.input_messages.{number}.message.role", role)
        _set(span.attributes, f"llm.input_messages.{number}.message.content", text)
    _set(span.attributes, "llm.output_messages.0.message.role", "assistant")
    _set(span.attributes, "llm.output_messages.0.message.content", history[-1][1])


def _tool(span: Span, made: random.Random) -> None:
    span.name = "find_order"
    _set(span.attributes, "openinference.span.kind", "TOOL")
    _set(span.attributes, "tool.name", "find_order")
    _set(span.attributes, "input.value", json.dumps({"id": made.randrange(10**6)}))
    _set(span.attributes, "output.value", json.dumps({"state": "shipped", "note": _text(made, 10)}))


def _text(made: random.Random, words: int) -> str:
    return " ".join(made.choices(_WORDS, k=words))


def _set(attributes: Any, key: str, value: str | int) -> None:
    one = attributes.add()
    one.key = key
    if isinstance(value, str):
        one.value.string_value = value
    else:
        one.value.int_value = value


class Client:
    """One connection that sends a batch, waits for its answer, and sends it again where it is to come again."""

    def __init__(self, host: str, port: int, headers: dict[str, str] | None = None) -> None:
        self._headers = {"content-type": "application/x-protobuf", **(headers or {})}
        self._connection = http.client.HTTPConnection(host, port, timeout=60)
        self.repeated = 0

    def send(self, body: bytes) -> None:
        """Return when the batch was acknowledged."""
        while True:
            self._connection.request("POST", "/v1/traces", body, self._headers)
            answer = self._connection.getresponse()
            said = answer.read()
            if answer.status == 200:
                return
            if answer.status not in (429, 503):
                raise RuntimeError(f"answered {answer.status}: {said[:200]!r}")
            self.repeated += 1
            time.sleep(0.05)

    def close(self) -> None:
        """End the connection; the next batch begins another one."""
        self._connection.close()
