"""Spans of two traces that are the same step are found by kind, name and place, whatever their ids."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tracetui.analysis.align import align
from tracetui.model import Node, Span


def tree(*steps: str) -> list[Node]:
    """Nodes from `depth:kind:name`, such as `1:tool:search`."""
    nodes = []
    for number, step in enumerate(steps):
        depth, kind, name = step.split(":")
        nodes.append(Node(Span("t", str(number), kind=kind, name=name), depth=int(depth)))  # type: ignore[arg-type]
    return nodes


def drawn(one: list[Node], other: list[Node]) -> list[str]:
    lines = []
    for pair in align(one, other):
        node = pair.other or pair.one
        assert node is not None
        sign = " " if pair.one and pair.other else "+" if pair.other else "-"
        lines.append(f"{sign}{pair.depth}:{node.span.name}")
    return lines


def test_a_retry_that_was_added_moves_nothing_after_it() -> None:
    one = tree("0:agent:a", "1:generation:chat", "1:tool:search", "1:generation:chat")
    other = tree("0:agent:a", "1:generation:chat", "1:tool:search", "1:tool:search", "1:generation:chat")
    assert drawn(one, other) == [" 0:a", " 1:chat", " 1:search", "+1:search", " 1:chat"]


def test_a_step_under_another_name_is_the_same_step() -> None:
    one = tree("0:agent:a", "1:generation:chat gpt-5", "1:tool:search")
    other = tree("0:agent:a", "1:generation:chat gpt-6", "1:tool:search")
    assert drawn(one, other) == [" 0:a", " 1:chat gpt-6", " 1:search"]


def test_steps_of_another_kind_are_not_taken_for_each_other() -> None:
    assert drawn(tree("0:agent:a", "1:tool:x"), tree("0:agent:a", "1:retriever:x")) == [" 0:a", "-1:x", "+1:x"]


def test_all_below_a_step_that_is_gone_is_gone() -> None:
    one = tree("0:agent:a", "1:chain:plan", "2:generation:chat", "1:tool:send")
    assert drawn(one, tree("0:agent:a", "1:tool:send")) == [" 0:a", "-1:plan", "-2:chat", " 1:send"]


STEPS = st.lists(st.tuples(st.integers(0, 3), st.sampled_from(["tool", "generation"]), st.sampled_from("xyz")))


def nodes_of(steps: list[tuple[int, str, str]]) -> list[Node]:
    depth, lines = -1, []
    for wanted, kind, name in steps:
        depth = min(wanted, depth + 1)
        lines.append(f"{depth}:{kind}:{name}")
    return tree(*lines)


@given(STEPS, STEPS)
def test_every_span_of_both_is_in_one_pair_in_order(
    one: list[tuple[int, str, str]], two: list[tuple[int, str, str]]
) -> None:
    a, b = nodes_of(one), nodes_of(two)
    pairs = align(a, b)
    assert [pair.one for pair in pairs if pair.one] == a
    assert [pair.other for pair in pairs if pair.other] == b


@given(STEPS)
def test_a_trace_is_the_same_as_itself(steps: list[tuple[int, str, str]]) -> None:
    nodes = nodes_of(steps)
    assert all(pair.one is pair.other for pair in align(nodes, nodes))


def test_hundreds_of_siblings_are_aligned() -> None:
    one = tree("0:agent:a", *(f"1:tool:{'abcd'[number % 4]}{number % 7}" for number in range(500)))
    other = tree("0:agent:a", *(f"1:tool:{'abcd'[number % 3]}{number % 5}" for number in range(500)))
    pairs = align(one, other)
    assert sum(pair.one is not None for pair in pairs) == sum(pair.other is not None for pair in pairs) == 501
