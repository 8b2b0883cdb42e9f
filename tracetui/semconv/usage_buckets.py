"""Usage as Langfuse keeps it: an object of named buckets that stand beside each other, and their sum as `total`."""

from __future__ import annotations

import msgspec

from tracetui.model import Json, Usage
from tracetui.semconv.names import plain
from tracetui.semconv.usage import CACHE_READ, CACHE_WRITE, INCLUSIVE_INPUT, REASONING, count, split_usage, usage_of

_RAW = frozenset(INCLUSIVE_INPUT) | {"completion_tokens", "input_tokens", "output_tokens"}
"""Names of providers: an object with one of these is a provider's own, passed on unchanged."""
_NAMED = frozenset({"input", "output", "total"})
_DETAILS = ("prompt_details", "completion_details", "input_details", "output_details")
"""Beginnings of keys that are parts of `input` or `output`, not buckets beside them (`prompt_details.cache_read`)."""
_INSIDE = {
    "cache_read": ("cache_read", "cached"),
    "cache_write": ("cache_write", "cache_creation"),
    "reasoning": ("reasoning",),
}


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
    inside_of = _inside(found)
    if inside_of and found.keys().isdisjoint({*CACHE_READ, *CACHE_WRITE, *REASONING}):
        return _with_inside(found, inside_of)
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


def _inside(found: dict[str, int]) -> dict[str, int]:
    """The counts that are parts of others, by our bucket; zeros say nothing."""
    parts: dict[str, int] = {}
    for key, number in found.items():
        if number and key.startswith(_DETAILS):
            for bucket, words in _INSIDE.items():
                if any(word in key for word in words):
                    parts[bucket] = parts.get(bucket, 0) + number
                    break
    return parts


def _with_inside(found: dict[str, int], parts: dict[str, int]) -> Usage:
    """`input` and `output` contain their details; a total that says otherwise marks the usage."""
    others = {key: number for key, number in found.items() if not key.startswith(_DETAILS)}
    before, after, total = _sum_of(others, "input"), _sum_of(others, "output"), found.get("total")
    usage = split_usage(
        input=before,
        output=after,
        cache_read=parts.get("cache_read"),
        cache_write=parts.get("cache_write"),
        reasoning=parts.get("reasoning"),
    )
    if total is not None and total != (before or 0) + (after or 0):
        return msgspec.structs.replace(usage, inconsistent=True)
    return usage


def _sum(found: dict[str, int], names: tuple[str, ...]) -> int | None:
    counts = [found[name] for name in names if name in found]
    return sum(counts) if counts else None


def _sum_of(found: dict[str, int], head: str) -> int | None:
    """`input` and every `input_…` bucket beside it."""
    counts = [number for key, number in found.items() if key == head or key.startswith(f"{head}_")]
    return sum(counts) if counts else None


def _only(found: dict[str, int], key: str) -> int:
    return found.get(key, 0)
