"""Stores of earlier versions are read as they are, and brought up to date when they are written."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tracetui.errors import UnreadableSource
from tracetui.store.connection import open_store
from tracetui.store.schema import STORE_VERSION
from tracetui.workspace import open_workspace


def written_before(path: Path, undo: str) -> Path:
    """A store as an earlier version laid it, which `undo` makes of one of today, with a span of another program."""
    open_store(path).close()
    conn = sqlite3.connect(path)
    conn.executescript(undo)
    conn.execute("INSERT INTO spans (trace_id, span_id, name, start_ns, end_ns) VALUES ('t', 's', 'old', 1, 2)")
    conn.commit()
    conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    conn.close()
    return path


@pytest.fixture
def old_store(tmp_path: Path) -> Path:
    """A store of version 1 with one span, as another program would have written it."""
    return written_before(
        tmp_path / "old.db", "ALTER TABLE spans DROP COLUMN cache_write_1h_tokens; PRAGMA user_version = 1"
    )


def test_an_older_store_is_read_without_being_changed(old_store: Path) -> None:
    before = old_store.read_bytes()
    with open_workspace([old_store], wait=True) as workspace:
        assert [node.span.name for node in workspace.tree("t").nodes] == ["old"]
    assert old_store.read_bytes() == before


def test_a_score_brings_an_older_store_up_to_date(old_store: Path) -> None:
    with open_workspace([old_store], wait=True) as workspace:
        workspace.score("t", None, "user_rating", value=1)
        assert [node.span.name for node in workspace.tree("t").nodes] == ["old"]
    with closing(sqlite3.connect(old_store)) as conn, conn:
        assert conn.execute("PRAGMA user_version").fetchone() == (STORE_VERSION,)
        assert conn.execute("SELECT cache_write_1h_tokens FROM spans").fetchone() == (None,)


def test_a_store_that_tracetui_rolled_up_is_read_from_its_own_tables(old_store: Path, tmp_path: Path) -> None:
    open_store(old_store).close()
    with open_workspace([old_store], wait=True) as workspace:
        assert workspace.stats()["spans"] == 1


@pytest.fixture
def store_of_version_2(tmp_path: Path) -> Path:
    """A store as it was before there were weights."""
    return written_before(tmp_path / "two.db", "DROP TABLE weights; DROP TABLE dropped; PRAGMA user_version = 2")


def test_a_store_without_weights_is_read_as_it_is(store_of_version_2: Path) -> None:
    before = store_of_version_2.read_bytes()
    with open_workspace([store_of_version_2], wait=True) as workspace:
        assert workspace.stats()["spans"] == 1
        assert [trace.weight for trace in workspace.traces()] == [None]
    assert store_of_version_2.read_bytes() == before


def test_a_store_without_weights_gets_them_when_it_is_written(store_of_version_2: Path) -> None:
    with open_workspace([store_of_version_2], wait=True) as workspace:
        open_store(store_of_version_2).close()
        workspace.catch_up()
        assert workspace.stats()["spans"] == 1
    with closing(sqlite3.connect(store_of_version_2)) as conn, conn:
        assert conn.execute("SELECT count(*) FROM weights").fetchone() == (0,)


def test_a_newer_store_is_refused(store_of_version_2: Path) -> None:
    with closing(sqlite3.connect(store_of_version_2)) as conn, conn:
        conn.execute(f"PRAGMA user_version = {STORE_VERSION + 1}")
    with pytest.raises(UnreadableSource, match="upgrade tracetui"):
        open_workspace([store_of_version_2], wait=True)
