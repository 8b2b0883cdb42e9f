"""A small menu over the screen: one list, one choice."""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text
from textual import events
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from tracetui.tui.screens.popup import Popup


class Choose(Popup[str | None]):
    """Gives the id of the chosen option, or None. An option's first letter or its key chooses it at once."""

    DEFAULT_CSS = """
    Choose { align: center middle; background: $background 40%; }
    Choose Vertical { width: 64; max-width: 96%; height: auto; max-height: 90%; border: round $border; background: $panel; }
    Choose OptionList { height: auto; max-height: 24; background: $panel; scrollbar-size-vertical: 1; }
    Choose OptionList, Choose OptionList:focus { border: none; padding: 0; }
    """

    def __init__(self, title: str, options: Sequence[tuple[str, str, str]]) -> None:
        """`options` are (id, key, label); the label is inert text, the key may be empty."""
        super().__init__()
        self._title = title
        self._options = list(options)

    def compose(self) -> ComposeResult:
        """The title and the options."""
        width = max((len(key) for _, key, _ in self._options), default=0)
        with Vertical() as box:
            box.border_title = Content(self._title)
            box.border_subtitle = "enter chooses · esc leaves"
            yield OptionList(
                *[
                    Option(Text(f" {key:<{width}}  {label}", no_wrap=True, overflow="ellipsis"), id=id_)
                    for id_, key, label in self._options
                ]
            )

    def on_mount(self) -> None:
        """Give the list the focus."""
        options = self.query_one(OptionList)
        self.set_focus(options)
        options.highlighted = 0 if self._options else None

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Give the choice."""
        self.dismiss(event.option.id)

    def on_key(self, event: events.Key) -> None:
        """A key of an option chooses it; vi keys move; esc and q leave."""
        options = self.query_one(OptionList)
        for id_, key, _ in self._options:
            if key and event.character == key:
                event.stop()
                self.dismiss(id_)
                return
        if event.key in ("escape", "q", "ctrl+c"):
            event.stop()
            self.dismiss(None)
        elif event.key == "j":
            options.action_cursor_down()
        elif event.key == "k":
            options.action_cursor_up()
