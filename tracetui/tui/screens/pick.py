"""The list of what there is to open: one or several are chosen before the program itself begins."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct
from rich.text import Text
from textual import events
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.screen import Screen
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from tracetui.text import fit, inert, middle

_FRAME = 8
"""Cells of a line that are not its own: the border, the mark and the scroll bar."""
_NARROWEST_PATH = 20
_HINT = "j k move · space takes several · enter opens · q leaves"


class Choice(Struct, frozen=True):
    """One row: what is given back, and its cells as they are to be read."""

    id: str
    title: str
    age: str
    size: str
    path: str


class Pick(Screen[None]):
    """Gives the ids of what was chosen to `chosen`, None where the reader leaves."""

    DEFAULT_CSS = """
    Pick Vertical { border: round $border; }
    Pick OptionList { height: 1fr; scrollbar-size-vertical: 1; }
    Pick OptionList, Pick OptionList:focus { border: none; padding: 0; background: $background; }
    """

    def __init__(self, choices: Sequence[Choice]) -> None:
        super().__init__()
        self._choices = list(choices)
        self._taken: list[str] = []

    def compose(self) -> ComposeResult:
        """The list in a frame that says the keys."""
        with Vertical() as box:
            box.border_title = Content("What there is to open")
            box.border_subtitle = _HINT
            yield OptionList()

    def on_mount(self) -> None:
        """Give the list the focus."""
        self.query_one(OptionList).focus()

    def on_resize(self) -> None:
        """Draw the rows for the present width."""
        options = self.query_one(OptionList)
        at = options.highlighted or 0
        options.clear_options()
        options.add_options([Option(self._row(choice), id=choice.id) for choice in self._choices])
        options.highlighted = at if self._choices else None

    def _row(self, choice: Choice) -> Text:
        """The mark, the cells, and the path, of which both ends stay; what has no room is left out from the right."""
        room = self.size.width - _FRAME
        cells = [fit(inert(choice.title), self._widest("title"))]
        for name, align in (("age", "<"), ("size", ">")):
            width = self._widest(name)
            if sum(map(len, cells)) + width + 2 * len(cells) + _NARROWEST_PATH <= room:
                cells.append(fit(inert(getattr(choice, name)), width, align=align))
        used = sum(map(len, cells)) + 2 * len(cells)
        cells.append(middle(inert(choice.path), max(_NARROWEST_PATH, room - used)))
        mark = "✓" if choice.id in self._taken else " "
        return Text(f" {mark} {'  '.join(cells)}", no_wrap=True, overflow="ellipsis")

    def _widest(self, name: str) -> int:
        return max(len(inert(getattr(choice, name))) for choice in self._choices)

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Open what was taken, else the row under the cursor."""
        chosen = event.option.id
        self._leave(tuple(self._taken) or ((chosen,) if chosen else None))

    def on_key(self, event: events.Key) -> None:
        """Move, take or leave."""
        options = self.query_one(OptionList)
        moves = {
            "j": options.action_cursor_down, "k": options.action_cursor_up, "g": options.action_first, "G": options.action_last,
            "ctrl+d": options.action_page_down, "ctrl+u": options.action_page_up, "l": options.action_select,
        }  # fmt: skip
        key = event.character if event.character in moves else event.key
        if key in moves:
            event.stop()
            moves[key]()
        elif event.key == "space":
            event.stop()
            event.prevent_default()
            self._take(options)
        elif event.key in ("q", "Q", "escape", "ctrl+c"):
            event.stop()
            self._leave(None)

    def _take(self, options: OptionList) -> None:
        at = options.highlighted
        if at is None:
            return
        choice = self._choices[at]
        if choice.id in self._taken:
            self._taken.remove(choice.id)
        else:
            self._taken.append(choice.id)
        options.replace_option_prompt_at_index(at, self._row(choice))
        options.action_cursor_down()

    def _leave(self, chosen: tuple[str, ...] | None) -> None:
        self.app.exit(chosen)
