"""Rows of Phoenix's database → spans and scores. docs/formats/phoenix.md says where each fact stands."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

import msgspec
from msgspec import Struct

from tracetui.model import Cost, Json, Score, ScoreSource, Span, Usage
from tracetui.semconv.attributes import RawEvent, RawSpan, interpret, is_needed
from tracetui.semconv.json_text import parse_json_text
from tracetui.semconv.nested_keys import MESSAGES, flatten_keys, parse_without_messages
from tracetui.semconv.scalars import number_of, text_of
from tracetui.semconv.times import iso_nanoseconds

OURS = "tracetui"
"""The key in an annotation's metadata, and the beginning of its identifier, by which we know our own."""
BROKEN = "its attributes are not a JSON object; the rest of the span is shown"
_STATUS = {"OK": 1, "ERROR": 2}
_SOURCES: dict[str, ScoreSource] = {"HUMAN": "human", "LLM": "llm", "CODE": "code"}
_UNKNOWN = "UNKNOWN"
_YEAR_NS = 366 * 24 * 3600 * 10**9


class SpanRow(Struct, frozen=True):
    """One row of `spans` with what other tables say about it."""

    id: int
    span_id: str
    parent_id: str | None
    name: str | None
    kind: str | None
    start_time: str | None
    end_time: str | None
    attributes: str | None
    events: str | None
    status_code: str | None
    status_message: str | None
    trace_id: str
    project: str | None
    session: str | None
    cost: float | None
    wraps: int


class AnnotationRow(Struct, frozen=True):
    """One annotation, its target as our ids."""

    trace_id: str
    span_id: str | None
    name: str | None
    label: str | None
    score: float | None
    explanation: str | None
    metadata: str | None
    annotator: str | None
    updated_at: str | None
    identifier: str | None
    user: str | None
    place: int | None = None


def row_of(values: tuple[Any, ...]) -> SpanRow:
    """A row as SQL gave it; columns of a wrong type become text or nothing."""
    row: list[Any] = list(values)
    for place in range(1, 14):
        value = row[place]
        row[place] = value if value is None or isinstance(value, str) else _as_text(value)
    row[1], row[11], row[14] = row[1] or "", row[11] or "", number_of(row[14])
    return SpanRow(*row)


def _as_text(value: Any) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


def whole_span(row: SpanRow, raw: str) -> RawSpan:
    """The span as it was sent, as far as Phoenix kept it."""
    return _raw_span(row, flatten_keys(parse_json_text(row.attributes or "")), raw)


def summary_tree(row: SpanRow) -> Json:
    """The attributes of the row without its messages, as they are nested; no object where they cannot be read."""
    return parse_without_messages(row.attributes or "{}")


def raw_span(row: SpanRow, tree: Json) -> RawSpan:
    """The span as it was sent, as far as a summary needs it."""
    flat = flatten_keys(tree, MESSAGES)
    return _raw_span(row, {key: value for key, value in flat.items() if is_needed(key)})


def _raw_span(row: SpanRow, flat: dict[str, Json], raw: str = "") -> RawSpan:
    word = flat.get("openinference.span.kind")
    if row.kind and (row.kind.upper() != _UNKNOWN or not isinstance(word, str)):
        flat["openinference.span.kind"] = row.kind
    end_ns = time_ns(row.end_time)
    return RawSpan(
        row.trace_id,
        row.span_id,
        row.parent_id or None,
        row.name or "",
        time_ns(row.start_time) or 0,
        end_ns if end_ns is not None and end_ns > _YEAR_NS else None,
        _STATUS.get((row.status_code or "").upper(), 0),
        row.status_message or None,
        flat,
        events=events_of(parse_json_text(row.events)) if row.events and row.events != "[]" else (),
        raw=raw,
    )


def events_of(listed: Json) -> tuple[RawEvent, ...]:
    """The events of a span as Phoenix keeps them: name, timestamp, flat attributes."""
    found = listed if isinstance(listed, list) else []
    return tuple(
        RawEvent(
            text_of(event.get("name")) or "",
            time_ns(event.get("timestamp")) or 0,
            event["attributes"] if isinstance(event.get("attributes"), dict) else {},
        )
        for event in found
        if isinstance(event, dict)
    )


def time_ns(value: Json) -> int | None:
    """A time as Phoenix writes it: UTC, with or without zone and fraction."""
    return iso_nanoseconds(value) if isinstance(value, str) else None


def span_of(row: SpanRow, tree: Json, inner: Usage | None = None) -> Span:
    """The summary of a row, of whose attributes `tree` is the summary. `inner` is what the LLM spans directly below it
    used, where it is an LLM span itself."""
    span = interpret(raw_span(row, tree))
    metadata = span.metadata
    if row.project and "project" not in metadata:
        metadata = {**metadata, "project": row.project}
    session = (row.session or span.session_id or "").strip() or None
    usage = inner if inner is not None and inner.is_recorded and span.usage.is_recorded else span.usage
    cost = Cost(row.cost, "recorded") if row.cost is not None else span.cost
    return msgspec.structs.replace(span, metadata=metadata, session_id=session, usage=usage, cost=cost)


def sum_of(usages: list[Usage]) -> Usage:
    """The sum of several usages, a bucket that none recorded stays unrecorded."""

    def add(bucket: str) -> int | None:
        counts = [count for usage in usages if (count := getattr(usage, bucket)) is not None]
        return sum(counts) if counts else None

    buckets = ("input", "cache_read", "cache_write", "output", "reasoning", "unsplit")
    return Usage(
        **{bucket: add(bucket) for bucket in buckets}, inconsistent=any(usage.inconsistent for usage in usages)
    )


def score_of(row: AnnotationRow, key: str) -> Score | None:
    """An annotation as a score; None for one that says nothing. `key` names its row."""
    number = number_if_any(row.score)
    label, comment = row.label or None, row.explanation or None
    if number is None and label is None and comment is None:
        return None
    own = own_mark(row.metadata)
    is_own = own.get("digest") == digest(row.label, row.score, row.explanation)
    own_id = text_of(own.get("id")) if is_own else None
    value: float | bool | None = number
    if is_own and own.get("boolean") is True and number in (0.0, 1.0):
        value, label = number == 1.0, own.get("label") or None
    identity = f"{row.updated_at} {digest(row.label, row.score, row.explanation)}"
    return Score(
        id=own_id or f"phoenix-{key}-{sha256(identity.encode()).hexdigest()[:16]}",
        trace_id=row.trace_id,
        span_id=row.span_id,
        name=row.name or "",
        value=value,
        label=label,
        comment=comment,
        source=_SOURCES.get((row.annotator or "").upper(), "api"),
        author=_author(row),
        time_ns=time_ns(row.updated_at) or 0,
    )


def number_if_any(value: Any) -> float | None:
    """A finite number, negative ones too."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if abs(value) < float("inf") else None


def _author(row: AnnotationRow) -> str | None:
    identifier = row.identifier or ""
    if identifier.startswith(f"{OURS}:"):
        author: str | None = identifier.removeprefix(f"{OURS}:")
    else:
        author = row.user or identifier or None
    return author if row.place is None else f"{author} · document {row.place}" if author else f"document {row.place}"


def own_mark(metadata: str | None) -> dict[str, Json]:
    """What we wrote into the metadata of an annotation; {} where it is none of ours."""
    value = parse_json_text(metadata or "")
    mark = value.get(OURS) if isinstance(value, dict) else None
    return mark if isinstance(mark, dict) else {}


def digest(label: str | None, score: Any, explanation: str | None) -> str:
    """The content of an annotation in short: tells whether somebody edited it after us."""
    number = number_if_any(score)
    return sha256(repr((label or None, number, explanation or None)).encode("utf-8", "replace")).hexdigest()[:16]
