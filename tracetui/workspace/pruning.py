"""Make a tracetui store smaller: what is too old goes, and of the rest what a sample leaves out. It is planned first, so that
it can be said first.

Nothing but tracetui stores is ever pruned, and a rating is never deleted: what is rated stays whole.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from msgspec import Struct

from tracetui.errors import NotWritable
from tracetui.model import Span
from tracetui.sources.tracetui_store import sound_span
from tracetui.store.connection import compact, open_existing_store, transaction
from tracetui.store.migrate import is_behind, migrate
from tracetui.store.retention import (
    Amount,
    Seen,
    arrange_stale,
    count_odd,
    count_old_rated,
    has_stale,
    list_old,
    list_stale,
    measure,
)
from tracetui.store.sampling import Decision, Policy, apply_decisions, decide_all, in_steps, load_candidates
from tracetui.workspace.pricer import Pricer

_AT_ONCE = 500
Progress = Callable[[int, int], None]
"""Is called with how many traces are done, and how many there are."""


class Plan(Struct, frozen=True):
    """What a pruning would do. `old` are the traces that are too old, `old_rated` the number of those that stay because they
    are rated, `odd` that of those whose rows make no sense and that are left alone.

    `decisions` are of the others that are settled, `unsettled` the number of those that are not: they stay for now.
    """

    old: Sequence[Seen] = ()
    by_age: Amount = Amount()
    old_rated: int = 0
    odd: int = 0
    decisions: Sequence[Decision] = ()
    by_sampling: Amount = Amount()
    unsettled: int = 0

    @property
    def kept(self) -> dict[str, int]:
        """How many traces the sample keeps, by reason, the most first."""
        return dict(Counter(one.weight.reason for one in self.decisions if one.weight is not None).most_common())


class Pruner:
    """Prunes one store. With `is_dry`, everything is looked at in a transaction that is never committed."""

    def __init__(self, path: Path, conn: sqlite3.Connection, prices: str | None) -> None:
        self.path = path
        self._conn = conn
        self._price = Pricer(prices).price
        self._before = self._size()

    def plan(self, before_ns: int | None, policy: Policy | None = None, now_ns: int = 0) -> Plan:
        """What to take out: what was before a time, and what a sample of the rest leaves out, where they are given."""
        conn = self._conn
        migrate(conn)
        self._arrange()
        old = list_old(conn, before_ns) if before_ns is not None else []
        gone = {one.trace_id for one in old}
        found = [] if policy is None else load_candidates(conn)
        rest = [candidate for candidate in found if candidate.trace_id not in gone]
        decisions = [] if policy is None else list(decide_all(rest, policy, now_ns))
        return Plan(
            old,
            measure(conn, gone),
            count_old_rated(conn, before_ns) if before_ns is not None else 0,
            count_odd(conn),
            decisions,
            measure(conn, (one.seen.trace_id for one in decisions if one.weight is None)),
            sum(not candidate.is_settled(now_ns) for candidate in rest),
        )

    def _arrange(self) -> None:
        """Add up what plain SQL wrote: ages and costs are known of what is added up."""
        for some in in_steps(list_stale(self._conn), _AT_ONCE):
            with transaction(self._conn):
                arrange_stale(self._conn, some, self._read)

    def _read(self, span: Span) -> Span:
        return self._price(sound_span(span))

    def apply(self, plan: Plan, progress: Progress | None = None) -> Amount:
        """Take it out, some traces in each transaction; those that changed or were rated meanwhile stay. What went."""
        gone, done = Amount(), 0
        for step in [*map(_dropped, in_steps(plan.old, _AT_ONCE)), *in_steps(plan.decisions, _AT_ONCE)]:
            with transaction(self._conn):
                gone += apply_decisions(self._conn, step)
            done += len(step)
            if progress is not None:
                progress(done, len(plan.old) + len(plan.decisions))
        return gone

    def compact(self) -> int:
        """Give the space back. The bytes by which the file is smaller than it was. Raises NotWritable."""
        compact(self._conn, self.path)
        return self._before - self._size()

    def _size(self) -> int:
        beside = self.path.with_name(self.path.name + "-wal")
        return self.path.stat().st_size + (beside.stat().st_size if beside.exists() else 0)


@contextmanager
def pruning(path: Path, *, is_dry: bool, prices: str | None = None) -> Iterator[Pruner]:
    """Open a store to prune it. Raises UnreadableSource (no tracetui store), NotWritable."""
    conn = open_existing_store(path)
    try:
        if is_dry:
            # What writes would wait for a lock that is held while much is looked at; it is taken only where it is needed.
            conn.execute("BEGIN IMMEDIATE" if is_behind(conn) or has_stale(conn) else "BEGIN")
        yield Pruner(path, conn, prices)
    except sqlite3.Error as error:
        raise NotWritable(f"{path}: cannot be pruned now ({error}); close what holds it, and repeat") from error
    finally:
        if conn.in_transaction:
            conn.execute("ROLLBACK")
        conn.close()


def _dropped(seen: Sequence[Seen]) -> list[Decision]:
    return [Decision(one, None) for one in seen]
