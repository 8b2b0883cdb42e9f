"""Prices of calls: the user's own first, else the bundled list; or the reason why there is none.

A (provider, model, day, service tier) is looked up once; after that a call costs a dictionary lookup and four
multiplications, so that an index of half a million calls is priced in seconds.
"""

from __future__ import annotations

from pathlib import Path

from msgspec import Struct

from tracetui.model import Cost, Usage
from tracetui.pricing import catalog
from tracetui.pricing.names import Reading, global_twin, is_local_tag, read_name
from tracetui.pricing.own import OwnPrice, find_own_price, load_own_prices
from tracetui.pricing.rates import NotPriced, Price, Rates, charge

_MINUTE_NS = 60 * 10**9
_DAY_NS = 24 * 60 * _MINUTE_NS
_LAST_NS = 253_402_300_799 * 10**9  # the end of the year 9999
_MOST_KEPT = 100_000


class NoPrice(Struct, frozen=True):
    """Why there is no price: the reason as stored with the cost, and the whole sentence."""

    reason: str
    sentence: str


_Key = tuple[str | None, str | None, int, str | None]

_NO_USAGE = Cost(reason="no usage")
_NO_MODEL = Cost(reason="no model")
_INCONSISTENT = Cost(reason="inconsistent usage")


class PriceBook:
    """The prices that are in force for one user: his own over the bundled list. Safe to use from several threads."""

    def __init__(self, own: tuple[OwnPrice, ...] = ()) -> None:
        self._own = own
        self._by_day: dict[_Key, Price | Cost] = {}
        self._by_minute: dict[_Key, Price | Cost] = {}

    def price_call(
        self, provider: str | None, model: str | None, usage: Usage, at_ns: int, service_tier: str | None = None
    ) -> Cost:
        """The computed cost of one call, or a Cost with the reason why there is none.

        `usage` is in buckets that do not overlap; `at_ns` is when the call began, since prices change.
        """
        price = self._by_day.get((provider, model, at_ns // _DAY_NS, service_tier))
        if price is None:
            price = self._look_up(provider, model, at_ns, service_tier)
        if usage.inconsistent:
            return _INCONSISTENT
        if not isinstance(price, Price):
            return price if usage.is_recorded else _NO_USAGE
        usd = charge(price, usage)
        if isinstance(usd, NotPriced):
            return Cost(reason=usd.reason) if usage.is_recorded else _NO_USAGE
        return Cost(usd, "computed", None, price.name)

    def find(
        self, provider: str | None, model: str | None, at_ns: int, service_tier: str | None = None
    ) -> Price | NoPrice:
        """The price that is in force for a call, or why there is none."""
        return self._find(provider, model, at_ns, service_tier)

    def price_for(
        self, provider: str | None, model: str | None, at_ns: int, service_tier: str | None = None
    ) -> Price | None:
        """As `find`, remembered for the day; None where there is no price."""
        found = self._by_day.get((provider, model, at_ns // _DAY_NS, service_tier))
        if found is None:
            found = self._look_up(provider, model, at_ns, service_tier)
        return found if isinstance(found, Price) else None

    def why(self, provider: str | None, model: str | None, at_ns: int, service_tier: str | None = None) -> str:
        """One sentence: what would be charged for a call, or why nothing can be said."""
        found = self._find(provider, model, at_ns, service_tier)
        return found.sentence if isinstance(found, NoPrice) else _describe(found)

    def _look_up(self, provider: str | None, model: str | None, at_ns: int, service_tier: str | None) -> Price | Cost:
        by_minute = (provider, model, at_ns // _MINUTE_NS, service_tier)
        known = self._by_minute.get(by_minute)
        if known is not None:
            return known
        found = self._find(provider, model, at_ns, service_tier)
        price = Cost(reason=found.reason) if isinstance(found, NoPrice) else found
        if len(self._by_day) + len(self._by_minute) > _MOST_KEPT:
            self._by_day.clear()
            self._by_minute.clear()
        if isinstance(price, Price) and price.is_hourly:
            self._by_minute[by_minute] = price
        else:
            self._by_day[(provider, model, at_ns // _DAY_NS, service_tier)] = price
        return price

    def _find(self, provider: str | None, model: str | None, at_ns: int, service_tier: str | None) -> Price | NoPrice:
        if not model or not model.strip():
            return NoPrice("no model", "No price: no model was recorded.")
        own = find_own_price(self._own, provider, model, min(max(at_ns, 0), _LAST_NS))
        if own is not None:
            return own
        return _find_listed(read_name(provider, model), provider, model, at_ns, service_tier)


def open_book(path: str | None) -> PriceBook:
    """The book with the user's own prices from a file, or without. Raises WrongUse."""
    return PriceBook(() if path is None else load_own_prices(Path(path)))


def _find_listed(
    reading: Reading, provider: str | None, model: str, at_ns: int, service_tier: str | None
) -> Price | NoPrice:
    if not reading.is_listed:
        return _unknown(f'"{model}" was run or sold by someone whose prices the list does not have')
    if reading.is_free:
        return Price(
            f"{catalog.version()}: openrouter {reading.rival or reading.models[-1]}", Rates(0.0, 0.0, 0.0, 0.0)
        )
    if reading.needs_seller:
        seller = f'the list has no prices of "{provider}"' if provider else "no provider was recorded"
        return _unknown(f'"{model}" is sold by many at different prices, and {seller}')
    entry = _find_entry(reading)
    if entry is None:
        seller = f" of {reading.seller}" if reading.seller else ""
        return _unknown(f'{catalog.version()} has no model "{model}"{seller}')
    if at_ns <= 0 and catalog.depends_on_date(entry):
        return NoPrice("no time", f"No price: {entry.name} has had several, and the call has no time.")
    moment_ns = min(max(at_ns, 0), _LAST_NS)
    if _has_dearer_twin(reading, entry, moment_ns):
        return _unknown(f'"{model}" is sold at two prices, and nothing recorded says which')
    price = catalog.price_of(entry, moment_ns, service_tier)
    if price is not None:
        return price
    if catalog.price_of(entry, moment_ns) is None:
        return _unknown(f"the list names {entry.name} without a price")
    return NoPrice("unknown service tier", f'No price: the list has none for "{service_tier}" of {entry.name}.')


def _unknown(because: str) -> NoPrice:
    return NoPrice("unknown model", f"No price: {because}.")


def _find_entry(reading: Reading) -> catalog.Entry | None:
    """The model in the list: at its seller, else, where the seller may be only a client library, at its maker."""
    if reading.seller is not None:
        for model in reading.models:
            entry = None if _is_impostor(reading.seller, model) else catalog.find_model(reading.seller, model)
            if entry is not None:
                return entry
    if reading.seller not in (None, "openai") or read_name(None, reading.models[-1]).needs_seller:
        return None
    for model in reading.models:
        for maker in catalog.MAKERS:
            entry = catalog.find_model(maker, model, own_only=True)
            if entry is not None:
                return entry
    return None


def _is_impostor(seller: str, model: str) -> bool:
    """A name that the list's patterns take for a seller's model though he sells no such thing."""
    if seller in ("openai", "azure") and "gpt-oss" in model:
        return True
    return seller != "openrouter" and is_local_tag(model) and seller in (*catalog.MAKERS, "azure")


def _has_dearer_twin(reading: Reading, entry: catalog.Entry, at_ns: int) -> bool:
    """Whether the name fits a second product at another price, so that choosing one would be a guess."""
    if reading.rival is not None:
        other = catalog.find_model("openrouter", reading.rival)
    else:
        twins = (global_twin(entry.seller, model) for model in reading.models)
        other = next(filter(None, (catalog.find_model("aws", twin) for twin in twins if twin)), None)
    if other is None:
        return False
    one, two = catalog.price_of(entry, at_ns), catalog.price_of(other, at_ns)
    if one is None or two is None:
        return False
    return (one.rates.input, one.rates.output) != (two.rates.input, two.rates.output)


def _describe(price: Price) -> str:
    tiers = "".join(
        f"; with more than {tier.above:,} input tokens {_rates(tier.rates)}" for tier in reversed(price.tiers)
    )
    return f"{price.name}: {_rates(price.rates)}{tiers}."


def _rates(rates: Rates) -> str:
    if rates.input is None and rates.output is None:
        return "not charged by tokens"
    if not any((rates.input, rates.output, rates.call_usd)):
        return "free"
    named = (
        (rates.input, "input"),
        (rates.cache_read, "cache read"),
        (rates.cache_write, "cache write"),
        (rates.output, "output"),
        (rates.reasoning, "reasoning"),
    )
    words = ", ".join(f"${usd:g} {name}" for usd, name in named if usd is not None) + " per million tokens"
    return f"{words}, ${rates.call_usd:g} a call" if rates.call_usd else words
