"""Make a tracetui store smaller: what is too old goes. It is planned first, so that it can be said first.

Nothing but tracetui stores is ever pruned, and a rating is never deleted: what is rated stays whole.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path

from msgspec import Struct

from tracetui.errors import NotWritable
from tracetui.model import Span
from tracetui.sources.tracetui_store import sound_span
from tracetui.store.connection import compact, open_existing_store, transaction
from tracetui.store.migrate import migrate
from tracetui.store.retention import (
    Amount,
    Seen,
    arrange_stale,
    count_odd,
    count_old_rated,
    drop_traces,
    list_old,
    list_stale,
    measure,
    still_as_seen,
)
from tracetui.workspace.pricer import Pricer

_AT_ONCE = 500
Progress = Callable[[int, int], None]
"""Is called with how many traces are done, and how many there are."""


class Plan(Struct, frozen=True):
    """What a pruning would do. `old` are the traces that are too old, `old_rated` the number of those that stay because they
    are rated, `odd` that of those whose rows make no sense and that are left alone."""

    old: Sequence[Seen] = ()
    by_age: Amount = Amount()
    old_rated: int = 0
    odd: int = 0

    @property
    def amount(self) -> Amount:
        """All that goes."""
        return self.by_age


class Pruner:
    """Prunes one store. With `is_dry`, everything is looked at in a transaction that is never committed."""

    def __init__(self, path: Path, conn: sqlite3.Connection, prices: str | None) -> None:
        self.path = path
        self._conn = conn
        self._price = Pricer(prices).price
        self._before = self._size()

    def plan(self, before_ns: int | None) -> Plan:
        """What to take out: what was before a time, where one is given."""
        migrate(self._conn)
        self._arrange()
        old = list_old(self._conn, before_ns) if before_ns is not None else []
        return Plan(
            old,
            measure(self._conn, (one.trace_id for one in old)),
            count_old_rated(self._conn, before_ns) if before_ns is not None else 0,
            count_odd(self._conn),
        )

    def _arrange(self) -> None:
        """Add up what plain SQL wrote: ages and costs are known of what is added up."""
        for some in _chunks(list_stale(self._conn)):
            with transaction(self._conn):
                arrange_stale(self._conn, some, self._read)

    def _read(self, span: Span) -> Span:
        return self._price(sound_span(span))

    def apply(self, plan: Plan, progress: Progress | None = None) -> Amount:
        """Take it out, some traces in each transaction; those that changed or were rated meanwhile stay. What went."""
        gone = Amount()
        for number, some in enumerate(_chunks(plan.old), 1):
            with transaction(self._conn):
                going = still_as_seen(self._conn, some)
                gone += measure(self._conn, going)
                drop_traces(self._conn, going)
            if progress is not None:
                progress(min(number * _AT_ONCE, len(plan.old)), len(plan.old))
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
            conn.execute("BEGIN IMMEDIATE")
        yield Pruner(path, conn, prices)
    except sqlite3.Error as error:
        raise NotWritable(f"{path}: cannot be pruned now ({error}); close what holds it, and repeat") from error
    finally:
        if conn.in_transaction:
            conn.execute("ROLLBACK")
        conn.close()


def _chunks(items: Sequence[Struct | str]) -> Iterator[list]:  # type: ignore[type-arg]
    iterator = iter(items)
    while chunk := list(islice(iterator, _AT_ONCE)):
        yield chunk
