"""LangSmith's `feedback_stats`: how often a run was scored under each name, and the mean → single scores."""

from __future__ import annotations

from collections.abc import Iterator

from tracetui.model import Json, Score, ScoreSource
from tracetui.semconv.json_text import opened
from tracetui.semconv.scalars import text_of
from tracetui.semconv.usage import count
from tracetui.sources.export_values import Row, listed, number, score, table, text

SOURCES: dict[str, ScoreSource] = {"app": "human", "api": "api", "model": "llm", "auto_eval": "llm", "code": "code"}
_MOST = 50
"""Beyond this many of one name on one run there is one score, the mean, that says so."""


def scores_of_stats(trace_id: str, span_id: str, stats: Row) -> tuple[Score, ...]:
    """As many scores as were given. Of two both values are known (least and greatest), of more each is the mean."""
    return tuple(_scores(trace_id, span_id, stats))


def _scores(trace_id: str, span_id: str, stats: Row) -> Iterator[Score]:
    for name in stats:
        about = table(stats, name)
        comments, sources = listed(about, "comments"), listed(about, "sources")
        for place, (given, note) in enumerate(_values(about)):
            comment = text_of(comments[place]) if place < len(comments) else None
            found = score(
                trace_id,
                span_id,
                name,
                given,
                source=_source(sources[place] if place < len(sources) else None),
                comment=note or comment,
                author=f"no. {place + 1}" if place else None,
                place=place,
            )
            if found is not None:
                yield found


def _values(about: Row) -> Iterator[tuple[Json, str | None]]:
    labels = table(about, "values")
    if labels:
        for label, times in labels.items():
            for _ in range(min(count(times) or 0, _MOST)):
                yield label, None
        return
    times, mean = count(about.get("n")) or 0, number(about.get("avg"))
    if times == 2 and number(about.get("min")) is not None and number(about.get("max")) is not None:
        yield from ((number(about["min"]), None), (number(about["max"]), None))
    elif times <= _MOST:
        yield from ((mean, None) for _ in range(times))
    else:
        yield mean, f"mean of {times}"


def _source(given: Json) -> ScoreSource:
    found = opened(given)
    word = text(found, "type") if isinstance(found, dict) else text_of(found)
    return SOURCES.get(word or "", "api")
