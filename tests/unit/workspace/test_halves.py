"""Totals that are added up in two halves are those of one pass, whatever was written since where spans lie was noted."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing
from itertools import count
from pathlib import Path

import pytest

from tracetui.model import Cost, Span, Totals, Usage, Weight
from tracetui.store import near
from tracetui.store.connection import open_store
from tracetui.store.near import Moment
from tracetui.store.retention import drop_traces
from tracetui.store.totals import Sums
from tracetui.store.weights import write_weights
from tracetui.store.write import Entry, write_spans
from tracetui.workspace import Workspace, halves, open_workspace

FILTERS = [
    "kind:tool",
    "-kind:tool",
    "status:error",
    "name:/t.*l/",
    "user:u1",
    "user:u1 -kind:tool",
    "root(is:error) OR cost:>0.5",
    "all(latency:<2s)",
    "any(is:error) any(kind:tool)",
    "spans:>2",
    "since:1970-01-01 status:error",
    "metadata.tier:gold",
    "tag:a,b",
]


def trace(number: int, name: str = "agent") -> list[Span]:
    """A trace of one to four spans, which differ from number to number."""
    begin, spans = number * 10**9, []
    for place in range(1 + number % 4):
        kind = "agent" if place == 0 else "tool" if (number + place) % 3 == 0 else "generation"
        spans.append(
            Span(
                f"{number * 7919 % 1000:03}", str(place), None if place == 0 else "0",
                kind=kind, name=name if place == 0 else kind, start_ns=begin + place, end_ns=begin + 10**9 * (place + 1),
                status="error" if (number + place) % 5 == 0 else "success", user_id=f"u{number % 3}",
                usage=Usage(input=number, output=place), cost=Cost(place / 4, "recorded"),
                tags=("a",) if number % 2 else (), metadata={"tier": "gold"} if number % 7 == 0 else {},
            )
        )  # fmt: skip
    return spans


def put(path: Path, spans: Iterable[Span]) -> None:
    """Write spans as tracetui does."""
    with closing(open_store(path)) as conn:
        write_spans(conn, (Entry(span) for span in spans), is_index=False)


@pytest.fixture(autouse=True)
def small_stores_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(near, "LEAST_SPANS", 1)


@pytest.fixture
def store(tmp_path: Path) -> Path:
    path = tmp_path / "store.db"
    put(path, [span for number in range(60) for span in trace(number)])
    return path


@pytest.fixture
def workspace(store: Path) -> Iterator[Workspace]:
    with open_workspace([store], wait=True) as opened:
        yield opened


def in_halves(workspace: Workspace, text: str) -> Totals | None:
    compiled = workspace.compile(text)
    assert compiled is not None
    return workspace._halves.totals(compiled)


def are_right(workspace: Workspace, store: Path) -> bool:
    """Whether the totals of all filters, added up in halves, are those of one pass over a fresh look at the store."""
    with pytest.MonkeyPatch.context() as patch, open_workspace([store], wait=True) as fresh:
        patch.setattr(near, "LEAST_SPANS", 10**9)
        truth = [fresh.totals(text) for text in FILTERS]
        assert in_halves(fresh, FILTERS[0]) is None
    return [in_halves(workspace, text) for text in FILTERS] == truth


def test_both_ways_give_the_same(workspace: Workspace, store: Path) -> None:
    assert are_right(workspace, store)
    totals = workspace.totals("kind:tool")
    assert 0 < totals.traces < 60
    assert totals == in_halves(workspace, "kind:tool")


def test_spans_are_read_where_they_lie_and_never_by_their_key(workspace: Workspace) -> None:
    in_halves(workspace, "kind:tool")  # notes where they lie
    conn = workspace._readers.get()
    for text in [*FILTERS, "score.helpful:<0.5", "-is:rated", "id:a", "trace:00 is:leaf"]:
        run: list[str] = []
        conn.set_trace_callback(lambda sql, run=run: run.append(sql))  # type: ignore[misc]
        in_halves(workspace, text)
        conn.set_trace_callback(None)
        plan = conn.execute("EXPLAIN QUERY PLAN " + next(sql for sql in run if "FROM near_traces t" in sql))
        assert not [step for *_, step in plan if "spans" in step or "MATERIALIZE" in step], text


def test_a_regular_expression_is_looked_for_once_in_each_name_that_stands_in_many_spans(workspace: Workspace) -> None:
    in_halves(workspace, "kind:tool")  # notes names, too
    asked: list[str] = []
    conn = workspace._readers.get()
    conn.create_function("matches_regex", 2, lambda text, _: asked.append(text), deterministic=True)
    assert in_halves(workspace, "name:/nothing/") is not None
    assert sorted(asked) == ["agent", "generation", "tool"]


def test_values_of_which_hardly_two_are_the_same_are_not_kept(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(near, "_FORGET", near._FORGET.replace("> 100", "> 2"))
    assert in_halves(workspace, "name:/^agent$/") == workspace.totals("name:agent")
    kept = dict(workspace._readers.get().execute("SELECT field, count(*) FROM temp.near_values GROUP BY 1"))
    assert "name" not in kept
    assert kept["tool"] == 1


def test_one_trace_is_not_added_up_in_halves(workspace: Workspace, store: Path) -> None:
    put(store, [Span("0123456789abcdef", "0", None, start_ns=1)])
    workspace.catch_up()
    assert in_halves(workspace, "trace:0123456789abcdef") is None
    assert workspace.totals("trace:0123456789abcdef").traces == 1
    assert in_halves(workspace, "trace:0") is not None


def test_traces_that_were_rolled_up_again_are_read_anew(workspace: Workspace, store: Path) -> None:
    assert are_right(workspace, store)
    before = in_halves(workspace, "status:error")
    put(store, [Span("000", "late", "0", kind="tool", status="error", start_ns=5, end_ns=6), *trace(61)])
    assert are_right(workspace, store)
    assert in_halves(workspace, "status:error") != before


def test_what_plain_sql_adds_counts_after_the_next_poll(workspace: Workspace, store: Path) -> None:
    before = in_halves(workspace, "status:error")
    assert before is not None
    with closing(sqlite3.connect(store)) as conn, conn:
        conn.executemany(
            "INSERT INTO spans (trace_id, span_id, status, start_ns, end_ns) VALUES (?, 'plain', 'error', 1, 2)",
            [("000",), ("quite-new",), ("919",)],
        )
    workspace.catch_up()
    after = in_halves(workspace, "status:error")
    assert after == workspace.totals("status:error")
    assert after is not None
    assert after.errors == before.errors + 3
    assert are_right(workspace, store)


def test_traces_that_left_do_not_count_and_their_places_are_not_mistaken(workspace: Workspace, store: Path) -> None:
    assert are_right(workspace, store)
    with closing(open_store(store)) as conn:
        newest = [row[0] for row in conn.execute("SELECT trace_id FROM traces ORDER BY rowid DESC LIMIT 5")]
        with conn:
            drop_traces(conn, newest)
    put(store, [span for number in range(70, 75) for span in trace(number, "other")])  # in the rows that became free
    workspace.catch_up()
    assert are_right(workspace, store)


def test_a_store_that_was_compacted_is_noted_anew(workspace: Workspace, store: Path) -> None:
    assert are_right(workspace, store)
    with closing(sqlite3.connect(store)) as conn:
        conn.executescript("DELETE FROM spans WHERE trace_id = '000'; DELETE FROM stale; VACUUM;")
        conn.execute("DELETE FROM traces WHERE trace_id = '000'")
        conn.commit()
        conn.execute("VACUUM")
    assert are_right(workspace, store)


def test_spans_that_lie_far_apart_are_looked_up(tmp_path: Path) -> None:
    path = tmp_path / "mixed.db"
    put(path, [span for number in range(3, 400, 4) for span in trace(number)])
    with closing(sqlite3.connect(path)) as conn:
        # as a program writes that works on all of them at once
        spans = conn.execute("SELECT * FROM spans ORDER BY span_id, trace_id").fetchall()
        conn.execute("DELETE FROM spans")
        conn.executemany(f"INSERT INTO spans VALUES ({', '.join('?' * len(spans[0]))})", spans)
        conn.execute("DELETE FROM stale")
        conn.commit()
    with open_workspace([path], wait=True) as workspace:
        assert are_right(workspace, path)
        assert workspace._readers.get().execute("SELECT count(*) FROM temp.near").fetchone() == (0,)


def test_an_index_is_added_up_in_halves_too(tmp_path: Path) -> None:
    path = tmp_path / "calls.jsonl"
    rows = [{"trace_id": f"t{n}", "span_id": "a", "model": "m", "latency_ms": n, "timestamp": n + 1} for n in range(40)]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    with open_workspace([path], wait=True) as workspace:
        assert are_right(workspace, path)


def test_a_store_that_grows_is_halved_when_it_is_large_enough(
    workspace: Workspace, store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(near, "LEAST_SPANS", 200)
    assert in_halves(workspace, "kind:tool") is None
    put(store, [span for number in range(60, 160) for span in trace(number)])
    workspace.catch_up()
    assert are_right(workspace, store)


def test_halves_of_different_moments_are_not_put_together(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    moments = count()
    monkeypatch.setattr(halves, "load_near_sums", lambda *_: ([], Moment(next(moments), 0)))
    assert in_halves(workspace, "kind:tool") is None
    assert workspace.totals("kind:tool").traces > 0


def test_a_sample_is_estimated_in_one_pass(store: Path) -> None:
    with closing(open_store(store)) as conn:
        write_weights(conn, [Weight("000", 2.0, "rate")])
    with open_workspace([store], wait=True) as workspace:
        assert in_halves(workspace, "user:u0") is None
        assert workspace.totals("user:u0").is_estimate


def test_a_column_that_an_older_store_does_not_have_is_empty(store: Path) -> None:
    with closing(sqlite3.connect(store)) as conn:
        conn.executescript("ALTER TABLE spans DROP COLUMN environment; PRAGMA user_version = 1")
    with open_workspace([store], wait=True) as workspace:
        found = in_halves(workspace, "-environment:production")
        assert found is not None
        assert found.traces == 60


def test_a_question_that_is_interrupted_stops_both_halves(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert in_halves(workspace, "kind:tool") is not None
    stopped: list[int | None] = []
    monkeypatch.setattr(workspace._readers, "interrupt", stopped.append)
    second = workspace._halves._thread

    def add_up(conn: sqlite3.Connection, part: near.Part, *_: object) -> tuple[list[Sums], Moment]:
        if part.first_row == 0:
            raise sqlite3.OperationalError("interrupted")
        return [], Moment(0, 0)

    monkeypatch.setattr(halves, "load_near_sums", add_up)
    with pytest.raises(sqlite3.OperationalError):
        in_halves(workspace, "kind:tool")
    assert stopped == [second]
