"""Usage and recorded cost of a span from its facts."""

from __future__ import annotations

from typing import Any

from tracetui.model import Cost, Json, Usage
from tracetui.semconv.json_text import opened
from tracetui.semconv.scalars import number_of
from tracetui.semconv.usage import count, is_anthropic, split_usage, usage_of
from tracetui.semconv.usage_buckets import usage_of_buckets

_NO_USAGE = Usage()
_NO_COST = Cost()
_COUNTS = frozenset({"input", "output", "cache_read", "cache_write", "total"})
_DETAILS = frozenset({"cache_read", "cache_write", "reasoning"})


def usage_from(found: dict[str, Json], provider: str | None) -> Usage:
    """The usage that the facts tell; no counts where they tell none. `provider` decides Vercel's convention."""
    if "usage" in found:
        usage = usage_of_buckets(opened(found["usage"]))
        if usage is not None:
            return usage
    if "usage_raw" in found and found.keys().isdisjoint(_DETAILS):
        usage = usage_of(opened(found["usage_raw"]))
        if usage is not None:
            return usage
    if found.keys().isdisjoint(_COUNTS):
        return _NO_USAGE
    exclusive = "vercel_kind" in found and is_anthropic(provider)
    fresh = count(found.get("fresh"))
    cache_write = count(found.get("cache_write"))
    if exclusive and cache_write is None:
        cache_write = _anthropic_cache_write(found.get("provider_metadata"))
    return split_usage(
        input=fresh if fresh is not None else count(found.get("input")),
        output=count(found.get("output")),
        cache_read=count(found.get("cache_read")),
        cache_write=cache_write,
        cache_write_1h=count(found.get("cache_write_1h")),
        reasoning=count(found.get("reasoning")),
        total=count(found.get("total")),
        cached_in_input=fresh is None and not exclusive,
    )


def _anthropic_cache_write(metadata: Json) -> int | None:
    """Vercel passes Anthropic's cache writes only inside the provider's metadata."""
    value: Any = opened(metadata)
    for key in ("anthropic", "usage"):
        value = value.get(key) if isinstance(value, dict) else None
    return count(value.get("cache_creation_input_tokens")) if isinstance(value, dict) else None


def cost_from(found: dict[str, Json]) -> Cost:
    """The cost that the source recorded, in US dollars: a total, else the sum of its parts; else none."""
    if "cost" in found:
        usd = number_of(found["cost"])
    elif "costs" in found:
        usd = _sum_of_costs(opened(found["costs"]))
    elif "cost_input" in found or "cost_output" in found:
        parts = [number for key in ("cost_input", "cost_output") if (number := number_of(found.get(key))) is not None]
        usd = sum(parts) if parts else None
    else:
        return _NO_COST
    return Cost(usd, "recorded") if usd is not None else _NO_COST


def _sum_of_costs(costs: Json) -> float | None:
    if not isinstance(costs, dict):
        return None
    total = number_of(costs.get("total"))
    if total is not None:
        return total
    parts = [number for item in costs.values() if (number := number_of(item)) is not None]
    return sum(parts) if parts else None
