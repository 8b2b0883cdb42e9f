"""OTLP requests with every odd value that protobuf can say, and what becomes of them on the way to a store.

Both encodings of a request say the same, whatever is in it.
"""

from __future__ import annotations

import base64
import json
import math
import random
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import msgspec
import pytest
from google.protobuf.json_format import MessageToDict
from hypothesis import given
from hypothesis import strategies as st
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status

from tests.property.fuzzing import fuzzed
from tracetui.collector.captured import Captured
from tracetui.collector.storing import store_captured
from tracetui.semconv.attributes import interpret, unfold
from tracetui.store.connection import open_store
from tracetui.store.soundness import examine_database
from tracetui.wire.otlp_protobuf import read_traces
from tracetui.wire.otlp_request import BadRequest, read_json

KEYS = (
    "", "gen_ai.system", "gen_ai.request.model", "gen_ai.usage.input_tokens", "gen_ai.usage.output_tokens", "gen_ai.operation.name",
    "gen_ai.prompt.0.content", "gen_ai.prompt.999999999.role", "gen_ai.completion.-1.content", "gen_ai.input.messages",
    "gen_ai.output.messages", "openinference.span.kind", "llm.input_messages.0.message.role", "llm.token_count.prompt",
    "input.value", "output.value", "metadata", "tag.tags", "session.id", "user.id", "langfuse.observation.type",
    "langfuse.observation.usage_details", "ai.prompt.messages", "ai.usage.promptTokens", "logfire.msg", "traceloop.span.kind",
    "a..b", ".", "a.b.c", "\x00", "gen_ai.usage.cost", "llm.cost.total", "error.type", "exception.message",
)  # fmt: skip
INTEGERS = (0, 1, -1, 2**31, 2**53 + 1, 2**63 - 1, -(2**63))
FLOATS = (math.nan, math.inf, -math.inf, -0.0, 5e-324, 1e308, 0.1)
TEXTS = (
    "",
    "x",
    "LLM",
    "chat",
    "[]",
    "{}",
    '[{"role":"user","content":"x"}]',
    '{"a":NaN}',
    "9" * 400,
    "\x1b[2J",
    "\u202e",
    "1e999",
)
BYTES = (b"", b"\x00", b"\xff\xfe", b"[]")
TRACE_IDS = (b"\x01" * 16, b"\x02" * 16, b"", b"\x00" * 16, b"\xff" * 16, b"short", b"x" * 64)
SPAN_IDS = (b"\x01" * 8, b"\x02" * 8, b"\x03" * 8, b"", b"\x00" * 8, b"s", b"y" * 64)
"""Few, so that spans stand twice and are their own ancestors."""
TIMES = (0, 1, 2**63 - 1, 2**63, 2**64 - 1, 1_795_000_000 * 10**9, 1_795_000_001 * 10**9)
SEEDS = st.integers(0, 2**64 - 1)


class Odd(random.Random):
    """Makes the parts of a request by chance; the same seed makes the same."""

    def value(self, depth: int = 0) -> AnyValue:
        kind = self.randrange(6 if depth > 3 else 9)
        if kind < 4:
            field, some = (
                ("string_value", TEXTS),
                ("int_value", INTEGERS),
                ("double_value", FLOATS),
                ("bytes_value", BYTES),
            )[kind]
            return AnyValue(**{field: self.choice(some)})  # type: ignore[arg-type]
        if kind < 6:
            return AnyValue(bool_value=True) if kind == 4 else AnyValue()
        made = AnyValue()
        if kind == 6:
            made.array_value.values.extend(self.value(depth + 1) for _ in range(self.randrange(4)))
        else:
            made.kvlist_value.values.extend(self.pairs(depth + 1))
        return made

    def pairs(self, depth: int = 0) -> list[KeyValue]:
        """Attributes, some of them twice."""
        names = [self.choice(KEYS) for _ in range(self.randrange(7))]
        return [KeyValue(key=name, value=self.value(depth)) for name in (*names, *names[:1])]

    def span(self) -> Span:
        code = self.randrange(3)
        return Span(
            trace_id=self.choice(TRACE_IDS), span_id=self.choice(SPAN_IDS), parent_span_id=self.choice(SPAN_IDS),
            name=self.choice(TEXTS), start_time_unix_nano=self.choice(TIMES), end_time_unix_nano=self.choice(TIMES),
            status=Status(code=code, message=self.choice(TEXTS)), kind=code, attributes=self.pairs(), dropped_events_count=code,
            events=[Span.Event(name=self.choice(KEYS), time_unix_nano=self.choice(TIMES), attributes=self.pairs())] * self.randrange(3),
            links=[Span.Link(trace_id=self.choice(TRACE_IDS), span_id=self.choice(SPAN_IDS))] * self.randrange(3),
        )  # fmt: skip

    def request(self) -> ExportTraceServiceRequest:
        return request_of([self.span() for _ in range(1 + self.randrange(5))], self.pairs())


def request_of(spans: list[Span], resource: list[KeyValue]) -> ExportTraceServiceRequest:
    request = ExportTraceServiceRequest()
    group = request.resource_spans.add()
    group.resource.attributes.extend(resource)
    group.scope_spans.add().spans.extend(spans)
    return request


def as_json(request: ExportTraceServiceRequest) -> bytes:
    """The same request in OTLP's JSON, whose ids are hex."""
    document: Any = MessageToDict(request, always_print_fields_with_no_presence=True)
    for group in document.get("resourceSpans", []):
        for scoped in group.get("scopeSpans", []):
            for span in scoped.get("spans", []):
                for holder in [span, *span.get("links", [])]:
                    for key in ("traceId", "spanId", "parentSpanId"):
                        if key in holder:
                            holder[key] = base64.b64decode(holder[key]).hex()
    return json.dumps(document).encode()


@pytest.fixture(scope="module")
def conn(tmp_path_factory: pytest.TempPathFactory) -> Iterator[sqlite3.Connection]:
    with closing(open_store(tmp_path_factory.mktemp("store") / "dev.db")) as opened:
        yield opened


@fuzzed(30)
@given(SEEDS)
def test_any_request_is_read_stored_and_unfolded(conn: sqlite3.Connection, seed: int) -> None:
    request = Odd(seed).request()
    read = read_traces(request.SerializeToString())
    assert len(read.spans) + read.bad == len(request.resource_spans[0].scope_spans[0].spans)
    for raw in read.spans:
        interpret(raw)
        unfold(raw)
    conn.execute("BEGIN")
    try:
        store_captured(conn, Path("dev.db"), [Captured(spans=read.spans, events=read.events)], lambda span: span)
        ids = {(raw.trace_id, raw.span_id) for raw in read.spans}
        assert set(conn.execute("SELECT trace_id, span_id FROM spans")) == ids
        assert {row[0] for row in conn.execute("SELECT trace_id FROM traces")} == {trace_id for trace_id, _ in ids}
        odd = "SELECT count(*) FROM spans WHERE typeof(start_ns) <> 'integer'"
        assert conn.execute(odd).fetchone() == (0,)
    finally:
        conn.execute("ROLLBACK")


@fuzzed(30)
@given(SEEDS)
def test_both_encodings_of_a_request_say_the_same(seed: int) -> None:
    request = Odd(seed).request()
    one, other = read_traces(request.SerializeToString()), read_json(as_json(request))
    assert (one.bad, len(one.spans)) == (other.bad, len(other.spans))
    for first, second in zip(one.spans, other.spans, strict=True):
        assert first == msgspec.structs.replace(second, raw=first.raw)


def nested(depth: int) -> bytes:
    """An AnyValue of lists within lists, written by hand: the library itself nests no deeper than a hundred."""
    inner = b""
    for _ in range(depth):
        body = b"\x0a" + varint(len(inner)) + inner
        inner = b"\x2a" + varint(len(body)) + body
    return inner


def varint(number: int) -> bytes:
    out = bytearray()
    while number > 127:
        out.append(number & 127 | 128)
        number >>= 7
    return bytes([*out, number])


def wrapped(value: bytes) -> bytes:
    pair = b"\x0a\x01k\x12" + varint(len(value)) + value
    span = b"\x0a\x10" + b"\x01" * 16 + b"\x12\x08" + b"\x01" * 8 + b"\x4a" + varint(len(pair)) + pair
    for _ in range(2):
        span = b"\x12" + varint(len(span)) + span
    return b"\x0a" + varint(len(span)) + span


@pytest.mark.parametrize("depth", [1, 10, 30, 50, 1_000, 10_000])
def test_values_nested_without_end_are_cut_or_refused(depth: int) -> None:
    try:
        (raw,) = read_traces(wrapped(nested(depth))).spans
    except BadRequest as error:
        assert depth >= 50
        assert str(error)
    else:
        assert depth <= 50
        assert "k" in raw.attributes


def test_the_store_of_these_tests_is_sound(conn: sqlite3.Connection) -> None:
    path = Path(conn.execute("PRAGMA database_list").fetchone()[2])
    assert examine_database(path, check_s=5, measure_s=0).check == "ok"
