"""The proposals above the filter bar: at most eight rows, the chosen one marked, and how many more there are."""

from __future__ import annotations

from collections.abc import Sequence

from textual.strip import Strip

from tracetui.query import Completion
from tracetui.text import cell_width, fit, inert
from tracetui.tui.lines.palette import Ink
from tracetui.tui.lines.tinted import Tinted
from tracetui.tui.widgets.status_line_ink import shorten

MOST_ROWS = 8
_GAP = 2


class Proposals(Tinted):
    """Draws proposals of the filter language. `chosen` is a row, or None while the reader has not gone into them."""

    DEFAULT_CSS = """
    Proposals { height: 0; width: 1fr; background: $boost; }
    """

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._proposals: Sequence[Completion] = ()
        self._most = MOST_ROWS
        self.chosen: int | None = None

    def show(self, proposals: Sequence[Completion], most: int = MOST_ROWS) -> None:
        """Take new proposals, of which `most` rows may be drawn; none of them is chosen."""
        self._proposals, self._most, self.chosen = proposals, max(0, min(MOST_ROWS, most)), None
        self.styles.height = min(len(proposals), self._most)
        self.refresh()

    @property
    def is_open(self) -> bool:
        """Whether there is anything to choose."""
        return bool(self._proposals) and self._most > 0

    def move(self, step: int) -> None:
        """Choose the next (1) or previous (-1); before the first there is none."""
        at = -1 if self.chosen is None else self.chosen
        at = max(-1, min(len(self._proposals) - 1, at + step))
        self.chosen = None if at < 0 else at
        self.refresh()

    def pick(self) -> Completion | None:
        """The chosen proposal, else the first."""
        return self._proposals[self.chosen or 0] if self.is_open else None

    def render_line(self, y: int) -> Strip:
        """Draw row `y` of the window around the chosen proposal."""
        width = self.size.width
        first = max(0, min((self.chosen or 0) - self._most // 2, len(self._proposals) - self._most))
        if not 0 <= first + y < len(self._proposals):
            return Strip.blank(width, self.palette.blank)
        is_last_row = y == self._most - 1
        more = len(self._proposals) - first - y - 1 if is_last_row else 0
        inks = draw_proposal(self._proposals[first + y], self._label_width(width), width, more)
        strip = self.palette.strip(inks, width)
        if first + y != self.chosen:
            return strip
        return Strip(self.palette.lay(strip, self.palette.cursor), width)

    def _label_width(self, width: int) -> int:
        widest = max(cell_width(inert(one.label)) for one in self._proposals)
        return min(widest, max(8, width // 2))


def draw_proposal(proposal: Completion, label_width: int, width: int, more: int) -> list[Ink]:
    """One row: what would be typed, what it means, and behind the last row how many more there are."""
    tail = f" +{more} " if more else " "
    label = fit(inert(proposal.label), label_width)
    room = max(0, width - 3 - label_width - _GAP - cell_width(tail))
    detail = fit(shorten(inert(proposal.detail), room), room) if room else ""
    inks: list[Ink] = [("   ", "text"), (label, "text"), (" " * _GAP, "text"), (detail, "muted"), (tail, "faint")]
    missing = width - sum(cell_width(text) for text, _ in inks)
    if missing < 0:
        return [(fit("   " + label, width), "text")]
    return [*inks, (" " * missing, "text")]
