"""A line of tabs, of which one is open; where there is no room for all, those around it."""

from __future__ import annotations

from collections.abc import Sequence

from textual import events
from textual.message import Message

from tracetui.text import inert
from tracetui.tui.widgets.status_line_ink import InkLines, Part, Placed, place_parts, plain


class TabsLine(InkLines):
    """Draws names; a click on one asks for it. A name that is none of them stands at the end while it is open."""

    class Wanted(Message):
        """A tab was clicked."""

        def __init__(self, name: str) -> None:
            super().__init__()
            self.name = name

    def __init__(self, names: Sequence[str]) -> None:
        super().__init__()
        self._names = tuple(names)
        self._open = ""

    def show(self, name: str) -> None:
        """Open a tab."""
        self._open = name
        self.refresh()

    def place_line(self, y: int, width: int) -> list[Placed]:
        """The open tab, and those nearest to it."""
        names = self._names if self._open in self._names else (*self._names, self._open)
        here = names.index(self._open)
        parts: list[Part] = []
        for place, name in enumerate(names):
            tone = "tab-open" if place == here else "tab"
            parts.append(plain(abs(place - here), inert(name), tone=tone, action=name))
        return place_parts(parts, width)

    async def on_click(self, event: events.Click) -> None:
        """Ask for the tab that was clicked."""
        event.prevent_default()
        for placed in self.place_line(event.y, self.size.width - 2):
            if placed.x <= event.x - 1 < placed.x + placed.width:
                self.tell(self.Wanted(placed.part.action))
