"""What all SQLite stores of other tools have in common: they are followed while the tool writes them, read group by
group, and never changed, except that scores may go into a table of our own.

A *group* is what a tool writes together and one reading gives whole: a conversation, a session, a result. A format is a
subclass that says which tables tell of new and changed groups (`watched`) and what one group gives (`read_group`).
A group that grew is read again and replaces what was known of it.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, ClassVar

import msgspec
from msgspec import Struct

from tracetui.errors import UnreadableSource
from tracetui.model import Payload, Score, Span
from tracetui.sources.base import Batch, Description, Reference, Saved, Skipped
from tracetui.sources.cursors import parse_position
from tracetui.sources.head import Head
from tracetui.sources.sqlite_followed import FollowedDatabase
from tracetui.sources.sqlite_read import Database, data_version, identity_of, one_look
from tracetui.sources.sqlite_scores import SqliteScores
from tracetui.sources.sqlite_watch import Place, Watched, changed_keys, is_lost, new_keys, place_of
from tracetui.store.connection import explain_sqlite_error

SKIPS_KEPT = 200
_FIRST_ROWS, _ROWS = 20, 1_000
_SPANS_IN_BATCH = 2_000
_KEPT = 5_000


class Entry(Struct, frozen=True):
    """One span of a group, and what loads its payload while the group is at hand."""

    span: Span
    payload: Callable[[], Payload]


class Group:
    """What reading one group gave."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self.scores: list[Score] = []
        self.skipped: dict[tuple[str, int | None], str] = {}

    def add(self, span: Span, payload: Callable[[], Payload]) -> None:
        """A span; `payload` is only called when somebody looks at it."""
        self.entries.append(Entry(span, payload))

    def skip(self, table: str, row: int | None, reason: str) -> None:
        """A row that gave nothing, or less than it should."""
        self.skipped.setdefault((table, row), reason)


class Position(Struct):
    """The cursor: which file, how far each table was read, groups that have not ended, rows known as skipped, and
    how far the scores beside the file were read."""

    file: tuple[int, int] = (0, 0)
    places: dict[str, Place] = {}
    running: list[Any] = []
    skips: list[tuple[str, int | None]] = []
    beside: str | None = None


class SqliteFile(FollowedDatabase):
    """One database of another tool. Raises UnreadableSource where it cannot be read."""

    format: ClassVar[str]
    watched: tuple[Watched, ...]
    """The tables that tell of new and changed groups; a class variable, or found out when the file is opened."""
    scores_inside: ClassVar[bool] = False
    """Whether scores go into `tracetui_scores` of the same file, or beside it."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self._scores = SqliteScores(path, is_inside=self.scores_inside)
        self._given: dict[Any, int] = {}

    @staticmethod
    def recognise(head: Head) -> bool:
        """Whether a database is of this format."""
        raise NotImplementedError

    def read_group(self, db: Database, key: Any) -> Group:
        """All spans of one group as they are now, all its traces whole. Raises only sqlite3.Error."""
        raise NotImplementedError

    def key_of(self, span: Span) -> str:
        """The key of the group in which a span was."""
        return span.trace_id

    def keys_read(self, db: Database, keys: list[Any]) -> list[Any]:
        """The keys under which groups are read, for the keys that the watched tables gave."""
        return keys

    def describe(self) -> Description:
        """Say what was recognised and where scores go."""
        return Description(
            str(self.path), self.format, self._scores.writable, self._scores.place(), notes=self.notes_now()
        )

    def changed(self, cursor: str | None) -> bool:
        """Whether any program committed since the last read, the file is another one, or there are new scores."""
        position = parse_position(cursor, Position())
        return self.has_news(position.file) or self._scores.changed_beside(position.beside)

    def read(self, cursor: str | None) -> Iterator[Batch]:
        """Read groups that are new or changed, then scores."""
        position = parse_position(cursor, Position())
        try:
            notice = self._look_for_replacement(position)
            position = Position(file=identity_of(self.path)) if notice or cursor is None else position
            version = data_version(self._conn)
            for batch in self._read(position, is_first=notice is not None or cursor is None):
                yield msgspec.structs.replace(batch, reset=True, notice=notice) if notice else batch
                notice = None
            self._seen_version = version
        except sqlite3.Error as error:
            raise UnreadableSource(explain_sqlite_error(self.path, error)) from error

    def _look_for_replacement(self, position: Position) -> str | None:
        """A sentence where what was read before is no longer what is there."""
        if (replaced := self.reopen_if_replaced(position.file)) is not None:
            self._given.clear()
            return replaced
        db = Database(self._conn)
        known = [(watched, position.places.get(watched.table, Place())) for watched in self.watched]
        lost = next((watched.table for watched, place in known if is_lost(db, watched, place)), None)
        if lost is None:
            return None
        self._given.clear()
        return f"{self.path.name}: rows of {lost} were deleted: read again from the start"

    def _read(self, position: Position, *, is_first: bool) -> Iterator[Batch]:
        db = Database(self._conn)
        places = {watched.table: place_of(db, watched) for watched in self.watched if watched.is_in(db)}
        total = sum(place.rows for place in places.values())
        reading = _Reading(self, db, position, total, is_first=is_first)
        running, position.running = position.running, []
        yield from reading.take(running)
        for watched in self.watched:
            if watched.table not in places:
                continue
            known = position.places.get(watched.table, Place())
            yield from reading.take(changed_keys(db, watched, known))
            size = _FIRST_ROWS if is_first else _ROWS
            for last, keys in new_keys(db, watched, known.last, places[watched.table].last, size, _ROWS):
                yield from reading.take(keys)
                position.places[watched.table] = Place(last, stamp=known.stamp)
                yield reading.flush(last)
            position.places[watched.table] = places[watched.table]
        yield from self._finish(reading, position, is_first)

    def _finish(self, reading: _Reading, position: Position, is_first: bool) -> Iterator[Batch]:
        found = self._scores.read(self._conn, position.beside)
        position.beside = found.beside
        batch = reading.flush(reading.total)
        if is_first or batch.spans or batch.skipped or not found.is_empty:
            yield found.added_to(batch)

    def payload(self, span: Span, reference: Reference, joined: tuple[Reference, ...] = ()) -> Payload:
        """Load the group of the span again. Raises SourceVanished, UnreadableSource."""
        identity_of(self.path)
        with one_look(self.path) as conn:
            db = Database(conn)
            with db.snapshot():
                for entry in self.read_group(db, self.key_of(span)).entries:
                    if entry.span.span_id == span.span_id and entry.span.trace_id == span.trace_id:
                        return entry.payload()
        raise UnreadableSource(f"{self.path}: the rows of span {span.span_id} are gone")

    def write_score(self, score: Score) -> Saved:
        """Save a score where scores of this format go. Raises NotWritable."""
        return self._scores.write(score)

    def retract_score(self, score: Score) -> Saved:
        """Take a score back; history stays. Raises NotWritable."""
        return self._scores.retract(score)

    def is_news(self, key: Any, group: Group) -> bool:
        """Whether a group gives something else than it did when it was last read here; remembers it."""
        mark = hash(msgspec.msgpack.encode([[entry.span for entry in group.entries], group.scores]))
        is_news = self._given.get(key) != mark
        if len(self._given) < _KEPT or key in self._given:
            self._given[key] = mark
        return is_news


class _Reading:
    """Collects groups into batches during one read."""

    def __init__(self, source: SqliteFile, db: Database, position: Position, total: int, *, is_first: bool) -> None:
        self._source, self._db, self._position = source, db, position
        self._is_first = is_first
        self.total, self._done = total, 0
        self._seen: set[Any] = set()
        self._known_skips = {tuple(skip) for skip in position.skips}
        self._start()

    def _start(self) -> None:
        self._spans: list[Span] = []
        self._scores: list[Score] = []
        self._skipped: list[Skipped] = []

    def take(self, keys: Iterable[Any]) -> Iterator[Batch]:
        """Read groups that were not read yet; full batches come out."""
        for key in self._source.keys_read(self._db, list(keys)):
            if key in self._seen:
                continue
            self._seen.add(key)
            self._read(key)
            if len(self._spans) >= _SPANS_IN_BATCH:
                yield self.flush()

    def _read(self, key: Any) -> None:
        with self._db.snapshot():
            group = self._source.read_group(self._db, key)
        if any(entry.span.end_ns is None for entry in group.entries) and len(self._position.running) < SKIPS_KEPT:
            self._position.running.append(key)
        for (table, row), reason in group.skipped.items():
            if (table, row) not in self._known_skips:
                self._known_skips.add((table, row))
                self._skipped.append(Skipped(row, f"{reason} (table {table})"))
                if len(self._position.skips) < _KEPT:
                    self._position.skips.append((table, row))
        if self._source.is_news(key, group):
            self._spans += [entry.span for entry in group.entries]
            self._scores += group.scores

    def flush(self, done: int = 0) -> Batch:
        """What was collected since the last batch; `done` rows were looked at, as far as is known."""
        self._done = min(max(done, self._done), self.total)
        spans = tuple(self._spans)
        batch = Batch(
            msgspec.json.encode(self._position).decode(),
            self._done,
            self.total,
            spans=spans,
            references=(Reference(0),) * len(spans),
            scores=tuple(self._scores),
            skipped=tuple(self._skipped[:SKIPS_KEPT]),
            skipped_count=len(self._skipped),
            forget=frozenset() if self._is_first else frozenset(span.trace_id for span in spans),
        )
        self._start()
        return batch
