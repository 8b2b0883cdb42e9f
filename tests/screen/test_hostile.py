"""Each pane, tab, mode and view over traces whose every text is an escape sequence: none reaches a cell of the screen."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import has_no_controls, write_lines
from tests.cli.test_hostile import CORPUS, trace
from tests.screen.program import MEDIUM, WIDE, press, running
from tests.screen.screen_text import screen_text

TEXT = " ".join(CORPUS)
TABS = ("1", "2", "3", "4", "5", "6")
STEPS: dict[str, tuple[tuple[str, str], ...]] = {
    "list and tree": (
        ("s", "Sort by"), ("escape f", "Filter by"), ("escape M E", "Export"), ("escape r", "★"), ("escape :", "action, trace, span"),
        ("escape l =", "Spans "), ("t .", "slowest by"),
    ),
    "views": (
        ("$", "By model"), *(("tab", "By "),) * 7, ("escape C", "Sessions"), ("escape U", "Users"), ("escape #", ""),
        ("escape c", "Conversation"),
    ),
}  # fmt: skip


@pytest.fixture
def hostile_source(tmp_path: Path) -> Path:
    """A trace for each of the corpus, and the newest with all of it in each text and as the names of its spans."""
    lines: list[dict[str, Any]] = [line for number, text in enumerate(CORPUS[::3]) for line in trace(number, text)]
    whole = trace(1_000, TEXT)
    spans = [{**whole[1], "span_id": f"n{number}{text}", "name": text} for number, text in enumerate(CORPUS)]
    return write_lines(tmp_path / "\x1b[2Jtraces\u202e.jsonl", [*lines, *whole, *spans])


async def shown(pilot: Any, keys: str, word: str) -> str:
    """The screen after some keys, once it has a word."""
    await press(pilot, keys, *[word] * bool(word))
    await pilot.pause()
    text = screen_text(pilot.app)
    assert has_no_controls(text), (keys, text)
    return text


@pytest.mark.parametrize("place", STEPS)
async def test_no_pane_and_no_view_shows_what_acts_on_a_terminal(hostile_source: Path, place: str) -> None:
    async with running(hostile_source, WIDE, is_fresh=True) as pilot:
        assert has_no_controls(screen_text(pilot.app))
        for keys, word in STEPS[place]:
            await shown(pilot, keys, word)


async def test_no_tab_in_no_mode_shows_what_acts_on_a_terminal(hostile_source: Path) -> None:
    async with running(hostile_source, MEDIUM, is_fresh=True) as pilot:
        await shown(pilot, "l j tab z", "Messages")
        seen = set[str]()
        for tab in TABS:
            for _ in range(4):
                text = await shown(pilot, f"{tab} m", "")
                seen |= {tab} if "52;c;cm0g" in text else set()
        assert len(seen) >= 4
