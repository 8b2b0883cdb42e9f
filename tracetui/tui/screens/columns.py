"""Choosing the columns of the list: which, in which order, how wide."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from msgspec import Struct
from msgspec.structs import replace
from textual import events
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.strip import Strip

from tracetui.text import fit, inert
from tracetui.tui.lines.view import LineView
from tracetui.tui.screens.popup import Popup

WIDEST = 60


class Offered(Struct, frozen=True):
    """A column that there may be: its id and what it says; `width` is 0 for as it comes."""

    id: str
    label: str
    is_shown: bool
    width: int = 0


class ColumnList(LineView):
    """The columns, a line each, the shown ones with a check."""

    DEFAULT_CSS = """
    ColumnList { height: auto; max-height: 30; background: $panel; }
    ColumnList, ColumnList:focus { border: none; }
    """

    def __init__(self, offered: Sequence[Offered]) -> None:
        super().__init__()
        self.offered = list(offered)

    def draw_row(self, index: int, width: int) -> Strip:
        """Check, name, width."""
        one = self.offered[index]
        cells = f"{one.width} cells" if one.width else "as it comes"
        label = fit(inert(one.label), max(0, width - 18))
        check = "[x] " if one.is_shown else "[ ] "
        return self.palette.line(
            [(check, "accent" if one.is_shown else "faint"), (label, "text"), (f" {cells:>12}", "muted")], width
        )

    def show_all(self, cursor: int) -> None:
        """Draw everything anew with the cursor on a row."""
        self.styles.height = max(1, len(self.offered))
        self.reset_rows(len(self.offered), cursor)


class ChooseColumns(Popup[list[Offered] | None]):
    """Gives the shown columns in order; an empty list is the usual ones; None where nothing is to change."""

    DEFAULT_CSS = """
    ChooseColumns { align: center middle; background: $background 40%; }
    ChooseColumns Vertical { width: 60; max-width: 96%; height: auto; max-height: 92%; border: round $border; background: $panel; }
    """

    def __init__(self, offered: Sequence[Offered]) -> None:
        super().__init__()
        self.columns = ColumnList(offered)

    def compose(self) -> ComposeResult:
        """The columns."""
        with Vertical() as box:
            box.border_title = "Columns"
            box.border_subtitle = "space shows · J K order · < > width · d default"
            yield self.columns

    def on_mount(self) -> None:
        """Choose at once."""
        self.columns.show_all(0)
        self.set_focus(self.columns)

    def on_key(self, event: events.Key) -> None:
        """Change the column under the cursor, or be done."""
        key = event.character if event.character and event.character.isprintable() else event.key
        steps: dict[str, Callable[[], object]] = {
            "j": lambda: self.columns.move(1), "down": lambda: self.columns.move(1),
            "k": lambda: self.columns.move(-1), "up": lambda: self.columns.move(-1),
            "space": self._toggle, " ": self._toggle, "J": lambda: self._shift(1), "K": lambda: self._shift(-1),
            "<": lambda: self._widen(-2), ">": lambda: self._widen(2), "d": lambda: self.dismiss([]),
            "enter": lambda: self.dismiss([one for one in self.columns.offered if one.is_shown]),
            "escape": lambda: self.dismiss(None), "q": lambda: self.dismiss(None), "ctrl+c": lambda: self.dismiss(None),
        }  # fmt: skip
        if key in steps:
            event.stop()
            steps[key]()

    def _toggle(self) -> None:
        one = self.columns.offered[self.columns.cursor]
        self._put(replace(one, is_shown=not one.is_shown))

    def _widen(self, step: int) -> None:
        one = self.columns.offered[self.columns.cursor]
        self._put(replace(one, width=max(0, min(WIDEST, (one.width or 10) + step)), is_shown=True))

    def _put(self, one: Offered) -> None:
        self.columns.offered[self.columns.cursor] = one
        self.columns.show_all(self.columns.cursor)

    def _shift(self, step: int) -> None:
        at, rows = self.columns.cursor, self.columns.offered
        to = at + step
        if 0 <= to < len(rows):
            rows[at], rows[to] = rows[to], rows[at]
            self.columns.show_all(to)
