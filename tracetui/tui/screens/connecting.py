"""The collector beside the screen: where it listens, what came and what was refused, and what to set for each SDK."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from tracetui.model import Changes
from tracetui.text import inert
from tracetui.tui.beside import Beside
from tracetui.tui.lines.document import Block, Inks
from tracetui.tui.lines.reader import Reader
from tracetui.tui.screens.view_screen import ViewScreen

if TYPE_CHECKING:
    from tracetui.tui.screens.main import MainScreen

_LABEL = 18
_WRONG = frozenset({"last refusal", "trouble"})


class ConnectingScreen(ViewScreen):
    """A sheet to scroll, whose counts go on."""

    crumb = "collector"

    def __init__(self, main: MainScreen, beside: Beside) -> None:
        super().__init__(main)
        self._beside = beside
        self._sheet = Reader()
        self._sheet.heading_height = 0
        self._sheet.border_title = "Collector"
        self._facts: list[tuple[str, str]] = []

    @property
    def pane(self) -> Reader:
        """The sheet."""
        return self._sheet

    def ask(self) -> None:
        """Nobody has to be asked."""
        facts = list(self._beside.facts())
        if facts != self._facts:
            self._facts = facts
            self._sheet.set_blocks([*_facts(facts), *_recipes(self._beside)])

    def take_changes(self, changes: Changes) -> None:
        """Look at the counts as often as the list is looked at: what is refused changes no trace."""
        self.ask()


def _facts(facts: list[tuple[str, str]]) -> Iterator[Block]:
    for label, value in facts:
        yield Inks((f"{label:<{_LABEL}}", "muted"), (inert(value), "warning" if label in _WRONG else "text"))


def _recipes(beside: Beside) -> Iterator[Block]:
    for sdk, lines in beside.recipes.items():
        yield Inks(("", "text"))
        yield Inks((sdk, "strong"), (f"  :connect {sdk} copies this", "faint"))
        for line in lines.splitlines():
            yield Inks((inert(line), "text"), margin=(("  ", "text"),))
