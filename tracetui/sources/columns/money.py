"""Token counts and cost of a row."""

from __future__ import annotations

from collections.abc import Callable

from tracetui.model import Cost, Json, Usage
from tracetui.semconv.names import plain
from tracetui.semconv.usage import CACHE_READ, INCLUSIVE_INPUT, OTHER_INPUT, count, split_usage, usage_of
from tracetui.sources.columns.access import at_path, getter
from tracetui.sources.columns.leaves import spelled
from tracetui.sources.columns.mapping import MONEY_UNITS, Column, Convention, Mapping
from tracetui.sources.columns.values import Row, number_of, opened

_FLAT = ("input_tokens", "output_tokens", "cache_read_tokens", "cache_write_tokens", "reasoning_tokens", "total_tokens")
_NOTHING = Usage()
_UNPRICED = Cost()


def compile_usage(mapping: Mapping, whole: Mapping) -> Callable[[Row], Usage]:
    """A row → its usage, from columns of counts or from an object; the richer of both. `whole` is the mapping with the
    columns that only other rows have: they tell what the counts of all rows mean."""
    flat = _compile_flat(mapping, whole) if mapping.has(*_FLAT) else None
    nested = _compile_nested(mapping) if mapping.has("usage") else None
    if flat is None:
        return nested or (lambda _: _NOTHING)
    if nested is None:
        return flat
    has_cache = whole.has("cache_read_tokens", "cache_write_tokens")

    def richer(row: Row) -> Usage:
        usage, other = flat(row), nested(row)
        is_known = usage.input is not None or usage.output is not None
        is_richer = other.cache_read is not None and not has_cache
        return other if other.is_recorded and (is_richer or not is_known) else usage

    return richer


def _compile_flat(mapping: Mapping, whole: Mapping) -> Callable[[Row], Usage]:
    gets = [getter(mapping, field) for field in _FLAT]
    names = [spelled(column.path[-1]) for column in whole.fields.get("reasoning_tokens", ())]
    inclusive = mapping.usage != "exclusive"
    reasoning_inside = "thoughts_token_count" not in names

    def usage(row: Row) -> Usage:
        fresh, output, read, write, reasoning, total = [
            value if (value := get(row)) is None else count(value) for get in gets
        ]
        if fresh is None and output is None and total is None and read is None:
            return _NOTHING
        return split_usage(
            input=fresh,
            output=output,
            cache_read=read,
            cache_write=write,
            reasoning=reasoning,
            total=total,
            cached_in_input=inclusive,
            reasoning_in_output=reasoning_inside,
        )

    return usage


def _compile_nested(mapping: Mapping) -> Callable[[Row], Usage]:
    get = getter(mapping, "usage")
    provider_get = getter(mapping, "provider")
    convention = mapping.usage

    def usage(row: Row) -> Usage:
        value = get(row)
        if value is None:
            return _NOTHING
        value = opened(value)
        if convention is not None and isinstance(value, dict):
            value = with_convention(value, convention)
        provider = provider_get(row)
        return usage_of(value, provider if isinstance(provider, str) else None) or _NOTHING

    return usage


def with_convention(value: dict[str, Json], convention: Convention) -> dict[str, Json]:
    """A usage object under names that say by themselves whether its input includes the cached tokens."""
    told: dict[str, Json] = {}
    for key, item in value.items():
        name = plain(key)
        if name in INCLUSIVE_INPUT or name in OTHER_INPUT:
            told["prompt_tokens" if convention == "inclusive" else "input_tokens"] = item
        elif name in CACHE_READ and convention == "exclusive":
            told["cache_read_input_tokens"] = item
        else:
            told[key] = item
    if convention == "exclusive":
        told.setdefault("cache_creation_input_tokens", None)
    return told


def compile_cost(mapping: Mapping) -> Callable[[Row], Cost]:
    """A row → its recorded cost in dollars: the total, else the sum of input and output."""
    total = [_compile_money(column) for column in mapping.fields.get("cost", ())]
    parts = [
        _compile_money(column)
        for field in ("input_cost", "output_cost")
        for column in mapping.fields.get(field, ())[:1]
    ]

    def cost(row: Row) -> Cost:
        for get in total:
            usd = get(row)
            if usd is not None:
                return Cost(usd, "recorded")
        found = [usd for get in parts if (usd := get(row)) is not None]
        return Cost(sum(found), "recorded") if found else _UNPRICED

    return cost if total or parts else lambda _: _UNPRICED


_TOTALS = ("total", "usd", "total_usd", "total_cost", "amount", "value", "cost")


def _compile_money(column: Column) -> Callable[[Row], float | None]:
    get = at_path(column.path)
    factor = MONEY_UNITS.get(column.unit or "usd", 1.0)
    comma = column.comma

    def money(row: Row) -> float | None:
        value = get(row)
        if value is None:
            return None
        if type(value) is float and factor == 1.0 and 0 <= value < 1e12:
            return value
        if isinstance(value, dict):
            value = next((value[key] for key in _TOTALS if value.get(key) is not None), None)
        number = None if isinstance(value, bool) else number_of(value, comma)
        return None if number is None or number < 0 else _rounded(float(number), factor)

    return money


def _rounded(number: float, factor: float) -> float:
    """Cents are divided, not multiplied by a hundredth: 7 cents are 0.07."""
    return number if factor == 1.0 else number / round(1 / factor)
