"""Traces bundled by their session or their user: which there are, in which order, and the rows of one page of them.

A filter chooses the bundles that have a matching trace; the figures of a row are always those of the whole bundle.
There is no index on sessions or users: each question is one pass over `traces`, a tenth of a second for 100k of them.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import Any

from msgspec import Struct

from tracetui.errors import WrongUse
from tracetui.figures import Bundle, BundleKind
from tracetui.model import Usage
from tracetui.store.estimates import OF_TRACE, WEIGHT, is_sample
from tracetui.store.pages import EVERYTHING, Where
from tracetui.store.write import chunks

_COLUMNS: dict[BundleKind, str] = {"session": "t.session_id", "user": "t.user_id"}

_TOKENS = (
    "coalesce(t.input_tokens, 0) + coalesce(t.cache_read_tokens, 0) + coalesce(t.cache_write_tokens, 0)"
    " + coalesce(t.output_tokens, 0) + coalesce(t.unsplit_tokens, 0)"
)
_RATED = (
    " LEFT JOIN (SELECT c.trace_id, sum(c.value) AS total, count(c.value) AS number FROM scores c"
    " WHERE c.superseded_by IS NULL AND c.retracted_ns IS NULL GROUP BY 1) rated ON rated.trace_id = t.trace_id"
)
_MEAN = "sum(rated.total) / nullif(sum(rated.number), 0)"


class _Sums(Struct, frozen=True):
    """How rows of traces are added up: plainly, or each as often as it stands for."""

    count: str = "count(*)"
    of: str = "sum({})"
    join: str = ""

    def sum(self, sql: str) -> str:
        return self.of.format(sql)


_PLAIN = _Sums()
_WEIGHTED = _Sums(f"sum({WEIGHT})", f"sum({WEIGHT} * ({{}}))", f" {OF_TRACE}")


def _sums_of(conn: sqlite3.Connection) -> _Sums:
    return _WEIGHTED if is_sample(conn) else _PLAIN


def _sorts(sums: _Sums) -> dict[str, str]:
    return {
        "last": "max(t.start_ns)",
        "traces": sums.count,
        "calls": sums.sum("t.generations"),
        "errors": sums.sum("t.errors"),
        "cost": sums.sum("t.cost_usd"),
        "tokens": sums.sum(_TOKENS),
        "score": _MEAN,
        "id": "1",
    }


BUNDLE_SORTS = tuple(_sorts(_PLAIN))
"""What sessions and users can be sorted by; what is not recorded comes last."""


def list_bundles(conn: sqlite3.Connection, of: BundleKind, where: Where = EVERYTHING, sort: str = "-last") -> list[str]:
    """The ids of the sessions or users that have a trace which matches, in order. Raises WrongUse on an unknown sort."""
    key = sort.removeprefix("-")
    if key not in BUNDLE_SORTS:
        raise WrongUse(f'cannot sort by "{key}"; choose one of {", ".join(BUNDLE_SORTS)}')
    direction = "DESC" if sort.startswith("-") else "ASC"
    column, sums = _COLUMNS[of], _sums_of(conn)
    sql = (
        f"SELECT {column}, max(t.start_ns) FROM traces t{_RATED if key == 'score' else ''}{sums.join}"
        f" WHERE {column} IS NOT NULL GROUP BY 1 HAVING max(({where.sql}) IS TRUE)"
        f" ORDER BY {_sorts(sums)[key]} {direction} NULLS LAST, 2 DESC, 1"
    )
    return [str(row[0]) for row in conn.execute(sql, where.params)]


def load_bundles(conn: sqlite3.Connection, of: BundleKind, ids: Sequence[str]) -> list[Bundle]:
    """The rows of these sessions or users, in this order; absent ones are left out."""
    column, sums = _COLUMNS[of], _sums_of(conn)
    summed = ", ".join(sums.sum(f"t.{name}") for name in _SUMMED)
    found: dict[str, Bundle] = {}
    for chunk in chunks(ids):
        sql = (
            f"SELECT {column}, {sums.count}, {summed}, min(t.start_ns), max(t.start_ns), {_MEAN},"
            f" {1 if sums.join else 0}"
            f" FROM traces t{_RATED}{sums.join} WHERE {column} IN ({', '.join('?' * len(chunk))}) GROUP BY 1"
        )
        for row in conn.execute(sql, chunk):
            found[row[0]] = _bundle(row)
    return [found[id_] for id_ in ids if id_ in found]


_SUMMED = (
    "generations", "errors", "refused", "input_tokens", "cache_read_tokens", "cache_write_tokens", "output_tokens",
    "reasoning_tokens", "unsplit_tokens", "priced", "unpriced", "cost_usd",
)  # fmt: skip


def _bundle(row: tuple[Any, ...]) -> Bundle:
    counts: list[Any] = [None if count is None else round(count) for count in row[1:13]]
    traces, calls, errors, refused = (count or 0 for count in counts[:4])
    cost_usd, first_ns, last_ns, mean, is_estimate = row[13:]
    usage = Usage(*counts[4:10])
    priced, unpriced = (count or 0 for count in counts[10:12])
    return Bundle(
        str(row[0]), traces, calls, errors, refused, usage, cost_usd, priced, unpriced, first_ns, last_ns, mean,
        bool(is_estimate),
    )  # fmt: skip


def list_turns(conn: sqlite3.Connection, session_id: str) -> list[str]:
    """The ids of the traces of a session, the oldest first."""
    sql = "SELECT t.trace_id FROM traces t WHERE t.session_id = ? ORDER BY t.start_ns, t.trace_id"
    return [trace_id for (trace_id,) in conn.execute(sql, (session_id,))]


class TurnSpans(Struct, frozen=True):
    """The spans of a trace that may tell what was asked and answered, the most telling first."""

    asked: tuple[str, ...]
    answered: tuple[str, ...]


def find_turn_spans(conn: sqlite3.Connection, trace_id: str) -> TurnSpans:
    """The root, and the first or the last generation. Carried by the primary key of `spans`."""
    row = conn.execute("SELECT t.root_id FROM traces t WHERE t.trace_id = ?", (trace_id,)).fetchone()
    sql = (
        "SELECT s.span_id FROM spans s WHERE s.trace_id = ? AND s.kind = 'generation'"
        " ORDER BY s.start_ns {}, s.depth LIMIT 1"
    )
    first = conn.execute(sql.format("ASC"), (trace_id,)).fetchone()
    last = conn.execute(sql.format("DESC"), (trace_id,)).fetchone()
    root = [] if row is None or row[0] is None else [row[0]]
    return TurnSpans(
        tuple(dict.fromkeys([*root, *(first or ())])),
        tuple(dict.fromkeys([*root, *(last or ())])),
    )
