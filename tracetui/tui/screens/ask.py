"""A question with one line of answer."""

from __future__ import annotations

from collections.abc import Callable

from textual import events
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widgets import Input, Static

from tracetui.tui.screens.popup import Popup


class Ask(Popup[str | None]):
    """Gives what was typed, or None. `refuse` says why an answer will not do, or None."""

    DEFAULT_CSS = """
    Ask { align: center middle; background: $background 40%; }
    Ask Vertical { width: 72; max-width: 96%; height: auto; border: round $border; background: $panel; }
    Ask Input { border: none; height: 1; padding: 0 1; background: $panel; }
    Ask Input:focus { border: none; background-tint: transparent 0%; }
    Ask Static { padding: 0 1; color: $text-muted; width: 1fr; height: auto; }
    """

    def __init__(self, title: str, proposed: str, hint: str, refuse: Callable[[str], str | None]) -> None:
        super().__init__()
        self._title = title
        self._hint = hint
        self._refuse = refuse
        self.input = Input(proposed, compact=True, select_on_focus=False)
        self.input.cursor_blink = False
        self.note = Static(hint, markup=False)

    def compose(self) -> ComposeResult:
        """The field, and below it the hint or what is wrong."""
        with Vertical() as box:
            box.border_title = self._title
            box.border_subtitle = "enter · esc leaves"
            yield self.input
            yield self.note

    def on_mount(self) -> None:
        """Type at once."""
        self.set_focus(self.input)

    def on_input_changed(self, event: Input.Changed) -> None:
        """What was wrong may be right now."""
        event.stop()
        self.note.update(self._hint)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Give the answer, where it will do."""
        event.stop()
        answer = event.value.strip()
        reason = self._refuse(answer)
        if reason is None:
            self.dismiss(answer)
        else:
            self.note.update(f"✕ {reason}")

    def on_key(self, event: events.Key) -> None:
        """Esc leaves."""
        if event.key in ("escape", "ctrl+c"):
            event.stop()
            event.prevent_default()
            self.dismiss(None)
