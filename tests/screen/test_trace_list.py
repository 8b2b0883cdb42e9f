"""The list of traces."""

from __future__ import annotations

from typing import Any

import pytest
from textual.app import App, ComposeResult

from tests.screen.screen_text import screen_lines, screen_text
from tests.screen.widget_data import HOSTILE, NOW_NS, make_trace
from tracetui.text import cell_width
from tracetui.tui.widgets.trace_list import TraceList


class Harness(App[None]):
    """A list that is given rows for the ids it asks for, where `answers` is set."""

    def __init__(self, count: int = 100, *, answers: bool = True, **facts: Any) -> None:
        super().__init__()
        self.ids = [f"trace-{number:05d}" for number in range(count)]
        self._answers = answers
        self._facts = facts
        self.wanted: list[tuple[str, ...]] = []
        self.moved: list[str] = []
        self.chosen: list[str] = []
        self.sorts: list[str] = []

    def compose(self) -> ComposeResult:
        yield TraceList(now_ns=lambda: NOW_NS)

    def on_mount(self) -> None:
        self.traces.set_ids(self.ids, total=4210)
        self.traces.focus()

    @property
    def traces(self) -> TraceList:
        return self.query_one(TraceList)

    def on_trace_list_rows_wanted(self, event: TraceList.RowsWanted) -> None:
        self.wanted.append(event.ids)
        if self._answers:
            self.traces.set_rows(make_trace(int(id[6:]), **self._facts) for id in event.ids)

    def on_trace_list_moved(self, event: TraceList.Moved) -> None:
        self.moved.append(event.trace_id)

    def on_trace_list_chosen(self, event: TraceList.Chosen) -> None:
        self.chosen.append(event.trace_id)

    def on_trace_list_sort_wanted(self, event: TraceList.SortWanted) -> None:
        self.sorts.append(event.sort)


@pytest.mark.parametrize(
    ("size", "lines"),
    [
        (
            (160, 45),
            [
                "╭─ Traces 100 of 4,210 ─",
                "│      time↓ name ",
                "│▌● 11:06:40 agent 0 ",
                "│ ● 11:05:40 agent 1 ",
            ],
        ),
        (
            (80, 24),
            ["╭─ Traces 100 of 4,210 ─", "│      time↓ name      ", "│▌● 11:06:40 agent 0  ", "│ ● 11:05:40 agent 1 "],
        ),
        (
            (40, 10),
            ["╭─ Traces 100 of 4,210 ─", "│      time↓ name  ", "│▌● 11:06:40 agent 0 ", "│ ● 11:05:40 agent 1 "],
        ),
        ((20, 10), ["╭─ Traces 100 of… ", "│   name ", "│▌● agent 0 ", "│ ● agent 1 "]),
    ],
)
async def test_traces_stand_in_columns_under_their_titles(size: tuple[int, int], lines: list[str]) -> None:
    async with Harness().run_test(size=size) as pilot:
        await pilot.pause()
        for drawn, expected in zip(screen_lines(pilot.app), lines, strict=False):
            assert drawn.startswith(expected)


async def test_a_screen_of_80_shows_name_time_duration_cost_and_tokens() -> None:
    async with Harness().run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        titles, row = screen_lines(pilot.app)[1:3]
        assert titles.split() == ["│", "time↓", "name", "model", "took", "tokens", "cost", "spans", "│"]
        assert row.split()[:10] == [
            "│▌●",
            "11:06:40",
            "agent",
            "0",
            "gpt-5-mini",
            "4.0s",
            "1.5k",
            "$0.0031",
            "7",
            row[-1],
        ]


async def test_rows_that_are_not_known_are_asked_for_once_and_drawn_dim_until_they_come() -> None:
    async with Harness(answers=False).run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        app = pilot.app
        assert isinstance(app, Harness)
        assert "│▌· trace-00000" in screen_text(app)
        assert len(app.wanted) == 1
        assert app.wanted[0] == tuple(app.ids[: len(app.wanted[0])])
        assert 21 <= len(app.wanted[0]) <= 63
        app.traces.redraw()
        await pilot.pause()
        assert len(app.wanted) == 1
        app.traces.set_rows([make_trace(0)])
        await pilot.pause()
        assert "▌● 11:06:40 agent 0" in screen_text(app)


async def test_scrolling_asks_for_the_page_and_its_neighbours() -> None:
    async with Harness(10_000, answers=False).run_test(size=(80, 24)) as pilot:
        app = pilot.app
        assert isinstance(app, Harness)
        await pilot.pause()
        app.traces.move_to(5_000)
        await pilot.pause()
        asked = {int(id[6:]) for id in app.wanted[-1]}
        assert {4_980, 5_000, 5_020} <= asked
        assert len(asked) <= 3 * 21


async def test_moving_and_choosing_tell_the_trace() -> None:
    async with Harness().run_test(size=(80, 24)) as pilot:
        app = pilot.app
        assert isinstance(app, Harness)
        app.traces.action_cursor_down()
        app.traces.action_choose()
        await pilot.pause()
        assert app.moved == ["trace-00000", "trace-00001"]
        assert app.chosen == ["trace-00001"]


async def test_the_selection_stays_on_its_trace_when_the_ids_change() -> None:
    async with Harness().run_test(size=(80, 24)) as pilot:
        app = pilot.app
        assert isinstance(app, Harness)
        app.traces.select("trace-00010")
        for ids in (app.ids[::-1], ["trace-90001", "trace-90002", *app.ids], app.ids[10:]):
            app.traces.set_ids(ids)
            await pilot.pause()
            assert app.traces.selected_id == "trace-00010"
            assert ids[app.traces.cursor] == "trace-00010"
        assert app.moved == ["trace-00000", "trace-00010"]


async def test_a_selection_that_is_filtered_away_leaves_the_cursor_on_its_row_and_says_so() -> None:
    async with Harness().run_test(size=(80, 24)) as pilot:
        app = pilot.app
        assert isinstance(app, Harness)
        app.traces.select("trace-00010")
        app.traces.set_ids([id for id in app.ids if id != "trace-00010"])
        await pilot.pause()
        assert app.moved == ["trace-00000", "trace-00010", "trace-00011"]
        app.traces.set_ids([])
        assert app.traces.selected_id is None
        assert not app.traces.select("trace-00010")


async def test_newer_rows_replace_the_old_and_unknown_ones_are_dropped() -> None:
    async with Harness(3).run_test(size=(80, 24)) as pilot:
        app = pilot.app
        assert isinstance(app, Harness)
        await pilot.pause()
        app.traces.update_rows([make_trace(1, name="renamed", status="error"), make_trace(77, name="stranger")])
        await pilot.pause()
        assert "✕ 11:05:40 renamed" in screen_text(app)
        assert "stranger" not in screen_text(app)


async def test_marks_show_without_colours_with_and_without_the_cursor() -> None:
    async with Harness().run_test(size=(80, 24)) as pilot:
        app = pilot.app
        assert isinstance(app, Harness)
        app.traces.marked = frozenset({"trace-00000", "trace-00002"})
        await pilot.pause()
        assert [line[1] for line in screen_lines(app)[2:6]] == ["◈", " ", "◆", " "]
        assert app.traces.marked == {"trace-00000", "trace-00002"}


async def test_the_sorted_column_has_an_arrow_and_a_click_on_a_title_asks_for_another_order() -> None:
    async with Harness().run_test(size=(80, 24)) as pilot:
        app = pilot.app
        assert isinstance(app, Harness)
        app.traces.set_sort("-cost")
        await pilot.pause()
        titles = screen_lines(app)[1]
        assert "cost↓" in titles
        await pilot.click(TraceList, offset=(titles.index("cost"), 1))
        await pilot.click(TraceList, offset=(titles.index("took"), 1))
        assert app.sorts == ["cost", "-latency"]


async def test_relative_times_are_relative_to_the_given_present() -> None:
    async with Harness().run_test(size=(80, 24)) as pilot:
        app = pilot.app
        assert isinstance(app, Harness)
        await pilot.pause()
        app.traces.relative_times = True
        await pilot.pause()
        assert "●   1m ago agent 1" in screen_text(app)


async def test_scores_users_and_sessions_have_columns_only_where_some_trace_has_them() -> None:
    async with Harness(3, user_id="ada", session_id="s-1").run_test(size=(120, 10)) as pilot:
        await pilot.pause()
        assert screen_lines(pilot.app)[1].split()[-3:-1] == ["user", "session"]


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
@pytest.mark.parametrize("width", [20, 80, 200])
async def test_names_from_a_trace_stay_inert_and_in_their_columns(text: str, width: int) -> None:
    facts = {"name": text, "user_id": text, "session_id": text, "feature": text * 2, "models": (text, text)}
    async with Harness(3, **facts).run_test(size=(width, 10)) as pilot:
        await pilot.pause()
        for line in screen_lines(pilot.app):
            assert line.isprintable()
            assert cell_width(line) == width


async def test_a_hundred_thousand_ids_cost_no_work_each() -> None:
    async with Harness(100_000).run_test(size=(80, 24)) as pilot:
        app = pilot.app
        assert isinstance(app, Harness)
        await pilot.pause()
        app.traces.action_bottom()
        await pilot.pause()
        assert app.traces.selected_id == "trace-99999"
        assert sum(len(ids) for ids in app.wanted) < 200
