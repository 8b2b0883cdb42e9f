"""Which traces and spans a search through texts may pass over: those of which what is stored shows that a text is not in
them."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Sequence

from tracetui.errors import TracetuiError
from tracetui.query import Filter, sieve_for
from tracetui.sources.base import Block, Place, Reference, Searchable, Source
from tracetui.sources.blocks import blocks_of

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
_PLACES = "SELECT origin_id, trace_id, span_id, position, length FROM spans"
_FURTHER = (
    "SELECT origin_id, trace_id, NULL, position, length FROM main.joined"
    " WHERE trace_id IN (SELECT trace_id FROM temp.chosen)"
)

Find = Callable[[int], Source]
"""The source with this number. Raises NotFound."""
_Key = tuple[str, str | None]
"""A trace and one of its spans, None for any of them."""


class Sifter:
    """Sifts the traces in the temporary table `chosen` of a connection, to which its views are limited."""

    def __init__(self, filter_: Filter, find: Find) -> None:
        self._find = find
        parts = dict.fromkeys((*filter_.needed, *(part for one in filter_.sought for part in one.parts)))
        self._sieves = {part: sieve for part in parts if (sieve := sieve_for(part))}
        self._needed = [part for part in filter_.needed if part in self._sieves]
        self._sought = {
            (one.mode, one.pattern): [part for part in one.parts if part in self._sieves] for one in filter_.sought
        }
        self._held: dict[str, set[_Key]] | None = None

    def sift(self, conn: sqlite3.Connection) -> set[str] | None:
        """Look through what is stored of the traces. Gives those that may have all texts that are needed; None where
        that cannot be said of any."""
        self._held = None
        if not self._sieves:
            return None
        held: dict[str, set[_Key]] = {part: set() for part in self._sieves}
        try:
            for block, keys in _stored(conn, self._find):
                for part, sieve in self._sieves.items():
                    numbers = sieve.holding(block.data, block.starts)
                    held[part].update(keys[owner] for number in numbers for owner in block.owners[number])
        except TracetuiError:
            return None  # the question itself tells what is wrong
        self._held = held
        passed = [{trace_id for trace_id, _ in held[part]} for part in self._needed]
        return set.intersection(*passed) if passed else None

    def lacks(self, trace_id: str, span_id: str, mode: str, pattern: str) -> bool:
        """Whether it is known of a span of the traces that were sifted last that `has_text` is not true of it."""
        if self._held is None:
            return False
        own, any_span = (trace_id, span_id), (trace_id, None)
        held = (self._held[part] for part in self._sought.get((mode, pattern), ()))
        return any(own not in keys and any_span not in keys for keys in held)


def _stored(conn: sqlite3.Connection, find: Find) -> Iterator[tuple[Block, Sequence[_Key]]]:
    """All that is stored of the chosen traces, and whose it is. Raises TracetuiError where a source cannot give it."""
    for sql in (_SUMMARIES, _REMARKS):
        rows = conn.execute(sql).fetchall()
        keys: list[_Key] = [(trace_id, None) for trace_id, _ in rows]
        yield from ((block, keys) for block in blocks_of((text, (number,)) for number, (_, text) in enumerate(rows)))
    for origin_id, (places, keys) in _places(conn).items():
        source = find(origin_id)
        if not isinstance(source, Searchable):
            raise TracetuiError(f"{source.path}: its bytes do not tell what is in its texts")
        for block in source.stored()(places):
            yield block, keys


def _places(conn: sqlite3.Connection) -> dict[int, tuple[list[Place], list[_Key]]]:
    """Where the chosen traces have records, by the number of the source, and whose they are."""
    found: dict[int, tuple[list[Place], list[_Key]]] = {}
    for sql in (_PLACES, _FURTHER):
        for origin_id, trace_id, span_id, position, length in conn.execute(sql):
            places, keys = found.setdefault(origin_id, ([], []))
            places.append(Place(trace_id, span_id or "", Reference(position, length)))
            keys.append((trace_id, span_id))
    return found
