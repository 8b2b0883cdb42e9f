"""`tracetui stats --over`: the figures of each day or hour as a table under sparklines, as JSON lines or as CSV."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from math import isfinite

from tracetui.analysis.over_time import Bucket, Step
from tracetui.cli.output import Output
from tracetui.cli.table import Column, table_lines
from tracetui.exports.csv import csv_line
from tracetui.figures import Percentiles
from tracetui.model import Json
from tracetui.text import ABSENT, about, cell_width, count, duration, fit, inert, money, spark

_SPARK_ROOM = 40
"""Cells of a line beside the sparkline: its name, and from and to what it goes."""
_NARROWEST = 10
_WRITTEN = {"day": "%Y-%m-%d", "hour": "%Y-%m-%d %H:00"}
_LENGTHS = {"day": timedelta(days=1), "hour": timedelta(hours=1)}

Value = Callable[[Bucket], float | None]
Shown = Callable[[float], str]


def score_names(found: Sequence[Bucket]) -> list[str]:
    """The scores of all buckets, in order."""
    return sorted({name for bucket in found for name in bucket.scores})


def print_table(output: Output, found: Sequence[Bucket], over: Step) -> None:
    """Sparklines of each figure over all of the time, then a row for each bucket."""
    if not found:
        output.line("no traces; check the filter, or the source with `tracetui info`")
        return
    for line in spark_lines(output, found):
        output.line(line)
    output.line()
    for line in table_lines(_columns(found, over), found, output.width, output.paint):
        output.line(line)


def spark_lines(output: Output, found: Sequence[Bucket]) -> Iterator[str]:
    """A line for each figure that was recorded; on a terminal the newest buckets that fit."""
    shown = found if output.width is None else found[-max(_NARROWEST, output.width - _SPARK_ROOM) :]
    if len(shown) < len(found):
        yield output.paint(f"the newest {count(len(shown))} of {count(len(found))}", "faint")
    rows = [(inert(title), [_finite(value(one)) for one in shown], text) for title, value, text in _series(found)]
    rows = [row for row in rows if any(row[1])]
    width = max((cell_width(title) for title, _, _ in rows), default=0)
    for title, values, text in rows:
        known = [one for one in values if one is not None]
        ends = f"{text(min(known))} to {text(max(known))}"
        yield f"{output.paint(fit(title, width), 'faint')}  {spark(values)}  {ends}"


def _finite(value: float | None) -> float | None:
    """What can be drawn: a program that wrote an infinite cost has none."""
    return value if value is not None and isfinite(value) else None


def _series(found: Sequence[Bucket]) -> list[tuple[str, Value, Shown]]:
    def ns(value: float) -> str:
        return duration(round(value))

    def whole(value: float) -> str:
        return count(round(value))

    rows: list[tuple[str, Value, Shown]] = [
        ("calls", lambda one: one.calls, whole),
        ("errors", lambda one: one.errors, whole),
        ("refused", lambda one: one.refused, whole),
        ("p50", lambda one: one.latency.p50_ns, ns),
        ("p95", lambda one: one.latency.p95_ns, ns),
        ("first token", lambda one: one.ttft.p50_ns, ns),
        ("tokens/s", lambda one: one.tokens_per_second, lambda value: f"{value:.1f}"),
        ("cost", lambda one: one.cost_usd, money),
    ]
    return [*rows, *((name, _score(name), lambda value: f"{value:.3g}") for name in score_names(found))]


def _score(name: str) -> Value:
    return lambda one: one.scores[name].mean if name in one.scores else None


def _columns(found: Sequence[Bucket], over: Step) -> list[Column[Bucket]]:
    return [
        Column("hour (UTC)" if over == "hour" else "day (UTC)", lambda one: one.start.strftime(_WRITTEN[over])),
        _figure("traces", lambda one: count(one.traces), 8),
        _figure("calls", lambda one: count(one.calls), 0),
        _figure("errors", lambda one: count(one.errors) if one.errors else "", 0),
        _figure("refused", lambda one: count(one.refused) if one.refused else "", 5),
        _figure("p50", lambda one: duration(one.latency.p50_ns), 2),
        _figure("p95", lambda one: duration(one.latency.p95_ns), 0),
        _figure("p99", lambda one: duration(one.latency.p99_ns), 7),
        _figure("ttft", lambda one: duration(one.ttft.p50_ns), 4),
        _figure("tok/s", _speed, 6),
        _figure("cost", lambda one: money(one.cost_usd, partial=bool(one.priced and one.unpriced)), 0),
        *(Column(f"★ {inert(name)}", _mean_of(name), ">", rank=3) for name in score_names(found)),
    ]


def _figure(title: str, cell: Callable[[Bucket], str], rank: int) -> Column[Bucket]:
    """A column of figures, which are marked where they are estimates."""
    return Column(title, lambda one: about(cell(one), one.kept is not None), ">", rank=rank)


def _speed(bucket: Bucket) -> str:
    return ABSENT if bucket.tokens_per_second is None else f"{bucket.tokens_per_second:.1f}"


def _mean_of(name: str) -> Callable[[Bucket], str]:
    return lambda one: f"{one.scores[name].mean:.3g} ({one.scores[name].count})" if name in one.scores else ABSENT


def bucket_json(bucket: Bucket, over: Step) -> dict[str, Json]:
    """The object of `stats --over --json`, a line a bucket; docs/json.md describes it."""
    return {
        "start": f"{bucket.start:%Y-%m-%dT%H:%M:%S}.000000Z",
        "end": f"{bucket.start + _LENGTHS[over]:%Y-%m-%dT%H:%M:%S}.000000Z",
        "traces": bucket.traces,
        "calls": bucket.calls,
        "errors": bucket.errors,
        "refused": bucket.refused,
        "latency_ms": _percentiles(bucket.latency),
        "ttft_ms": _percentiles(bucket.ttft),
        "tokens_per_second": bucket.tokens_per_second,
        "cost": {"usd": bucket.cost_usd, "priced": bucket.priced, "unpriced": bucket.unpriced},
        "scores": {name: {"count": one.count, "mean": one.mean} for name, one in bucket.scores.items()},
        **({} if bucket.kept is None else {"sample": {"traces": bucket.kept}}),
    }


def _percentiles(found: Percentiles) -> dict[str, float | None]:
    named = {"p50": found.p50_ns, "p95": found.p95_ns, "p99": found.p99_ns}
    return {name: None if ns is None else ns / 1e6 for name, ns in named.items()}


def print_csv(output: Output, found: Sequence[Bucket], over: Step) -> None:
    """A row a bucket, with two columns for each score."""
    names = score_names(found)
    is_sample = any(bucket.kept is not None for bucket in found)
    output.raw(csv_line((*_FLAT, *_score_columns(names), *(["sample_traces"] if is_sample else []))))
    for bucket in found:
        row = bucket_json(bucket, over)
        flat = [row[name] if not path else row[name][path] for name, path in _FLAT.values()]
        scores = [row["scores"].get(name, {}).get(part) for name in names for part in ("count", "mean")]
        output.raw(csv_line((*flat, *scores, *([bucket.kept] if is_sample else []))))


_FLAT: dict[str, tuple[str, str]] = {
    "start": ("start", ""), "end": ("end", ""), "traces": ("traces", ""), "calls": ("calls", ""),
    "errors": ("errors", ""), "refused": ("refused", ""),
    "latency_p50_ms": ("latency_ms", "p50"), "latency_p95_ms": ("latency_ms", "p95"),
    "latency_p99_ms": ("latency_ms", "p99"), "ttft_p50_ms": ("ttft_ms", "p50"), "ttft_p95_ms": ("ttft_ms", "p95"),
    "ttft_p99_ms": ("ttft_ms", "p99"), "tokens_per_second": ("tokens_per_second", ""), "cost_usd": ("cost", "usd"),
    "priced": ("cost", "priced"), "unpriced": ("cost", "unpriced"),
}  # fmt: skip


def _score_columns(names: Sequence[str]) -> list[str]:
    return [f"score_{name}_{part}" for name in names for part in ("count", "mean")]
