"""What the list shows: the filter, the order, the ids, the totals; kept in step with what arrives."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, TypeAlias

from msgspec import Struct

from tracetui.model import Changes, Totals, Trace
from tracetui.text import count, inert, percent

if TYPE_CHECKING:
    from tracetui.query import Filter
    from tracetui.tui.keymap import Keymap
    from tracetui.tui.questions import Questions
    from tracetui.tui.widgets.status_line import Tone
    from tracetui.tui.widgets.trace_list import TraceList
    from tracetui.workspace import Workspace

_FIRST = 200
REST_S = 0.03
"""How long after the first rows are drawn the rest is asked for: the terminal gets them from a thread as well."""
_PAGE = 80
_SHARE = 8
"""A list that took 20 ms of a core is asked for again after 8 × 20 ms at the earliest: live data may not eat a core."""
_TOTALS_SHARE = 32
"""The same for the sums: they need not be as new as the rows."""
_UNANSWERED_S = 60.0
"""After how long sums are asked for again where no answer came. Not sooner: the newer question would stop the older one,
and at five polls a second none would ever come to its end."""
_WHOLE_S = 5.0
"""How often, at most, all ids are asked for while newer traces keep arriving, which are put on top without that."""


Say: TypeAlias = "Callable[[str, Tone], None]"


class First(Struct):
    """The first answer: enough to draw a screen."""

    ids: list[str]
    rows: list[Trace]
    is_all: bool


class Listed(Struct):
    """All ids, and the rows in sight that are new or changed: one answer, so that the screen is drawn once."""

    ids: list[str]
    rows: list[Trace]


class Searched(Struct, frozen=True):
    """How many traces a search has read, of how many."""

    done: int
    total: int


class Listing:
    """Asks for ids, rows and totals, and tells the list. `told` is called whenever something to be shown changed, `said`
    with what failed beside that."""

    def __init__(
        self, traces: TraceList, questions: Questions, keymap: Keymap, told: Callable[[], None], said: Say
    ) -> None:
        self._traces = traces
        self._keymap = keymap
        self.as_shown: Callable[[str], str] = str
        """What the filter is shown as: it may hold what the mask hides."""
        self._questions = questions
        self._told = told
        self._said = said
        self._again: list[Callable[[], None]] = []
        self.filter: Filter | None = None
        self.is_filter_on = True
        self.sort = "-start"
        self.ids: list[str] = []
        self.in_all: int | None = None
        self.totals: Totals | None = None
        self.is_searching = False
        self.searched = ""
        self.has_opened = False
        self.wanted: str | None = None
        self.stays_at_top = False
        self._wanted_at = 0.0
        self._took = 0.0
        self._touched: set[str] = set()
        self._asked_about: set[str] = set()
        self._listed: set[str] | None = None
        """The ids as a set, made when it is needed."""
        self._is_whole = False
        """Whether all ids are here, and no question about all of them is open."""
        self._may_differ = False
        self._whole_at = 0.0
        self._totals_at = 0.0
        self._are_totals_old = False

    @property
    def active(self) -> Filter | None:
        """The filter, where it is on."""
        return self.filter if self.is_filter_on else None

    def begin(self) -> None:
        """Ask for the first rows, then for everything."""
        filter_, sort = self.active, self.sort
        self._is_whole = False
        if filter_ is not None and filter_.reads_text:
            self._search(filter_, sort)
            return

        def first(workspace: Workspace) -> First:
            ids = workspace.trace_ids(filter_, sort, limit=_FIRST)
            return First(ids, workspace.page(ids[:_PAGE]), len(ids) < _FIRST)

        self._questions.ask("ids", first, self._take_first, self._fail)

    def _take_first(self, first: First) -> None:
        self.has_opened = True
        self._traces.set_rows(first.rows)
        self.ask_extras(first.ids[:_PAGE])
        self._show(first.ids, is_all=first.is_all)
        self._is_whole = first.is_all
        self._traces.call_after_refresh(self._traces.set_timer, REST_S, self._ask_rest)

    def _ask_rest(self) -> None:
        """Ask for the rest once the first rows are on the terminal: threads that count would hold that up."""
        if self.is_searching:
            return
        if not self._is_whole:
            self.refresh()
        self.ask_totals()
        self._ask_all()

    def _ask_all(self) -> None:
        """Count what there is without the filter: a filtered list says of how many it is."""
        if self.active is not None:
            self._questions.ask(
                "all", lambda workspace: workspace.trace_count(), self._take_all, self._later(self._ask_all)
            )

    def _take_all(self, in_all: int) -> None:
        if self.active is not None and in_all != self.in_all:
            self.in_all = in_all
            self._show(self.ids)

    def refresh(self) -> None:
        """Ask for all ids anew, and for the rows in sight that are new or changed; the cursor stays on its trace."""
        filter_, sort = self.active, self.sort
        # What arrives from now on may be missing from the answer, and waits for the next one. A question that never
        # was answered, because another superseded it, is part of this one.
        self._asked_about |= self._touched
        self._touched = set()
        self._is_whole = self._may_differ = False
        touched, known, window = frozenset(self._asked_about), frozenset(self._traces.known_ids()), self._traces.window

        def ask(workspace: Workspace) -> Listed:
            ids = workspace.trace_ids(filter_, sort)
            return Listed(ids, workspace.page([*(known & touched), *(set(ids[window]) - known)]))

        def answered(listed: Listed) -> None:
            self._took = self._questions.worked_s
            self._wanted_at = time.monotonic()
            self._whole_at = self._wanted_at + max(_WHOLE_S, self._took * _SHARE)
            self._asked_about.clear()
            if listed.rows:
                self._traces.set_rows(listed.rows)
            self._show(listed.ids)
            self._is_whole = True

        self._questions.ask("ids", ask, answered, self._fail)

    def _top(self) -> Trace | None:
        """The newest trace listed, where newer ones can be put on top of it."""
        is_by_time = self.active is None and self.sort == "-start" and self._is_whole
        return self._traces.row_of(self.ids[0]) if is_by_time and self.ids else None

    def _put_on_top(self, top: Trace) -> None:
        """Put traces that are newer than all listed ones on top of them, without asking for all ids: of a million spans
        that takes as long as fifty polls. Anything else that changed asks for them all, and so does the time."""
        self._asked_about |= self._touched
        self._touched = set()
        self._may_differ = True
        touched = frozenset(self._asked_about)

        def answered(rows: list[Trace]) -> None:
            self._wanted_at = time.monotonic()
            listed = set(self.ids) if self._listed is None else self._listed
            fresh = sorted((row for row in rows if row.trace_id not in listed), key=_start, reverse=True)
            if len(rows) < len(touched) or (fresh and _start(fresh[-1]) < _start(top)):
                self.refresh()
                return
            self._asked_about -= touched
            self._traces.set_rows(rows)
            if fresh:
                ids = [row.trace_id for row in fresh]
                self._show(ids + self.ids)
                listed.update(ids)
                self._listed = listed

        self._questions.ask("ids", lambda workspace: workspace.page(tuple(touched)), answered, self._fail)

    def _refresh_rows(self) -> None:
        """Ask for the rows that changed, where ids are not asked for anew: a search through texts is not repeated."""
        touched = [trace_id for trace_id in self._traces.known_ids() if trace_id in self._touched]
        self._touched = set()
        if touched:
            again = self._later(lambda: self._touched.update(touched))
            self._questions.ask(
                "changed rows", lambda workspace: workspace.page(touched), self._traces.update_rows, again
            )

    def _search(self, filter_: Filter, sort: str) -> None:
        """A filter that reads text: hits show as they are found, newest first, and how far it is."""
        self.is_searching = True
        self.searched = ""
        self.ids = []
        self._show([])

        def piece(found: list[str] | Searched) -> None:
            if isinstance(found, Searched):
                self.searched = percent(found.done / found.total) if found.total else ""
                self._told()
            else:
                self._show([*self.ids, *found])

        def answered(_: bool) -> None:
            self.has_opened = True
            self.is_searching = False
            self._show(self.ids)
            self.ask_totals()
            self._ask_all()

        def search(
            workspace: Workspace, found: Callable[[list[str] | Searched], None], stop: Callable[[], bool]
        ) -> bool:
            return workspace.search(filter_, sort, found, stop, lambda done, total: found(Searched(done, total)))

        self._questions.ask_in_pieces("ids", search, piece, answered, self._fail)

    def stop_search(self) -> bool:
        """End a search that runs; what was found stays. False where none runs."""
        if not self.is_searching:
            return False
        self._questions.forget("ids")
        self.is_searching = False
        self._show(self.ids)
        self.ask_totals()
        return True

    def select_when_listed(self, trace_id: str) -> None:
        """Put the cursor on a trace as soon as it is listed."""
        self.wanted = trace_id

    def _show(self, ids: list[str], *, is_all: bool = True) -> None:
        """Show ids; the cursor goes to the trace that is wanted as soon as it is among them."""
        self.ids = ids
        self._listed = None
        if self.active is None and is_all:
            self.in_all = len(ids)
        self._traces.set_empty(self._empty())
        self._traces.set_ids(ids, total=self.in_all, is_all=is_all and not self.is_searching)
        if self.wanted is not None and (self._traces.select(self.wanted) or (is_all and not self.is_searching)):
            self.wanted = None
        if self.stays_at_top:
            self._traces.move_to(0)
        self._told()

    def _empty(self) -> str:
        if self.is_searching:
            return "searching…"
        if not self.has_opened:
            return "reading…"
        if self.filter is not None and self.is_filter_on:
            return f"no trace matches {inert(self.as_shown(self.filter.text))}\n{self._keymap.filter_keys()}"
        return "no traces yet\nthey show here as soon as your program writes them"

    def _fail(self, sentence: str) -> None:
        self.is_searching = False
        self._traces.set_empty(f"✕ {sentence}")
        self._told()

    def _later(self, again: Callable[[], None]) -> Callable[[str], None]:
        """What to do where a question failed: say it, and ask again after the next poll."""

        def failed(sentence: str) -> None:
            self._again.append(again)
            self._said(f"✕ {sentence}", "error-text")

        return failed

    def ask_rows(self, ids: tuple[str, ...]) -> None:
        """Load rows that the list is about to show."""
        # Forgetting what was asked for, the list asks anew for what is in sight by then.
        again = self._later(self._traces.forget_asked)
        self._questions.ask("rows", lambda workspace: workspace.page(ids), self._traces.set_rows, again)
        self.ask_extras(ids)

    def ask_extras(self, ids: Sequence[str]) -> None:
        """Load the metadata that is shown of these traces."""
        keys = self._traces.metadata_keys
        if keys and ids:
            # Of all that are here: these ids alone would put an end to what was asked since.
            again = self._later(lambda: self.ask_extras(self._traces.known_ids()))
            self._questions.ask(
                "extras", lambda workspace: workspace.metadata(ids, keys), self._traces.set_extras, again
            )

    def ask_totals(self) -> None:
        """Sum over what is listed."""
        filter_ = self.active
        ids = list(self.ids) if filter_ is not None and filter_.reads_text else None

        def answered(totals: Totals) -> None:
            self.totals = totals
            self._totals_at = time.monotonic() + _TOTALS_SHARE * self._questions.worked_s
            self._told()

        self._totals_at = time.monotonic() + _UNANSWERED_S
        self._questions.ask(
            "totals",
            lambda workspace: workspace.totals(filter_ if ids is None else ids),
            answered,
            self._later(self.ask_totals),
        )

    def set_filter(self, filter_: Filter | None) -> None:
        """List what another filter selects."""
        self.filter = filter_
        self.is_filter_on = True
        self.totals = None
        self.begin()

    def toggle_filter(self) -> None:
        """Turn the filter off, and on again."""
        if self.filter is not None:
            self.is_filter_on = not self.is_filter_on
            self.begin()

    def set_sort(self, sort: str) -> None:
        """List in another order."""
        self.sort = sort
        self._traces.set_sort(sort)
        self.begin()

    def _follow(self, now: float) -> None:
        """List what changed: at once what is only newer, else when asking for all ids is due."""
        top = self._top() if now < self._whole_at else None
        if self._touched and top is not None:
            self._put_on_top(top)
        elif (self._touched or self._may_differ) and now - self._wanted_at >= self._took * _SHARE:
            if not self._touched and now < self._whole_at:
                return
            self._wanted_at = now + 60.0 if self._took > 5 else now
            if self.active is None or not self.active.reads_text:
                self.refresh()
            else:
                self._refresh_rows()
            self._ask_all()

    def take_changes(self, changes: Changes) -> None:
        """Bring the rows, the ids and the totals up to date after a poll; what failed is asked again."""
        failed, self._again = self._again, []
        for again in failed:
            again()
        if not self.has_opened:
            if changes.trace_ids:
                self.begin()
            return
        if changes.trace_ids:
            self._touched |= changes.trace_ids
            self._are_totals_old = True
        now = time.monotonic()
        if not self.is_searching:
            self._follow(now)
        # Also of an earlier change: one that came too soon after the last sum must not be left out for good.
        if self._are_totals_old and not self.is_searching and now >= self._totals_at:
            self._are_totals_old = False
            self.ask_totals()


def say_count(listing: Listing) -> str:
    """How many traces are listed, in words."""
    shown = count(len(listing.ids))
    return f"{shown} traces" if listing.in_all is None else f"{shown} of {count(listing.in_all)} traces"


def _start(trace: Trace) -> tuple[int, str]:
    return trace.start_ns, trace.trace_id
