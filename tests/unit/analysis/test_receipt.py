"""A receipt says where each count was recorded and whether the cached tokens were inside the input."""

from __future__ import annotations

import pytest

from tracetui.analysis.receipt import Count, convention_of, find_counts, has_receipt, receipt_of
from tracetui.model import Cost, Node, Payload, Span, Usage
from tracetui.pricing import PriceBook

BOOK = PriceBook()
AT = 1_760_000_000 * 10**9
OPENAI = Payload(attributes={"gen_ai.usage.input_tokens": 17_903, "gen_ai.usage.cache_read.input_tokens": 17_817})
ANTHROPIC = Payload(raw='{"usage":{"input_tokens":19,"cache_read_input_tokens":39000,"output_tokens":5}}')


NO_COST = Cost()


def node(usage: Usage, cost: Cost = NO_COST, **more: object) -> Node:
    span = Span("t", "s", kind="generation", provider="openai", model="gpt-5-mini", start_ns=AT, usage=usage, cost=cost)
    return Node(span, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("payload", "usage", "convention"),
    [
        (OPENAI, Usage(86, 17_817, None, 0), "inside"),
        (ANTHROPIC, Usage(19, 39_000, None, 5), "beside"),
        (ANTHROPIC, Usage(19, None, None, 5), "no cache"),
        (Payload(attributes={"tokens_total": 5}), Usage(19, 39_000), "unknown"),
    ],
)
def test_the_numbers_tell_the_convention(payload: Payload, usage: Usage, convention: str) -> None:
    assert convention_of(tuple(find_counts(payload)), usage) == convention


def test_counts_are_found_with_the_path_that_they_were_recorded_under() -> None:
    assert list(find_counts(ANTHROPIC)) == [
        Count("usage.input_tokens", 19),
        Count("usage.cache_read_input_tokens", 39_000),
        Count("usage.output_tokens", 5),
    ]


@pytest.mark.parametrize("key", ["max_tokens_cost", "token_price", "tokens_per_second", "usage_rate"])
def test_what_is_no_count_is_left_out(key: str) -> None:
    assert not list(find_counts(Payload(attributes={key: 5})))


def test_a_recorded_cost_counts_and_is_held_against_the_computed_one() -> None:
    receipt = receipt_of(node(Usage(10**6, output=0), Cost(0.3, "recorded")), Payload(), BOOK)
    assert receipt.usd == 0.3
    assert receipt.computed is not None
    assert receipt.difference_usd == pytest.approx(0.3 - 0.25)


def test_a_recorded_zero_is_a_recorded_zero() -> None:
    receipt = receipt_of(node(Usage(10**6, output=0), Cost(0.0, "recorded")), Payload(), BOOK)
    assert receipt.usd == 0.0


@pytest.mark.parametrize(
    ("usage", "sentence"),
    [(Usage(), "no token counts"), (Usage(5, 900, inconsistent=True), "contradict"), (Usage(unsplit=9), "total only")],
)
def test_what_has_no_price_says_why(usage: Usage, sentence: str) -> None:
    receipt = receipt_of(node(usage), Payload(), BOOK)
    assert receipt.usd is None
    assert sentence in str(receipt.why_not)


def test_a_repeated_usage_is_shown_and_not_counted() -> None:
    assert not receipt_of(node(Usage(5), repeats_usage=True), Payload(), BOOK).counted


def test_the_buckets_of_a_store_stand_for_themselves() -> None:
    receipt = receipt_of(node(Usage(5, 7, output=1)), Payload(), BOOK)
    assert receipt.convention == "apart"
    assert Count("cache_read_tokens", 7) in receipt.counts


def test_a_step_that_nobody_pays_for_has_no_receipt() -> None:
    assert not has_receipt(Span("t", "s", kind="tool"))
