"""What the same calls would have cost otherwise: at other prices, on another model, or without a cache."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct
from msgspec.structs import replace

from tracetui.figures import Key
from tracetui.model import Usage
from tracetui.pricing import PriceBook
from tracetui.pricing.rates import NotPriced, Price, charge
from tracetui.store.calls import Call


class Repriced(Struct, frozen=True):
    """One group. Both sums are over the `compared` calls that have a price either way; `left_out` have not.

    With `is_estimate`, it is a sample. `now_usd` is what is added up today, `then_usd` what it would have been; None where no call is compared.
    """

    key: Key
    now_usd: float | None
    then_usd: float | None
    compared: int
    left_out: int
    is_estimate: bool = False

    @property
    def difference_usd(self) -> float | None:
        """What it would have been, minus what it is."""
        return None if self.then_usd is None or self.now_usd is None else self.then_usd - self.now_usd


def reprice(
    calls: Iterable[tuple[Key, Call]], book: PriceBook, *, model: str | None = None, provider: str | None = None
) -> list[Repriced]:
    """Price the calls by another book, as if they had been calls of `model` where one is given. The dearest first."""
    sums: dict[Key, _Sums] = {}
    for key, call in calls:
        row = sums.setdefault(key, _Sums())
        cost = book.price_call(
            call.provider if model is None else provider,
            model or call.model,
            call.usage,
            call.start_ns,
            call.service_tier if model is None else None,
        )
        weight = 1 if call.weight is None else call.weight
        row.is_estimate = call.weight is not None
        if cost.usd is None or call.cost_usd is None:
            row.left_out += weight
            continue
        row.now_usd += call.cost_usd * weight
        row.then_usd += cost.usd * weight
        row.compared += weight
    ordered = sorted(sums.items(), key=lambda item: -item[1].now_usd)
    return [_repriced(key, row) for key, row in ordered]


class _Sums(Struct):
    now_usd: float = 0.0
    then_usd: float = 0.0
    compared: float = 0
    left_out: float = 0
    is_estimate: bool = False


def _repriced(key: Key, sums: _Sums) -> Repriced:
    left_out = round(sums.left_out)
    if not sums.compared:
        return Repriced(key, None, None, 0, left_out, sums.is_estimate)
    return Repriced(key, sums.now_usd, sums.then_usd, round(sums.compared), left_out, sums.is_estimate)


def saved_by_cache(calls: Iterable[tuple[Key, Call]], book: PriceBook) -> dict[Key, float]:
    """US dollars that the provider's cache saved in each group, over the calls whose price is known: cached tokens at
    the price of fresh ones, minus what they cost. Negative where writing cost more than reading saved.
    """
    saved: dict[Key, float] = {}
    for key, call in calls:
        usage = call.usage
        if not (usage.cache_read or usage.cache_write):
            continue
        price = book.price_for(call.provider, call.model, call.start_ns, call.service_tier)
        difference = None if price is None else _saving(price, usage)
        if difference is not None:
            saved[key] = saved.get(key, 0.0) + difference * (1 if call.weight is None else call.weight)
    return saved


def _saving(price: Price, usage: Usage) -> float | None:
    whole = (usage.input or 0) + (usage.cache_read or 0) + (usage.cache_write or 0)
    uncached = replace(usage, input=whole, cache_read=None, cache_write=None, cache_write_1h=None)
    with_cache, without = charge(price, usage), charge(price, uncached)
    if isinstance(with_cache, NotPriced) or isinstance(without, NotPriced) or usage.inconsistent:
        return None
    return without - with_cache
