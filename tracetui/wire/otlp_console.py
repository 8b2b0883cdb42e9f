"""Spans as Python's ConsoleSpanExporter prints them: one JSON object each, ids as `0x…`, times as ISO 8601."""

from __future__ import annotations

import re

from tracetui.model import Json
from tracetui.semconv.raw import RawEvent, RawSpan
from tracetui.semconv.times import iso_nanoseconds, nanoseconds
from tracetui.wire.otlp_json import DecodedLine, is_utf8
from tracetui.wire.otlp_values import hex_id, loads, status_code
from tracetui.wire.reasons import TOO_DEEP, describe, not_json

CONSOLE_HEAD = re.compile(rb'"context"\s*:\s*\{\s*"trace_id"\s*:\s*"0x[0-9a-fA-F]')
"""What stands near the beginning of each object."""
_SCOPES = ("instrumentation_scope", "instrumentation_info", "scope")


def decode_console(data: bytes) -> DecodedLine:
    """Read one object. Never raises: one that gives nothing has a `reason`. Everything is decoded, nothing left out."""
    replaced = not is_utf8(data)
    try:
        document = loads(data)
    except RecursionError:
        return DecodedLine(replaced=replaced, reason=TOO_DEEP)
    except ValueError as error:
        return DecodedLine(replaced=replaced, reason=not_json(data, error))
    span = span_of(document)
    if span is None:
        return DecodedLine(replaced=replaced, reason=describe(document, "a span of the console exporter"))
    return DecodedLine(spans=(span,), items=(0,), replaced=replaced)


def span_of(document: Json, raw: str = "") -> RawSpan | None:
    """The span that an object describes; None where it has no ids. `raw` is its own text."""
    context = _object(_object(document).get("context"))
    trace_id, span_id = _id(context.get("trace_id")), _id(context.get("span_id"))
    if not trace_id or not span_id:
        return None
    status = _object(document.get("status"))
    events = document.get("events")
    scope = next((found for key in _SCOPES if (found := _object(document.get(key)))), {})
    return RawSpan(
        trace_id=trace_id,
        span_id=span_id,
        parent_id=_id(document.get("parent_id")) or None,
        name=_text(document.get("name")) or "",
        start_ns=_time(document.get("start_time")) or 0,
        end_ns=_time(document.get("end_time")),
        status_code=status_code(status.get("status_code")),
        status_message=_text(status.get("description")),
        attributes=_object(document.get("attributes")),
        resource=_object(_object(document.get("resource")).get("attributes")),
        scope=_text(scope.get("name")) or "",
        events=tuple(_event(event) for event in events if isinstance(event, dict)) if isinstance(events, list) else (),
        raw=raw,
    )


def _event(event: dict[str, Json]) -> RawEvent:
    moment = _time(event.get("timestamp")) or 0
    return RawEvent(_text(event.get("name")) or "", moment, _object(event.get("attributes")))


def _id(value: Json) -> str:
    return hex_id(value[2:] if isinstance(value, str) and value[:2].lower() == "0x" else value)


def _time(value: Json) -> int | None:
    if isinstance(value, str) and not value.isdecimal():
        return iso_nanoseconds(value)
    return nanoseconds(value)


def _object(value: Json) -> dict[str, Json]:
    return value if isinstance(value, dict) else {}


def _text(value: Json) -> str | None:
    return value if isinstance(value, str) and value else None
