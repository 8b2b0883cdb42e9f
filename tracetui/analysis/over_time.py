"""Figures of traces by the day or hour in which they started, with what is between them empty. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Literal, TypeAlias

from msgspec import Struct

from tracetui.analysis.means import mean
from tracetui.analysis.thumbs import values_by_name
from tracetui.errors import WrongUse
from tracetui.figures import Percentiles, Sample
from tracetui.store.totals import percentile

Step: TypeAlias = Literal["day", "hour"]

MOST_BUCKETS = 10_000
"""More rows than anybody reads; one trace with a wrong clock would make millions."""
_STEPS: dict[str, timedelta] = {"day": timedelta(days=1), "hour": timedelta(hours=1)}
_WRITTEN: dict[str, str] = {"day": "%Y-%m-%d", "hour": "%Y-%m-%d %H:00"}


class ScoreMean(Struct, frozen=True):
    """The numbers of one score: how many, and their mean."""

    count: int
    mean: float


class Bucket(Struct, frozen=True):
    """A day or an hour of UTC and the traces that started in it; what was not recorded is None, counts are 0.

    `errors` and `refused` are traces by their own status, `latency` is of whole traces that ended, `ttft` and
    `tokens_per_second` are of calls: output tokens by the time that those calls took.
    """

    start: datetime
    traces: int = 0
    calls: int = 0
    errors: int = 0
    refused: int = 0
    latency: Percentiles = Percentiles()
    ttft: Percentiles = Percentiles()
    tokens_per_second: float | None = None
    cost_usd: float | None = None
    priced: int = 0
    unpriced: int = 0
    scores: dict[str, ScoreMean] = {}


def buckets(samples: Sequence[Sample], over: Step) -> list[Bucket]:
    """One bucket a step from the first to the last sample, which are grouped by that step. Raises WrongUse."""
    found = {_parse(sample.key[0] or "", over): sample for sample in samples}
    if not found:
        return []
    first, last, step = min(found), max(found), _STEPS[over]
    number = (last - first) // step + 1
    if number > MOST_BUCKETS:
        raise WrongUse(
            f"--over {over} would be {number:,} rows from {first:%Y-%m-%d} to {last:%Y-%m-%d}; "
            f"narrow it down with -q since:30d{' or take --over day' if over == 'hour' and number <= MOST_BUCKETS * 24 else ''}"
        )
    return [_bucket(first + step * index, found.get(first + step * index)) for index in range(number)]


def _parse(text: str, over: Step) -> datetime:
    return datetime.strptime(text, _WRITTEN[over]).replace(tzinfo=UTC)


def _bucket(start: datetime, sample: Sample | None) -> Bucket:
    if sample is None:
        return Bucket(start)
    return Bucket(
        start,
        sample.traces,
        sample.calls,
        sample.errors,
        sample.refused,
        _percentiles(sample.trace_ns),
        _percentiles(sample.ttft_ns),
        sample.output_tokens / sample.output_ns * 1e9 if sample.output_ns else None,
        sample.cost_usd,
        sample.priced,
        sample.unpriced,
        {
            name: ScoreMean(len(values), mean(values) or 0.0)
            for name, values in values_by_name(sample.ratings).items()
        },
    )  # fmt: skip


def _percentiles(durations: Sequence[int]) -> Percentiles:
    ordered = sorted(durations)
    return Percentiles(*(percentile(ordered, percent) for percent in (50, 95, 99)))
