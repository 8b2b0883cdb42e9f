"""Measures, their changes and their doubt in words, as `check` and `prompts` say them, on the screen as well. Pure."""

from __future__ import annotations

from collections.abc import Callable

from tracetui.analysis.changes import Change, Doubt, Estimate
from tracetui.analysis.measures import Measure
from tracetui.analysis.rates import Interval
from tracetui.text import ABSENT, about, count, duration, money, percent

_UNITS: dict[str, Callable[[float], str]] = {
    "share": lambda value: f"-{percent(-value)}" if value < 0 else percent(value),
    "ns": lambda value: duration(round(value)),
    "usd": money,
    "tokens": lambda value: f"{value:,.0f}",
    "number": lambda value: f"{value:.3g}",
}


def value_text(measure: Measure, value: float | None) -> str:
    """A value in its unit."""
    return ABSENT if value is None else _UNITS[measure.unit](value)


def shown(measure: Measure, estimate: Estimate) -> str:
    """A value in its unit, marked where it is estimated from a sample."""
    return about(value_text(measure, estimate.value), estimate.effective_n is not None)


def estimate_text(measure: Measure, estimate: Estimate) -> str:
    """A value with what it is of: `3.2% (4 of 125)`, `1.2s (n 125)`, from a sample `~0.5% (50 of 150 kept)`."""
    if estimate.value is None:
        return f"{ABSENT} (n {estimate.n})"
    is_sample = estimate.effective_n is not None
    size = f"n {count(estimate.n)}" if estimate.hits is None else f"{count(estimate.hits)} of {count(estimate.n)}"
    return f"{shown(measure, estimate)} ({size}{' kept' if is_sample else ''})"


def ratio_text(change: Change) -> str:
    """How many times the first the second is; nothing where that cannot be said, or says little, as of scores."""
    if change.ratio is None or change.ratio < 0 or change.measure.is_score:
        return ""
    return f"{change.ratio:.2g} ×" if change.ratio < 10 else f"{change.ratio:,.0f} ×"


def doubt_text(measure: Measure, doubt: Doubt | None, confidence: float) -> str:
    """What is known of a difference: its interval, the p-value and the method."""
    if doubt is None:
        return ""
    parts = []
    if doubt.interval is not None:
        parts.append(f"difference {interval_text(measure, doubt.interval)} ({percent(confidence)})")
    if doubt.p is not None:
        parts.append("p < 0.001" if doubt.p < 0.001 else f"p = {doubt.p:.3f}")
    return f"{', '.join(parts)}, {doubt.method}"


def interval_text(measure: Measure, interval: Interval) -> str:
    """Both ends, with their signs."""
    return f"{_signed(measure, interval.low)} to {_signed(measure, interval.high)}"


def _signed(measure: Measure, value: float) -> str:
    text = value_text(measure, value)
    return f"+{text}" if value > 0 else text
