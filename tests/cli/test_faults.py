"""Faults of the machine while commands run: what is told, and that nothing that was acknowledged is lost."""

from __future__ import annotations

import random
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

import tracetui
from tracetui.query import searching
from tracetui.store import connection
from tracetui.store.schema import STORE_VERSION

from .conftest import COMMAND, LINES, SUPPORT, Run, environment, run_without_room, write_lines


@pytest.fixture
def store(source: Path, tmp_path: Path, call: Run) -> Path:
    path = tmp_path / "traces.db"
    assert call("import", source, "--into", path).code == 0
    return path


def integrity_of(path: Path) -> str:
    conn = sqlite3.connect(path)
    try:
        return str(conn.execute("PRAGMA integrity_check").fetchone()[0])
    finally:
        conn.close()


def test_where_the_disk_has_no_room_for_an_index_it_is_kept_in_memory(source: Path) -> None:
    ended = run_without_room("ls", source)
    assert ended.returncode == 0
    assert "support-agent" in ended.stdout
    assert ended.stderr.startswith("warning: the index is kept in memory only: the cache cannot be written (")


def test_a_disk_that_fills_up_while_an_index_is_made_is_a_sentence_and_the_next_time_is_whole(
    tmp_path: Path, process: Run
) -> None:
    many = [{**LINES[0], "trace_id": f"t{number}", "name": "n" * 500} for number in range(2_000)]
    path = write_lines(tmp_path / "many.jsonl", many)
    ended = run_without_room("ls", path, "--limit", 1, room=400_000)
    assert ended.returncode == 2, ended.stderr
    assert ended.stderr.startswith("tracetui: the disk is full or fails (")
    assert len(process("ls", path, "--json").lines) == 2_000


def test_a_score_for_which_there_is_no_room_is_not_said_to_be_saved(store: Path) -> None:
    ended = run_without_room("score", store, SUPPORT, "--name", "ok", "--value", 1)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr == f"tracetui: {store}: the disk is full or fails (disk I/O error); free space and try again\n"
    assert integrity_of(store) == "ok"


def test_a_score_beside_a_file_for_which_there_is_no_room_is_not_said_to_be_saved(source: Path, process: Run) -> None:
    sidecar = source.with_name(source.name + ".scores.jsonl")
    assert process("score", source, SUPPORT, "--name", "ok", "--value", 1).code == 0
    room = sidecar.stat().st_size + 20
    before = sidecar.read_bytes()
    ended = run_without_room("score", source, SUPPORT, "--name", "ok", "--value", 0, room=room)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert "Traceback" not in ended.stderr
    assert sidecar.read_bytes() == before


def test_an_import_for_which_there_is_no_room_is_a_sentence_and_can_be_repeated(
    source: Path, tmp_path: Path, process: Run
) -> None:
    target = tmp_path / "full.db"
    ended = run_without_room("import", source, "--into", target)
    assert ended.returncode == 2
    assert f"\ntracetui: {target}: cannot be written (" in ended.stderr
    assert process("import", source, "--into", target).code == 0
    assert len(process("ls", target, "--json").lines) == 2


DYING = """
import os, signal, sys
from pathlib import Path
from tracetui.cli.main import main
from tracetui.sources import tracetui_store
from tracetui.workspace import importing, indexer

def die_at(module, name, number, after):
    whole, calls = getattr(module, name), []
    def dying(*given, **named):
        calls.append(1)
        if len(calls) == number and not after:
            os.kill(os.getpid(), signal.SIGKILL)
        found = whole(*given, **named)
        if len(calls) == number:
            os.kill(os.getpid(), signal.SIGKILL)
        return found
    setattr(module, name, dying)

die_at({"importing": importing, "indexer": indexer, "rating": tracetui_store}[sys.argv[1]], sys.argv[2], int(sys.argv[3]), sys.argv[4] == "after")
main(sys.argv[5:])
"""


def run_until_killed(where: str, function: str, number: int, when: str, *words: object) -> None:
    """Run a command that is killed before or after the `number`th call of a function."""
    given = (where, function, str(number), when, *map(str, words))
    ended = subprocess.run([sys.executable, "-c", DYING, *given], env=environment(), capture_output=True, check=False)
    assert ended.returncode == -signal.SIGKILL, ended.stderr.decode()


MANY = [
    {
        **LINES[1],
        "trace_id": f"t{number:04}",
        "span_id": f"s{number}",
        "name": "n" * 400,
        "parent_id": None,
        "scores": [],
    }
    for number in range(3_000)
]


@pytest.mark.parametrize(
    ("function", "number", "when"),
    [("write_spans", 1, "before"), ("write_spans", 1, "after"), ("write_spans", 2, "before"), ("write_spans", 2, "after"),
     ("join_scores", 1, "before")],
)  # fmt: skip
def test_an_index_whose_writer_was_killed_is_whole_when_it_is_opened_again(
    function: str, number: int, when: str, tmp_path: Path
) -> None:
    path = write_lines(tmp_path / "many.jsonl", MANY)
    run_until_killed("indexer", function, number, when, "ls", path, "--limit", 1)
    with tracetui.open(path) as workspace:
        workspace.catch_up()
        totals = workspace.totals()
        assert (totals.traces, totals.spans) == (3_000, 3_000)
        assert totals.usage.output == 3_000 * 31
        assert workspace.payload("t2999", "s2999").input


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize(("function", "number"), [("write_spans", 2), ("save_score", 1)])
def test_an_import_that_was_killed_leaves_a_sound_store_and_is_whole_when_repeated(
    function: str, number: int, when: str, tmp_path: Path, call: Run
) -> None:
    path = write_lines(tmp_path / "some.jsonl", [*MANY[:150], LINES[1]])
    target = tmp_path / "target.db"
    run_until_killed("importing", function, number, when, "import", path, "--into", target)
    assert integrity_of(target) == "ok"
    assert call("import", path, "--into", target).code == 0
    with tracetui.open(target) as workspace:
        workspace.catch_up()
        assert workspace.totals().spans == 151
        assert [score.value for score in workspace.tree(SUPPORT).trace.scores] == [2]


@pytest.mark.parametrize(("when", "kept"), [("before", []), ("after", [1.0])])
def test_a_rating_that_was_killed_is_whole_or_not_there(when: str, kept: list[float], store: Path, call: Run) -> None:
    rating = ("score", store, SUPPORT, "--name", "ok", "--value", 1)
    run_until_killed("rating", "save_score", 1, when, *rating)
    assert integrity_of(store) == "ok"
    with tracetui.open(store) as workspace:
        workspace.catch_up()
        assert [score.value for score in workspace.tree(SUPPORT).trace.scores if score.name == "ok"] == kept
    assert call(*rating).code == 0


def test_ten_programs_that_rate_at_once_keep_a_score_each(store: Path) -> None:
    raters = [
        subprocess.Popen(
            [*COMMAND, "score", str(store), SUPPORT, "--name", f"s{number}", "--value", str(number)],
            env=environment(), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
        )
        for number in range(10)
    ]  # fmt: skip
    ended = [(rater.communicate()[1], rater.returncode) for rater in raters]
    assert ended == [(b"", 0)] * 10
    with tracetui.open(store) as workspace:
        workspace.catch_up()
        found = {
            score.name: score.value for score in workspace.tree(SUPPORT).trace.scores if score.name != "user_rating"
        }
    assert found == {f"s{number}": number for number in range(10)}


def damage(path: Path) -> None:
    """Overwrite all pages but the first."""
    content = bytearray(path.read_bytes())
    content[4096:] = bytes((place * 7) & 255 for place in range(4096, len(content)))
    path.write_bytes(content)


@pytest.mark.parametrize(
    "words",
    [
        ("ls",),
        ("show", SUPPORT),
        ("stats",),
        ("info",),
        ("export", "-f", "html"),
        ("score", SUPPORT, "--name", "a", "--value", "1"),
    ],
)
def test_a_store_with_damaged_pages_is_a_sentence(words: tuple[str, ...], store: Path, call: Run) -> None:
    damage(store)
    ended = call(words[0], store, *words[1:])
    assert ended.code == 2
    assert "is damaged (" in ended.err
    assert "unforeseen" not in ended.err


def test_an_import_into_a_damaged_store_says_that_it_is_damaged(store: Path, source: Path, call: Run) -> None:
    content = bytearray(store.read_bytes())
    for page in pages_of(store, "spans"):
        content[(page - 1) * 4096 : page * 4096] = b"\xff" * 4096
    store.write_bytes(content)
    ended = call("import", source, "--into", store)
    assert (ended.code, ended.out) == (2, "")
    assert ended.err == (
        f"tracetui: {store}: the database is damaged (database disk image is malformed); restore a copy,"
        " or try `sqlite3 FILE .recover`; the import stopped after 0 traces\n"
    )


def pages_of(path: Path, table: str) -> list[int]:
    """The pages on which a table and its indexes begin."""
    with closing(sqlite3.connect(path)) as conn:
        return [
            row[0] for row in conn.execute("SELECT rootpage FROM sqlite_master WHERE tbl_name = ?", (table,)) if row[0]
        ]


@pytest.mark.parametrize("words", [("stats",), ("ls",), ("cost", "--since", "all"), ("export", "-f", "jsonl")])
def test_of_a_damaged_copy_beside_its_original_there_is_what_can_be_read(
    words: tuple[str, ...], store: Path, call: Run
) -> None:
    """Two stores with the same traces are put together in the index; one of them never comes to its end."""
    copy = store.with_name("copy.db")
    content = bytearray(store.read_bytes())
    for page in pages_of(store, "spans"):
        content[(page - 1) * 4096 : page * 4096] = b"\xff" * 4096
    copy.write_bytes(content)
    alone, both = call(words[0], store, *words[1:]), call(words[0], store, copy, *words[1:])
    assert (both.code, alone.code) == (0, 0)
    assert [line for line in both.out.splitlines() if not line.startswith("source ")] == [
        line for line in alone.out.splitlines() if not line.startswith("source ")
    ]
    assert both.err.startswith(f"warning: {copy}: the database is damaged (")


def test_the_damaged_one_of_several_stores_is_named(store: Path, tmp_path: Path, call: Run) -> None:
    other = tmp_path / "other.db"
    one = write_lines(tmp_path / "other.jsonl", [{**LINES[0], "trace_id": "u", "span_id": "u"}])
    assert call("import", one, "--into", other).code == 0
    content = bytearray(other.read_bytes())
    for page in pages_of(other, "spans"):
        content[(page - 1) * 4096 : page * 4096] = b"\xff" * 4096
    other.write_bytes(content)
    ended = call("stats", store, other)
    assert ended.code == 2
    assert ended.err.startswith(f"tracetui: {other}: the database is damaged (")
    assert "leave it out" in ended.err


@pytest.mark.parametrize("words", [("ls",), ("show", SUPPORT), ("score", SUPPORT, "--name", "a", "--value", "1")])
def test_a_store_of_a_later_version_is_refused_and_left_alone(words: tuple[str, ...], store: Path, call: Run) -> None:
    conn = sqlite3.connect(store)
    conn.execute("PRAGMA user_version = 99")
    conn.close()
    before = store.read_bytes()
    ended = call(words[0], store, *words[1:])
    assert ended.code == 2
    assert f"a tracetui store of version 99, and this tracetui knows {STORE_VERSION}; upgrade tracetui" in ended.err
    assert store.read_bytes() == before


@pytest.mark.parametrize("query", ["name:/(a+)+$/", "/(a+)+$/", "prompt:/(a+)+$/"])
def test_a_filter_that_would_search_for_years_is_given_up_in_a_sentence(
    query: str, tmp_path: Path, call: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(searching, "SECONDS", 0.05)
    monkeypatch.setattr(searching, "_SEARCHER", searching._Searcher())
    text = "a" * 40 + "!"
    path = write_lines(tmp_path / "slow.jsonl", [{**LINES[0], "name": text, "prompt_name": text, "input": text}])
    ended = call("ls", path, "-q", query)
    assert ended.code == 2
    assert "/(a+)+$/ was given up" in ended.err


@pytest.mark.parametrize("opening", ["(", "-(", "name:/("])
def test_a_filter_that_is_nested_without_end_is_a_sentence(opening: str, source: Path, call: Run) -> None:
    ended = call("ls", source, "-q", opening * 10_000 + "a")
    assert ended.code == 2
    assert "unforeseen" not in ended.err


def test_memory_that_does_not_suffice_is_a_sentence(source: Path, call: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise MemoryError

    monkeypatch.setattr(tracetui.workspace.Workspace, "tree", fail)
    ended = call("show", source, SUPPORT)
    assert (ended.code, ended.err) == (
        2, "tracetui: there is not enough memory for this; look at less at once, or close other programs\n"
    )  # fmt: skip


def test_a_score_waits_for_another_writer_and_then_says_so(
    store: Path, call: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "LOCK_WAIT_S", 0.2)
    other = sqlite3.connect(store, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    ended = call("score", store, SUPPORT, "--name", "ok", "--value", 1)
    other.execute("ROLLBACK")
    other.close()
    assert (ended.code, ended.out) == (2, "")
    assert ended.err == f"tracetui: the score was not saved (database is locked), try again: {store}\n"
    assert call("score", store, SUPPORT, "--name", "ok", "--value", 1).code == 0


@pytest.mark.parametrize("words", [("ls",), ("show", SUPPORT), ("export", "-f", "jsonl")])
def test_a_store_that_another_program_writes_to_can_be_read(words: tuple[str, ...], store: Path, call: Run) -> None:
    other = sqlite3.connect(store, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    other.execute("DELETE FROM spans")
    ended = call(words[0], store, *words[1:])
    other.execute("ROLLBACK")
    other.close()
    assert ended.code == 0
    assert "support-agent" in ended.out


def test_an_index_whose_pages_were_damaged_is_thrown_away_and_made_anew(
    tmp_path: Path, empty_home: Path, call: Run
) -> None:
    path = write_lines(tmp_path / "many.jsonl", MANY)
    whole = call("ls", path, "--json").out
    (index,) = (empty_home / "tracetui" / "cache" / "index").glob("*.index")
    damage(index)
    first, second = call("ls", path, "--json"), call("ls", path, "--json")
    told = "tracetui: the index in the cache was damaged and has been thrown away; do the same again\n"
    assert first.out == whole or first.err == told
    assert (second.out, second.err) == (whole, "")


@pytest.mark.parametrize("seed", range(6))
def test_an_index_of_which_some_pages_were_damaged_is_right_or_thrown_away(
    seed: int, tmp_path: Path, empty_home: Path, call: Run
) -> None:
    path = write_lines(tmp_path / "some.jsonl", MANY[:300])
    whole = call("ls", path, "--json").out
    (index,) = (empty_home / "tracetui" / "cache" / "index").glob("*.index")
    content = bytearray(index.read_bytes())
    for page in random.Random(seed).sample(range(1, len(content) // 4096), 12):
        content[page * 4096 : page * 4096 + 100] = b"\xff" * 100
    index.write_bytes(content)
    said = [call("ls", path, "--json") for _ in range(2)]
    assert "unforeseen" not in said[0].err
    assert said[1].err == ""
    assert said[1].out == whole


@pytest.mark.parametrize(
    "words", [("ls",), ("score", "t", "--name", "a", "--value", "1"), ("prune", "--keep", "1d"), ("import", "--into")]
)
def test_a_database_of_which_the_schema_is_no_text_is_damaged(
    words: tuple[str, ...], tmp_path: Path, source: Path, call: Run
) -> None:
    """SQLite says the words that it does not understand, and Python cannot read them."""
    path = tmp_path / "broken.db"
    with closing(sqlite3.connect(path)) as conn, conn:
        conn.execute("CREATE TABLE broken (a TEXT)")
    path.write_bytes(path.read_bytes().replace(b"CREATE TABLE broken", b"CREATE TABL\xff broken"))
    given = ("import", source, "--into", path) if words[0] == "import" else (words[0], path, *words[1:])
    ended = call(*given)
    assert (ended.code, ended.out) == (2, "")
    assert f"{path}: the database is damaged (its schema cannot be read)" in ended.err
    doctor = call("doctor", path, "--json")
    assert doctor.code == 1
    assert "the database is damaged" in doctor.json["sources"][0]["error"]


@pytest.mark.parametrize(
    ("statement", "lacking"),
    [
        ("ALTER TABLE traces DROP COLUMN feature", "column feature in its table traces"),
        ("ALTER TABLE scores RENAME COLUMN retracted_ns TO other", "column retracted_ns in its table scores"),
        ("ALTER TABLE spans RENAME COLUMN usage_inconsistent TO other", "column usage_inconsistent in its table spans"),
        ("DROP TABLE scores", "table scores"),
    ],
)
@pytest.mark.parametrize("words", [("ls",), ("stats",), ("score", SUPPORT, "--name", "a", "--value", "1")])
def test_a_store_that_lacks_something_is_refused_in_a_sentence(
    words: tuple[str, ...], statement: str, lacking: str, store: Path, call: Run
) -> None:
    with closing(sqlite3.connect(store)) as conn, conn:
        conn.execute(statement)
    ended = call(words[0], store, *words[1:])
    assert (ended.code, ended.out) == (2, "")
    assert f"{store}: a tracetui store without the {lacking}; " in ended.err
