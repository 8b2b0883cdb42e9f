"""Every call that was paid for, one by one, with the group that it falls into: for sums that need more than sums."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from itertools import groupby
from operator import itemgetter
from typing import Any

from msgspec import Struct

from tracetui.figures import Key
from tracetui.model import Usage
from tracetui.store.estimates import OF_TRACE, WEIGHT, is_sample
from tracetui.store.groups import BUYS, find_dimension, key_sql, with_keys
from tracetui.store.pages import EVERYTHING, Where
from tracetui.store.schema import COST_COUNTS

_COLUMNS = (
    "t.trace_id, s.provider, s.model, s.start_ns, s.service_tier, s.cost_usd,"
    " s.input_tokens, s.cache_read_tokens, s.cache_write_tokens, s.output_tokens, s.reasoning_tokens,"
    " s.unsplit_tokens, s.usage_inconsistent, s.cache_write_1h_tokens"
)
_FIXED = 15


class Call(Struct, frozen=True):
    """What a price depends on, and the cost that is added up now (None: no price). Of a sample it stands for `weight` calls."""

    provider: str | None
    model: str | None
    start_ns: int
    service_tier: str | None
    usage: Usage
    cost_usd: float | None
    weight: float | None = None


def iter_calls(conn: sqlite3.Connection, by: Sequence[str], where: Where = EVERYTHING) -> Iterator[tuple[Key, Call]]:
    """The calls of the traces that `where` selects, grouped as `load_groups` groups them; a repeated usage once.

    A call comes once for each group that it is in: a trace with several tags is in several. Carried by the primary key
    of `spans`, trace by trace. Raises WrongUse.
    """
    dimensions = [find_dimension(name) for name in by]
    keys = ", ".join(map(key_sql, dimensions))
    weight, of_trace = (WEIGHT, OF_TRACE) if is_sample(conn) else ("NULL", "")
    sql = (
        f"SELECT {_COLUMNS}, {weight}, {keys} FROM traces t CROSS JOIN spans s ON s.trace_id = t.trace_id {of_trace}"
        f" WHERE ({where.sql}) AND {COST_COUNTS} AND {BUYS}"
    )
    rows = conn.execute(sql, where.params)
    if not any(dimension.split for dimension in dimensions):
        yield from ((row[_FIXED:], _call(row)) for row in rows)
        return
    places = range(_FIXED, _FIXED + len(dimensions))
    for _, group in groupby(rows, itemgetter(0)):
        for key, row in with_keys(list(group), dimensions, places):
            yield key, _call(row)


def _call(row: tuple[Any, ...]) -> Call:
    _, provider, model, start_ns, tier, cost_usd, fresh, read, write, output, reasoning, unsplit, bad, hour, weight = (
        row[:_FIXED]
    )
    usage = Usage(fresh, read, write, output, reasoning, unsplit, bool(bad), hour)
    return Call(provider, model, start_ns, tier, usage, cost_usd, weight)
