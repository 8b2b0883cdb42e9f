from __future__ import annotations

from tracetui.tui.screens.arrivals import Arrivals


def test_what_comes_above_the_reader_is_counted() -> None:
    arrivals = Arrivals()
    arrivals.take(["c", "b", "a"], None, is_counting=True)
    assert arrivals.count == 0
    arrivals.take(["e", "d", "c", "b", "a"], None, is_counting=True)
    assert arrivals.count == 2


def test_at_the_top_nothing_is_counted_and_leaving_it_begins_anew() -> None:
    arrivals = Arrivals()
    arrivals.take(["b", "a"], None, is_counting=True)
    arrivals.take(["c", "b", "a"], None, is_counting=False)
    assert arrivals.count == 0
    arrivals.take(["c", "b", "a"], None, is_counting=True)
    assert arrivals.count == 0


def test_another_filter_begins_anew() -> None:
    arrivals = Arrivals()
    arrivals.take(["b", "a"], "errors", is_counting=True)
    arrivals.take(["d", "c", "b", "a"], None, is_counting=True)
    assert arrivals.count == 0


def test_a_file_that_was_truncated_counts_as_nothing_that_arrived() -> None:
    arrivals = Arrivals()
    arrivals.take(["c", "b", "a"], None, is_counting=True)
    arrivals.take(["y", "x"], None, is_counting=True)
    assert arrivals.count == 0
    arrivals.take(["z", "y", "x"], None, is_counting=True)
    assert arrivals.count == 1
