"""The turns of a conversation ask for what is missing where one looks."""

from __future__ import annotations

from textual.app import App, ComposeResult

from tests.screen.widget_data import NOW_NS, make_trace
from tracetui.figures import Turn
from tracetui.tui.widgets.turn_list import TurnList

IDS = [f"trace-{number:05d}" for number in range(100)]


class Harness(App[None]):
    def __init__(self) -> None:
        super().__init__()
        self.turns = TurnList(lambda: NOW_NS)
        self.asked: list[tuple[str, ...]] = []

    def compose(self) -> ComposeResult:
        yield self.turns

    def on_turn_list_rows_wanted(self, event: TurnList.RowsWanted) -> None:
        self.asked.append(event.trace_ids)


def answer(turns: TurnList, trace_ids: tuple[str, ...]) -> None:
    turns.set_traces([make_trace(int(trace_id[-5:])) for trace_id in trace_ids])
    for trace_id in trace_ids:
        turns.set_turn(trace_id, Turn("asked", "answered"))


async def test_turns_whose_question_was_superseded_are_asked_for_again() -> None:
    app = Harness()
    async with app.run_test(size=(80, 24)) as pilot:
        app.turns.set_ids(IDS, IDS[0], None)
        await pilot.pause()
        (first,) = app.asked
        app.turns.move_to(99)
        await pilot.pause()
        app.turns.move_to(0)
        await pilot.pause()
        assert len(app.asked) == 3
        assert app.asked[2] == first


async def test_turns_that_are_known_are_not_asked_for_until_something_came() -> None:
    app = Harness()
    async with app.run_test(size=(80, 24)) as pilot:
        app.turns.set_ids(IDS[:3], IDS[0], None)
        await pilot.pause()
        answer(app.turns, app.asked[0])
        app.turns.move(1)
        await pilot.pause()
        assert app.asked == [tuple(IDS[:3])]
        app.turns.set_ids(IDS[:3], IDS[0], None)
        await pilot.pause()
        assert app.asked == [tuple(IDS[:3]), tuple(IDS[:3])]
