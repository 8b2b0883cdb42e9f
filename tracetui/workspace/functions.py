"""The SQL functions that filters call for what SQL cannot see: payloads lie in the sources' files."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator

from tracetui.errors import TracetuiError
from tracetui.model import Payload, Score, Span
from tracetui.query import SQL_FUNCTIONS
from tracetui.workspace.haystack import find_attribute, matches, payload_texts, summary_texts

Load = Callable[[sqlite3.Connection, str, str], tuple[Span, tuple[Score, ...], Payload] | None]

Lacks = Callable[[str, str, str, str], bool]
"""Whether it is known already of a span, by its ids, that `has_text` of a mode and a pattern is not true of it."""


class Functions:
    """Registers the functions on a connection. `load` gives a span with its scores and payload."""

    def __init__(self, load: Load, marked: Callable[[], frozenset[str]]) -> None:
        self._load = load
        self._marked = marked

    def register(
        self, conn: sqlite3.Connection, ask: Callable[[], sqlite3.Connection], lacks: Lacks | None = None
    ) -> None:
        """Register on `conn`; spans are looked up on the connection that `ask` gives, since `conn` is busy. Those that
        are known to lack a text, as `lacks` says, are not."""
        last: list[tuple[str, str, tuple[Span, tuple[Score, ...], Payload] | None]] = []

        def load(trace_id: str, span_id: str) -> tuple[Span, tuple[Score, ...], Payload] | None:
            if last and last[0][:2] == (trace_id, span_id):
                return last[0][2]
            try:
                found = self._load(ask(), trace_id, span_id)
            except TracetuiError:
                found = None
            last[:] = [(trace_id, span_id, found)]
            return found

        def has_text(trace_id: str, span_id: str, scope: str, mode: str, pattern: str) -> int:
            if lacks is not None and lacks(trace_id, span_id, mode, pattern):
                return 0
            found = load(trace_id, span_id)
            return int(found is not None and matches(_texts(found, scope), mode, pattern))

        def attribute(trace_id: str, span_id: str, path: str) -> str | int | float | None:
            found = load(trace_id, span_id)
            return None if found is None else find_attribute(found[2], path)

        def is_marked(trace_id: str) -> int:
            return int(trace_id in self._marked())

        conn.create_function("has_text", 5, has_text)
        conn.create_function("attribute", 3, attribute)
        conn.create_function("is_marked", 1, is_marked)
        for name, function in SQL_FUNCTIONS.items():
            conn.create_function(name, 2, function, deterministic=True)


def _texts(found: tuple[Span, tuple[Score, ...], Payload], scope: str) -> Iterator[str]:
    span, scores, payload = found
    if scope == "any":
        yield from summary_texts(span, scores)
    yield from payload_texts(payload, scope)
