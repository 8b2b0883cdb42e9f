"""Trees as flat arrays."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tracetui.tui.lines.outline import Outline


@st.composite
def depths(draw: st.DrawFn) -> list[int]:
    """Depths of a forest in drawing order."""
    found = [0]
    for step in draw(st.lists(st.integers(-3, 1), max_size=40)):
        found.append(max(0, found[-1] + step))
    return found


TREE = [0, 1, 2, 2, 1, 0, 1]


def test_parents_ends_and_siblings_follow_from_the_depths() -> None:
    outline = Outline(TREE)
    assert outline.parents == [-1, 0, 1, 1, 0, -1, 5]
    assert outline.ends == [5, 4, 3, 4, 5, 7, 7]
    assert [outline.next_sibling(node) for node in range(7)] == [5, 4, 3, None, None, None, None]
    assert [outline.previous_sibling(node) for node in range(7)] == [None, None, None, 2, 1, 0, None]
    assert [outline.has_children(node) for node in range(7)] == [True, True, False, False, False, True, False]


def test_collapsing_hides_what_is_under_a_node_and_revealing_shows_it() -> None:
    outline = Outline(TREE)
    outline.collapse_only([1, 2, 5])
    assert outline.visible == [0, 1, 4, 5]
    assert outline.collapsed == {1, 5}
    assert outline.row_of(3) == 1
    assert outline.reveal(3)
    assert outline.visible == [0, 1, 2, 3, 4, 5]
    assert not outline.reveal(3)


def test_a_depth_that_jumps_is_a_child() -> None:
    assert Outline([0, 5, 3]).parents == [-1, 0, 0]


@given(depths(), st.sets(st.integers(0, 40)))
def test_a_node_is_shown_unless_one_above_it_is_collapsed(tree: list[int], collapsed: set[int]) -> None:
    outline = Outline(tree)
    outline.collapse_only(node for node in collapsed if node < len(tree))
    expected = [node for node in range(len(tree)) if not set(outline.ancestors(node, len(tree))) & outline.collapsed]
    assert outline.visible == expected
    assert all(outline.visible[outline.row_of(node)] == node for node in expected)


@given(depths())
def test_next_and_previous_sibling_undo_each_other(tree: list[int]) -> None:
    outline = Outline(tree)
    for node in range(len(tree)):
        after = outline.next_sibling(node)
        assert outline.is_last(node) == (after is None)
        if after is not None:
            assert outline.previous_sibling(after) == node
            assert outline.parents[after] == outline.parents[node]
