"""One OTLP/HTTP request, protobuf or JSON → its spans and log events, whole. And the answers that its sender understands.

Unlike the lines of a file (`otlp_json`), a request is small and everything of it is kept, so nothing is left undecoded.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec
from msgspec import Struct

from tracetui.model import Json
from tracetui.semconv.evaluations import EVALUATION
from tracetui.semconv.genai_events import is_message_event
from tracetui.semconv.raw import LogEvent, RawSpan
from tracetui.wire.otlp_json import full_log, full_span
from tracetui.wire.otlp_values import loads, plain_attributes
from tracetui.wire.reasons import TOO_DEEP, describe, not_json
from tracetui.wire.weight import MOST_BODY_BYTES, TOO_MANY, is_too_heavy

INVALID_ARGUMENT, DEADLINE_EXCEEDED, PERMISSION_DENIED = 3, 4, 7
RESOURCE_EXHAUSTED, UNAVAILABLE, UNAUTHENTICATED = 8, 14, 16
"""Codes of `google.rpc.Status`."""


class BadRequest(Exception):
    """A body that is no request of its protocol; `str(error)` says why."""


class OtlpRequest(Struct, frozen=True):
    """What a request holds. `bad` spans or records have no ids; `other` records are no GenAI events."""

    spans: tuple[RawSpan, ...] = ()
    events: tuple[LogEvent, ...] = ()
    bad: int = 0
    other: int = 0


def read_json(body: bytes) -> OtlpRequest:
    """A request in OTLP's JSON encoding. Raises BadRequest."""
    if is_too_heavy(body, MOST_BODY_BYTES):
        raise BadRequest(TOO_MANY)
    try:
        document = loads(body)
    except RecursionError as error:
        raise BadRequest(TOO_DEEP) from error
    except ValueError as error:
        raise BadRequest(not_json(body, error)) from error
    if not isinstance(document, dict) or (document and not document.keys() & _KEYS):
        raise BadRequest(describe(document))
    return sorted_out(_json_spans(document), map(full_log, _json_records(document)))


def sorted_out(spans: Iterator[RawSpan], records: Iterator[LogEvent]) -> OtlpRequest:
    """Keep the spans that have ids, and the records that say something of a call."""
    all_spans, all_records = list(spans), list(records)
    telling = [event for event in all_records if is_message_event(event.name) or event.name == EVALUATION]
    kept = tuple(span for span in all_spans if span.trace_id and span.span_id)
    events = tuple(event for event in telling if event.trace_id and event.span_id)
    bad = len(all_spans) - len(kept) + len(telling) - len(events)
    return OtlpRequest(kept, events, bad, len(all_records) - len(telling))


_KEYS = frozenset({"resourceSpans", "resource_spans", "resourceLogs", "resource_logs"})
_SCOPED = ("scopeSpans", "scope_spans", "instrumentationLibrarySpans")


def _json_spans(document: dict[str, Json]) -> Iterator[RawSpan]:
    for group in _objects(document, "resourceSpans", "resource_spans"):
        about = group.get("resource")
        resource = plain_attributes(about.get("attributes")) if isinstance(about, dict) else {}
        for scoped in _objects(group, *_SCOPED):
            about = scoped.get("scope") or scoped.get("instrumentationLibrary")
            name = about.get("name") if isinstance(about, dict) else None
            for span in _objects(scoped, "spans"):
                yield full_span(span, resource, name if isinstance(name, str) else "", _text(span))


def _text(span: dict[str, Json]) -> str:
    return msgspec.json.encode(span).decode()


def _json_records(document: dict[str, Json]) -> Iterator[Json]:
    for group in _objects(document, "resourceLogs", "resource_logs"):
        for scoped in _objects(group, "scopeLogs", "scope_logs", "instrumentationLibraryLogs"):
            yield from _objects(scoped, "logRecords", "log_records")


def _objects(value: dict[str, Json], *keys: str) -> Iterator[dict[str, Json]]:
    for key in keys:
        listed = value.get(key)
        yield from (item for item in listed if isinstance(item, dict)) if isinstance(listed, list) else ()


def partial_success(signal: str, rejected: int, message: str) -> dict[str, Any]:
    """The body of a 200 in JSON; empty where everything was taken. `signal`: traces or logs."""
    if not rejected:
        return {}
    field = "rejectedSpans" if signal == "traces" else "rejectedLogRecords"
    return {"partialSuccess": {field: str(rejected), "errorMessage": message}}


def partial_success_bytes(rejected: int, message: str) -> bytes:
    """The same in protobuf: field 1 of the answer, with the count in its field 1 and the message in its field 2."""
    if not rejected:
        return b""
    return _field(1, b"\x08" + _varint(rejected) + _field(2, message.encode()))


def status_bytes(code: int, message: str, retry_after_s: int | None = None) -> bytes:
    """`google.rpc.Status` in protobuf: the code in field 1, the message in field 2, and in field 3 when to come again."""
    status = b"\x08" + _varint(code) + _field(2, message.encode())
    if retry_after_s is None:
        return status
    retry = retry_info_bytes(retry_after_s)
    return status + _field(3, _field(1, b"type.googleapis.com/google.rpc.RetryInfo") + _field(2, retry))


def retry_info_bytes(after_s: int) -> bytes:
    """`google.rpc.RetryInfo`: its field 1 is a duration, whose field 1 has the seconds."""
    return _field(1, b"\x08" + _varint(after_s))


def _field(number: int, data: bytes) -> bytes:
    return bytes([number << 3 | 2]) + _varint(len(data)) + data


def _varint(value: int) -> bytes:
    found = bytearray()
    while value > 127:
        found.append(value & 127 | 128)
        value >>= 7
    return bytes(found) + bytes([value])
