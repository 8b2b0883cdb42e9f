"""Costs of calls, and the reasons why there are none."""

from __future__ import annotations

import subprocess
import sys
import warnings
from datetime import UTC, datetime

import pytest
from genai_prices import Usage as ListUsage
from genai_prices.data import providers

from tracetui.model import Cost, Usage
from tracetui.pricing import PriceBook, price_call, why
from tracetui.pricing.catalog import Entry, price_of
from tracetui.pricing.rates import NotPriced, Price, Rates, Tier, charge

NOW = 1_795_176_000 * 10**9  # 2026-11-20 12:00 UTC


def at(year: int, month: int, day: int, hour: int = 12) -> int:
    return int(datetime(year, month, day, hour, tzinfo=UTC).timestamp()) * 10**9


def usd(provider: str | None, model: str, usage: Usage, at_ns: int = NOW, tier: str | None = None) -> float | None:
    return price_call(provider, model, usage, at_ns, tier).usd


def test_cached_tokens_are_charged_once_and_at_their_own_rate() -> None:
    usage = Usage(input=1000, cache_read=2000, cache_write=4000, output=500, reasoning=300)
    assert usd("anthropic", "claude-sonnet-4-20250514", usage) == pytest.approx(
        (1000 * 3 + 2000 * 0.3 + 4000 * 3.75 + 500 * 15) / 1e6
    )


def test_reasoning_is_part_of_the_output() -> None:
    with_thinking, without = Usage(input=10, output=500, reasoning=400), Usage(input=10, output=500)
    assert usd("openai", "gpt-5-mini", with_thinking) == usd("openai", "gpt-5-mini", without)


def test_the_price_is_named_with_its_list_and_its_first_day() -> None:
    assert price_call("openai", "gpt-4o", Usage(input=1, output=1), NOW).price == "genai-prices 0.2.3: openai gpt-4o"
    dated = price_call("openai", "o3", Usage(input=1, output=1), NOW).price
    assert dated == "genai-prices 0.2.3: openai o3 from 2025-06-10"


def test_a_call_has_the_price_of_its_day() -> None:
    million = Usage(input=10**6, output=10**6)
    assert usd("openai", "o3", million, at(2025, 5, 1)) == pytest.approx(50)
    assert usd("openai", "o3", million, at(2025, 7, 1)) == pytest.approx(10)


def test_a_call_has_the_price_of_its_hour() -> None:
    """DeepSeek sold at half price from 16:30 to 00:30 UTC; both hours of one day are asked, in both orders."""
    usage = Usage(input=10**6, output=0)
    book = PriceBook()
    hours = (12, 20, 12, 20)
    peak, off, peak_again, off_again = (
        book.price_call("deepseek", "deepseek-chat", usage, at(2025, 6, 1, hour)).usd for hour in hours
    )
    assert peak == peak_again == pytest.approx(0.27)
    assert off == off_again == pytest.approx(0.135)


def test_a_large_input_raises_the_price_of_the_whole_call() -> None:
    assert usd("google", "gemini-2.5-pro", Usage(input=150_000, output=1000)) == pytest.approx(
        (150_000 * 1.25 + 1000 * 10) / 1e6
    )
    assert usd("google", "gemini-2.5-pro", Usage(input=250_000, output=1000)) == pytest.approx(
        (250_000 * 2.5 + 1000 * 15) / 1e6
    )


def test_cached_tokens_count_towards_a_large_input() -> None:
    usage = Usage(input=50_000, cache_read=200_000, output=0)
    assert usd("google", "gemini-2.5-pro", usage) == pytest.approx((50_000 * 2.5 + 200_000 * 0.25) / 1e6)


TIERS = [
    (None, 1.0), ("", 1.0), ("default", 1.0), ("auto", 1.0), ("standard", 1.0), ("SERVICE_TIER_DEFAULT", 1.0),
    ("batch", 0.5), ("flex", 0.5), ("Flex", 0.5),
]  # fmt: skip


@pytest.mark.parametrize(("tier", "share"), TIERS)
def test_a_service_tier_has_its_own_price(tier: str | None, share: float) -> None:
    usage = Usage(input=10**6, output=0)
    assert usd("openai", "gpt-5-mini", usage, NOW, tier) == pytest.approx(0.25 * share)


def test_the_price_names_its_service_tier() -> None:
    assert (
        price_call("openai", "gpt-5-mini", Usage(input=1, output=1), NOW, "flex").price
        == "genai-prices 0.2.3: openai gpt-5-mini, flex"
    )


@pytest.mark.parametrize(("provider", "tier"), [("openai", "scale"), ("azure", "batch"), ("openai", "gold")])
def test_a_service_tier_without_a_listed_price_is_not_charged_the_standard_one(provider: str, tier: str) -> None:
    cost = price_call(provider, "gpt-5-mini", Usage(input=1, output=1), NOW, tier)
    assert cost == Cost(reason="unknown service tier")


def test_an_embedding_is_charged_for_its_input_alone() -> None:
    assert usd("openai", "text-embedding-3-small", Usage(input=10**6)) == pytest.approx(0.02)
    assert usd("openai", "text-embedding-3-small", Usage(unsplit=10**6)) == pytest.approx(0.02)


def test_a_call_without_tokens_costs_nothing() -> None:
    assert usd("openai", "gpt-4o", Usage(input=0, output=0)) == 0


def test_a_price_per_call_is_added() -> None:
    assert usd("perplexity", "sonar", Usage(input=10**6, output=0)) == pytest.approx(1 + 0.012)


REASONS = [
    ("gpt-4o", Usage(), "no usage"),
    ("gpt-4o", Usage(reasoning=5), "no usage"),
    (None, Usage(), "no usage"),
    (None, Usage(input=1, output=1), "no model"),
    ("  ", Usage(input=1, output=1), "no model"),
    ("no-such-model", Usage(input=1, output=1), "unknown model"),
    ("no-such-model", Usage(), "no usage"),
    ("gpt-4o", Usage(unsplit=100), "total only"),
    ("gpt-4o", Usage(input=10), "incomplete usage"),
    ("gpt-4o", Usage(output=10), "incomplete usage"),
    ("gpt-4o", Usage(input=10, cache_read=50, output=1, inconsistent=True), "inconsistent usage"),
    ("gpt-4o", Usage(input=-10, output=1), "inconsistent usage"),
    ("gpt-4o", Usage(input=1, cache_read=-1, output=1), "inconsistent usage"),
    ("whisper-1", Usage(input=100, output=10), "not priced by tokens"),
    ("whisper-1", Usage(input=0, output=0), "not priced by tokens"),
]


@pytest.mark.parametrize(("model", "usage", "reason"), REASONS)
def test_no_price_has_a_reason(model: str | None, usage: Usage, reason: str) -> None:
    assert price_call("openai", model, usage, NOW) == Cost(reason=reason)


def test_a_call_without_a_time_has_no_price_where_prices_changed() -> None:
    assert price_call("openai", "o3", Usage(input=1, output=1), 0).reason == "no time"
    assert price_call("mistral", "open-mistral-nemo", Usage(input=10**6, output=0), 0).usd == pytest.approx(0.15)


@pytest.mark.parametrize("at_ns", [-(10**30), -1, 10**30])
def test_a_time_outside_any_calendar_does_no_harm(at_ns: int) -> None:
    price_call("openai", "o3", Usage(input=1, output=1), at_ns)
    assert why("openai", "gpt-4o", at_ns)


WHY = [
    ("openai", "gpt-4o", "genai-prices 0.2.3: openai gpt-4o: $2.5 input, $1.25 cache read, $10 output per million tokens."),
    (
        "google",
        "gemini-2.5-pro",
        "genai-prices 0.2.3: google gemini-2.5-pro: $1.25 input, $0.125 cache read, $10 output per million tokens; "
        "with more than 200,000 input tokens $2.5 input, $0.25 cache read, $15 output per million tokens.",
    ),
    ("openrouter", "a/b:free", "genai-prices 0.2.3: openrouter a/b:free: free."),
    ("perplexity", "sonar", "genai-prices 0.2.3: perplexity sonar: $1 input, $1 output per million tokens, $0.012 a call."),
    ("openai", "whisper-1", "genai-prices 0.2.3: openai whisper-1: not charged by tokens."),
    ("openai", None, "No price: no model was recorded."),
    ("openai", "gpt-99", 'No price: genai-prices 0.2.3 has no model "gpt-99" of openai.'),
    (None, "llama3:8b", 'No price: "llama3:8b" is sold by many at different prices, and no provider was recorded.'),
    ("ollama", "llama3", 'No price: "llama3" was run or sold by someone whose prices the list does not have.'),
    ("aws", "claude-sonnet-4-5-20250929", 'No price: "claude-sonnet-4-5-20250929" is sold at two prices, and nothing recorded says which.'),
    ("cerebras", "qwen-3-coder-480b", "No price: the list names cerebras qwen-3-coder-480b without a price."),
]  # fmt: skip


@pytest.mark.parametrize(("provider", "model", "sentence"), WHY)
def test_why_says_what_is_charged_or_why_not(provider: str | None, model: str | None, sentence: str) -> None:
    assert why(provider, model, NOW) == sentence


def test_why_names_a_service_tier_that_has_no_price() -> None:
    assert why("openai", "gpt-4o", NOW, "scale") == 'No price: the list has none for "scale" of openai gpt-4o.'


USAGES = [
    Usage(input=1200, output=310),
    Usage(input=0, output=0),
    Usage(input=100, cache_read=5000, cache_write=700, output=90, reasoning=40),
    Usage(input=130_000, cache_read=2000, output=7),
    Usage(input=150_000, cache_read=60_000, cache_write=100, output=800, reasoning=800),
    Usage(input=300_000, cache_read=1, output=60_000),
    Usage(input=2_000_000, cache_write=3_000_000, output=1),
]


@pytest.mark.parametrize("provider", providers, ids=lambda provider: provider.id)
def test_our_arithmetic_is_that_of_the_list(provider) -> None:  # type: ignore[no-untyped-def]
    """For every model, at two dates, for usages on both sides of every tier."""
    for model in provider.models:
        for at_ns in (at(2025, 3, 1), NOW):
            price = price_of(Entry(provider.id, model, True), at_ns)
            if price is None or (price.rates.input is None and price.rates.output is None):
                continue
            for usage in USAGES:
                ours = charge(price, usage)
                if not isinstance(ours, NotPriced):
                    assert ours == pytest.approx(_list_price(model, provider, usage, at_ns), rel=1e-9, abs=1e-15), (
                        model.id,
                        usage,
                    )


def _list_price(model, provider, usage: Usage, at_ns: int) -> float:  # type: ignore[no-untyped-def]
    input_tokens = (usage.input or 0) + (usage.cache_read or 0) + (usage.cache_write or 0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = ListUsage(
            input_tokens=input_tokens,
            cache_read_tokens=usage.cache_read or 0,
            cache_write_tokens=usage.cache_write or 0,
            output_tokens=usage.output,
            output_reasoning_tokens=usage.reasoning or 0,
        )
        moment = datetime.fromtimestamp(at_ns // 10**9, UTC)
        return float(model.calc_price(theirs, provider, genai_request_timestamp=moment).total_price)


RATES = Rates(input=2, cache_read=1, cache_write=3, output=8, reasoning=4)
CHARGES = [
    (Rates(2, 1, 3, 8), Usage(10**6, 10**6, 10**6, 10**6), 14.0),
    (Rates(2, None, None, 8), Usage(10**6, 10**6, 10**6, 0), 6.0),
    (RATES, Usage(input=0, output=10**6, reasoning=10**6), 4.0),
    (RATES, Usage(input=0, output=10**6, reasoning=2 * 10**6), NotPriced("inconsistent usage")),
    (Rates(2, None, None, 8), Usage(input=0, output=1, reasoning=2), 8e-6),
    (Rates(4, 0.4, 5, 20), Usage(0, 0, 3 * 10**6, 0, cache_write_1h=10**6), 2 * 5 + 8),
    (Rates(4, 0.4, 5, 20, cache_write_1h=7), Usage(0, 0, 10**6, 0, cache_write_1h=10**6), 7),
    (Rates(4, 0.4, 4.5, 20), Usage(0, 0, 10**6, 0, cache_write_1h=10**6), 4.5),
    (Rates(2), Usage(0, 0, 10, 0, cache_write_1h=11), NotPriced("inconsistent usage")),
    (Rates(2), Usage(input=1, output=1), NotPriced("not priced by tokens")),
    (Rates(), Usage(input=1, output=1), NotPriced("not priced by tokens")),
    (Rates(input=2), Usage(input=10**6), 2.0),
    (Rates(input=2, output=8), Usage(cache_read=10**6, output=0), 2.0),
]


@pytest.mark.parametrize(("rates", "usage", "expected"), CHARGES)
def test_charge(rates: Rates, usage: Usage, expected: float | NotPriced) -> None:
    assert charge(Price("p", rates), usage) == expected


def test_the_highest_tier_that_is_passed_counts() -> None:
    price = Price("p", Rates(1, output=0), (Tier(200, Rates(3, output=0)), Tier(100, Rates(2, output=0))))
    assert [charge(price, Usage(input=n * 10**0, output=0)) for n in (100, 101, 200, 201)] == [
        1e-4,
        2.02e-4,
        4e-4,
        6.03e-4,
    ]


def test_importing_pricing_does_not_load_the_list_and_a_recorded_absence_does_not_either() -> None:
    program = """
import sys
from tracetui.model import Usage
from tracetui.pricing import price_call
assert price_call(None, None, Usage(input=1), 1).reason == "no model"
assert price_call("ollama", "llama3", Usage(input=1, output=1), 1).reason == "unknown model"
sys.exit("genai_prices" in sys.modules)
"""
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


def test_many_different_models_do_not_fill_the_memory() -> None:
    book = PriceBook()
    book._by_day = {("p", str(n), 0, None): Cost(reason="unknown model") for n in range(100_001)}
    book.price_call("openai", "gpt-4o", Usage(input=1, output=1), NOW)
    assert len(book._by_day) == 1


def test_a_seller_that_the_list_does_not_know_is_named_and_not_called_missing() -> None:
    found = PriceBook().find("acme", "acme-private-7b", 1_790_000_000 * 10**9)
    assert not isinstance(found, Price)
    assert 'the list has no prices of "acme"' in found.sentence
