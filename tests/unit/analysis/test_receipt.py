"""A receipt says where each count was recorded and whether the cached tokens were inside the input."""

from __future__ import annotations

import pytest

from tracetui.analysis.receipt import Count, convention_of, find_counts, has_receipt, receipt_of, receipts_of
from tracetui.analysis.receipt_text import receipt_lines, sum_lines
from tracetui.errors import SourceVanished
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
        (Payload(attributes={"input_tokens": 155, "input_context_tokens": 163}), Usage(155, 8), "both"),
        (Payload(attributes={"prompt_tokens": "163"}), Usage(155, 8), "inside"),
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


@pytest.mark.parametrize("value", ["²", "9" * 5000, float("inf"), float("nan"), "many", True, None, -1])
def test_what_only_looks_like_a_number_is_no_count(value: object) -> None:
    payload = Payload(attributes={"prompt_tokens": value, "input_tokens": 19})
    receipt = receipt_of(node(Usage(19, 5)), payload, BOOK)
    assert (receipt.counts, receipt.convention) == ((Count("input_tokens", 19),), "beside")


def test_a_payload_that_cannot_be_loaded_is_said_and_the_cost_is_computed_all_the_same() -> None:
    def load(_: Node) -> Payload:
        raise SourceVanished("calls.jsonl: the file is gone")

    (receipt,) = receipts_of([node(Usage(10**6, output=0))], load, BOOK)
    assert receipt.computed is not None
    texts = [line.text for line in receipt_lines(receipt)]
    assert "  what was captured cannot be loaded: calls.jsonl: the file is gone" in texts


@pytest.mark.parametrize("key", ["max_tokens_cost", "token_price", "tokens_per_second", "usage_rate", "usage.requests"])
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


def test_what_is_in_the_cost_of_other_spans_is_shown_and_not_added() -> None:
    agent = receipt_of(node(Usage(5), Cost(0.5, "recorded"), repeats_usage=True), Payload(), BOOK)
    call = receipt_of(node(Usage(10**6, output=0), repeats_cost=True), Payload(), BOOK)
    assert (agent.counted, call.counted, call.usd) == (True, False, 0.25)
    said = [line.text for line in sum_lines([agent, call])]
    assert said == [
        "∑ $0.5000 = $0.50000000 (1 of 1 priced)",
        "  1 not added: its cost is in that of other spans already",
    ]


def test_where_the_record_has_no_counts_our_own_are_called_ours() -> None:
    receipt = receipt_of(node(Usage(5, 7, output=1)), Payload(), BOOK)
    assert receipt.convention == "apart"
    assert Count("cache_read_tokens", 7) in receipt.counts
    texts = [line.text for line in receipt_lines(receipt)]
    assert "  as tracetui keeps them, fresh and cached input apart" in texts
    assert "  recorded" not in texts


def test_a_call_without_any_count_says_nothing_of_a_cache() -> None:
    assert receipt_of(node(Usage()), Payload(), BOOK).convention == "no cache"


def test_a_step_that_nobody_pays_for_has_no_receipt() -> None:
    assert not has_receipt(Span("t", "s", kind="tool"))
