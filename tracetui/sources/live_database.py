"""What the SQLite stores of other tools have in common: the tool may be running and writing while we look.

Reading never holds anything: each query is bounded, fetched whole and over before its rows are thought about. Whether
anything is new is asked with `PRAGMA data_version`. Judgements are compared row by row with those that were read
before, so that an edit and a deletion by the tool show like a new one.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar, TypeAlias

import msgspec
from msgspec import Struct

from tracetui.errors import UnreadableSource
from tracetui.model import Payload, Score, Span
from tracetui.sources.base import Batch, Description, Reference, Saved
from tracetui.sources.cursors import dump_position, parse_position
from tracetui.sources.sidecar import SidecarScores
from tracetui.sources.sqlite_followed import NO_FILE, FollowedDatabase
from tracetui.sources.sqlite_read import identity_of, one_look, tables_of
from tracetui.sources.sqlite_watch import next_after
from tracetui.sources.sqlite_write import can_be_written, transact
from tracetui.store.connection import explain_sqlite_error

FIRST_ROWS, ROWS = 50, 500
_KNOWN_KEPT = 2_000
Parameters: TypeAlias = Sequence[Any]


class Position(Struct):
    """The cursor. `last` is the newest row id of the spans, `mark` the id of the span in that row, `count` how many
    spans were read; `extra` are further marks of a format; `known` the judgements read, row → (version, score id)."""

    file: tuple[int, int] = (0, 0)
    last: int = 0
    mark: str = ""
    count: int = 0
    extra: dict[str, int] = {}
    open_traces: list[str] = []
    known: dict[str, tuple[str, str]] = {}
    sidecar: str | None = None


class Judged(Struct, frozen=True):
    """A judgement as a row of the tool's own table: `row` names the row, `version` changes when it is edited.

    Without a score it is what it was when it was read before. `retracted` are ids of scores that the row held and that
    were taken back.
    """

    row: str
    version: str
    score: Score | None = None
    retracted: tuple[str, ...] = ()


class LiveDatabase(FollowedDatabase):
    """One database of another tool, opened read-only. Raises UnreadableSource where it cannot be read."""

    format: ClassVar[str]

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self._sidecar = SidecarScores(path)
        self._known: dict[str, tuple[str, str]] | None = None
        self._judgements_mark: object = None
        self._columns = self._find_columns()

    def _find_columns(self) -> Mapping[str, frozenset[str]]:
        try:
            return tables_of(self._conn)
        except sqlite3.Error as error:
            raise UnreadableSource(explain_sqlite_error(self.path, error)) from error

    def has(self, table: str, *columns: str) -> bool:
        """Whether the database has this table, with these columns."""
        return table in self._columns and self._columns[table].issuperset(columns)

    def column(self, table: str, alias: str, name: str) -> str:
        """SQL for a column that an older or newer version of the tool may not have."""
        return f"{alias}.{name}" if self.has(table, name) else "NULL"

    def rows(self, sql: str, parameters: Parameters = ()) -> list[tuple[Any, ...]]:
        """All rows of one query, fetched and over. Raises UnreadableSource."""
        try:
            return self._conn.execute(sql, parameters).fetchall()
        except sqlite3.Error as error:
            raise UnreadableSource(explain_sqlite_error(self.path, error)) from error

    def behind(self, before: int, last: int) -> int:
        """The row id behind which reading goes on. Raises UnreadableSource where damaged pages would never end."""
        try:
            return next_after(before, last)
        except sqlite3.DatabaseError as error:
            raise UnreadableSource(explain_sqlite_error(self.path, error)) from error

    # What a format says.

    def read_spans(self, position: Position, *, is_first: bool) -> Iterator[Batch]:
        """Batches of new and changed spans; moves `position` on before each batch is given."""
        raise NotImplementedError

    def judgements_mark(self) -> object:
        """Something cheap that differs when any judgement was added, edited or deleted."""
        raise NotImplementedError

    def read_judgements(self, known: Mapping[str, tuple[str, str]]) -> Iterable[Judged]:
        """All judgements there are now; one whose version is `known` may come without its score."""
        raise NotImplementedError

    def load_payload(self, conn: sqlite3.Connection, span: Span, reference: Reference) -> Payload | None:
        """What the span carried; None where its row is gone."""
        raise NotImplementedError

    def save(self, conn: sqlite3.Connection, score: Score) -> str:
        """Write a score within an open transaction; gives the name of the table. Raises sqlite3.Error, NotWritable."""
        raise NotImplementedError

    def take_back(self, conn: sqlite3.Connection, score: Score) -> str:
        """Take a score back within an open transaction; gives the name of the table."""
        raise NotImplementedError

    def is_same(self, position: Position) -> bool:
        """Whether the rows read before are still what they were."""
        raise NotImplementedError

    def place_of_scores(self) -> str:
        """A phrase that says where scores go."""
        raise NotImplementedError

    # The Source protocol.

    @property
    def is_writable(self) -> bool:
        """Whether a rating would go into the database itself."""
        return can_be_written(self.path)

    def describe(self) -> Description:
        """Say what was recognised and where scores go."""
        place = self.place_of_scores() if self.is_writable else self._sidecar.place()
        return Description(
            str(self.path), self.format, self.is_writable or self._sidecar.writable, place, notes=self.notes_now()
        )

    def changed(self, cursor: str | None) -> bool:
        """Whether any program committed since the last read, the file is another one, or a score lies beside it."""
        position = parse_position(cursor, Position())
        return self.has_news(position.file) or self._sidecar.changed(position.sidecar)

    def read(self, cursor: str | None) -> Iterator[Batch]:
        """Read new spans, spans that changed, and judgements."""
        position = parse_position(cursor, Position())
        notice = self.reopen_if_replaced(position.file)
        self._columns = self._find_columns()
        if notice is None and position.file != NO_FILE and not self.is_same(position):
            notice = f"{self.path.name}: traces were deleted: read again from the start"
        if notice is not None:
            self._doubt_judgements(position)
            position = Position()
        position.file = identity_of(self.path)
        version = self._version()
        is_first = cursor is None or notice is not None
        for batch in self.read_spans(position, is_first=is_first):
            yield msgspec.structs.replace(batch, reset=True, notice=notice) if notice else batch
            notice = None
        yield self._judgement_batch(position, notice)
        for change in self._sidecar.read(position.sidecar):
            position.sidecar = change.cursor
            yield self._sidecar.batch(change, dump_position(position), position.count, position.count)
        self._seen_version = version

    def batch(self, position: Position, **given: Any) -> Batch:
        """A batch with the position as it is now."""
        given.setdefault("total", position.count)
        return Batch(dump_position(position), min(position.count, given.pop("done", position.count)), **given)

    def _doubt_judgements(self, position: Position) -> None:
        """All judgements are given again; those that are gone meanwhile are still known as gone."""
        known = position.known if self._known is None else self._known
        self._known = {row: ("", score_id) for row, (_, score_id) in known.items()}
        self._judgements_mark = None

    def _judgement_batch(self, position: Position, notice: str | None) -> Batch:
        mark = self.judgements_mark()
        if self._known is not None and mark == self._judgements_mark:
            return self.batch(position, reset=notice is not None, notice=notice)
        before = self._known if self._known is not None else position.known
        now: dict[str, tuple[str, str]] = {}
        scores: list[Score] = []
        retracted: list[str] = []
        for judged in self.read_judgements(before):
            known = before.get(judged.row)
            if judged.score is not None:
                now[judged.row] = (judged.version, judged.score.id)
                if known is None or known[0] != judged.version:
                    scores.append(judged.score)
                    retracted += judged.retracted
            elif known is not None:
                now[judged.row] = known
        retracted += [score_id for row, (_, score_id) in before.items() if row not in now]
        self._known, self._judgements_mark = now, mark
        position.known = now if len(now) <= _KNOWN_KEPT else {}
        return self.batch(
            position, scores=tuple(scores), retracted=tuple(retracted), reset=notice is not None, notice=notice
        )

    def payload(self, span: Span, reference: Reference, joined: tuple[Reference, ...] = ()) -> Payload:
        """Load the row of the span again. Raises SourceVanished, UnreadableSource."""
        identity_of(self.path)
        with one_look(self.path) as conn:
            found = self.load_payload(conn, span, reference)
        if found is None:
            raise UnreadableSource(f"{self.path}: the span {span.span_id} is gone; it was deleted since it was read")
        return found

    def write_score(self, score: Score) -> Saved:
        """Save where the tool itself keeps judgements. Raises NotWritable."""
        if not self.is_writable:
            return self._sidecar.write(score)
        return Saved(score, transact(self.path, lambda conn: self.save(conn, score)))

    def retract_score(self, score: Score) -> Saved:
        """Take a score back; the one that it superseded is current again. Raises NotWritable."""
        if not self.is_writable or self._sidecar.holds(score):
            return self._sidecar.retract(score)
        return Saved(score, transact(self.path, lambda conn: self.take_back(conn, score)))
