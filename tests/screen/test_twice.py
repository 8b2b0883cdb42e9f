"""Keys that come faster than the screen answers: what leaves a page leaves that page, however often it is pressed."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest
from textual import events
from textual.pilot import Pilot

from tests.screen.program import press, running, until
from tests.screen.test_actions import write_trace
from tracetui.tui.widgets.find_bar import FindBar
from tracetui.workspace import Workspace

OPENED = {
    "?": ("esc leaves", "escape"), "question_mark": ("esc leaves", "enter"), "s": ("sort", "enter"),
    ":": ("", "escape"), "$": ("totals", "escape"), "C": ("sessions", "q"),
}  # fmt: skip


@pytest.mark.parametrize("key", OPENED)
async def test_leaving_twice_at_once_leaves_once(key: str, support_db: Path) -> None:
    said, leaves = OPENED[key]
    async with running(support_db) as pilot:
        main = pilot.app.screen
        await pilot.press(key)
        await until(pilot, lambda text: said in text and pilot.app.screen is not main)
        for _ in range(3):
            pilot.app.post_message(events.Key(leaves, None))
        await until(pilot, lambda text: pilot.app.screen is main)
        await press(pilot, "escape", "Traces 215 ")
        assert pilot.app.screen is main


async def test_what_is_typed_while_the_program_leaves_is_no_defect(support_db: Path) -> None:
    async with running(support_db) as pilot:
        app = pilot.app
    assert not app.screen_stack
    await app.on_event(events.Key("l", "l"))


async def test_a_view_of_what_grows_is_left_at_once_while_it_asks_anew_by_itself(
    support_db: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked, goes_on = [], threading.Event()
    ask = Workspace.bundle_ids

    def ask_slowly(workspace: Workspace, *about: Any) -> list[str]:
        asked.append(about)
        if len(asked) > 1:
            goes_on.wait(60)
        return ask(workspace, *about)

    monkeypatch.setattr(Workspace, "bundle_ids", ask_slowly)
    async with running(support_db) as pilot:
        main = pilot.app.screen
        await press(pilot, "U", "Users 1")
        write_trace(support_db, "new1")
        await until(pilot, "looking for users")
        await pilot.press("escape")
        await until(pilot, lambda text: pilot.app.screen is main)
        goes_on.set()


async def test_what_is_typed_in_one_go_goes_where_the_first_key_leads(support_db: Path) -> None:
    async with running(support_db) as pilot:
        for key in ("slash", *"kind:tool", "enter"):
            pilot.app.post_message(events.Key(key, "/" if key == "slash" else key if len(key) == 1 else None))
        await until(pilot, lambda text: "kind:tool" in text and " of 215" in text)
        for key in ("l", "j", "l"):
            pilot.app.post_message(events.Key(key, key))
        await until(pilot, lambda _: pilot.app.screen.query_one("#payload").has_focus)
        assert pilot.app.screen.query_one("#traces").cursor == 0


IN_ONE_GO = {
    ":rev⏎": "time↑", "sjj⏎": "cost↓", "r4⏎": "saved user_rating = 4", "rcslow⏎4⏎": "saved user_rating = 4",
    "Eall.csv⏎": "all.csv", "y⏎": "the clipboard",
}  # fmt: skip
"""Keys, where ⏎ is enter, and what they lead to."""


def send(pilot: Pilot[None], keys: str) -> None:
    """Send keys as a terminal does where all of them are there when it is read."""
    for key in keys:
        name = {"⏎": "enter", "/": "slash"}.get(key, key)
        pilot.app.post_message(events.Key(name, None if key == "⏎" else key))


@pytest.mark.parametrize("keys", IN_ONE_GO)
async def test_what_is_sent_in_one_go_does_what_it_does_key_by_key(
    keys: str, support_db: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(support_db.parent)
    async with running(support_db) as pilot:
        send(pilot, keys)
        await until(pilot, IN_ONE_GO[keys])


@pytest.mark.parametrize("keys", ["l&docs", "ll/docs"])
async def test_what_is_looked_for_in_one_go_is_typed(keys: str, support_db: Path) -> None:
    async with running(support_db) as pilot:
        send(pilot, keys)
        await until(pilot, lambda _: pilot.app.screen.query_one(FindBar).input.value == "docs")
