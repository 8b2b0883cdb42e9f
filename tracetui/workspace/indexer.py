"""Bring the index up to date with its sources, in small steps.

The indexer is the only writer of an index. A step reads for a while and returns, so that whoever drives it (the screen's
poll loop, or a command that waits for the end) decides how long.
"""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct

from tracetui.errors import SourceVanished, UnreadableSource
from tracetui.model import Health
from tracetui.sources.base import Batch, Source
from tracetui.sources.store_cursor import is_cursor_of_copy
from tracetui.sources.tracetui_store import TracetuiStore
from tracetui.store.connection import transaction
from tracetui.store.families import join_families
from tracetui.store.scores import join_scores, retract_score, save_score
from tracetui.store.weights import forget_weights, write_weights
from tracetui.store.write import (
    Entry,
    forget_origins,
    forget_spans,
    forget_traces,
    known_traces,
    load_entries,
    owners_of,
    remove_origins,
    write_spans,
)
from tracetui.workspace.origin import Origin, changed_at_s
from tracetui.workspace.pricer import PENDING, Pricer
from tracetui.workspace.read_ahead import read_source
from tracetui.workspace.resting import is_writable

if TYPE_CHECKING:
    from tracetui.sources.columns import Mapping

_SKIPS_KEPT = 200
_REPRICED_AT_ONCE = 500
_ALL_AT_ONCE = 128
"""Sources that are asked at each step whether they changed; asking costs some 10 µs."""

MOST_STORES = 9
"""Stores that are read where they lie; SQLite attaches ten databases to a connection, and one may be wanted besides."""


def is_read_where_it_lies(source: Source) -> bool:
    """Whether questions go to the source itself and not to a copy in the index."""
    return isinstance(source, TracetuiStore) and not source.is_copied


class Step(Struct):
    """What a step did; `is_idle` where there is nothing left to do for now."""

    trace_ids: set[str]
    notices: list[str]
    is_idle: bool = True


class Indexer:
    """Reads sources into an index. Not thread-safe: one thread at a time."""

    def __init__(
        self,
        conn: sqlite3.Connection,
        sources: list[Source],
        prices: str | None = None,
        mappings: Sequence[Mapping] = (),
    ) -> None:
        self.conn = conn
        self._is_first_step = True
        self._mappings = mappings
        self.origins: list[Origin] = []
        self._remove_gone(sources)
        for source in sources:
            self.add(source)
        self.pricer = Pricer(prices)
        self._turn = 0
        self._has_unjoined = True

    def add(self, source: Source) -> None:
        """Index one more source from the next step on."""
        origin = self._share_out(self._register(source))
        origin.changed_at_s = changed_at_s(source)
        self.origins.append(origin)

    def _remove_gone(self, sources: list[Source]) -> None:
        """Take files of a directory that were deleted or renamed since the last time out of the index: they would be
        counted for ever. What goes while it is open stays on the screen."""
        opened = {str(source.path) for source in sources}
        known = self.conn.execute("SELECT origin_id, path FROM origins").fetchall()
        gone = [number for number, path in known if path not in opened and not os.path.exists(path)]
        if gone:
            with transaction(self.conn):
                remove_origins(self.conn, gone)

    def _due(self) -> list[Origin]:
        """The sources to look at in this step: those that are being read, and where there are very many, some of the
        rest in turn, so that thousands of files at rest cost no core."""
        if len(self.origins) <= _ALL_AT_ONCE:
            return self.origins
        begin = self._turn
        self._turn = (begin + _ALL_AT_ONCE) % len(self.origins)
        turn = (self.origins * 2)[begin : begin + _ALL_AT_ONCE]
        now_s = time.monotonic()
        hot = [origin for origin in self.origins if origin.is_hot(now_s)]
        return list(dict.fromkeys([*hot, *turn]))

    def _register(self, source: Source) -> Origin:
        path = str(source.path)
        row = self.conn.execute("SELECT origin_id, cursor, done, total FROM origins WHERE path = ?", (path,)).fetchone()
        if row is None:
            sql = "INSERT INTO origins (path, format) VALUES (?, ?)"
            number = self.conn.execute(sql, (path, source.format)).lastrowid
            return Origin(number or 0, source, None)
        origin = Origin(row[0], source, row[1])
        origin.done, origin.total = row[2], row[3]
        return origin

    def _share_out(self, origin: Origin) -> Origin:
        """Say of a store whether it is read where it lies; once copied into the index, it stays so.

        Stores that have a trace in common are copied, both of them: in the index it is one trace, whose spans are
        counted once.
        """
        if isinstance(origin.source, TracetuiStore):
            others = [other for other in self.origins if isinstance(other.source, TracetuiStore)]
            here = sum(is_read_where_it_lies(other.source) for other in others)
            origin.source.is_copied = is_cursor_of_copy(origin.cursor) or here >= MOST_STORES
            for other in others:
                if is_read_where_it_lies(origin.source) or is_read_where_it_lies(other.source):
                    _copy_what_is_shared(origin, other)
        return origin

    def step(self, seconds: float, *, defer_prices: bool = False, in_turn: bool = False) -> Step:
        """Index for about `seconds`. `defer_prices` leaves the spans of the first step
        that reads any unpriced rather than wait for the prices. `in_turn`: of very many sources that are at rest, some
        are asked whether they changed."""
        step = Step(set(), [])
        deadline = time.monotonic() + seconds
        for origin in self._due() if in_turn else self.origins:
            while self._advance(origin, step, defer_prices):
                step.is_idle = False
                shows_first_rows = defer_prices and not self.pricer.is_loaded and origin.done < origin.total
                if shows_first_rows or time.monotonic() > deadline:
                    self._is_first_step = False
                    return step
        if self._has_unjoined:
            step.trace_ids |= join_scores(self.conn)
            self._has_unjoined = False
        self._is_first_step = self._is_first_step and step.is_idle
        if not defer_prices or step.is_idle:
            self._price_pending(step)
        return step

    def _advance(self, origin: Origin, step: Step, defer_prices: bool) -> bool:
        """Index the next batch of one source; False where there is none."""
        try:
            if origin.batches is None:
                if time.monotonic() < origin.again_s:
                    return False
                if not origin.source.changed(origin.cursor):
                    return False
                origin.batches = read_source(origin.source, origin.cursor, self._mappings)
            batch = next(origin.batches, None)
            origin.is_back()
        except SourceVanished as error:
            self._note_gone(origin, str(error), step)
            return False
        except UnreadableSource as error:
            origin.failed(str(error))
            self._warn(origin, str(error), step)
            return False
        if batch is None:
            origin.ended()
            return False
        try:
            self._apply(origin, batch, step, defer_prices)
        except BaseException:
            # What could not be written is read again, from the last cursor that was.
            origin.batches = None
            raise
        self._has_unjoined = True
        return True

    def _note_gone(self, origin: Origin, sentence: str, step: Step) -> None:
        origin.batches = None
        if not origin.is_gone:
            origin.is_gone = True
            self._warn(origin, sentence, step)

    def _warn(self, origin: Origin, sentence: str, step: Step, *, is_event: bool = False) -> None:
        """Say something once; what happened (`is_event`) each time that it happens."""
        if sentence not in origin.warnings:
            origin.warnings.append(sentence)
        elif not is_event:
            return
        step.notices.append(sentence)

    def _apply(self, origin: Origin, batch: Batch, step: Step, defer_prices: bool) -> None:
        conn = self.conn
        with transaction(conn):
            if batch.reset:
                step.trace_ids |= forget_origins(conn, [origin.origin_id])
            if batch.forget:
                forget_spans(conn, origin.origin_id, batch.forget)
                forget_weights(conn, batch.forget)
                step.trace_ids |= batch.forget
            entries = self._entries(origin.origin_id, batch, defer_prices)
            if batch.has_families:
                moved = join_families(conn, origin.origin_id, entries)
                batch = _with_scores_moved(batch, moved)
                step.trace_ids.update(moved)
            written = write_spans(conn, entries, is_index=True)
            write_weights(conn, batch.weights)
            if batch.cursor == origin.cursor:
                batch = self._without_known_skips(origin.origin_id, batch)
            self._write_rest(origin.origin_id, batch, 0 if batch.updates else written.duplicates)
        if origin.cursor is not None:
            origin.changed_at_s = time.monotonic()
        origin.cursor = batch.cursor
        origin.done, origin.total = batch.done, batch.total
        step.trace_ids |= written.trace_ids
        step.trace_ids.update(score.trace_id for score in batch.scores)
        if batch.notice:
            self._warn(origin, batch.notice, step, is_event=batch.reset)

    def _entries(self, origin_id: int, batch: Batch, defer_prices: bool) -> list[Entry]:
        is_first = not self.pricer.is_loaded and self._is_first_step
        price = self.pricer.mark_pending if defer_prices and is_first else self.pricer.price
        return [
            Entry(price(span), (origin_id, reference.position, reference.length, reference.item))
            for span, reference in zip(batch.spans, batch.references, strict=True)
        ]

    def _without_known_skips(self, origin_id: int, batch: Batch) -> Batch:
        """A batch that does not move the cursor without what was said of it before: it is read again, and again, until
        reading comes to an end."""
        rows = self.conn.execute("SELECT line, reason FROM skips WHERE origin_id = ?", (origin_id,))
        known = {*rows.fetchall()}
        fresh = tuple(skip for skip in batch.skipped if (skip.line, skip.reason) not in known)
        again = len(batch.skipped) - len(fresh)
        return msgspec.structs.replace(batch, skipped=fresh, skipped_count=batch.skipped_count - again)

    def _write_rest(self, origin_id: int, batch: Batch, duplicates: int) -> None:
        conn = self.conn
        for joined in batch.joined:
            ref = joined.reference
            conn.execute(
                "INSERT OR IGNORE INTO joined VALUES (?, ?, ?, ?, ?, ?)",
                (joined.trace_id, joined.span_id, origin_id, ref.position, ref.length, ref.item),
            )
        for score in batch.scores:
            save_score(conn, "scores", score)
        for score_id in batch.retracted:
            retract_score(conn, "scores", score_id, time.time_ns())
        conn.executemany(
            "INSERT INTO skips VALUES (?, ?, ?)",
            [(origin_id, skip.line, skip.reason) for skip in batch.skipped[:_SKIPS_KEPT]],
        )
        conn.execute(
            "UPDATE origins SET cursor = ?, done = ?, total = ?, skipped = skipped + ?, duplicates = duplicates + ?,"
            " replaced = replaced + ?, incomplete = ?, other = other + ? WHERE origin_id = ?",
            (
                batch.cursor, batch.done, batch.total, batch.skipped_count, batch.duplicates + duplicates,
                batch.replaced, batch.incomplete, batch.other, origin_id,
            ),
        )  # fmt: skip

    def _price_pending(self, step: Step) -> None:
        """Price what was deferred, some traces at a time. Carried by the partial index `spans_pending`."""
        sql = "SELECT DISTINCT trace_id FROM spans WHERE cost_reason = ? LIMIT ?"
        trace_ids = [row[0] for row in self.conn.execute(sql, (PENDING, _REPRICED_AT_ONCE))]
        if not trace_ids:
            return
        entries: list[Entry] = []
        for trace_id in trace_ids:
            for entry in load_entries(self.conn, trace_id, True):
                entry.span = self.pricer.price(entry.span)
                entry.is_new = True
                entries.append(entry)
        with transaction(self.conn):
            forget_traces(self.conn, trace_ids)
            write_spans(self.conn, entries, is_index=True)
        step.trace_ids.update(trace_ids)
        step.is_idle = False

    def forget_fresh(self, origin: Origin, fresh: set[str]) -> None:
        """Drop the index's copies of traces that a store has rolled up itself in the meantime."""
        if known_traces(self.conn, fresh):
            with transaction(self.conn):
                forget_spans(self.conn, origin.origin_id, fresh)

    def copy_shared(self, touched: set[str], notices: list[str]) -> bool:
        """Have the stores copied of which another source has a part of one of these traces; whether there are any."""
        here = [origin for origin in self.origins if is_read_where_it_lies(origin.source)]
        if not here or len(self.origins) < 2:
            return False
        owners = owners_of(self.conn, touched)
        for origin in here:
            for trace_id in self._find_traces(origin, touched, notices):
                owners.setdefault(trace_id, set()).add(origin.origin_id)
        sharing = {number for numbers in owners.values() if len(numbers) > 1 for number in numbers}
        shared = [origin for origin in here if origin.origin_id in sharing]
        for origin in shared:
            _copy(origin)
        return bool(shared)

    def _find_traces(self, origin: Origin, touched: set[str], notices: list[str]) -> set[str]:
        step = Step(set(), notices)
        try:
            return origin.source.find_traces(touched) if isinstance(origin.source, TracetuiStore) else set()
        except UnreadableSource as error:
            self._warn(origin, str(error), step)
            return set()

    def health(self) -> list[Health]:
        """How reading each source went."""
        return [read_health(self.conn, origin) for origin in self.origins]


def _copy_what_is_shared(one: Origin, other: Origin) -> None:
    first, second = one.source, other.source
    if isinstance(first, TracetuiStore) and isinstance(second, TracetuiStore) and first.shares_traces(second):
        _copy(one)
        _copy(other)


def _copy(origin: Origin) -> None:
    """Have a store read through the index from now on, all of it."""
    if isinstance(origin.source, TracetuiStore) and not origin.source.is_copied:
        origin.source.is_copied = True
        origin.batches = None


def _with_scores_moved(batch: Batch, moved: dict[str, str]) -> Batch:
    if not moved or not batch.scores:
        return batch
    scores = tuple(
        msgspec.structs.replace(score, trace_id=moved.get(score.trace_id, score.trace_id)) for score in batch.scores
    )
    return msgspec.structs.replace(batch, scores=scores)


def read_health(conn: sqlite3.Connection, origin: Origin) -> Health:
    """The health of one source from the index, readable on any connection."""
    sql = "SELECT skipped, duplicates, replaced, incomplete, other, done, total FROM origins WHERE path = ?"
    row = conn.execute(sql, (str(origin.source.path),)).fetchone() or (0,) * 7
    skipped, duplicates, replaced, incomplete, other, done, total = row
    sql = "SELECT line, reason FROM skips WHERE origin_id = ? LIMIT 20"
    reasons = tuple(
        reason if line is None else f"line {line}: {reason}" for line, reason in conn.execute(sql, (origin.origin_id,))
    )
    return Health(
        path=str(origin.source.path),
        format=origin.source.format,
        writable=is_writable(origin.source),
        skipped=skipped,
        duplicates=duplicates,
        replaced=replaced,
        incomplete=incomplete,
        other=other,
        done=done,
        total=total,
        reasons=reasons,
        warnings=tuple(origin.warnings),
    )
