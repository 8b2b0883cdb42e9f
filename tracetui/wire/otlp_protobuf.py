"""One OTLP/HTTP request as protobuf → its spans and log events. Needs the package opentelemetry-proto.

Ids are raw bytes there, integers are integers; what JSON cannot say (NaN, an id of zeros) is null or "".
"""

from __future__ import annotations

import base64
import math
from collections.abc import Iterable, Iterator
from typing import Any

from google.protobuf.message import DecodeError
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from tracetui.model import Json
from tracetui.semconv.raw import LogEvent, RawEvent, RawSpan
from tracetui.wire.otlp_more import link_of, more_of
from tracetui.wire.otlp_request import BadRequest, OtlpRequest, sorted_out
from tracetui.wire.weight import TOO_MANY, has_too_many_fields

_DEEPEST = 64


def read_traces(body: bytes) -> OtlpRequest:
    """An `ExportTraceServiceRequest`. Raises BadRequest."""
    return sorted_out(_spans(_parsed(ExportTraceServiceRequest(), body)), iter(()))


def read_logs(body: bytes) -> OtlpRequest:
    """An `ExportLogsServiceRequest`. Raises BadRequest."""
    return sorted_out(iter(()), _records(_parsed(ExportLogsServiceRequest(), body)))


def _parsed(message: Any, body: bytes) -> Any:
    if has_too_many_fields(body):
        raise BadRequest(TOO_MANY)
    try:
        message.ParseFromString(body)
    except DecodeError as error:
        raise BadRequest("not an OTLP request in protobuf") from error
    return message


def _spans(request: Any) -> Iterator[RawSpan]:
    for group in request.resource_spans:
        resource = _attributes(group.resource.attributes)
        for scoped in group.scope_spans:
            for span in scoped.spans:
                yield RawSpan(
                    trace_id=_hex(span.trace_id),
                    span_id=_hex(span.span_id),
                    parent_id=_hex(span.parent_span_id) or None,
                    name=span.name,
                    start_ns=_time(span.start_time_unix_nano) or 0,
                    end_ns=_time(span.end_time_unix_nano),
                    status_code=span.status.code if span.status.code in (1, 2) else 0,
                    status_message=span.status.message or None,
                    attributes=_attributes(span.attributes),
                    resource=resource,
                    scope=scoped.scope.name,
                    events=tuple(
                        RawEvent(event.name, _time(event.time_unix_nano) or 0, _attributes(event.attributes))
                        for event in span.events
                    ),
                    more=_more(span),
                )


def _more(span: Any) -> dict[str, Json]:
    links = [link_of(_hex(link.trace_id), _hex(link.span_id), _attributes(link.attributes)) for link in span.links]
    dropped = (span.dropped_attributes_count, span.dropped_events_count, span.dropped_links_count)
    return more_of(span.kind, span.trace_state, links, dropped)


def _records(request: Any) -> Iterator[LogEvent]:
    for group in request.resource_logs:
        for scoped in group.scope_logs:
            for record in scoped.log_records:
                attributes = _attributes(record.attributes)
                named = attributes.get("event.name")
                yield LogEvent(
                    trace_id=_hex(record.trace_id),
                    span_id=_hex(record.span_id),
                    name=record.event_name or (named if isinstance(named, str) else ""),
                    time_ns=_time(record.time_unix_nano) or _time(record.observed_time_unix_nano) or 0,
                    body=_value(record.body),
                    attributes=attributes,
                )


def _hex(raw: bytes) -> str:
    return raw.hex() if any(raw) else ""


def _time(value: int) -> int | None:
    return value if 0 < value < 2**63 else None


def _attributes(pairs: Iterable[Any], depth: int = 0) -> dict[str, Json]:
    return {pair.key: _value(pair.value, depth) for pair in pairs}


def _value(value: Any, depth: int = 0) -> Json:
    which = value.WhichOneof("value")
    if which is None or depth > _DEEPEST:
        return None
    if which == "array_value":
        return [_value(item, depth + 1) for item in value.array_value.values]
    if which == "kvlist_value":
        return _attributes(value.kvlist_value.values, depth + 1)
    if which == "bytes_value":
        return base64.b64encode(value.bytes_value).decode()
    found = getattr(value, which)
    return None if isinstance(found, float) and not math.isfinite(found) else found
