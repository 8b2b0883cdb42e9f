"""The totals of a filter over a large store: each half of its traces on a connection and in a thread of its own.

SQLite lets go of the interpreter while it works, so two cores halve what one pass over all spans takes.
"""

from __future__ import annotations

import sqlite3
import threading
from typing import TYPE_CHECKING

from tracetui.model import Totals
from tracetui.query import Filter
from tracetui.store.estimates import is_sample
from tracetui.store.near import Moment, Part, load_near_sums, split
from tracetui.store.pages import Where
from tracetui.store.totals import Sums, totals_of
from tracetui.workspace.readers import Layout, Readers

if TYPE_CHECKING:
    from concurrent.futures import ThreadPoolExecutor


class Halves:
    """Adds both halves up. The second one has a thread that stays, because its connection notes where spans lie."""

    def __init__(self, readers: Readers) -> None:
        self._readers = readers
        self._second: ThreadPoolExecutor | None = None
        self._thread: int | None = None
        self._parts: dict[Layout, tuple[Part, Part]] = {}

    def totals(self, filter_: Filter) -> Totals | None:
        """The totals of a filter that reads no text; None where they are to be had in the usual way only: of a small
        store, of several at once, of a sample, of a trace, or where something was written between the two halves."""
        if filter_.is_narrow:
            return None
        conn, layout = self._readers.get(), self._readers.layout
        parts = self._split(conn, layout)
        if parts is None or is_sample(conn):
            return None
        later = self._thread_for_it().submit(self._add_up, parts[1], filter_)
        try:
            first = _add_up(conn, parts[0], filter_)
        except BaseException:
            self._interrupt()
            raise
        second = later.result()
        is_of_one_moment = first[1] == second[1] and self._readers.layout == layout
        return totals_of([*first[0], *second[0]]) if is_of_one_moment else None

    def _split(self, conn: sqlite3.Connection, layout: Layout) -> tuple[Part, Part] | None:
        """The halves, which stay the same until the store is twice as large: what was noted of them stays good."""
        whole = _whole(layout)
        known, found = self._parts.get(layout), None if whole is None else split(conn, whole)
        if found is not None and (known is None or found[0].last_row > 2 * known[0].last_row):
            self._parts = {layout: found}
            return found
        return known

    def _add_up(self, part: Part, filter_: Filter) -> tuple[list[Sums], Moment]:
        self._thread = threading.get_ident()
        return _add_up(self._readers.get(), part, filter_)

    def _thread_for_it(self) -> ThreadPoolExecutor:
        from concurrent.futures import ThreadPoolExecutor

        self._second = self._second or ThreadPoolExecutor(1, "tracetui second half")
        return self._second

    def _interrupt(self) -> None:
        """Stop what the second half is at: nobody waits for it any more."""
        if self._thread is not None:
            self._readers.interrupt(self._thread)

    def close(self) -> None:
        """Let the thread end."""
        self._interrupt()
        if self._second is not None:
            self._second.shutdown()


def _whole(layout: Layout) -> Part | None:
    """All traces as one part: those of the index, or of the one store that is read where it lies, with what is newer."""
    if not layout.bases:
        return Part("main")
    if len(layout.bases) > 1 or not layout.bases[0].has_traces:
        return None
    return Part("base0", hides=layout.index_has_traces, has_index=layout.index_has_traces)


def _add_up(conn: sqlite3.Connection, part: Part, filter_: Filter) -> tuple[list[Sums], Moment]:
    near = Where(filter_.near_sql, tuple(filter_.near_params))
    return load_near_sums(conn, part, near, Where(filter_.probe_sql, tuple(filter_.probe_params)))
