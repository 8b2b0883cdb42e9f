"""Sums of what calls would have cost are those of plain arithmetic."""

from __future__ import annotations

import pytest

from tracetui.analysis.repricing import reprice, saved_by_cache
from tracetui.model import Usage
from tracetui.pricing import PriceBook
from tracetui.pricing.own import OwnPrice
from tracetui.store.calls import Call

OLD = PriceBook((OwnPrice("house-*", input=2.0, output=8.0, cache_read=0.5, cache_write=2.5),))
NEW = PriceBook((OwnPrice("house-*", input=1.0, output=4.0),))
AT = 1_760_000_000 * 10**9


def call(usage: Usage, cost_usd: float | None = 1.0, model: str = "house-9") -> Call:
    return Call(None, model, AT, None, usage, cost_usd)


def test_both_sums_are_over_the_calls_that_have_a_price_either_way() -> None:
    million = Usage(input=10**6, output=10**6)
    calls = [(("a",), call(million, 10.0)), (("a",), call(million, None)), (("b",), call(million, 3.0, "nobody"))]
    a, b = reprice(calls, NEW)
    assert (a.key, a.now_usd, a.then_usd, a.compared, a.left_out) == (("a",), 10.0, 5.0, 1, 1)
    assert (b.key, b.compared, b.left_out) == (("b",), 0, 1)


def test_another_model_is_priced_for_the_same_tokens() -> None:
    (row,) = reprice([((None,), call(Usage(input=10**6, output=0)))], PriceBook(), model="o3", provider="openai")
    assert row.then_usd == pytest.approx(2.0)


def test_the_cache_saved_what_fresh_tokens_would_have_cost_more() -> None:
    calls = [(("x",), call(Usage(100, 900_000, 100_000, 5))), (("x",), call(Usage(5, output=1)))]
    fresh, cached = 1_000_000 * 2.0 / 1e6, (900_000 * 0.5 + 100_000 * 2.5) / 1e6
    assert saved_by_cache(calls, OLD) == {("x",): pytest.approx(fresh - cached)}


def test_writing_without_reading_saved_less_than_nothing() -> None:
    saved = saved_by_cache([(("x",), call(Usage(0, 0, 10**6, 0)))], OLD)
    assert saved[("x",)] == pytest.approx(-0.5)


def test_what_was_not_cached_or_has_no_price_saved_nothing_known() -> None:
    calls = [(("x",), call(Usage(5, output=1))), (("x",), call(Usage(0, 5, output=1), model="nobody"))]
    assert saved_by_cache(calls, OLD) == {}
