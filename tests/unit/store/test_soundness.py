"""A SQLite file as a file."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tracetui.model import Span
from tracetui.store.connection import open_store
from tracetui.store.soundness import examine_database, is_database
from tracetui.store.write import Entry, write_spans


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """A store of thirty spans whose outputs grow."""
    path = tmp_path / "traces.db"
    with closing(open_store(path)) as conn:
        write_spans(conn, [Entry(Span("t", f"s{n}", start_ns=n, end_ns=n + 1)) for n in range(30)], is_index=False)
        payloads = (("t", f"s{n}", "é" * n * 1000) for n in range(30))
        conn.executemany("INSERT OR REPLACE INTO payloads (trace_id, span_id, output) VALUES (?, ?, ?)", payloads)
    return path


def test_a_sound_store_is_measured_and_left_as_it_was(store: Path) -> None:
    before = store.read_bytes(), sorted(store.parent.iterdir())
    found = examine_database(store, check_s=5, measure_s=5)
    assert (found.check, found.journal_mode, found.free_pages, found.is_store) == ("ok", "wal", 0, True)
    assert (found.measured, [row.span_id for row in found.biggest]) == (30, ["s29", "s28", "s27", "s26", "s25"])
    assert 58_000 <= found.biggest[0].bytes <= 59_000
    assert before == (store.read_bytes(), sorted(store.parent.iterdir()))


def test_what_was_deleted_is_free(store: Path) -> None:
    with closing(sqlite3.connect(store)) as conn, conn:
        conn.execute("DELETE FROM payloads")
    assert examine_database(store, check_s=5, measure_s=5).free_bytes > 100_000


def test_a_damaged_page_is_found(store: Path) -> None:
    with closing(sqlite3.connect(store)) as conn:
        conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    content = bytearray(store.read_bytes())
    content[4096 * 2 : 4096 * 6] = b"\xff" * 4096 * 4
    store.write_bytes(content)
    assert examine_database(store, check_s=5, measure_s=5).check == "damaged"


def test_a_check_that_takes_too_long_is_said_to_be_unfinished(tmp_path: Path) -> None:
    path = tmp_path / "rows.db"
    with closing(sqlite3.connect(path)) as conn, conn:
        conn.execute("CREATE TABLE rows (a)")
        conn.executemany("INSERT INTO rows VALUES (?)", ((n,) for n in range(30_000)))
    found = examine_database(path, check_s=-1, measure_s=5)
    assert (found.check, found.is_store, found.biggest) == ("unfinished", False, ())


def test_a_file_that_is_none_is_no_database(tmp_path: Path) -> None:
    (tmp_path / "x").write_text("SQLite")
    assert not is_database(tmp_path / "x")
    assert not is_database(tmp_path / "missing")


def test_a_header_without_a_database_is_unreadable_or_damaged(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"SQLite format 3\x00" + b"\xff" * 5000)
    assert examine_database(tmp_path / "x", check_s=5, measure_s=5).check in ("unreadable", "damaged")
