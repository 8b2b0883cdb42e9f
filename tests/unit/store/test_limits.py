from __future__ import annotations

import math
from typing import Any

import pytest

from tracetui.model import Cost, Span, Usage
from tracetui.store.limits import MOST_TOKENS, within_limits

POSSIBLE = Span("t", "s", start_ns=10, end_ns=20, usage=Usage(input=5, output=7), cost=Cost(0.5, "recorded"))


def span(**more: Any) -> Span:
    return Span("t", "s", **{"start_ns": 10, **more})


def test_a_span_with_possible_numbers_is_left_as_it_is() -> None:
    assert within_limits(POSSIBLE) is POSSIBLE


@pytest.mark.parametrize("count", [10**25, 2**63, -1])
def test_a_count_of_tokens_that_cannot_be_is_left_out_and_the_usage_marked(count: int) -> None:
    assert within_limits(span(usage=Usage(input=count, output=7))).usage == Usage(output=7, inconsistent=True)


@pytest.mark.parametrize("usd", [math.nan, math.inf, -math.inf, 1e300])
def test_a_cost_that_cannot_be_is_absent_with_a_reason(usd: float) -> None:
    assert within_limits(span(cost=Cost(usd, "recorded"))).cost == Cost(reason="impossible cost recorded")


@pytest.mark.parametrize("when", [10**25, -(10**25)])
def test_a_time_that_no_table_can_hold_is_left_out(when: int) -> None:
    assert within_limits(span(end_ns=when)).end_ns == 10
    assert within_limits(span(start_ns=when)).start_ns == 0
    assert within_limits(span(ttft_ns=when)).ttft_ns is None


def test_ids_that_a_database_holds_as_bytes_or_numbers_become_text() -> None:
    odd: Any = Span(b"\x00\xff", 5, start_ns=10)  # type: ignore[arg-type]
    assert (within_limits(odd).trace_id, within_limits(odd).span_id) == ("00ff", "5")


def test_the_most_tokens_that_are_believed_can_be_added_up() -> None:
    assert within_limits(span(usage=Usage(input=MOST_TOKENS))).usage.input == MOST_TOKENS
    assert MOST_TOKENS * 900_000_000 < 2**63
