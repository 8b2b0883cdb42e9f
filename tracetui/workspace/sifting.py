"""Which traces a search through texts may pass over: those of which what is stored shows that a text is not in them."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Sequence

from tracetui.errors import TracetuiError
from tracetui.query import Sieve, sieve_for
from tracetui.sources.base import Place, Reference, Searchable, Source

_SUMMARY = (
    "name", "model", "provider", "status_message", "tool_name", "finish_reason", "user_id", "session_id", "feature",
    "environment", "prompt_name", "prompt_version", "release", "tags", "metadata",
)  # fmt: skip
_JOINED_TEXTS = "group_concat(" + " || char(10) || ".join(f"coalesce({name}, '')" for name in _SUMMARY) + ", char(10))"
_SUMMARIES = f"SELECT trace_id, CAST({_JOINED_TEXTS} AS BLOB) FROM spans GROUP BY trace_id"
_REMARKS = (
    "SELECT trace_id, CAST(group_concat(coalesce(comment, '') || char(10) || coalesce(label, ''), char(10)) AS BLOB)"
    " FROM scores WHERE trace_id IN (SELECT trace_id FROM temp.chosen) GROUP BY trace_id"
)
_PLACES = """
SELECT trace_id, origin_id, position, length FROM spans
UNION
SELECT trace_id, origin_id, position, length FROM main.joined WHERE trace_id IN (SELECT trace_id FROM temp.chosen)
"""

Find = Callable[[int], Source]
"""The source with this number. Raises NotFound."""


class Sifter:
    """Sifts the traces in the temporary table `chosen` of a connection, to which its views are limited."""

    def __init__(self, conn: sqlite3.Connection, needed: Sequence[str], find: Find) -> None:
        self._conn = conn
        self._find = find
        self._sieves = [sieve for text in needed if (sieve := sieve_for(text))]

    def passed(self) -> set[str] | None:
        """The traces that may have all texts that are needed; None where that cannot be said of any."""
        if not self._sieves:
            return None
        lacking: dict[str, list[Sieve]] = {}
        try:
            for trace_id, text in self._stored():
                sieves = lacking.get(trace_id, self._sieves)
                lacking[trace_id] = [sieve for sieve in sieves if not sieve.may_hold(text)]
        except TracetuiError:
            return None  # the question itself tells what is wrong
        return {trace_id for trace_id, sieves in lacking.items() if not sieves}

    def _stored(self) -> Iterator[tuple[str, bytes]]:
        """All that is stored of each trace, piece by piece. Raises TracetuiError where a source cannot give it."""
        for sql in (_SUMMARIES, _REMARKS):
            yield from self._conn.execute(sql)
        yield from self._payloads()

    def _payloads(self) -> Iterator[tuple[str, bytes]]:
        places: dict[int, list[Place]] = {}
        for trace_id, origin_id, position, length in self._conn.execute(_PLACES):
            places.setdefault(origin_id, []).append(Place(trace_id, Reference(position, length)))
        for origin_id, own in places.items():
            source = self._find(origin_id)
            if not isinstance(source, Searchable):
                raise TracetuiError(f"{source.path}: its bytes do not tell what is in its texts")
            yield from source.stored(own)
