"""Own times, gaps, what ran side by side, and which spans lead."""

from __future__ import annotations

import time

from hypothesis import given
from hypothesis import strategies as st

from tracetui.model import Cost, Node, Span, Usage
from tracetui.tui.lines.outline import Outline
from tracetui.tui.widgets.ranking import rank_nodes
from tracetui.tui.widgets.timing import Timing, cover_children, time_spans

Row = tuple[int, int, int | None]
"""Depth, start, end."""


def nodes_of(rows: list[Row]) -> list[Node]:
    return [Node(Span("t", str(n), start_ns=start, end_ns=end), depth) for n, (depth, start, end) in enumerate(rows)]


def timed(rows: list[Row], last_ns: int = 100) -> Timing:
    return time_spans(nodes_of(rows), Outline([row[0] for row in rows]), last_ns)


def test_own_time_is_what_no_child_takes() -> None:
    timing = timed([(0, 0, 100), (1, 10, 40), (2, 10, 30), (1, 60, 90)])
    assert timing.own_ns == [40, 10, 20, 30]


def test_children_side_by_side_are_taken_off_once_and_are_marked() -> None:
    timing = timed([(0, 0, 100), (1, 10, 50), (1, 20, 60), (1, 60, 70)])
    assert timing.own_ns[0] == 40
    assert timing.is_parallel == [False, True, True, False]


def test_a_child_that_outlives_its_parent_takes_only_what_the_parent_has() -> None:
    assert timed([(0, 0, 50), (1, 40, 90)]).own_ns == [40, 50]


def test_a_gap_is_since_any_sibling_ran_or_the_parent_began() -> None:
    timing = timed([(0, 0, 100), (1, 10, 50), (1, 20, 30), (1, 60, 70)])
    assert timing.gap_ns == [0, 10, 0, 10]


def test_a_span_that_runs_still_runs_until_the_last_thing_known() -> None:
    assert timed([(0, 0, None), (1, 10, 20)], last_ns=50).own_ns == [40, 10]


def test_an_orphan_before_the_root_does_not_run_beside_it() -> None:
    assert timed([(0, 50, 100), (0, 0, 20)]).is_parallel == [False, False]


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(0, 50)), max_size=12))
def test_own_time_agrees_with_counting_every_moment(children: list[tuple[int, int]]) -> None:
    spans = sorted((start, start + took) for start, took in children)
    timing = timed([(0, 0, 40), *((1, start, end) for start, end in spans)])
    free = [moment for moment in range(40) if not any(start <= moment < end for start, end in spans)]
    assert timing.own_ns[0] == len(free)


def test_the_halves_that_children_cover_are_theirs() -> None:
    nodes = nodes_of([(0, 0, 10), (1, 2, 4), (2, 0, 10), (1, 8, None)])
    covered = cover_children(nodes, Outline([0, 1, 2, 1]), 0, lambda time_ns: time_ns, 10)
    assert list(covered) == [0, 0, 1, 1, 0, 0, 0, 0, 1, 1]


def test_a_trace_of_33_000_spans_and_one_of_depth_1000_are_timed_at_once() -> None:
    begin = time.process_time()
    timed([(0, 0, 10**9), *((1, n, n + 10) for n in range(33_000))])
    deep = timed([(n, n, 10_000 - n) for n in range(1_000)])
    assert deep.own_ns[0] == 2
    assert time.process_time() - begin < 2


def test_the_leading_spans_are_by_their_own_figures_and_repeated_usage_is_nobodys() -> None:
    spans = [
        Node(
            Span("t", "root", end_ns=100, usage=Usage(input=70), cost=Cost(9.0, "recorded")),
            repeats_usage=True,
            repeats_cost=True,
        ),
        Node(Span("t", "a", end_ns=90, usage=Usage(input=20), cost=Cost(1.0, "recorded")), 1),
        Node(Span("t", "b", start_ns=90, end_ns=95, usage=Usage(input=50), cost=Cost(2.0, "recorded")), 1),
        Node(Span("t", "c", start_ns=95, end_ns=95), 1),
    ]
    timing = time_spans(spans, Outline([0, 1, 1, 1]), 100)
    assert rank_nodes(spans, timing, "cost") == [2, 1]
    assert rank_nodes(spans, timing, "tokens") == [2, 1]
    assert rank_nodes(spans, timing, "time") == [1, 0, 2]
