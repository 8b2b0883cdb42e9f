"""The program as its user meets it: keys pressed, text read from the screen, on a real store."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from tests.screen.program import MEDIUM, NARROW, WIDE, has_all, press, running, until
from tests.screen.screen_text import screen_text
from tracetui.text import cell_width
from tracetui.tui.keymap import ACTIONS, SWALLOWED, Keymap, keys_table

ROOT = Path(__file__).parents[2]


def test_no_key_is_given_twice_where_the_same_pane_has_the_focus() -> None:
    seen: set[tuple[str, str]] = set()
    for action in ACTIONS:
        for where in action.where:
            for key in action.keys:
                assert (where, key) not in seen, (where, key)
                seen.add((where, key))
                assert key not in SWALLOWED
                assert not key.startswith("alt+")
                assert where != "input" or len(key) > 1


def test_the_page_of_keys_says_what_the_table_says() -> None:
    assert keys_table() in (ROOT / "docs" / "keys.md").read_text()


def test_a_user_may_give_an_action_another_key() -> None:
    keymap = Keymap({"quit": ["ctrl+g"]})
    action = keymap.find("list", "ctrl+g")
    assert action is not None
    assert action.id == "quit"
    assert keymap.find("list", "Q") is None


async def test_every_action_of_the_table_is_done_by_something(support_db: Path) -> None:
    async with running(support_db) as pilot:
        screen = pilot.app.screen
        on_the_screen = {action.id for action in ACTIONS if action.where != ("view",)}
        assert on_the_screen <= set(screen.doing._table)  # type: ignore[attr-defined]


async def test_the_newest_traces_and_their_totals_are_on_the_first_screen(support_db: Path) -> None:
    async with running(support_db) as pilot:
        text = await until(pilot, has_all("priced)", "docs-bot", "Traces 215 ", "215 traces", "p50"))
        assert "support.db" in text.splitlines()[0]


async def test_one_drills_from_a_trace_to_a_span_to_its_messages(support_db: Path) -> None:
    async with running(support_db, query="status:error tool:track_parcel", title="Traces 7 ") as pilot:
        await until(pilot, lambda text: "track_parcel" in text)
        await press(pilot, "l j", "system")
        await press(pilot, "l 1", "assistant", "user", "tool", "openai")
        await press(pilot, "6", "Raw")
        await press(pilot, "h h", "Traces")


async def test_a_filter_lists_what_matches_and_a_wrong_one_says_where(support_db: Path) -> None:
    async with running(support_db) as pilot:
        await press(pilot, "slash m o d l e : g p t", "did you mean model?")
        await press(pilot, "escape", "Traces 215")
        await press(pilot, "slash s t a t u s : e r r o r enter", "of 215", "status:error")
        await press(pilot, "backslash", "Traces 215")
        await press(pilot, "backslash", "of 215")


async def test_words_are_found_in_payloads(support_db: Path) -> None:
    async with running(support_db, query="sealant", title="Traces 61 ") as pilot:
        await until(pilot, lambda text: has_all("docs-bot", "/ sealant")(text) and "searching" not in text)


async def test_a_rating_is_in_the_store_before_the_screen_says_so(support_db: Path) -> None:
    async with running(support_db) as pilot:
        await until(pilot, lambda text: "docs-bot" in text)
        await press(pilot, "r +", "saved user_rating = 1 → table scores in support.db")
        assert scores(support_db)[-1][:2] == ("user_rating", 1.0)
        await press(pilot, "r 4 c o k enter enter", "saved user_rating = 4")
        assert scores(support_db)[-1] == ("user_rating", 4.0, "ok")
        await press(pilot, "u", "took user_rating back")
        assert scores(support_db)[-1][:2] == ("user_rating", 1.0)


def scores(path: Path) -> list[tuple[str, float, str | None]]:
    """Current scores, oldest first."""
    conn = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    sql = (
        "SELECT name, value, comment FROM scores WHERE superseded_by IS NULL AND retracted_ns IS NULL ORDER BY time_ns"
    )
    found = conn.execute(sql).fetchall()
    conn.close()
    return found


async def test_what_another_program_writes_shows_without_moving_the_cursor(support_db: Path) -> None:
    async with running(support_db) as pilot:
        await until(pilot, lambda text: "docs-bot" in text)
        await pilot.press("j", "j")
        selected = pilot.app.screen.traces.selected_id  # type: ignore[attr-defined]
        conn = sqlite3.connect(support_db)
        now = 1_795_500_000 * 10**9
        conn.execute(
            "INSERT INTO spans (trace_id, span_id, name, start_ns) VALUES ('new', 'a', 'brand-new', ?)", (now,)
        )
        conn.commit()
        await until(pilot, lambda text: any("brand-new" in line and "running" in line for line in text.splitlines()))
        assert pilot.app.screen.traces.selected_id == selected  # type: ignore[attr-defined]
        conn.execute("UPDATE spans SET end_ns = ? WHERE trace_id = 'new'", (now + 7 * 10**9,))
        conn.commit()
        conn.close()
        await until(pilot, lambda text: "7.0s" in text)


@pytest.mark.parametrize(
    ("keys", "has"),
    [
        ("question_mark", "Rate and mark"),
        ("dollar_sign", "By model 5"),
        ("c", "Conversation 1"),
        ("C", "Sessions 100"),
        ("U", "Users 10"),
        ("s", "mean score"),
        ("colon", "action, trace, span"),
        ("y", "trace id"),
        ("f", "Filter by"),
        ("z", "ZOOM"),
        ("space", "1 marked"),
        ("F", "FOLLOW"),
        ("v j j v", "3 marked"),
        ("x", "✕"),
        ("t", "Timeline 4"),
        ("full_stop s", "slowest: 1 of"),
        ("full_stop c", "costliest: 1 of"),
        ("full_stop t full_stop t", "most tokens: 2 of"),
    ],
)
async def test_each_of_these_keys_shows_something(support_db: Path, keys: str, has: str) -> None:
    async with running(support_db) as pilot:
        await until(pilot, lambda text: "Spans 4" in text and "trace 1471" in text)
        await press(pilot, keys, has)
        await pilot.press("escape")


@pytest.mark.parametrize("size", [WIDE, MEDIUM, NARROW, (60, 20), (40, 10)])
async def test_it_fits_the_terminal_and_nothing_is_wider(support_db: Path, size: tuple[int, int]) -> None:
    async with running(support_db, size) as pilot:
        text = screen_text(pilot.app)
        lines = text.splitlines()
        assert len(lines) <= size[1]
        assert all(cell_width(line) <= size[0] for line in lines)
        assert ("Spans" in text) == (size[0] >= 160)
        await pilot.press("l")
        await until(pilot, lambda text: "docs-bot" in text)
        await pilot.press("l", "l", "l")
        await pilot.press("h", "h", "h")
        await until(pilot, lambda text: "Traces" in text)


async def test_q_goes_back_and_then_leaves(support_db: Path) -> None:
    async with running(support_db, NARROW) as pilot:
        await until(pilot, lambda text: "docs-bot" in text)
        await press(pilot, "l", "Spans")
        await press(pilot, "q", "Traces")
        await pilot.press("q")
        await until(pilot, lambda _: pilot.app.return_code == 0)


async def test_hostile_names_reach_the_screen_inert(support_db: Path) -> None:
    conn = sqlite3.connect(support_db)
    name = "\x1b]0;owned\x07\x1b[31m[red]evil\u202e"
    conn.execute(
        "INSERT INTO spans (trace_id, span_id, name, start_ns, end_ns) VALUES ('x', 'y', ?, ?, ?)",
        (name, 1_795_500_000 * 10**9, 1_795_500_001 * 10**9),
    )
    conn.commit()
    conn.close()
    async with running(support_db, title="Traces 216 ") as pilot:
        text = await until(pilot, lambda text: "owned" in text)
        assert "\x1b" not in text
        assert "\u202e" not in text
