"""The views over the screen: totals, sessions, users, a conversation."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from tests.screen.program import MEDIUM, NARROW, SAMPLES, SMALL, TINY, WIDE, press, running, until, until_true
from tests.screen.screen_text import screen_lines
from tracetui.query import Filter
from tracetui.text import cell_width
from tracetui.tui.keymap import ACTIONS
from tracetui.tui.screens.view_screen import ViewScreen
from tracetui.workspace import Workspace

SUPPORT = SAMPLES / "support.db"


def test_every_action_of_a_view_is_done_by_a_view_that_offers_it() -> None:
    from tracetui.tui.screens.bundles import BundleScreen
    from tracetui.tui.screens.compare import CompareScreen
    from tracetui.tui.screens.digest import DigestScreen
    from tracetui.tui.screens.thread import ThreadScreen
    from tracetui.tui.screens.totals import TotalsScreen

    offered: set[str] = {"view_close"}
    for view in (TotalsScreen, BundleScreen, ThreadScreen, CompareScreen, DigestScreen):
        offered |= set(view.names)
        for name in view.names:
            assert callable(getattr(view, f"do_{name.removeprefix('view_')}"))
    assert {action.id for action in ACTIONS if action.where == ("view",)} == offered


async def test_totals_are_by_model_with_what_has_no_price_said(support_db: Path) -> None:
    async with running(support_db) as pilot:
        text = await press(pilot, "dollar_sign", "cost by day")
        assert "By model 5" in text
        assert "≥$0.1955 250 of 267 priced" in text
        assert "0 of 31 priced" in text
        assert "$0.1 ██" in text
        assert "11-23" in text


async def test_tab_changes_the_grouping_and_back(support_db: Path) -> None:
    async with running(support_db) as pilot:
        await press(pilot, "dollar_sign", "By model")
        await press(pilot, "tab", "By feature 5")
        await press(pilot, "tab tab tab tab", "By day 8")
        await press(pilot, "shift+tab", "By session 100")
        await press(pilot, "b", "Group by")


async def test_sorting_changes_the_chart_with_the_table(support_db: Path) -> None:
    async with running(support_db) as pilot:
        await press(pilot, "dollar_sign", "cost by day")
        text = await press(pilot, "s n", "calls by day")
        first = next(line for line in text.splitlines() if line.startswith("│▌") or "▌" in line[:3])
        assert "claude" in first
        await press(pilot, "g", "gpt-5-mini")
        assert "calls↓" in text
        text = await press(pilot, "S", "calls↑")


async def test_enter_on_a_row_of_totals_lists_its_traces(support_db: Path) -> None:
    async with running(support_db) as pilot:
        await press(pilot, "dollar_sign", "By model 5")
        text = await press(pilot, "j enter", "of 215")
        assert "model:=gpt-5-mini-2025-08-07" in text
        assert "Traces 109 of 215" in text


async def test_a_second_term_stands_beside_the_first(support_db: Path) -> None:
    async with running(support_db, query="status:error OR status:refused") as pilot:
        await press(pilot, "dollar_sign", "By model")
        text = await press(pilot, "tab enter", "(status:error OR status:refused) feature:=")
        assert "Traces" in text


@pytest.mark.parametrize(
    ("by", "key", "term"),
    [
        ("model", "gpt 5", 'model:="gpt 5"'),
        ("model", None, "kind:embedding,generation,reranker -has:model"),
        ("feature", None, "-has:feature"),
        ("environment", "production", "env:=production"),
        ("day", "2026-11-20", "time:2026-11-20"),
        ("hour", "2026-11-20 10:00", "time:2026-11-20T10:00..2026-11-20T10:59"),
        ("prompt", "triage@v3", "prompt:=triage version:=v3"),
        ("prompt", "triage", "prompt:=triage"),
        ("metadata.tier", "gold", "metadata.tier:=gold"),
        ("tag", 'a"b', 'tag:="a\\"b"'),
    ],
)
def test_a_group_is_selected_by_a_filter_that_parses(by: str, key: str | None, term: str) -> None:
    from tracetui.query import compile_filter
    from tracetui.tui.screens.totals import term_of

    assert term_of(by, (key,)) == term
    assert not compile_filter(term, now_ns=0).is_empty


@pytest.mark.parametrize("by", ["model", "feature", "user", "prompt", "session", "day", "hour", "environment", "tag"])
def test_the_filter_of_a_group_selects_the_traces_that_the_group_counted(by: str) -> None:
    from tracetui.tui.screens.totals import term_of
    from tracetui.workspace import open_workspace

    workspace = open_workspace([SUPPORT], wait=True)
    for group in workspace.groups([by]):
        assert len(workspace.trace_ids(term_of(by, group.key))) == group.traces, group.key
    workspace.close()


async def test_a_conversation_is_its_turns_with_what_was_said(support_db: Path) -> None:
    async with running(support_db, query="session:conv-1131") as pilot:
        await press(pilot, "c", "Conversation 4")
        text = await until(pilot, lambda text: "…\n" not in text and "❯" in text and "Of course!" in text)
        assert "session conv-1131" in text
        assert "4 turns" in text
        assert "❯ I bought a chain three weeks ago" in text
        assert "★" in text


async def test_enter_on_a_turn_goes_into_its_trace_and_c_comes_back(support_db: Path) -> None:
    async with running(support_db, query="session:conv-1131") as pilot:
        await press(pilot, "c", "4 turns")
        await pilot.press("g", "j", "enter")
        await until_true(pilot, lambda: not isinstance(pilot.app.screen, ViewScreen))
        screen = pilot.app.screen
        await until_true(pilot, lambda: screen.where() == "tree")  # type: ignore[attr-defined]
        await until(pilot, lambda text: "Spans" in text)
        selected = screen.traces.selected_id  # type: ignore[attr-defined]
        await press(pilot, "c", "4 turns")
        assert pilot.app.screen.pane.selected_id == selected  # type: ignore[attr-defined]
        await press(pilot, "escape", "Traces 4")


async def test_a_trace_without_a_session_says_so(support_db: Path) -> None:
    conn = sqlite3.connect(support_db)
    conn.execute(
        "INSERT INTO spans (trace_id, span_id, name, start_ns, end_ns) VALUES ('x', 'y', 'lonely', ?, ?)",
        (1_795_500_000 * 10**9, 1_795_500_001 * 10**9),
    )
    conn.commit()
    conn.close()
    async with running(support_db, query="name:lonely") as pilot:
        await until(pilot, "Spans 1")
        await press(pilot, "c", "this trace has no session id")


async def test_sessions_are_listed_and_open_as_conversations(support_db: Path) -> None:
    async with running(support_db) as pilot:
        text = await press(pilot, "C", "Sessions 100")
        assert "seen↓" in text
        await until(pilot, lambda text: "conv-1131" in text and "★" in text)
        await press(pilot, "s c", "cost↓")
        text = await press(pilot, "g enter", "session conv-1081")
        await until(pilot, lambda text: "3 turns" in text)
        await press(pilot, "escape", "Sessions 100")
        await press(pilot, "escape", "Traces 215")


async def test_sessions_are_those_of_the_filter_and_f_lists_their_traces(support_db: Path) -> None:
    async with running(support_db, query="status:error") as pilot:
        text = await press(pilot, "C", "with a trace in the list")
        assert "Sessions 100" not in text
        text = await press(pilot, "f", "status:error session:=conv-")
        assert "Traces 1" in text


async def test_a_users_row_lists_the_users_traces(support_db: Path) -> None:
    async with running(support_db) as pilot:
        await press(pilot, "U", "Users 10")
        await press(pilot, "s n", "traces↓")
        text = await press(pilot, "g enter", "user:=chloe@example.org")
        assert "Traces 31 of 215" in text


async def test_views_change_places_without_going_back(support_db: Path) -> None:
    async with running(support_db) as pilot:
        await press(pilot, "C", "Sessions 100")
        await press(pilot, "U", "Users 10")
        await press(pilot, "dollar_sign", "By model 5")
        await press(pilot, "q", "Traces 215")


async def test_a_view_shows_what_arrives(support_db: Path) -> None:
    async with running(support_db) as pilot:
        await press(pilot, "C", "Sessions 100")
        conn = sqlite3.connect(support_db)
        conn.execute(
            "INSERT INTO spans (trace_id, span_id, name, start_ns, end_ns, session_id) VALUES ('x', 'y', 'n', ?, ?, 'brand-new')",
            (1_795_500_000 * 10**9, 1_795_500_001 * 10**9),
        )
        conn.commit()
        conn.close()
        await until(pilot, lambda text: "Sessions 101" in text and "brand-new" in text)


async def test_the_help_of_a_view_lists_its_own_keys(support_db: Path) -> None:
    async with running(support_db) as pilot:
        await press(pilot, "dollar_sign", "By model")
        text = await press(pilot, "question_mark", "Keys in totals")
        assert "next grouping" in text
        assert "half a page down" in text
        await pilot.press("escape")
        await press(pilot, "colon", "All actions")


@pytest.mark.parametrize("size", [WIDE, MEDIUM, NARROW, SMALL, TINY])
@pytest.mark.parametrize(
    ("key", "has"), [("dollar_sign", "By model"), ("c", "Conversation"), ("C", "Sessions"), ("U", "Users")]
)
async def test_each_view_fits_the_terminal(support_db: Path, size: tuple[int, int], key: str, has: str) -> None:
    async with running(support_db, size) as pilot:
        await press(pilot, key, has)
        assert {cell_width(line) for line in screen_lines(pilot.app)} == {size[0]}


async def test_hostile_ids_reach_the_views_inert(support_db: Path) -> None:
    conn = sqlite3.connect(support_db)
    name = "\x1b]0;owned\x07\x1b[31m[red]evil\u202e"
    conn.execute(
        "INSERT INTO spans (trace_id, span_id, kind, name, start_ns, end_ns, session_id, user_id, feature, model)"
        " VALUES ('x', 'y', 'generation', 'n', ?, ?, ?, ?, ?, ?)",
        (1_795_500_000 * 10**9, 1_795_500_001 * 10**9, name, name, name, name),
    )
    conn.commit()
    conn.close()
    async with running(support_db) as pilot:
        for keys in ("dollar_sign", "tab", "C", "U", "C g enter"):
            text = await press(pilot, keys, "owned")
            assert "\x1b" not in text
            assert "\u202e" not in text


async def test_why_rows_are_not_up_to_date_is_said_under_those_that_stay(support_db: Path) -> None:
    async with running(support_db, MEDIUM) as pilot:
        await press(pilot, "dollar_sign", "By model 5")
        view = pilot.app.screen
        assert isinstance(view, ViewScreen)
        view.failed("the database is locked")
        await until(pilot, lambda text: "✕ the database is locked" in text and "By model 5" in text)
        await press(pilot, "j", "By model 5")
        await until(pilot, lambda text: "locked" not in text)


async def test_sums_over_a_search_that_still_runs_say_so_and_are_made_anew_when_it_ends(
    support_db: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    goes_on, search = Event(), Workspace.search

    def halting(
        self: Workspace, filter: Filter, sort: str, found: Callable[[Any], None], stop: Any, told: Any = None
    ) -> bool:
        ids: list[str] = []
        search(self, filter, sort, ids.extend, stop)
        found(ids[:3])
        goes_on.wait(30)
        found(ids[3:])
        return True

    monkeypatch.setattr(Workspace, "search", halting)
    async with running(support_db, query="sealant", title="Traces 3+") as pilot:
        await press(pilot, "dollar_sign", "By model", "of what the search had found by then")
        few = await until(pilot, "cost by")
        goes_on.set()
        text = await until(pilot, lambda text: "had found by then" not in text and "adding up" not in text)
        assert text.splitlines()[2:] != few.splitlines()[2:]


async def test_totals_whose_renewal_was_stopped_can_still_be_sorted(support_db: Path) -> None:
    async with running(support_db, MEDIUM) as pilot:
        await press(pilot, "dollar_sign", "By model 5")
        view = pilot.app.screen
        assert isinstance(view, ViewScreen)
        await until_true(pilot, lambda: not view.progress)
        view.ask_anew()
        view.do_close()
        await press(pilot, "s n", "calls↓")
        await until(pilot, lambda text: text.index("gpt-5-mini") < text.index("claude-sonnet"))
