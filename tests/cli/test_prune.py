"""`tracetui prune`: what is too old goes whole, what is rated stays, and nothing of others is touched."""

from __future__ import annotations

import shutil
import sqlite3
import time
from contextlib import closing
from pathlib import Path

import pytest

from tracetui.store.connection import open_store

from .conftest import ROOT, Run

DAY_NS = 86_400 * 10**9


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """A store with a trace of today, one of ten days ago, and a rated one of twenty days ago."""
    path = tmp_path / "dev.db"
    open_store(path).close()
    with closing(sqlite3.connect(path)) as conn, conn:
        for days, name in ((0, "new"), (10, "old"), (20, "rated")):
            start_ns = time.time_ns() - days * DAY_NS - 10**9
            for number in range(3):
                row = (name, f"{number}", name, start_ns, start_ns + 10**8)
                conn.execute(
                    "INSERT INTO spans (trace_id, span_id, name, start_ns, end_ns) VALUES (?, ?, ?, ?, ?)", row
                )
                conn.execute("INSERT INTO payloads (trace_id, span_id, input) VALUES (?, ?, '\"wörds\"')", row[:2])
        conn.execute("INSERT INTO scores (id, trace_id, name, value) VALUES ('s', 'rated', 'user_rating', 1)")
    return path


def names(call: Run, store: Path) -> list[str]:
    return [trace["name"] for trace in call("ls", store, "--json").lines]


def test_old_traces_go_whole_and_rated_ones_stay(call: Run, store: Path) -> None:
    ended = call("prune", store, "--keep", "5d", "--json")
    gone = {"traces": 1, "spans": 3, "bytes": 24}
    assert (ended.code, ended.json["by_age"], ended.json["gone"], ended.json["old_rated"]) == (0, gone, gone, 1)
    assert names(call, store) == ["new", "rated"]
    with closing(sqlite3.connect(store)) as conn, conn:
        assert conn.execute("SELECT count(*) FROM payloads").fetchone() == (6,)
        assert conn.execute("SELECT count(*) FROM scores").fetchone() == (1,)


def test_a_dry_run_says_it_and_changes_nothing(call: Run, store: Path) -> None:
    before = store.read_bytes()
    ended = call("prune", store, "--keep", "5d", "--dry-run")
    assert ended.out == (
        "older than 5d: 1 trace, 3 spans, 24 B of payloads; 1 older ones stay, because they are rated\n"
        "dry run: nothing was changed\n"
    )
    assert store.read_bytes() == before


def test_a_dry_run_leaves_an_older_store_of_its_version(call: Run, store: Path) -> None:
    with closing(sqlite3.connect(store)) as conn, conn:
        conn.executescript(
            "DROP TABLE weights; DROP TABLE dropped; PRAGMA user_version = 2; PRAGMA wal_checkpoint(TRUNCATE)"
        )
    before = store.read_bytes()
    assert call("prune", store, "--keep", "5d", "--dry-run", "--json").json["by_age"]["traces"] == 1
    assert store.read_bytes() == before
    assert call("prune", store, "--keep", "5d", "--json").json["gone"]["traces"] == 1


def test_the_file_becomes_smaller(call: Run, tmp_path: Path) -> None:
    store = Path(shutil.copy(ROOT / "sample_traces" / "support.db", tmp_path))
    before = store.stat().st_size
    ended = call("prune", store, "--keep", "1ms", "--json").json
    assert ended["regained_bytes"] == before - store.stat().st_size > 100_000


@pytest.mark.parametrize("name", ["handrolled.db", "calls.jsonl"])
def test_what_others_wrote_is_refused_in_a_sentence(call: Run, tmp_path: Path, name: str) -> None:
    path = Path(shutil.copy(ROOT / "sample_traces" / name, tmp_path))
    before = path.read_bytes()
    ended = call("prune", path, "--keep", "1d")
    assert (ended.code, ended.out) == (2, "")
    assert ended.err.startswith(f"tracetui: {path}: not a ")
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "say what is to go"),
        (("--keep", "soon"), '--keep: "soon" is no age'),
        (("--keep", "0d"), '--keep: "0d" is no age'),
    ],
)
def test_what_makes_no_sense_is_said(call: Run, store: Path, words: tuple[str, ...], said: str) -> None:
    ended = call("prune", store, *words)
    assert ended.code == 2
    assert said in ended.err


def test_a_missing_file_is_not_made(call: Run, tmp_path: Path) -> None:
    ended = call("prune", tmp_path / "none.db", "--keep", "1d")
    assert (ended.code, "there is no such file" in ended.err) == (2, True)
    assert not (tmp_path / "none.db").exists()


def test_rows_that_make_no_sense_are_left_alone_and_counted(call: Run, store: Path) -> None:
    with closing(sqlite3.connect(store)) as conn, conn:
        conn.execute(
            "INSERT INTO spans (trace_id, span_id, start_ns, input_tokens) VALUES ('odd', 'a', 'noon', 'many')"
        )
    ended = call("prune", store, "--keep", "5d", "--json")
    assert (ended.json["odd"], ended.json["gone"]["traces"]) == (1, 1)
    assert "1 traces have rows that make no sense" in ended.err
    with closing(sqlite3.connect(store)) as conn, conn:
        assert conn.execute("SELECT count(*) FROM spans WHERE trace_id = 'odd'").fetchone() == (1,)
