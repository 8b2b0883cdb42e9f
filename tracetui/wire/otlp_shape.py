"""The form of an OTLP export request: as types for the fast reader, and as a table that mends any JSON into it.

The fast reader leaves attribute values undecoded (`Raw`). Where it refuses a line, `mended` reads the line tolerantly,
keeps what has the right type, turns snake_case keys into OTLP's own, and writes it again for the fast reader.
"""

from __future__ import annotations

import json
from typing import TypeAlias

from msgspec import Raw, Struct

from tracetui.model import Json

Time: TypeAlias = str | int | float | None


class Attribute(Struct, gc=False):
    """`{"key": "…", "value": {"stringValue": "…"}}`."""

    key: str = ""
    value: Raw = Raw(b"null")


class Event(Struct):
    """An event of a span."""

    name: str | None = None
    timeUnixNano: Time = None
    attributes: list[Attribute] | None = None


class Status(Struct, gc=False):
    """The status of a span."""

    code: int | str | None = None
    message: str | None = None


class Span(Struct):
    """A span."""

    traceId: str | None = None
    spanId: str | None = None
    parentSpanId: str | None = None
    name: str | None = None
    startTimeUnixNano: Time = None
    endTimeUnixNano: Time = None
    attributes: list[Attribute] | None = None
    events: list[Event] | None = None
    status: Status | None = None


class Record(Struct):
    """A log record."""

    traceId: str | None = None
    spanId: str | None = None
    timeUnixNano: Time = None
    observedTimeUnixNano: Time = None
    eventName: str | None = None
    attributes: list[Attribute] | None = None
    body: Raw = Raw(b"null")


class Scope(Struct, gc=False):
    """Who made the spans."""

    name: str | None = None


class Resource(Struct):
    """What the spans were made in."""

    attributes: list[Attribute] | None = None


class ScopeGroup(Struct):
    """Spans or records of one scope; before 2022 the scope was called `instrumentationLibrary`."""

    scope: Scope | None = None
    instrumentationLibrary: Scope | None = None
    spans: list[Span] | None = None
    logRecords: list[Record] | None = None


class Group(Struct):
    """Everything of one resource."""

    resource: Resource | None = None
    scopeSpans: list[ScopeGroup] | None = None
    instrumentationLibrarySpans: list[ScopeGroup] | None = None
    scopeLogs: list[ScopeGroup] | None = None
    instrumentationLibraryLogs: list[ScopeGroup] | None = None


class Request(Struct):
    """One export request. Signals that are not read are only noticed."""

    resourceSpans: list[Group] | None = None
    resourceLogs: list[Group] | None = None
    resourceMetrics: Raw = Raw()
    resourceProfiles: Raw = Raw()


class RawScopeGroup(Struct):
    """As `ScopeGroup`, its spans and records as they stand in the text."""

    scope: Scope | None = None
    instrumentationLibrary: Scope | None = None
    spans: list[Raw] | None = None
    logRecords: list[Raw] | None = None


class RawGroup(Struct):
    """As `Group`, for finding one span without reading the others."""

    resource: Raw = Raw(b"null")
    scopeSpans: list[RawScopeGroup] | None = None
    instrumentationLibrarySpans: list[RawScopeGroup] | None = None
    scopeLogs: list[RawScopeGroup] | None = None
    instrumentationLibraryLogs: list[RawScopeGroup] | None = None


class RawRequest(Struct):
    """As `Request`, for finding one span without reading the others."""

    resourceSpans: list[RawGroup] | None = None
    resourceLogs: list[RawGroup] | None = None


_ANY = "any"
_TEXT = "text"
_TIME = "time"
_ATTRIBUTES: Json = [{"key": _TEXT, "value": _ANY}]
_SCOPE: Json = {"name": _TEXT}
_SPAN: Json = {
    "traceId": _TEXT,
    "spanId": _TEXT,
    "parentSpanId": _TEXT,
    "name": _TEXT,
    "startTimeUnixNano": _TIME,
    "endTimeUnixNano": _TIME,
    "attributes": _ATTRIBUTES,
    "events": [{"name": _TEXT, "timeUnixNano": _TIME, "attributes": _ATTRIBUTES}],
    "status": {"code": _TIME, "message": _TEXT},
}
_RECORD: Json = {
    "traceId": _TEXT,
    "spanId": _TEXT,
    "timeUnixNano": _TIME,
    "observedTimeUnixNano": _TIME,
    "eventName": _TEXT,
    "attributes": _ATTRIBUTES,
    "body": _ANY,
}
_SPANS: Json = [{"scope": _SCOPE, "instrumentationLibrary": _SCOPE, "spans": [_SPAN]}]
_LOGS: Json = [{"scope": _SCOPE, "instrumentationLibrary": _SCOPE, "logRecords": [_RECORD]}]
_RESOURCE: Json = {"attributes": _ATTRIBUTES}
_REQUEST: Json = {
    "resourceSpans": [{"resource": _RESOURCE, "scopeSpans": _SPANS, "instrumentationLibrarySpans": _SPANS}],
    "resourceLogs": [{"resource": _RESOURCE, "scopeLogs": _LOGS, "instrumentationLibraryLogs": _LOGS}],
    "resourceMetrics": _ANY,
    "resourceProfiles": _ANY,
}
"""What is kept of a line that had to be mended: a word is a type, a list the shape of its elements."""


def mended(document: Json) -> bytes:
    """Any JSON that holds spans in some OTLP form as a proper request: one request, a list of requests or of their
    parts, a bare group of one resource, a bare span."""
    requests = [_request(item) for item in (document if isinstance(document, list) else [document])]
    merged: dict[str, Json] = {}
    for request in requests:
        for key, groups in request.items():
            merged[key] = [*merged.get(key, []), *groups] if isinstance(groups, list) else groups
    return json.dumps(merged, allow_nan=False).encode()


def _request(value: Json) -> dict[str, Json]:
    if not isinstance(value, dict):
        return {}
    if "scopeSpans" in value or "scope_spans" in value or "instrumentationLibrarySpans" in value:
        value = {"resourceSpans": [value]}
    elif (
        ("traceId" in value or "trace_id" in value) and ("spanId" in value or "span_id" in value) and _has_times(value)
    ):
        value = {"resourceSpans": [{"scopeSpans": [{"spans": [value]}]}]}
    shaped = _shaped(value, _REQUEST)
    return shaped if isinstance(shaped, dict) else {}


def _has_times(value: dict[str, Json]) -> bool:
    return "startTimeUnixNano" in value or "start_time_unix_nano" in value


def _shaped(value: Json, shape: Json) -> Json:
    if isinstance(shape, list):
        return [_shaped(item, shape[0]) for item in value] if isinstance(value, list) else []
    if isinstance(shape, dict):
        return _fields(value, shape) if isinstance(value, dict) else {}
    if shape == _TEXT:
        return value if isinstance(value, str) else None
    if shape == _TIME:
        return value if isinstance(value, str | int | float) and not isinstance(value, bool) else None
    return value


def _fields(value: dict[str, Json], shape: dict[str, Json]) -> dict[str, Json]:
    kept: dict[str, Json] = {}
    for key, inner in shape.items():
        found = value.get(key, value.get(SNAKE[key])) if key in SNAKE else value.get(key)
        if found is not None:
            kept[key] = _shaped(found, inner)
    return kept


def _snake(key: str) -> str:
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in key)


MORE = ("traceState", "droppedAttributesCount", "droppedEventsCount", "droppedLinksCount")
"""Fields of a span that no summary needs."""
_CAMEL = (
    *MORE,
    *_REQUEST, *_SPAN, *_RECORD, *_SPANS[0], *_LOGS[0], *_REQUEST["resourceSpans"][0], *_REQUEST["resourceLogs"][0],
)  # fmt: skip
SNAKE = {key: _snake(key) for key in _CAMEL}
"""OTLP's keys → the same in snake_case, as a stock protobuf printer can write them."""
