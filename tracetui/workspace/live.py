"""Keep an index and the questions over it in step with sources that grow."""

from __future__ import annotations

import contextlib
import sqlite3
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from tracetui.errors import TracetuiError
from tracetui.model import Changes, Health
from tracetui.sources.store_cursor import is_copied_whole, is_cursor_of_copy
from tracetui.sources.tracetui_store import TracetuiStore
from tracetui.store.connection import closed_on_failure, open_index, open_read_only, remove_store
from tracetui.store.migrate import has_table
from tracetui.store.retention import list_dropped, newest_change
from tracetui.store.write import known_traces
from tracetui.workspace.indexer import MOST_STORES, Indexer, is_read_where_it_lies, read_health
from tracetui.workspace.location import Location, WriterLock, cannot_be_written, in_memory
from tracetui.workspace.opening import Opened
from tracetui.workspace.origin import Origin
from tracetui.workspace.readers import Base, Layout
from tracetui.workspace.resting import Known

if TYPE_CHECKING:
    from tracetui.sources.columns import Mapping

_ORIGINS = "SELECT path, origin_id, cursor, done, total FROM origins"
_UNKNOWN = (0, None, 0, 0)
_LOOK_S = 0.05
"""Seconds of a poll in which further files of a directory are recognised."""
_PATIENCE_S = 5.0
"""Seconds for which a source is waited for that another process has not begun to read."""


class Live:
    """Drives the indexer, or follows the one of another process, and says what changed since the last look."""

    def __init__(
        self,
        location: Location,
        opened: Opened,
        prices: str | None = None,
        mappings: Sequence[Mapping] = (),
    ) -> None:
        self.location = location
        self.sources = list(opened.sources)
        self._folders = list(opened.folders)
        self._prices = prices
        self._mappings = mappings
        self.lock = WriterLock(location.path)
        self._busy = threading.RLock()
        self._indexer: Indexer | None = None
        self._conn = self._open_index()
        self._seen_bases: dict[int, tuple[int, int]] = {}
        self._bases: dict[int, sqlite3.Connection] = {}
        self._numbers: dict[int, int] = {}
        self._known: tuple[int, int] | None = None
        self._followed: list[Origin] = []
        try:
            self._begin()
        except sqlite3.DatabaseError:
            if not self.lock.is_held or not self.discard_if_damaged():
                self.close()
                raise
            self._indexer = None
            self._conn.close()
            self._conn = self._open_anew()
            self._begin()
        self._notices = [self.location.notice] if self.location.notice else []

    def _begin(self) -> None:
        self._become_writer()
        self._recall()
        # Before any question: what is there now is no change, and what comes after it is one.
        self._seen_index = self._newest(self._conn)
        self.layout()  # asks the tables that questions begin with, so that what is damaged there shows here

    def _recall(self) -> None:
        """Tell the directories which of their files the index has read."""
        if self._folders:
            read = self._conn.execute("SELECT path, format, cursor FROM origins WHERE cursor IS NOT NULL")
            known = {path: Known(format, cursor) for path, format, cursor in read}
            for folder in self._folders:
                folder.recall(known)

    def _open_index(self) -> sqlite3.Connection:
        """Open the index for writing its tables; one that is damaged, or not ours, is made anew."""
        path = self.location.path
        try:
            with closed_on_failure(open_index(self.location.write_uri, writable=True)) as conn:
                conn.execute("SELECT count(*) FROM traces, origins LIMIT 1")
            return conn
        except sqlite3.DatabaseError:
            if path is None or not self.lock.acquire():
                raise
            remove_store(path)
            return self._open_anew()

    def _open_anew(self) -> sqlite3.Connection:
        """Make an index where there is none; in memory where the disk has no room for it."""
        try:
            if self.location.path is not None:
                self.location.path.touch(mode=0o600)
            return open_index(self.location.write_uri, writable=True)
        except (OSError, sqlite3.OperationalError) as error:
            self.lock.release()
            self.location = in_memory(cannot_be_written(error))
            self.lock = WriterLock(None)
            return open_index(self.location.write_uri, writable=True)

    def _become_writer(self) -> Indexer | None:
        if self._indexer is None and self.lock.acquire():
            self._indexer = Indexer(self._conn, self.sources, self._prices, self._mappings)
        return self._indexer

    def _look_into_folders(self) -> bool:
        """Open some more files of the directories; whether some are left."""
        for folder in self._folders:
            for source in folder.find(_LOOK_S):
                self.sources.append(source)
                if self._indexer is not None:
                    self._indexer.add(source)
        return any(folder.is_waiting for folder in self._folders)

    @property
    def folders(self) -> list[Path]:
        """The directories among what was opened."""
        return [folder.path for folder in self._folders]

    def path_of(self, origin_id: int) -> Path | None:
        """Where the source with this number in the index lies."""
        with self._busy:
            row = self._conn.execute("SELECT path FROM origins WHERE origin_id = ?", (origin_id,)).fetchone()
        return None if row is None else Path(row[0])

    @property
    def origins(self) -> list[Origin]:
        """The sources with their numbers in the index."""
        if self._indexer is not None:
            return self._indexer.origins
        known = (self._data_version(self._conn), len(self.sources))
        if known != self._known:
            self._known, self._followed = known, self._load_origins()
        return self._followed

    def _load_origins(self) -> list[Origin]:
        """The sources as the process that writes the index knows them."""
        rows = {row[0]: row[1:] for row in self._conn.execute(_ORIGINS)}
        found = []
        here = 0
        for source in self.sources:
            number, cursor, done, total = rows.get(str(source.path), _UNKNOWN)
            origin = Origin(number, source, cursor)
            origin.done, origin.total = done, total
            found.append(origin)
            if isinstance(source, TracetuiStore):
                source.is_copied = is_cursor_of_copy(cursor) or here >= MOST_STORES
                here += not source.is_copied
        return found

    def layout(self) -> Layout:
        """What the views of questions are to be made of now."""
        bases = []
        for origin in self._attached():
            conn = self._base(origin)
            has_traces = conn.execute("SELECT 1 FROM traces LIMIT 1").fetchone() is not None
            has_weights = has_table(conn, "weights")
            number = self._numbers[origin.origin_id]
            bases.append(Base(origin.origin_id, origin.source.path, has_traces, has_weights, number))
        has_index = self._conn.execute("SELECT 1 FROM main.traces LIMIT 1").fetchone() is not None
        has_weights = self._conn.execute("SELECT 1 FROM main.weights LIMIT 1").fetchone() is not None
        return Layout(tuple(bases), has_index, len(bases) == len(self.sources), has_weights)

    def _attached(self) -> list[Origin]:
        """The stores that are read where they lie, and where there is room, those whose copy is not complete yet. Of one
        that cannot be read to its end there is what could be copied: asked itself, it would fail every question."""
        stores = [
            origin for origin in self.origins
            if isinstance(origin.source, TracetuiStore) and not origin.source.is_lost
        ]  # fmt: skip
        here = [origin for origin in stores if is_read_where_it_lies(origin.source)]
        behind = [
            origin for origin in stores
            if origin not in here and not origin.has_failed and not is_copied_whole(origin.cursor)
        ]  # fmt: skip
        return [*here, *behind][:MOST_STORES]

    def _base(self, origin: Origin) -> sqlite3.Connection:
        number = origin.source.number if isinstance(origin.source, TracetuiStore) else 0
        if self._numbers.get(origin.origin_id) != number:
            conn = open_read_only(origin.source.path)
            if origin.origin_id in self._bases:
                self._bases[origin.origin_id].close()
            self._bases[origin.origin_id] = conn
            self._numbers[origin.origin_id] = number
            self._seen_bases[origin.origin_id] = (self._data_version(conn), newest_change(conn))
            with self._busy:
                if self._indexer is not None:
                    # The index may have copies of traces that left the store while nobody looked.
                    self._indexer.forget_fresh(origin, list_dropped(conn))
        return self._bases[origin.origin_id]

    @staticmethod
    def _data_version(conn: sqlite3.Connection) -> int:
        return int(conn.execute("PRAGMA data_version").fetchone()[0])

    def poll(self, seconds: float, *, defer_prices: bool = False) -> Changes:
        """Index what is new for about `seconds`, and say which traces changed since the last poll."""
        with self._busy:
            notices, self._notices = self._notices, []
            was_writer = self._indexer is not None
            indexer = self._become_writer()
            touched = set() if was_writer else self._written_elsewhere()
            is_idle = not self._look_into_folders()
            if indexer is not None:
                step = indexer.step(seconds, defer_prices=defer_prices, in_turn=defer_prices or not is_idle)
                notices += step.notices
                touched |= step.trace_ids
                is_idle = is_idle and step.is_idle
            origins = self.origins
            for origin in origins:
                if is_read_where_it_lies(origin.source):
                    touched |= self._poll_base(origin, indexer)
            if indexer is not None and touched and indexer.copy_shared(touched, notices):
                is_idle = False
            done = sum(origin.done for origin in origins)
            total = sum(max(origin.total, origin.done) for origin in origins)
            return Changes(bool(touched or notices), frozenset(touched), tuple(notices), not is_idle, done, total)

    def _written_elsewhere(self) -> set[str]:
        """The traces of the index that the process that writes it changed since the last look."""
        # In this order: what it writes in between is seen the next time.
        newest = self._newest(self._conn)
        touched = self._changed_since(self._conn, self._seen_index)
        self._seen_index = newest
        return touched

    def _poll_base(self, origin: Origin, indexer: Indexer | None) -> set[str]:
        """Traces of a store that tracetui itself rolled up, that left it, or that were rated, since the last look."""
        try:
            if (other := self._other_base(origin)) is not None:
                return other
            conn = self._base(origin)
            version = self._data_version(conn)
            seen_version, seen_change = self._seen_bases[origin.origin_id]
            if version == seen_version:
                return set()
            newest = newest_change(conn)
            touched = self._changed_since(conn, seen_change) | list_dropped(conn, seen_change)
            stale = known_traces(conn, touched, table="stale")
            recent = conn.execute("SELECT trace_id FROM scores ORDER BY rowid DESC LIMIT 50").fetchall()
        except (sqlite3.Error, TracetuiError):
            # Asked again at the next poll; what is wrong with the store is said where it is read as a source.
            return set()
        if indexer is not None:
            indexer.forget_fresh(origin, touched - stale)
        self._seen_bases[origin.origin_id] = (version, newest)
        return touched | {trace_id for (trace_id,) in recent}

    def _other_base(self, origin: Origin) -> set[str] | None:
        """The traces of a store that took the place of another, and those of that one; None where it is the same.
        Raises SourceVanished, UnreadableSource."""
        assert isinstance(origin.source, TracetuiStore)
        origin.source.look()
        before = self._bases.get(origin.origin_id)
        if before is None or self._numbers[origin.origin_id] == origin.source.number:
            return None
        touched: set[str] = set()
        with contextlib.suppress(sqlite3.Error):
            touched = self._changed_since(before, -1)
        return touched | self._changed_since(self._base(origin), -1)

    @staticmethod
    def _newest(conn: sqlite3.Connection) -> int:
        return int(conn.execute("SELECT coalesce(max(changed), 0) FROM traces").fetchone()[0])

    @staticmethod
    def _changed_since(conn: sqlite3.Connection, change: int) -> set[str]:
        return {row[0] for row in conn.execute("SELECT trace_id FROM traces WHERE changed > ?", (change,))}

    def catch_up(self, progress: Callable[[Changes], None] | None = None) -> Changes:
        """Index until nothing is left, with prices; another process that is already at it is waited for."""
        for folder in self._folders:
            folder.look_again()
        deadline = time.monotonic() + _PATIENCE_S
        while True:
            changes = self.poll(0.2)
            if progress is not None:
                progress(changes)
            if not changes.indexing and self._is_current(is_patient=time.monotonic() < deadline):
                return changes
            if not self.lock.is_held:
                threading.Event().wait(0.05)

    def _is_current(self, *, is_patient: bool) -> bool:
        """Whether there is nothing to wait for: this process writes, or the writer has read everything. A source of
        which it has not read anything yet may hold nothing: that is waited for while `is_patient`."""
        if self.lock.is_held:
            return True
        rows = self._conn.execute("SELECT path, cursor, done < total FROM origins").fetchall()
        if len(rows) < len(self.sources) or any(is_behind for _, _, is_behind in rows):
            return False
        unread = {path for path, cursor, _ in rows if cursor is None}
        return not is_patient or not any(
            str(source.path) in unread and not isinstance(source, TracetuiStore) and source.changed(None)
            for source in self.sources
        )

    def index(self, action: Callable[[sqlite3.Connection], None]) -> None:
        """Do something to the index at once, where this process may write it."""
        with self._busy:
            if self._indexer is not None:
                action(self._conn)

    def skipped(self) -> int:
        """How many records could not be read, of all sources together."""
        with self._busy:
            return int(self._conn.execute("SELECT coalesce(sum(skipped), 0) FROM origins").fetchone()[0])

    def health(self) -> list[Health]:
        """How reading each source went."""
        with self._busy:
            return [read_health(self._conn, origin) for origin in self.origins]

    def discard_if_damaged(self) -> bool:
        """Throw the index away where its pages are damaged, as after a loss of power; whether that was so."""
        path = self.location.path
        if path is None:
            return False
        try:
            with self._busy:
                is_sound = self._conn.execute("PRAGMA main.quick_check(1)").fetchone()[0] == "ok"
        except sqlite3.DatabaseError:
            is_sound = False
        if not is_sound:
            remove_store(path)
        return not is_sound

    def close(self) -> None:
        """Stop; the index stays for the next time."""
        with self._busy:
            self._conn.close()
            for conn in self._bases.values():
                conn.close()
            self.lock.release()
