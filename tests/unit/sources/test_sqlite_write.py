"""Ratings within somebody else's database: whole or not at all, and only where they stay."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tracetui.errors import NotWritable
from tracetui.model import Score
from tracetui.sources import sidecar, sqlite_write
from tracetui.sources.sqlite_scores import SqliteScores
from tracetui.sources.sqlite_write import transact

SCORE = Score("1", "t", None, "quality", 1.0, author="ada", time_ns=5)


@pytest.fixture(params=["DELETE", "WAL"])
def path(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    path = tmp_path / "calls.db"
    with closing(sqlite3.connect(path)) as conn:
        conn.execute(f"PRAGMA journal_mode = {request.param}")
        conn.execute("CREATE TABLE calls (id INTEGER PRIMARY KEY)")
    return path


@pytest.fixture
def writer(path: Path) -> Iterator[sqlite3.Connection]:
    """Another program with a transaction that does not end."""
    with closing(sqlite3.connect(path, isolation_level=None)) as conn:
        conn.execute("BEGIN IMMEDIATE")
        conn.execute("INSERT INTO calls VALUES (1)")
        yield conn


def tables(path: Path) -> list[str]:
    with closing(sqlite3.connect(path)) as conn:
        return [name for (name,) in conn.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")]


def test_a_lock_that_is_held_too_long_is_said_and_nothing_is_changed(
    path: Path, writer: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite_write, "LOCK_WAIT_S", 0)
    with pytest.raises(NotWritable, match=r"nothing was changed in it \(database is locked\); try again"):
        SqliteScores(path).write(SCORE)
    writer.execute("COMMIT")
    assert tables(path) == ["calls"]
    assert SqliteScores(path).write(SCORE).place == "table tracetui_scores in calls.db"


def test_what_fails_half_way_leaves_nothing_behind(path: Path) -> None:
    def fail(conn: sqlite3.Connection) -> None:
        conn.execute("INSERT INTO no_such_table VALUES (1)")

    with pytest.raises(NotWritable, match="no such table"):
        SqliteScores(path).write(SCORE, also=fail)
    assert tables(path) == ["calls"]


def test_a_database_that_went_away_is_said(path: Path) -> None:
    path.unlink()
    with pytest.raises(NotWritable, match="unable to open"):
        transact(path, lambda conn: conn.execute("SELECT 1"))
    assert not path.exists()


def test_no_rating_goes_into_a_file_whose_folder_cannot_hold_its_journal(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    has_access = os.access
    monkeypatch.setattr(
        os, "access", lambda at, mode: not (Path(at) == path.parent and mode & os.W_OK) and has_access(at, mode)
    )
    scores = SqliteScores(path)
    assert "cannot be written" in scores.place()
    scores.write(SCORE)
    assert tables(path) == ["calls"]


def test_a_rating_is_not_said_to_be_saved_in_what_came_through_a_pipe(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sidecar, "_FLEETING", {path.resolve()})
    assert not sqlite_write.can_be_written(path)


def test_a_rating_beside_is_taken_back_there_also_when_the_file_can_be_written_by_then(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as context:
        context.setattr(SqliteScores, "goes_inside", False)
        SqliteScores(path).write(SCORE)
    assert SqliteScores(path).retract(SCORE).place.endswith(".scores.jsonl")
    with closing(sqlite3.connect(path)) as conn:
        found = SqliteScores(path).read(conn)
    assert (found.scores, found.retracted) == ((SCORE,), (SCORE.id,))
