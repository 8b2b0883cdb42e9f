"""What the mouse does: selecting text, dragging the line between panes, and letting go of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.screen.program import press, running
from tests.screen.screen_text import screen_lines
from tests.screen.test_payload_view import Harness
from tests.screen.widget_data import make_payload
from tracetui.tui.lines.document import Document, pieces
from tracetui.tui.widgets.payload.view import PayloadView

WORDS = " ".join(f"word{number}" for number in range(30))


async def test_selected_text_is_whole_where_the_screen_broke_its_lines() -> None:
    app = Harness(make_payload(input="x", output=WORDS))
    async with app.run_test(size=(60, 30)) as pilot:
        app.view.show_tab(2)
        await pilot.pause()
        lines = screen_lines(app)
        top = next(y for y, line in enumerate(lines) if "word0 " in line)
        end = next(y for y, line in enumerate(lines) if "word12" in line)
        assert end > top
        await pilot.mouse_down(PayloadView, offset=(lines[top].index("word0"), top))
        await pilot.hover(PayloadView, offset=(lines[end].index("word12") + 5, end))
        await pilot.mouse_up(PayloadView, offset=(lines[end].index("word12") + 5, end))
        await pilot.pause()
        assert app.screen.get_selected_text() == WORDS[: WORDS.index("word12") + 6]


@pytest.mark.parametrize("width", [7, 20, 60])
def test_a_text_of_many_pieces_is_taken_without_a_seam(width: int) -> None:
    text = "lorem ipsum dolor\nsit amet " * 6_000
    document = Document(pieces(text, "text", margin=[("│ ", "rule")]), width)
    for index in range(len(document.blocks)):
        document.measure(index)
    assert document.extract((0, 0), (document.height - 1, 1_000)) == text


async def test_the_line_between_panes_is_dragged(support_db: Path) -> None:
    async with running(support_db) as pilot:
        screen = pilot.app.screen
        edge = screen.payload.region.x  # type: ignore[attr-defined]
        await pilot.mouse_down(offset=(edge, 10))
        await pilot.hover(offset=(edge - 15, 10))
        await pilot.mouse_up(offset=(edge - 15, 10))
        await pilot.pause()
        assert abs(screen.payload.region.x - (edge - 15)) <= 1  # type: ignore[attr-defined]


async def test_the_mouse_is_given_to_the_terminal_and_taken_back(
    support_db: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with running(support_db) as pilot:
        switched: list[bool] = []
        driver = pilot.app._driver
        monkeypatch.setattr(driver, "_enable_mouse_support", lambda: switched.append(True), raising=False)
        monkeypatch.setattr(driver, "_disable_mouse_support", lambda: switched.append(False), raising=False)
        await press(pilot, "percent_sign", "the mouse is the terminal's")
        await press(pilot, "percent_sign", "the mouse is tracetui's")
        assert switched == [False, True]
