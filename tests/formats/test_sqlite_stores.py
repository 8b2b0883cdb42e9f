"""What holds for every SQLite store of another tool: it is followed, never changed, and no content of it is fatal."""

from __future__ import annotations

import contextlib
import hashlib
import os
import sqlite3
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.formats.source_reading import read_source
from tests.formats.store_samples import (
    SAMPLES,
    Sample,
    read_whole,
    run_elsewhere,
    run_here,
    tables_in,
    without_column,
)
from tracetui.errors import SourceVanished, UnreadableSource
from tracetui.model import Score
from tracetui.sources.head import Head
from tracetui.workspace.formats import find_format


@pytest.fixture(params=SAMPLES)
def sample(request: pytest.FixtureRequest) -> Sample:
    return SAMPLES[request.param]


@pytest.fixture
def store(sample: Sample, tmp_path: Path) -> Path:
    return sample.unpack(tmp_path)


def test_a_store_is_recognised_by_its_content(sample: Sample, store: Path) -> None:
    found = find_format(Head(store.rename(store.with_name("some file"))))
    assert found is not None
    assert found.place == sample.place


def test_everything_is_read_and_every_payload_loads(sample: Sample, store: Path) -> None:
    reading, payloads = read_whole(sample.open(store))
    assert reading.spans
    assert reading.skipped == []
    assert all(payload.raw for payload in payloads)
    calls = [
        payload for span, payload in zip(reading.spans.values(), payloads, strict=True) if span.kind == "generation"
    ]
    assert any(isinstance(payload.input, tuple) for payload in calls)
    assert any(isinstance(payload.output, tuple) for payload in calls) or sample.file.startswith("copilot")


def test_no_parent_is_missing_and_no_end_is_before_its_start(sample: Sample, store: Path) -> None:
    spans = read_source(sample.open(store)).spans
    for span in spans.values():
        assert span.parent_id is None or (span.trace_id, span.parent_id) in spans
        assert span.end_ns is None or span.end_ns >= span.start_ns > 0


def test_reading_changes_nothing_and_leaves_no_lock(sample: Sample, store: Path) -> None:
    before = hashlib.sha256(store.read_bytes()).digest()
    source = sample.open(store)
    read_whole(source)
    assert hashlib.sha256(store.read_bytes()).digest() == before
    writer = sqlite3.connect(store, timeout=0, isolation_level=None)
    writer.execute("BEGIN EXCLUSIVE")
    writer.execute("ROLLBACK")
    writer.close()


def test_what_was_read_is_not_read_again(sample: Sample, store: Path) -> None:
    source = sample.open(store)
    reading = read_source(source)
    assert not source.changed(reading.cursor)
    assert all(not batch.reset for batch in reading.batches)


def test_rows_that_another_process_writes_are_found(sample: Sample, store: Path, tmp_path: Path) -> None:
    whole = read_source(sample.open(store)).spans
    original = tmp_path / "original.db"
    original.write_bytes(store.read_bytes())
    table = _first_watched(sample, store)
    run_here(store, f'DELETE FROM "{table}" WHERE rowid > (SELECT max(rowid) / 2 FROM "{table}")')
    source = sample.open(store)
    reading = read_source(source)
    assert reading.spans != whole
    attach = f"ATTACH '{original}' AS o"
    run_elsewhere(
        store,
        attach,
        f'INSERT INTO "{table}" SELECT * FROM o."{table}" x WHERE x.rowid NOT IN (SELECT rowid FROM "{table}")',
    )
    assert source.changed(reading.cursor)
    spans = dict(reading.spans)
    for batch in source.read(reading.cursor):
        for key in [key for key in spans if key[0] in batch.forget or batch.reset]:
            del spans[key]
        spans |= {(span.trace_id, span.span_id): span for span in batch.spans}
    assert spans == whole


def test_a_replaced_file_is_read_again(sample: Sample, store: Path, tmp_path: Path) -> None:
    source = sample.open(store)
    reading = read_source(source)
    other = tmp_path / "other.db"
    other.write_bytes(store.read_bytes())
    os.replace(other, store)
    assert source.changed(reading.cursor)
    again = read_source(source, reading.cursor)
    assert again.batches[0].reset
    assert again.notices == [f"{store.name} was replaced: read again from the start"]
    assert again.spans == reading.spans


def test_deleted_rows_are_noticed(sample: Sample, store: Path) -> None:
    source = sample.open(store)
    reading = read_source(source)
    table = _first_watched(sample, store)
    run_elsewhere(store, f'DELETE FROM "{table}"')
    again = read_source(source, reading.cursor)
    assert again.batches[0].reset
    assert len(again.spans) < len(reading.spans)


def _first_watched(sample: Sample, path: Path) -> str:
    """The first watched table that has rows."""
    tables = tables_in(path)
    watched: list[str] = [found.table for found in sample.open(path).watched]  # type: ignore[attr-defined]
    return next(table for table in watched if table in tables and _has_rows(path, table))


def _has_rows(path: Path, table: str) -> bool:
    conn = sqlite3.connect(path)
    found = conn.execute(f'SELECT 1 FROM "{table}"').fetchone()
    conn.close()
    return found is not None


def test_a_file_that_is_gone_is_said_to_be_gone(sample: Sample, store: Path) -> None:
    source = sample.open(store)
    cursor = read_source(source).cursor
    store.unlink()
    with pytest.raises(SourceVanished):
        source.changed(cursor)


def test_a_score_is_kept_where_the_format_allows_it(sample: Sample, store: Path) -> None:
    source = sample.open(store)
    reading = read_source(source)
    span = next(iter(reading.spans.values()))
    before = hashlib.sha256(store.read_bytes()).digest()
    score = Score("score-1", span.trace_id, None, "user_rating", value=1.0, author="ada", time_ns=5)
    source.write_score(score)
    assert (hashlib.sha256(store.read_bytes()).digest() != before or _has_wal(store)) is sample.inside
    assert source.changed(reading.cursor)
    assert score in read_source(source, reading.cursor).scores
    assert score in read_source(sample.open(store)).scores
    source.retract_score(score)
    assert [batch.retracted for batch in sample.open(store).read(None)][-1] == ("score-1",)


def _has_wal(store: Path) -> bool:
    wal = store.with_name(store.name + "-wal")
    return wal.exists() and wal.stat().st_size > 0


def test_each_table_may_be_missing(sample: Sample, tmp_path: Path) -> None:
    for number, table in enumerate(tables_in(sample.unpack(tmp_path))):
        folder = tmp_path / str(number)
        folder.mkdir()
        store = sample.unpack(folder)
        run_here(store, "PRAGMA foreign_keys = OFF", f'DROP TABLE "{table}"')
        if sample.load().recognise(Head(store)):
            read_whole(sample.open(store), 8)


CELLS = st.one_of(
    st.none(),
    st.integers(-(2**63), 2**63 - 1),
    st.floats(),
    st.text(max_size=20),
    st.binary(max_size=20),
    st.sampled_from(
        ["null", "[]", "{}", "[[]]", '{"a":', '"x"', "1e999", "[null]", '[{"type": 1}]', '{"role": []}', "[" * 2000,
         '{"usage": {"input": "x"}}', "\x1b[31m", '"\\ud800"', "9" * 40, "2026-13-45T99:99:99", b"\xff\xfe", b"\xc1"]
    ),
)  # fmt: skip


@settings(
    max_examples=10,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(data=st.data())
def test_no_cell_and_no_missing_column_is_fatal(
    sample: Sample, tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    store = sample.unpack(tmp_path_factory.mktemp("mutated"))
    tables = {table: columns for table, columns in tables_in(store).items() if _has_rows(store, table)}
    conn = sqlite3.connect(store, isolation_level=None)
    conn.execute("PRAGMA ignore_check_constraints = ON")
    for _ in range(data.draw(st.integers(1, 6))):
        table = data.draw(st.sampled_from(sorted(tables)))
        column = data.draw(st.sampled_from(tables[table]))
        try:
            conn.execute(
                f'UPDATE "{table}" SET "{column}" = ? WHERE rowid % ? = 0',
                (data.draw(CELLS), data.draw(st.integers(1, 3))),
            )
        except sqlite3.Error:
            continue  # a key, or a column that must not be NULL
    if data.draw(st.booleans()):
        table = data.draw(st.sampled_from(sorted(tables)))
        with contextlib.suppress(sqlite3.Error):  # a table without a row id
            for statement in without_column(table, tables[table], data.draw(st.sampled_from(tables[table]))):
                conn.execute(statement)
    conn.close()
    try:
        if sample.load().recognise(Head(store)):
            read_whole(sample.open(store), 8)
    except UnreadableSource as error:
        assert "\n" not in str(error)


MALFORMED = [
    ("llm-logs", "turns", "token_details"),
    ("llm-legacy", "responses", "token_details"),
    ("promptfoo-promptfoo", "eval_results", "response"),
    ("openai_agents-conversations", "agent_messages", "message_data"),
    ("agno-agno", "agno_runs", "run_data"),
    ("langgraph-checkpoints", "writes", "value"),
    ("langgraph-checkpoints", "checkpoints", "metadata"),
    ("goose-sessions", "messages", "content_json"),
    ("opencode-opencode", "message", "data"),
    ("opencode-opencode", "part", "data"),
    ("tracecraft-tracecraft", "traces", "data"),
]


@pytest.mark.parametrize(("name", "table", "column"), MALFORMED)
def test_a_malformed_cell_is_counted_with_its_reason(name: str, table: str, column: str, tmp_path: Path) -> None:
    sample = SAMPLES[name]
    store = sample.unpack(tmp_path)
    run_here(
        store, f'UPDATE "{table}" SET "{column}" = \'{{not json\' WHERE rowid = (SELECT max(rowid) FROM "{table}")'
    )
    source = sample.open(store)
    reading = read_source(source)
    assert len(reading.skipped) == 1
    assert column in reading.skipped[0].reason or column.removesuffix("s") in reading.skipped[0].reason
    assert table in reading.skipped[0].reason
    run_elsewhere(store, f'UPDATE "{table}" SET "{column}" = "{column}"')
    assert read_source(source, reading.cursor).skipped == []


def test_what_a_lock_kept_from_being_read_is_read_later(tmp_path: Path) -> None:
    store = SAMPLES["llm-logs"].unpack(tmp_path)
    source = SAMPLES["llm-logs"].open(store)
    source._conn.execute("PRAGMA busy_timeout = 0")  # type: ignore[attr-defined]
    reading = read_source(source)
    writer = sqlite3.connect(store, isolation_level=None)
    writer.execute("BEGIN EXCLUSIVE")
    writer.execute("UPDATE turns SET model = 'other'")
    writer.execute("INSERT INTO turns (id, model, datetime_utc) VALUES ('new', 'm', '2026-11-20T10:00:00')")
    with pytest.raises(UnreadableSource, match="another program holds it locked"):
        read_source(source, reading.cursor)
    writer.execute("COMMIT")
    writer.close()
    assert source.changed(reading.cursor)
    assert ("new", "new") in read_source(source, reading.cursor).spans
