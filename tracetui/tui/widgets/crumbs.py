"""The top line: where one is (source ▸ trace ▸ span), and the facts of what is selected."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from tracetui.text import cell_width, middle
from tracetui.tui.lines.palette import Ink
from tracetui.tui.widgets.status_line_ink import InkLines, Part, Placed, form_width, place_parts

ARROW = " ▸ "
_LEAST = 8
"""Cells that a crumb keeps before it is dropped."""


class Crumb(Struct, frozen=True):
    """One step of the way: inert text, the action that goes there, and whether that is where the focus is."""

    text: str
    action: str
    is_here: bool = False


class Crumbs(InkLines):
    """Draws crumbs at the left and facts at the right; facts give way first, then the crumbs in the middle."""

    DEFAULT_CSS = """
    Crumbs { background: $panel; }
    """

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._crumbs: tuple[Crumb, ...] = ()
        self._facts: tuple[Part, ...] = ()

    def show(self, crumbs: Sequence[Crumb], facts: Sequence[Part] = ()) -> None:
        """Show another place; nothing is drawn anew where nothing changed."""
        if (self._crumbs, self._facts) != (tuple(crumbs), tuple(facts)):
            self._crumbs, self._facts = tuple(crumbs), tuple(facts)
            self.refresh()

    def place_line(self, y: int, width: int) -> list[Placed]:
        """The crumbs, and as many facts as there is room for beside two thirds of them."""
        wanted = sum(cell_width(crumb.text) + len(ARROW) for crumb in self._crumbs)
        facts = place_parts(self._facts, max(0, width - min(wanted, width * 3 // 5)))
        taken = sum(placed.width + 2 for placed in facts)
        placed = place_crumbs(self._crumbs, width - taken)
        x = width - taken + 2
        for fact in facts:
            placed.append(Placed(fact.part, fact.form, x))
            x += fact.width + 2
        return placed


def place_crumbs(crumbs: Sequence[Crumb], width: int) -> list[Placed]:
    """Crumbs in `width` cells: the last one keeps most, the ones before it shrink, then drop out from the left."""
    texts = [crumb.text for crumb in crumbs]
    kept = list(range(len(crumbs)))
    while kept:
        room = width - len(ARROW) * (len(kept) - 1)
        least = sum(min(cell_width(texts[index]), _LEAST) for index in kept)
        if room >= least or len(kept) == 1:
            break
        kept.pop(0)
    placed: list[Placed] = []
    x = 0
    room = width - len(ARROW) * max(0, len(kept) - 1)
    widths = _share([cell_width(texts[index]) for index in kept], room)
    for order, index in enumerate(kept):
        crumb = crumbs[index]
        tone = "strong" if crumb.is_here else "muted"
        form: list[Ink] = [(ARROW, "faint")] if order else []
        form.append((middle(crumb.text, widths[order]), tone))
        part = Part(0, (tuple(form),), crumb.action)
        placed.append(Placed(part, tuple(form), x))
        x += form_width(tuple(form))
    return placed


def _share(wanted: list[int], room: int) -> list[int]:
    """Give each what it wants; where that is too much, the widest give way first."""
    widths = list(wanted)
    over = sum(widths) - max(0, room)
    while over > 0 and any(widths):
        widest = widths.index(max(widths))
        widths[widest] -= 1
        over -= 1
    return widths
