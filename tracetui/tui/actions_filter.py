"""The filter bar's behaviour: checked as it is typed, completed from what was seen, applied, dropped, toggled."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from textual.timer import Timer

from tracetui.errors import FilterError
from tracetui.query import Completion, Filter, compile_filter, complete
from tracetui.text import count, inert

if TYPE_CHECKING:
    from tracetui.model import Node
    from tracetui.tui.screens.main import MainScreen
    from tracetui.workspace import Workspace

_TYPING_S = 0.12
_HISTORY = 50


class Filtering:
    """Opens the bar, listens to it, and lists what it selects."""

    def __init__(self, screen: MainScreen) -> None:
        self.screen = screen
        self._history: list[str] = []
        self._counting: Timer | None = None

    def open(self) -> None:
        """Begin to type a filter."""
        screen = self.screen
        now = screen.listing.filter
        screen.filter_bar.open("" if now is None else now.text, self._history, max(2, screen.size.height - 8))

    def edited(self, text: str, cursor: int) -> None:
        """Say at once what is wrong, propose, and count a moment later."""
        screen = self.screen
        if self._counting is not None:
            self._counting.stop()
        screen.questions.forget("count")  # what the text before this one finds
        screen.questions.ask(
            "proposals", lambda workspace: _propose(workspace, text, cursor), screen.filter_bar.set_proposals
        )
        try:
            filter_ = compile_filter(text, now_ns=time.time_ns())
        except FilterError as error:
            screen.filter_bar.show_error(error)
            return
        screen.filter_bar.show_count("")
        if not filter_.reads_text:
            self._counting = screen.set_timer(_TYPING_S, lambda: self._count(filter_))

    def _count(self, filter_: Filter) -> None:
        bar = self.screen.filter_bar
        self.screen.questions.ask(
            "count",
            lambda workspace: len(workspace.trace_ids(filter_)),
            lambda found: bar.show_count(f"{count(found)} traces" if bar.display else ""),
        )

    def apply(self, text: str, *, is_typed: bool = True) -> None:
        """List what the filter selects; a wrong one is said and nothing changes."""
        screen = self.screen
        try:
            filter_ = compile_filter(text, now_ns=time.time_ns())
        except FilterError as error:
            if is_typed:
                screen.filter_bar.show_error(error)
            else:
                screen.say(error.message, "error-text")
                screen.listing.begin()
            return
        if text and text not in self._history[-1:]:
            self._history = [*self._history[-_HISTORY:], text]
        self._leave()
        screen.listing.set_filter(None if filter_.is_empty else filter_)
        screen.reading.refresh(screen.listing.active)

    def begin_off(self, text: str) -> None:
        """List everything, with a filter that is off and can be turned on; "" is none."""
        listing = self.screen.listing
        try:
            listing.filter = compile_filter(text, now_ns=time.time_ns()) if text else None
        except FilterError as error:
            self.screen.say(error.message, "error-text")
        listing.is_filter_on = listing.filter is None
        listing.begin()

    def drop(self) -> None:
        """Back to what was before."""
        self._leave()

    def _leave(self) -> None:
        screen = self.screen
        screen.questions.forget("proposals")
        screen.questions.forget("count")
        if screen.filter_bar.display:
            screen.filter_bar.close()
            screen.go_to(screen.pane)

    def toggle(self) -> None:
        """Turn the filter off, and on again."""
        self.screen.listing.toggle_filter()
        self.screen.reading.refresh(self.screen.listing.active)

    def by_value(self) -> None:
        """Offer the values of the selected row as filters, beside the filter that is on."""
        from tracetui.tui.screens.choose import Choose

        node = self.screen.reading.node
        if node is None:
            return
        terms = list(dict.fromkeys(_terms(node, self.screen)))
        options = [(term, "", inert(term)) for term in terms]
        options += [(f"-{term}", "", f"not {inert(term)}") for term in terms[:3]]
        self.screen.app.push_screen(Choose("Filter by", options), self._add)

    def _add(self, term: str | None) -> None:
        if term is not None:
            self.apply(with_term(self.screen.listing.active, term), is_typed=False)


def _propose(workspace: Workspace, text: str, cursor: int) -> list[Completion]:
    return complete(text, cursor, lambda field, prefix: workspace.observed(field, prefix, 20))


def _terms(node: Node, screen: MainScreen) -> list[str]:
    span = node.span
    tree = screen.reading.tree
    trace = None if tree is None else tree.trace
    values = {
        "status": span.status,
        "name": span.name,
        "kind": span.kind,
        "model": span.model,
        "user": span.user_id or (trace and trace.user_id),
        "session": span.session_id or (trace and trace.session_id),
        "feature": span.feature or (trace and trace.feature),
        "env": span.environment or (trace and trace.environment),
        "version": span.prompt_version,
        "tool": span.tool_name,
        "finish": span.finish_reason,
        "tag": span.tags[0] if span.tags else None,
    }
    return [
        f"{field}:={quoted(str(value))}" if field == "name" else f"{field}:{quoted(str(value))}"
        for field, value in values.items()
        if value
    ]


def with_term(now: Filter | None, term: str) -> str:
    """The text of a filter that asks for a term beside what `now` asks for."""
    if now is None or term in now.text.split():
        return term if now is None else now.text
    return f"({now.text}) {term}" if " OR " in now.text else f"{now.text} {term}"


def quoted(value: str) -> str:
    """A value as the filter language wants it: in quotes where it has anything special."""
    if value and all(character.isalnum() or character in "-_./@" for character in value):
        return value
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
