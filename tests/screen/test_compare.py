"""Two traces compared on the screen."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from tests.screen.program import MEDIUM, NARROW, SMALL, TINY, WIDE, press, running, until, until_true
from tests.screen.screen_text import screen_lines
from tracetui.text import cell_width

AGENT = "name:support-agent"
START_NS = 1_795_500_000 * 10**9


def write_call(path: Path, trace: str, span: str, after_ms: int, took_ms: int, parent: str | None = None) -> None:
    begin = START_NS + after_ms * 10**6
    conn = sqlite3.connect(path)
    conn.execute(
        "INSERT INTO spans (trace_id, span_id, parent_id, kind, name, start_ns, end_ns) VALUES (?, ?, ?, 'tool', ?, ?, ?)",
        (trace, span, parent, f"step {span[1:]}", begin, begin + took_ms * 10**6),
    )
    conn.commit()
    conn.close()


async def test_the_two_marked_traces_are_compared_step_by_step(support_db: Path) -> None:
    async with running(support_db, query=AGENT) as pilot:
        await press(pilot, "space j j space D", "Steps ", "Δ took")
        text = await until(pilot, " changed")
        assert "compare" in text.splitlines()[0]
        assert "{+" in text
        assert "[-" in text
        await press(pilot, "escape", "Traces ")


async def test_the_earlier_trace_is_the_one_that_is_compared_against(support_db: Path) -> None:
    write_call(support_db, "first", "a1", 0, 1000)
    write_call(support_db, "later", "b1", 5000, 3500)
    write_call(support_db, "later", "b2", 5100, 10, "b1")
    async with running(support_db, query="trace:first OR trace:later") as pilot:
        text = await press(pilot, "space j D", "1 added")
        assert "+2.5s" in text
        assert text.index("first") < text.index("later")
        await press(pilot, "G", "only the second trace has this step")


async def test_enter_on_a_step_opens_its_span(support_db: Path) -> None:
    write_call(support_db, "first", "a1", 0, 1000)
    write_call(support_db, "later", "b1", 5000, 3500)
    write_call(support_db, "later", "b2", 5100, 10, "b1")
    async with running(support_db, query="trace:first OR trace:later") as pilot:
        await press(pilot, "space j D", "1 added")
        await pilot.press("G", "enter")
        screen = pilot.app.screen_stack[1]
        await until_true(pilot, lambda: screen.spans.selected_id == "b2")  # type: ignore[attr-defined]
        assert screen.where() == "tree"  # type: ignore[attr-defined]


async def test_n_goes_to_the_next_step_that_differs_and_says_where_there_is_none(support_db: Path) -> None:
    async with running(support_db, query=AGENT) as pilot:
        await press(pilot, "space j j space D", " changed")
        steps = pilot.app.screen.pane  # type: ignore[attr-defined]
        await pilot.press("g", "n")
        assert steps.cursor > 0
        await pilot.press("N")
        assert steps.selected.change != "same"
        await press(pilot, "G n", "no step differs below this one")


async def test_the_text_of_a_step_scrolls_beside_the_steps(support_db: Path) -> None:
    async with running(support_db, NARROW, query=AGENT) as pilot:
        await press(pilot, "space j j space D", "input [-first-]")
        text = pilot.app.screen._text  # type: ignore[attr-defined]
        await pilot.press("J")
        await until_true(pilot, lambda: text.scroll_offset.y > 0)
        await pilot.press("K")
        await until_true(pilot, lambda: text.scroll_offset.y == 0)


@pytest.mark.parametrize(
    ("keys", "said"),
    [("D", "no trace is marked"), ("space j space space D", "3 marked"), ("space k D", "1 marked")],
)
async def test_without_two_traces_it_says_how_to_choose_them(support_db: Path, keys: str, said: str) -> None:
    async with running(support_db) as pilot:
        await press(pilot, keys, said, "mark two with space")


@pytest.mark.parametrize("size", [WIDE, MEDIUM, NARROW, SMALL, TINY])
async def test_the_comparison_fits_the_terminal(support_db: Path, size: tuple[int, int]) -> None:
    async with running(support_db, size, query=AGENT) as pilot:
        await press(pilot, "space j j space D", "took")
        await until(pilot, " changed")
        assert {cell_width(line) for line in screen_lines(pilot.app)} == {size[0]}
