"""Faults while the screen is open: it stays alive, and says what happened."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from textual import events
from textual.geometry import Size

from tests.screen.program import MEDIUM, SMALL, press, running, until, until_true
from tracetui.config import Config
from tracetui.sources import tracetui_store
from tracetui.store import connection
from tracetui.tui.widgets.trace_list import TraceList
from tracetui.workspace import Workspace


async def test_a_rating_waits_for_another_writer_while_the_screen_lives_and_then_says_so(
    support_db: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "LOCK_WAIT_S", 0.4)
    other = sqlite3.connect(support_db, isolation_level=None)
    async with running(support_db) as pilot:
        other.execute("BEGIN IMMEDIATE")
        await pilot.press("r", "4", "enter")
        await pilot.resize_terminal(120, 40)
        await until(pilot, lambda text: len(text.splitlines()) == 40)
        text = await until(pilot, "locked")
        assert "saved user_rating" not in text
        other.execute("ROLLBACK")
        await press(pilot, "enter", "saved user_rating = 4")
    other.close()


HOLD_LOCK = """
import sqlite3, sys
from contextlib import closing
with closing(sqlite3.connect(sys.argv[1], isolation_level=None)) as conn:
    conn.execute("BEGIN IMMEDIATE")
    print("held", flush=True)
    sys.stdin.readline()
    conn.execute("ROLLBACK")
"""


async def test_keys_are_answered_while_a_rating_waits_for_another_process(
    support_db: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "LOCK_WAIT_S", 60.0)
    command = [sys.executable, "-c", HOLD_LOCK, str(support_db)]
    async with running(support_db) as pilot:
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
            assert other.stdout is not None
            assert other.stdout.readline() == "held\n"
            await press(pilot, "r 4 enter", "saving…")
            await pilot.press("escape", "j", "j")
            traces = pilot.app.screen.query_one(TraceList)
            await until_true(pilot, lambda: traces.cursor == 2)
            await press(pilot, "?", "Keys in")
            await pilot.press("escape")
            text = await until(pilot, lambda text: "Keys in" not in text)
            assert "saved user_rating" not in text
            other.communicate("\n")
        await until(pilot, "saved user_rating = 4")


async def test_a_payload_for_which_memory_does_not_suffice_is_said_and_the_next_one_is_shown(
    support_db: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = tracetui_store.TracetuiStore.payload
    given: list[Any] = []

    def fail_once(*args: Any, **named: Any) -> Any:
        given.append(args)
        if len(given) == 1:
            raise MemoryError
        return whole(*args, **named)

    monkeypatch.setattr(tracetui_store.TracetuiStore, "payload", fail_once)
    async with running(support_db) as pilot:
        await until_true(pilot, lambda: bool(given))
        await until(pilot, "not enough memory")
        await pilot.press("j")
        await until_true(pilot, lambda: len(given) > 1)
        await until(pilot, lambda text: "not enough memory" not in text)


async def test_a_poll_that_finds_damaged_pages_is_said_and_polling_goes_on(
    support_db: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = Workspace.poll
    polls: list[int] = []

    def fail_once(self: Workspace, seconds: float = 0.15) -> Any:
        polls.append(1)
        if len(polls) == 1:
            raise sqlite3.DatabaseError("database disk image is malformed")
        return whole(self, seconds)

    monkeypatch.setattr(Workspace, "poll", fail_once)
    async with running(support_db) as pilot:
        await until(pilot, "is damaged")
        await until_true(pilot, lambda: len(polls) > 1)


async def test_a_filter_that_would_search_for_years_is_given_up_and_the_screen_lives(
    support_db: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tracetui.query import searching

    monkeypatch.setattr(searching, "SECONDS", 0.05)
    monkeypatch.setattr(searching, "_SEARCHER", searching._Searcher())
    async with running(support_db) as pilot:
        await pilot.press("slash", *"/([a-z]+[ .]*)+;9/", "enter")
        await until(pilot, "was given up")
        await press(pilot, "? ", "Keys in")
    searching._SEARCHER.close()


@pytest.mark.parametrize(
    ("question", "query", "keys"),
    [("page", None, "G"), ("totals", "is:error", "s c"), ("trace_count", "is:error", "s c")],
)
async def test_a_question_of_the_list_that_failed_is_said_and_asked_again(
    question: str, query: str | None, keys: str, support_db: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = getattr(Workspace, question)
    asked: list[bool] = []

    def fail_twice(self: Workspace, *given: Any) -> Any:
        asked.append(len(asked) >= 2)
        if not asked[-1]:
            raise sqlite3.OperationalError("disk I/O error")
        return whole(self, *given)

    async with running(support_db, query=query) as pilot:
        monkeypatch.setattr(Workspace, question, fail_twice)
        await press(pilot, keys, "the disk is full or fails")
        await until_true(pilot, lambda: True in asked)
        if question == "page":
            traces = pilot.app.screen.query_one(TraceList)
            await until_true(pilot, lambda: traces.row_of(str(traces.selected_id)) is not None)


async def test_what_is_said_of_keys_is_true_where_they_were_changed(support_db: Path) -> None:
    own = {"toggle_filter": ["!"], "filter": ["ctrl+o"], "accept": ["ctrl+g"], "escape": ["ctrl+e"]}
    async with running(support_db, config=Config(keys=own)) as pilot:
        await press(pilot, "ctrl+o", "^g applies", "^e restores")
        await pilot.press(*"name:nobody", "ctrl+g")
        await until(pilot, "! turns the filter off   ^o edits it")
        await press(pilot, "!", "215 traces")


async def test_a_size_that_is_told_too_late_is_not_taken_for_the_present_one(
    support_db: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with running(support_db) as pilot:
        app = pilot.app
        with monkeypatch.context() as patch:
            patch.setattr(type(app), "is_headless", False)
            patch.setattr("shutil.get_terminal_size", lambda: MEDIUM)
            for size in (MEDIUM, SMALL):
                app.post_message(events.Resize(Size(*size), Size(*size)))
            await until_true(pilot, lambda: app.size == MEDIUM)
            await press(pilot, "j", "Traces 215 ")
            assert app.size == MEDIUM
