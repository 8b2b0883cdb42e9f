"""Usage as Langfuse keeps it: an object of named buckets that stand beside each other, and their sum as `total`."""

from __future__ import annotations

from tracetui.model import Json, Usage
from tracetui.semconv.names import plain
from tracetui.semconv.usage import CACHE_READ, CACHE_WRITE, INCLUSIVE_INPUT, REASONING, count, split_usage, usage_of

_RAW = frozenset(INCLUSIVE_INPUT) | {"completion_tokens", "input_tokens", "output_tokens"}
"""Names of providers: an object with one of these is a provider's own, passed on unchanged."""
_NAMED = frozenset({"input", "output", "total"})
_DETAILS = ("prompt_details", "completion_details", "input_details", "output_details")


def usage_of_buckets(value: Json) -> Usage | None:
    """Buckets of `usageDetails` → `Usage`; None where there are no counts.

    Cached input and reasoning output stand beside `input` and `output`, unless the recorded total proves that they
    are inside; a total that neither reading explains marks the usage as inconsistent.
    """
    if not isinstance(value, dict):
        return None
    found = {plain(key): number for key, item in value.items() if (number := count(item)) is not None}
    if not found:
        return usage_of(value)
    if not _RAW.isdisjoint(found) and _NAMED.isdisjoint(found):
        return usage_of(value)
    return _split(found)


def _split(found: dict[str, int]) -> Usage:
    read = _sum(found, CACHE_READ)
    write = _sum(found, CACHE_WRITE)
    reasoning = _sum(found, REASONING)
    special = {*CACHE_READ, *CACHE_WRITE, *REASONING}
    others = {key: number for key, number in found.items() if key not in special and not key.startswith(_DETAILS)}
    beside_input = _sum_of(others, "input")
    beside_output = _sum_of(others, "output")
    total = found.get("total")
    buckets = [number for number in (beside_input, beside_output, read, write, reasoning) if number is not None]
    inside = _only(others, "input") + _only(others, "output")
    if total is None or total == sum(buckets) or not buckets:
        return split_usage(
            input=beside_input,
            output=beside_output,
            cache_read=read,
            cache_write=write,
            reasoning=reasoning,
            total=total,
            cached_in_input=False,
            reasoning_in_output=False,
        )
    if total == inside:
        return split_usage(
            input=others.get("input"),
            output=others.get("output"),
            cache_read=read,
            cache_write=write,
            reasoning=reasoning,
            cached_in_input=True,
        )
    output = None if beside_output is None and reasoning is None else (beside_output or 0) + (reasoning or 0)
    return Usage(beside_input, read, write, output, reasoning, None, True)


def _sum(found: dict[str, int], names: tuple[str, ...]) -> int | None:
    counts = [found[name] for name in names if name in found]
    return sum(counts) if counts else None


def _sum_of(found: dict[str, int], head: str) -> int | None:
    """`input` and every `input_…` bucket beside it."""
    counts = [number for key, number in found.items() if key == head or key.startswith(f"{head}_")]
    return sum(counts) if counts else None


def _only(found: dict[str, int], key: str) -> int:
    return found.get(key, 0)
