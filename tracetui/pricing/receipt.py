"""How the cost of a call comes about: each bucket times its rate, the tier that applied, and the sum.

The same arithmetic as `rates.charge`, written out; a test holds that both say the same of every price and usage.
"""

from __future__ import annotations

from msgspec import Struct

from tracetui.model import Usage
from tracetui.pricing.rates import Price, Rates, hour_rate


class Line(Struct, frozen=True):
    """One bucket: its tokens, US dollars per million of them (None: no rate), and what that comes to in US dollars.

    `like` names the bucket whose rate was used because this one has none of its own.
    """

    bucket: str
    tokens: int
    per_million_usd: float | None
    usd: float | None
    like: str | None = None


class Itemised(Struct, frozen=True):
    """A price applied to a usage, line by line. `above` is the threshold, in input tokens, of the tier that applied."""

    price: str
    lines: tuple[Line, ...]
    usd: float
    above: int | None = None
    call_usd: float = 0.0


def itemise(price: Price, usage: Usage) -> Itemised:
    """Write out what `price` makes of `usage`. Buckets that were not recorded, or are empty, have no line."""
    sent = (usage.input or 0) + (usage.cache_read or 0) + (usage.cache_write or 0) + _unsplit(usage)
    tier = next((tier for tier in price.tiers if sent > tier.above), None)
    rates = price.rates if tier is None else tier.rates
    lines = tuple(line for line in _lines(rates, usage) if line.tokens)
    usd = sum(line.usd or 0.0 for line in lines) + rates.call_usd
    return Itemised(price.name, lines, usd, None if tier is None else tier.above, rates.call_usd)


def _unsplit(usage: Usage) -> int:
    """A total of which nothing was split, charged as input where output costs nothing."""
    split = (usage.input, usage.cache_read, usage.cache_write, usage.output)
    return usage.unsplit or 0 if all(count is None for count in split) else 0


def _lines(rates: Rates, usage: Usage) -> list[Line]:
    thinking, hourly = usage.reasoning or 0, min(usage.cache_write_1h or 0, usage.cache_write or 0)
    has_own_thinking = rates.reasoning is not None and 0 <= thinking <= (usage.output or 0)
    shown = (usage.output or 0) - (thinking if has_own_thinking else 0)
    lines = [
        _line("input", usage.input, rates.input),
        _line("cache read", usage.cache_read, rates.cache_read, rates.input),
        _line("cache write", (usage.cache_write or 0) - hourly, rates.cache_write, rates.input),
        _line("cache write 1 h", hourly, hour_rate(rates)),
        _line("output", shown, rates.output),
        _line("total", _unsplit(usage), rates.input),
    ]
    return lines + ([_line("reasoning", thinking, rates.reasoning)] if has_own_thinking else [])


def _line(bucket: str, tokens: int | None, rate: float | None, fallback: float | None = None) -> Line:
    like = "input" if rate is None and fallback is not None else None
    used = fallback if rate is None else rate
    count = tokens or 0
    return Line(bucket, count, used, None if used is None else count * used / 1e6, like)
