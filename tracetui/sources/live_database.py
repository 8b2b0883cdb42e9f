"""What the SQLite stores of other tools have in common: the tool may be running and writing while we look.

Reading never holds anything: each query is bounded, fetched whole and over before its rows are thought about. Whether
anything is new is asked with `PRAGMA data_version`. Judgements are compared row by row with those that were read
before, so that an edit and a deletion by the tool show like a new one.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar, TypeAlias, TypeVar

import msgspec
from msgspec import Struct

from tracetui.errors import NotWritable, SourceVanished, UnreadableSource
from tracetui.model import Payload, Score, Span
from tracetui.sources.base import Batch, Description, Reference, Saved
from tracetui.sources.cursors import dump_position, parse_position
from tracetui.sources.sidecar import SidecarScores
from tracetui.store.connection import explain_sqlite_error, file_uri, open_read_only

FIRST_ROWS, ROWS = 50, 500
LOCK_WAIT_S = 5.0
_KNOWN_KEPT = 2_000
Parameters: TypeAlias = Sequence[Any]
_Result = TypeVar("_Result")


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


class LiveDatabase:
    """One database of another tool, opened read-only. Raises UnreadableSource where it cannot be read."""

    format: ClassVar[str]

    def __init__(self, path: Path) -> None:
        self.path = path
        self._conn = self._open()
        self._sidecar = SidecarScores(path)
        self._seen_version = -1
        self._known: dict[str, tuple[str, str]] | None = None
        self._judgements_mark: object = None
        self._columns = self._find_columns()

    def _open(self) -> sqlite3.Connection:
        conn = open_read_only(self.path)
        conn.text_factory = _text
        return conn

    def _find_columns(self) -> dict[str, frozenset[str]]:
        sql = "SELECT m.name, c.name FROM sqlite_master AS m, pragma_table_info(m.name) AS c WHERE m.type = 'table'"
        found: dict[str, set[str]] = {}
        for table, column in self.rows(sql):
            found.setdefault(table, set()).add(column)
        return {table: frozenset(columns) for table, columns in found.items()}

    def has(self, table: str, *columns: str) -> bool:
        """Whether the database has this table, with these columns."""
        return table in self._columns and self._columns[table].issuperset(columns)

    def column(self, table: str, alias: str, name: str) -> str:
        """SQL for a column that an older or newer version of the tool may not have."""
        return f"{alias}.{name}" if self.has(table, name) else "NULL"

    def rows(self, sql: str, parameters: Parameters = ()) -> list[tuple[Any, ...]]:
        """All rows of one query, fetched and over. Raises UnreadableSource."""
        return fetch_rows(self._conn, self.path, sql, parameters)

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

    def take_back(self, conn: sqlite3.Connection, score: Score) -> str | None:
        """Take a score back within an open transaction; None where it is not there."""
        raise NotImplementedError

    def is_same(self, position: Position) -> bool:
        """Whether the rows read before are still what they were."""
        raise NotImplementedError

    def place_of_scores(self) -> str:
        """A phrase that says where scores go."""
        raise NotImplementedError

    def notes(self) -> Iterable[str]:
        """Sentences for `info`."""
        return ()

    # The Source protocol.

    @property
    def is_writable(self) -> bool:
        """Whether the file, and the folder for its journal, can be written."""
        return os.access(self.path, os.W_OK) and os.access(self.path.parent, os.W_OK)

    def describe(self) -> Description:
        """Say what was recognised and where scores go."""
        place = self.place_of_scores() if self.is_writable else self._sidecar.place()
        return Description(
            str(self.path), self.format, self.is_writable or self._sidecar.writable, place, notes=tuple(self.notes())
        )

    def changed(self, cursor: str | None) -> bool:
        """Whether any program committed since the last read, the file is another one, or a score lies beside it."""
        position = parse_position(cursor, Position())
        return (
            self._identity() != position.file
            or self._version() != self._seen_version
            or self._sidecar.changed(position.sidecar)
        )

    def _version(self) -> int:
        return int(self.rows("PRAGMA data_version")[0][0])

    def _identity(self) -> tuple[int, int]:
        try:
            found = self.path.stat()
        except OSError as error:
            raise SourceVanished(f"{self.path}: the file is gone; what is on the screen is all that is left") from error
        return found.st_dev, found.st_ino

    def read(self, cursor: str | None) -> Iterator[Batch]:
        """Read new spans, spans that changed, and judgements."""
        position = parse_position(cursor, Position())
        notice = self._look_for_replacement(position)
        if notice is not None:
            position = Position(sidecar=position.sidecar)
            self._known = None
        position.file = self._identity()
        self._seen_version = self._version()
        is_first = cursor is None or notice is not None
        for batch in self.read_spans(position, is_first=is_first):
            yield msgspec.structs.replace(batch, reset=True, notice=notice) if notice else batch
            notice = None
        yield self._judgement_batch(position, notice)
        for change in self._sidecar.read(position.sidecar):
            position.sidecar = change.cursor
            yield self._sidecar.batch(change, dump_position(position), position.count, position.count)

    def batch(self, position: Position, **given: Any) -> Batch:
        """A batch with the position as it is now."""
        given.setdefault("total", position.count)
        return Batch(dump_position(position), min(position.count, given.pop("done", position.count)), **given)

    def _look_for_replacement(self, position: Position) -> str | None:
        """A sentence where what was read before is no longer what is there."""
        if position.file == (0, 0):
            return None
        if self._identity() != position.file:
            self._conn.close()
            self._conn = self._open()
            self._columns = self._find_columns()
            return f"{self.path.name} was replaced: read again from the start"
        if not self.is_same(position):
            return f"{self.path.name}: traces were deleted: read again from the start"
        return None

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
        self._identity()
        conn = self._open()
        try:
            found = self.load_payload(conn, span, reference)
        except sqlite3.Error as error:
            raise UnreadableSource(explain_sqlite_error(self.path, error)) from error
        finally:
            conn.close()
        if found is None:
            raise UnreadableSource(f"{self.path}: the span {span.span_id} is gone; it was deleted since it was read")
        return found

    def write_score(self, score: Score) -> Saved:
        """Save where the tool itself keeps judgements. Raises NotWritable."""
        if not self.is_writable:
            return self._sidecar.write(score)
        return Saved(score, self.transact(lambda conn: self.save(conn, score)))

    def retract_score(self, score: Score) -> Saved:
        """Take a score back; the one that it superseded is current again. Raises NotWritable."""
        if not self.is_writable:
            return self._sidecar.retract(score)
        place = self.transact(lambda conn: self.take_back(conn, score))
        return Saved(score, place) if place is not None else self._sidecar.retract(score)

    def transact(self, action: Callable[[sqlite3.Connection], _Result]) -> _Result:
        """Do something in one short transaction, waiting some seconds for a lock. Raises NotWritable."""
        conn = sqlite3.connect(file_uri(self.path, "rw"), uri=True, timeout=LOCK_WAIT_S)
        conn.isolation_level = None
        try:
            is_wal = conn.execute("PRAGMA journal_mode").fetchone()[0] == "wal"
            conn.execute("PRAGMA foreign_keys = ON")
            conn.execute("PRAGMA wal_autocheckpoint = 0")
            conn.execute(f"PRAGMA synchronous = {'NORMAL' if is_wal else 'FULL'}")
            conn.execute("BEGIN IMMEDIATE")
            result = action(conn)
            conn.execute("COMMIT")
        except sqlite3.Error as error:
            raise NotWritable(f"{self.path}: the score was not saved ({error}); try again") from error
        finally:
            conn.close()
        if is_wal:
            self._sync_log()
        return result

    def _sync_log(self) -> None:
        """Put the write-ahead log on disk after the lock is given back: a disk can take longer than the tool waits."""
        try:
            descriptor = os.open(f"{self.path}-wal", os.O_RDONLY)
        except FileNotFoundError:
            return  # SQLite has merged the log into the file, and has put that on disk itself
        try:
            os.fsync(descriptor)
        except OSError as error:
            raise NotWritable(f"{self.path}: the score may not be on disk ({error.strerror}); save it again") from error
        finally:
            os.close(descriptor)

    def close(self) -> None:
        """Close the connection."""
        self._conn.close()


def fetch_rows(conn: sqlite3.Connection, path: Path, sql: str, parameters: Parameters = ()) -> list[tuple[Any, ...]]:
    """All rows of one query. Raises UnreadableSource."""
    try:
        return conn.execute(sql, parameters).fetchall()
    except sqlite3.Error as error:
        raise UnreadableSource(explain_sqlite_error(path, error)) from error


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "replace")
