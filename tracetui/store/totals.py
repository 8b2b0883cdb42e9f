"""Sums over the traces that a filter selects: the line on the screen, and the object of `stats`."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import Any

from msgspec import Struct, structs

from tracetui.model import MODEL_CALLS, Totals, Usage
from tracetui.store.estimates import OF_SPAN, OF_TRACE, WEIGHT, is_sample, weighted_percentiles
from tracetui.store.pages import EVERYTHING, Where
from tracetui.store.schema import COST_COUNTS, HAS_USAGE
from tracetui.text import iso

_SUMMED = (
    "spans", "generations", "tool_calls", "errors", "refused", "running",
    "input_tokens", "cache_read_tokens", "cache_write_tokens", "output_tokens", "reasoning_tokens", "unsplit_tokens",
    "cost_usd", "recorded_usd", "computed_usd", "priced", "unpriced",
)  # fmt: skip
_MONEY = slice(13, 16)
"""Where money stands in a row of sums; all else is counted."""
_SUMS = (
    f"SELECT count(*), {', '.join(f'sum(t.{name})' for name in _SUMMED)},"
    " group_concat(CAST(max(0, t.end_ns - t.start_ns) AS INTEGER)) FROM {traces} t WHERE {where}"
)
"""The last column has the durations of all traces that have ended, with commas between: one pass gives everything."""
_WEIGHTED_SUMS = (
    f"SELECT sum({WEIGHT}), {', '.join(f'sum({WEIGHT} * t.{name})' for name in _SUMMED)}, count(*)"
    f" FROM traces t {OF_TRACE} WHERE {{where}}"
)
_WEIGHTED_DURATIONS = f"SELECT max(0, t.end_ns - t.start_ns), {WEIGHT} FROM traces t {OF_TRACE} WHERE t.end_ns IS NOT NULL AND ({{where}})"


class Sums(Struct):
    """Sums over some traces: a number for each of their columns, None where none was recorded; and their durations."""

    row: list[Any]
    durations: list[int]


def load_sums(conn: sqlite3.Connection, where: Where = EVERYTHING, traces: str = "traces", given: str = "") -> Sums:
    """Sums over the rows of a table of traces that match, in one pass; `given` is the WITH clause that it is made by."""
    sql = given + _SUMS.format(traces=traces, where=where.sql)
    *row, durations = conn.execute(sql, where.params).fetchone()
    return Sums(row, [] if durations is None else [int(duration) for duration in durations.split(",")])


def load_totals(conn: sqlite3.Connection, where: Where = EVERYTHING) -> Totals:
    """The totals of the status line: one pass over `traces`, whatever the number of spans."""
    return _load_estimates(conn, where) if is_sample(conn) else totals_of([load_sums(conn, where)])


def totals_of(parts: Sequence[Sums]) -> Totals:
    """The totals of several parts together, none of whose traces is in another one."""
    columns = zip(*(part.row for part in parts), strict=True)
    row = [sum(there) if (there := [value for value in each if value is not None]) else None for each in columns]
    durations = sorted(duration for part in parts for duration in part.durations)
    return _totals(row, [percentile(durations, percent) for percent in (50, 95, 99)])


def _load_estimates(conn: sqlite3.Connection, where: Where) -> Totals:
    """The same, each trace as often as it stands for; counts are whole numbers again."""
    *sums, kept = conn.execute(_WEIGHTED_SUMS.format(where=where.sql), where.params).fetchone()
    row = [None if value is None else round(value) for value in sums]
    row[_MONEY] = sums[_MONEY]
    weighed = conn.execute(_WEIGHTED_DURATIONS.format(where=where.sql), where.params).fetchall()
    found = _totals(row, weighted_percentiles(weighed))
    return structs.replace(found, is_estimate=True, kept=kept)


def _totals(row: Sequence[Any], percentiles: Sequence[int | None]) -> Totals:
    traces, spans, generations, tool_calls, errors, refused, running = (value or 0 for value in row[:7])
    cost, recorded, computed = (value or 0.0 for value in row[_MONEY])
    return Totals(
        traces=traces,
        spans=spans,
        generations=generations,
        tool_calls=tool_calls,
        errors=errors,
        refused=refused,
        running=running,
        usage=Usage(*row[7:13]),
        cost_usd=cost,
        recorded_usd=recorded,
        computed_usd=computed,
        priced=row[16] or 0,
        unpriced=row[17] or 0,
        p50_ns=percentiles[0],
        p95_ns=percentiles[1],
        p99_ns=percentiles[2],
        kept=traces,
    )


def load_bounds(conn: sqlite3.Connection, where: Where = EVERYTHING) -> tuple[int | None, int | None]:
    """When the first and the last trace that match began; None where there is none."""
    first, last = conn.execute(
        f"SELECT min(t.start_ns), max(t.start_ns) FROM traces t WHERE {where.sql}", where.params
    ).fetchone()
    return first, last


def percentile(ordered: list[int], percent: float) -> int | None:
    """The value at a percentile of an ordered list, interpolated linearly between neighbours; None of an empty one."""
    if not ordered:
        return None
    place = (len(ordered) - 1) * percent / 100
    below = int(place)
    above = min(below + 1, len(ordered) - 1)
    return round(ordered[below] + (ordered[above] - ordered[below]) * (place - below))


def _counts(conn: sqlite3.Connection, sql: str, params: tuple[Any, ...]) -> dict[str, int]:
    return {str(key): round(count) for key, count in conn.execute(sql, params) if key is not None}


def _within(where: Where) -> str:
    return "" if where is EVERYTHING else f" AND s.trace_id IN (SELECT t.trace_id FROM traces t WHERE {where.sql})"


def load_stats(conn: sqlite3.Connection, where: Where = EVERYTHING) -> dict[str, Any]:
    """The object of `stats --json` without its sources. Documented in docs/json.md; scans the matching spans."""
    totals = load_totals(conn, where)
    within = _within(where)
    params = where.params
    number, of_trace, of_span = ("count(*)", "", "")
    if totals.is_estimate:
        number, of_trace, of_span = f"sum({WEIGHT})", f" {OF_TRACE}", f" {OF_SPAN}"
    calls = ", ".join(f"'{kind}'" for kind in sorted(MODEL_CALLS))
    first, last, users, sessions = conn.execute(
        "SELECT min(t.start_ns), max(coalesce(t.end_ns, t.start_ns)), count(DISTINCT t.user_id),"
        f" count(DISTINCT t.session_id) FROM traces t WHERE {where.sql}",
        params,
    ).fetchone()
    reasons = (
        f"SELECT coalesce(s.cost_reason, 'no cost recorded'), {number} FROM spans s{of_span} WHERE s.cost_usd IS NULL"
        f" AND {COST_COUNTS} AND (s.kind IN ({calls}) OR {HAS_USAGE}){within} GROUP BY 1 ORDER BY 2 DESC, 1"
    )
    by_kind = f"SELECT s.kind, {number} FROM spans s{of_span} WHERE 1{within} GROUP BY 1"
    by_status = f"SELECT s.status, {number} FROM spans s{of_span} WHERE 1{within} GROUP BY 1"
    by_model = (
        f"SELECT s.model, {number} FROM spans s{of_span} WHERE s.kind = 'generation' AND s.model IS NOT NULL"
        f"{within} GROUP BY 1 ORDER BY 2 DESC, 1"
    )
    trace_statuses = f"SELECT t.status, {number} FROM traces t{of_trace} WHERE {where.sql} GROUP BY 1"
    ttft = _first_tokens(conn, totals, within, params)
    usage = totals.usage
    return {
        "traces": totals.traces,
        "spans": totals.spans,
        "kinds": _counts(conn, by_kind, params),
        "statuses": _with_all_statuses(_counts(conn, by_status, params)),
        "trace_statuses": _with_all_statuses(_counts(conn, trace_statuses, params)),
        "tokens": tokens_of(usage),
        "cost": {
            "usd": totals.cost_usd,
            "recorded_usd": totals.recorded_usd,
            "computed_usd": totals.computed_usd,
            "priced": totals.priced,
            "unpriced": totals.unpriced,
            "reasons": _counts(conn, reasons, params),
        },
        "latency_ms": {
            "p50": _ms(totals.p50_ns),
            "p95": _ms(totals.p95_ns),
            "p99": _ms(totals.p99_ns),
        },
        "ttft_ms": {f"p{percent}": _ms(ns) for percent, ns in zip((50, 95, 99), ttft, strict=True)},
        "users": users,
        "sessions": sessions,
        "models": _counts(conn, by_model, params),
        "scores": _scores(conn, where),
        "start": iso(first),
        "end": iso(last),
        **_told_of_sample(totals),
    }


def _first_tokens(conn: sqlite3.Connection, totals: Totals, within: str, params: tuple[Any, ...]) -> list[int | None]:
    """The percentiles of the times to the first token."""
    if totals.is_estimate:
        sql = f"SELECT s.ttft_ns, {WEIGHT} FROM spans s {OF_SPAN} WHERE s.ttft_ns IS NOT NULL{within}"
        return weighted_percentiles(conn.execute(sql, params))
    sql = f"SELECT s.ttft_ns FROM spans s WHERE s.ttft_ns IS NOT NULL{within}"
    found = sorted(value for (value,) in conn.execute(sql, params))
    return [percentile(found, percent) for percent in (50, 95, 99)]


ESTIMATED = (
    "traces",
    "spans",
    "kinds",
    "statuses",
    "trace_statuses",
    "tokens",
    "cost",
    "latency_ms",
    "ttft_ms",
    "models",
)
AT_LEAST = ("users", "sessions")
"""Who was only in traces that were not kept is not known: these are lower bounds. Scores are never sampled."""


def _told_of_sample(totals: Totals) -> dict[str, Any]:
    """The key that is there where some traces stand for others."""
    if not totals.is_estimate:
        return {}
    return {"sample": {"traces": totals.kept, "estimated": list(ESTIMATED), "at_least": list(AT_LEAST)}}


def tokens_of(usage: Usage) -> dict[str, int]:
    """Usage as the `tokens` object of the JSON contracts; `unsplit` only where there is any."""
    tokens = {
        "input": usage.input or 0,
        "cache_read": usage.cache_read or 0,
        "cache_write": usage.cache_write or 0,
        "output": usage.output or 0,
        "reasoning": usage.reasoning or 0,
    }
    if usage.unsplit:
        tokens["unsplit"] = usage.unsplit
    return tokens


def _ms(ns: int | None) -> float | None:
    return None if ns is None else ns / 1e6


def _with_all_statuses(counts: dict[str, int]) -> dict[str, int]:
    return {"success": 0, "error": 0, "refused": 0, "running": 0} | counts


def _scores(conn: sqlite3.Connection, where: Where) -> dict[str, dict[str, Any]]:
    within = "" if where is EVERYTHING else f" AND c.trace_id IN (SELECT t.trace_id FROM traces t WHERE {where.sql})"
    sql = (
        "SELECT c.name, c.label, count(*), count(c.value), sum(c.value) FROM scores c"
        f" WHERE c.superseded_by IS NULL AND c.retracted_ns IS NULL{within} GROUP BY 1, 2 ORDER BY 1, 2"
    )
    found: dict[str, dict[str, Any]] = {}
    sums: dict[str, tuple[int, float]] = {}
    for name, label, count, numbers, total in conn.execute(sql, where.params):
        entry = found.setdefault(name, {"count": 0, "mean": None, "labels": {}})
        entry["count"] += count
        if label is not None:
            entry["labels"][label] = entry["labels"].get(label, 0) + count
        if numbers:
            seen, value = sums.get(name, (0, 0.0))
            sums[name] = (seen + numbers, value + total)
            entry["mean"] = sums[name][1] / sums[name][0]
    return found
