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
from tracetui.store.estimates import weighted_percentiles
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
    `tokens_per_second` are of calls: output tokens by the time that those calls took. With `kept`, all but the scores is
    estimated from that many traces, some of which stand for others.
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
    kept: int | None = None


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
    written, took_ns = sample.total("output_tokens"), sample.total("output_ns")
    return Bucket(
        start,
        round(sample.total("traces")),
        round(sample.total("calls")),
        round(sample.total("errors")),
        round(sample.total("refused")),
        latency=_percentiles(sample, "trace_ns"),
        ttft=_percentiles(sample, "ttft_ns"),
        tokens_per_second=written / took_ns * 1e9 if took_ns else None,
        cost_usd=None if sample.cost_usd is None else sample.total("cost_usd"),
        priced=round(sample.total("priced")),
        unpriced=round(sample.total("unpriced")),
        scores={
            name: ScoreMean(len(values), mean(values) or 0.0) for name, values in values_by_name(sample.ratings).items()
        },
        kept=None if sample.weighting is None else sample.traces,
    )


def _percentiles(sample: Sample, name: str) -> Percentiles:
    values: Sequence[int] = getattr(sample, name)
    if sample.weighting is not None:
        return Percentiles(*weighted_percentiles(zip(values, sample.weighting.lists[name], strict=True)))
    ordered = sorted(values)
    return Percentiles(*(percentile(ordered, percent) for percent in (50, 95, 99)))
