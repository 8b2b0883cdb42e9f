"""Sums over the traces that a filter selects: the line on the screen, and the object of `stats`."""

from __future__ import annotations

import sqlite3
from typing import Any

from tracetui.model import MODEL_CALLS, Totals, Usage
from tracetui.store.pages import EVERYTHING, Where
from tracetui.store.schema import COST_COUNTS, HAS_USAGE
from tracetui.text import iso

_SUMS = """
SELECT count(*), sum(t.spans), sum(t.generations), sum(t.tool_calls), sum(t.errors), sum(t.refused), sum(t.running),
  sum(t.input_tokens), sum(t.cache_read_tokens), sum(t.cache_write_tokens), sum(t.output_tokens),
  sum(t.reasoning_tokens), sum(t.unsplit_tokens),
  sum(t.cost_usd), sum(t.recorded_usd), sum(t.computed_usd), sum(t.priced), sum(t.unpriced)
FROM traces t WHERE {where}
"""
_DURATIONS = "SELECT t.end_ns - t.start_ns FROM traces t WHERE t.end_ns IS NOT NULL AND ({where})"


def load_totals(conn: sqlite3.Connection, where: Where = EVERYTHING) -> Totals:
    """The totals of the status line: one pass over `traces`, whatever the number of spans."""
    row = conn.execute(_SUMS.format(where=where.sql), where.params).fetchone()
    durations = sorted(
        max(0, value) for (value,) in conn.execute(_DURATIONS.format(where=where.sql), where.params).fetchall()
    )
    traces, spans, generations, tool_calls, errors, refused, running = (value or 0 for value in row[:7])
    cost, recorded, computed = (value or 0.0 for value in row[13:16])
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
        p50_ns=percentile(durations, 50),
        p95_ns=percentile(durations, 95),
        p99_ns=percentile(durations, 99),
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
    return {str(key): count for key, count in conn.execute(sql, params) if key is not None}


def _within(where: Where) -> str:
    return "" if where is EVERYTHING else f" AND s.trace_id IN (SELECT t.trace_id FROM traces t WHERE {where.sql})"


def load_stats(conn: sqlite3.Connection, where: Where = EVERYTHING) -> dict[str, Any]:
    """The object of `stats --json` without its sources. Documented in docs/json.md; scans the matching spans."""
    totals = load_totals(conn, where)
    within = _within(where)
    params = where.params
    calls = ", ".join(f"'{kind}'" for kind in sorted(MODEL_CALLS))
    first, last, users, sessions = conn.execute(
        "SELECT min(t.start_ns), max(coalesce(t.end_ns, t.start_ns)), count(DISTINCT t.user_id),"
        f" count(DISTINCT t.session_id) FROM traces t WHERE {where.sql}",
        params,
    ).fetchone()
    ttft = sorted(
        value for (value,) in conn.execute(f"SELECT s.ttft_ns FROM spans s WHERE s.ttft_ns IS NOT NULL{within}", params)
    )
    reasons = (
        "SELECT coalesce(s.cost_reason, 'no cost recorded'), count(*) FROM spans s WHERE s.cost_usd IS NULL"
        f" AND {COST_COUNTS} AND (s.kind IN ({calls}) OR {HAS_USAGE}){within} GROUP BY 1 ORDER BY 2 DESC, 1"
    )
    by_kind = f"SELECT s.kind, count(*) FROM spans s WHERE 1{within} GROUP BY 1"
    by_status = f"SELECT s.status, count(*) FROM spans s WHERE 1{within} GROUP BY 1"
    by_model = (
        "SELECT s.model, count(*) FROM spans s WHERE s.kind = 'generation' AND s.model IS NOT NULL"
        f"{within} GROUP BY 1 ORDER BY 2 DESC, 1"
    )
    trace_statuses = f"SELECT t.status, count(*) FROM traces t WHERE {where.sql} GROUP BY 1"
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
        "ttft_ms": {f"p{percent}": _ms(percentile(ttft, percent)) for percent in (50, 95, 99)},
        "users": users,
        "sessions": sessions,
        "models": _counts(conn, by_model, params),
        "scores": _scores(conn, where),
        "start": iso(first),
        "end": iso(last),
    }


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
