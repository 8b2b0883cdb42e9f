from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing

import pytest

from tracetui.model import Message, Payload, Span, Text
from tracetui.store.connection import open_index
from tracetui.store.trace_facts import is_stand_in, stand_in_id, with_facts, with_said
from tracetui.store.write import Entry, write_spans

FACTS = Span("t", stand_in_id("t"), name="the trace", start_ns=5, user_id="ada", session_id="s", tags=("night",))
ROOT = Span("t", "a", name="root", start_ns=5, end_ns=9, tags=("own",), user_id="bob")
CHILD = Span("t", "b", "a", name="child", start_ns=6, end_ns=8)


@pytest.fixture
def conn() -> Iterator[sqlite3.Connection]:
    with closing(open_index("file:/trace-facts?vfs=memdb", writable=True)) as conn:
        yield conn


def rows(conn: sqlite3.Connection) -> list[tuple[str, str | None, str | None]]:
    return conn.execute("SELECT span_id, user_id, session_id FROM spans ORDER BY span_id").fetchall()


@pytest.mark.parametrize("order", [(0, 1, 2), (1, 0, 2), (1, 2, 0), (2, 0, 1)])
def test_whoever_comes_first_the_facts_are_on_the_spans(conn: sqlite3.Connection, order: tuple[int, ...]) -> None:
    spans = (FACTS, ROOT, CHILD)
    for place, number in enumerate(order):
        write_spans(conn, [Entry(spans[number], (1, place, 0, 0))], is_index=True)
    assert [row[0] for row in rows(conn)] == ["a", "b"]
    assert conn.execute("SELECT spans, session_id FROM traces").fetchall() == [(2, "s")]
    assert conn.execute("SELECT span_id, position FROM joined").fetchall() == [(FACTS.span_id, order.index(0))]
    conn.close()


def test_alone_it_is_the_only_span_of_its_trace(conn: sqlite3.Connection) -> None:
    write_spans(conn, [Entry(FACTS)], is_index=True)
    assert rows(conn) == [(FACTS.span_id, "ada", "s")]
    assert is_stand_in(FACTS)
    assert not is_stand_in(ROOT)
    conn.close()


def test_a_span_that_is_read_again_keeps_what_its_trace_said(conn: sqlite3.Connection) -> None:
    write_spans(conn, [Entry(FACTS), Entry(ROOT)], is_index=True)
    write_spans(conn, [Entry(Span("t", "a", name="again", start_ns=5, end_ns=9))], is_index=True)
    assert rows(conn) == [("a", "ada", "s")]
    conn.close()


def test_a_running_span_that_ends_keeps_what_its_trace_said(conn: sqlite3.Connection) -> None:
    write_spans(conn, [Entry(FACTS), Entry(Span("t", "a", start_ns=5, status="running"))], is_index=True)
    write_spans(conn, [Entry(Span("t", "a", start_ns=5, end_ns=9))], is_index=True)
    assert rows(conn) == [("a", "ada", "s")]
    conn.close()


def test_tags_of_both_are_kept_and_the_traces_own_user_counts() -> None:
    found = with_facts(ROOT, FACTS)
    assert (found.user_id, found.session_id, found.tags) == ("ada", "s", ("own", "night"))
    assert with_facts(found, FACTS) is found


def test_only_what_a_root_lacks_is_taken_from_the_record() -> None:
    asked = (Message("user", (Text("hi"),)),)
    found = with_said(Payload(None, "answer", raw="root"), Payload(asked, "other", raw="record"))
    assert (found.input, found.output, found.raw) == (asked, "answer", "root")
