"""Spans and traces to rows of SQLite and back, in the column order of schema.py."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import msgspec

from tracetui.model import Cost, Json, Score, Span, Trace, Usage, Weight
from tracetui.store.schema import SPAN_COLUMNS

Row = Sequence[Any]

_encode = msgspec.json.encode


def to_json(value: Json) -> str | None:
    """JSON text of a value, None for an empty one."""
    return _encode(value).decode() if value else None


def span_to_row(span: Span) -> tuple[Any, ...]:
    """The row of a span, in the order of SPAN_COLUMNS."""
    usage, cost = span.usage, span.cost
    return (
        span.trace_id, span.span_id, span.parent_id, span.kind, span.name, span.start_ns, span.end_ns, span.ttft_ns,
        span.status, span.status_message, span.model, span.provider, span.finish_reason,
        usage.input, usage.cache_read, usage.cache_write, usage.output, usage.reasoning, usage.unsplit,
        1 if usage.inconsistent else 0,
        cost.usd, cost.origin, cost.reason, cost.price,
        span.user_id, span.session_id, span.feature, span.environment, span.prompt_name, span.prompt_version,
        span.release, span.tool_name,
        to_json(span.tags), to_json(span.metadata), span.service_tier, span.response_id,
        usage.cache_write_1h,
    )  # fmt: skip


def span_from_row(row: Row) -> Span:
    """The span of a row that begins with SPAN_COLUMNS. Rows written by other programs are taken as they are, with
    what cannot be understood left out: a store is never unreadable because of one value."""
    (
        trace_id, span_id, parent_id, kind, name, start_ns, end_ns, ttft_ns, status, status_message,
        model, provider, finish_reason, fresh, cache_read, cache_write, output, reasoning, unsplit, inconsistent,
        cost_usd, cost_origin, cost_reason, cost_price,
        user_id, session_id, feature, environment, prompt_name, prompt_version, release, tool_name,
        tags, metadata, service_tier, response_id, hour_write,
    ) = row[: len(SPAN_COLUMNS)]  # fmt: skip
    return Span(
        trace_id, span_id, parent_id or None, kind, name, start_ns, end_ns, ttft_ns, status, status_message,
        model, provider, finish_reason,
        Usage(fresh, cache_read, cache_write, output, reasoning, unsplit, bool(inconsistent), hour_write),
        Cost(cost_usd, cost_origin, cost_reason, cost_price),
        user_id, session_id, feature, environment, prompt_name, prompt_version, release, tool_name,
        parse_tags(tags) if tags else (), parse_object(metadata) if metadata else {}, service_tier, response_id,
    )  # fmt: skip


def parse_tags(text: str) -> tuple[str, ...]:
    """Tags from a JSON array, or from text separated by commas."""
    try:
        value = msgspec.json.decode(text)
    except (msgspec.DecodeError, TypeError, RecursionError):
        return tuple(part.strip() for part in str(text).split(",") if part.strip())
    if isinstance(value, list):
        return tuple(str(item) for item in value)
    return (str(value),)


def parse_object(text: str) -> dict[str, Json]:
    """A JSON object; anything else is kept under the key "value"."""
    try:
        value = msgspec.json.decode(text)
    except (msgspec.DecodeError, TypeError, RecursionError):
        value = text
    return value if isinstance(value, dict) else {"value": value}


def trace_from_row(row: Row, scores: tuple[Score, ...] = (), weight: Weight | None = None) -> Trace:
    """The trace of a row in the order of TRACE_COLUMNS."""
    (
        trace_id, name, start_ns, end_ns, status, status_message, root_id, spans, generations, tool_calls, errors,
        refused, running, fresh, cache_read, cache_write, output, reasoning, unsplit, cost_usd, recorded_usd,
        computed_usd, priced, unpriced, user_id, session_id, feature, environment, models, _changed,
    ) = row  # fmt: skip
    return Trace(
        trace_id, name, start_ns, end_ns, status, status_message, root_id, spans, generations, tool_calls, errors,
        refused, running, Usage(fresh, cache_read, cache_write, output, reasoning, unsplit), cost_usd, recorded_usd,
        computed_usd, priced, unpriced, user_id, session_id, feature, environment,
        tuple(cast("list[str]", msgspec.json.decode(models))), scores, weight,
    )  # fmt: skip


def score_to_row(score: Score) -> tuple[Any, ...]:
    """The row of a current score, in the order of SCORE_COLUMNS."""
    if isinstance(score.value, bool):
        kind = "boolean"
    else:
        kind = "category" if score.value is None and score.label is not None else "number"
    value = None if score.value is None else float(score.value)
    return (
        score.id, score.trace_id, score.span_id, score.name, value, score.label, kind, score.comment, score.source,
        score.author, score.time_ns, None, None,
    )  # fmt: skip


def score_from_row(row: Row) -> Score:
    """The score of a row in the order of SCORE_COLUMNS."""
    id_, trace_id, span_id, name, value, label, kind, comment, source, author, time_ns = row[:11]
    if value is not None and kind == "boolean":
        value = bool(value)
    return Score(id_, trace_id, span_id, name, value, label, comment, source, author, time_ns)
