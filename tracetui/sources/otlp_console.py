"""Spans as Python's ConsoleSpanExporter prints them: one JSON object each, ids as `0x…`, times as ISO 8601."""

from __future__ import annotations

import re

import msgspec

from tracetui.model import Json
from tracetui.semconv.raw import RawEvent, RawSpan
from tracetui.semconv.times import iso_nanoseconds
from tracetui.wire.otlp_json import DecodedLine, describe, is_utf8
from tracetui.wire.otlp_values import hex_id, loads

CONSOLE_HEAD = re.compile(rb'"context"\s*:\s*\{\s*"trace_id"\s*:\s*"0x[0-9a-fA-F]')
"""What stands near the beginning of each object."""

_STATUS_CODES = {"UNSET": 0, "OK": 1, "ERROR": 2}


def decode_console(data: bytes) -> DecodedLine:
    """Read one object. Never raises: one that gives nothing has a `reason`. Everything is decoded, nothing left out."""
    replaced = not is_utf8(data)
    try:
        document = loads(data)
    except RecursionError:
        return DecodedLine(replaced=replaced, reason="nested too deeply to be read")
    except (ValueError, msgspec.MsgspecError):
        is_zeros = not data.strip(b"\0 \t\r\n")
        return DecodedLine(replaced=replaced, reason="NUL bytes" if is_zeros else "not JSON")
    span = span_of(document)
    if span is None:
        return DecodedLine(replaced=replaced, reason=_reason(document))
    return DecodedLine(spans=(span,), items=(0,), replaced=replaced)


def span_of(document: Json, raw: str = "") -> RawSpan | None:
    """The span that an object describes; None where it has no ids."""
    context = _dict(_dict(document).get("context"))
    trace_id, span_id = _id(context.get("trace_id")), _id(context.get("span_id"))
    if not trace_id or not span_id:
        return None
    status = _dict(document.get("status"))
    code = status.get("status_code")
    return RawSpan(
        trace_id=trace_id,
        span_id=span_id,
        parent_id=_id(document.get("parent_id")) or None,
        name=_text(document.get("name")) or "",
        start_ns=_time(document.get("start_time")) or 0,
        end_ns=_time(document.get("end_time")),
        status_code=_STATUS_CODES.get(code, 0) if isinstance(code, str) else 0,
        status_message=_text(status.get("description")),
        attributes=_dict(document.get("attributes")),
        resource=_dict(_dict(document.get("resource")).get("attributes")),
        scope=_text(_dict(document.get("instrumentation_scope")).get("name")) or "",
        events=tuple(_event(event) for event in _list(document.get("events")) if isinstance(event, dict)),
        raw=raw,
    )


def _event(event: dict[str, Json]) -> RawEvent:
    return RawEvent(_text(event.get("name")) or "", _time(event.get("timestamp")) or 0, _dict(event.get("attributes")))


def _reason(document: Json) -> str:
    reason = describe(document)
    if isinstance(document, dict) and ("resourceSpans" in document or "resourceLogs" in document):
        return "no span of the console exporter: looks like an OTLP request"
    return reason.replace("an OTLP request", "a span of the console exporter").replace(
        "no OTLP request", "no span of the console exporter"
    )


def _id(value: Json) -> str:
    return hex_id(value.removeprefix("0x")) if isinstance(value, str) else ""


def _time(value: Json) -> int | None:
    return iso_nanoseconds(value) if isinstance(value, str) else None


def _text(value: Json) -> str | None:
    return value if isinstance(value, str) and value else None


def _dict(value: Json) -> dict[str, Json]:
    return value if isinstance(value, dict) else {}


def _list(value: Json) -> list[Json]:
    return value if isinstance(value, list) else []
