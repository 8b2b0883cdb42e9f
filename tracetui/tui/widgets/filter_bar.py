"""The filter bar: a line to type a filter into, proposals above it, and what is wrong or what it finds below.

It checks nothing and asks nobody: the screen hears of every edit and tells it what to show.
"""

from __future__ import annotations

from collections.abc import Sequence

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.widgets import Input, Static

from tracetui.errors import FilterError
from tracetui.query import Completion
from tracetui.text import cell_width, inert
from tracetui.tui.widgets.filter_bar_proposals import MOST_ROWS, Proposals
from tracetui.tui.widgets.status_line_ink import InkLines, Placed, place_parts, plain, shorten

PROMPT = " / "
KEYS = "{accept} applies · {complete} completes · {choose_up}{choose_down} history · {escape} restores"


class Remark(InkLines):
    """The line under the input: a caret and what is wrong there, or what the filter finds."""

    DEFAULT_CSS = """
    Remark { background: $panel; }
    """

    def __init__(self) -> None:
        super().__init__()
        self._text = ""
        self._hint = ""
        self._tone = "muted"
        self._caret: tuple[int, int] | None = None

    def show(self, text: str, hint: str = "", tone: str = "muted") -> None:
        """Say something; `hint` stands at the right where there is room."""
        self._text, self._hint, self._tone, self._caret = text, hint, tone, None
        self.refresh()

    def show_error(self, message: str, start: int, width: int) -> None:
        """Say what is wrong, with a caret under cells `start` to `start + width` of the line."""
        self._text, self._hint, self._tone, self._caret = message, "", "error-text", (start, max(1, width))
        self.refresh()

    def place_line(self, y: int, width: int) -> list[Placed]:
        """The caret with the message beside it, on the side that has room; or the message alone."""
        if self._caret is not None:
            start, caret = self._caret[0] - 1, self._caret[1]
            sign, text = "^" * min(caret, max(1, width - start)), self._text
            if 0 <= start < width:
                if start + len(sign) + 1 + cell_width(text) <= width:
                    return _at((start, sign, "error"), (start + len(sign) + 1, text, self._tone))
                if cell_width(text) + 1 <= start:
                    return _at((start - cell_width(text) - 1, text, self._tone), (start, sign, "error"))
        parts = [plain(0, *(shorten(self._text, size) for size in (width, 60, 40, 24)), tone=self._tone)]
        if self._hint:
            parts.append(plain(1, self._hint, tone="faint", is_right=True))
        return place_parts(parts, width)


def _at(*drawn: tuple[int, str, str]) -> list[Placed]:
    placed = []
    for x, text, tone in drawn:
        part = plain(0, text, tone=tone)
        placed.append(Placed(part, part.forms[0], x))
    return placed


class FilterBar(Vertical):
    """Posts `Edited` at each change, `Applied` and `Dropped` at the end. ↑ and ↓ go through proposals and history."""

    DEFAULT_CSS = """
    FilterBar { height: auto; width: 1fr; background: $panel; }
    FilterBar Horizontal { height: 1; }
    FilterBar .prompt { width: 3; color: $text-accent; text-style: bold; background: $panel; }
    FilterBar Input { border: none; padding: 0; height: 1; width: 1fr; background: $panel; }
    FilterBar Input:focus { border: none; background-tint: transparent 0%; }
    """

    class Edited(Message):
        """The text or the cursor changed."""

        def __init__(self, text: str, cursor: int) -> None:
            super().__init__()
            self.text = text
            self.cursor = cursor

    class Applied(Message):
        """The reader wants this filter."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    class Dropped(Message):
        """The reader wants what was before."""

    def __init__(self, keys: str, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._keys = keys
        self.display = False
        self._history: list[str] = []
        self._at: int | None = None
        self._draft = ""
        self._most_rows = MOST_ROWS
        self.input = Input(placeholder="status:error cost:>0.01  or any words", compact=True, select_on_focus=False)
        self.input.cursor_blink = False
        self.proposals = Proposals()
        self.remark = Remark()

    def compose(self) -> ComposeResult:
        """Proposals above, the input, the remark below."""
        yield self.proposals
        with Horizontal():
            yield Static(PROMPT, classes="prompt", markup=False)
            yield self.input
        yield self.remark

    def open(self, text: str, history: Sequence[str], most_rows: int) -> None:
        """Begin with `text`; `history` is older filters, the newest last; `most_rows` is room for proposals."""
        self._history, self._at, self._most_rows = list(history), None, most_rows
        self.display = True
        self.proposals.show(())
        self.remark.show("", self._keys)
        self.input.value = text
        self.input.cursor_position = len(text)
        self.screen.set_focus(self.input)
        self._tell_edit()

    def close(self) -> None:
        """Go out of sight."""
        self.display = False

    def set_proposals(self, proposals: Sequence[Completion]) -> None:
        """Show what could be typed at the cursor, except while the history is looked through."""
        self.proposals.show(() if self._at is not None else proposals, self._most_rows)

    def show_count(self, text: str) -> None:
        """Say what the filter as typed finds."""
        self.remark.show(text, self._keys)

    def show_error(self, error: FilterError) -> None:
        """Put a caret under the token that is wrong, and say why."""
        typed = self.input.value
        before, token = inert(typed[: error.start]), inert(typed[error.start : error.end])
        start = len(PROMPT) + cell_width(before) - int(self.input.scroll_offset.x)
        self.remark.show_error(error.message, start, cell_width(token))

    def on_input_changed(self, event: Input.Changed) -> None:
        """Tell the screen, unless the bar is closed."""
        event.stop()
        if self.display and (self._at is None or event.value != self._history[self._at]):
            self._at = None
        if self.display:
            self._tell_edit()

    def action_accept(self) -> None:
        """Take the chosen proposal; where none is chosen, apply the filter."""
        if self.proposals.chosen is not None:
            self.action_complete()
        else:
            self.post_message(self.Applied(self.input.value.strip()))

    def action_complete(self) -> None:
        """Type the chosen proposal, else the first."""
        proposal = self.proposals.pick()
        if proposal is not None:
            text = self.input.value
            self.input.value = text[: proposal.start] + proposal.text + text[proposal.end :]
            self.input.cursor_position = proposal.start + len(proposal.text)
            self._tell_edit()

    def action_choose_down(self) -> None:
        """Down the proposals; to a newer filter while the history is looked through."""
        if self._at is not None:
            self._recall(self._at + 1)
        else:
            self.proposals.move(1)

    def action_choose_up(self) -> None:
        """Up the proposals, and from the input into the history."""
        if self.proposals.chosen is not None:
            self.proposals.move(-1)
        else:
            self._recall(len(self._history) - 1 if self._at is None else self._at - 1)

    def action_escape(self) -> None:
        """Leave the proposals; from the input, give up."""
        if self.proposals.chosen is not None:
            self.proposals.show(())
        else:
            self.post_message(self.Dropped())

    def _recall(self, index: int) -> None:
        if index < 0 or not self._history:
            return
        if self._at is None:
            self._draft = self.input.value
        self._at = index if index < len(self._history) else None
        self.input.value = self._draft if self._at is None else self._history[self._at]
        self.input.cursor_position = len(self.input.value)
        self.proposals.show(())

    def _tell_edit(self) -> None:
        self.post_message(self.Edited(self.input.value, self.input.cursor_position))
