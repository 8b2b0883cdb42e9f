"""The writer: commits together, says when it cannot, and holds no more than it may."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.unit.collector.conftest import Client, totals
from tests.unit.collector.test_datadog import event as datadog_event
from tests.unit.collector.test_otlp import request, span
from tracetui.collector import writer as writer_module
from tracetui.collector.captured import Captured
from tracetui.collector.counters import Counters
from tracetui.collector.drafts import Drafts
from tracetui.collector.listen import Listening
from tracetui.collector.writer import Busy, Writer
from tracetui.semconv.raw import RawSpan
from tracetui.store import captured as captured_module
from tracetui.workspace import open_workspace


def one(number: int) -> Captured:
    return Captured(spans=(RawSpan("t" * 32, f"{number:016x}", start_ns=1, end_ns=2),))


@pytest.fixture
def held(store: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Writer, threading.Event]]:
    """A writer for two waiting requests that stores nothing before the event is set."""
    may_write, take = threading.Event(), Drafts.take

    def wait(drafts: Drafts, captured: Captured) -> None:
        may_write.wait()
        take(drafts, captured)

    monkeypatch.setattr(Drafts, "take", wait)
    writer = Writer(store, Counters(), waiting=2)
    yield writer, may_write
    may_write.set()
    writer.close()


def test_one_more_than_may_wait_is_to_come_again(held: tuple[Writer, threading.Event], store: Path) -> None:
    writer, may_write = held
    done: list[Future[None]] = []
    with pytest.raises(Busy, match="too many requests"):
        done.extend(writer.submit(one(number)) for number in range(1, 100))
    assert 2 <= len(done) <= 4
    assert not done[0].done()
    may_write.set()
    for future in done:
        future.result(timeout=10)
    assert totals(store)["spans"] == len(done)


def test_a_locked_store_is_to_be_tried_again_and_said(
    client: Client, collector: Listening, store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    collector._writer._conn.execute("PRAGMA busy_timeout = 1")
    other = sqlite3.connect(store)
    other.execute("BEGIN IMMEDIATE")
    answer = client.post_json("/v1/traces", request(span()))
    assert (answer.status, answer.headers["retry-after"], answer.json["code"]) == (503, "1", 14)
    assert "locked" in answer.json["message"]
    assert "locked" in collector.told()
    other.rollback()
    other.close()
    assert client.post_json("/v1/traces", request(span())).status == 200
    assert "locked" not in collector.told()
    assert totals(store)["spans"] == 1


SENDING: list[tuple[str, Any]] = [
    ("/v1/traces", request(span(name="x" * 9000))),
    ("/api/public/ingestion", {"batch": [{"id": "e1", "type": "trace-create", "timestamp": "2026-11-20T10:00:00Z",
                                                  "body": {"id": "t1", "input": "x" * 9000}}]}),
    ("/api/public/scores", {"traceId": "t1", "name": "good", "value": 1, "comment": "x" * 9000}),
    ("/runs", {"id": "r1", "name": "a", "start_time": "2026-11-20T10:00:00Z", "inputs": {"a": "x" * 9000}}),
    ("/feedback", {"trace_id": "t1", "rating": 1, "comment": "x" * 9000}),
    ("/api/v2/llmobs", datadog_event(name="x" * 9000)),
]  # fmt: skip


@pytest.mark.parametrize(("path", "document"), SENDING, ids=[row[0] for row in SENDING])
def test_a_full_disk_is_to_be_tried_again_whatever_the_protocol(
    client: Client, collector: Listening, store: Path, path: str, document: Any
) -> None:
    conn = collector._writer._conn
    (pages,) = conn.execute("PRAGMA page_count").fetchone()
    conn.execute(f"PRAGMA max_page_count = {pages}")
    answer = client.post_json(path, document)
    assert (answer.status, answer.headers["retry-after"], collector.counts().refused) == (503, "1", 1)
    assert "full" in collector.told()
    conn.execute("PRAGMA max_page_count = 1000000")
    answer = client.post_json(path, document)
    assert (answer.status // 100, collector.counts().malformed) == (2, 0)
    assert "full" not in collector.told()
    found = totals(store)
    assert found["spans"] + len(found["scores"]) == 1


def test_a_defect_fails_its_own_request_only(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    add: Callable[[Drafts, RawSpan], None] = Drafts._add_span

    def stumble(drafts: Drafts, raw: RawSpan) -> None:
        if raw.span_id.endswith("2"):
            raise ZeroDivisionError
        add(drafts, raw)

    monkeypatch.setattr(Drafts, "_add_span", stumble)
    writer = writer_module.Writer(store, Counters())
    futures = [writer.submit(one(number)) for number in (1, 2, 3)]
    errors = [future.exception(timeout=10) for future in futures]
    writer.close()
    assert [type(error) for error in errors] == [type(None), ZeroDivisionError, type(None)]
    assert totals(store)["spans"] == 2


LARGE = [
    RawSpan(
        "a" * 32, f"{number:016x}", f"{max(1, number // 3):016x}" if number > 1 else None, f"s{number}", number, number + 5,
        attributes={"gen_ai.operation.name": "chat", "gen_ai.usage.input_tokens": number, "user.id": "maria"},
    )
    for number in range(1, 60)
]  # fmt: skip


def rows_of(store: Path) -> list[list[tuple[object, ...]]]:
    conn = sqlite3.connect(store)
    spans = conn.execute("SELECT * FROM spans ORDER BY span_id").fetchall()
    traces = conn.execute("SELECT * FROM traces").fetchall()
    stale = conn.execute("SELECT trace_id FROM stale").fetchall()
    conn.close()
    return [spans, [row[:-1] for row in traces], stale]


@pytest.mark.parametrize("step", [1, -1])
def test_a_large_trace_in_many_requests_is_at_last_as_if_it_came_in_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: int
) -> None:
    whole = Writer(tmp_path / "whole.db", Counters())
    whole.submit(Captured(spans=tuple(LARGE))).result(timeout=10)
    whole.close()
    monkeypatch.setattr(captured_module, "_LARGE", 4)
    writer = Writer(tmp_path / "pieces.db", Counters())
    for raw in LARGE[::step]:
        writer.submit(Captured(spans=(raw,))).result(timeout=10)
    for raw in LARGE[::7]:
        late = msgspec.structs.replace(raw, end_ns=None, name="late")
        writer.submit(Captured(spans=(late, raw))).result(timeout=10)
    writer.close()
    assert rows_of(tmp_path / "pieces.db") == rows_of(tmp_path / "whole.db")


def test_a_large_trace_that_waits_to_be_arranged_is_summed_up_by_its_readers(
    store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(captured_module, "_LARGE", 4)
    monkeypatch.setattr(writer_module, "_IDLE_S", 60.0)
    writer = Writer(store, Counters())
    writer.submit(Captured(spans=tuple(LARGE[:50]))).result(timeout=10)
    with open_workspace([store]) as workspace:
        workspace.catch_up()
        for raw in LARGE[50:]:
            writer.submit(Captured(spans=(raw,))).result(timeout=10)
            workspace.catch_up()
        assert rows_of(store)[2] == [("a" * 32,)]
        assert (workspace.stats()["traces"], workspace.stats()["spans"]) == (1, 59)
        assert workspace.tree("a" * 32).trace.usage.input == sum(range(1, 60))
        writer.close()
        workspace.catch_up()
        assert rows_of(store)[2] == []
        assert (workspace.stats()["traces"], workspace.stats()["spans"]) == (1, 59)


def test_a_sender_that_went_away_does_not_end_the_writer(held: tuple[Writer, threading.Event]) -> None:
    writer, may_write = held
    taken = [writer.submit(one(1))]
    while not (last := writer.submit(one(2))).cancel():
        taken.append(last)
    may_write.set()
    assert [future.result(timeout=10) for future in taken] == [None] * len(taken)
    writer.submit(one(3)).result(timeout=10)


def test_a_defect_is_counted_and_told_without_the_text_of_a_prompt(
    client: Client, collector: Listening, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    def stumble(drafts: Drafts, captured: Captured) -> None:
        raise KeyError("my prompt")

    monkeypatch.setattr(Drafts, "take", stumble)
    answer = client.post_json("/v1/traces", request(span()))
    assert (answer.status, answer.json["message"]) == (500, "a defect of the collector (KeyError)")
    assert "defect" in collector.told()
    assert collector.counts().malformed == 1
    client.send("POST", "/runs/multipart", b"--b\r\n my prompt", content_type="multipart/form-data; boundary=b")
    assert ("".join(capfd.readouterr()), caplog.text) == ("", "")


def test_costs_are_computed_as_in_an_import(client: Client, store: Path) -> None:
    client.replay("otlp-genai")
    assert totals(store)["cost"]["priced"] > 0
