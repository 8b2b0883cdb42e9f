"""The bundled price list of genai-prices: finding a model of a seller, and its rates at a time.

Importing genai_prices takes a third of a second, so only the first lookup does it. Its network updater is never
used, and prices set by a host program through it are not seen: the same trace costs the same everywhere.
"""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from tracetui.pricing.rates import Price, Rates, Tier

if TYPE_CHECKING:
    from genai_prices.types import ModelInfo, ModelPrice, PriceVariant, Provider

_MILLION_RATES = {
    "input": "input_mtok",
    "cache_read": "cache_read_mtok",
    "cache_write": "cache_write_mtok",
    "output": "output_mtok",
    "reasoning": "output_reasoning_mtok",
}
_STANDARD_TIERS = frozenset(
    {"default", "standard", "standard-only", "auto", "on-demand", "ondemand", "none", "unspecified"}
)
_TIER_KEYS = ("service_tier", "processing", "speed")
_TIERS_AT_STANDARD_PRICE = frozenset({("groq", "flex")})
_GIVEN_AWAY = (("openrouter", ":free"), ("google", "gemma"), ("openai", "moderation"), ("github-copilot", ""))
"""Sellers and parts of the names of models whose empty entry means that they cost nothing."""

MAKERS = (
    "openai", "anthropic", "google", "x-ai", "mistral", "deepseek", "cohere", "perplexity", "voyageai", "moonshotai",
    "zai", "zhipuai", "minimax",
)  # fmt: skip
"""Sellers of their own models, asked where nobody is named."""


class Entry(Struct, frozen=True):
    """A model in the list, and the seller under whom it was found."""

    seller: str
    model: Any
    is_own: bool
    """Whether the seller lists it himself, rather than selling it at its maker's price."""

    @property
    def name(self) -> str:
        """Seller and model, as in `openai gpt-5-mini`."""
        return f"{self.seller} {self.model.id}"


@cache
def version() -> str:
    """The price list's name and version."""
    import genai_prices

    return f"genai-prices {genai_prices.__version__}"


@cache
def _providers() -> dict[str, Provider]:
    from genai_prices.data import providers

    return {provider.id: provider for provider in providers}


@lru_cache(maxsize=20_000)
def find_model(seller: str, model: str, *, own_only: bool = False) -> Entry | None:
    """The entry of a seller's model, or of a maker's model that he sells at the maker's price.

    `own_only` asks whether he made it himself.
    """
    provider = _providers().get(seller)
    if provider is None:
        return None
    others = None if own_only else list(_providers().values())
    found = provider.find_model(model, all_providers=others)
    if found is None or (seller != "openrouter" and model.endswith(":free")):
        return None
    if own_only and seller == "google" and "claude" in found.id:
        return None
    return Entry(seller, found, any(found is own for own in provider.models))


def depends_on_date(entry: Entry) -> bool:
    """Whether the model's price has ever changed."""
    return isinstance(entry.model.prices, list) and len(entry.model.prices) > 1


def price_of(entry: Entry, at_ns: int, service_tier: str | None = None) -> Price | None:
    """The price that was valid at a time, or None where the list has none, or none for that service tier.

    An empty entry means a gift for some models and an unknown price for others; only the former are taken for $0.
    """
    moment = datetime.fromtimestamp(at_ns // 1_000_000_000, UTC)
    context = _context_of(entry, service_tier, moment)
    if context is None:
        return None
    listed = entry.model.get_prices(moment, context)
    rates, tiers = _rates_of(listed)
    if all(value is None for value in listed.__dict__.values()):
        if not any(entry.seller == seller and part in entry.model.id for seller, part in _GIVEN_AWAY):
            return None
        rates = Rates(0.0, 0.0, 0.0, 0.0)
    note = "".join(f", {tier}" for tier in context.values())
    name = f"{version()}: {entry.name}{note}{_since(entry.model, moment)}"
    return Price(name, rates, tiers, is_hourly=_depends_on_hour(entry))


def _depends_on_hour(entry: Entry) -> bool:
    prices = entry.model.prices
    return isinstance(prices, list) and any(hasattr(price.constraint, "start_time") for price in prices)


def _rates_of(listed: ModelPrice) -> tuple[Rates, tuple[Tier, ...]]:
    values = {rate: getattr(listed, key) for rate, key in _MILLION_RATES.items()}
    per_thousand = listed.requests_kcount
    call_usd = 0.0 if per_thousand is None else float(_at(per_thousand, 0)) / 1000
    starts = sorted({tier.start for value in values.values() for tier in getattr(value, "tiers", ())}, reverse=True)
    base = Rates(**{rate: _at(value, 0) for rate, value in values.items()}, call_usd=call_usd)
    tiers = tuple(
        Tier(start, Rates(**{rate: _at(value, start + 1) for rate, value in values.items()}, call_usd=call_usd))
        for start in starts
    )
    return base, tiers


def _at(value: Any, input_tokens: int) -> Any:
    """One listed rate for a call with that much input: the highest tier that is passed counts for all of it."""
    if value is None:
        return None
    passed = [tier.price for tier in getattr(value, "tiers", ()) if input_tokens > tier.start]
    return float(passed[-1] if passed else getattr(value, "base", value))


def _context_of(entry: Entry, service_tier: str | None, moment: datetime) -> dict[str, str] | None:
    """What selects the price of a service tier: {} for the standard price, None where the list does not know it."""
    word = (service_tier or "").strip().lower()
    plain = word.replace("_", "-").removeprefix("service-tier-")
    if not word or plain in _STANDARD_TIERS or (entry.seller, plain) in _TIERS_AT_STANDARD_PRICE:
        return {}
    if not entry.is_own:
        return None
    variants: list[PriceVariant] = entry.model.price_variants or []
    for variant in variants:
        is_active = variant.constraint is None or variant.constraint.active(moment)
        if is_active and any(variant.when == {key: plain} for key in _TIER_KEYS):
            return dict(variant.when)
    return None


def _since(model: ModelInfo, moment: datetime) -> str:
    """` from 2025-08-07` where the price has a first day, ` at 00:30–16:30 UTC` where it has hours."""
    if not isinstance(model.prices, list):
        return ""
    active = [p.constraint for p in model.prices if p.constraint is None or p.constraint.active(moment)]
    constraint: Any = active[-1] if active else None
    if constraint is None:
        return ""
    if hasattr(constraint, "start_date"):
        return f" from {constraint.start_date.isoformat()}"
    return f" at {constraint.start_time:%H:%M}–{constraint.end_time:%H:%M} UTC"
