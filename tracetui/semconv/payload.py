"""The payload of a span: its messages, tools and attributes, from its own attributes and from events sent beside it."""

from __future__ import annotations

from collections.abc import Sequence

from tracetui.model import Content, Json, Payload
from tracetui.semconv import genai_events
from tracetui.semconv.dialect import Dialect
from tracetui.semconv.facts import reading_of
from tracetui.semconv.raw import LogEvent, RawEvent, RawSpan


def unfold(raw: RawSpan, events: Sequence[LogEvent] = ()) -> Payload:
    """The payload of a span. `events` are log records of its trace and span id: messages of some instrumentations."""
    dialects = reading_of(raw.attributes, raw.scope).dialects
    spoken = sorted([*_span_events(raw), *events], key=lambda event: event.time_ns)
    said, answered = _first_input(dialects, raw), _first_output(dialects, raw)
    if not _is_conversation(said):
        said = genai_events.input_of(spoken) or said
    if not _is_conversation(answered):
        answered = genai_events.output_of(spoken) or answered
    tools = next((found for dialect in dialects if (found := dialect.read_tools(raw.attributes))), ())
    return Payload(
        input=said,
        output=answered,
        tools=tools or genai_events.tools_of(spoken),
        attributes=_all_attributes(raw),
        events=(*map(_event_json, raw.events), *map(_event_json, events)),
        raw=raw.raw,
    )


def _first_input(dialects: tuple[Dialect, ...], raw: RawSpan) -> Content:
    found = (dialect.read_input(raw.attributes) for dialect in dialects)
    return next((content for content in found if content is not None and content != ()), None)


def _first_output(dialects: tuple[Dialect, ...], raw: RawSpan) -> Content:
    found = (dialect.read_output(raw.attributes) for dialect in dialects)
    return next((content for content in found if content is not None and content != ()), None)


def _is_conversation(content: Content) -> bool:
    """Whether messages were found; a system prompt alone leaves room for more."""
    return isinstance(content, tuple) and any(message.role != "system" for message in content)


def _span_events(raw: RawSpan) -> list[LogEvent]:
    return [
        LogEvent(raw.trace_id, raw.span_id, event.name, event.time_ns, None, event.attributes)
        for event in raw.events
        if genai_events.is_message_event(event.name)
    ]


def _event_json(event: RawEvent | LogEvent) -> dict[str, Json]:
    seen: dict[str, Json] = {"name": event.name, "time_ns": event.time_ns, "attributes": event.attributes}
    return {**seen, "body": event.body} if isinstance(event, LogEvent) and event.body is not None else seen


def _all_attributes(raw: RawSpan) -> dict[str, Json]:
    """The span's own attributes, and what else was sent of it, those of its resource and the scope's name under keys
    of their own."""
    found = {**raw.more, **raw.attributes}
    if raw.resource:
        found.setdefault("resource", raw.resource)
    if raw.scope:
        found.setdefault("scope", raw.scope)
    return found
