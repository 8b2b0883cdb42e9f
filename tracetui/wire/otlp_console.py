"""Spans as the console exporters of the OpenTelemetry SDKs print them (Python: one JSON object a span) → `RawSpan`."""

from __future__ import annotations

from tracetui.model import Json
from tracetui.semconv.raw import RawEvent, RawSpan
from tracetui.semconv.times import iso_nanoseconds, nanoseconds
from tracetui.wire.otlp_values import hex_id, loads, status_code


def decode_span(text: bytes) -> RawSpan | None:
    """One printed object as a span, None where it is none (another program's output). Never raises."""
    try:
        value = loads(text)
    except (ValueError, RecursionError):
        return None
    if not is_console_span(value):
        return None
    context = value["context"]
    status = value.get("status")
    status = status if isinstance(status, dict) else {}
    resource = value.get("resource")
    events = value.get("events")
    return RawSpan(
        trace_id=_id(context.get("trace_id")),
        span_id=_id(context.get("span_id")),
        parent_id=_id(value.get("parent_id")) or None,
        name=_text(value.get("name")) or "",
        start_ns=_time(value.get("start_time")) or 0,
        end_ns=_time(value.get("end_time")),
        status_code=status_code(_text(status.get("status_code")) or status.get("status_code")),
        status_message=_text(status.get("description")),
        attributes=_object(value.get("attributes")),
        resource=_object(resource.get("attributes") if isinstance(resource, dict) else None),
        scope=_scope(value),
        events=tuple(_event(event) for event in events if isinstance(event, dict)) if isinstance(events, list) else (),
        raw=text.decode("utf-8", "replace").strip(),
    )


def is_console_span(value: Json) -> bool:
    """Whether a value has the shape that the Python SDK prints: a context with both ids."""
    context = value.get("context") if isinstance(value, dict) else None
    return isinstance(context, dict) and bool(_id(context.get("trace_id"))) and bool(_id(context.get("span_id")))


def _id(value: Json) -> str:
    return hex_id(value[2:] if isinstance(value, str) and value[:2].lower() == "0x" else value)


def _time(value: Json) -> int | None:
    if isinstance(value, str) and not value.isdecimal():
        return iso_nanoseconds(value)
    return nanoseconds(value)


def _event(event: dict[str, Json]) -> RawEvent:
    return RawEvent(
        _text(event.get("name")) or "", _time(event.get("timestamp")) or 0, _object(event.get("attributes"))
    )


def _scope(value: dict[str, Json]) -> str:
    for key in ("instrumentation_scope", "instrumentation_info", "scope"):
        scope = value.get(key)
        if isinstance(scope, dict):
            return _text(scope.get("name")) or ""
    return ""


def _object(value: Json) -> dict[str, Json]:
    return value if isinstance(value, dict) else {}


def _text(value: Json) -> str | None:
    return value if isinstance(value, str) and value else None
