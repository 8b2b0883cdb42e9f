"""Connections whose views follow the layout, whenever it changes."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from tracetui.store.connection import file_uri, open_index, open_store
from tracetui.workspace import readers
from tracetui.workspace.readers import Base, Layout, Readers


def store_of(path: Path, trace_id: str) -> Path:
    conn = open_store(path)
    conn.execute(
        "INSERT INTO traces (trace_id, name, start_ns, status, spans, generations, tool_calls, errors, refused, running,"
        " recorded_usd, computed_usd, priced, unpriced, changed) VALUES (?, 'x', 1, 'success', 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1)",
        (trace_id,),
    )
    conn.close()
    return path


@pytest.fixture
def index(tmp_path: Path) -> Path:
    path = tmp_path / "i.index"
    path.touch()
    open_index(file_uri(path, "rw"), writable=True).close()
    return path


def ids(conn: sqlite3.Connection) -> list[str]:
    return [row[0] for row in conn.execute("SELECT trace_id FROM traces ORDER BY 1")]


def test_a_layout_that_changes_while_views_are_laid_is_followed_at_the_next_use(
    index: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = Base(1, store_of(tmp_path / "one.db", "a"), True)
    two = Base(2, store_of(tmp_path / "two.db", "b"), True)
    pool = Readers(file_uri(index, "ro"), Layout((one,), False, True), lambda conn, second: None)
    lay = readers.make_views

    def lay_and_change(conn: sqlite3.Connection, layout: Layout, within: str | None = None) -> None:
        lay(conn, layout, within)
        monkeypatch.setattr(readers, "make_views", lay)
        pool.arrange(Layout((one, two), False, True))

    monkeypatch.setattr(readers, "make_views", lay_and_change)
    assert ids(pool.get()) == ["a"]
    assert ids(pool.get()) == ["a", "b"]
    pool.close()


def test_a_store_that_leaves_does_not_disturb_a_question_that_is_being_answered(index: Path, tmp_path: Path) -> None:
    one = Base(1, store_of(tmp_path / "one.db", "a"), True)
    two = Base(2, store_of(tmp_path / "two.db", "b"), True)
    pool = Readers(file_uri(index, "ro"), Layout((one, two), False, True), lambda conn, second: None)
    answers = pool.get().execute("SELECT trace_id FROM traces ORDER BY 1")
    assert answers.fetchone() == ("a",)
    pool.arrange(Layout((two,), False, True))
    assert ids(pool.get()) == ["b"]
    assert answers.fetchall() == [("b",)]
    pool.close()
