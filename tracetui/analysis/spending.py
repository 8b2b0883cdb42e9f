"""What groups of traces cost, compared with each other: shares, cost per call and per trace, cached share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec import Struct

from tracetui.figures import Group, Key


class Spending(Struct, frozen=True):
    """One group with what follows from its sums. A rate is None where what it is a rate of is zero or unknown.

    `share` is of the sum of all groups; `cache_hit_rate` is the part of the input tokens that came from the cache, and
    `saved_usd` what that saved against fresh tokens (None where nothing was cached, or at no known price).
    """

    group: Group
    share: float | None
    per_call_usd: float | None
    per_trace_usd: float | None
    cache_hit_rate: float | None
    saved_usd: float | None = None


def spend(groups: Sequence[Group], saved: Mapping[Key, float] | None = None) -> list[Spending]:
    """The groups in their order. Cost per call is over the calls that have a price, so that it is no lower bound."""
    total = sum(group.cost_usd or 0.0 for group in groups)
    return [_spending(group, total, (saved or {}).get(group.key)) for group in groups]


def _spending(group: Group, total_usd: float, saved_usd: float | None) -> Spending:
    usage = group.usage
    sent = (usage.input or 0) + (usage.cache_read or 0) + (usage.cache_write or 0)
    return Spending(
        group,
        _ratio(group.cost_usd, total_usd),
        _ratio(group.cost_usd, group.priced),
        _ratio(group.cost_usd, group.traces) if not group.unpriced else None,
        _ratio(usage.cache_read or 0, sent),
        saved_usd,
    )


def _ratio(part: float | None, whole: float) -> float | None:
    return None if part is None or not whole else part / whole
