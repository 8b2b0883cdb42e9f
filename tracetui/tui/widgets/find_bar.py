"""A line to type text into that is to be found: in the payload, or in the spans of the trace."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.message import Message
from textual.widgets import Input, Static


class FindBar(Horizontal):
    """Posts `Edited` at each change, `Accepted` and `Dropped` at the end."""

    DEFAULT_CSS = """
    FindBar { height: 1; width: 1fr; background: $panel; }
    FindBar Static { width: auto; color: $text-accent; text-style: bold; background: $panel; }
    FindBar Input { border: none; padding: 0; height: 1; width: 1fr; background: $panel; }
    FindBar Input:focus { border: none; background-tint: transparent 0%; }
    """

    class Edited(Message):
        """Other text is to be found."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    class Accepted(Message):
        """The reader goes on to the hits."""

    class Dropped(Message):
        """Nothing is to be found any more."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.display = False
        self.input = Input(compact=True, select_on_focus=True)
        self.input.cursor_blink = False
        self.label = Static(" find ", markup=False)

    def compose(self) -> ComposeResult:
        """A prompt and the input."""
        yield self.label
        yield self.input

    def open(self, label: str = "find", placeholder: str = "text in this payload", text: str = "") -> None:
        """Begin to type, with `text` to begin with."""
        self.label.update(f" {label} ")
        self.input.placeholder = placeholder
        self.input.value = text
        self.display = True
        self.screen.set_focus(self.input)

    def close(self) -> None:
        """Go out of sight."""
        self.display = False

    def on_input_changed(self, event: Input.Changed) -> None:
        """Tell the screen."""
        event.stop()
        if self.display:
            self.post_message(self.Edited(event.value))

    def action_accept(self) -> None:
        """Go on to the hits."""
        self.post_message(self.Accepted())

    def action_escape(self) -> None:
        """Give up."""
        self.post_message(self.Dropped())
