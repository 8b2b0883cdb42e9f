"""Filters that read payloads: newest first, some traces at a time, so that results show while it runs."""

from __future__ import annotations

import sqlite3
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence

from tracetui.query import Filter
from tracetui.store.pages import Where, list_ids
from tracetui.store.write import chunks
from tracetui.workspace.readers import Layout, make_views
from tracetui.workspace.sifting import Sifter, Sifting

_FIRST_TRACES = 16
_TRACES_AT_ONCE = 128


class TextSearch:
    """Evaluates one filter over a list of traces on a connection of its own, whose `has_text` asks the sifter first."""

    def __init__(self, conn: sqlite3.Connection, layout: Layout, filter_: Filter, sifter: Sifter) -> None:
        self._conn = conn
        self._sifter = sifter
        self._where = Where(filter_.trace_sql, tuple(filter_.trace_params))
        conn.execute("CREATE TEMP TABLE chosen (trace_id TEXT PRIMARY KEY)")
        make_views(conn, layout, within="chosen")

    def run(
        self,
        trace_ids: Sequence[str],
        found: Callable[[list[str]], None],
        stop: Callable[[], bool],
        told: Callable[[int, int], None] | None = None,
    ) -> bool:
        """Call `found` with the ids that match, piece by piece in the order given; False where `stop` ended it.

        `told` hears after each piece how many traces were searched, and how many there are.
        """
        searched = 0
        for piece, sifting in self._begun([*chunks(trace_ids[:_FIRST_TRACES]), *_pieces(trace_ids)]):
            if stop():
                return False
            hits = self._hits(piece, sifting)
            if hits:
                found([trace_id for trace_id in piece if trace_id in hits])
            searched += len(piece)
            self._sifter.has_done(searched, len(trace_ids))
            if told is not None:
                told(searched, len(trace_ids))
        return True

    def _begun(self, pieces: list[list[str]]) -> Iterator[tuple[list[str], Sifting | None]]:
        """The pieces, the sifting of each and of some behind it begun."""
        begun: deque[tuple[list[str], Sifting | None]] = deque()
        for piece in pieces:
            self._choose(piece)
            begun.append((piece, self._sifter.begin(self._conn)))
            while len(begun) > self._sifter.ahead:
                yield begun.popleft()
        yield from begun

    def _hits(self, piece: list[str], sifting: Sifting | None) -> set[str]:
        passed = self._sifter.finish(sifting)
        chosen = piece if passed is None else passed
        self._choose(chosen)
        return set(list_ids(self._conn, self._where)) if chosen else set()

    def _choose(self, trace_ids: Iterable[str]) -> None:
        self._conn.execute("DELETE FROM temp.chosen")
        self._conn.executemany("INSERT INTO temp.chosen VALUES (?)", ((trace_id,) for trace_id in trace_ids))


def _pieces(trace_ids: Sequence[str]) -> list[list[str]]:
    rest = range(_FIRST_TRACES, len(trace_ids), _TRACES_AT_ONCE)
    return [list(trace_ids[start : start + _TRACES_AT_ONCE]) for start in rest]
