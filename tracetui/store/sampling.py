"""Sample a tracetui store by whole traces: what matters stays, of the rest a share, which stands for all of it.

A trace is decided when it is settled: it has ended, and nothing came for a while. Errors, refusals, rated traces, and the
costliest and slowest (above a percentile of the traces around them) stay for that reason, with a weight of 1. Of the rest
those stay whose id hashes below the rate, with a weight of 1 / rate: any program comes to the same, and a lower rate keeps
a part of what a higher one keeps. What was kept for a reason stays kept; what was kept by a rate can be sampled again.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, TypeVar

from msgspec import Struct

from tracetui.model import Weight
from tracetui.store.estimates import weighted_percentile
from tracetui.store.retention import RATED, Amount, Seen, drop_traces, measure, note_change, still_as_seen
from tracetui.store.weights import SOUND, load_weights, write_weights
from tracetui.store.write import chunks, known_traces

Item = TypeVar("Item")

SETTLED_S = 10
"""Seconds without anything new after which a trace that has ended is settled; SDKs send every five or so."""
ORPHAN_S = 300
"""The same for a trace whose root is missing: it may still come."""
_RENEWED = 50
"""Traces that are held to the same percentiles; sorting the window for each of 100,000 would take a minute."""
_LEAST = 20
"""Traces before which nothing counts as costly or slow: the percentiles of fewer say nothing."""


class Policy(Struct, frozen=True):
    """What to keep: `rate` of the rest (above 0; with 1 nothing is decided); and whole, what is above the `percentile` in cost or latency of
    the `window` traces before it."""

    rate: float
    percentile: float = 95.0
    window: int = 1000


class Candidate(Struct, frozen=True):
    """What is known of a trace when it is decided. `patience_s` are the seconds without anything new after which it is
    settled, if it has ended; `weight` is the decision there is already."""

    trace_id: str
    changed: int
    has_ended: bool
    patience_s: float = SETTLED_S
    end_ns: int | None = None
    cost_usd: float | None = None
    latency_ns: int | None = None
    has_error: bool = False
    has_refusal: bool = False
    is_rated: bool = False
    weight: Weight | None = None

    def is_settled(self, now_ns: int) -> bool:
        """Whether it ended long enough before a time."""
        return self.has_ended and self.end_ns is not None and self.end_ns <= now_ns - self.patience_s * 10**9


class Limits(Struct, frozen=True):
    """Above what a trace is among the costliest, and among the slowest; None where that cannot be said."""

    cost_usd: float | None = None
    latency_ns: float | None = None


class Decision(Struct, frozen=True):
    """A trace, and the weight with which it is kept; None: it goes."""

    seen: Seen
    weight: Weight | None


def share_of(trace_id: str) -> float:
    """Where a trace id falls between 0 and 1: the first 8 bytes of its SHA-256 as a number, over 2**64."""
    digest = hashlib.sha256(trace_id.encode("utf-8", "surrogatepass")).digest()
    return int.from_bytes(digest[:8], "big") / 2**64


def decide(candidate: Candidate, limits: Limits, policy: Policy) -> Decision:
    """Whether a settled trace is kept, and for how many it then stands."""
    seen, known = Seen(candidate.trace_id, candidate.changed), candidate.weight
    if known is not None and known.reason != "rate":
        return Decision(seen, known)
    weight = 1.0 if known is None else known.weight
    reason = find_reason(candidate, limits)
    if reason is not None:
        return Decision(seen, Weight(candidate.trace_id, weight, reason))
    if share_of(candidate.trace_id) >= policy.rate:
        return Decision(seen, None)
    return Decision(seen, Weight(candidate.trace_id, max(weight, 1 / policy.rate), "rate"))


def find_reason(candidate: Candidate, limits: Limits) -> str | None:
    """The first reason for which a trace is kept whatever the rate."""
    cost, latency = candidate.cost_usd, candidate.latency_ns
    reasons = (
        ("rated", candidate.is_rated),
        ("error", candidate.has_error),
        ("refused", candidate.has_refusal),
        ("cost", cost is not None and limits.cost_usd is not None and cost > limits.cost_usd),
        ("latency", latency is not None and limits.latency_ns is not None and latency > limits.latency_ns),
    )
    return next((name for name, is_so in reasons if is_so), None)


def limits_of(window: Sequence[Candidate], policy: Policy) -> Limits:
    """The percentiles of a window, in which each trace counts as often as it stands for."""
    if len(window) < _LEAST:
        return Limits()
    weighed = [(1.0 if one.weight is None else one.weight.weight, one) for one in window]
    # Costs are fractions of a cent; the percentile is of whole numbers.
    costs = [(one.cost_usd * 1e12, weight) for weight, one in weighed if one.cost_usd is not None]
    latencies = [(float(one.latency_ns), weight) for weight, one in weighed if one.latency_ns is not None]
    cost = weighted_percentile(costs, policy.percentile)
    return Limits(
        None if cost is None else (cost + 1) / 1e12,  # rounded up: many traces that cost the same are no costly ones
        weighted_percentile(latencies, policy.percentile),
    )


def decide_all(candidates: Sequence[Candidate], policy: Policy, now_ns: int) -> Iterator[Decision]:
    """Decisions on the settled ones of all traces of a store, by start. The first window looks ahead: it has none before it."""
    for start in range(0, len(candidates) if policy.rate < 1 else 0, _RENEWED):
        end = max(start, min(policy.window, len(candidates)))
        limits = limits_of(candidates[max(0, end - policy.window) : end], policy)
        for candidate in candidates[start : start + _RENEWED]:
            if candidate.is_settled(now_ns):
                yield decide(candidate, limits, policy)


_COLUMNS = (
    "t.trace_id, t.changed, t.cost_usd, t.end_ns - t.start_ns,"
    " t.errors > 0 OR t.status = 'error', t.refused > 0 OR t.status = 'refused',"
    f" {RATED}, CASE WHEN w.trace_id IS NOT NULL THEN {SOUND} END, CAST(w.reason AS TEXT),"
    " t.running = 0 AND t.status <> 'running' AND t.end_ns IS NOT NULL,"
    " coalesce((SELECT r.is_orphan FROM spans r WHERE r.trace_id = t.trace_id AND r.span_id = t.root_id), 0), t.end_ns"
)
_ALL = f"SELECT {_COLUMNS} FROM traces t LEFT JOIN weights w ON w.trace_id = t.trace_id ORDER BY t.start_ns, t.trace_id"
_LAST = (
    f"SELECT {_COLUMNS} FROM traces t LEFT JOIN weights w ON w.trace_id = t.trace_id"
    " ORDER BY t.start_ns DESC, t.trace_id DESC LIMIT ?"
)
_SOME = (
    f"SELECT {_COLUMNS} FROM traces t LEFT JOIN weights w ON w.trace_id = t.trace_id WHERE t.trace_id IN ({{marks}})"
)


def load_candidates(conn: sqlite3.Connection) -> list[Candidate]:
    """All traces by their start."""
    return [_candidate(row) for row in conn.execute(_ALL)]


class Settled(Struct, frozen=True):
    """What came of traces of which nothing came for a while: those that went and how much that was, those that did not end."""

    amount: Amount
    gone: frozenset[str]
    unsettled: frozenset[str]


def sample_settled(
    conn: sqlite3.Connection, silent: Mapping[str, float], policy: Policy, late: Collection[str] = ()
) -> Settled:
    """Decide on traces that were silent for so many seconds by the clock of who collected them, and do it. They are held
    to the percentiles of the last traces of the store. Of `late` ones the rest went before: they go as well, unless they
    are rated. Callers hold the transaction. Carried by `traces_by_start` and the primary keys."""
    limits = limits_of([_candidate(row) for row in conn.execute(_LAST, (policy.window,))], policy)
    decisions: list[Decision] = []
    unsettled: set[str] = set()
    for chunk in chunks(silent):
        sql = _SOME.format(marks=", ".join("?" * len(chunk)))
        for candidate in map(_candidate, conn.execute(sql, chunk)):
            if candidate.trace_id in late:
                decisions.append(Decision(Seen(candidate.trace_id, candidate.changed), None))
            elif candidate.has_ended and silent[candidate.trace_id] >= candidate.patience_s:
                decisions.append(decide(candidate, limits, policy))
            else:
                unsettled.add(candidate.trace_id)
    amount = apply_decisions(conn, decisions)
    left = known_traces(conn, silent)
    gone = {one.seen.trace_id for one in decisions if one.weight is None} - left
    return Settled(amount, frozenset(gone), frozenset(unsettled))


def apply_decisions(conn: sqlite3.Connection, decisions: Sequence[Decision]) -> Amount:
    """Write weights and drop what goes; a trace that changed since stays undecided. Gives what went. Callers hold the
    transaction: with only the weights, or only the drops, every sum would be wrong."""
    gone = sorted(still_as_seen(conn, [one.seen for one in decisions if one.weight is None]))
    amount = measure(conn, gone)
    drop_traces(conn, gone)
    kept = {one.seen.trace_id: one.weight for one in decisions if one.weight is not None}
    there, known = known_traces(conn, kept), load_weights(conn, list(kept))
    fresh = [weight for trace_id, weight in kept.items() if trace_id in there and weight != known.get(trace_id)]
    write_weights(conn, fresh)
    note_change(conn, [weight.trace_id for weight in fresh])
    return amount


def _candidate(row: tuple[Any, ...]) -> Candidate:
    trace_id, changed, cost, latency, error, refusal, rated, weight, reason, has_ended, is_orphan, end_ns = row
    return Candidate(
        trace_id,
        changed,
        bool(has_ended),
        ORPHAN_S if is_orphan else SETTLED_S,
        end_ns,
        cost,
        None if latency is None else max(0, latency),
        bool(error),
        bool(refusal),
        bool(rated),
        None if weight is None else Weight(trace_id, weight, reason),
    )


def in_steps(items: Iterable[Item], size: int) -> Iterator[list[Item]]:
    """Some at a time. Of decisions each step is a sample by itself, so that what is interrupted is right as well."""
    iterator = iter(items)
    while some := list(islice(iterator, size)):
        yield some
