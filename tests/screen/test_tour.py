"""docs/tour.md, pressed key by key: each row of its tables is keys, and words that have to be on the screen then."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.screen.program import MEDIUM, WIDE, has_all, running, until_true
from tests.screen.screen_text import screen_text

PAGE = Path(__file__).parents[2] / "docs" / "tour.md"
NAMED = {"enter": "enter", "esc": "escape", "tab": "tab", "space": "space", "ctrl+u": "ctrl+u"}


def steps() -> list[tuple[list[str], list[str]]]:
    """Keys, typed texts letter by letter, and the words of each row."""
    found = []
    for line in PAGE.read_text().splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")] if line.startswith("| ") else []
        if len(cells) != 3 or cells[0] in ("press", "---"):
            continue
        keys = [key for text in re.findall(r"`([^`]+)`", cells[0]) for key in letters(text)]
        found.append((keys, re.findall(r"`([^`]+)`", cells[1])))
    return found


def letters(text: str) -> list[str]:
    """A key by its name, or what is to be typed, letter by letter."""
    return [NAMED[text]] if text in NAMED else ["space" if letter == " " else letter for letter in text]


def test_the_page_has_steps_and_each_says_what_one_sees() -> None:
    assert len(steps()) > 20
    assert all(seen for _, seen in steps())


@pytest.mark.parametrize("size", [WIDE, MEDIUM])
async def test_every_step_of_the_tour_shows_what_the_page_says(support_db: Path, size: tuple[int, int]) -> None:
    async with running(support_db, size, is_fresh=True) as pilot:
        for keys, seen in steps():
            await pilot.press(*keys)
            await until_true(pilot, lambda seen=seen: has_all(*seen)(screen_text(pilot.app)), f"{keys} → {seen}")  # type: ignore[misc]
