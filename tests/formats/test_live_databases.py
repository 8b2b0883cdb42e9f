"""What holds for the databases of Phoenix and MLflow alike, as the tools themselves may be writing them."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import msgspec
import pytest

from tests.formats.databases import change, unpack
from tests.formats.source_reading import read_source
from tracetui.errors import NotWritable, SourceVanished, UnreadableSource
from tracetui.model import Score
from tracetui.sources import sqlite_write
from tracetui.sources.head import Head
from tracetui.sources.live_database import LiveDatabase
from tracetui.sources.mlflow import MlflowSource
from tracetui.sources.phoenix import PhoenixSource
from tracetui.workspace.formats import find_format

TITLES: dict[Callable[[Path], LiveDatabase], str] = {PhoenixSource: "Arize Phoenix", MlflowSource: "MLflow"}
FILES = {PhoenixSource: "phoenix/phoenix.db", MlflowSource: "mlflow/mlflow.db"}
JUDGEMENTS = {PhoenixSource: "span_annotations", MlflowSource: "assessments"}


@pytest.fixture(params=[PhoenixSource, MlflowSource])
def kind(request: pytest.FixtureRequest) -> type[LiveDatabase]:
    found: type[LiveDatabase] = request.param
    return found


@pytest.fixture
def path(kind: type[LiveDatabase], tmp_path: Path) -> Path:
    folder = tmp_path / "store"
    folder.mkdir()
    return unpack(FILES[kind], folder)


@pytest.fixture
def source(kind: type[LiveDatabase], path: Path) -> LiveDatabase:
    return kind(path)


def rating(source: LiveDatabase) -> Score:
    span = next(iter(read_source(source).spans.values()))
    return Score("7" * 32, span.trace_id, None, "quality", 1.0, None, "why", "human", "ada", 10**18)


def test_it_is_recognised_by_its_tables(kind: type[LiveDatabase], path: Path) -> None:
    found = find_format(Head(path))
    assert found is not None
    assert found.title == TITLES[kind]


def test_nothing_stays_beside_it_when_it_was_looked_at(kind: type[LiveDatabase], path: Path) -> None:
    before = path.read_bytes()
    assert find_format(Head(path)) is not None
    source = kind(path)
    reading = read_source(source)
    (key, span), *_ = reading.spans.items()
    source.payload(span, reading.references[key])
    source.close()
    assert os.listdir(path.parent) == [path.name]
    assert path.read_bytes() == before


def test_a_log_that_another_program_has_open_stays(path: Path, source: LiveDatabase) -> None:
    change(path, "PRAGMA journal_mode = WAL")
    writer = sqlite3.connect(path)
    writer.execute("CREATE TABLE something (x)")
    read_source(source)
    source.close()
    assert path.with_name(f"{path.name}-wal").stat().st_size > 0
    assert writer.execute("SELECT count(*) FROM something").fetchone() == (0,)
    writer.close()


def test_a_file_that_is_gone_is_said(path: Path, source: LiveDatabase) -> None:
    cursor = read_source(source).cursor
    path.unlink()
    with pytest.raises(SourceVanished, match="gone"):
        source.changed(cursor)


def test_a_table_that_the_tool_adds_later_is_read(kind: type[LiveDatabase], path: Path) -> None:
    table = JUDGEMENTS[kind]
    change(path, f"ALTER TABLE {table} RENAME TO later")
    source = kind(path)
    reading = read_source(source)
    change(path, f"ALTER TABLE later RENAME TO {table}")
    assert len(read_source(source, reading.cursor).scores) > 0


def test_what_a_lock_kept_from_being_read_is_read_later(kind: type[LiveDatabase], path: Path) -> None:
    change(path, "PRAGMA journal_mode = DELETE")
    source = kind(path)
    reading = read_source(source)
    source._conn.execute("PRAGMA busy_timeout = 0")
    writer = sqlite3.connect(path, isolation_level=None)
    writer.execute("CREATE TABLE something (x)")
    writer.execute("BEGIN EXCLUSIVE")
    with pytest.raises(UnreadableSource, match="another program holds it locked"):
        read_source(source, reading.cursor)
    writer.execute("COMMIT")
    writer.close()
    assert source.changed(reading.cursor)


def test_a_rating_beside_the_file_is_taken_back_there(
    path: Path, source: LiveDatabase, kind: type[LiveDatabase], monkeypatch: pytest.MonkeyPatch
) -> None:
    score = rating(source)
    with monkeypatch.context() as context:
        context.setattr(kind, "is_writable", False)
        assert source.write_score(score).place.endswith(".scores.jsonl")
    assert source.retract_score(score).place.endswith(".scores.jsonl")
    reading = read_source(kind(path))
    assert score.id in [item for batch in reading.batches for item in batch.retracted]


def test_neither_a_rating_nor_an_undo_is_half_done_where_a_lock_is_held_too_long(
    path: Path, source: LiveDatabase, kind: type[LiveDatabase], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite_write, "LOCK_WAIT_S", 0)
    first = rating(source)
    second = msgspec.structs.replace(first, id="8" * 32, value=0.0, time_ns=first.time_ns + 10**9)
    source.write_score(first)
    with closing(sqlite3.connect(path, isolation_level=None)) as writer:
        writer.execute("BEGIN IMMEDIATE")
        with pytest.raises(NotWritable, match="nothing was changed"):
            source.write_score(second)
        with pytest.raises(NotWritable, match="nothing was changed"):
            source.retract_score(first)
    assert [score.value for score in read_source(kind(path)).scores if score.id in (first.id, second.id)] == [1.0]
    source.write_score(second)
    source.retract_score(second)
    assert [score.id for score in read_source(kind(path)).scores if score.id in (first.id, second.id)] == [first.id]


def test_judgements_that_went_with_their_traces_are_retracted(
    kind: type[LiveDatabase], path: Path, source: LiveDatabase
) -> None:
    first = read_source(source)
    table = JUDGEMENTS[kind]
    change(path, f"DELETE FROM {table}", "DELETE FROM spans WHERE rowid < 10")
    again = read_source(source, first.cursor)
    assert again.batches[0].reset
    retracted = {item for batch in again.batches for item in batch.retracted}
    kept = {score.id for score in again.scores}
    assert retracted == {score.id for score in first.scores} - kept
    assert retracted


def test_what_is_asked_at_each_commit_reads_no_prompts(kind: type[LiveDatabase], path: Path) -> None:
    source = kind(path)
    cursor = read_source(source).cursor
    asked: list[str] = []
    source._conn.set_trace_callback(asked.append)
    change(path, "CREATE TABLE something (x)")
    read_source(source, cursor)
    source._conn.set_trace_callback(None)
    plans = [
        str(step[3])
        for sql in asked
        if "count(*)" in sql and "spans" in sql
        for step in source._conn.execute(f"EXPLAIN QUERY PLAN {sql}")
    ]
    assert any("COVERING INDEX" in plan for plan in plans)
    assert not [plan for plan in plans if "rowid<" in plan or plan == "SCAN spans"]
