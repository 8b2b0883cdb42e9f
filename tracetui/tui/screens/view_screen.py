"""A view over the main screen: a line of crumbs, its own panes, a line of hints; its keys are those of `view`."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from textual import events
from textual.app import ComposeResult
from textual.screen import Screen
from textual.widget import Widget

from tracetui.model import Changes
from tracetui.text import inert
from tracetui.tui.keymap import Action, show_key, spell_key
from tracetui.tui.lines.reader import Reader
from tracetui.tui.lines.view import LineView
from tracetui.tui.screens.help import make_help
from tracetui.tui.screens.page import Page
from tracetui.tui.widgets.crumbs import Crumb, Crumbs
from tracetui.tui.widgets.status_line import Hint, hint_parts
from tracetui.tui.widgets.status_line_ink import InkLines, Part, Placed, place_parts, plain, shorten

if TYPE_CHECKING:
    from tracetui.query import Filter
    from tracetui.tui.screens.main import MainScreen

_MOVES = (
    "cursor_down", "cursor_up", "half_down", "half_up", "page_down", "page_up", "top", "bottom",
)  # fmt: skip
_OF_THE_MAIN = ("quit", "copy_or_quit", "suspend", "theme")
_SHARED = frozenset(
    (*_MOVES, *_OF_THE_MAIN, "mask", "help", "palette", "sessions", "users", "totals", "check", "receipt")
)
_SHARE = 4
"""A view that took 1 s of a core is asked for again after 4 s at the earliest: live data may not eat a core."""


class ViewLine(InkLines):
    """The line at the bottom of a view: what is going on, and key hints."""

    DEFAULT_CSS = """
    ViewLine { height: 1; background: $panel; }
    """

    def __init__(self) -> None:
        super().__init__()
        self._parts: list[Part] = []

    def show(self, parts: list[Part]) -> None:
        """Show other parts; nothing is drawn anew where nothing changed."""
        if parts != self._parts:
            self._parts = parts
            self.refresh()

    def place_line(self, y: int, width: int) -> list[Placed]:
        """All of them, as far as there is room."""
        return place_parts(self._parts, width)


class ViewScreen(Screen[None]):
    """One view. Subclasses give `crumb`, `body`, `pane` and what to `ask`; actions are methods called `action_…`."""

    DEFAULT_CSS = """
    ViewScreen { layers: base; }
    ViewScreen Crumbs { height: 1; }
    """

    crumb = ""
    names: Sequence[str] = ()
    """Ids of the actions of `view` that this one offers."""
    hints: Mapping[str, str] = {}
    """What the hints call actions here, where that is not what the keymap says; "" is no hint."""

    def __init__(self, main: MainScreen) -> None:
        super().__init__()
        self.main = main
        self.questions = main.questions
        self.crumbs = Crumbs()
        self.line = ViewLine()
        self.progress = ""
        self.said = ""
        self._not_before = 0.0
        self._is_stale = False
        self._asks_by_itself = False
        """Whether what is being asked is what the view shows already, because something came."""
        self._is_partial = False
        """Whether the filter's search through texts still ran when something that is shown was asked for."""

    # What subclasses say

    @property
    def pane(self) -> LineView | Reader:
        """The rows or the text that have the focus."""
        raise NotImplementedError

    def body(self) -> Sequence[Widget]:
        """Everything between the crumbs and the hints."""
        return [self.pane]

    def facts(self) -> list[Part]:
        """What stands at the right of the crumbs."""
        return []

    def ask(self) -> None:
        """Ask for what the view shows; `asking` and `answered` are called around it."""
        raise NotImplementedError

    def stop(self) -> bool:
        """Stop what is being asked; False where nothing is."""
        return False

    # Asking

    @property
    def filter(self) -> Filter | None:
        """The filter of the list, where it is on."""
        return self.main.listing.active

    def chosen(self) -> Filter | list[str] | None:
        """What to ask about: the filter, or the traces that a search through texts has found."""
        filter_ = self.filter
        if filter_ is None or not filter_.reads_text:
            return filter_
        self._is_partial = self._is_partial or self.main.listing.is_searching
        return list(self.main.listing.ids)

    def asking(self, progress: str) -> None:
        """Say that something is being asked."""
        self._not_before = time.monotonic() + 60.0
        self.tell_progress(progress)

    def tell_progress(self, progress: str) -> None:
        """Say how far it is; "" where nothing is asked any more."""
        self.progress = progress
        self.refresh_lines()

    def answered(self) -> None:
        """The answer is here."""
        self._not_before = time.monotonic() + _SHARE * self.questions.worked_s
        self._asks_by_itself = False
        self.tell_progress("")

    def failed(self, sentence: str) -> None:
        """There is no answer; say why."""
        self.show_failure(f"✕ {inert(sentence)}")
        self.answered()

    def show_failure(self, sentence: str) -> None:
        """Show why there is no answer, in its place, or under the rows of an earlier one, which stay."""
        pane = self.pane
        if isinstance(pane, LineView) and not pane.row_count:
            pane.set_empty(sentence)
        else:
            self.say_failure(sentence)

    def say_failure(self, sentence: str) -> None:
        """Say in the last line why something that belongs to what is shown is not there."""
        self.said = sentence
        self.refresh_lines()

    def take_changes(self, changes: Changes) -> None:
        """Ask anew after something came, but not all the time; what comes in between is kept for the next time."""
        found_more = self._is_partial and not self.main.listing.is_searching
        self._is_stale = self._is_stale or bool(changes.trace_ids) or found_more
        if self._is_stale and self.is_due():
            self._is_stale = self._is_partial = False
            self._asks_by_itself = True
            self.ask_anew()

    def ask_anew(self) -> None:
        """Ask again for what the view shows; it stays until the answer is there."""
        self.ask()

    def is_due(self) -> bool:
        """Whether nothing is being asked, and the last answer is old enough."""
        return not self.progress and time.monotonic() >= self._not_before

    # The screen

    def compose(self) -> ComposeResult:
        """The crumbs, the body, the hints."""
        yield self.crumbs
        yield from self.body()
        yield self.line

    def on_mount(self) -> None:
        """Ask at once."""
        self.set_focus(self.pane)
        self.ask()
        self.refresh_lines()

    def refresh_lines(self) -> None:
        """Draw the top and the bottom anew where something there changed."""
        if not self.is_mounted:
            return
        names = self.main.start.names
        source = "tracetui" if not names else names[0] if len(names) == 1 else f"{len(names)} sources"
        crumbs = [Crumb(inert(source), "view_close")]
        if self.filter is not None:
            crumbs.append(Crumb(f"/ {inert(self.main.masked(self.filter.text))}", "view_close"))
        crumbs.append(Crumb(self.crumb, "", is_here=True))
        self.crumbs.show(crumbs, self.facts())
        parts: list[Part] = []
        if self.progress:
            parts.append(
                plain(0, f"{self.progress}  {self.main.keymap.show('view_close')} stops", self.progress, tone="running")
            )
        elif self.said:
            parts.append(Part(1, tuple(((shorten(self.said, size), "muted"),) for size in (100, 40, 20))))
        if self._is_partial:
            parts.append(plain(2, "of what the search had found by then", "not all was searched", tone="warning"))
        room = max(2, self.size.width // 18)
        hinted = [(action, self.hints.get(action.id, action.hint)) for action in self._hinted()]
        hints = [Hint(show_key(action.keys[0]), hint, action.id) for action, hint in hinted if hint][:room]
        self.line.show([*parts, *hint_parts(hints)])

    def _hinted(self) -> list[Action]:
        own = [action for action in self.main.keymap.hints("view") if action.id in (*self.names, "view_close")]
        shared = [action for action in self.main.keymap.hints("list") if action.id in ("help", "cursor_down")]
        return [*own, *shared]

    def offered(self) -> list[Action]:
        """The actions that this view has."""
        own = [action for action in self.main.keymap.offered("view") if action.id in (*self.names, "view_close")]
        return own + [action for action in self.main.keymap.offered("list") if action.id in _SHARED]

    def on_resize(self, event: events.Resize) -> None:
        """Show as many hints as there is room for."""
        self.refresh_lines()

    # Keys

    def take_key(self, event: events.Key) -> bool:
        """Do what the keymap says of a key in a view; False where that is nothing."""
        key, keymap = spell_key(event.key, event.character), self.main.keymap
        action = keymap.find("view", key)
        if action is None or action.id not in (*self.names, "view_close"):
            action = keymap.find("list", key)
            if action is None or action.id not in _SHARED:
                return False
        self.do(action.id)
        return True

    def do(self, action_id: str) -> None:
        """Do an action by its id."""
        self.said = ""
        if action_id in _MOVES:
            getattr(self.pane, f"action_{action_id}")()
        elif action_id in _OF_THE_MAIN:
            self.main.doing.do(action_id)
        elif action_id in ("sessions", "users", "totals", "check"):
            self.leave(lambda: self.main.doing.do(action_id))
        elif action_id == "mask":  # what the view has was asked for before
            self.leave_all(lambda: self.main.doing.do(action_id))
        elif action_id == "receipt":
            self.main.doing.viewing.bill()
        else:
            getattr(self, f"do_{action_id.removeprefix('view_')}")()
        self.refresh_lines()

    def do_close(self) -> None:
        """Stop what the reader asked for, else leave: what the view asks anew by itself, stopped, is soon asked again."""
        if self.progress and not self._asks_by_itself and self.stop():
            self.said = "stopped"
            self.answered()
        else:
            self.leave()

    def leave(self, then: Callable[[], object] | None = None) -> None:
        """Go back to where the view was opened from; nothing where that was done already."""
        if self.app.screen is not self:
            return
        self.stop()
        self.app.pop_screen()
        if then is not None:
            self.main.call_later(then)

    def leave_all(self, then: Callable[[], object]) -> None:
        """Go back to the main screen through all views, and do something there."""
        self.stop()
        while isinstance(self.app.screen, ViewScreen):
            self.app.screen.stop()
            self.app.pop_screen()
        self.main.call_later(then)

    def do_help(self) -> None:
        """The keys of this view, its own first."""
        self.app.push_screen(Page(f"Keys in {self.crumb}", make_help(self.offered(), self.size.width)))

    def do_palette(self) -> None:
        """Every action of this view."""
        from tracetui.tui.screens.choose import Choose

        options = [
            (action.id, "", f"{action.label}  [{' '.join(show_key(key) for key in action.keys)}]")
            for action in self.offered()
            if action.id != "palette"
        ]

        def chosen(action_id: str | None) -> None:
            if action_id is not None:
                self.do(action_id)

        self.app.push_screen(Choose("All actions", options), chosen)

    def on_ink_lines_pressed(self, event: InkLines.Pressed) -> None:
        """A click on a crumb or a hint does what its key does."""
        if event.action:
            self.do(event.action)
