"""Scores that programs send as OpenTelemetry events (`gen_ai.evaluation.result`), on a span or as log records."""

from __future__ import annotations

import math
from hashlib import sha256

from tracetui.model import Json, Score, ScoreSource
from tracetui.semconv.raw import LogEvent, RawSpan

EVALUATION = "gen_ai.evaluation.result"
"""Name of the event."""


def scores_of(sent: RawSpan | LogEvent) -> tuple[Score, ...]:
    """The scores of a span's events, or of one log record. The same event always gives the same score id."""
    if isinstance(sent, LogEvent):
        found = [_score(sent.trace_id, sent.span_id, sent.time_ns, sent.attributes)] if sent.name == EVALUATION else []
    else:
        found = [
            _score(sent.trace_id, sent.span_id, event.time_ns, event.attributes)
            for event in sent.events
            if event.name == EVALUATION
        ]
    return tuple(score for score in found if score is not None)


def evaluation_of(score: Score) -> dict[str, Json]:
    """The attributes of the event that says a score; `scores_of` reads them."""
    facts: dict[str, Json] = {
        "gen_ai.evaluation.name": score.name,
        "gen_ai.evaluation.score.value": score.value,
        "gen_ai.evaluation.score.label": score.label,
        "gen_ai.evaluation.explanation": score.comment,
        "gen_ai.evaluation.source": score.source,
        "gen_ai.evaluation.author": score.author,
    }
    return {key: value for key, value in facts.items() if value is not None}


def _score(trace_id: str, span_id: str, time_ns: int, attributes: dict[str, Json]) -> Score | None:
    name = attributes.get("gen_ai.evaluation.name")
    value = attributes.get("gen_ai.evaluation.score.value")
    label = attributes.get("gen_ai.evaluation.score.label", attributes.get("gen_ai.evaluation.label"))
    comment = attributes.get("gen_ai.evaluation.explanation")
    author = attributes.get("gen_ai.evaluation.author")
    number = _number(value)
    label = label if isinstance(label, str) and label else None
    is_note = isinstance(comment, str) or "gen_ai.evaluation.source" in attributes
    if not isinstance(name, str) or (number is None and label is None and not is_note):
        return None
    key = f"{trace_id}/{span_id}/{name}/{time_ns}/{number}/{label}"
    if number is None and label is None:
        key += f"/{author}/{comment}"
    return Score(
        id=sha256(key.encode("utf-8", "replace")).hexdigest()[:32],
        trace_id=trace_id,
        span_id=span_id,
        name=name,
        value=number,
        label=label,
        comment=comment if isinstance(comment, str) else None,
        source=_source(attributes.get("gen_ai.evaluation.source")),
        author=author if isinstance(author, str) and author else None,
        time_ns=time_ns,
    )


def _source(value: Json) -> ScoreSource:
    return value if value in ("human", "llm", "api") else "code"


def _number(value: Json) -> float | bool | None:
    if isinstance(value, bool):
        return value
    if not isinstance(value, int | float) or not math.isfinite(value):
        return None
    return float(value)
