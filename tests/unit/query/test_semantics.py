"""What `-`, `any`, `root` and `all` mean, on a store that one can read: the examples of docs/filter.md."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

import pytest

from tracetui.query import LocalZone, compile_filter

from .conftest import marked, nearby, probed, selected
from .hostile import NOW_NS, SECOND, Payloads, empty_store, insert, insert_trace

HOUR = 3600 * SECOND
SPANS = (
    # trace, span, kind, name, status, model, user of the span
    ("clean", "c1", "agent", "support", "success", None, None),
    ("clean", "c2", "generation", "chat", "success", "gpt-5", None),
    ("clean", "c3", "tool", "search", "success", None, None),
    ("failed-tool", "f1", "agent", "support", "success", None, None),
    ("failed-tool", "f2", "tool", "search", "error", None, None),
    ("failed-tool", "f3", "tool", "fetch", "success", None, None),
    ("failed-root", "r1", "agent", "billing", "error", None, None),
    ("failed-root", "r2", "generation", "chat", "success", "o3", "bob"),
)
TRACES = {"clean": ("ann", 0), "failed-tool": ("ann", 1), "failed-root": (None, 3)}
"""User of the trace, and how many hours ago it started."""


@pytest.fixture(scope="module")
def conn() -> Iterator[sqlite3.Connection]:
    """Three traces: all well, a failed tool call, a failed root."""
    conn, _ = empty_store()
    for trace_id, (user_id, hours) in TRACES.items():
        rows = [row for row in SPANS if row[0] == trace_id]
        errors = sum(row[4] == "error" for row in rows)
        insert_trace(conn, trace_id, user_id=user_id, start_ns=NOW_NS - hours * HOUR, spans=len(rows), errors=errors)
    for trace_id, span_id, kind, name, status, model, user_id in SPANS:
        insert(conn, "spans", trace_id=trace_id, span_id=span_id, kind=kind, name=name, status=status, model=model,
               user_id=user_id, start_ns=NOW_NS, depth=0 if span_id.endswith("1") else 1)  # fmt: skip
    insert(conn, "scores", id="1", trace_id="clean", span_id=None, name="helpful", value=1)
    insert(conn, "scores", id="2", trace_id="failed-tool", span_id="f2", name="helpful", value=0)
    insert(conn, "scores", id="3", trace_id="failed-root", span_id="r1", name="helpful", value=1, retracted_ns=5)
    yield conn
    conn.close()


EXAMPLES = (
    # one span matches the whole conjunction
    ("kind:tool is:error", "failed-tool"),
    ("kind:generation is:error", ""),
    ("any(kind:generation) any(is:error)", "failed-root"),
    ("kind:generation any(is:error)", "failed-root"),
    # a minus alone is about the trace
    ("-is:error", "clean"),
    ("-status:error", "clean"),
    ("-is:error -model:o3", "clean"),
    ("-tool:search", "failed-root"),
    ("-(kind:tool is:error)", "clean failed-root"),
    ("-name:support", "failed-root"),
    # a minus beside a term that finds a span is about that span
    ("kind:tool -is:error", "clean failed-tool"),
    ("kind:agent -is:error", "clean failed-tool"),
    ("kind:generation -model:gpt-5", "failed-root"),
    ("name:support -tool:search", "clean failed-tool"),
    ("name:support -any(tool:search)", ""),
    ("name:support -any(is:error)", "clean"),
    # facts of the trace, and what spans inherit, find no span
    ("since:2h -is:error", "clean"),
    ("user:ann -is:error", "clean"),
    ("user:ann is:error", "failed-tool"),
    ("user:ann kind:tool -is:error", "clean failed-tool"),
    ("errors:0", "clean"),
    ("errors:0 -tool:fetch", "clean"),
    ("errors:>0 -tool:fetch", "failed-root"),
    # inherited values
    ("user:bob", "failed-root"),
    ("user:bob kind:generation", "failed-root"),
    ("user:bob kind:agent", ""),
    ("-has:user", ""),
    ("-user:ann", "failed-root"),
    ("-user:ann,bob", ""),
    # OR
    ("-is:error OR kind:generation", "clean failed-root"),
    ("kind:agent (is:error OR name:support)", "clean failed-root failed-tool"),
    ("since:2h (-is:error OR model:o3)", "clean"),
    # scopes
    ("root(is:error)", "failed-root"),
    ("is:root is:error", "failed-root"),
    ("-root(is:error)", "clean failed-tool"),
    ("all(-is:error)", "clean"),
    ("all(kind:agent,generation)", "failed-root"),
    ("-all(kind:agent,generation)", "clean failed-tool"),
    ("any(-is:error)", "clean failed-root failed-tool"),
    # ratings: one of the trace counts for its root, one that was taken back not at all
    ("is:rated", "clean failed-tool"),
    ("is:unrated", "failed-root"),
    ("is:root is:rated", "clean"),
    ("is:error is:unrated", "failed-root"),
    ("score.helpful:1", "clean"),
    ("score.HELPFUL:<0.5", "failed-tool"),
    ("-has:score.helpful", "failed-root"),
)  # fmt: skip


@pytest.mark.parametrize(("text", "traces"), EXAMPLES)
def test_a_filter_selects_these_traces(conn: sqlite3.Connection, text: str, traces: str) -> None:
    assert " ".join(sorted(selected(conn, text))) == traces
    assert " ".join(sorted(probed(conn, text))) == traces
    assert " ".join(sorted(nearby(conn, text))) == traces


@pytest.mark.parametrize(
    ("text", "spans"),
    [
        ("is:error", "f2 r1"),
        ("kind:tool -is:error", "c3 f3"),
        ("any(tool:search) any(is:error)", "f2"),
        ("any(kind:generation) any(is:error)", "r1 r2"),
        ("root(is:error)", "r1"),
        ("is:error OR tool:fetch", "f2 f3 r1"),
        ("user:ann is:error", "f2"),
        ("since:2h is:error", "f2"),
        ("-is:error", "c1 c2 c3"),
        ("since:2h", "c1 c2 c3 f1 f2 f3"),
        ("kind:tool -any(is:error)", "c3"),
    ],
)
def test_the_spans_that_a_filter_is_about_are_marked(conn: sqlite3.Connection, text: str, spans: str) -> None:
    assert " ".join(sorted(span_id for _, span_id in marked(conn, text))) == spans


def test_a_day_is_that_of_the_zone_that_is_passed_in(conn: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    utc = compile_filter("time:today", now_ns=NOW_NS)
    local = compile_filter("time:today", now_ns=NOW_NS, tzinfo=LocalZone())
    assert utc.trace_params == local.trace_params
    assert conn.execute(f"SELECT count(*) FROM traces t WHERE {utc.trace_sql}", utc.trace_params).fetchone() == (3,)


def test_text_is_read_only_where_the_columns_agree_already(empty: tuple[sqlite3.Connection, Payloads]) -> None:
    conn, payloads = empty
    fill(conn, payloads, 50)
    for text in ("kind:tool needle", "needle kind:tool", "(needle OR @a:1) kind:tool", "since:1h needle kind:tool"):
        payloads.searches = 0
        selected(conn, text)
        assert 0 < payloads.searches <= 4, text


def test_an_attribute_is_read_once_for_each_span(empty: tuple[sqlite3.Connection, Payloads]) -> None:
    conn, payloads = empty
    fill(conn, payloads, 10)
    assert selected(conn, "@a:x,y*,5") == set()
    assert payloads.searches == 10


def test_text_is_read_in_the_order_of_the_outer_query_as_far_as_it_is_asked(
    empty: tuple[sqlite3.Connection, Payloads],
) -> None:
    conn, payloads = empty
    fill(conn, payloads, 50)
    filter_ = compile_filter("needle", now_ns=NOW_NS)
    sql = f"SELECT t.trace_id FROM traces t WHERE {filter_.trace_sql} ORDER BY t.start_ns DESC"
    first = next(conn.execute(sql, filter_.trace_params))
    assert first == ("t48",)
    assert payloads.searches <= 4


def fill(conn: sqlite3.Connection, payloads: Payloads, count: int) -> None:
    """Traces of one span, later ones later; two of them are tool calls, and those with even numbers hold a needle."""
    for number in range(count):
        insert_trace(conn, f"t{number}", start_ns=NOW_NS - (count - number) * SECOND)
        kind = "tool" if number in (4, 5) else "agent"
        insert(conn, "spans", trace_id=f"t{number}", span_id="s", kind=kind, name="n", start_ns=0)
        payloads.texts[f"t{number}", "s"] = {"any": "needle" if number % 2 == 0 else ""}
    conn.commit()


def plan(conn: sqlite3.Connection, sql: str, parameters: tuple[object, ...]) -> str:
    """How SQLite runs a condition over traces."""
    rows = conn.execute(f"EXPLAIN QUERY PLAN SELECT t.trace_id FROM traces t WHERE {sql}", parameters)
    return "\n".join(detail for *_, detail in rows)


def test_terms_about_one_span_need_one_scan_of_the_spans(conn: sqlite3.Connection) -> None:
    filter_ = compile_filter("kind:tool is:error model:gpt* latency:>2s user:ann", now_ns=NOW_NS)
    assert plan(conn, filter_.trace_sql, filter_.trace_params).count("SCAN s") == 1


@pytest.mark.parametrize("text", ["since:2h is:error", "since:2h needle", "since:2h (a OR is:leaf)"])
def test_recent_traces_are_found_by_the_index_and_their_spans_by_the_key(conn: sqlite3.Connection, text: str) -> None:
    filter_ = compile_filter(text, now_ns=NOW_NS)
    steps = plan(conn, filter_.trace_sql, filter_.trace_params)
    assert "traces_by_start" in steps
    assert "SCAN" not in steps


@pytest.mark.parametrize("text", ["is:error", "user:ann -is:error", "all(is:leaf) refund", "root(tag:x) OR score.a:1"])
def test_a_probe_of_one_trace_scans_no_spans(conn: sqlite3.Connection, text: str) -> None:
    filter_ = compile_filter(text, now_ns=NOW_NS)
    steps = plan(conn, f"t.trace_id = ? AND {filter_.probe_sql}", ("clean", *filter_.probe_params))
    assert "SCAN s\n" not in f"{steps}\n"
    assert "SCAN t\n" not in f"{steps}\n"
