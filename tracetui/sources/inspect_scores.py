"""What the scorers of Inspect AI said of a sample → scores of its trace. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterator
from hashlib import sha256

from tracetui.model import Json, Score
from tracetui.semconv.scalars import text_of
from tracetui.sources.inspect_sample import events_of, moment_of

_GRADERS = ("model_graded", "judge")


def scores_of(sample: dict[str, Json], trace_id: str) -> list[Score]:
    """The scores of a sample; where it has none yet, those of its score events."""
    found = sample.get("scores")
    if not isinstance(found, dict) or not found:
        single = sample.get("score")
        found = {"score": single} if isinstance(single, dict) else dict(_score_events(sample))
    time_ns = moment_of(sample.get("completed_at")) or 0
    return [_score(trace_id, str(name), score, time_ns) for name, score in found.items() if isinstance(score, dict)]


def _score_events(sample: dict[str, Json]) -> Iterator[tuple[str, Json]]:
    for event in events_of(sample):
        if event.get("event") == "score" and not event.get("intermediate"):
            yield text_of(event.get("scorer")) or "score", event.get("score")


def _score(trace_id: str, name: str, score: dict[str, Json], time_ns: int) -> Score:
    value = score.get("value")
    number: float | bool | None = None
    label: str | None = None
    if isinstance(value, bool):
        number = value
    elif isinstance(value, int | float):
        number = float(value) if abs(value) < float("inf") else None
    elif isinstance(value, str):
        label = value or None
    elif value is not None:
        label = json.dumps(value, ensure_ascii=False)
    digest = sha256(repr((value, score.get("explanation"))).encode("utf-8", "replace")).hexdigest()[:12]
    return Score(
        id=f"inspect-{trace_id}-{name}-{digest}",
        trace_id=trace_id,
        span_id=None,
        name=name,
        value=number,
        label=label,
        comment=text_of(score.get("explanation")),
        source="llm" if any(word in name for word in _GRADERS) else "code",
        time_ns=time_ns,
    )
