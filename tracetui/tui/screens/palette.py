"""The palette: one field to type into, and everything that it may mean, the best first."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from msgspec import Struct
from textual import events
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.strip import Strip
from textual.widgets import Input

from tracetui.text import cell_width, fit, inert
from tracetui.tui.lines.view import LineView
from tracetui.tui.screens.popup import Popup


class Entry(Struct, frozen=True):
    """Something to choose: an id for the caller, what it is, inert label, and keys or other detail at the right."""

    id: str
    kind: str
    label: str
    detail: str = ""


Look = Callable[[str, Callable[[Sequence[Entry]], None]], None]
"""Looks for what was typed among the traces, and gives what it found, perhaps later."""
Offer = Callable[[str], Sequence[Entry]]
"""What the typed text is itself, such as `save NAME`."""


class EntryList(LineView, can_focus=False):
    """The entries, a line each."""

    DEFAULT_CSS = """
    EntryList { height: auto; max-height: 20; border: none; background: $panel; }
    """

    def __init__(self) -> None:
        super().__init__()
        self.entries: Sequence[Entry] = ()

    def show(self, entries: Sequence[Entry]) -> None:
        """Show other entries, the first of them chosen."""
        self.entries = entries
        self.styles.height = max(1, len(entries))
        self.reset_rows(len(entries), 0)

    def draw_row(self, index: int, width: int) -> Strip:
        """Kind, label, and the detail at the right end."""
        entry = self.entries[index]
        detail = fit(entry.detail, min(cell_width(entry.detail), max(0, width // 2))) if entry.detail else ""
        kind = f" {entry.kind:<7} " if width > 40 else " "
        label = fit(entry.label, max(0, width - len(kind) - cell_width(detail) - 2))
        return self.palette.line([(kind, "faint"), (label, "text"), (" ", "text"), (detail, "muted")], width)


class Palette(Popup[str | None]):
    """Gives the id of the chosen entry, or None."""

    DEFAULT_CSS = """
    Palette { align: center top; background: $background 40%; }
    Palette Vertical { width: 84; max-width: 96%; height: auto; max-height: 92%; margin-top: 1; border: round $border; background: $panel; }
    Palette Input { border: none; height: 1; padding: 0 1; background: $panel; }
    Palette Input:focus { border: none; background-tint: transparent 0%; }
    """

    def __init__(self, entries: Sequence[Entry], look: Look, offer: Offer) -> None:
        super().__init__()
        self._all = list(entries)
        self._look = look
        self._offer = offer
        self._found: Sequence[Entry] = ()
        self.input = Input(compact=True, placeholder="action, trace, span, filter, colours, save NAME")
        self.input.cursor_blink = False
        self.entries = EntryList()

    def compose(self) -> ComposeResult:
        """The field and the entries."""
        with Vertical() as box:
            box.border_title = "Palette"
            box.border_subtitle = "enter chooses · esc leaves"
            yield self.input
            yield self.entries

    def on_mount(self) -> None:
        """Type at once."""
        self.set_focus(self.input)
        self.entries.set_empty("nothing is called that")
        self.entries.show(self._all)

    def on_input_changed(self, event: Input.Changed) -> None:
        """Choose what fits, and look among the traces."""
        event.stop()
        typed = event.value.strip()
        self._found = ()
        self._show(typed)
        if len(typed) >= 2:
            self._look(typed, lambda found: self._take(typed, found))

    def _take(self, typed: str, found: Sequence[Entry]) -> None:
        if self.is_mounted and typed == self.input.value.strip():
            self._found = found
            self._show(typed)

    def _show(self, typed: str) -> None:
        self.entries.show([*self._offer(typed), *choose_entries(self._all, typed), *self._found])

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Give the choice."""
        event.stop()
        self._choose()

    def on_click(self, event: events.Click) -> None:
        """A click on an entry chooses it; beside the box it leaves."""
        if event.widget is self.entries:
            self.call_later(self._choose)
        elif event.widget is self:
            self.dismiss(None)

    def _choose(self) -> None:
        at = self.entries.cursor
        self.dismiss(self.entries.entries[at].id if at < len(self.entries.entries) else None)

    def on_key(self, event: events.Key) -> None:
        """Arrows move the choice; esc leaves."""
        moves = {"down": 1, "up": -1, "ctrl+n": 1, "tab": 1, "shift+tab": -1, "pagedown": 10, "pageup": -10}
        if event.key in moves:
            event.stop()
            event.prevent_default()
            self.entries.move(moves[event.key])
        elif event.key in ("escape", "ctrl+c"):
            event.stop()
            event.prevent_default()
            self.dismiss(None)


def choose_entries(entries: Sequence[Entry], typed: str) -> list[Entry]:
    """Those that have every typed word, any case; labels that begin with what was typed come first."""
    words = inert(typed).casefold().split()
    found = []
    for entry in entries:
        text = f"{entry.kind} {entry.label} {entry.id.replace('_', ' ')}".casefold()
        if all(word in text for word in words):
            found.append(entry)
    begins = " ".join(words)
    return sorted(found, key=lambda entry: not entry.label.casefold().startswith(begins))
