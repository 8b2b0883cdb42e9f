from __future__ import annotations

import sqlite3
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tracetui.model import Cost, Span, Usage
from tracetui.store.pages import list_ids, load_page
from tracetui.store.rows import span_from_row, span_to_row
from tracetui.store.schema import INDEX_SCHEMA, TRACE_COLUMNS
from tracetui.store.totals import load_stats, load_totals
from tracetui.store.tree import load_tree
from tracetui.store.write import Entry, forget_origins, forget_spans, forget_traces, write_spans


def span(trace_id: str, span_id: str, parent_id: str | None = None, start_ns: int = 100, **more: Any) -> Span:
    more.setdefault("end_ns", start_ns + 50)
    return Span(trace_id, span_id, parent_id, start_ns=start_ns, **more)


def put(conn: sqlite3.Connection, *spans: Span, origin: int = 1, is_index: bool = True) -> int:
    return write_spans(conn, [Entry(item, (origin, 0, 0, 0)) for item in spans], is_index=is_index).duplicates


def roll_ups(conn: sqlite3.Connection) -> list[tuple[Any, ...]]:
    columns = ", ".join(name for name in TRACE_COLUMNS if name != "changed")
    return conn.execute(f"SELECT {columns} FROM traces ORDER BY trace_id").fetchall()


def test_a_span_survives_the_way_to_its_row_and_back() -> None:
    whole = span(
        "t", "s", "p", kind="tool", name="n", ttft_ns=3, status="error", status_message="m", model="x", provider="y",
        finish_reason="stop", usage=Usage(1, 2, 3, 4, 5, 6, True, 7), cost=Cost(0.5, "computed", None, "list"),
        user_id="u", session_id="c", feature="f", environment="e", prompt_name="pn", prompt_version="pv",
        release="r", tool_name="tn", tags=("a", "b"), metadata={"k": [1, None]}, service_tier="flex", response_id="i",
    )  # fmt: skip
    assert span_from_row(span_to_row(whole)) == whole


def test_a_late_span_joins_its_trace(index: sqlite3.Connection) -> None:
    put(index, span("t", "child", "root", 110, kind="generation", usage=Usage(input=5)))
    put(index, span("t", "root", None, 100, name="agent"))
    tree = load_tree(index, "t")
    assert tree is not None
    assert [node.span.span_id for node in tree.nodes] == ["root", "child"]
    assert (tree.trace.name, tree.trace.spans, tree.trace.usage.input) == ("agent", 2, 5)
    assert index.execute("SELECT span_id, depth, is_leaf, is_orphan FROM spans ORDER BY depth").fetchall() == [
        ("root", 0, 0, 0),
        ("child", 1, 1, 0),
    ]


def test_a_running_span_finishes_and_a_finished_one_never_runs_again(index: sqlite3.Connection) -> None:
    running = span("t", "s", end_ns=None, status="running")
    put(index, running)
    assert load_totals(index).running == 1
    assert put(index, span("t", "s")) == 0
    put(index, running)
    assert load_totals(index).running == 0


def test_the_same_finished_span_again_is_counted_as_a_duplicate(index: sqlite3.Connection) -> None:
    assert put(index, span("t", "s"), span("t", "s", name="later")) == 1
    assert put(index, span("t", "s")) == 1
    assert load_totals(index).spans == 1


def test_forgetting_a_source_leaves_what_others_gave(index: sqlite3.Connection) -> None:
    put(index, span("t", "a"), origin=1)
    put(index, span("t", "b", "a", 120), span("u", "c"), origin=2)
    forget_origins(index, [2])
    assert list_ids(index) == ["t"]
    assert load_page(index, ["t"])[0].spans == 1


def test_forgetting_what_a_source_gave_of_a_trace_leaves_what_others_gave_of_it(index: sqlite3.Connection) -> None:
    put(index, span("t", "a"), origin=1)
    put(index, span("t", "b", "a", 120), span("u", "c"), span("v", "d"), origin=2)
    forget_spans(index, 2, ["t", "u", "unknown"])
    assert sorted(list_ids(index)) == ["t", "v"]
    assert load_page(index, ["t"])[0].spans == 1


def test_forgetting_traces_takes_their_spans_too(index: sqlite3.Connection) -> None:
    put(index, span("t", "a"), span("u", "b"))
    forget_traces(index, ["t"])
    assert index.execute("SELECT trace_id FROM spans").fetchall() == [("u",)]


def test_plain_sql_marks_a_trace_as_stale_and_a_roll_up_clears_it(store: sqlite3.Connection) -> None:
    store.execute("INSERT INTO spans (trace_id, span_id, start_ns) VALUES ('t', 's', 1)")
    assert store.execute("SELECT trace_id FROM stale").fetchall() == [("t",)]
    put(store, span("t", "s2", start_ns=5), is_index=False)
    assert store.execute("SELECT trace_id FROM stale").fetchall() == []
    assert load_page(store, ["t"])[0].spans == 2
    store.execute("UPDATE spans SET status = 'error' WHERE span_id = 's'")
    assert store.execute("SELECT trace_id FROM stale").fetchall() == [("t",)]


def test_traces_come_newest_first_and_sort_by_anything(index: sqlite3.Connection) -> None:
    put(index, span("old", "1", start_ns=1, end_ns=500, name="b", cost=Cost(0.1, "recorded")))
    put(index, span("new", "2", start_ns=9, end_ns=10, name="a"))
    assert list_ids(index) == ["new", "old"]
    assert list_ids(index, sort="start") == ["old", "new"]
    for sort in ("-latency", "cost", "-cost"):
        assert list_ids(index, sort=sort) == ["old", "new"]
    assert list_ids(index, sort="name") == ["new", "old"]
    assert list_ids(index, limit=1) == ["new"]


def test_the_list_is_carried_by_the_index_on_start(index: sqlite3.Connection) -> None:
    plan = index.execute("EXPLAIN QUERY PLAN SELECT t.trace_id FROM traces t ORDER BY t.start_ns DESC, t.trace_id DESC")
    assert [row[3] for row in plan] == ["SCAN t USING COVERING INDEX traces_by_start"]


def test_the_statistics_count_spans_traces_and_money(index: sqlite3.Connection) -> None:
    put(
        index,
        span("t", "a", name="agent", kind="agent", user_id="u"),
        span("t", "b", "a", kind="generation", model="m", cost=Cost(0.5, "recorded"), usage=Usage(input=3, output=4)),
        span("t", "c", "a", kind="generation", model="m", cost=Cost(reason="unknown model"), status="refused"),
    )
    stats = load_stats(index)
    assert stats["kinds"] == {"agent": 1, "generation": 2}
    assert stats["statuses"] == {"success": 2, "error": 0, "refused": 1, "running": 0}
    assert stats["trace_statuses"]["refused"] == 1
    assert stats["models"] == {"m": 2}
    assert stats["cost"] == {
        "usd": 0.5, "recorded_usd": 0.5, "computed_usd": 0.0, "priced": 1, "unpriced": 1, "reasons": {"unknown model": 1},
    }  # fmt: skip
    assert stats["tokens"]["input"] == 3
    assert (stats["users"], stats["sessions"]) == (1, 0)
    assert stats["latency_ms"]["p50"] == pytest.approx(50 / 1e6)


some_spans = st.lists(
    st.builds(
        lambda trace_id, span_id, parent_id, start, ended, tokens: span(
            trace_id,
            span_id,
            parent_id,
            start,
            end_ns=start + 5 if ended else None,
            status="success" if ended else "running",
            kind="generation",
            usage=Usage(input=tokens),
        ),
        st.sampled_from("tu"),
        st.sampled_from("abcd"),
        st.none() | st.sampled_from("abcdx"),
        st.integers(0, 9),
        st.booleans(),
        st.none() | st.integers(0, 9),
    ),
    max_size=12,
)


@settings(max_examples=100)
@given(some_spans, st.integers(1, 4))
def test_writing_in_pieces_gives_the_same_as_writing_at_once(spans: list[Span], size: int) -> None:
    once, pieces = sqlite3.connect(":memory:"), sqlite3.connect(":memory:")
    for conn in (once, pieces):
        conn.executescript(INDEX_SCHEMA)
    # Equal start times would leave the order of siblings to chance.
    spans = [msgspec.structs.replace(item, start_ns=item.start_ns * 100 + place) for place, item in enumerate(spans)]
    spans = [msgspec.structs.replace(item, end_ns=item.end_ns and item.start_ns + 5) for item in spans]
    put(once, *spans)
    for start in range(0, len(spans), size):
        put(pieces, *spans[start : start + size])
    assert roll_ups(once) == roll_ups(pieces)
    columns = "trace_id, span_id, depth, is_leaf, is_orphan, repeats_usage"
    sql = f"SELECT {columns} FROM spans ORDER BY 1, 2"
    assert once.execute(sql).fetchall() == pieces.execute(sql).fetchall()
    once.close()
    pieces.close()


def test_a_change_has_a_number_of_its_own_though_the_one_before_it_was_forgotten(index: sqlite3.Connection) -> None:
    write_spans(index, [Entry(Span("t", "a", start_ns=1))], is_index=True)
    (before,) = index.execute("SELECT changed FROM traces").fetchone()
    forget_traces(index, ["t"])
    write_spans(index, [Entry(Span("t", "a", start_ns=1))], is_index=True)
    (after,) = index.execute("SELECT changed FROM traces").fetchone()
    assert after > before
