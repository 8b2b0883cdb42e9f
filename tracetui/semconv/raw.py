"""What every wire format is turned into before its meaning is looked for: spans and log events as they were sent."""

from __future__ import annotations

from msgspec import Struct

from tracetui.model import Json


class RawEvent(Struct, frozen=True):
    """Something that happened within a span, at `time_ns` (0 where no time was sent)."""

    name: str
    time_ns: int = 0
    attributes: dict[str, Json] = {}


class RawSpan(Struct, frozen=True):
    """A span as it was sent: ids in lower-case hex, times in ns since the epoch, attribute values as plain JSON.

    `status_code` is OTLP's: 0 unset, 1 ok, 2 error. `end_ns` is None while it runs. `raw` is the text of the record,
    `more` what else was sent of the span, to be kept beside its attributes.
    An index needs only the attributes that `semconv.attributes.is_needed` names; a payload needs all of them.
    """

    trace_id: str
    span_id: str
    parent_id: str | None = None
    name: str = ""
    start_ns: int = 0
    end_ns: int | None = None
    status_code: int = 0
    status_message: str | None = None
    attributes: dict[str, Json] = {}
    resource: dict[str, Json] = {}
    scope: str = ""
    events: tuple[RawEvent, ...] = ()
    raw: str = ""
    more: dict[str, Json] = {}


class LogEvent(Struct, frozen=True):
    """A log record that belongs to a span: some instrumentations send the messages of a call this way."""

    trace_id: str
    span_id: str
    name: str
    time_ns: int = 0
    body: Json = None
    attributes: dict[str, Json] = {}
