"""OTLP JSON lines, as the OpenTelemetry Collector's file exporter writes them and its receivers take them.

One `ExportTraceServiceRequest` a line: ids in hex of the right length, 64-bit integers as text, at most some hundred
spans a line, so that a trace of any size passes with little memory.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator

from tracetui import __version__
from tracetui.exports.genai_attributes import attributes_of
from tracetui.exports.json_text import dump_json, encode_json, json_pieces
from tracetui.exports.selection import Selected
from tracetui.model import MODEL_CALLS, Json, Node, Payload, Span, Tree, Weight
from tracetui.semconv.attributes import interpret
from tracetui.semconv.evaluations import EVALUATION, evaluation_of
from tracetui.semconv.own_fields import FIELDS, KEPT_FOR, WEIGHT, fields_to_tell
from tracetui.wire.otlp_json import decode_summary

_LINE_BYTES = 1_000_000
"""A line is ended after this many bytes of spans (a single larger span still makes one line)."""
_LINE_TAIL = "]}]}]}\n"
_HEX = re.compile("[0-9a-fA-F]+")
_TRACE_DIGITS, _SPAN_DIGITS = 32, 16
_INT64 = range(-(2**63), 2**63)
_INTERNAL, _CLIENT = 1, 3
_STATUS_CODES = {"running": 0, "success": 1, "refused": 1, "error": 2}


def write_otlp(selection: Iterable[Selected]) -> Iterator[str]:
    """The lines of the traces in turn. Scores are events of their spans; one of a whole trace stands on its first span."""
    for selected in selection:
        spans: list[bytes] = []
        length = 0
        resource: dict[str, Json] = {}
        for node in selected.tree.nodes:
            own_resource, encoded = _encode(node, selected)
            if spans and (length > _LINE_BYTES or own_resource != resource):
                yield from _line(resource, spans)
                spans, length = [], 0
            resource = own_resource
            spans.append(encoded)
            length += len(encoded)
        if spans:
            yield from _line(resource, spans)


def _encode(node: Node, selected: Selected) -> tuple[dict[str, Json], bytes]:
    """The resource of a span, and the span as JSON. What it carried is let go here: a long text is held as few times as
    can be."""
    payload = selected.load(node.span)
    resource = _resource(node.span, payload)
    encoded = _span(node.span, payload, selected.tree.trace.weight)
    if events := [*_events(payload), *_evaluations(node, selected.tree, payload)]:
        encoded["events"] = events
    del payload
    return resource, _whole(node.span, encoded, resource)


def hex_id(identity: str, digits: int) -> str:
    """An id as OTLP wants it: `digits` hex digits, not all zero. What is none is hashed, always to the same id."""
    if len(identity) == digits and _HEX.fullmatch(identity) and identity.strip("0"):
        return identity.lower()
    return hashlib.sha256(identity.encode("utf-8", "surrogatepass")).hexdigest()[:digits]


def _line(resource: dict[str, Json], spans: list[bytes]) -> Iterator[str]:
    yield _line_head(resource)
    for number, span in enumerate(spans):
        yield "," if number else ""
        yield from json_pieces(span)
    yield _LINE_TAIL


def _line_head(resource: dict[str, Json]) -> str:
    attributes = dump_json({"attributes": _attributes(resource)})
    scope = dump_json({"name": "tracetui", "version": __version__})
    return f'{{"resourceSpans":[{{"resource":{attributes},"scopeSpans":[{{"scope":{scope},"spans":['


def _whole(span: Span, encoded: dict[str, Json], resource: dict[str, Json]) -> bytes:
    """The span as JSON, with what our own reader would not understand from the rest."""
    text = encode_json(encoded)
    line = b"".join((_line_head(resource).encode("utf-8", "surrogatepass"), text, _LINE_TAIL.encode()))
    understood = decode_summary(line).spans
    told = fields_to_tell(span, interpret(understood[0])) if understood else {}
    if not told:
        return text
    attributes = [*encoded["attributes"], *_attributes({FIELDS: dump_json(told)})]
    return encode_json(encoded | {"attributes": attributes})


def _resource(span: Span, payload: Payload) -> dict[str, Json]:
    """The resource of the source where it had one, with what we know of it."""
    own = payload.attributes.get("resource")
    known = {"service.version": span.release, "deployment.environment.name": span.environment}
    return {
        "service.name": "unknown_service",
        **(own if isinstance(own, dict) else {}),
        **{key: value for key, value in known.items() if value is not None},
    }


def _span(span: Span, payload: Payload, weight: Weight | None) -> dict[str, Json]:
    encoded: dict[str, Json] = {
        "traceId": hex_id(span.trace_id, _TRACE_DIGITS),
        "spanId": hex_id(span.span_id, _SPAN_DIGITS),
        "parentSpanId": "" if span.parent_id is None else hex_id(span.parent_id, _SPAN_DIGITS),
        "name": span.name,
        "kind": _CLIENT if span.kind in MODEL_CALLS else _INTERNAL,
        "startTimeUnixNano": str(max(0, span.start_ns)),
        "attributes": _attributes(attributes_of(span, payload) | _original_ids(span) | _sampled(weight)),
    }
    if span.end_ns is not None:
        encoded["endTimeUnixNano"] = str(max(0, span.end_ns))
    message = {"message": span.status_message} if span.status_message is not None else {}
    encoded["status"] = {"code": _STATUS_CODES[span.status], **message}
    return encoded


def _original_ids(span: Span) -> dict[str, str]:
    ids = (
        ("tracetui.trace_id", span.trace_id, _TRACE_DIGITS),
        ("tracetui.span_id", span.span_id, _SPAN_DIGITS),
        ("tracetui.parent_id", span.parent_id, _SPAN_DIGITS),
    )
    return {
        key: identity for key, identity, digits in ids if identity is not None and hex_id(identity, digits) != identity
    }


def _sampled(weight: Weight | None) -> dict[str, Json]:
    return {} if weight is None else {WEIGHT: weight.weight, KEPT_FOR: weight.reason}


def _events(payload: Payload) -> list[Json]:
    return [event for event in map(_event, payload.events) if event]


def _evaluations(node: Node, tree: Tree, payload: Payload) -> list[Json]:
    """The scores of a span as `gen_ai.evaluation.result` events, without those that its own events say already."""
    scores = [score for score in tree.trace.scores if score.span_id == node.span.span_id]
    if node is tree.nodes[0]:
        scores += [score for score in tree.trace.scores if score.span_id is None]
    said = [event.get("attributes") for event in payload.events if event.get("name") == EVALUATION]
    known = {_judgement(attributes) for attributes in said if isinstance(attributes, dict)}
    facts = [(score, evaluation_of(score)) for score in scores]
    return [
        {"timeUnixNano": str(max(0, score.time_ns)), "name": EVALUATION, "attributes": _attributes(attributes)}
        for score, attributes in facts
        if _judgement(attributes) not in known
    ]


def _judgement(attributes: dict[str, Json]) -> str:
    keys = ("gen_ai.evaluation.name", "gen_ai.evaluation.score.value", "gen_ai.evaluation.score.label")
    return dump_json([attributes.get(key) for key in keys])


def _event(event: dict[str, Json]) -> dict[str, Json] | None:
    name, time_ns, attributes = event.get("name"), event.get("time_ns"), event.get("attributes")
    if not isinstance(name, str) or not isinstance(time_ns, int):
        return None
    encoded_attributes = _attributes(attributes) if isinstance(attributes, dict) else []
    return {"timeUnixNano": str(max(0, time_ns)), "name": name, "attributes": encoded_attributes}


def _attributes(values: dict[str, Json]) -> list[dict[str, Json]]:
    return [{"key": key, "value": _value(value)} for key, value in values.items()]


def _value(value: Json) -> dict[str, Json]:
    """One AnyValue. Null is the empty one; an integer beyond 64 bits is a double; a float that JSON has not is text."""
    match value:
        case None:
            return {}
        case bool():
            return {"boolValue": value}
        case int():
            return {"intValue": str(value)} if value in _INT64 else {"doubleValue": float(value)}
        case float():
            return {"doubleValue": value if value - value == 0 else str(value)}
        case str():
            return {"stringValue": value}
        case dict():
            return {"kvlistValue": {"values": _attributes(value)}}
        case list() | tuple():
            return {"arrayValue": {"values": [_value(item) for item in value]}}
    return {"stringValue": str(value)}
