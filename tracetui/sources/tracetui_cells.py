"""The cells of a tracetui store's payloads as they stand in it, for searching through them without reading what they say."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path

from tracetui.errors import UnreadableSource
from tracetui.sources.base import Block, Place
from tracetui.sources.blocks import blocks_of
from tracetui.store.connection import explain_sqlite_error, open_read_only

_CELLS = """
SELECT span_id, CAST(input AS BLOB), CAST(output AS BLOB), CAST(tools AS BLOB), CAST(attributes AS BLOB), CAST(events AS BLOB)
FROM payloads
WHERE trace_id = ?
"""


def stored_cells(path: Path, places: Sequence[Place]) -> Iterator[Block]:
    """The cells. Carried by the primary key of `payloads`. Raises UnreadableSource."""
    try:
        with closing(open_read_only(path)) as conn:
            if conn.execute("PRAGMA encoding").fetchone()[0] != "UTF-8":
                raise UnreadableSource(f"{path}: its text is not stored as UTF-8")
            yield from blocks_of(_records(conn, places))
    except sqlite3.Error as error:
        raise UnreadableSource(explain_sqlite_error(path, error)) from error


def _records(conn: sqlite3.Connection, places: Sequence[Place]) -> Iterator[tuple[bytes, Sequence[int]]]:
    numbers: dict[str, dict[str, list[int]]] = {}
    for number, place in enumerate(places):
        numbers.setdefault(place.trace_id, {}).setdefault(place.span_id, []).append(number)
    for trace_id, spans in numbers.items():
        for span_id, *cells in conn.execute(_CELLS, (trace_id,)):
            own = spans.get(span_id)
            if own is not None:
                yield from ((cell, own) for cell in cells if cell)
