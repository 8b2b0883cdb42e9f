"""One line of chrome made of parts that give way to each other: longer forms shrink first, then the least important go.

Nothing is ever cut in the middle without a sign: a part is drawn in one of its forms, or not at all.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

from msgspec import Struct
from textual import events
from textual.message import Message
from textual.strip import Strip

from tracetui.text import cell_width, fit
from tracetui.tui.lines.palette import Ink
from tracetui.tui.lines.tinted import Tinted

Form: TypeAlias = tuple[Ink, ...]


class Part(Struct, frozen=True):
    """Something to say in several forms, the longest first. The lowest `rank` stays longest.

    `action` is the id of an action that a click does. `is_right` parts stand at the right end of the line.
    """

    rank: int
    forms: tuple[Form, ...]
    action: str = ""
    is_right: bool = False


class Placed(Struct, frozen=True):
    """A part at its place on a line."""

    part: Part
    form: Form
    x: int

    @property
    def width(self) -> int:
        """Cells that it takes."""
        return form_width(self.form)


def form_width(form: Form) -> int:
    """Cells that a form takes."""
    return sum(cell_width(text) for text, _ in form)


def plain(rank: int, text: str, *shorter: str, tone: str = "text", action: str = "", is_right: bool = False) -> Part:
    """A part of one tone; `shorter` are its other forms, the longest first."""
    return Part(rank, tuple(((form, tone),) for form in (text, *shorter)), action, is_right)


def place_parts(parts: Sequence[Part], width: int, gap: int = 2) -> list[Placed]:
    """Choose a form for each part, or none, so that all stand in `width` cells with `gap` between them.

    The shortest form of each part in order of rank decides who stays; then the important ones grow first.
    """
    by_rank = sorted((part for part in parts if part.forms), key=lambda part: part.rank)
    chosen: dict[int, Form] = {}
    room = width
    for part in by_rank:
        needs = form_width(part.forms[-1]) + (gap if chosen else 0)
        if needs <= room:
            chosen[id(part)] = part.forms[-1]
            room -= needs
    for part in by_rank:
        if id(part) in chosen:
            now = form_width(chosen[id(part)])
            longer = next((form for form in part.forms if form_width(form) - now <= room), chosen[id(part)])
            room -= form_width(longer) - now
            chosen[id(part)] = longer
    return _side_by_side([part for part in parts if id(part) in chosen], chosen, width, gap)


def _side_by_side(parts: list[Part], chosen: dict[int, Form], width: int, gap: int) -> list[Placed]:
    placed, x = [], 0
    for part in [part for part in parts if not part.is_right]:
        placed.append(Placed(part, chosen[id(part)], x))
        x += placed[-1].width + gap
    right = [part for part in parts if part.is_right]
    x = width - sum(form_width(chosen[id(part)]) for part in right) - gap * max(0, len(right) - 1)
    for part in right:
        placed.append(Placed(part, chosen[id(part)], x))
        x += placed[-1].width + gap
    return placed


class InkLines(Tinted):
    """A few lines of parts. Subclasses say what stands on a line of a width; a click on a part asks for its action."""

    DEFAULT_CSS = """
    InkLines { height: 1; width: 1fr; padding: 0; background: $surface; }
    """

    class Pressed(Message):
        """A part that stands for an action was clicked."""

        def __init__(self, action: str) -> None:
            super().__init__()
            self.action = action

    def place_line(self, y: int, width: int) -> list[Placed]:
        """The parts of line `y`, for `width` cells."""
        raise NotImplementedError

    def render_line(self, y: int) -> Strip:
        """Draw line `y`, with a blank cell at either end."""
        width = self.size.width
        if width <= 2:
            return Strip.blank(width, self.palette.blank)
        inks: list[Ink] = [(" ", "text")]
        x = 0
        for placed in self.place_line(y, width - 2):
            inks.append((" " * (placed.x - x), "text"))
            inks += placed.form
            x = placed.x + placed.width
        inks.append((" " * (width - 1 - x), "text"))
        return self.palette.strip(inks, width)

    async def on_click(self, event: events.Click) -> None:
        """Ask for the action of the part that was clicked."""
        for placed in self.place_line(event.y, self.size.width - 2):
            if placed.part.action and placed.x <= event.x - 1 < placed.x + placed.width:
                self.tell(self.Pressed(placed.part.action))


def shorten(text: str, width: int) -> str:
    """Inert `text` in at most `width` cells, its end lost to an ellipsis."""
    return text if cell_width(text) <= width else fit(text, width).rstrip()
