"""What was observed in groups of traces, value by value: for percentiles, intervals and tests that sums cannot give.

`groups` adds the same spans up; here every latency, cost, token count and rating of a group stays a value of its own.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from math import isfinite
from typing import Any

from tracetui.figures import Key, Rating, Sample
from tracetui.model import MODEL_CALLS
from tracetui.query.fields import TOKENS
from tracetui.store.estimates import OF_TRACE, WEIGHT, is_sample
from tracetui.store.groups import BUYS, Dimension, find_dimension, key_sql
from tracetui.store.pages import EVERYTHING, Where
from tracetui.store.schema import COST_IS_OWN, USAGE_IS_OWN

_OWN: dict[str, Dimension] = {
    "prompt_name": Dimension("prompt_name", "s.prompt_name", "calls"),
    "prompt_version": Dimension("prompt_version", "s.prompt_version", "calls"),
}
"""Dimensions that are asked for here alone: a prompt's name and its version apart."""

_CALLS = ", ".join(f"'{kind}'" for kind in sorted(MODEL_CALLS))
_TOKENS = TOKENS.format(a="s")
_SPANS = (
    "SELECT t.trace_id, t.end_ns - t.start_ns, t.status, t.root_id, s.span_id, s.kind IN ({calls}), s.kind = 'tool',"
    " s.status, s.repeats_usage, s.start_ns, s.end_ns - s.start_ns, s.ttft_ns, {tokens}, s.output_tokens, s.cost_usd{keys}"
    "{weight} FROM traces t CROSS JOIN spans s ON s.trace_id = t.trace_id{of_trace} WHERE ({where}){only}"
)
_FIXED = 15
_RATINGS = (
    "SELECT c.trace_id, c.span_id, c.name, c.value, c.label, c.source FROM scores c"
    " WHERE c.superseded_by IS NULL AND c.retracted_ns IS NULL"
    " AND c.trace_id IN (SELECT t.trace_id FROM traces t WHERE {where}) ORDER BY c.time_ns, c.id"
)
_Rated = dict[str, list[tuple[str | None, Rating]]]


def load_samples(conn: sqlite3.Connection, by: Sequence[str] = (), where: Where = EVERYTHING) -> list[Sample]:
    """The groups of the traces that `where` selects, in the order of their keys; one group where `by` is empty.

    `by` are dimensions of `groups` with one value a span, `prompt_name` or `prompt_version`. One pass over the spans of
    the selected traces, found by the primary key of `spans`, as in `load_groups`. Raises WrongUse.
    """
    dimensions = [_OWN.get(name) or find_dimension(name) for name in by]
    is_of_calls = any(dimension.of == "calls" for dimension in dimensions)
    keys = "".join(f", {key_sql(dimension)}" for dimension in dimensions)
    only = f" AND {BUYS} AND s.repeats_usage <> 1" if is_of_calls else ""
    weight, of_trace, tally_of = "", "", Tally
    if is_sample(conn):
        from tracetui.store.weighted_samples import WeightedTally

        weight, of_trace, tally_of = f", {WEIGHT}", f" {OF_TRACE}", WeightedTally
    sql = _SPANS.format(
        calls=_CALLS, tokens=_TOKENS, keys=keys, weight=weight, of_trace=of_trace, where=where.sql, only=only
    )
    rated = _load_ratings(conn, where)
    tallies: dict[Key, Tally] = {}
    end = _FIXED + len(dimensions)
    for row in conn.execute(sql, where.params):
        key = row[_FIXED:end]
        tally = tallies.get(key)
        if tally is None:
            tally = tallies[key] = tally_of(is_of_calls)
        tally.add(row, rated.get(row[0], ()))
    ordered = sorted(tallies.items(), key=lambda item: tuple((part is not None, part or "") for part in item[0]))
    return [tally.sample(key) for key, tally in ordered]


def _load_ratings(conn: sqlite3.Connection, where: Where) -> _Rated:
    found: _Rated = {}
    for trace_id, span_id, name, value, label, source in conn.execute(_RATINGS.format(where=where.sql), where.params):
        found.setdefault(trace_id, []).append(
            (span_id, Rating(str(name), _number(value), None if label is None else str(label), source))
        )
    return found


def _number(value: object) -> float | None:
    """A finite number; other programs write other things into the column too."""
    return float(value) if isinstance(value, int | float) and isfinite(value) else None


class Tally:
    """The values of one group while its spans come by, those of a trace one after the other."""

    def __init__(self, is_of_calls: bool) -> None:
        self._is_of_calls = is_of_calls
        self._trace: str | None = None
        self._trace_cost: float | None = None
        self._trace_lacks = False
        self._counts = dict.fromkeys(
            ("traces", "errors", "refused", "calls", "call_errors", "call_refused", "tools", "tool_errors",
             "output_tokens", "output_ns", "priced", "unpriced"), 0,
        )  # fmt: skip
        self._lists: dict[str, list[Any]] = {
            name: [] for name in ("trace_ns", "call_ns", "ttft_ns", "trace_usd", "call_usd", "call_tokens", "ratings")
        }
        self._cost: float | None = None
        self._first: int | None = None
        self._last: int | None = None

    def add(self, row: tuple[Any, ...], rated: Iterable[tuple[str | None, Rating]]) -> None:
        """Add a span."""
        trace_id, took_ns, trace_status, root_id, span_id, is_call, is_tool, status, repeats, start_ns = row[:10]
        counts = self._counts
        if trace_id != self._trace:
            self._end_trace()
            self._trace = trace_id
            counts["traces"] += 1
            counts["errors"] += trace_status == "error"
            counts["refused"] += trace_status == "refused"
            self._keep("trace_ns", took_ns)
            whole = (None, root_id) if self._is_of_calls else None
            self._lists["ratings"] += [rating for target, rating in rated if whole is None or target in whole]
        if self._is_of_calls:
            self._lists["ratings"] += [rating for target, rating in rated if target == span_id != root_id]
        counts["tools"] += is_tool
        counts["tool_errors"] += is_tool and status == "error"
        self._first = start_ns if self._first is None else min(self._first, start_ns)
        self._last = start_ns if self._last is None else max(self._last, start_ns)
        if repeats in COST_IS_OWN:
            self._add_cost(row[14], is_call, is_bought=bool(is_call) or row[12] is not None)
        if is_call and repeats in USAGE_IS_OWN:
            self._add_call(status, row)

    def _add_cost(self, cost_usd: float | None, is_call: int, *, is_bought: bool) -> None:
        if cost_usd is None:
            self._counts["unpriced"] += is_bought
            self._trace_lacks = self._trace_lacks or is_bought
            return
        if is_call:
            self._lists["call_usd"].append(cost_usd)
        self._counts["priced"] += 1
        self._cost = cost_usd + (self._cost or 0.0)
        self._trace_cost = cost_usd + (self._trace_cost or 0.0)

    def _add_call(self, status: str, row: tuple[Any, ...]) -> None:
        took_ns, ttft_ns, used, output = row[10:14]
        counts = self._counts
        counts["calls"] += 1
        counts["call_errors"] += status == "error"
        counts["call_refused"] += status == "refused"
        self._keep("call_ns", took_ns)
        self._keep("ttft_ns", ttft_ns)
        if used is not None:
            self._lists["call_tokens"].append(used)
        if output is not None and took_ns is not None and took_ns > 0:
            counts["output_tokens"] += output
            counts["output_ns"] += took_ns

    def _keep(self, name: str, duration_ns: int | None) -> None:
        if duration_ns is not None:
            self._lists[name].append(max(0, duration_ns))

    def _end_trace(self) -> None:
        if self._trace_cost is not None and not self._trace_lacks:
            self._lists["trace_usd"].append(self._trace_cost)
        self._trace_cost, self._trace_lacks = None, False

    def sample(self, key: Key) -> Sample:
        """What was seen."""
        self._end_trace()
        seen: dict[str, Any] = {**self._counts, **self._lists}
        return Sample(key=key, **seen, cost_usd=self._cost, first_ns=self._first, last_ns=self._last)
