"""Token counts of any provider → `Usage`, buckets that never overlap.

Providers disagree on two things: whether the input count contains the cached tokens, and whether the output count
contains the reasoning. The names of the keys decide; docs/formats/usage.md has the table. Where a count contradicts
its own convention it is kept as recorded and marked; nothing is clamped and nothing becomes negative.
"""

from __future__ import annotations

import re
from functools import lru_cache

from msgspec import Struct

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

_ABOUT_INPUT = _INPUT_DETAILS + OTHER_INPUT
_ABOUT_OUTPUT = _OUTPUT_DETAILS + OUTPUT
_WRAPPERS = ("usage", "usage_metadata", "token_usage", "usage_details")
_USUAL_KEYS = 40
"""More keys than any provider's object has; what has more is gone through anew each time, and not remembered."""


class _Names(Struct, frozen=True):
    """The keys of one usage object in one spelling, and those of them that mean something, by what they mean.

    Each meaning has many names and an object has few keys: what is looked for is what is there. Objects of a source have
    the same keys again and again, so that this is worked out once.
    """

    plain: tuple[str, ...]
    wrappers: tuple[str, ...]
    inclusive: tuple[str, ...]
    other_input: tuple[str, ...]
    output: tuple[str, ...]
    cache_read: tuple[str, ...]
    cache_write: tuple[str, ...]
    by_age: tuple[str, ...]
    hour_write: tuple[str, ...]
    reasoning: tuple[str, ...]
    total: tuple[str, ...]
    beside_input: tuple[str, ...]
    about_input: tuple[str, ...]
    about_output: tuple[str, ...]


def _names_of(keys: tuple[object, ...]) -> _Names:
    spelled = tuple(plain(key) if isinstance(key, str) else "" for key in keys)
    there = frozenset(spelled)

    def among(*names: str) -> tuple[str, ...]:
        return tuple(name for name in names if name in there)

    return _Names(
        plain=spelled,
        wrappers=among(*_WRAPPERS),
        inclusive=among(*INCLUSIVE_INPUT),
        other_input=among(*OTHER_INPUT),
        output=among(*OUTPUT),
        cache_read=among(*CACHE_READ),
        cache_write=among(*CACHE_WRITE),
        by_age=among(*_CACHE_TTLS),
        hour_write=among(*_HOUR_WRITE),
        reasoning=among(*REASONING),
        total=among(*TOTAL),
        beside_input=among(*_BESIDE_INPUT),
        about_input=among(*_ABOUT_INPUT),
        about_output=among(*_ABOUT_OUTPUT),
    )


_remembered_names_of = lru_cache(maxsize=1024)(_names_of)


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
    keys = tuple(value)
    names = _remembered_names_of(keys) if len(keys) <= _USUAL_KEYS else _names_of(keys)
    found = dict(zip(names.plain, value.values(), strict=True))
    for wrapper in names.wrappers:
        inner = found[wrapper]
        if isinstance(inner, dict):
            return usage_of(inner, provider)
    usage = _split(found, names, provider)
    return usage if usage.is_recorded else None


def _split(found: dict[str, Json], names: _Names, provider: str | None) -> Usage:
    before = _first(found, names.inclusive)
    neutral = _nested(found, names.other_input, "total") if before is None else None
    read = _first(found, names.cache_read)
    write = _cache_write(found, names)
    details = _merged(found, names.about_input)
    detail_read = _first(details, _DETAIL_READ) if details else None
    detail_write = _first(details, _DETAIL_WRITE) if details else None
    outputs = _merged(found, names.about_output)
    reasoning = _first(found, names.reasoning)
    if reasoning is None and outputs:
        reasoning = _first(outputs, _DETAIL_REASONING)
    input_count = before if before is not None else neutral
    tool_prompt = count(found.get("tool_use_prompt_token_count"))
    if tool_prompt:
        input_count = (input_count or 0) + tool_prompt
    return split_usage(
        input=input_count,
        output=_nested(found, names.output, "total"),
        cache_read=read if read is not None else detail_read,
        cache_write=write if write is not None else detail_write,
        cache_write_1h=_hour_write(found, names),
        reasoning=reasoning,
        total=_first(found, names.total),
        cached_in_input=_is_inclusive(found, names, before is not None, detail_read is not None, provider),
        reasoning_in_output="thoughts_token_count" not in found,
    )


def _is_inclusive(
    found: dict[str, Json], names: _Names, by_name: bool, has_details: bool, provider: str | None
) -> bool:
    if by_name:
        return True
    if _first(found, names.beside_input) is not None or isinstance(found.get("cache_creation"), dict):
        return False
    if has_details:
        return True
    return not (is_anthropic(provider) and "cached_input_tokens" in found) and not _total_adds_cached(found, names)


def _total_adds_cached(found: dict[str, Json], names: _Names) -> bool:
    """Whether the recorded total proves that the cached tokens stand beside the input."""
    total, before = _first(found, names.total), _nested(found, names.other_input, "total")
    cached = (_first(found, names.cache_read) or 0) + (_cache_write(found, names) or 0)
    if total is None or before is None or not cached:
        return False
    return total == before + cached + (_nested(found, names.output, "total") or 0)


def is_anthropic(provider: str | None) -> bool:
    """Whether a provider's own name says that it counts the way Anthropic does (cached beside the input)."""
    return provider is not None and "anthropic" in provider.lower()


def _cache_write(found: dict[str, Json], names: _Names) -> int | None:
    """One count, or the sum of the 5 minute and the 1 hour cache where only these were recorded."""
    direct = _first(found, names.cache_write)
    if direct is not None:
        return direct
    by_age = _by_age(found)
    keys = names.by_age if by_age is found else _CACHE_TTLS
    counts = [number for key in keys if (number := count(by_age.get(key))) is not None]
    return sum(counts) if counts else None


def _hour_write(found: dict[str, Json], names: _Names) -> int | None:
    """What was written into the cache for an hour, where that was recorded (Anthropic)."""
    by_age = _by_age(found)
    return _first(by_age, names.hour_write if by_age is found else _HOUR_WRITE)


def _by_age(found: dict[str, Json]) -> dict[str, Json]:
    """The object that holds the counts of each kind of cache: one of its own, or all of it."""
    nested = found.get("cache_creation")
    return {plain(key): item for key, item in nested.items()} if isinstance(nested, dict) else found


def _first(found: dict[str, Json], names: tuple[str, ...]) -> int | None:
    for name in names:
        if name in found and (number := count(found[name])) is not None:
            return number
    return None


def _nested(found: dict[str, Json], names: tuple[str, ...], inner: str) -> int | None:
    """The first count; `{"input_tokens": {"total": 12}}` counts as 12."""
    for name in names:
        value = found[name]
        number = count(value.get(inner) if isinstance(value, dict) else value)
        if number is not None:
            return number
    return None


def _merged(found: dict[str, Json], names: tuple[str, ...]) -> dict[str, Json]:
    """The objects under some names as one, the later names over the earlier."""
    merged: dict[str, Json] = {}
    for name in names:
        value = found[name]
        if isinstance(value, dict):
            merged.update((plain(key), item) for key, item in value.items() if isinstance(key, str))
    return merged
