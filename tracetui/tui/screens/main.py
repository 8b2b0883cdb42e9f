"""The main screen: wires the list, the tree and the payload to the questions, and lays them out by width."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from textual import events
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.screen import Screen
from textual.timer import Timer
from textual.widget import AwaitMount, Widget

from tracetui.model import Changes
from tracetui.tui.actions import Doing
from tracetui.tui.keymap import Keymap, Where, spell_key
from tracetui.tui.screens.arrivals import Arrivals
from tracetui.tui.screens.bottom import show_bottom, show_top
from tracetui.tui.screens.dragging import Dragging
from tracetui.tui.screens.listing import REST_S, Listing
from tracetui.tui.screens.pace import Pace
from tracetui.tui.screens.reading import Reading
from tracetui.tui.screens.recall import recall, remember
from tracetui.tui.widgets.crumbs import Crumbs
from tracetui.tui.widgets.filter_bar import KEYS, FilterBar
from tracetui.tui.widgets.find_bar import FindBar
from tracetui.tui.widgets.payload.view import PayloadView
from tracetui.tui.widgets.rating_strip import RatingStrip
from tracetui.tui.widgets.span_tree import SpanTree
from tracetui.tui.widgets.status_line import StatusLine, Tone
from tracetui.tui.widgets.status_line_ink import InkLines
from tracetui.tui.widgets.trace_list import TraceList

if TYPE_CHECKING:
    from tracetui.tui.app import Start
    from tracetui.tui.memory import Remembering
    from tracetui.tui.questions import Questions

_WIDE, _MEDIUM = 160, 100
_SHORT = 16
_SETTLE_S = 0.06
"""How long the cursor rests before its trace is loaded: holding a key down loads nothing in between."""
_FIRST_S = 0.08
"""How long the first paint waits for the first rows."""
_HEALTH_S = 1.0
"""How often, at most, the skipped records are counted while traces arrive."""
_SAID_S = 8.0


class MainScreen(Screen[None]):
    """List, tree and payload. `pane` is the one with the focus; narrower screens show fewer beside it."""

    DEFAULT_CSS = """
    MainScreen { layers: base; }
    MainScreen Crumbs { height: 1; }
    MainScreen #panes { height: 1fr; }
    MainScreen .away { display: none; }
    MainScreen.short StatusLine { height: 1; }
    """

    def __init__(
        self, questions: Questions, keymap: Keymap, start: Start, rating_name: str, remembering: Remembering
    ) -> None:
        super().__init__()
        self.remembering = remembering
        self.questions = questions
        self.keymap = keymap
        self.start = start
        self.rating_name = rating_name
        self.traces = TraceList(id="traces")
        self.spans = SpanTree(id="spans")
        self.payload = PayloadView(id="payload")
        self.crumbs = Crumbs(id="crumbs")
        self.status = StatusLine(id="status")
        self.filter_bar = FilterBar(keymap.fill(KEYS), id="filter")
        self.rating = RatingStrip(keymap.show("accept"), keymap.show("escape"), id="rating")
        self.find_bar = FindBar(id="find")
        self.listing = Listing(self.traces, questions, keymap, self._listed, self.say)
        self.listing.as_shown = self.masked
        self.reading = Reading(self.spans, self.payload, questions, keymap, self.refresh_lines)
        self.doing = Doing(self)
        self.dragging = Dragging(self._shares)
        self.pane: TraceList | SpanTree | PayloadView = self.traces
        self.is_zoomed = False
        self.split = 0
        self.is_following = False
        self.is_paused = False
        self.arrivals = Arrivals()
        self.changes = Changes()
        self.skipped = 0
        self._pace = Pace()
        self._is_health_old = False
        self._health_at = 0.0
        self.said: tuple[str, Tone] = ("", "muted")
        self._settling: Timer | None = None
        self._furnishing: AwaitMount | None = None
        self._unsaying: Timer | None = None

    def compose(self) -> ComposeResult:
        """The crumbs, the panes, the status."""
        yield self.crumbs
        with Horizontal(id="panes"):
            yield self.traces
            yield self.spans
            yield self.payload
        yield self.status

    async def furnish(self) -> None:
        """Mount the bars to type into, which are hidden at first: after the first rows are drawn, or before a key."""
        if self._furnishing is None:
            self._furnishing = self.mount(self.filter_bar, self.rating, self.find_bar, before=self.status)
        await self._furnishing

    def on_mount(self) -> None:
        """Ask for the first rows, and begin to watch."""
        self.traces.focus()
        self.traces.set_empty("reading…")
        self.spans.set_empty("no trace selected")
        recall(self)
        self.lay_out()
        with self.questions.answered_within(_FIRST_S):
            self.doing.begin_with(self.start.query)
        self.call_after_refresh(self.set_timer, REST_S, self._go_on)

    async def _go_on(self) -> None:
        await self.furnish()
        self._poll()

    def on_unmount(self) -> None:
        """Remember how it was left."""
        remember(self)

    # Watching

    def _poll(self) -> None:
        self.questions.ask("poll", lambda workspace: workspace.poll(), self._take_changes, self._poll_failed)

    def _take_changes(self, changes: Changes) -> None:
        is_done = self.changes.indexing and not changes.indexing
        self.changes = changes
        if changes.notices:
            self.say(" · ".join(changes.notices), "warning")
        self.listing.take_changes(changes)
        self.doing.viewing.take_changes(changes)
        if changes.trace_ids:
            tree = self.reading.tree
            if tree is not None and tree.trace.trace_id in changes.trace_ids:
                self.reading.refresh(self.listing.active)
        self._is_health_old = self._is_health_old or changes.any
        now = time.monotonic()
        if is_done or (self._is_health_old and now >= self._health_at):
            self._is_health_old, self._health_at = False, now + _HEALTH_S
            self.questions.ask("health", lambda workspace: workspace.skipped(), self._take_skipped)
        self.refresh_lines()
        if self.start.follow or changes.indexing:
            self.set_timer(self._pace.seconds_after(changes), self._poll)

    def count_arrived(self) -> None:
        """Count what came above the reader; only where the newest is the first does it come there."""
        listing = self.listing
        is_counting = not self.is_following and self.traces.cursor > 0 and listing.sort == "-start"
        self.arrivals.take(listing.ids, listing.active, is_counting=is_counting)

    def _take_skipped(self, skipped: int) -> None:
        self.skipped = skipped
        self.refresh_lines()

    def _poll_failed(self, sentence: str) -> None:
        self.say(sentence, "error-text")
        self.set_timer(1.0, self._poll)

    # Keys

    def where(self) -> Where:
        """What has the focus, for the keymap."""
        focused = self.focused
        if focused is self.traces:
            return "list"
        if focused is self.spans:
            return "tree"
        if focused is self.payload or focused is None:
            return "payload"
        return "input"

    def take_key(self, event: events.Key) -> bool:
        """Do what the keymap says of a key; False where that is nothing."""
        action = self.keymap.find(self.where(), spell_key(event.key, event.character))
        if action is None:
            return False
        self.doing.do(action.id)
        return True

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """Remember the pane, and lay out anew where that shows others."""
        for pane in (self.traces, self.spans, self.payload):
            if event.widget is pane and pane is not self.pane:
                self.pane = pane
                self.lay_out()
        self.refresh_lines()

    # Layout

    def on_resize(self, event: events.Resize) -> None:
        """Show as many panes as there is room for."""
        self.lay_out()

    def lay_out(self) -> None:
        """Three panes from 160 cells on, two from 100, else one."""
        width = self.size.width
        self.set_class(self.size.height < _SHORT, "short")
        shown: list[Widget]
        if self.is_zoomed or width < _MEDIUM:
            shown = [self.pane]
        elif width < _WIDE:
            shown = [self.traces if self.pane is self.traces else self.spans, self.payload]
        else:
            shown = [self.traces, self.spans, self.payload]
            if self.spans.timeline and self.pane is not self.traces:
                shown = shown[1:]
        for pane in (self.traces, self.spans, self.payload):
            pane.set_class(pane not in shown, "away")
        for each, share in zip(shown, self._shares(self.split), strict=True):
            each.styles.width = f"{share}fr"
        self.refresh_lines()

    def _shown(self) -> list[Widget]:
        return [pane for pane in (self.traces, self.spans, self.payload) if not pane.has_class("away")]

    def _shares(self, split: int) -> list[int]:
        """How the shown panes share the width."""
        shown = self._shown()
        shares: dict[Widget, int] = {self.traces: 58, self.spans: 48, self.payload: 60}
        if self.spans.timeline and len(shown) == 2:
            shares[self.spans] = 110
        return [max(10, shares[each] + (split if each is not shown[-1] else -split)) for each in shown]

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """Take hold of the line between two panes."""
        if self.dragging.begin(self._shown(), int(event.screen_x)):
            self.capture_mouse()

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """Drag that line."""
        if self.dragging.is_dragging:
            self.split = self.dragging.split_at(int(event.screen_x), self.size.width)
            self.lay_out()

    def on_mouse_up(self, event: events.MouseUp) -> None:
        """Let it go."""
        if self.dragging.is_dragging:
            self.dragging.end()
            self.release_mouse()
            self.clear_selection()

    def go_to(self, pane: TraceList | SpanTree | PayloadView) -> None:
        """Give a pane the focus, showing it first."""
        self.pane = pane
        self.lay_out()
        self.set_focus(pane)

    # Saying

    def say(self, text: str, tone: Tone = "success") -> None:
        """Say something at the bottom for some seconds."""
        self.said = (text, tone)
        if self._unsaying is not None:
            self._unsaying.stop()
        self._unsaying = self.set_timer(_SAID_S, self._unsay)
        self.refresh_lines()

    def masked(self, text: str) -> str:
        """A text of the screen's own as it may be shown: redacted while the mask is on."""
        return self.doing.masking.told(text) if self.questions.is_masked else text

    def _unsay(self) -> None:
        self.said = ("", "muted")
        self.refresh_lines()

    def refresh_lines(self) -> None:
        """Draw the top and the bottom anew where something there changed."""
        if self.is_mounted:
            show_top(self)
            show_bottom(self)

    # What widgets say

    def on_trace_list_moved(self, event: TraceList.Moved) -> None:
        """Load the trace once the cursor rests; moving away from the newest pauses following."""
        if self.is_following and self.traces.cursor > 0:
            self.is_following, self.is_paused = False, True
            self.listing.stays_at_top = False
        self.count_arrived()
        self.settle()
        self.refresh_lines()

    def _listed(self) -> None:
        """The list shows something else; with nothing in it there is nothing to read."""
        listing = self.listing
        if listing.has_opened and not listing.ids and not listing.is_searching and self.reading.tree is not None:
            self.reading.open_trace(None, None)
        self.count_arrived()
        self.refresh_lines()

    def settle(self) -> None:
        """Load what the list's cursor is on, as soon as it rests."""
        if self._settling is not None:
            self._settling.stop()
        self._settling = self.set_timer(_SETTLE_S, self._load_selected)

    def _load_selected(self) -> None:
        tree = self.reading.tree
        selected = self.traces.selected_id
        if selected is not None and (tree is None or tree.trace.trace_id != selected):
            self.reading.open_trace(selected, self.listing.active)

    def on_trace_list_rows_wanted(self, event: TraceList.RowsWanted) -> None:
        """Load rows that are about to be seen."""
        self.listing.ask_rows(event.ids)

    def on_trace_list_chosen(self, event: TraceList.Chosen) -> None:
        """Go into the trace."""
        self._load_selected()
        self.go_to(self.spans)

    def on_trace_list_sort_wanted(self, event: TraceList.SortWanted) -> None:
        """Sort by the clicked column."""
        self.listing.set_sort(event.sort)

    def on_span_tree_moved(self, event: SpanTree.Moved) -> None:
        """Show the span's payload."""
        self.reading.open_span()

    def on_span_tree_chosen(self, event: SpanTree.Chosen) -> None:
        """Go into the payload."""
        self.go_to(self.payload)

    def on_payload_view_chip_chosen(self, event: PayloadView.ChipChosen) -> None:
        """Open an image, a sound or a file outside."""
        self.doing.taking.open_media(event.media)

    def on_ink_lines_pressed(self, event: InkLines.Pressed) -> None:
        """A click on a crumb, a chip or a hint does what its key does."""
        self.doing.do(event.action)

    def on_filter_bar_edited(self, event: FilterBar.Edited) -> None:
        """Check the filter as it is typed."""
        self.doing.filtering.edited(event.text, event.cursor)

    def on_filter_bar_applied(self, event: FilterBar.Applied) -> None:
        """List what the filter selects."""
        self.doing.filtering.apply(event.text)

    def on_filter_bar_dropped(self, event: FilterBar.Dropped) -> None:
        """Back to what was before."""
        self.doing.filtering.drop()

    def on_rating_strip_given(self, event: RatingStrip.Given) -> None:
        """Save a rating."""
        self.doing.rating.save(event.draft)

    def on_rating_strip_named(self, event: RatingStrip.Named) -> None:
        """Offer the labels of another score."""
        self.doing.rating.offer_labels(event.name)

    def on_rating_strip_dropped(self, event: RatingStrip.Dropped) -> None:
        """Nothing is rated."""
        self.doing.rating.drop()

    def on_find_bar_edited(self, event: FindBar.Edited) -> None:
        """Find text in the payload, or spans."""
        self.doing.finding.edited(event.text)

    def on_find_bar_accepted(self, event: FindBar.Accepted) -> None:
        """Go on to the hits."""
        self.doing.finding.accepted()

    def on_find_bar_dropped(self, event: FindBar.Dropped) -> None:
        """Find nothing."""
        self.doing.finding.dropped()
