from __future__ import annotations

import sqlite3
from collections.abc import Iterator

import pytest

from tracetui.query import Filter, compile_filter

from .hostile import NOW_NS, Payloads, empty_store, hostile_store


@pytest.fixture(scope="module")
def hostile() -> Iterator[tuple[sqlite3.Connection, Payloads]]:
    """The store in which everything is hostile."""
    conn, payloads = hostile_store()
    yield conn, payloads
    conn.close()


@pytest.fixture
def empty() -> Iterator[tuple[sqlite3.Connection, Payloads]]:
    """A store without spans."""
    conn, payloads = empty_store()
    yield conn, payloads
    conn.close()


def compiled(text: str) -> Filter:
    """A filter, at the time of the stores."""
    return compile_filter(text, now_ns=NOW_NS)


def selected(conn: sqlite3.Connection, filter_: Filter | str) -> set[str]:
    """The traces that a filter selects, by the condition that scans."""
    one = compiled(filter_) if isinstance(filter_, str) else filter_
    rows = conn.execute(f"SELECT t.trace_id FROM traces t WHERE {one.trace_sql}", one.trace_params)
    return {trace_id for (trace_id,) in rows}


def probed(conn: sqlite3.Connection, filter_: Filter | str) -> set[str]:
    """The traces that a filter selects, by the condition for few traces."""
    one = compiled(filter_) if isinstance(filter_, str) else filter_
    rows = conn.execute(f"SELECT t.trace_id FROM traces t WHERE {one.probe_sql}", one.probe_params)
    return {trace_id for (trace_id,) in rows}


_NEAR = """
WITH near_spans AS NOT MATERIALIZED (SELECT rowid AS place, * FROM spans NOT INDEXED),
  near_traces AS (
    SELECT t.*, min(s.rowid) AS first_place, max(s.rowid) AS last_place
    FROM traces t LEFT JOIN spans s ON s.trace_id = t.trace_id GROUP BY t.trace_id
  ),
  near_values AS (
    SELECT f.value AS field, s.name AS value
    FROM json_each('["name", "model", "user", "session", "version", "tool", "finish"]') f, spans s WHERE s.rowid % 3 = 0
  )
SELECT t.trace_id FROM near_traces t WHERE """


def nearby(conn: sqlite3.Connection, filter_: Filter | str) -> set[str]:
    """The traces that a filter selects, by the condition for traces of which it is known where their spans lie."""
    one = compiled(filter_) if isinstance(filter_, str) else filter_
    return {trace_id for (trace_id,) in conn.execute(_NEAR + one.near_sql, one.near_params)}


def marked(conn: sqlite3.Connection, filter_: Filter | str) -> set[tuple[str, str]]:
    """The spans that a filter is about, as pairs of ids."""
    one = compiled(filter_) if isinstance(filter_, str) else filter_
    sql = f"SELECT s.trace_id, s.span_id FROM spans s JOIN traces t ON t.trace_id = s.trace_id WHERE {one.span_sql}"
    return set(conn.execute(sql, one.span_params))
