"""Differences in words, for the command and the screen alike: signs, and figures as the second minus the first."""

from __future__ import annotations

from collections.abc import Sequence

from tracetui.analysis.trace_diff import Deltas, Step, StepChange
from tracetui.text import count, duration, money, tokens

SIGNS: dict[StepChange, str] = {"same": " ", "changed": "~", "added": "+", "removed": "-"}


def say_deltas(deltas: Deltas) -> str:
    """Time, tokens and money, as far as they differ; "" where nothing does."""
    parts = (
        say_duration(deltas.duration_ns),
        f"{used} tok" if (used := say_tokens(deltas.tokens)) else "",
        say_money(deltas.cost_usd),
    )
    return "  ".join(part for part in parts if part)


def say_duration(delta_ns: int | None) -> str:
    """`+1.2s`; "" for no difference, or where one side was not recorded."""
    return _signed(duration(abs(delta_ns or 0)), delta_ns)


def say_tokens(delta: int | None) -> str:
    """`−120`; "" as above."""
    return _signed(tokens(abs(delta or 0)), delta)


def say_money(delta_usd: float | None) -> str:
    """`+$0.0012`; "" as above."""
    return _signed(money(abs(delta_usd or 0)), delta_usd)


def say_counts(steps: Sequence[Step]) -> str:
    """How many steps changed, came and went: `3 changed · 1 added`."""
    parts = [(change, sum(step.change == change for step in steps)) for change in ("changed", "added", "removed")]
    return " · ".join(f"{count(number)} {change}" for change, number in parts if number) or "no step differs"


def _signed(text: str, sign: float | None) -> str:
    return f"{'+' if sign > 0 else '−'}{text}" if sign else ""
