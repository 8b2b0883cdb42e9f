"""Token counts of any provider → `Usage`, buckets that never overlap.

Providers disagree on two things: whether the input count contains the cached tokens, and whether the output count
contains the reasoning. The names of the keys decide; docs/formats/usage.md has the table. Where a count contradicts
its own convention it is kept as recorded and marked; nothing is clamped and nothing becomes negative.
"""

from __future__ import annotations

import re

from tracetui.model import Json, Usage
from tracetui.semconv.names import plain

_LARGEST = 2**63 - 1
_DIGITS = re.compile(r"\s*\+?(\d{1,19})(?:\.0*)?\s*")

INCLUSIVE_INPUT = (
    "prompt_tokens", "prompt_token_count", "prompt_eval_count", "n_prompt_tokens", "prompt",
)  # fmt: skip
"""Names that always mean the whole prompt, cached part included."""

OTHER_INPUT = (
    "input_tokens", "input", "input_token_count", "total_input_tokens", "num_input_tokens", "tokens_in", "tok_in",
    "in_tokens",
)  # fmt: skip
"""Names whose meaning follows from what stands beside them."""

OUTPUT = (
    "output_tokens", "completion_tokens", "candidates_token_count", "response_token_count", "eval_count", "output",
    "completion", "output_token_count", "total_output_tokens", "num_output_tokens", "generated_tokens", "tokens_out",
    "tok_out", "out_tokens",
)  # fmt: skip

CACHE_READ = (
    "cache_read_input_tokens", "cache_read_tokens", "cached_tokens", "cached_input_tokens",
    "cached_content_token_count", "prompt_cache_hit_tokens", "prompt_cached_tokens", "input_cached_tokens",
    "input_cache_read", "input_cache_read_tokens", "cache_read", "cached", "tok_cache_read", "cached_prompt_tokens",
)  # fmt: skip

CACHE_WRITE = (
    "cache_creation_input_tokens", "cache_write_input_tokens", "cache_write_tokens", "cache_creation_tokens",
    "prompt_cache_creation_tokens", "input_cache_creation", "input_cache_write", "cache_creation", "cache_write",
    "tok_cache_write",
)  # fmt: skip

REASONING = (
    "reasoning_tokens", "reasoning_output_tokens", "output_reasoning_tokens", "thoughts_token_count",
    "thinking_tokens", "reasoning", "tok_reason",
)  # fmt: skip

TOTAL = ("total_tokens", "total_token_count", "total", "tokens_total", "token_count", "tokens")

_INPUT_DETAILS = (
    "prompt_tokens_details", "input_tokens_details", "input_token_details", "prompt_details", "input_details",
)  # fmt: skip
_OUTPUT_DETAILS = (
    "completion_tokens_details", "output_tokens_details", "output_token_details", "completion_details",
    "output_details",
)  # fmt: skip
_DETAIL_READ = ("cached_tokens", "cache_read", "cache_read_tokens", "cache_read_input_tokens", "cached")
_DETAIL_WRITE = (
    "cache_write_tokens", "cache_creation_tokens", "cache_creation", "cache_write", "cache_creation_input_tokens",
)  # fmt: skip
_DETAIL_REASONING = ("reasoning_tokens", "reasoning", "thinking_tokens")
_CACHE_TTLS = (
    "ephemeral_5m_input_tokens",
    "ephemeral_1h_input_tokens",
    "ephemeral5m_input_tokens",
    "ephemeral1h_input_tokens",
)

_HOUR_WRITE = ("ephemeral_1h_input_tokens", "ephemeral1h_input_tokens", "cache_write_1h", "cache_write_1h_tokens")

_BESIDE_INPUT = frozenset(
    {
        "cache_read_input_tokens", "cache_creation_input_tokens", "cache_write_input_tokens", "cache_creation",
        "cache_read", "cache_write", "input_cache_read", "input_cache_write", "input_cache_creation",
        "input_cached_tokens",
    }
)  # fmt: skip
"""Cache counts with these names, next to `input_tokens` or `input`, are buckets of their own (Anthropic, Bedrock,
Langfuse, this program)."""

_ABOUT_INPUT = {name: rank for rank, name in enumerate(_INPUT_DETAILS + OTHER_INPUT)}
_ABOUT_OUTPUT = {name: rank for rank, name in enumerate(_OUTPUT_DETAILS + OUTPUT)}
_WRAPPERS = ("usage", "usage_metadata", "token_usage", "usage_details")


def count(value: Json) -> int | None:
    """A number of tokens, or None where `value` is no count: a boolean, negative, over 63 bits, NaN, prose."""
    if type(value) is int:
        return value if 0 <= value <= _LARGEST else None
    if isinstance(value, float):
        return round(value) if 0 <= value <= _LARGEST else None
    if isinstance(value, str):
        digits = _DIGITS.fullmatch(value)
        return count(int(digits[1])) if digits else None
    return None


def split_usage(
    *,
    input: int | None = None,
    output: int | None = None,
    cache_read: int | None = None,
    cache_write: int | None = None,
    reasoning: int | None = None,
    total: int | None = None,
    cache_write_1h: int | None = None,
    cached_in_input: bool = True,
    reasoning_in_output: bool = True,
) -> Usage:
    """Split a provider's counts into buckets that do not overlap.

    `cached_in_input`: whether `input` already contains cache reads and writes (OpenAI: yes; Anthropic: no).
    `reasoning_in_output`: whether `output` already contains `reasoning` (Gemini: no). A total that proves the
    opposite for reasoning is believed. Counts that contradict the convention stay as recorded, `inconsistent`.
    """
    cached = (cache_read or 0) + (cache_write or 0)
    inconsistent = False
    fresh = input
    if cached_in_input and input is not None and cached:
        inconsistent = cached > input
        fresh = input if inconsistent else input - cached
    if reasoning and reasoning_in_output:
        prompt = (input or 0) + (0 if cached_in_input else cached)
        beside = total is not None and output is not None and total == prompt + output + reasoning
        reasoning_in_output = not beside
        inconsistent = inconsistent or (not beside and reasoning > (output or 0))
    if reasoning and not reasoning_in_output:
        output = (output or 0) + reasoning
    unsplit = total if input is None and output is None and not cached else None
    return Usage(
        input=fresh,
        cache_read=cache_read,
        cache_write=cache_write,
        output=output,
        reasoning=reasoning,
        unsplit=unsplit,
        inconsistent=inconsistent,
        cache_write_1h=cache_write_1h,
    )


def usage_of(value: Json, provider: str | None = None) -> Usage | None:
    """The usage object of any provider, or a body or record that holds one; None where there are no counts.

    `provider` matters for programs that pass a provider's own count on under a name of theirs (Vercel's
    `inputTokens`, which contains the cached tokens unless the provider is Anthropic).
    """
    if isinstance(value, Usage):
        return value
    if not isinstance(value, dict):
        return None
    found = {plain(key): item for key, item in value.items() if isinstance(key, str)}
    for wrapper in _WRAPPERS:
        inner = found.get(wrapper)
        if isinstance(inner, dict):
            return usage_of(inner, provider)
    usage = _split(found, provider)
    return usage if usage.is_recorded else None


def _split(found: dict[str, Json], provider: str | None) -> Usage:
    before = _first(found, INCLUSIVE_INPUT)
    neutral = _nested(found, OTHER_INPUT, "total") if before is None else None
    read = _first(found, CACHE_READ)
    write = _cache_write(found)
    details = _merged(found, _ABOUT_INPUT)
    detail_read = _first(details, _DETAIL_READ)
    detail_write = _first(details, _DETAIL_WRITE)
    outputs = _merged(found, _ABOUT_OUTPUT)
    reasoning = _first(found, REASONING)
    if reasoning is None:
        reasoning = _first(outputs, _DETAIL_REASONING)
    input_count = before if before is not None else neutral
    tool_prompt = count(found.get("tool_use_prompt_token_count"))
    if tool_prompt:
        input_count = (input_count or 0) + tool_prompt
    return split_usage(
        input=input_count,
        output=_nested(found, OUTPUT, "total"),
        cache_read=read if read is not None else detail_read,
        cache_write=write if write is not None else detail_write,
        cache_write_1h=_hour_write(found),
        reasoning=reasoning,
        total=_first(found, TOTAL),
        cached_in_input=_is_inclusive(found, before is not None, detail_read is not None, provider),
        reasoning_in_output="thoughts_token_count" not in found,
    )


def _is_inclusive(found: dict[str, Json], by_name: bool, has_details: bool, provider: str | None) -> bool:
    if by_name:
        return True
    if any(count(found.get(name)) is not None for name in _BESIDE_INPUT) or isinstance(
        found.get("cache_creation"), dict
    ):
        return False
    if has_details:
        return True
    return not (is_anthropic(provider) and "cached_input_tokens" in found) and not _total_adds_cached(found)


def _total_adds_cached(found: dict[str, Json]) -> bool:
    """Whether the recorded total proves that the cached tokens stand beside the input."""
    total, before = _first(found, TOTAL), _nested(found, OTHER_INPUT, "total")
    cached = (_first(found, CACHE_READ) or 0) + (_cache_write(found) or 0)
    if total is None or before is None or not cached:
        return False
    return total == before + cached + (_nested(found, OUTPUT, "total") or 0)


def is_anthropic(provider: str | None) -> bool:
    """Whether a provider's own name says that it counts the way Anthropic does (cached beside the input)."""
    return provider is not None and "anthropic" in provider.lower()


def _cache_write(found: dict[str, Json]) -> int | None:
    """One count, or the sum of the 5 minute and the 1 hour cache where only these were recorded."""
    direct = _first(found, CACHE_WRITE)
    if direct is not None:
        return direct
    nested = found.get("cache_creation")
    by_age = {plain(key): item for key, item in nested.items()} if isinstance(nested, dict) else found
    counts = [number for key in _CACHE_TTLS if (number := count(by_age.get(key))) is not None]
    return sum(counts) if counts else None


def _hour_write(found: dict[str, Json]) -> int | None:
    """What was written into the cache for an hour, where that was recorded (Anthropic)."""
    nested = found.get("cache_creation")
    by_age = {plain(key): item for key, item in nested.items()} if isinstance(nested, dict) else found
    return _first(by_age, _HOUR_WRITE)


def _first(found: dict[str, Json], names: tuple[str, ...]) -> int | None:
    for name in names:
        if name in found and (number := count(found[name])) is not None:
            return number
    return None


def _nested(found: dict[str, Json], names: tuple[str, ...], inner: str) -> int | None:
    """The first count; `{"input_tokens": {"total": 12}}` counts as 12."""
    for name in names:
        if name in found:
            value = found[name]
            number = count(value.get(inner) if isinstance(value, dict) else value)
            if number is not None:
                return number
    return None


def _merged(found: dict[str, Json], ranks: dict[str, int]) -> dict[str, Json]:
    """The objects under some names as one, the later names over the earlier. A record has few of its own keys, and
    there are many names: it is the record that is gone through."""
    merged: dict[str, Json] = {}
    for name in sorted((name for name in found if name in ranks), key=ranks.__getitem__):
        value = found[name]
        if isinstance(value, dict):
            merged.update((plain(key), item) for key, item in value.items() if isinstance(key, str))
    return merged
