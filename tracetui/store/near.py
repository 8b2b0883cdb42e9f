"""Where the spans of each trace lie: mostly side by side, since programs write a trace at a time.

A filter over all traces asks of each whether one of its spans matches. Read in a row, up to the first that does, that
costs at most one look at each span; collecting the traces of all spans that match costs three times as much, and looking
spans up by their key five times. So each connection notes, in a temporary table, from where to where that is.

The notes are made of what is there, and are good for a trace until it changes, which `traces.changed` says; the rest is
looked up by the key. VACUUM, which may move everything, changes the version of the schema, and notes are made anew.

Beside them are values that stand in many spans, so that a regular expression is looked for once in each. They need not be
all, nor be there still.
"""

from __future__ import annotations

import json
import sqlite3

from msgspec import Struct

from tracetui.query import FIELDS
from tracetui.store.migrate import columns_of
from tracetui.store.pages import Where
from tracetui.store.schema import DERIVED_COLUMNS, SPAN_COLUMNS, TRACE_COLUMNS
from tracetui.store.totals import Sums, load_sums

LEAST_SPANS = 50_000
"""Smaller stores are read faster than they are noted."""
_LAST = 2**63 - 1
_MOST_LATE = 8
"""Notes are made anew when one trace in so many has changed since."""

_NOTE = """
INSERT INTO temp.near
SELECT t.rowid, s.first_place, s.last_place
FROM (
  SELECT trace_id, min(rowid) AS first_place, max(rowid) AS last_place
  FROM {schema}.spans GROUP BY trace_id HAVING max(rowid) - min(rowid) < 64 + 4 * count(*)
) s CROSS JOIN {schema}.traces t ON t.trace_id = s.trace_id
WHERE t.rowid BETWEEN ? AND ?
"""
"""Carried by the keys of `spans` and `traces`; a trace whose spans lie far apart is left out."""
_TABLES = (
    "CREATE TEMP TABLE IF NOT EXISTS near (trace_row INTEGER PRIMARY KEY, first_place INTEGER, last_place INTEGER)",
    "CREATE TEMP TABLE IF NOT EXISTS near_values (field TEXT, value TEXT, PRIMARY KEY (field, value)) WITHOUT ROWID",
    "CREATE TEMP TABLE IF NOT EXISTS noted (part TEXT, schema_version INTEGER, newest INTEGER, traces INTEGER)",
    "DELETE FROM temp.near",
    "DELETE FROM temp.near_values",
    "DELETE FROM temp.noted",
)
_SAMPLED, _SPANS_OF_EACH = 200, 50
"""How many traces are looked at for values, and how many spans of each."""
_LONGEST, _MOST = 200, 100
"""How long values are that are kept, and how many different ones a field may have that is worth it."""
_OF_ROW = {field.name: field.of_row for field in FIELDS if field.is_of_row}
_VALUES = (
    "INSERT OR IGNORE INTO temp.near_values {given} SELECT f.field,"
    f" CASE f.field {' '.join(f'WHEN {name!r} THEN {sql}' for name, sql in _OF_ROW.items())} END AS found"
    " FROM near_traces t CROSS JOIN near_spans s CROSS JOIN (SELECT value AS field FROM json_each(?)) f"
    f" WHERE t.trace_row % ? = 0 AND s.place BETWEEN t.first_place AND min(t.last_place, t.first_place + {_SPANS_OF_EACH})"
    f" AND s.trace_id = t.trace_id AND typeof(found) = 'text' AND length(found) <= {_LONGEST}"
)
_FORGET = (
    "DELETE FROM temp.near_values"
    f" WHERE field IN (SELECT field FROM temp.near_values GROUP BY field HAVING count(*) > {_MOST})"
)


class Part(Struct, frozen=True):
    """Some traces of a database that is attached as `schema`: those between two row numbers. `hides`: what the index has
    of them counts instead; `has_index`: the index's traces are a part of this one."""

    schema: str
    first_row: int = 0
    last_row: int = _LAST
    hides: bool = False
    has_index: bool = False

    @property
    def name(self) -> str:
        """What is noted of whose notes these are."""
        return f"{self.schema} {self.first_row} {self.last_row}"


def split(conn: sqlite3.Connection, whole: Part) -> tuple[Part, Part] | None:
    """Two parts that each hold about half of it; None where there are too few spans for that to be worth it."""
    (spans,) = conn.execute(f"SELECT max(rowid) FROM {whole.schema}.spans").fetchone()
    (traces,) = conn.execute(f"SELECT max(rowid) FROM {whole.schema}.traces").fetchone()
    if not traces or not spans or spans < LEAST_SPANS:
        return None
    first = Part(whole.schema, 0, traces // 2, whole.hides, whole.has_index)
    return first, Part(whole.schema, traces // 2 + 1, _LAST, whole.hides)


class Moment(Struct, frozen=True):
    """The newest changes that were there when something was read: the same ones for all that is to be put together."""

    of_part: int
    of_index: int


def load_near_sums(conn: sqlite3.Connection, part: Part, near: Where, probe: Where) -> tuple[list[Sums], Moment]:
    """The sums over the traces of a part that match, and of which moment they are. The filter is given as both of its
    conditions: `near` for traces whose spans are noted, `probe` for the rest."""
    conn.execute("BEGIN")
    try:
        newest = _noted(conn, part)
        hidden = " AND x.trace_id NOT IN (SELECT trace_id FROM main.traces)" if part.hides else ""
        nearby = load_sums(conn, near, "near_traces", _given(conn, part, newest, hidden))
        index = f" UNION ALL SELECT {_COLUMNS} FROM main.traces x" if part.has_index else ""
        rest = load_sums(conn, probe, "far_traces", _FAR.format(part=part, newest=newest, hidden=hidden, index=index))
        moment = Moment(_newest(conn, part.schema), _newest(conn, "main"))
        conn.execute("COMMIT")  # keeps the notes, which are all that was written
        return [nearby, rest], moment
    finally:
        if conn.in_transaction:
            conn.execute("ROLLBACK")


def _given(conn: sqlite3.Connection, part: Part, newest: int, hidden: str) -> str:
    """`near_traces`, which did not change since they were noted, and `near_spans` as a WITH clause."""
    columns = columns_of(conn, SPAN_COLUMNS + DERIVED_COLUMNS, schema=part.schema, prefix="x.")
    return _NEAR.format(part=part, columns=columns, newest=newest, hidden=hidden)


_COLUMNS = ", ".join(f"x.{name}" for name in TRACE_COLUMNS)
_NEAR = (
    "WITH near_spans AS NOT MATERIALIZED"
    " (SELECT x.rowid AS place, {columns} FROM {part.schema}.spans x NOT INDEXED),"
    f" near_traces AS NOT MATERIALIZED (SELECT {_COLUMNS}, n.* FROM temp.near n"
    " CROSS JOIN {part.schema}.traces x ON x.rowid = n.trace_row WHERE x.changed <= {newest}{hidden}) "
)
"""NOT INDEXED leaves the row numbers only: SQLite would else look each span up by its key, or each trace with a score."""
_FAR = (
    f"WITH far_traces AS NOT MATERIALIZED (SELECT {_COLUMNS} FROM {{part.schema}}.traces x"
    " WHERE x.rowid BETWEEN {part.first_row} AND {part.last_row}"
    " AND (x.changed > {newest} OR x.rowid NOT IN (SELECT trace_row FROM temp.near)){hidden}{index}) "
)


def _noted(conn: sqlite3.Connection, part: Part) -> int:
    """The newest change that the notes of a part know of; they are made where there are none, or too old ones."""
    (version,) = conn.execute(f"PRAGMA {part.schema}.schema_version").fetchone()
    if conn.execute("SELECT 1 FROM temp.sqlite_master WHERE name = 'noted'").fetchone():
        sql = "SELECT newest, traces FROM temp.noted WHERE part = ? AND schema_version = ?"
        known = conn.execute(sql, (part.name, version)).fetchone()
        if known is not None and _count_late(conn, part, known[0]) <= known[1] // _MOST_LATE:
            return int(known[0])
    return _note(conn, part, version)


def _count_late(conn: sqlite3.Connection, part: Part, newest: int) -> int:
    """How many traces changed since. Carried by the index `traces_by_change`."""
    sql = f"SELECT count(*) FROM {part.schema}.traces WHERE changed > ?"
    return int(conn.execute(sql, (newest,)).fetchone()[0])


def _note(conn: sqlite3.Connection, part: Part, version: int) -> int:
    for statement in _TABLES:
        conn.execute(statement)
    newest = _newest(conn, part.schema)
    (traces,) = conn.execute(f"SELECT count(*) FROM {part.schema}.traces").fetchone()
    conn.execute(_NOTE.format(schema=part.schema), (part.first_row, part.last_row))
    conn.execute("INSERT INTO temp.noted VALUES (?, ?, ?, ?)", (part.name, version, newest, traces))
    given = _given(conn, part, newest, "")
    conn.execute(_VALUES.format(given=given), (json.dumps(list(_OF_ROW)), max(1, traces // _SAMPLED)))
    conn.execute(_FORGET)
    return newest


def _newest(conn: sqlite3.Connection, schema: str) -> int:
    return int(conn.execute(f"SELECT coalesce(max(changed), 0) FROM {schema}.traces").fetchone()[0])
