"""Every colour is told from what it stands on, in light themes too."""

from __future__ import annotations

import pytest
from rich.style import Style
from textual.app import App
from textual.color import Color
from textual.theme import BUILTIN_THEMES, Theme

from tracetui.tui.lines.palette import LEAST_CONTRAST, TONES, Palette, contrast
from tracetui.tui.themes import ANSI, DARK, OUR_THEMES

QUIET = {"rule"}
"""Lines beside the text, which are meant to be hardly seen."""
THEMES = [theme for theme in (*OUR_THEMES, *BUILTIN_THEMES.values()) if theme is not ANSI and not theme.ansi]


def make_palette(theme: Theme) -> Palette:
    app: App[None] = App()
    app.register_theme(theme)
    app.theme = theme.name
    variables = app.theme_variables
    return Palette(variables, Color.parse(variables["background"]), is_ansi=False)


def seen(style: Style) -> float:
    assert style.color is not None
    assert style.bgcolor is not None
    return contrast(Color.from_rich_color(style.color), Color.from_rich_color(style.bgcolor))


@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme.name)
def test_each_tone_can_be_read_on_the_background_and_on_the_cursor(theme: Theme) -> None:
    palette = make_palette(theme)
    for tone in TONES.keys() - QUIET:
        assert seen(palette[tone]) >= LEAST_CONTRAST, tone
        for overlay in (palette.cursor, palette.resting_cursor, palette.hit):
            assert seen(palette.over(palette[tone], overlay)) >= LEAST_CONTRAST, tone


def test_contrast_is_that_of_wcag() -> None:
    assert contrast(Color.parse("#ffffff"), Color.parse("#000000")) == pytest.approx(21)
    assert contrast(Color.parse("#777777"), Color.parse("#ffffff")) == pytest.approx(4.48, abs=0.01)


def test_what_has_no_style_of_its_own_takes_the_cursor_as_it_is() -> None:
    palette = make_palette(DARK)
    assert palette.over(None, palette.cursor) == palette.cursor


def test_the_terminals_own_colours_are_left_to_the_terminal() -> None:
    variables = {"foreground": "ansi_default", "text-muted": "ansi_bright_black", "primary": "ansi_blue"}
    palette = Palette(variables, Color.parse("ansi_default"), is_ansi=True)
    assert palette.over(palette["muted"], palette.cursor) == palette["muted"] + palette.cursor
