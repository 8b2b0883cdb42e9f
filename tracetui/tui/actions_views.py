"""Opens the views over the screen: totals, sessions, users, a conversation, what got worse."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from tracetui.figures import BundleKind
from tracetui.model import Changes, Trace
from tracetui.text import count
from tracetui.tui.beside import Beside

if TYPE_CHECKING:
    from tracetui.tui.screens.main import MainScreen


class Viewing:
    """Opens views, and tells those that are open of what arrives."""

    def __init__(self, screen: MainScreen) -> None:
        self.screen = screen

    def table(self) -> dict[str, Callable[[], object]]:
        """What each action does."""
        return {
            "totals": self.totals,
            "check": self.check,
            "sessions": lambda: self.bundles("session"),
            "users": lambda: self.bundles("user"),
            "conversation": self.conversation,
            "compare": self.compare,
            "receipt": self.receipt,
        }

    def totals(self) -> None:
        """What is listed, added up by model, feature, user, …"""
        from tracetui.tui.screens.totals import TotalsScreen

        self.screen.app.push_screen(TotalsScreen(self.screen))

    def check(self) -> None:
        """What got worse in what is listed."""
        from tracetui.tui.screens.digest import DigestScreen

        self.screen.app.push_screen(DigestScreen(self.screen))

    def bundles(self, of: BundleKind) -> None:
        """The sessions or users of what is listed, the cursor on that of the selected trace."""
        from tracetui.tui.screens.bundles import BundleScreen

        trace = self._trace()
        selected = None if trace is None else getattr(trace, f"{of}_id")
        self.screen.app.push_screen(BundleScreen(self.screen, of, selected))

    def conversation(self) -> None:
        """The session of the selected trace, the cursor on that trace."""
        from tracetui.tui.screens.thread import ThreadScreen

        trace = self._trace()
        if trace is None or trace.session_id is None:
            self.screen.say("this trace has no session id" if trace else "no trace is selected", "muted")
            return
        self.screen.app.push_screen(ThreadScreen(self.screen, trace.session_id, trace.trace_id))

    def compare(self) -> None:
        """The two marked traces, or the marked one and the selected one."""
        from tracetui.tui.screens.compare import CompareScreen

        traces = self.screen.traces
        ids = set(traces.marked)
        if len(ids) == 1 and traces.selected_id is not None:
            ids.add(traces.selected_id)
        if len(ids) != 2:
            marked = "no trace is marked" if not ids else f"{count(len(ids))} marked"
            key = self.screen.keymap.show("mark")
            self.screen.say(f"{marked}: mark two with {key}, or one and stand on the other", "muted")
            return
        one, other = sorted(ids)
        self.screen.app.push_screen(CompareScreen(self.screen, one, other))

    def receipt(self) -> None:
        """How the cost of the span came about; in the list, that of the trace or of all that is listed."""
        from tracetui.tui.screens.choose import Choose

        screen = self.screen
        node, trace_id = screen.reading.node, screen.traces.selected_id
        if screen.pane is not screen.traces and node is not None:
            self._show_receipt(node.span.trace_id, node.span.span_id)
            return
        if trace_id is None:
            self.bill()
            return

        def chosen(what: str | None) -> None:
            if what == "trace":
                self._show_receipt(trace_id, None)
            elif what == "list":
                self.bill()

        listed = count(len(screen.listing.ids))
        options = [("trace", "t", "this trace"), ("list", "l", f"all {listed} traces that are listed")]
        screen.app.push_screen(Choose("How the cost came about of", options), chosen)

    def _show_receipt(self, trace_id: str, span_id: str | None) -> None:
        from tracetui.tui.screens.receipt import ReceiptScreen

        self.screen.app.push_screen(ReceiptScreen(self.screen, trace_id, span_id))

    def bill(self) -> None:
        """What all that is listed cost, by model and price."""
        from tracetui.tui.screens.receipt import BillScreen

        self.screen.app.push_screen(BillScreen(self.screen))

    def collector(self, beside: Beside) -> None:
        """Where the collector beside the screen listens, what came, and what to set."""
        from tracetui.tui.screens.connecting import ConnectingScreen

        self.screen.app.push_screen(ConnectingScreen(self.screen, beside))

    def _trace(self) -> Trace | None:
        """The selected trace: in the list that under the cursor, whose spans may still be loading."""
        screen = self.screen
        if screen.pane is screen.traces and screen.traces.selected is not None:
            return screen.traces.selected
        return None if screen.reading.tree is None else screen.reading.tree.trace

    def take_changes(self, changes: Changes) -> None:
        """Tell the view on top, if any."""
        stack = self.screen.app.screen_stack
        if not stack or stack[-1] is self.screen:
            return
        from tracetui.tui.screens.view_screen import ViewScreen

        if isinstance(stack[-1], ViewScreen):
            stack[-1].take_changes(changes)

    def open_trace(self, trace_id: str, term: str) -> None:
        """Go into a trace; where the list has it not, the list becomes what `term` selects."""
        screen = self.screen
        if not screen.traces.select(trace_id):
            screen.doing.filtering.apply(term, is_typed=False)
            screen.listing.select_when_listed(trace_id)
        screen.reading.open_trace(trace_id, screen.listing.active)
        screen.go_to(screen.spans)
