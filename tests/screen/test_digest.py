"""What got worse, on the screen."""

from __future__ import annotations

import sqlite3
import threading
from pathlib import Path

import pytest
from textual.pilot import Pilot

from tests.screen.program import MEDIUM, NARROW, SMALL, TINY, WIDE, press, running, until
from tests.screen.screen_text import screen_lines
from tracetui.text import cell_width

SECOND_NS = 10**9
DAY_NS = 24 * 3600 * SECOND_NS
LATER_NS = 1_795_900_000 * SECOND_NS
"""Some days after the newest trace of the samples."""
CHECK = "colon c h e c k enter"


@pytest.fixture(autouse=True)
def _at_a_known_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tracetui.tui.screens.digest.time_ns", lambda: LATER_NS)


def write_day(path: Path, name: str, begin_ns: int, failed: int, feature: str, number: int = 40) -> None:
    """Traces of a day, a minute apart, of which the first so many failed."""
    rows = [
        (f"{name}{at}", "a", "span", "job", begin_ns + at * 60 * SECOND_NS, begin_ns + (at * 60 + 1) * SECOND_NS,
         "error" if at < failed else "success", feature)
        for at in range(number)
    ]  # fmt: skip
    conn = sqlite3.connect(path)
    conn.executemany(
        "INSERT INTO spans (trace_id, span_id, kind, name, start_ns, end_ns, status, feature) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        rows,
    )
    conn.commit()
    conn.close()


@pytest.fixture
def worse_db(support_db: Path) -> Path:
    """A store in whose last 24 hours imports fail, and exports do as before."""
    for feature, failed in (("import", 30), ("export", 1)):
        write_day(support_db, f"{feature}-before", LATER_NS - DAY_NS - 7200 * SECOND_NS, 1, feature)
        write_day(support_db, f"{feature}-now", LATER_NS - 7200 * SECOND_NS, failed, feature)
    return support_db


def row(text: str, has: str) -> str:
    return next(line for line in text.splitlines() if has in line)


async def test_check_compares_the_day_up_to_the_newest_trace_and_says_so(support_db: Path) -> None:
    async with running(support_db) as pilot:
        text = await press(pilot, CHECK, "no regression in 11 measures")
        lines = text.splitlines()
        assert "30 traces  2026-11-22 18:41:04 to 2026-11-23 18:41:04 UTC" in lines[1]
        assert "not the last 24 hours: newest trace 2026-11-23 18:41" in lines[1]
        assert "31 traces  2026-11-21 18:41:04 to 2026-11-22 18:41:04 UTC" in lines[2]
        assert "over the limit, but it may be chance: difference -14% to +22.1% (98%), Newcombe" in lines[3]
        rated = row(text, "mean user_rating")
        for shown in ("?", "chance?", "4.09", "3.38", "11 → 13", "p 0.230", "-1.91 to +0.498"):
            assert shown in rated
        assert "too few" in row(text, "mean resolved")
        assert "fine" in row(text, "tokens per call")


async def test_findings_are_in_the_order_of_how_sure_they_are(worse_db: Path) -> None:
    async with running(worse_db, title="Traces 375") as pilot:
        text = await press(pilot, CHECK, "1 regression in")
        first = next(line for line in text.splitlines() if "▌" in line)
        assert "✕ error rate" in first
        assert "worse" in first
        assert "2.5%" in first
        assert "38.8%" in first
        assert "80 → 80" in first
        assert "newest trace" not in text
        assert "worse than chance explains: difference +2" in text


async def test_enter_lists_the_traces_behind_a_finding(worse_db: Path) -> None:
    async with running(worse_db, title="Traces 375") as pilot:
        await press(pilot, CHECK, "1 regression in")
        text = await press(pilot, "enter", "Traces 31 of")
        assert "root(status:error)" in text


async def test_b_groups_by_feature_model_and_prompt_and_back(worse_db: Path) -> None:
    async with running(worse_db, title="Traces 375") as pilot:
        await press(pilot, CHECK, "1 regression in")
        text = await press(pilot, "b", "By feature", "1 regression in", "✕ error rate")
        assert "import" in row(text, "✕ error rate")
        await press(pilot, "b", "By model 0", "nothing here is measured by that")
        await press(pilot, "b", "By prompt 0")
        await press(pilot, "b", "Findings", "1 regression in")
        await press(pilot, "shift+tab shift+tab shift+tab", "By feature", "1 regression in")
        text = await press(pilot, "g enter", "Traces 30 of")
        assert 'feature:="import"' in text


async def test_a_finding_that_is_fine_lists_the_traces_of_the_period(worse_db: Path) -> None:
    async with running(worse_db, title="Traces 375") as pilot:
        await press(pilot, CHECK, "1 regression in")
        await press(pilot, "G", "within the limit")
        await press(pilot, "enter", "Traces 80 of")


async def test_the_filter_of_the_list_narrows_both_periods(worse_db: Path) -> None:
    async with running(worse_db, query="feature:export", title="Traces 80 of 375") as pilot:
        text = await press(pilot, CHECK, "no regression in")
        assert "40 traces" in text
        await press(pilot, "enter", "(feature:export) since:")


async def test_where_nothing_is_listed_the_digest_says_what_to_do(support_db: Path) -> None:
    async with running(support_db) as pilot:
        await press(pilot, "slash n a m e : n o b o d y enter", "no trace matches")
        await press(pilot, CHECK, "no trace to check", "turns the filter off")
        await press(pilot, "escape", "no trace matches")


async def test_a_first_day_has_nothing_to_be_held_to(support_db: Path) -> None:
    write_day(support_db, "new", LATER_NS - 7200 * SECOND_NS, 3, "brand-new")
    async with running(support_db, query="feature:brand-new", title="Traces 40 of 255") as pilot:
        text = await press(pilot, CHECK, "no regression in", "0 traces")
        assert "nothing before to hold it to" in text
        assert "–" in row(text, "error rate")


async def test_escape_goes_back_to_the_list(support_db: Path) -> None:
    async with running(support_db) as pilot:
        await press(pilot, CHECK, "no regression in")
        await press(pilot, "escape", "Traces 215")


async def test_escape_stops_a_comparison_that_takes_long(support_db: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    goes_on = threading.Event()
    monkeypatch.setattr("tracetui.tui.screens.digest.compare", lambda *_: goes_on.wait(60))
    async with running(support_db) as pilot:
        await press(pilot, CHECK, "comparing 24 hours with the 24 before…  esc stops")
        await press(pilot, "escape", "stopped before it was compared")
        goes_on.set()
        await press(pilot, "escape", "Traces 215")


async def test_the_digest_is_reached_from_another_view(support_db: Path) -> None:
    async with running(support_db) as pilot:
        await press(pilot, "dollar_sign", "By model 5")
        await press(pilot, "colon", "All actions", "check what got worse")


async def fits(pilot: Pilot[None], size: tuple[int, int], has: str) -> str:
    text = await until(pilot, has)
    assert {cell_width(line) for line in screen_lines(pilot.app)} == {size[0]}
    return text


@pytest.mark.parametrize("size", [WIDE, MEDIUM, NARROW, SMALL, TINY])
async def test_the_digest_fits_the_terminal(worse_db: Path, size: tuple[int, int]) -> None:
    async with running(worse_db, size) as pilot:
        await press(pilot, CHECK, "✕ error rate")
        text = await fits(pilot, size, "38.8%")
        assert "80 traces" in text


async def test_a_small_terminal_says_too_that_it_is_not_the_last_day(support_db: Path) -> None:
    async with running(support_db, TINY) as pilot:
        await press(pilot, CHECK, "error rate", "newest 2026-11-23")


async def test_hostile_groups_reach_the_digest_inert(support_db: Path) -> None:
    write_day(support_db, "evil", LATER_NS - 7200 * SECOND_NS, 3, "\x1b]0;owned\x07\x1b[31m[red]evil\u202e")
    async with running(support_db, title="Traces 255") as pilot:
        await press(pilot, CHECK, "no regression")
        text = await press(pilot, "b", "owned")
        assert "\x1b" not in text
        assert "\u202e" not in text
