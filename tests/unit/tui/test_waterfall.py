"""The bars of the tree."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracetui.tui.widgets.waterfall import draw_axis, draw_bar


@pytest.mark.parametrize(
    ("start", "end", "token", "bar"),
    [
        (0, 100, None, "━━━━━━━━━━"),
        (0, 50, None, "━━━━━     "),
        (50, 100, None, "     ━━━━━"),
        (5, 15, None, "╺╸        "),
        (0, 0, None, "╸         "),
        (100, 100, None, "         ╺"),
        (0, 100, 50, "─────━━━━━"),
        (0, 100, 55, "─────╼━━━━"),
        (0, 100, 0, "━━━━━━━━━━"),
        (0, 100, 200, "──────────"),
        (-50, 20, None, "━━        "),
    ],
)
def test_a_bar_begins_and_ends_where_its_span_does(start: int, end: int, token: int | None, bar: str) -> None:
    assert draw_bar(start, end, 0, 100, 10, token_ns=token) == bar


def test_a_bar_is_thin_where_a_child_runs_and_marks_its_first_token() -> None:
    assert draw_bar(0, 100, 0, 100, 10, covered=bytes(4) + b"\x01" * 10 + bytes(6)) == "━━─────━━━"
    assert draw_bar(0, 100, 0, 100, 10, token_ns=50, marks_token=True) == "─────┝━━━━"
    assert draw_bar(0, 100, 0, 100, 10, token_ns=0, marks_token=True) == "━━━━━━━━━━"


@given(st.integers(-10, 200), st.integers(-10, 200), st.integers(0, 60), st.none() | st.integers(-10, 200))
def test_a_bar_has_exactly_its_width_and_is_never_invisible(
    start: int, end: int, width: int, token: int | None
) -> None:
    bar = draw_bar(start, max(start, end), 0, 100, width, token_ns=token)
    assert len(bar) == width
    assert bar.strip() or not width


def test_an_axis_has_round_times_within_its_width() -> None:
    assert draw_axis(4_000_000_000, 48) == [(0, 0), (12, 1_000_000_000), (24, 2_000_000_000), (36, 3_000_000_000)]
    assert draw_axis(0, 48) == []
    assert draw_axis(100, 0) == []


@given(st.integers(1, 10**17), st.integers(1, 200))
def test_times_on_an_axis_are_not_crowded(total: int, width: int) -> None:
    cells = [cell for cell, _ in draw_axis(total, width)]
    assert all(later - sooner >= 6 for sooner, later in pairwise(cells))
