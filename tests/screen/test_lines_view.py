"""A list of rows with a cursor."""

from __future__ import annotations

import pytest
from textual.app import App, ComposeResult
from textual.pilot import Pilot
from textual.strip import Strip

from tests.screen.screen_text import screen_lines, screen_text
from tracetui.tui.lines.view import LineView


class Numbers(LineView):
    """Rows that say their number, and a count of how often one was drawn."""

    drawn = 0
    moved_to: list[int]

    def draw_row(self, index: int, width: int) -> Strip:
        self.drawn += 1
        return self.palette.strip([(f"row {index}".ljust(width)[:width], "text")], width)

    def cursor_moved(self) -> None:
        self.moved_to = [*getattr(self, "moved_to", []), self.cursor]


class Harness(App[None]):
    CSS = "Numbers { border: none; }"

    def __init__(self, rows: int = 100) -> None:
        super().__init__()
        self._rows = rows

    def compose(self) -> ComposeResult:
        yield Numbers()

    def on_mount(self) -> None:
        view = self.query_one(Numbers)
        view.reset_rows(self._rows, 0)
        view.focus()


def seen(app: App[None]) -> list[str]:
    return [line.rstrip() for line in screen_text(app).splitlines() if line.strip()]


def view_of(pilot: Pilot[None]) -> Numbers:
    return pilot.app.query_one(Numbers)


async def test_the_cursor_shows_without_colours_and_only_visible_rows_are_drawn() -> None:
    async with Harness(1_000_000).run_test(size=(40, 10)) as pilot:
        await pilot.pause()
        assert screen_lines(pilot.app)[0].startswith("▌row 0")
        assert screen_lines(pilot.app)[9].startswith(" row 9")
        assert view_of(pilot).drawn <= 20


async def test_rows_are_drawn_anew_for_another_width_and_not_for_another_height() -> None:
    async with Harness().run_test(size=(40, 10)) as pilot:
        await pilot.pause()
        view = view_of(pilot)
        drawn = view.drawn
        await pilot.resize_terminal(40, 8)
        while len(seen(pilot.app)) != 8:
            await pilot.pause()
        assert view.drawn == drawn
        await pilot.resize_terminal(30, 8)
        while view.drawn < drawn + 8:
            await pilot.pause()


@pytest.mark.parametrize(
    ("actions", "cursor"),
    [
        (["cursor_down"] * 3, 3),
        (["cursor_up"], 0),
        (["bottom"], 99),
        (["bottom", "top"], 0),
        (["page_down"], 9),
        (["page_down", "page_up"], 0),
        (["half_down", "half_down", "half_up"], 5),
        (["bottom", "page_down"], 99),
    ],
)
async def test_moves_take_the_cursor_there_and_keep_it_in_sight(actions: list[str], cursor: int) -> None:
    async with Harness().run_test(size=(40, 10)) as pilot:
        await pilot.pause()
        for action in actions:
            getattr(view_of(pilot), f"action_{action}")()
        await pilot.pause()
        assert view_of(pilot).cursor == cursor
        assert any(line.startswith(f"▌row {cursor} ") for line in screen_lines(pilot.app))


async def test_moving_the_cursor_draws_no_row_again() -> None:
    async with Harness().run_test(size=(40, 10)) as pilot:
        await pilot.pause()
        before = view_of(pilot).drawn
        view_of(pilot).action_cursor_down()
        await pilot.pause()
        assert view_of(pilot).drawn == before
        assert view_of(pilot).moved_to == [1]


async def test_new_rows_above_leave_the_cursor_where_it_is_on_the_screen() -> None:
    async with Harness().run_test(size=(40, 10)) as pilot:
        view = view_of(pilot)
        await pilot.pause()
        view.move_to(50)
        view.move(-4)
        await pilot.pause()
        line = next(y for y, text in enumerate(screen_lines(pilot.app)) if text.startswith("▌"))
        view.reset_rows(137, view.cursor + 37)
        await pilot.pause()
        assert screen_lines(pilot.app)[line].startswith("▌row 83 ")


@pytest.mark.parametrize(("rows", "cursor"), [(20, 19), (1, 0), (0, 0)])
async def test_fewer_rows_leave_the_cursor_on_the_nearest(rows: int, cursor: int) -> None:
    async with Harness().run_test(size=(40, 10)) as pilot:
        view = view_of(pilot)
        view.action_bottom()
        view.reset_rows(rows, view.cursor)
        await pilot.pause()
        assert view.cursor == cursor
        assert [line[:7].rstrip() for line in screen_lines(pilot.app)].count("▌row " + str(cursor)) == (
            1 if rows else 0
        )


async def test_an_empty_list_says_why() -> None:
    async with Harness(0).run_test(size=(40, 10)) as pilot:
        view_of(pilot).set_empty("no traces match\nesc clears the filter")
        await pilot.pause()
        assert "            no traces match" in screen_text(pilot.app)
        view_of(pilot).action_bottom()
        view_of(pilot).action_choose()
        assert view_of(pilot).cursor == 0


async def test_a_click_selects_and_the_wheel_scrolls() -> None:
    async with Harness().run_test(size=(40, 10)) as pilot:
        await pilot.pause()
        await pilot.click(Numbers, offset=(5, 4))
        assert view_of(pilot).cursor == 4
        view_of(pilot)._scroll_down_for_pointer(animate=False)
        await pilot.pause()
        assert view_of(pilot).scroll_offset.y > 0
        assert view_of(pilot).cursor == 4


async def test_a_smaller_screen_keeps_the_cursor_in_sight() -> None:
    async with Harness().run_test(size=(40, 30)) as pilot:
        await pilot.pause()
        view_of(pilot).move_to(25)
        await pilot.resize_terminal(20, 8)
        await pilot.pause()
        assert any(line.startswith("▌row 25 ") for line in screen_lines(pilot.app))


async def test_every_line_is_as_wide_as_the_screen() -> None:
    async with Harness().run_test(size=(33, 10)) as pilot:
        await pilot.pause()
        assert {len(line) for line in screen_lines(pilot.app)} == {33}


async def test_colours_follow_the_theme() -> None:
    async with Harness().run_test(size=(40, 10)) as pilot:
        view = view_of(pilot)
        dark = view.palette["accent"]
        for theme in ("textual-light", "ansi-dark"):
            pilot.app.theme = theme
            await pilot.pause()
            assert view.palette["accent"] != dark
            assert view.palette["error"].color is not None
