"""The main screens as text, at three sizes. A change of layout shows as a diff.

Written anew with `TRACETUI_GOLDENS=write pytest -n 0 tests/screen/test_goldens.py`; read the diff before it is committed.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from textual.pilot import Pilot

from tests.screen.program import MEDIUM, NARROW, WIDE, running, until
from tests.screen.screen_text import screen_text

IS_WRITING = os.environ.get("TRACETUI_GOLDENS") == "write"
GOLDENS = Path(__file__).parent / "goldens"
NOW_NS = 1_795_460_000 * 10**9
"""Some hours after the newest trace of the samples."""

SCREENS: dict[str, tuple[tuple[int, int], str | None, str, str]] = {
    "list-wide": (WIDE, None, "", "p95"),
    "list-medium": (MEDIUM, None, "", "p95"),
    "list-narrow": (NARROW, "status:error", "", "of 215"),
    "list-tiny": ((40, 10), None, "", "docs-bot"),
    "tree-narrow": (NARROW, "status:error", "l", "track_parcel"),
    "tree-collapsed": (NARROW, "status:error", "l h", "+3"),
    "no-match": (NARROW, None, "slash n a m e : n o b o d y enter", "no trace matches"),
    "filter-error": (NARROW, None, "slash m o d l e : x", "did you mean model?"),
    "rating": (NARROW, None, "r 4", "★ 4"),
    "help-medium": (MEDIUM, None, "question_mark", "Keys in the list of traces"),
    "palette": (NARROW, None, "colon t h e m e", "choose colours"),
    "marked": (NARROW, None, "v j j v", "◆ 3 marked"),
}
"""Name → size, filter, keys, and what has to be on the screen."""


@pytest.mark.parametrize("name", SCREENS)
async def test_the_screen_is_as_it_was(support_db: Path, name: str) -> None:
    size, query, keys, has = SCREENS[name]
    async with running(support_db, size, query) as pilot:
        traces = pilot.app.screen.traces  # type: ignore[attr-defined]
        traces._now_ns = lambda: NOW_NS
        traces._wide.clear()
        traces.set_rows(list(traces._rows.values()))
        await until(pilot, lambda text: "trc" in text or "traces" in text)
        await settle(pilot)
        await pilot.press(*keys.split())
        await until(pilot, has)
        text = await settle(pilot)
    place = GOLDENS / f"{name}.txt"
    if IS_WRITING:
        place.parent.mkdir(exist_ok=True)
        place.write_text(text + "\n")
    assert text + "\n" == place.read_text()


async def settle(pilot: Pilot[None]) -> str:
    """The screen when every question is answered and nothing changes any more."""
    text, same = "", 0
    while same < 20:
        await pilot.pause(0.01)
        now = screen_text(pilot.app)
        is_busy = any(lane._is_busy for topic, lane in pilot.app.questions._lanes.items() if topic != "poll")  # type: ignore[attr-defined]
        same = same + 1 if now == text and not is_busy else 0
        text = now
    return text
