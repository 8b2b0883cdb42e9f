"""Scores of a SQLite source: in a table `tracetui_scores` of the same file, or beside it where it cannot be written.

The table is made when the first score is saved, and nothing else of the file is ever touched.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

from msgspec import Struct
from msgspec.structs import replace

from tracetui.model import Score
from tracetui.sources.base import Batch, Saved
from tracetui.sources.sidecar import SidecarScores, unread_scores
from tracetui.sources.sqlite_write import can_be_written, transact
from tracetui.store.schema import SCORES_TABLE
from tracetui.store.scores import read_scores_since, retract_score, save_score

TABLE = "tracetui_scores"
Action: TypeAlias = Callable[[sqlite3.Connection], None]


class FoundScores(Struct, frozen=True):
    """Scores in the order of saving, the ids of those taken back, and how far what lies beside was read."""

    scores: tuple[Score, ...]
    retracted: tuple[str, ...]
    beside: str | None
    bad_lines: int = 0

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to tell."""
        return not (self.scores or self.retracted or self.bad_lines)

    def added_to(self, batch: Batch) -> Batch:
        """A batch with these scores too, and with what is said of lines beside the file that could not be read."""
        bad = self.bad_lines
        return replace(
            batch,
            scores=batch.scores + self.scores,
            retracted=self.retracted,
            skipped=batch.skipped + unread_scores(bad),
            skipped_count=batch.skipped_count + bad,
        )


class SqliteScores:
    """The scores of one database. `is_inside` False keeps them beside the file, whether it can be written or not."""

    def __init__(self, path: Path, *, is_inside: bool = True) -> None:
        self._path = path
        self._is_inside = is_inside
        self._sidecar = SidecarScores(path)

    @property
    def writable(self) -> bool:
        """Whether there is a place for a score."""
        return self.goes_inside or self._sidecar.writable

    def place(self) -> str:
        """Where a score would go now, as a phrase for the user."""
        return f"table {TABLE} in {self._path.name}" if self.goes_inside else self._sidecar.place()

    @property
    def goes_inside(self) -> bool:
        """Whether a score would go into the database itself."""
        return self._is_inside and can_be_written(self._path)

    def changed_beside(self, cursor: str | None) -> bool:
        """Whether scores beside the file are new since `cursor`; those inside are told by the database itself."""
        return self._sidecar.changed(cursor)

    def read(self, conn: sqlite3.Connection, beside: str | None = None) -> FoundScores:
        """All scores inside (they are few, and an index takes each only once), those beside it from `beside` on."""
        scores: list[Score] = []
        retracted: list[str] = []
        bad_lines = 0
        for change in self._sidecar.read(beside):
            beside = change.cursor
            bad_lines += change.bad_lines
            scores += change.scores
            retracted += change.retracted
        if self._is_inside and conn.execute("SELECT 1 FROM sqlite_master WHERE name = ?", (TABLE,)).fetchone():
            scores += [score for _, score, _ in read_scores_since(conn, TABLE, 0)]
            sql = f"SELECT id FROM {TABLE} WHERE retracted_ns IS NOT NULL"
            retracted += [score_id for (score_id,) in conn.execute(sql)]
        return FoundScores(tuple(scores), tuple(retracted), beside, bad_lines)

    def write(self, score: Score, also: Action | None = None) -> Saved:
        """Save a score durably; `also` is done in the same transaction where it goes inside. Raises NotWritable."""
        if not self.goes_inside:
            return self._sidecar.write(score)
        return self._write(score, lambda conn: save_score(conn, TABLE, score), also)

    def retract(self, score: Score, also: Action | None = None) -> Saved:
        """Take a score back; its row or line stays as history. Raises NotWritable."""
        if not self.goes_inside or self._sidecar.holds(score):
            return self._sidecar.retract(score)
        return self._write(score, lambda conn: retract_score(conn, TABLE, score.id, time.time_ns()), also)

    def _write(self, score: Score, action: Action, also: Action | None) -> Saved:
        def write(conn: sqlite3.Connection) -> None:
            for statement in SCORES_TABLE.format(table=TABLE).split(";"):
                conn.execute(statement)
            action(conn)
            if also is not None:
                also(conn)

        transact(self._path, write)
        return Saved(score, self.place())
