"""The strip to rate with: a number and enter, or `+` or `-` at once, or the letter of a label; a comment, another name.

It saves nothing. The screen hears what is to be saved, and says when that is done or why it is not.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, TypeAlias

from msgspec.structs import replace
from textual import events
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.widgets import Input, Static

from tracetui.text import inert
from tracetui.tui.widgets.rating_strip_keys import BAD, GOOD, Draft, choose_letters, erase, type_key
from tracetui.tui.widgets.status_line_ink import InkLines, Part, Placed, place_parts, plain, shorten

State: TypeAlias = Literal["typing", "comment", "name", "saving", "failed"]


class RatingLine(InkLines, can_focus=True):
    """The line that has the focus while a value is typed. Draws what it is told to."""

    DEFAULT_CSS = """
    RatingLine { background: $panel; }
    """

    def __init__(self) -> None:
        super().__init__()
        self._parts: list[Part] = []

    def show(self, parts: list[Part]) -> None:
        """Draw other parts."""
        self._parts = parts
        self.refresh()

    def place_line(self, y: int, width: int) -> list[Placed]:
        """The parts, where they fit."""
        return place_parts(self._parts, width)


class RatingStrip(Vertical):
    """Posts `Given` with a rating, `Named` when another name is chosen, and `Dropped`."""

    DEFAULT_CSS = """
    RatingStrip { height: auto; width: 1fr; background: $panel; }
    RatingStrip Horizontal { height: 1; display: none; }
    RatingStrip Static { width: auto; padding: 0 1; color: $text-muted; background: $panel; }
    RatingStrip Input { border: none; padding: 0; height: 1; width: 1fr; background: $panel; }
    RatingStrip Input:focus { border: none; background-tint: transparent 0%; }
    """

    class Given(Message):
        """Save this."""

        def __init__(self, draft: Draft) -> None:
            super().__init__()
            self.draft = draft

    class Named(Message):
        """Ratings go under another name now; the screen may know its labels."""

        def __init__(self, name: str) -> None:
            super().__init__()
            self.name = name

    class Dropped(Message):
        """Nothing is to be saved."""

    def __init__(self, accept: str = "enter", escape: str = "esc", *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._keys = (accept, escape)
        self.display = False
        self._draft = Draft("user_rating")
        self._target = ""
        self._state: State = "typing"
        self._failure = ""
        self._labels: dict[str, str] = {}
        self.line = RatingLine()
        self.label = Static("", markup=False)
        self.input = Input(compact=True, select_on_focus=False)
        self.input.cursor_blink = False
        self.field = Horizontal(self.label, self.input)

    def compose(self) -> ComposeResult:
        """The line, and below it a field while a comment or a name is typed."""
        yield self.line
        yield self.field

    def open(self, target: str, name: str) -> None:
        """Begin a rating of `target` (in words) under the score `name`."""
        self._target, self._draft, self._labels = target, Draft(name), {}
        self.display = True
        self._enter("typing")

    def close(self) -> None:
        """Go out of sight."""
        self.display = False

    def set_labels(self, labels: Sequence[str]) -> None:
        """Offer the labels that were seen under this name, a letter for each."""
        self._labels = choose_letters(labels)
        self._redraw()

    def show_failure(self, sentence: str) -> None:
        """Say why nothing was saved; enter tries again."""
        self._failure = sentence
        self._enter("failed")

    def on_key(self, event: events.Key) -> None:
        """Take the characters of a rating; everything else is for the keymap."""
        character = event.character if event.is_printable else None
        if self._state != "typing" or (character is None and event.key != "backspace"):
            return
        event.stop()
        if event.key == "backspace":
            self._draft = erase(self._draft)
        elif character == "c":
            self._enter("comment")
        elif character == "n":
            self._enter("name")
        elif character == "+" or (character == "-" and not self._draft.number):
            self._give(replace(self._draft, number=GOOD if character == "+" else BAD, label=None))
        elif character is not None:
            self._draft = type_key(self._draft, character, self._labels) or self._draft
        self._redraw()

    def on_input_changed(self, event: Input.Changed) -> None:
        """Keep edits of the comment and the name from the screen."""
        event.stop()

    def action_accept(self) -> None:
        """Take the comment or the name; save the rating, or try again."""
        text = self.input.value.strip()
        if self._state == "comment":
            self._draft = replace(self._draft, comment=text)
            self._enter("typing")
        elif self._state == "name":
            if text and text != self._draft.name:
                self._draft, self._labels = Draft(text, comment=self._draft.comment), {}
                self.post_message(self.Named(text))
            self._enter("typing")
        elif self._state in ("typing", "failed") and self._draft.is_complete:
            self._give(self._draft)

    def action_escape(self) -> None:
        """Leave the field; from the line, give up."""
        if self._state in ("comment", "name"):
            self._enter("typing")
        else:
            self.post_message(self.Dropped())

    def _give(self, draft: Draft) -> None:
        self._draft = draft
        self._enter("saving")
        self.post_message(self.Given(draft))

    def _enter(self, state: State) -> None:
        self._state = state
        is_field = state in ("comment", "name")
        self.field.display = is_field
        if is_field:
            self.label.update("comment" if state == "comment" else "save under the name")
            self.input.value = self._draft.comment if state == "comment" else self._draft.name
            self.input.cursor_position = len(self.input.value)
            self.screen.set_focus(self.input)
        else:
            self.screen.set_focus(self.line)
        self._redraw()

    def _redraw(self) -> None:
        self.line.show(draw_rating(self._draft, self._target, self._state, self._labels, self._failure, self._keys))


def draw_rating(
    draft: Draft, target: str, state: State, labels: dict[str, str], failure: str, keys: tuple[str, str]
) -> list[Part]:
    """The parts of the strip: what is rated, what would be saved, and what can be typed; `keys` save and leave."""
    accept, escape = keys
    name = inert(draft.name)
    value = inert(draft.label if draft.label is not None else draft.number)
    if state == "failed":
        sentence = f"✕ not saved: {inert(failure)}"
        forms = tuple(((shorten(sentence, size), "error-text"),) for size in (400, 200, 120, 80, 60, 40, 24))
        longest = f"{accept} tries again · {escape} gives up"
        return [Part(0, forms), plain(1, longest, f"{accept} · {escape}", tone="muted", is_right=True)]
    caret = " " if state != "typing" else "▌"
    goal = (("★ ", "score"), (f"{name} = ", "text"), (value, "strong"), (caret, "accent"))
    parts = [Part(0, (goal, (("★ ", "score"), (value, "strong"), (caret, "accent"))))]
    if state == "saving":
        return [*parts, plain(1, "saving…", tone="running")]
    parts.append(Part(2, tuple(((shorten(target, size), "muted"),) for size in (60, 40, 24, 12))))
    if draft.comment:
        comment = f"“{inert(draft.comment)}”"
        parts.append(Part(3, tuple(((shorten(comment, size), "text"),) for size in (60, 30, 14))))
    hints = [("+", "good"), ("-", "bad"), ("0-9", "number")] if not draft.is_complete else []
    hints += [(letter, inert(label)) for letter, label in labels.items()]
    hints += [("c", "comment"), ("n", "name"), (accept, "saves"), (escape, "")]
    ranks = {accept: 1, escape: 4, "+": 5, "-": 6, "0-9": 7, "c": 8, "n": 9}
    for typed, word in hints:
        form = ((typed, "strong"), (f" {word}" if word else "", "muted"))
        parts.append(Part(ranks.get(typed, 10), (form,), is_right=True))
    return parts
