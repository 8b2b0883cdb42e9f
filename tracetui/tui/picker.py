"""The little program that runs before the program itself when no source was named: it asks what to open."""

from __future__ import annotations

import os
from collections.abc import Sequence

from textual.app import App

from tracetui.config import Config
from tracetui.tui.input_guard import guard_input
from tracetui.tui.plain_signs import find_signs
from tracetui.tui.screens.pick import Choice, Pick
from tracetui.tui.stopped import end_input_before_it_goes_on
from tracetui.tui.terminal import prefers_light
from tracetui.tui.themes import OUR_THEMES, choose_theme


class PickerApp(App[tuple[str, ...]]):
    """One list; its result are the ids of what was chosen."""

    ENABLE_COMMAND_PALETTE = False
    BINDINGS = []  # noqa: RUF012  the screen knows its keys

    def __init__(self, choices: Sequence[Choice], config: Config) -> None:
        no_color = bool(os.environ.get("NO_COLOR"))
        super().__init__(ansi_color=no_color or None)
        self._choices = choices
        for theme in OUR_THEMES:
            self.register_theme(theme)
        signs = find_signs(config.ui.glyphs, os.environ)
        if signs is not None:
            self._filters.append(signs)  # Textual offers its line filters under no public name
        self.theme = choose_theme(
            config.ui.theme, set(self.available_themes), is_light=prefers_light(), no_color=no_color
        )

    def on_mount(self) -> None:
        """Show the list."""
        self.push_screen(Pick(self._choices))


def run_picker(choices: Sequence[Choice], config: Config) -> tuple[str, ...] | None:
    """Ask; None where the reader left without a choice."""
    guard_input()
    end_input_before_it_goes_on()
    return PickerApp(choices, config).run()
