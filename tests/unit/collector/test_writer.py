"""The writer: commits together, says when it cannot, and holds no more than it may."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from pathlib import Path

import pytest

from tests.unit.collector.conftest import Client, totals
from tests.unit.collector.test_otlp import request, span
from tracetui.collector import writer as writer_module
from tracetui.collector.captured import Captured
from tracetui.collector.counters import Counters
from tracetui.collector.drafts import Drafts
from tracetui.collector.listen import Listening
from tracetui.collector.writer import Busy, Writer
from tracetui.semconv.raw import RawSpan


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


def test_costs_are_computed_as_in_an_import(client: Client, store: Path) -> None:
    client.replay("otlp-genai")
    assert totals(store)["cost"]["priced"] > 0
