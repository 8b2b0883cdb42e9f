"""A comparison as JSON: `check --json`, and what it shares with `prompts --json`. docs/json.md describes it."""

from __future__ import annotations

from typing import Any

from tracetui.analysis.changes import Change, Estimate
from tracetui.analysis.comparison import Comparison, Evidence
from tracetui.analysis.measures import Measure
from tracetui.analysis.periods import Side
from tracetui.analysis.rates import Interval
from tracetui.model import Json

_UNITS = {"ns": "ms"}
_SCALES = {"ns": 1e-6}


def check_json(compared: Comparison) -> dict[str, Json]:
    """The object of `check --json`."""
    return {
        "baseline": _side(compared.baseline, compared.baseline_traces, compared.baseline_kept),
        "period": _side(compared.period, compared.period_traces, compared.period_kept),
        "by": compared.by,
        "confidence": compared.confidence,
        "regressions": compared.regressions,
        "findings": [_evidence(compared.by, one) for one in compared.evidence],
    }


def _side(side: Side, traces: int, kept: int | None) -> dict[str, Json]:
    sample = {} if kept is None else {"sample": {"traces": kept}}
    return {"title": side.title, "filter": side.filter, "traces": traces, **sample}


def _evidence(by: str | None, one: Evidence) -> dict[str, Json]:
    finding = one.finding
    return {
        "group": {by: finding.key[0]} if by else {},
        "verdict": finding.verdict,
        **change_json(finding.change, "baseline", "period"),
        "limit": scaled(finding.change.measure, finding.limit),
        "filter": one.filter or None,
        "trace_ids": list(one.trace_ids),
    }


def change_json(change: Change, one: str, other: str) -> dict[str, Json]:
    """A measure of two samples, under the names that they have."""
    measure, doubt = change.measure, change.doubt
    return {
        "measure": measure.key,
        "kind": measure.kind,
        "unit": unit_of(measure),
        one: estimate_json(measure, change.one),
        other: estimate_json(measure, change.other),
        "ratio": change.ratio,
        "difference": scaled(measure, change.difference),
        "difference_interval": None if doubt is None else _interval(measure, doubt.interval),
        "p": None if doubt is None else doubt.p,
        "method": None if doubt is None else doubt.method,
    }


def estimate_json(measure: Measure, estimate: Estimate) -> dict[str, Json]:
    """A measure of one sample; `hits` of `n` where it is a rate."""
    found: dict[str, Any] = {"value": scaled(measure, estimate.value), "n": estimate.n}
    if measure.kind == "rate":
        found["hits"] = estimate.hits
    if estimate.effective_n is not None:
        found["effective_n"] = estimate.effective_n
    return {**found, "interval": _interval(measure, estimate.interval)}


def _interval(measure: Measure, interval: Interval | None) -> list[float | None] | None:
    return None if interval is None else [scaled(measure, interval.low), scaled(measure, interval.high)]


def unit_of(measure: Measure) -> str:
    """The name of the unit that `scaled` gives."""
    return _UNITS.get(measure.unit, measure.unit)


def scaled(measure: Measure, value: float | None) -> float | None:
    """A value in the unit of JSON: durations are milliseconds there."""
    return None if value is None else value * _SCALES.get(measure.unit, 1)
