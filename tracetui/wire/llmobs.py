"""What Datadog's tracer sends of LLM calls → spans in the form that its exports have, and evaluations.

Three ways: events as JSON (agentless, or through the agent's proxy), the public interface's envelope, and APM traces in msgpack
in which each LLM span carries a msgpack of its own.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
from msgspec import Struct

from tracetui.model import Json
from tracetui.wire.langfuse_batch import read_document
from tracetui.wire.otlp_request import BadRequest
from tracetui.wire.reasons import TOO_DEEP
from tracetui.wire.weight import TOO_MANY, is_too_heavy_msgpack

_CARRIED = "_llmobs"


class SentSpans(Struct, frozen=True):
    """Rows of spans. `bad` ones were no objects or damaged; `other` ones are ordinary spans of a service."""

    rows: tuple[dict[str, Json], ...] = ()
    bad: int = 0
    other: int = 0


def read_events(body: bytes) -> SentSpans:
    """Events, one or a list of them, or the envelope of the public interface. Raises BadRequest."""
    document = read_document(body)
    found = [span for event in (document if isinstance(document, list) else [document]) for span in _of_event(event)]
    rows = tuple(_row(span) for span in found if isinstance(span, dict))
    if not rows and document != []:
        raise BadRequest("no spans of LLM Observability")
    return SentSpans(rows, bad=len(found) - len(rows))


def read_apm(body: bytes) -> SentSpans:
    """The traces of `/v0.4/traces`: those of their spans that carry an LLM event. Raises BadRequest."""
    traces = _unpacked(body)
    if not isinstance(traces, list):
        raise BadRequest("no list of traces in msgpack")
    spans = [span for trace in traces if isinstance(trace, list) for span in trace]
    carriers = [span for span in spans if isinstance(span, dict) and _carried(span) is not None]
    rows = [row for span in carriers if (row := _apm_row(span)) is not None]
    no_objects = sum(not isinstance(span, dict) for span in spans)
    return SentSpans(tuple(rows), no_objects + len(carriers) - len(rows), other=len(spans) - no_objects - len(carriers))


def read_evaluations(body: bytes) -> tuple[dict[str, Json], ...]:
    """The metrics of an evaluation request. Raises BadRequest."""
    document = read_document(body)
    metrics = _object(_object(_object(document).get("data")).get("attributes")).get("metrics")
    if not isinstance(metrics, list):
        raise BadRequest("no evaluations: data.attributes.metrics is expected")
    return tuple(metric for metric in metrics if isinstance(metric, dict))


def _of_event(event: Json) -> Iterator[Json]:
    """The spans of an event or an envelope, with what the envelope says once for all of them."""
    envelope = _object(event)
    attributes = _object(_object(envelope.get("data")).get("attributes")) or envelope
    spans = attributes.get("spans")
    common = {key: attributes[key] for key in ("ml_app", "session_id") if attributes.get(key) is not None}
    tags = attributes.get("tags")
    for span in spans if isinstance(spans, list) else ():
        own = span.get("tags") if isinstance(span, dict) else None
        both = [*(tags if isinstance(tags, list) else ()), *(own if isinstance(own, list) else ())]
        yield {**common, **span, "tags": both} if isinstance(span, dict) else span


def _row(span: dict[str, Json]) -> dict[str, Json]:
    """A span with its kind where exports have it, and the application that stands in a tag only."""
    meta = _object(span.get("meta"))
    row = dict(span)
    kind = _object(meta.get("span")).get("kind") or meta.get("span.kind") or meta.get("kind")
    if isinstance(kind, str):
        row["span_kind"] = kind
    tags = span.get("tags")
    named = (
        [tag for tag in tags if isinstance(tag, str) and tag.startswith("ml_app:")] if isinstance(tags, list) else []
    )
    if named and "ml_app" not in row:
        row["ml_app"] = named[0].partition(":")[2]
    return row


def _carried(span: dict[str, Json]) -> bytes | None:
    carried = _object(span.get("meta_struct")).get(_CARRIED)
    return carried if isinstance(carried, bytes) else None


def _apm_row(span: dict[str, Json]) -> dict[str, Json] | None:
    """The LLM event in a span of a service; None where it is damaged, or its span has no id."""
    try:
        inner = _object(_unpacked(_carried(span) or b""))
    except BadRequest:
        return None
    if type(span.get("span_id")) is not int:
        return None
    outer = _object(span.get("meta"))
    meta = _object(inner.get("meta"))
    said = {key: outer[f"error.{key}"] for key in ("message", "type", "stack") if outer.get(f"error.{key}")}
    tags = inner.get("tags")
    return _row(
        {
            **inner,
            "meta": {**meta, "error": {**said, **_object(meta.get("error"))}} if said else meta,
            "tags": [f"{key}:{value}" for key, value in tags.items()] if isinstance(tags, dict) else tags,
            "span_id": str(span["span_id"]),
            "start_ns": span.get("start"),
            "duration": span.get("duration"),
            "status": "error" if span.get("error") else "ok",
        }
    )


def _unpacked(data: bytes) -> Json:
    if is_too_heavy_msgpack(data):
        raise BadRequest(TOO_MANY)
    try:
        return msgspec.msgpack.decode(data, strict=False)
    except RecursionError as error:
        raise BadRequest(TOO_DEEP) from error
    except (msgspec.MsgspecError, UnicodeError, ValueError) as error:
        raise BadRequest("not msgpack") from error


def _object(value: Json) -> dict[str, Json]:
    return value if isinstance(value, dict) else {}
