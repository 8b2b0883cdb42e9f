"""Sums and percentiles over the traces that a filter selects, grouped by one or two dimensions.

The figures of a grouping add up to `load_totals` of the same filter, but for tags and metadata, of which a trace may
have several: it then counts in each group. Usage that a span repeats from others (`repeats_usage`) is never added.
"""

from __future__ import annotations

import sqlite3
from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache, partial
from itertools import groupby, product
from operator import itemgetter
from typing import Any, Literal, TypeAlias

import msgspec
from msgspec import Struct

from tracetui.errors import WrongUse
from tracetui.figures import Group, Key, Percentiles
from tracetui.model import MODEL_CALLS, Usage
from tracetui.store.estimates import is_sample
from tracetui.store.pages import EVERYTHING, Where
from tracetui.store.rows import parse_object, parse_tags
from tracetui.store.schema import COST_COUNTS, COST_IS_OWN, HAS_USAGE, USAGE_COUNTS, USAGE_IS_OWN
from tracetui.store.totals import percentile

Told: TypeAlias = Callable[[int, int], None]
"""Is called from time to time with how many spans were added up, and how many there are."""

_TOLD_EVERY = 20_000


class Dimension(Struct, frozen=True):
    """What is grouped by. `sql` is its value over `s` (spans) and `t` (traces).

    `of` says whom it describes, and so what is counted and timed in a group: `calls` are the spans that buy something,
    `spans` all of them; `traces` are whole traces, of which a group has those with a span in it. With `split`, `sql` is
    a text with several values, and all values of a trace's spans are values of the trace.
    """

    name: str
    sql: str
    of: Literal["calls", "spans", "traces"]
    split: Callable[[str], tuple[str, ...]] | None = None


def _inherited(column: str) -> str:
    return f"coalesce(nullif(s.{column}, ''), t.{column})"


_PROMPT = (
    "CASE WHEN s.prompt_version IS NULL THEN s.prompt_name"
    " ELSE coalesce(s.prompt_name, '') || '@' || s.prompt_version END"
)

_PRICE = (
    "CASE WHEN s.cost_usd IS NULL THEN 'no price: ' || coalesce(s.cost_reason, 'not recorded')"
    " WHEN s.cost_origin = 'recorded' THEN 'recorded by the source' ELSE s.cost_price END"
)

DIMENSIONS: tuple[Dimension, ...] = (
    Dimension("model", "s.model", "calls"),
    Dimension("provider", "s.provider", "calls"),
    Dimension("prompt", _PROMPT, "calls"),
    Dimension("price", _PRICE, "calls"),
    Dimension("name", "s.name", "spans"),
    Dimension("feature", _inherited("feature"), "traces"),
    Dimension("user", _inherited("user_id"), "traces"),
    Dimension("session", _inherited("session_id"), "traces"),
    Dimension("environment", _inherited("environment"), "traces"),
    Dimension("tag", "s.tags", "traces", lru_cache(4096)(parse_tags)),
    Dimension("day", "strftime('%Y-%m-%d', t.start_ns / 1000000000, 'unixepoch')", "traces"),
    Dimension("hour", "strftime('%Y-%m-%d %H:00', t.start_ns / 1000000000, 'unixepoch')", "traces"),
)
"""What one can group by, beside `metadata.<key>`. Days and hours are those of UTC, like those of filters, at the start
of the trace."""


def find_dimension(name: str) -> Dimension:
    """The dimension of a name, `metadata.tier` too. Raises WrongUse."""
    prefix, _, path = name.partition(".")
    if prefix == "metadata" and path:
        return Dimension(name, "s.metadata", "traces", lru_cache(4096)(partial(_look_up, path)))
    found = next((dimension for dimension in DIMENSIONS if dimension.name == name), None)
    if found is None:
        known = ", ".join(dimension.name for dimension in DIMENSIONS)
        raise WrongUse(f'cannot group by "{name}"; choose one or two of {known}, metadata.<key>')
    return found


def _look_up(path: str, text: str) -> tuple[str, ...]:
    """The value in a JSON object under a key, or under a path of keys with dots between; none where there is none."""
    value: Any = parse_object(text)
    for key in [path] if path in value else path.split("."):
        value = value.get(key) if isinstance(value, dict) else None
    if value is None:
        return ()
    return (value if isinstance(value, str) else msgspec.json.encode(value).decode(),)


def load_groups(
    conn: sqlite3.Connection, by: Sequence[str], where: Where = EVERYTHING, told: Told | None = None
) -> list[Group]:
    """The groups of the traces that `where` selects, the dearest first, then the one with the most calls.

    Raises WrongUse; see `load_groupings`.
    """
    return load_groupings(conn, [by], where, told)[0]


def load_groupings(
    conn: sqlite3.Connection, groupings: Sequence[Sequence[str]], where: Where = EVERYTHING, told: Told | None = None
) -> list[list[Group]]:
    """Several groupings at once, each by one or two dimensions. Raises WrongUse.

    One pass over the spans of the selected traces, found by the primary key of `spans`: SQLite would sort all of them
    for each GROUP BY, which takes longer. `told` hears how far it is; another thread can interrupt it.
    """
    tables = [_Table(by) for by in groupings]
    dimensions = {name: dimension for table in tables for name, dimension in table.dimensions.items()}
    for table in tables:
        table.find_places(list(dimensions))
    total = 0
    if told is not None:
        sql = f"SELECT coalesce(sum(t.spans), 0) FROM traces t WHERE {where.sql}"
        (total,) = conn.execute(sql, where.params).fetchone()
    has_several = any(dimension.split for dimension in dimensions.values())
    only_calls = not has_several and all(table.of == "calls" for table in tables)
    sql = _spans_sql(list(dimensions.values()), only_calls, where)
    if is_sample(conn):
        from tracetui.store.weighted_groups import WeightedTally, with_weights

        sql = with_weights(sql)
        for table in tables:
            table.tally = WeightedTally
    rows: Iterable[tuple[Any, ...]] = conn.execute(sql, where.params)
    if told is not None:
        rows = _telling(rows, told, total)
    if has_several:
        for _, group in groupby(rows, itemgetter(0)):
            spans = list(group)
            for table in tables:
                table.add_trace(spans)
    elif len(tables) == 1:
        tables[0].add_trace(rows)
    else:
        for row in rows:
            for table in tables:
                table.add(row)
    return [table.groups() for table in tables]


def _rank(group: Group) -> tuple[float, int, int, tuple[str, ...]]:
    return -(group.cost_usd or 0.0), -group.calls, -group.traces, tuple(part or "" for part in group.key)


_TOKENS = ("input", "cache_read", "cache_write", "output", "reasoning", "unsplit")
_CALLS = ", ".join(f"'{kind}'" for kind in sorted(MODEL_CALLS))
BUYS = f"(s.kind IN ({_CALLS}) OR ({USAGE_COUNTS} AND {HAS_USAGE}) OR ({COST_COUNTS} AND s.cost_usd IS NOT NULL))"
"""SQL: whether a span is one that is paid for, or the only one to say what was used."""
OF_SPANS = " FROM traces t CROSS JOIN spans s ON s.trace_id = t.trace_id "
_FIXED = 15
"""Columns before the keys: trace, its duration, is a call, status, repeats, six token counts, cost, duration, ttft, and
whether the span buys something."""


def key_sql(dimension: Dimension) -> str:
    """The column of a dimension; an empty value is none, unless it is to be split."""
    return dimension.sql if dimension.split else f"nullif(CAST({dimension.sql} AS TEXT), '')"


def _spans_sql(dimensions: Sequence[Dimension], only_calls: bool, where: Where) -> str:
    """The spans, those of a trace together: CROSS JOIN holds SQLite to that order."""
    keys = ", ".join(map(key_sql, dimensions))
    tokens = ", ".join(f"s.{name}_tokens" for name in _TOKENS)
    return (
        f"SELECT t.trace_id, t.end_ns - t.start_ns, s.kind IN ({_CALLS}), s.status, s.repeats_usage, {tokens},"
        f" s.cost_usd, s.end_ns - s.start_ns, s.ttft_ns, {1 if only_calls else BUYS}, {keys}"
        f"{OF_SPANS}WHERE ({where.sql})"
        f"{f' AND {BUYS}' if only_calls else ''}"
    )


def with_keys(
    rows: Sequence[tuple[Any, ...]], dimensions: Sequence[Dimension], places: Sequence[int]
) -> Iterator[tuple[Key, tuple[Any, ...]]]:
    """The rows of the spans of one trace, each once for each group that it is in. `places` say where in a row the
    dimensions stand."""
    shared = [_shared(rows, dimension, place) for dimension, place in zip(dimensions, places, strict=True)]
    for row in rows:
        for key in product(*(values or [row[place]] for values, place in zip(shared, places, strict=True))):
            yield key, row


def _shared(rows: Sequence[tuple[Any, ...]], dimension: Dimension, place: int) -> list[str | None]:
    """All values of a trace in a dimension that has several; [] in another."""
    split = dimension.split
    if split is None:
        return []
    texts = dict.fromkeys(row[place] for row in rows if row[place] is not None)
    return list(dict.fromkeys(value for text in texts for value in split(text))) or [None]


def _telling(rows: Iterable[tuple[Any, ...]], told: Told, total: int) -> Iterator[tuple[Any, ...]]:
    for number, row in enumerate(rows):
        if number % _TOLD_EVERY == 0:
            told(number, total)
        yield row


class _Table:
    """One grouping while spans come by."""

    def __init__(self, by: Sequence[str]) -> None:
        if not 1 <= len(by) <= 2:
            raise WrongUse("group by one or two dimensions")
        self._by = by
        self.dimensions = {name: find_dimension(name) for name in by}
        kinds = {dimension.of for dimension in self.dimensions.values()}
        self.of = "calls" if "calls" in kinds else "spans" if "spans" in kinds else "traces"
        self._is_split = any(dimension.split for dimension in self.dimensions.values())
        self._places: list[int] = []
        self._tallies: dict[Key, Tally] = {}
        self.tally: type[Tally] = Tally

    def find_places(self, names: Sequence[str]) -> None:
        """Say in which order the keys of the dimensions stand in a row."""
        self._places = [_FIXED + names.index(name) for name in self._by]

    def groups(self) -> list[Group]:
        """What was added up."""
        return sorted((tally.group(key) for key, tally in self._tallies.items()), key=_rank)

    def add(self, row: tuple[Any, ...]) -> None:
        """Add one span to its group."""
        if row[_FIXED - 1] or self.of != "calls":
            self._tally(tuple([row[place] for place in self._places])).add(row)

    def add_trace(self, rows: Iterable[tuple[Any, ...]]) -> None:
        """Add the spans of a trace, each to the groups of all values that the trace has."""
        if not self._is_split:
            for row in rows:
                self.add(row)
            return
        for key, row in with_keys(list(rows), [self.dimensions[name] for name in self._by], self._places):
            if row[_FIXED - 1] or self.of != "calls":
                self._tally(key).add(row)

    def _tally(self, key: Key) -> Tally:
        tally = self._tallies.get(key)
        if tally is None:
            tally = self._tallies[key] = self.tally(self.of)
        return tally


class Tally:
    """The sums of one group while its spans come by, those of a trace one after the other."""

    def __init__(self, of: str) -> None:
        self._of = of
        self._trace: str | None = None
        self._tokens: list[int | None] = [None] * len(_TOKENS)
        self._latencies = array("q")
        self._firsts = array("q")
        self._cost: float | None = None
        self._calls = self._traces = self._errors = self._refused = self._priced = self._unpriced = 0

    def add(self, row: tuple[Any, ...]) -> None:
        """Add a span."""
        trace_id, whole_ns, is_call, status, repeats = row[:5]
        if trace_id != self._trace:
            self._trace = trace_id
            self._traces += 1
            if self._of == "traces" and whole_ns is not None:
                self._latencies.append(max(0, whole_ns))
        if status != "success":
            self._errors += status == "error"
            self._refused += status == "refused"
        took_ns = row[12]
        if self._of == "spans" and took_ns is not None:
            self._latencies.append(max(0, took_ns))
        if repeats in COST_IS_OWN:
            self._add_cost(row, is_call)
        if repeats in USAGE_IS_OWN:
            self._add_usage(row, is_call, took_ns)

    def _add_cost(self, row: tuple[Any, ...], is_call: int) -> None:
        if row[11] is not None:
            self._cost = row[11] + (self._cost or 0.0)
            self._priced += 1
        else:
            self._unpriced += bool(is_call) or any(count is not None for count in (*row[5:9], row[10]))

    def _add_usage(self, row: tuple[Any, ...], is_call: int, took_ns: int | None) -> None:
        for bucket, count in enumerate(row[5:11]):
            if count is not None:
                self._tokens[bucket] = count + (self._tokens[bucket] or 0)
        if row[13] is not None:
            self._firsts.append(max(0, row[13]))
        if is_call:
            self._calls += 1
            if self._of == "calls" and took_ns is not None:
                self._latencies.append(max(0, took_ns))

    def group(self, key: Key) -> Group:
        """What was added up."""
        fresh, cache_read, cache_write, output, reasoning, unsplit = self._tokens
        usage = Usage(fresh, cache_read, cache_write, output, reasoning, unsplit)
        return Group(
            key, self._calls, self._traces, self._errors, self._refused, usage, self._cost,
            self._priced, self._unpriced, _percentiles(self._latencies), _percentiles(self._firsts),
        )  # fmt: skip


def _percentiles(durations: Iterable[int]) -> Percentiles:
    ordered = sorted(durations)
    return Percentiles(*(percentile(ordered, percent) for percent in (50, 95, 99)))
