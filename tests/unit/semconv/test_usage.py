"""Token counts: golden cases of every provider's convention. docs/formats/usage.md is the table behind them."""

from __future__ import annotations

from typing import Any

import pytest

from tracetui.model import Usage
from tracetui.semconv.usage import count, split_usage, usage_of
from tracetui.semconv.usage_buckets import usage_of_buckets

GOLDEN: dict[str, tuple[Any, Usage]] = {
    "Anthropic: cached beside the input": (
        {"input_tokens": 19, "cache_read_input_tokens": 39000, "cache_creation_input_tokens": 0, "output_tokens": 250},
        Usage(19, 39000, 0, 250),
    ),
    "Anthropic: 5 minute and 1 hour writes": (
        {"input_tokens": 4, "output_tokens": 1, "cache_creation": {"ephemeral_5m_input_tokens": 100, "ephemeral_1h_input_tokens": 20}},
        Usage(4, None, 120, 1, cache_write_1h=20),
    ),
    "Anthropic: the sum and its parts are one count": (
        {"input_tokens": 4, "output_tokens": 1, "cache_creation_input_tokens": 120,
         "cache_creation": {"ephemeral_5m_input_tokens": 100, "ephemeral_1h_input_tokens": 20}},
        Usage(4, None, 120, 1, cache_write_1h=20),
    ),
    "OpenAI: 17,903 of which 17,817 cached": (
        {"prompt_tokens": 17903, "completion_tokens": 0, "total_tokens": 17903, "prompt_tokens_details": {"cached_tokens": 17817}},
        Usage(86, 17817, None, 0),
    ),
    "OpenAI: 1,999 of which 1,792 cached": (
        {"prompt_tokens": 1999, "completion_tokens": 50, "prompt_tokens_details": {"cached_tokens": 1792, "audio_tokens": 0}},
        Usage(207, 1792, None, 50),
    ),
    "Responses: 25,978 of which 24,540 cached": (
        {"input_tokens": 25978, "output_tokens": 5, "input_tokens_details": {"cached_tokens": 24540}},
        Usage(1438, 24540, None, 5),
    ),
    "OpenAI: reasoning lies inside the output": (
        {"prompt_tokens": 10, "completion_tokens": 100, "total_tokens": 110, "completion_tokens_details": {"reasoning_tokens": 64}},
        Usage(10, None, None, 100, 64),
    ),
    "xAI: a total proves that reasoning lies beside the output": (
        {"prompt_tokens": 10, "completion_tokens": 20, "total_tokens": 94, "completion_tokens_details": {"reasoning_tokens": 64}},
        Usage(10, None, None, 84, 64),
    ),
    "Gemini: thoughts are added to the output": (
        {"promptTokenCount": 100, "cachedContentTokenCount": 40, "candidatesTokenCount": 20, "thoughtsTokenCount": 30, "totalTokenCount": 150},
        Usage(60, 40, None, 50, 30),
    ),
    "Gemini: the prompt of its tools is input": (
        {"promptTokenCount": 100, "toolUsePromptTokenCount": 11, "candidatesTokenCount": 20},
        Usage(111, None, None, 20),
    ),
    "Ollama": ({"prompt_eval_count": 26, "eval_count": 290, "model": "llama"}, Usage(26, None, None, 290)),
    "Bedrock: cached beside the input": (
        {"inputTokens": 5, "outputTokens": 2, "totalTokens": 107, "cacheReadInputTokens": 100}, Usage(5, 100, None, 2),
    ),
    "DeepSeek": ({"prompt_tokens": 100, "prompt_cache_hit_tokens": 64, "prompt_cache_miss_tokens": 36, "completion_tokens": 1}, Usage(36, 64, None, 1)),
    "LiteLLM: the name prompt_tokens means everything": (
        {"prompt_tokens": 120, "completion_tokens": 1, "cache_read_input_tokens": 100, "cache_creation_input_tokens": 0}, Usage(20, 100, 0, 1),
    ),
    "LangChain": (
        {"input_tokens": 120, "output_tokens": 30, "total_tokens": 150, "input_token_details": {"cache_read": 100, "cache_creation": 10}, "output_token_details": {"reasoning": 8}},
        Usage(10, 100, 10, 30, 8),
    ),
    "Vercel 5": ({"inputTokens": 66, "outputTokens": 28, "totalTokens": 94, "cachedInputTokens": 49, "reasoningTokens": 0}, Usage(17, 49, None, 28, 0)),
    "Vercel 6": (
        {"inputTokens": {"total": 66, "noCache": 17, "cacheRead": 49}, "outputTokens": {"total": 28, "text": 20, "reasoning": 8}},
        Usage(17, 49, None, 28, 8),
    ),
    "our own buckets": ({"input": 3, "cache_read": 7, "cache_write": 1, "output": 2}, Usage(3, 7, 1, 2)),
    "an undecided name, proved exclusive by its total": (
        {"input_tokens": 10, "cached_tokens": 100, "output_tokens": 5, "total_tokens": 115}, Usage(10, 100, None, 5),
    ),
    "an undecided name is inclusive": ({"input_tokens": 110, "cached_tokens": 100, "output_tokens": 5}, Usage(10, 100, None, 5)),
    "only a total": ({"total_tokens": 22}, Usage(unsplit=22)),
    "more cached than input contradicts itself and stays as recorded": (
        {"prompt_tokens": 100, "completion_tokens": 5, "prompt_tokens_details": {"cached_tokens": 4000}},
        Usage(100, 4000, None, 5, inconsistent=True),
    ),
    "more reasoning than output contradicts itself": (
        {"prompt_tokens": 1, "completion_tokens": 5, "completion_tokens_details": {"reasoning_tokens": 9}}, Usage(1, None, None, 5, 9, inconsistent=True),
    ),
    "inside a body": ({"id": "x", "usage": {"prompt_tokens": 3, "completion_tokens": 1}}, Usage(3, None, None, 1)),
    "inside Gemini's body": ({"usageMetadata": {"promptTokenCount": 3}}, Usage(3)),
    "text and floats": ({"prompt_tokens": "1200", "completion_tokens": 12.0}, Usage(1200, None, None, 12)),
    "what is no count is absent": (
        {"prompt_tokens": -5, "completion_tokens": 2**63, "input_tokens": True, "total_tokens": 7}, Usage(unsplit=7),
    ),
}  # fmt: skip


@pytest.mark.parametrize(("value", "wanted"), GOLDEN.values(), ids=list(GOLDEN))
def test_counts_are_split_into_buckets_that_never_overlap(value: Any, wanted: Usage) -> None:
    assert usage_of(value) == wanted


def test_a_cached_prompt_is_not_counted_twice() -> None:
    usage = usage_of(GOLDEN["OpenAI: 17,903 of which 17,817 cached"][0])
    assert usage is not None
    assert usage.total == 17903


def test_vercel_passes_anthropics_count_on_without_the_cached_tokens() -> None:
    value = {"inputTokens": 5, "outputTokens": 35, "cachedInputTokens": 16}
    assert usage_of(value, "anthropic.messages") == Usage(5, 16, None, 35)


@pytest.mark.parametrize("value", [None, {}, [], "12", 5, {"usage": {}}, {"prompt_tokens": None}, {"cost": 1.0}])
def test_where_nothing_was_recorded_there_is_no_usage(value: Any) -> None:
    assert usage_of(value) is None


@pytest.mark.parametrize(
    ("value", "wanted"),
    [(5, 5), (0, 0), (12.0, 12), ("12", 12), (" 12.0 ", 12), (True, None), (False, None), (-1, None), ("-1", None), (2**63, None),
     ("9" * 30, None), (float("nan"), None), (float("inf"), None), ("1,200", None), ("", None), (None, None), ([1], None), ({}, None)],
)  # fmt: skip
def test_a_count_is_a_whole_number_that_is_not_negative(value: Any, wanted: int | None) -> None:
    assert count(value) == wanted


def test_the_split_keeps_what_it_is_told() -> None:
    usage = split_usage(input=10, output=5, cache_read=4, cache_write=3, cached_in_input=True)
    assert usage == Usage(3, 4, 3, 5)


BUCKETS: dict[str, tuple[Any, Usage]] = {
    "all beside each other": (
        {"input": 210, "output": 35, "input_cached_tokens": 120, "output_reasoning_tokens": 20}, Usage(210, 120, None, 55, 20),
    ),
    "Anthropic's names": (
        {"input": 300, "output": 50, "cache_read_input_tokens": 200, "cache_creation_input_tokens": 64}, Usage(300, 200, 64, 50),
    ),
    "further buckets of input and output": ({"input": 10, "input_audio_tokens": 5, "output": 2, "output_image": 3, "total": 20}, Usage(15, None, None, 5)),
    "a total that says cached lies inside": ({"input": 100, "output": 10, "input_cached_tokens": 60, "total": 110}, Usage(40, 60, None, 10)),
    "details are parts, not buckets": ({"input": 10, "output": 2, "prompt_details.cached_tokens": 4, "total": 12}, Usage(input=6, cache_read=4, output=2)),
    "a total that nothing explains": ({"input": 10, "output": 2, "total": 500}, Usage(10, None, None, 2, inconsistent=True)),
    "a provider's own object": ({"prompt_tokens": 100, "completion_tokens": 5, "prompt_tokens_details": {"cached_tokens": 60}}, Usage(40, 60, None, 5)),
    "only a total": ({"total": 9}, Usage(unsplit=9)),
}  # fmt: skip


@pytest.mark.parametrize(("value", "wanted"), BUCKETS.values(), ids=list(BUCKETS))
def test_langfuses_buckets_are_separate_unless_their_total_says_otherwise(value: Any, wanted: Usage) -> None:
    assert usage_of_buckets(value) == wanted
