"""What holds of reading any provider and model at all."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracetui.model import Usage
from tracetui.pricing import price_call
from tracetui.pricing.names import read_name

NOVEMBER_2026 = 1_795_176_000 * 10**9
WORDS = st.sampled_from(
    [
        "openai",
        "azure",
        "bedrock",
        "us.",
        "anthropic.",
        "claude-haiku-4-5",
        "gpt-4o",
        "/",
        ":",
        "@",
        "-2025-01-01",
        "@20250101",
        ":free",
        "models/",
        "publishers/",
        "arn:",
        "openrouter",
        "ollama",
        "llama-3",
        "chat",
        "ft:",
        "v1:0",
        "70b",
    ]
)
NAMES = st.one_of(st.text(max_size=40), st.lists(WORDS, max_size=6).map("".join))


@given(st.one_of(st.none(), NAMES), NAMES)
def test_any_name_can_be_read(provider: str | None, model: str) -> None:
    reading = read_name(provider, model)
    assert reading.models
    assert reading.seller != ""
    cost = price_call(provider, model, Usage(input=1, output=1), NOVEMBER_2026)
    assert (cost.usd is None) == (cost.reason is not None) == (cost.price is None)


@pytest.mark.parametrize(
    "model", ["gpt-4o", "bedrock/us.anthropic.claude-sonnet-4-20250514-v1:0", "groq/llama-3.3-70b-versatile"]
)
@pytest.mark.parametrize("spell", [str.upper, " {} ".format, "litellm_proxy/{}".format, "gateway/{}".format])
def test_case_blanks_and_routers_do_not_change_the_price(model: str, spell) -> None:  # type: ignore[no-untyped-def]
    usage = Usage(input=10, output=10)
    assert price_call(None, spell(model), usage, NOVEMBER_2026) == price_call(None, model, usage, NOVEMBER_2026)


@pytest.mark.parametrize(
    ("provider", "model", "seller", "models"),
    [
        ("openai", "gpt-4o", "openai", ("gpt-4o",)),
        (None, "azure/gpt-4o", "azure", ("azure/gpt-4o", "gpt-4o")),
        (None, "anthropic/claude-3.5-sonnet", "anthropic", ("anthropic/claude-3.5-sonnet", "claude-3.5-sonnet")),
        ("groq", "openai/gpt-oss-20b", "groq", ("openai/gpt-oss-20b", "gpt-oss-20b")),
        ("openrouter", "openai/gpt-4o", "openrouter", ("openai/gpt-4o",)),
        ("openai", "gpt-4o-2024-05-13", "openai", ("gpt-4o-2024-05-13", "gpt-4o")),
    ],
)
def test_the_likeliest_spelling_comes_first(
    provider: str | None, model: str, seller: str, models: tuple[str, ...]
) -> None:
    reading = read_name(provider, model)
    assert reading.seller == seller
    assert reading.models == models


def test_a_name_that_could_be_an_openrouter_id_says_so() -> None:
    assert read_name(None, "anthropic/claude-3.5-sonnet").rival == "anthropic/claude-3.5-sonnet"
    assert read_name("anthropic", "anthropic/claude-3.5-sonnet").rival is None
    assert read_name(None, "azure/gpt-4o").rival is None
