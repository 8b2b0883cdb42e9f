"""A receipt is the same arithmetic as the charge, written out."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tracetui.model import Usage
from tracetui.pricing.rates import NotPriced, Price, Rates, Tier, charge
from tracetui.pricing.receipt import Line, itemise

RATE = st.none() | st.sampled_from([0.0, 0.1, 1.25, 2.5, 10.0])
RATES = st.builds(Rates, RATE, RATE, RATE, RATE, RATE, st.sampled_from([0.0, 0.01]), RATE)
TOKENS = st.none() | st.integers(0, 400_000)
PRICES = st.builds(lambda rates, tier: Price("list", rates, (Tier(200_000, tier),)), RATES, RATES)
USAGES = st.builds(Usage, TOKENS, TOKENS, TOKENS, TOKENS, TOKENS, TOKENS, st.just(False), TOKENS)


@given(PRICES, USAGES)
@example(Price("embedding", Rates(2.0)), Usage(cache_write=0, unsplit=1))
def test_the_receipt_comes_to_what_is_charged(price: Price, usage: Usage) -> None:
    charged = charge(price, usage)
    if not isinstance(charged, NotPriced):
        assert itemise(price, usage).usd == pytest.approx(charged, rel=1e-9, abs=1e-12)


def test_each_bucket_has_a_line_with_its_rate() -> None:
    price = Price("anthropic claude-sonnet-4", Rates(3.0, 0.3, 3.75, 15.0))
    receipt = itemise(price, Usage(19, 39_000, 1_000, 200, cache_write_1h=400))
    assert receipt.lines == (
        Line("input", 19, 3.0, 19 * 3.0 / 1e6),
        Line("cache read", 39_000, 0.3, 39_000 * 0.3 / 1e6),
        Line("cache write", 600, 3.75, 600 * 3.75 / 1e6),
        Line("cache write 1 h", 400, 6.0, 400 * 6.0 / 1e6),
        Line("output", 200, 15.0, 200 * 15.0 / 1e6),
    )


def test_a_bucket_without_a_rate_of_its_own_says_whose_it_has() -> None:
    receipt = itemise(Price("x", Rates(2.0, None, None, 8.0)), Usage(10, 20, 0, 1))
    assert receipt.lines[1] == Line("cache read", 20, 2.0, 20 * 2.0 / 1e6, like="input")


def test_the_tier_that_applied_is_named() -> None:
    price = Price("x", Rates(1.0, output=5.0), (Tier(200_000, Rates(2.0, output=10.0)),))
    receipt = itemise(price, Usage(200_001, output=1))
    assert (receipt.above, receipt.lines[0].per_million_usd) == (200_000, 2.0)
