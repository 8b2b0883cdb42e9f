"""Why sampling kept traces, in words: for `prune` and `info`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tracetui.store.weights import Kept
from tracetui.text import count, inert, percent

_REASONS = {
    "rated": "rated", "error": "with errors", "refused": "refused", "cost": "among the costliest",
    "latency": "among the slowest", "rate": "of the rest",
}  # fmt: skip


def kept_text(kept: Mapping[str, int]) -> str:
    """How many traces were kept for which reason: `142 rated, 8 with errors, 6 of the rest`."""
    return ", ".join(f"{count(number)} {_REASONS.get(reason, inert(reason))}" for reason, number in kept.items())


def rate_text(kept: Sequence[Kept]) -> str:
    """At which rate traces were kept that stand for others: `10%`, `5% to 10%`; nothing where none do."""
    lowest = min((one.lowest if one.lowest > 1 else one.highest for one in kept if one.highest > 1), default=None)
    highest = max((one.highest for one in kept), default=None)
    if lowest is None or highest is None:
        return ""
    rates = dict.fromkeys(percent(1 / weight) for weight in (highest, lowest))
    return " to ".join(rates)
