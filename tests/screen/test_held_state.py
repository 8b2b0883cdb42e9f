"""What the screen keeps while lists change under it: ranges, marks, a filter that is off, sentences that became untrue."""

from __future__ import annotations

from pathlib import Path

from tests.screen.program import press, running, until
from tests.screen.test_actions import screen_of, settled, write_trace


async def test_a_range_marks_from_the_trace_that_it_began_at_though_newer_ones_came(support_db: Path) -> None:
    async with running(support_db) as pilot:
        await settled(pilot)
        await press(pilot, "j v", "RANGE")
        wanted = screen_of(pilot).listing.ids[1:3]
        write_trace(support_db, "new1")
        await until(pilot, "Traces 216")
        await press(pilot, "j v", "◆ 2 marked")
        assert screen_of(pilot).traces.marked == frozenset(wanted)


async def test_escape_gives_a_range_up_and_marks_nothing(support_db: Path) -> None:
    async with running(support_db) as pilot:
        await settled(pilot)
        await press(pilot, "v j j", "RANGE")
        await pilot.press("escape")
        await until(pilot, lambda text: "RANGE" not in text)
        assert not screen_of(pilot).traces.marked


async def test_a_range_whose_beginning_the_filter_hides_says_so(support_db: Path) -> None:
    async with running(support_db) as pilot:
        await settled(pilot)
        await press(pilot, "v", "RANGE")
        await press(pilot, "slash s t a t u s : e r r o r enter", "of 215")
        await press(pilot, "v", "the trace that the range began at is not listed any more")


async def test_a_filter_that_was_off_is_off_at_the_next_start(support_db: Path) -> None:
    async with running(support_db, query="status:error") as pilot:
        await press(pilot, "backslash", "/ off status:error")
    async with running(support_db) as pilot:
        await until(pilot, lambda text: "/ off status:error" in text and "Traces 215" in text)
        await press(pilot, "backslash", "of 215")


async def test_what_was_wrong_with_a_filter_goes_once_it_is_right(support_db: Path) -> None:
    async with running(support_db, query="tool:open_return") as pilot:
        await until(pilot, "Spans 6")
        await press(pilot, "l ampersand", "words in this trace")
        await press(pilot, "k i n d : t o o", 'unknown kind "too"')
        await pilot.press("l")
        await until(pilot, lambda text: "unknown kind" not in text)
