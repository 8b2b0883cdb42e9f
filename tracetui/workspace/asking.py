"""Which traces match, their rows and their sums: questions that need only the connections that ask them."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from functools import partial
from typing import TypeAlias

from tracetui.model import Totals, Trace
from tracetui.query import Filter, compile_filter
from tracetui.sources.base import Source
from tracetui.store.groups import Told
from tracetui.store.pages import EVERYTHING, Where, count_traces, list_ids, load_metadata, load_page
from tracetui.store.totals import load_totals
from tracetui.workspace.functions import Functions
from tracetui.workspace.halves import Halves
from tracetui.workspace.lookup import picked, where_of
from tracetui.workspace.observed import observed_values
from tracetui.workspace.readers import Readers

FilterLike: TypeAlias = Filter | str | None
_PAGE = 500


class Asking:
    """The traces that a filter selects. Any thread may ask; each has its own connection."""

    _readers: Readers
    _functions: Functions
    _halves: Halves

    def _source(self, origin_id: int) -> Source:
        """The source with this number in the index."""
        raise NotImplementedError

    def compile(self, text: FilterLike) -> Filter | None:
        """The compiled filter of a text; None where it selects everything. Raises FilterError."""
        filter_ = compile_filter(text, now_ns=time.time_ns()) if isinstance(text, str) else text
        return None if filter_ is None or filter_.is_empty else filter_

    def trace_ids(self, filter: FilterLike = None, sort: str = "-start", limit: int | None = None) -> list[str]:
        """The ids of the traces that match, in order. A filter that reads text is run to its end."""
        compiled = self.compile(filter)
        if compiled is None or not compiled.reads_text:
            return list_ids(self._readers.get(), where_of(compiled), sort, limit)
        found: list[str] = []
        self.search(compiled, sort, found.extend, lambda: limit is not None and len(found) >= limit)
        return found[:limit]

    def trace_count(self) -> int:
        """How many traces there are, without any filter."""
        return count_traces(self._readers.get())

    def search(
        self,
        filter: FilterLike,
        sort: str,
        found: Callable[[list[str]], None],
        stop: Callable[[], bool],
        told: Told | None = None,
    ) -> bool:
        """Run a filter that reads text: `found` gets the ids piece by piece, in order; False where `stop` ended it.

        `told` hears how many traces were searched, and how many there are.
        """
        compiled = self.compile(filter)
        everything = list_ids(self._readers.get(), EVERYTHING, sort)
        if compiled is None:
            found(everything)
            return True
        from tracetui.workspace.search import TextSearch
        from tracetui.workspace.sifting import Sifter  # what looks through bytes, and starts a process for it

        with (
            closing(Sifter(compiled, self._source)) as sifter,
            self._readers.connect(partial(self._functions.register, lacks=sifter.lacks)) as conn,
        ):
            return TextSearch(conn, self._readers.layout, compiled, sifter).run(everything, found, stop, told)

    def page(self, trace_ids: Sequence[str]) -> list[Trace]:
        """The rows of these traces, in this order; absent ones are left out."""
        return load_page(self._readers.get(), trace_ids)

    def metadata(self, trace_ids: Sequence[str], keys: Sequence[str]) -> dict[str, dict[str, str]]:
        """Values of metadata keys by trace id; where several spans have a key, the one nearest to the root says."""
        return load_metadata(self._readers.get(), trace_ids, keys)

    def traces(self, filter: FilterLike = None, sort: str = "-start", limit: int | None = None) -> Iterator[Trace]:
        """The traces that match, in order."""
        trace_ids = self.trace_ids(filter, sort, limit)
        for start in range(0, len(trace_ids), _PAGE):
            yield from self.page(trace_ids[start : start + _PAGE])

    def totals(self, filter: FilterLike | Sequence[str] = None) -> Totals:
        """Sums over the traces that match; a list of trace ids stands for itself."""
        if filter is None or isinstance(filter, str | Filter):
            compiled = self.compile(filter)
            if compiled is not None and not compiled.reads_text and (found := self._halves.totals(compiled)):
                return found
        with self._chosen(filter) as (conn, where):
            return load_totals(conn, where)

    @contextmanager
    def _chosen(self, filter: FilterLike | Sequence[str]) -> Iterator[tuple[sqlite3.Connection, Where]]:
        """A connection and the condition over `traces` that a filter, or a list of ids, stands for."""
        conn = self._readers.get()
        chosen: Where | Sequence[str]
        if filter is None or isinstance(filter, str | Filter):
            compiled = self.compile(filter)
            if compiled is None:
                yield conn, EVERYTHING
                return
            chosen = self.trace_ids(compiled) if compiled.reads_text else where_of(compiled)
        else:
            chosen = filter
        with picked(conn, chosen) as where:
            yield conn, where

    def observed(self, field: str, prefix: str = "", limit: int = 50) -> list[tuple[str, int]]:
        """Values of a filter field that were seen, most frequent first, for completion."""
        return observed_values(self._readers.get(), field, prefix, limit)
