"""OTLP as JSON: one export request (a line of a Collector's file, or an object of any layout) → spans and log events.

`decode_summary` runs for every line while a file is indexed and decodes only the values that a summary needs;
`decode_full` and `decode_log` read one span or record completely when somebody looks at it. docs/formats/otlp.md.
"""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from functools import cache
from typing import TypeVar

import msgspec
from msgspec import Struct

from tracetui.model import Json
from tracetui.semconv.evaluations import EVALUATION
from tracetui.semconv.facts import FINISH_KEYS, GENAI_ANSWER, REFUSAL_SIGNS, is_answer, is_needed
from tracetui.semconv.genai_events import is_message_event
from tracetui.semconv.raw import LogEvent, RawEvent, RawSpan
from tracetui.semconv.summary import FIRST_TOKEN_EVENTS
from tracetui.semconv.times import nanoseconds
from tracetui.wire import otlp_shape as shape
from tracetui.wire.otlp_more import link_of, more_of
from tracetui.wire.otlp_values import hex_id, loads, plain_attributes, plain_value, status_code
from tracetui.wire.reasons import TOO_DEEP, describe, not_json

__all__ = [
    "DecodedLine",
    "decode_full",
    "decode_log",
    "decode_summary",
    "describe",
    "full_log",
    "full_span",
    "is_utf8",
]

Group = TypeVar("Group", shape.ScopeGroup, shape.RawScopeGroup)

_values = msgspec.json.Decoder()
_REFUSED = (msgspec.MsgspecError, UnicodeError, ValueError)

_SKIP, _TAKE, _TAKE_IF_TELLING = 0, 1, 2
_needs: dict[str, int] = {}
_REFUSAL_SIGNS = tuple(sign.encode() for sign in REFUSAL_SIGNS)
_REMEMBERED = 50_000
_CHUNK = 1 << 15
_KINDS = {
    f"SPAN_KIND_{word}": number
    for number, word in enumerate(("UNSPECIFIED", "INTERNAL", "SERVER", "CLIENT", "PRODUCER", "CONSUMER"))
}
_EXCEPTION = frozenset({"exception.type", "exception.message"})


class DecodedLine(Struct, frozen=True):
    """What one line or object gave. `spans[i]` is number `items[i]` of its spans, `events[i]` number `event_items[i]`
    of its log records: `decode_full` and `decode_log` take these numbers.

    Spans have only the attributes and events that their summary needs. `other` marks a line of another signal, which
    is no damage; `replaced` one with invalid UTF-8; `bad` counts spans without ids; `reason` says why nothing was read.
    """

    spans: tuple[RawSpan, ...] = ()
    items: tuple[int, ...] = ()
    events: tuple[LogEvent, ...] = ()
    event_items: tuple[int, ...] = ()
    other: bool = False
    replaced: bool = False
    bad: int = 0
    reason: str | None = None


@cache
def _requests() -> msgspec.json.Decoder[shape.Request]:
    """Made when the first request is read: that takes 7 ms, for which files of other formats need not wait."""
    return msgspec.json.Decoder(shape.Request)


@cache
def _raw_requests() -> msgspec.json.Decoder[shape.RawRequest]:
    return msgspec.json.Decoder(shape.RawRequest)


def decode_summary(line: bytes) -> DecodedLine:
    """Read one request for the index. Never raises: a line that gives nothing has a `reason` or is `other`."""
    replaced = not is_utf8(line)
    try:
        decoded = _summary(line if not replaced else line.decode("utf-8", "replace").encode(), replaced)
        if decoded is not None:
            return decoded
    except _REFUSED:
        pass
    except RecursionError:
        return DecodedLine(replaced=replaced, reason=TOO_DEEP)
    return _mended_summary(line, replaced)


def decode_full(line: bytes, item: int) -> RawSpan:
    """Read span number `item` of a request completely, with its own text. Raises LookupError where it is not there."""
    group, scope, text = _find(line, item, "spans")
    resource = plain_attributes(_get(loads(bytes(group.resource)), "attributes"))
    return full_span(loads(text), resource, _scope_name(scope), text.decode("utf-8", "replace"))


def full_span(span: Json, resource: dict[str, Json], scope: str, raw: str = "") -> RawSpan:
    """A span's JSON completely; its ids are "" where there are none."""
    return RawSpan(
        trace_id=hex_id(_get(span, "traceId")),
        span_id=hex_id(_get(span, "spanId")),
        parent_id=hex_id(_get(span, "parentSpanId")) or None,
        name=_text(_get(span, "name")) or "",
        start_ns=nanoseconds(_get(span, "startTimeUnixNano")) or 0,
        end_ns=nanoseconds(_get(span, "endTimeUnixNano")),
        status_code=status_code(_get(_get(span, "status"), "code")),
        status_message=_text(_get(_get(span, "status"), "message")),
        attributes=plain_attributes(_get(span, "attributes")),
        resource=resource,
        scope=scope,
        events=tuple(_full_event(event) for event in _listed(_get(span, "events")) if isinstance(event, dict)),
        raw=raw,
        more=_more(span),
    )


def _more(span: Json) -> dict[str, Json]:
    links = [
        link_of(hex_id(_get(link, "traceId")), hex_id(_get(link, "spanId")), plain_attributes(_get(link, "attributes")))
        for link in _listed(_get(span, "links"))
    ]
    kind = _get(span, "kind")
    number = _KINDS.get(kind, 0) if isinstance(kind, str) else kind
    trace_state, *counts = (_get(span, key) for key in shape.MORE)
    dropped = [count if isinstance(count, int) else 0 for count in counts]
    return more_of(number if isinstance(number, int) else 0, _text(trace_state) or "", links, dropped)


def decode_log(line: bytes, item: int) -> LogEvent:
    """Read log record number `item` of a request completely. Raises LookupError where it is not there."""
    return full_log(loads(_find(line, item, "logRecords")[2]))


def full_log(record: Json) -> LogEvent:
    """A log record's JSON completely; its ids are "" where there are none."""
    attributes = plain_attributes(_get(record, "attributes"))
    return LogEvent(
        trace_id=hex_id(_get(record, "traceId")),
        span_id=hex_id(_get(record, "spanId")),
        name=_text(_get(record, "eventName")) or _text(attributes.get("event.name")) or "",
        time_ns=nanoseconds(_get(record, "timeUnixNano")) or nanoseconds(_get(record, "observedTimeUnixNano")) or 0,
        body=plain_value(_get(record, "body")),
        attributes=attributes,
    )


def is_utf8(data: bytes) -> bool:
    """Whether the bytes are UTF-8, without holding them all as text."""
    if data.isascii():
        return True
    view = memoryview(data)
    start, end = 0, len(data)
    try:
        while start < end:
            stop = min(start + _CHUNK, end)
            used = codecs.utf_8_decode(view[start:stop], "strict", stop == end)[1]
            start += used
    except UnicodeDecodeError:
        return False
    return True


def _summary(line: bytes, replaced: bool) -> DecodedLine | None:
    """What a proper request gives; None where it holds nothing at all, or spans without ids."""
    request = _requests().decode(line)
    spans: list[RawSpan] = []
    for group in request.resourceSpans or ():
        resource = _resource(group.resource)
        for scoped in _scoped(group.scopeSpans, group.instrumentationLibrarySpans):
            scope = _scope_name(scoped)
            spans += [_span(span, resource, scope) for span in scoped.spans or ()]
    kept = [(place, span) for place, span in enumerate(spans) if span.trace_id and span.span_id]
    events = list(_events(request)) if request.resourceLogs else []
    other = bool(request.resourceLogs or bytes(request.resourceMetrics) or bytes(request.resourceProfiles))
    if (spans and not kept) or not (spans or other or request.resourceSpans == []):
        return None
    return DecodedLine(
        spans=tuple(span for _, span in kept),
        items=tuple(place for place, _ in kept),
        events=tuple(event for _, event in events),
        event_items=tuple(place for place, _ in events),
        other=other and not kept and not events,
        replaced=replaced,
        bad=len(spans) - len(kept),
        reason=None if kept or other else "an export request without spans",
    )


def _mended_summary(line: bytes, replaced: bool) -> DecodedLine:
    try:
        document = loads(line)
    except RecursionError:
        return DecodedLine(replaced=replaced, reason=TOO_DEEP)
    except ValueError as error:
        return DecodedLine(replaced=replaced, reason=not_json(line, error))
    try:
        decoded = _summary(shape.mended(document), replaced)
    except (*_REFUSED, RecursionError):
        decoded = None
    return decoded or DecodedLine(replaced=replaced, reason=describe(document))


def _span(span: shape.Span, resource: dict[str, Json], scope: str) -> RawSpan:
    status = span.status
    return RawSpan(
        hex_id(span.traceId),
        hex_id(span.spanId),
        (hex_id(span.parentSpanId) or None) if span.parentSpanId else None,
        span.name or "",
        nanoseconds(span.startTimeUnixNano) or 0,
        nanoseconds(span.endTimeUnixNano),
        status_code(status.code) if status is not None else 0,
        (status.message or None) if status is not None else None,
        _needed(span.attributes) if span.attributes else {},
        resource,
        scope,
        tuple(_needed_events(span.events)) if span.events else (),
    )


def _needed(listed: list[shape.Attribute]) -> dict[str, Json]:
    """The values that a summary looks at. An answer can be long: it is decoded only where it may hold a refusal, or
    where the finish reason stands nowhere else."""
    found: dict[str, Json] = {}
    answers: list[shape.Attribute] = []
    for attribute in listed:
        key = attribute.key
        need = _needs.get(key)
        if need is None:
            need = _classify(key)
        if need == _TAKE:
            found[key] = _value(attribute.value)
        elif need == _TAKE_IF_TELLING:
            answers.append(attribute)
    for answer in answers:
        if (answer.key == GENAI_ANSWER and not _has_finish(found)) or _may_refuse(bytes(answer.value)):
            found[answer.key] = _value(answer.value)
    return found


def _has_finish(found: dict[str, Json]) -> bool:
    return any(found[key] for key in FINISH_KEYS & found.keys())


def _may_refuse(answer: bytes) -> bool:
    return any(sign in answer for sign in _REFUSAL_SIGNS)


def _classify(key: str) -> int:
    need = (_TAKE_IF_TELLING if is_answer(key) else _TAKE) if is_needed(key) else _SKIP
    if len(_needs) < _REMEMBERED:
        _needs[key] = need
    return need


def _value(raw: msgspec.Raw) -> Json:
    try:
        value = _values.decode(raw)
    except (*_REFUSED, RecursionError):
        try:
            value = loads(bytes(raw))
        except (ValueError, RecursionError):
            return None
    if type(value) is dict and len(value) == 1:
        text = value.get("stringValue")
        if type(text) is str:
            return text
    return plain_value(value)


def _needed_events(listed: list[shape.Event]) -> Iterator[RawEvent]:
    for event in listed:
        name = event.name or ""
        if name in FIRST_TOKEN_EVENTS:
            yield RawEvent(name, nanoseconds(event.timeUnixNano) or 0)
        elif name == "exception":
            wanted = [pair for pair in event.attributes or () if pair.key in _EXCEPTION]
            yield RawEvent(
                name, nanoseconds(event.timeUnixNano) or 0, {pair.key: _value(pair.value) for pair in wanted}
            )
        elif name == EVALUATION:
            yield RawEvent(name, nanoseconds(event.timeUnixNano) or 0, _all(event.attributes))


def _all(listed: list[shape.Attribute] | None) -> dict[str, Json]:
    return {pair.key: _value(pair.value) for pair in listed or ()}


def _events(request: shape.Request) -> Iterator[tuple[int, LogEvent]]:
    """Log records that belong to a span, with their number; their content is left for `decode_log`."""
    place = -1
    for group in request.resourceLogs or ():
        for scoped in _scoped(group.scopeLogs, group.instrumentationLibraryLogs):
            for record in scoped.logRecords or ():
                place += 1
                event = _event(record)
                if event is not None:
                    yield place, event


def _event(record: shape.Record) -> LogEvent | None:
    name = record.eventName or next(
        (_value(pair.value) for pair in record.attributes or () if pair.key == "event.name"), None
    )
    if not isinstance(name, str) or not (is_message_event(name) or name == EVALUATION):
        return None
    trace_id, span_id = hex_id(record.traceId), hex_id(record.spanId)
    if not trace_id or not span_id:
        return None
    time_ns = nanoseconds(record.timeUnixNano) or nanoseconds(record.observedTimeUnixNano) or 0
    attributes = _all(record.attributes) if name == EVALUATION else {}
    return LogEvent(trace_id, span_id, name, time_ns, None, attributes)


def _resource(resource: shape.Resource | None) -> dict[str, Json]:
    return _all(resource.attributes) if resource is not None else {}


def _scoped(new: list[Group] | None, old: list[Group] | None) -> list[Group]:
    return [*(new or ()), *(old or ())]


def _scope_name(scoped: shape.ScopeGroup | shape.RawScopeGroup) -> str:
    scope = scoped.scope or scoped.instrumentationLibrary
    return (scope.name or "") if scope is not None else ""


def _find(line: bytes, item: int, what: str) -> tuple[shape.RawGroup, shape.RawScopeGroup, bytes]:
    """The item-th span or record of a request, as it stands there, with its surroundings."""
    try:
        found = _nth(line, item, what)
    except (*_REFUSED, RecursionError):
        found = None
    if found is None:
        try:
            found = _nth(shape.mended(loads(line)), item, what)
        except (*_REFUSED, RecursionError) as error:
            raise LookupError(f"there is no OTLP request any more: {error}") from error
    if found is None:
        raise LookupError(f"the request has no item {item}")
    return found


def _nth(line: bytes, item: int, what: str) -> tuple[shape.RawGroup, shape.RawScopeGroup, bytes] | None:
    request = _raw_requests().decode(line)
    for group in (request.resourceSpans if what == "spans" else request.resourceLogs) or ():
        new, old = (
            (group.scopeSpans, group.instrumentationLibrarySpans)
            if what == "spans"
            else (group.scopeLogs, group.instrumentationLibraryLogs)
        )
        for scoped in _scoped(new, old):
            listed = (scoped.spans if what == "spans" else scoped.logRecords) or []
            if item < len(listed):
                return group, scoped, bytes(listed[item])
            item -= len(listed)
    return None


def _full_event(event: dict[str, Json]) -> RawEvent:
    return RawEvent(
        _text(_get(event, "name")) or "",
        nanoseconds(_get(event, "timeUnixNano")) or 0,
        plain_attributes(_get(event, "attributes")),
    )


def _get(value: Json, key: str) -> Json:
    """A field in OTLP's spelling or in snake_case; None of what is no object."""
    if not isinstance(value, dict):
        return None
    found = value.get(key)
    return found if found is not None else value.get(shape.SNAKE.get(key, key))


def _text(value: Json) -> str | None:
    return value if isinstance(value, str) and value else None


def _listed(value: Json) -> list[Json]:
    return value if isinstance(value, list) else []
