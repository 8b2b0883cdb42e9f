"""What a call costs at given rates: arithmetic on numbers, no names and no price list.

Equal to genai-prices' own arithmetic (a test holds that for every model it knows), and some forty times faster.
"""

from __future__ import annotations

from msgspec import Struct
from msgspec.structs import replace

from tracetui.model import Usage


class Rates(Struct, frozen=True):
    """US dollars per million tokens of each bucket; None where the seller does not price that bucket by tokens.

    `reasoning` is what the thinking part of the output costs; `call_usd` is charged once a call.
    """

    input: float | None = None
    cache_read: float | None = None
    cache_write: float | None = None
    output: float | None = None
    reasoning: float | None = None
    call_usd: float = 0.0
    cache_write_1h: float | None = None


class Tier(Struct, frozen=True):
    """Rates of a whole call whose input, cached tokens included, is more than `above` tokens."""

    above: int
    rates: Rates


class Price(Struct, frozen=True):
    """One price as charged at one time. `tiers` are sorted by falling threshold. `name` says where it comes from.

    `is_hourly` says that it is valid for some hours of the day only.
    """

    name: str
    rates: Rates
    tiers: tuple[Tier, ...] = ()
    is_hourly: bool = False


class NotPriced(Struct, frozen=True):
    """Why a usage has no price at these rates."""

    reason: str


INCONSISTENT = NotPriced("inconsistent usage")
INCOMPLETE = NotPriced("incomplete usage")
TOTAL_ONLY = NotPriced("total only")
OTHER_UNIT = NotPriced("not priced by tokens")


def charge(price: Price, usage: Usage) -> float | NotPriced:
    """US dollars of one call, or why it cannot be said. The usage is recorded and consistent by its own account.

    Thinking is part of the output; a bucket without a rate of its own is charged like the one it belongs to.
    """
    fresh, output = usage.input, usage.output
    read, write = usage.cache_read or 0, usage.cache_write or 0
    if fresh is None or output is None:
        return _charge_partly_recorded(price, usage)
    rates = price.rates
    for tier in price.tiers:
        if fresh + read + write > tier.above:
            rates = tier.rates
            break
    if fresh < 0 or output < 0 or read < 0 or write < 0:
        return INCONSISTENT
    per_input, per_output = rates.input, rates.output
    hourly = usage.cache_write_1h or 0
    if hourly < 0 or hourly > write:
        return INCONSISTENT
    if per_input is None or per_output is None or rates.reasoning is not None or hourly:
        return _charge_by_parts(rates, fresh, read, write, output, usage.reasoning or 0, hourly)
    per_read = per_input if rates.cache_read is None else rates.cache_read
    per_write = per_input if rates.cache_write is None else rates.cache_write
    return (fresh * per_input + read * per_read + write * per_write + output * per_output) / 1e6 + rates.call_usd


def _charge_by_parts(
    rates: Rates, fresh: int, read: int, write: int, output: int, thinking: int, hourly: int = 0
) -> float | NotPriced:
    """The same where some bucket has no rate, or thinking has its own."""
    if rates.input is None and rates.output is None:
        return OTHER_UNIT
    if not 0 <= thinking <= output:
        return (
            INCONSISTENT
            if rates.reasoning is not None
            else _charge_by_parts(rates, fresh, read, write, output, 0, hourly)
        )
    if rates.reasoning is None:
        thinking = 0
    parts = (
        (fresh, rates.input),
        (read, rates.input if rates.cache_read is None else rates.cache_read),
        (write - hourly, rates.input if rates.cache_write is None else rates.cache_write),
        (hourly, hour_rate(rates)),
        (output - thinking, rates.output),
        (thinking, rates.reasoning),
    )
    if any(count and rate is None for count, rate in parts):
        return OTHER_UNIT
    return sum(count * (rate or 0.0) for count, rate in parts) / 1e6 + rates.call_usd


def hour_rate(rates: Rates) -> float | None:
    """What a million tokens cost that are kept in the cache for an hour.

    Anthropic, wherever its models are sold, asks twice the input price, against 1.25 times for five minutes.
    Source: https://docs.anthropic.com/en/docs/build-with-claude/prompt-caching#pricing
    """
    if rates.cache_write_1h is not None:
        return rates.cache_write_1h
    if rates.input and rates.cache_write and abs(rates.cache_write / rates.input - 1.25) < 1e-6:
        return 2 * rates.input
    return rates.input if rates.cache_write is None else rates.cache_write


def _charge_partly_recorded(price: Price, usage: Usage) -> float | NotPriced:
    """Where input or output was not recorded: it can be said only if the missing side costs nothing.

    That is so for embeddings, which are charged for their input alone.
    """
    has_input = usage.input is not None or usage.cache_read is not None or usage.cache_write is not None
    costs_output = bool(price.rates.output) or bool(price.rates.reasoning)
    if not has_input and usage.output is None:
        if costs_output or usage.unsplit is None:
            return TOTAL_ONLY
        return charge(price, Usage(input=usage.unsplit, output=0))
    if (usage.output is None and costs_output) or (not has_input and price.rates.input):
        return INCOMPLETE
    filled = Usage(usage.input or 0, usage.cache_read, usage.cache_write, usage.output or 0, usage.reasoning)
    if usage.cache_write_1h:
        filled = replace(filled, cache_write_1h=usage.cache_write_1h)
    return charge(price, filled)
