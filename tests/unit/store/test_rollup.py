from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tracetui.model import Cost, Span, Trace, Usage
from tracetui.store.rollup import shape_of, subtree_costs, trace_row
from tracetui.store.rows import trace_from_row


def span(span_id: str, parent_id: str | None = None, **more: Any) -> Span:
    more.setdefault("start_ns", int(span_id, 36))
    more.setdefault("end_ns", more["start_ns"] + 10)
    return Span("t", span_id, parent_id, **more)


def rolled_up(*spans: Span) -> Trace:
    return trace_from_row(trace_row(shape_of(spans), 1))


def test_children_are_drawn_under_their_parents_in_order_of_start() -> None:
    spans = [span("c", "a"), span("b", "a"), span("a"), span("d", "b")]
    shape = shape_of(spans)
    assert [spans[index].span_id for index in shape.order] == ["a", "b", "d", "c"]
    assert [shape.places[index].depth for index in shape.order] == [0, 1, 2, 1]
    assert [shape.places[index].is_leaf for index in shape.order] == [False, False, True, True]


def test_a_span_whose_parent_never_came_is_an_orphan_root_after_the_true_roots() -> None:
    spans = [span("1", "gone"), span("2")]
    shape = shape_of(spans)
    assert [spans[index].span_id for index in shape.roots] == ["2", "1"]
    assert [place.is_orphan for place in shape.places] == [True, False]


def test_a_circle_of_parents_loses_no_span() -> None:
    spans = [span("a", "b"), span("b", "a"), span("c"), span("d", "b")]
    shape = shape_of(spans)
    assert sorted(shape.order) == [0, 1, 2, 3]
    assert shape.places[0].is_orphan


def test_a_span_that_is_its_own_parent_is_a_root() -> None:
    assert shape_of([span("a", "a"), span("b", "a")]).roots == [0]


def test_a_parent_that_repeats_its_childs_usage_is_not_added_twice() -> None:
    usage = Usage(input=86, cache_read=17_817, output=12)
    cost = Cost(0.25, "recorded")
    trace = rolled_up(
        span("a", kind="chain", usage=usage, cost=cost),
        span("b", "a", kind="generation", usage=usage, cost=cost),
    )
    assert trace.usage == usage
    assert (trace.cost_usd, trace.priced, trace.unpriced) == (0.25, 1, 0)


def test_an_agent_that_sums_its_grandchildren_is_not_added() -> None:
    trace = rolled_up(
        span("a", kind="agent", usage=Usage(input=30, output=3)),
        span("b", "a", kind="chain"),
        span("c", "b", kind="generation", usage=Usage(input=10, output=1)),
        span("d", "b", kind="generation", usage=Usage(input=20, output=2)),
    )
    assert (trace.usage.input, trace.usage.output) == (30, 3)


def test_a_model_call_with_other_counts_than_its_child_is_added() -> None:
    trace = rolled_up(
        span("a", kind="generation", usage=Usage(input=30)), span("b", "a", kind="generation", usage=Usage(input=10))
    )
    assert trace.usage.input == 40


def test_one_call_seen_by_two_instruments_is_counted_once() -> None:
    usage = Usage(input=10, output=5)
    trace = rolled_up(
        span("a"),
        span("b", "a", kind="generation", usage=usage, response_id="msg_1"),
        span("c", "a", kind="generation", usage=usage, response_id="msg_1"),
    )
    assert trace.usage.input == 10


def test_an_agent_without_calls_below_keeps_its_own_usage() -> None:
    assert rolled_up(span("a", kind="agent", usage=Usage(input=7))).usage.input == 7


@pytest.mark.parametrize(
    ("root", "child", "status"),
    [
        ("success", "success", "success"),
        ("success", "error", "success"),
        ("error", "refused", "error"),
        ("success", "refused", "refused"),
        ("running", "success", "running"),
    ],
)
def test_the_status_of_a_trace_is_its_roots_unless_a_generation_was_refused(root: Any, child: Any, status: str) -> None:
    trace = rolled_up(span("a", status=root), span("b", "a", status=child, kind="generation"))
    assert trace.status == status
    assert trace.errors == [root, child].count("error")


def test_a_running_trace_has_no_end() -> None:
    trace = rolled_up(span("a", status="running", end_ns=None), span("b", "a"))
    assert trace.end_ns is None
    assert trace.running == 1


def test_the_feature_is_the_recorded_one_else_the_name_of_the_root() -> None:
    assert rolled_up(span("a", name="support"), span("b", "a")).feature == "support"
    assert rolled_up(span("a", name="support"), span("b", "a", feature="billing")).feature == "billing"


def test_a_recorded_cost_of_nothing_is_a_price_and_a_missing_cost_is_not() -> None:
    trace = rolled_up(
        span("a", kind="generation", cost=Cost(0.0, "recorded")),
        span("b", kind="generation", cost=Cost(reason="no model")),
    )
    assert (trace.cost_usd, trace.priced, trace.unpriced) == (0.0, 1, 1)


def test_nothing_priced_is_no_cost_and_not_zero() -> None:
    assert rolled_up(span("a", kind="generation")).cost_usd is None


def test_a_subtrees_cost_is_its_own_and_that_below() -> None:
    spans = [
        span("a", kind="chain"),
        span("b", "a", kind="generation", cost=Cost(1.0, "recorded")),
        span("c", "a", kind="generation"),
    ]
    top = subtree_costs(shape_of(spans))[0]
    assert (top.usd, top.priced, top.unpriced) == (1.0, 1, 1)


ids = st.sampled_from("abcdefgh")
some_spans = st.lists(
    st.builds(
        lambda span_id, parent_id, kind, tokens, cost: span(
            span_id,
            parent_id,
            kind=kind,
            usage=Usage(input=tokens),
            cost=Cost(cost, "recorded" if cost is not None else None),
        ),
        ids,
        st.none() | ids | st.just("gone"),
        st.sampled_from(["generation", "agent", "tool"]),
        st.none() | st.integers(0, 5),
        st.none() | st.sampled_from([0.0, 0.5]),
    ),
    min_size=1,
    unique_by=lambda item: item.span_id,
)


@settings(max_examples=300)
@given(some_spans)
def test_every_span_is_drawn_once_and_the_roots_sum_to_the_trace(spans: list[Span]) -> None:
    shape = shape_of(spans)
    assert sorted(shape.order) == list(range(len(spans)))
    trace = trace_from_row(trace_row(shape, 1))
    costs = subtree_costs(shape)
    assert sum(costs[root].priced for root in shape.roots) == trace.priced
    assert sum(costs[root].unpriced for root in shape.roots) == trace.unpriced
    assert sum(costs[root].usd or 0.0 for root in shape.roots) == pytest.approx(trace.cost_usd or 0.0)


RECORDED, COMPUTED = Cost(0.5, "recorded"), Cost(0.00035, "computed")
CALL = {"kind": "generation", "usage": Usage(input=10, output=1)}


def test_a_cost_recorded_on_an_agent_is_the_cost_of_everything_under_it_where_nothing_there_recorded_one() -> None:
    spans = [
        span("a", kind="agent", cost=RECORDED),
        span("b", "a", kind="chain"),
        span("c", "b", cost=COMPUTED, **CALL),
        span("d", "b", cost=Cost(reason="unknown model"), **CALL),
    ]
    trace = rolled_up(*spans)
    assert (trace.cost_usd, trace.recorded_usd, trace.computed_usd) == (0.5, 0.5, 0.0)
    assert (trace.priced, trace.unpriced) == (1, 0)
    assert trace.usage == Usage(input=20, output=2)
    shape = shape_of(spans)
    assert [cost.usd for cost in subtree_costs(shape)] == [0.5, None, None, None]
    assert [place.repeats_cost for place in shape.places] == [False, True, True, True]


def test_the_usage_that_such_an_agent_repeats_is_not_added() -> None:
    trace = rolled_up(
        span("a", kind="agent", cost=RECORDED, usage=Usage(input=10, output=1)), span("b", "a", cost=COMPUTED, **CALL)
    )
    assert (trace.cost_usd, trace.usage) == (0.5, Usage(input=10, output=1))


@pytest.mark.parametrize("seen", [COMPUTED, Cost(reason="unknown model")], ids=["computed", "unknown"])
def test_what_a_gateway_recorded_for_a_call_wins_over_the_call_that_its_client_saw(seen: Cost) -> None:
    trace = rolled_up(span("a", cost=RECORDED, **CALL), span("b", "a", cost=seen, **CALL))
    assert (trace.cost_usd, trace.recorded_usd, trace.computed_usd) == (0.5, 0.5, 0.0)
    assert (trace.priced, trace.unpriced, trace.usage) == (1, 0, CALL["usage"])


def test_a_call_below_a_call_with_other_counts_is_another_call() -> None:
    trace = rolled_up(
        span("a", cost=RECORDED, **CALL), span("b", "a", kind="generation", usage=Usage(input=3), cost=COMPUTED)
    )
    assert (trace.cost_usd, trace.priced, trace.usage) == (0.50035, 2, Usage(input=13, output=1))


@pytest.mark.parametrize(
    ("own", "calls", "usd"),
    [
        (RECORDED, Cost(0.4, "recorded"), 0.4),
        (Cost(0.0, "recorded"), COMPUTED, 0.00035),
        (COMPUTED, Cost(0.1, "computed"), 0.1),
    ],
    ids=["the calls recorded theirs", "a zero that nobody counted", "computed itself"],
)
def test_else_the_calls_below_say_what_was_spent(own: Cost, calls: Cost, usd: float) -> None:
    usage = Usage(input=10, output=1)
    assert rolled_up(span("a", kind="agent", cost=own, usage=usage), span("b", "a", cost=calls, **CALL)).cost_usd == usd


def test_an_agent_with_usage_and_no_calls_below_counts_as_unpriced() -> None:
    alone = [span("a", kind="agent", usage=Usage(input=7))]
    assert (rolled_up(*alone).priced, rolled_up(*alone).unpriced) == (0, 1)
    assert subtree_costs(shape_of(alone))[0].unpriced == 1


def test_a_circle_of_parents_has_no_empty_group_of_children() -> None:
    assert all(shape_of([span("a", "b"), span("b", "a")]).children.values())
