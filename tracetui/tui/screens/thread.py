"""One session as a conversation: its traces in time order, a turn each."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from msgspec import Struct

from tracetui.figures import Bundle
from tracetui.model import Trace
from tracetui.text import ago, count, inert, tokens
from tracetui.tui.actions_filter import quoted, with_term
from tracetui.tui.screens.view_screen import ViewScreen
from tracetui.tui.widgets.figure_columns import draw_cost, show_mean
from tracetui.tui.widgets.status_line_ink import Part, plain
from tracetui.tui.widgets.turn_list import TurnList

if TYPE_CHECKING:
    from tracetui.tui.screens.main import MainScreen
    from tracetui.workspace import Workspace


class Found(Struct, frozen=True):
    """The turns of a session, what they add up to, and which of them the list has (None: there is no filter)."""

    ids: list[str]
    bundle: Bundle | None
    in_list: frozenset[str] | None


class ThreadScreen(ViewScreen):
    """The turns of one session; enter looks into one."""

    names = ("view_open", "view_filter")

    def __init__(self, main: MainScreen, session_id: str, selected: str | None = None) -> None:
        super().__init__(main)
        self.session_id = session_id
        self.crumb = f"session {inert(session_id)}"
        self._selected = selected
        self._bundle: Bundle | None = None
        self._turns = TurnList(time.time_ns)
        self._turns.border_title = "Conversation"

    @property
    def pane(self) -> TurnList:
        """The turns."""
        return self._turns

    def facts(self) -> list[Part]:
        """What the whole session adds up to."""
        bundle = self._bundle
        if bundle is None:
            return []
        facts = [
            plain(0, f"{count(bundle.traces)} turn{'s' if bundle.traces != 1 else ''}"),
            plain(3, f"{tokens(bundle.usage.total)} tok", tone="muted"),
        ]
        cost, tone = draw_cost(bundle, 10)
        if cost:
            facts.append(plain(1, cost, tone=tone))
        if bundle.errors:
            facts.append(plain(2, f"{count(bundle.errors)}✕", tone="error"))
        if bundle.mean_score is not None:
            facts.append(plain(4, f"★ {show_mean(bundle.mean_score)}", tone="score"))
        facts.append(plain(5, ago(bundle.last_ns, time.time_ns()), tone="muted"))
        return facts

    def ask(self) -> None:
        """Ask for the turns; their texts are asked for when they are seen."""
        session_id, ids = self.session_id, None if self.filter is None else self.main.listing.ids
        self.asking("reading…")

        def find(workspace: Workspace) -> Found:
            turns = workspace.turn_ids(session_id)
            bundle = workspace.bundles("session", [session_id])
            in_list = None if ids is None else frozenset(turns).intersection(ids)
            return Found(turns, bundle[0] if bundle else None, in_list)

        self.questions.ask("thread", find, self._take, self.failed)

    def stop(self) -> bool:
        """Stop reading."""
        self.questions.forget("thread")
        self.questions.forget("turns")
        return True

    def _take(self, found: Found) -> None:
        selected = self._selected or self._turns.selected_id
        self._selected = None
        self._bundle = found.bundle
        self._turns.border_title = f"Conversation {count(len(found.ids))}"
        self._turns.border_subtitle = f"{count(len(found.in_list))} in the list" if found.in_list is not None else ""
        self._turns.set_empty("no trace has this session id any more")
        self._turns.set_ids(found.ids, selected, found.in_list)
        self.answered()

    def on_turn_list_rows_wanted(self, event: TurnList.RowsWanted) -> None:
        """Load turns that are about to be seen: their figures, then what was said, one by one."""
        ids = event.trace_ids

        def load(workspace: Workspace, found: Callable[[object], None], stopped: Callable[[], bool]) -> bool:
            found(workspace.page(ids))
            for trace_id in ids:
                if stopped():
                    return False
                found((trace_id, workspace.turn(trace_id)))
            return True

        self.questions.ask_in_pieces("turns", load, self._piece, lambda _: None, self.say_failure)

    def _piece(self, piece: object) -> None:
        if isinstance(piece, tuple):
            trace_id, turn = piece
            self._turns.set_turn(trace_id, turn)
        elif isinstance(piece, list):
            self._turns.set_traces([trace for trace in piece if isinstance(trace, Trace)])

    def on_turn_list_chosen(self, event: TurnList.Chosen) -> None:
        """Look into the turn."""
        self.do_open()

    def do_open(self) -> None:
        """List the session and go into the trace of the turn; `c` comes back to it."""
        trace_id = self._turns.selected_id
        if trace_id is not None:
            main, term = self.main, f"session:={quoted(self.session_id)}"
            self.leave_all(lambda: main.doing.viewing.open_trace(trace_id, term))

    def do_filter(self) -> None:
        """List the traces of the session, beside the filter that is on."""
        filtering, text = self.main.doing.filtering, with_term(self.filter, f"session:={quoted(self.session_id)}")
        self.leave_all(lambda: filtering.apply(text, is_typed=False))
