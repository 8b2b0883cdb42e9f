from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tracetui.sources.sqlite_read import ROW_ID, Database, one_look, open_database
from tracetui.sources.sqlite_watch import Place, Watched, is_lost, new_keys, place_of


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "calls.db"
    conn = sqlite3.connect(path)
    conn.execute("CREATE TABLE call (id INTEGER PRIMARY KEY, chat TEXT, n INTEGER, note TEXT)")
    conn.executemany(
        "INSERT INTO call (chat, n) VALUES (?, ?)", [(f"c{number % 30}", number % 7) for number in range(300)]
    )
    conn.execute("INSERT INTO call (chat, n, note) VALUES (NULL, 1, 'alone')")
    conn.commit()
    conn.close()
    return path


@pytest.fixture
def db(path: Path) -> Iterator[Database]:
    with closing(open_database(path)) as conn:
        yield Database(conn)


def test_a_missing_table_or_column_has_no_rows(db: Database) -> None:
    assert db.rows("calls", {}) == []
    assert db.rows("call", {"session": 1}) == []


def test_null_is_left_out_and_the_row_id_is_there(db: Database) -> None:
    assert db.rows("call", {"chat": None}) == [{"id": 301, "n": 1, "note": "alone", ROW_ID: 301}]


@pytest.mark.parametrize("where", [{"chat": "c3"}, {"n": "3"}, {"n": 3.0}, {"n": 3, "chat": "c3"}, {"chat": "absent"}])
def test_a_column_without_an_index_gives_the_same_rows_however_often_it_is_asked(
    db: Database, where: dict[str, Any]
) -> None:
    first = db.rows("call", where, order=("n",))
    assert all(db.rows("call", where, order=("n",)) == first for _ in range(20))
    assert bool(first) is (where != {"chat": "absent"})


def test_a_list_is_any_of_its_values(db: Database) -> None:
    assert len(db.rows("call", {"id": list(range(1, 1201))})) == 301


def test_keys_of_new_rows_come_some_at_a_time(db: Database) -> None:
    steps = list(new_keys(db, Watched("call", "chat"), 0, 301, 10, 100))
    assert [last for last, _ in steps] == [10, 110, 210, 301]
    assert steps[-1][1][-1] is None


@pytest.mark.parametrize(
    ("change", "lost"),
    [
        ("INSERT INTO call (chat) VALUES ('new')", False),
        ("UPDATE call SET n = 9", False),
        ("DELETE FROM call WHERE id = 5", True),
        ("DELETE FROM call WHERE id = 301; INSERT INTO call (chat) VALUES ('other')", True),
        ("DROP TABLE call", True),
    ],
)
def test_rows_that_are_gone_are_noticed(path: Path, db: Database, change: str, lost: bool) -> None:
    watched = Watched("call", "chat")
    place = place_of(db, watched)
    conn = sqlite3.connect(path)
    conn.executescript(change)
    conn.close()
    with one_look(path) as conn:
        now = Database(conn)
        assert is_lost(now, watched, place) is lost
        assert not is_lost(now, watched, Place())


def test_a_row_that_is_replaced_is_not_lost(path: Path, db: Database) -> None:
    watched = Watched("call", "chat", is_replaced=True)
    place = place_of(db, watched)
    conn = sqlite3.connect(path)
    conn.executescript("DELETE FROM call WHERE id = 5; INSERT INTO call (chat) VALUES ('c4')")
    conn.close()
    with one_look(path) as conn:
        assert not is_lost(Database(conn), watched, place)
