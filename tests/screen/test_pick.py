"""The list of what there is to open, driven by keys."""

from __future__ import annotations

import pytest

from tests.screen.program import until
from tests.screen.screen_text import screen_text
from tracetui.config import Config, Ui
from tracetui.tui.picker import PickerApp
from tracetui.tui.plain_signs import PlainSigns
from tracetui.tui.screens.pick import Choice

CHOICES = [
    Choice("/a", "Claude Code", "2m ago", "1.2 GB", "~/.claude/projects"),
    Choice("/b", "tracetui store", "3h ago", "2.1 MB", "traces.db"),
    Choice("/c", "llm", "5w ago", "80 kB", "~/" + "deep/" * 30 + "logs\x1b[31m.db"),
]


async def chosen_with(keys: str, size: tuple[int, int] = (100, 30)) -> tuple[str, ...] | None:
    app = PickerApp(CHOICES, Config())
    async with app.run_test(size=size) as pilot:
        await until(pilot, "traces.db")
        await pilot.press(*keys.split())
        await pilot.pause()
    return app.return_value


@pytest.mark.parametrize(
    ("keys", "chosen"),
    [
        ("enter", ("/a",)), ("j enter", ("/b",)), ("j j k l", ("/b",)), ("G enter", ("/c",)), ("G g enter", ("/a",)),
        ("space j space enter", ("/a", "/c")), ("space k space enter", ("/b",)), ("down enter", ("/b",)),
        ("q", None), ("escape", None), ("space q", None), ("ctrl+c", None),
    ],
)  # fmt: skip
async def test_keys_choose(keys: str, chosen: tuple[str, ...] | None) -> None:
    assert await chosen_with(keys) == chosen


@pytest.mark.parametrize("size", [(160, 45), (80, 24), (40, 10)])
async def test_each_row_says_what_it_is_and_keeps_the_end_of_its_path(size: tuple[int, int]) -> None:
    app = PickerApp(CHOICES, Config())
    async with app.run_test(size=size) as pilot:
        text = await until(pilot, "traces.db")
        for part in ("Claude Code", "tracetui store", "llm", ".db"):
            assert part in text
        assert ("2m ago" in text) is (size[0] > 40)
        await pilot.press("space")
        assert "✓ Claude Code" in await until(pilot, "✓")
        assert "\x1b" not in screen_text(app)


async def test_the_picker_has_ascii_signs_where_they_are_wanted() -> None:
    for glyphs, is_plain in (("ascii", True), ("unicode", False)):
        app = PickerApp(CHOICES, Config(ui=Ui(glyphs=glyphs)))  # type: ignore[arg-type]
        async with app.run_test():
            assert any(isinstance(one, PlainSigns) for one in app.get_line_filters()) is is_plain
