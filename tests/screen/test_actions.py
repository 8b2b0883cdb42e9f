"""What each key does, by what the reader sees of it."""

from __future__ import annotations

import json
import re
import sqlite3
import threading
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from tests.screen.program import MEDIUM, NARROW, WIDE, press, running, until
from tests.screen.screen_text import screen_text
from tracetui.config import Config
from tracetui.errors import TracetuiError
from tracetui.tui import actions_take
from tracetui.workspace import Workspace


def screen_of(pilot: Pilot[None]) -> Any:
    """The main screen."""
    return pilot.app.screen


async def settled(pilot: Pilot[None]) -> str:
    """The screen with a tree and a payload."""
    return await until(pilot, lambda text: "docs-bot" in text and "A tubeless" in text)


async def test_x_goes_through_the_failed_traces_of_the_filter_only(support_db: Path) -> None:
    async with running(support_db, query="feature:docs-search") as pilot:
        await until(pilot, "of 215")
        await press(pilot, "x", "no error after this one in the list")
    async with running(support_db, is_fresh=True) as pilot:
        await settled(pilot)
        await pilot.press("x")
        await until(pilot, lambda text: "▌✕" in text)
        first = screen_of(pilot).traces.selected_id
        await pilot.press("x")
        await until(pilot, lambda _: screen_of(pilot).traces.selected_id != first)
        await pilot.press("X")
        await until(pilot, lambda _: screen_of(pilot).traces.selected_id == first)


async def test_x_in_a_trace_goes_on_to_the_errors_of_the_next(support_db: Path) -> None:
    async with running(support_db) as pilot:
        await settled(pilot)
        await pilot.press("l", "x")
        await until(
            pilot, lambda _: (node := screen_of(pilot).reading.node) is not None and node.span.status == "error"
        )
        assert screen_of(pilot).pane is screen_of(pilot).spans


async def test_n_goes_through_the_spans_that_the_filter_meant_and_on_to_the_next_trace(support_db: Path) -> None:
    async with running(support_db, query="tool:get_order") as pilot:
        await until(pilot, "of 215")
        await until(pilot, lambda _: screen_of(pilot).reading.node is not None)
        first = screen_of(pilot).traces.selected_id
        await pilot.press("l", "n", "n", "n", "n", "n", "n")
        await until(pilot, lambda _: screen_of(pilot).traces.selected_id != first)
        await until(pilot, lambda _: (node := screen_of(pilot).reading.node) is not None and node.matches)


async def test_n_without_anything_looked_for_says_so(support_db: Path) -> None:
    async with running(support_db) as pilot:
        await settled(pilot)
        await press(pilot, "n", "nothing is looked for")


async def test_braces_go_to_the_next_trace_from_inside_one_and_brackets_to_siblings(support_db: Path) -> None:
    async with running(support_db, query="status:error") as pilot:
        await until(pilot, "of 215")
        await until(pilot, lambda _: screen_of(pilot).reading.node is not None)
        first = screen_of(pilot).reading.tree.trace.trace_id
        await pilot.press("l", "right_curly_bracket")
        await until(pilot, lambda _: screen_of(pilot).reading.tree.trace.trace_id != first)
        await pilot.press("left_curly_bracket")
        await until(pilot, lambda _: screen_of(pilot).reading.tree.trace.trace_id == first)
        await press(pilot, "left_curly_bracket", "this is the first trace of the list")
        await pilot.press("g", "j")
        before = screen_of(pilot).spans.selected_id
        await pilot.press("right_square_bracket")
        assert screen_of(pilot).spans.selected_id != before
        await pilot.press("left_square_bracket")
        assert screen_of(pilot).spans.selected_id == before


async def test_following_stays_with_the_newest_and_moving_away_pauses_it_with_a_count(support_db: Path) -> None:
    async with running(support_db) as pilot:
        await settled(pilot)
        await press(pilot, "F", "FOLLOW")
        write_trace(support_db, "new1")
        await until(pilot, "▌● ")
        await until(pilot, lambda _: screen_of(pilot).traces.selected_id == "new1")
        await press(pilot, "j j", "PAUSED")
        selected = screen_of(pilot).traces.selected_id
        write_trace(support_db, "new2")
        write_trace(support_db, "new3")
        await until(pilot, "PAUSED +2")
        assert screen_of(pilot).traces.selected_id == selected
        await press(pilot, "F", "FOLLOW")
        assert screen_of(pilot).traces.cursor == 0


def write_trace(path: Path, trace_id: str) -> None:
    """One more trace, newer than every other, as another program writes it."""
    start = 1_795_600_000 * 10**9 + int(trace_id[3:]) * 10**9
    conn = sqlite3.connect(path)
    sql = "INSERT INTO spans (trace_id, span_id, name, start_ns, end_ns) VALUES (?, 'a', ?, ?, ?)"
    conn.execute(sql, (trace_id, f"name-{trace_id}", start, start + 10**9))
    conn.commit()
    conn.close()


async def test_s_sorts_and_capital_s_turns_the_order_round(support_db: Path) -> None:
    async with running(support_db) as pilot:
        await settled(pilot)
        await press(pilot, "s c", "cost↓")
        dearest = screen_text(pilot.app).splitlines()[3]
        await press(pilot, "S", "cost↑")
        await until(pilot, lambda text: text.splitlines()[3] != dearest)


async def test_marks_are_rated_together_and_taken_back_together(support_db: Path) -> None:
    async with running(support_db) as pilot:
        await settled(pilot)
        await press(pilot, "g v j j v", "◆ 3 marked")
        await press(pilot, "r", "all 3 marked")
        await press(pilot, "4 enter", "saved user_rating = 4 for 3 traces")
        assert rated(support_db) == 3
        await press(pilot, "u", "took user_rating of 3 traces back")
        assert rated(support_db) == 0
        await press(pilot, "a", "◆ 215 marked")
        await pilot.press("a")
        await until(pilot, lambda text: "◆ 215" not in text)


async def test_an_export_that_is_stopped_leaves_no_file_and_says_so_once_that_is_so(
    support_db: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target, begun, goes_on, tree = tmp_path / "out.jsonl", Event(), Event(), Workspace.tree

    def halting(self: Workspace, *args: Any) -> Any:
        if threading.current_thread().name.endswith("export"):
            begun.set()
            goes_on.wait(30)
        return tree(self, *args)

    monkeypatch.setattr(Workspace, "tree", halting)
    async with running(support_db) as pilot:
        await settled(pilot)
        await press(pilot, "g v j j v E", "Export 3 marked traces")
        pilot.app.screen.query_one(Input).value = str(target)
        await press(pilot, "enter", "exporting 3 traces")
        await until(pilot, lambda _: begun.is_set())
        await press(pilot, "E", "an export runs already")
        await press(pilot, "escape", "stopping the export")
        goes_on.set()
        await until(pilot, "export stopped, nothing was written")
        assert not list(tmp_path.glob("*out.jsonl*"))
        await press(pilot, "E", "Export 3 marked traces")


async def test_of_ratings_that_were_saved_in_part_the_rest_is_tried_again_and_each_is_taken_back_once(
    support_db: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    score, undo, fails = Workspace.score, Workspace.undo, {"score": 3, "undo": 3}

    def count_down(name: str) -> None:
        fails[name] -= 1
        if fails[name] == 0:
            raise TracetuiError("the database is locked")

    def flaky_score(self: Workspace, *args: Any, **named: Any) -> Any:
        count_down("score")
        return score(self, *args, **named)

    def flaky_undo(self: Workspace) -> Any:
        count_down("undo")
        return undo(self)

    monkeypatch.setattr(Workspace, "score", flaky_score)
    monkeypatch.setattr(Workspace, "undo", flaky_undo)
    async with running(support_db) as pilot:
        await settled(pilot)
        await press(pilot, "g v j j v", "◆ 3 marked")
        await press(pilot, "r 4 enter", "✕ not saved: 1 of 3 traces: the database is locked")
        assert rated(support_db) == 2
        await press(pilot, "enter", "saved user_rating = 4")
        assert rated(support_db) == 3
        await press(pilot, "u", "took user_rating back")
        assert rated(support_db) == 2
        await press(pilot, "u", "took back only 1 of 2: the database is locked")
        assert rated(support_db) == 1
        await press(pilot, "u", "took user_rating back")
        assert rated(support_db) == 0


def rated(path: Path) -> int:
    """How many ratings of 4 by people are current."""
    conn = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    sql = "SELECT count(*) FROM scores WHERE name = 'user_rating' AND value = 4 AND comment IS NULL AND superseded_by IS NULL AND retracted_ns IS NULL AND time_ns > 1795600000000000000"
    found = conn.execute(sql).fetchone()[0]
    conn.close()
    return int(found)


async def test_marked_traces_are_exported_to_a_file_whose_name_says_the_form(support_db: Path, tmp_path: Path) -> None:
    target = tmp_path / "out.jsonl"
    async with running(support_db) as pilot:
        await settled(pilot)
        await press(pilot, "g space space E", "Export 2 marked traces to")
        field = pilot.app.screen.input  # type: ignore[attr-defined]
        field.value = str(tmp_path / "out.xlsx")
        await press(pilot, "enter", "the name must end in one of")
        field.value = str(target)
        await press(pilot, "enter", "2 traces → ")
    assert len({json.loads(line)["trace_id"] for line in target.read_text().splitlines()}) == 2
    assert target.stat().st_mode & 0o777 == 0o600


async def test_a_backslash_turns_the_filter_off_and_on(support_db: Path) -> None:
    async with running(support_db, query="status:error") as pilot:
        await until(pilot, "of 215")
        await press(pilot, "backslash", "/ off status:error")
        await until(pilot, "Traces 215")
        await pilot.press("backslash")
        await until(pilot, "of 215")


async def test_escape_takes_one_thing_after_the_other_and_never_quits(support_db: Path) -> None:
    async with running(support_db) as pilot:
        await settled(pilot)
        await press(pilot, "l l z", "ZOOM")
        await press(pilot, "slash", "find")
        await pilot.press("escape")
        assert screen_of(pilot).pane is screen_of(pilot).payload
        await pilot.press("escape")
        await until(pilot, lambda text: "ZOOM" not in text)
        await pilot.press("escape")
        assert screen_of(pilot).pane is screen_of(pilot).spans
        await pilot.press("escape", "escape", "escape")
        assert screen_of(pilot).pane is screen_of(pilot).traces
        assert pilot.app.is_running


async def test_zoom_and_the_split_change_the_panes(support_db: Path) -> None:
    async with running(support_db) as pilot:
        await settled(pilot)
        before = screen_of(pilot).traces.size.width
        await pilot.press("greater_than_sign")
        await until(pilot, lambda _: screen_of(pilot).traces.size.width > before)
        await pilot.press("less_than_sign", "less_than_sign")
        await until(pilot, lambda _: screen_of(pilot).traces.size.width < before)
        await pilot.press("z")
        await until(pilot, lambda _: screen_of(pilot).traces.size.width > 150)


async def test_capital_t_shows_ages_instead_of_times(support_db: Path) -> None:
    async with running(support_db) as pilot:
        await settled(pilot)
        await press(pilot, "T", " ago ")


@pytest.mark.parametrize(
    ("keys", "said"), [("y t", "trace id (32 B) → the clipboard"), ("Y", "215 rows"), ("l tab Y", "the whole tab (")]
)
async def test_copies_say_what_went_where(
    support_db: Path, monkeypatch: pytest.MonkeyPatch, keys: str, said: str
) -> None:
    monkeypatch.delenv("TMUX", raising=False)
    monkeypatch.setattr(actions_take, "copy_out", lambda text, driver: "the clipboard")
    async with running(support_db) as pilot:
        await settled(pilot)
        await press(pilot, keys, said)


@pytest.mark.parametrize(("key", "variable"), [("e", "EDITOR"), ("o", "PAGER")])
async def test_an_editor_or_pager_that_is_not_there_is_said(
    support_db: Path, monkeypatch: pytest.MonkeyPatch, key: str, variable: str
) -> None:
    monkeypatch.delenv("VISUAL", raising=False)
    monkeypatch.setenv(variable, "no-such-program")
    async with running(support_db) as pilot:
        await settled(pilot)
        await press(pilot, key, f"${variable} could not be run: no-such-program")


async def test_letters_are_text_while_one_types(support_db: Path) -> None:
    async with running(support_db) as pilot:
        await settled(pilot)
        await pilot.press("slash", *"qxzraFQ")
        assert screen_of(pilot).filter_bar.input.value == "qxzraFQ"
        assert not screen_of(pilot).is_following
        assert not screen_of(pilot).traces.marked


async def test_keys_of_the_users_own_show_in_help_and_hints(support_db: Path) -> None:
    config = Config(keys={"filter": ("ctrl+g",), "rate": ("R",)})
    async with running(support_db, config=config) as pilot:
        text = await settled(pilot)
        assert "^g filter" in text
        assert "R rate" in text
        assert "/ filter" not in text
        text = await press(pilot, "question_mark", "Keys in the list of traces")
        assert "^g" in text
        await pilot.press("escape")
        await press(pilot, "ctrl+g s", "/ s")


@pytest.mark.parametrize(
    ("keys", "title", "has", "has_not"),
    [
        ("question_mark", "Keys in the list of traces", "mark the trace", "open all spans"),
        ("l question_mark", "Keys in the tree of spans", "open all spans", "mark the trace"),
        ("l l question_mark", "Keys in the payload", "find text in the payload", "mark the trace"),
    ],
)
async def test_the_help_is_of_the_pane_that_has_the_focus(
    support_db: Path, keys: str, title: str, has: str, has_not: str
) -> None:
    async with running(support_db) as pilot:
        await settled(pilot)
        text = await press(pilot, keys, title, has)
        assert has_not not in text


async def test_the_palette_does_actions_and_jumps_to_traces_and_spans(support_db: Path) -> None:
    async with running(support_db, size=MEDIUM) as pilot:
        await until(pilot, "docs-bot")
        await press(pilot, "colon " + " ".join("reverse"), "reverse the order")
        await press(pilot, "enter", "time↑")
        await press(pilot, "S", "time↓")
        await press(pilot, "colon " + " ".join("track_par").replace("_", "underscore"), "track_parcel in support-agent")
        await pilot.press("enter")
        await until(
            pilot, lambda _: (node := screen_of(pilot).reading.node) is not None and node.span.name == "track_parcel"
        )
        trace_id = screen_of(pilot).reading.tree.trace.trace_id
        await pilot.press("g", "h", "h", "g")
        await press(pilot, "colon " + " ".join(trace_id[:9]), trace_id[:20])
        await pilot.press("enter")
        await until(pilot, lambda _: screen_of(pilot).reading.tree.trace.trace_id == trace_id)


async def test_a_jump_to_a_trace_that_the_filter_hides_turns_the_filter_off(support_db: Path) -> None:
    async with running(support_db, query="status:error") as pilot:
        await until(pilot, "of 215")
        await press(pilot, "colon " + " ".join("docs-bot").replace("-", "minus"), "trace   docs-bot")
        await press(pilot, "enter", "the filter is off: it hid this trace")
        await until(
            pilot, lambda _: (tree := screen_of(pilot).reading.tree) is not None and tree.trace.name == "docs-bot"
        )


async def test_a_filter_is_saved_found_again_and_forgotten(support_db: Path) -> None:
    async with running(support_db, query="status:error") as pilot:
        await until(pilot, "of 215")
        await press(pilot, "colon " + " ".join("save") + " space b a d", "save as bad")
        await press(pilot, "enter", "the filter is saved as bad")
    async with running(support_db, is_fresh=True) as pilot:
        await until(pilot, "Traces 215")
        await press(pilot, "colon b a d", "filter  bad")
        await press(pilot, "enter", "/ status:error")
        await press(pilot, "colon " + " ".join("forget") + " space b a d", "forget bad")
        await press(pilot, "enter", "bad is forgotten")


async def test_the_palette_changes_colours(support_db: Path) -> None:
    async with running(support_db) as pilot:
        await settled(pilot)
        await press(pilot, "colon " + " ".join("blind"), "color-blind")
        await pilot.press("enter")
        await until(pilot, lambda _: pilot.app.theme == "tracetui-color-blind")
    async with running(support_db) as pilot:
        assert pilot.app.theme == "tracetui-color-blind"


async def test_it_begins_as_it_was_left_unless_it_is_to_be_fresh(support_db: Path, empty_home: Path) -> None:
    before = support_db.read_bytes()
    async with running(support_db) as pilot:
        await press(pilot, "slash " + " ".join("is:error").replace(":", "colon") + " enter", "of 215")
        await press(pilot, "s c", "cost↓")
        await until(pilot, lambda _: screen_of(pilot).reading.node is not None)
        await pilot.press("j", "j", "j", "T")
        selected = screen_of(pilot).traces.selected_id
    async with running(support_db) as pilot:
        text = await until(pilot, "of 215")
        assert "cost↓" in text
        assert "is:error" in text
        assert screen_of(pilot).traces.selected_id == selected
        assert screen_of(pilot).traces.relative_times
    async with running(support_db, is_fresh=True) as pilot:
        text = await until(pilot, "Traces 215")
        assert "time↓" in text
    kept = list((empty_home / "tracetui" / "state" / "stores").iterdir())
    assert [place.stat().st_mode & 0o777 for place in kept] == [0o600]
    assert support_db.read_bytes() == before


async def test_columns_are_chosen_ordered_and_kept(support_db: Path) -> None:
    async with running(support_db, size=NARROW) as pilot:
        await until(pilot, "docs-bot")
        text = await press(pilot, "colon " + " ".join("columns") + " enter", "space shows")
        assert "metadata" in text
        columns = pilot.app.screen.columns  # type: ignore[attr-defined]
        at = next(row for row, one in enumerate(columns.offered) if one.id == "score.user_rating")
        columns.move_to(at)
        await pilot.press("space", *["K"] * (at - 1), "enter")
        text = await until(pilot, lambda text: "user_rating" in text.splitlines()[2])
        heading = text.splitlines()[2]
        assert heading.index("time") < heading.index("user_rating") < heading.index("name")
    async with running(support_db, size=NARROW) as pilot:
        await until(pilot, lambda text: "user_rating" in text.splitlines()[2])
        await press(pilot, "colon " + " ".join("columns") + " enter", "space shows")
        await pilot.press("d")
        await until(pilot, lambda text: "user_rating" not in text.splitlines()[2])


async def test_a_column_may_be_a_key_of_the_metadata(tmp_path: Path) -> None:
    path = tmp_path / "calls.jsonl"
    path.write_text(
        '{"id":"1","model":"m","input":"hi","output":"ho","metadata":{"tier":"gold"},"start":"2026-11-20T10:00:00Z"}\n'
    )
    async with running(path, size=NARROW) as pilot:
        await until(pilot, "Traces 1")
        await press(pilot, "colon " + " ".join("columns") + " enter", "metadata tier")
        columns = pilot.app.screen.columns  # type: ignore[attr-defined]
        columns.move_to(next(row for row, one in enumerate(columns.offered) if one.id == "metadata.tier"))
        await press(pilot, "space enter", "gold")


async def test_hints_are_for_the_pane_and_never_cut(support_db: Path) -> None:
    for size in (WIDE, MEDIUM, NARROW, (60, 20)):
        async with running(support_db, size) as pilot:
            text = await until(pilot, "docs-bot")
            last = text.splitlines()[-1]
            assert last.endswith("? help")
            assert "/ filter" in last


async def test_an_empty_list_shows_no_trace_beside_it(support_db: Path) -> None:
    async with running(support_db) as pilot:
        await settled(pilot)
        await press(pilot, "slash n a m e : n o b o d y enter", "no trace matches name:nobody", "no span selected")
        await pilot.press("backslash")
        await settled(pilot)


async def test_the_rating_of_a_trace_shows_in_the_list_and_with_its_root(support_db: Path) -> None:
    async with running(support_db) as pilot:
        await settled(pilot)
        await press(pilot, "r 4 enter", "saved user_rating = 4")
        await until(pilot, lambda text: re.search(r"▌.*★ 4 ", text) is not None and "★ user_rating 4" in text)
        await press(pilot, "l l 5", "★ user_rating  4", "of the trace")
