"""Indexing that is disturbed: a write that fails, another process that reads, words that sources have of their own."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tracetui.errors import UnreadableSource
from tracetui.model import Cost, Score, Span
from tracetui.sources.base import Batch
from tracetui.sources.jsonl import JsonlSource
from tracetui.store.connection import file_uri, open_index, open_store
from tracetui.store.scores import save_score
from tracetui.store.write import Entry, write_spans
from tracetui.workspace import indexer, open_workspace
from tracetui.workspace.pricer import PENDING, Pricer


def write_calls(path: Path, numbers: range) -> Path:
    calls = (
        {"id": f"c{number}", "model": "gpt-5", "prompt": "hi", "completion": "ho", "timestamp": 1_700_000_000}
        for number in numbers
    )
    with path.open("a") as file:
        file.writelines(json.dumps(call) + "\n" for call in calls)
    return path


def test_a_batch_that_could_not_be_written_is_read_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write_calls(tmp_path / "calls.jsonl", range(5))
    write_spans = indexer.write_spans

    def fail(*_: Any, **__: Any) -> None:
        monkeypatch.setattr(indexer, "write_spans", write_spans)
        raise sqlite3.OperationalError("database or disk is full")

    with open_workspace([path]) as workspace:
        monkeypatch.setattr(indexer, "write_spans", fail)
        with pytest.raises(sqlite3.OperationalError):
            workspace.poll()
        workspace.catch_up()
        assert workspace.totals().traces == 5


def test_a_source_that_never_comes_to_its_end_is_not_read_for_ever(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a copied store does of which a page is damaged: it begins anew, and its cursor is one of its end only."""
    path = write_calls(tmp_path / "calls.jsonl", range(3))
    read, begun = JsonlSource.read, list[str | None]()
    is_damaged = True

    def read_and_fail(source: JsonlSource, cursor: str | None) -> Iterator[Batch]:
        begun.append(cursor)
        assert len(begun) < 9
        for batch in read(source, None):
            yield msgspec.structs.replace(batch, cursor="") if is_damaged else batch
        if is_damaged:
            raise UnreadableSource(f"{path}: the database is damaged")

    monkeypatch.setattr(JsonlSource, "read", read_and_fail)
    monkeypatch.setattr(JsonlSource, "changed", lambda source, cursor: not cursor)
    with open_workspace([path]) as workspace:
        workspace.catch_up()
        assert len(begun) == 2
        assert not workspace.poll().indexing
        assert len(begun) == 2
        assert workspace.health()[0].warnings == (f"{path}: the database is damaged",)
        assert workspace.totals().traces == 3
        is_damaged = False
        workspace._live._indexer.origins[0].again_s = 0.0  # type: ignore[union-attr]
        workspace.catch_up()
        assert len(begun) == 3


def test_prices_that_fail_to_be_written_leave_no_transaction_open(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_calls(tmp_path / "calls.jsonl", range(2))
    with open_workspace([path], wait=True) as workspace:
        conn = workspace._live._conn
        conn.execute("UPDATE spans SET cost_reason = ?", (PENDING,))

        def fail(*_: Any) -> None:
            monkeypatch.undo()
            raise sqlite3.OperationalError("database or disk is full")

        monkeypatch.setattr(indexer, "forget_traces", fail)
        with pytest.raises(sqlite3.OperationalError):
            workspace.poll()
        assert not conn.in_transaction
        workspace.catch_up()
        assert workspace.totals().traces == 2


@pytest.mark.parametrize("span", [Span("t", "s", kind="agent"), Span("t", "s", kind="generation")])
@pytest.mark.parametrize("usd", [None, 0.5])
def test_a_source_that_says_pending_is_not_waited_for(span: Span, usd: float | None) -> None:
    import msgspec

    priced = Pricer().price(msgspec.structs.replace(span, cost=Cost(usd, None, PENDING)))
    assert priced.cost.reason != PENDING
    assert priced.cost.usd == usd


def test_a_score_that_names_its_span_alone_is_joined_though_the_step_ran_out_of_time(tmp_path: Path) -> None:
    path = write_calls(tmp_path / "calls.jsonl", range(1))
    with open_workspace([path]) as workspace:
        index = workspace._live._indexer
        assert index is not None
        save_score(index.conn, "scores", Score("1", "", "c0", "good", 1.0))
        while not index.step(-1.0).is_idle:
            pass
        assert [score.name for trace in workspace.traces() for score in trace.scores] == ["good"]


def test_what_another_process_writes_between_two_questions_is_seen_at_the_next_poll(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_calls(tmp_path / "calls.jsonl", range(1))
    with open_workspace([path], wait=True) as writer, open_workspace([path]) as reader:
        reader.poll()
        live = reader._live
        assert live._indexer is None
        ask = live._changed_since

        def ask_and_write(conn: sqlite3.Connection, change: int) -> set[str]:
            monkeypatch.undo()
            found = ask(conn, change)
            write_calls(path, range(1, 2))
            writer.catch_up()
            return found

        monkeypatch.setattr(live, "_changed_since", ask_and_write)
        assert not reader.poll().trace_ids
        assert len(reader.poll().trace_ids) == 1


def test_a_reader_says_how_far_the_writer_is(tmp_path: Path) -> None:
    path = write_calls(tmp_path / "calls.jsonl", range(3))
    with open_workspace([path], wait=True), open_workspace([path]) as reader:
        changes = reader.poll()
        assert (changes.done, changes.total) == (path.stat().st_size,) * 2


def test_an_index_remembers_the_newest_change(tmp_path: Path) -> None:
    path = tmp_path / "i.index"
    path.touch()
    conn = open_index(file_uri(path, "rw"), writable=True)
    assert conn.execute("SELECT changed FROM clock").fetchall() == [(0,)]
    conn.close()


def test_what_a_writer_wrote_before_it_ended_is_seen_by_the_reader_that_takes_over(tmp_path: Path) -> None:
    path = write_calls(tmp_path / "calls.jsonl", range(1))
    with open_workspace([path], wait=True) as writer, open_workspace([path]) as reader:
        reader.poll()
        write_calls(path, range(1, 2))
        writer.catch_up()
        writer.close()
        assert len(reader.poll().trace_ids) == 1
        assert reader._live._indexer is not None


def test_a_reader_says_of_nothing_that_it_changed_which_was_there_before(tmp_path: Path) -> None:
    path = write_calls(tmp_path / "calls.jsonl", range(3))
    with open_workspace([path], wait=True), open_workspace([path]) as reader:
        assert reader.totals().traces == 3
        assert not reader.poll().trace_ids


def test_what_is_rolled_up_in_a_store_before_the_first_poll_is_said_by_it(tmp_path: Path) -> None:
    path = tmp_path / "traces.db"
    store = open_store(path)
    with open_workspace([path]) as workspace:
        assert workspace.totals().traces == 0
        write_spans(store, [Entry(Span("t", "s", start_ns=1, end_ns=2))], is_index=False)
        assert workspace.poll().trace_ids == {"t"}
    store.close()
