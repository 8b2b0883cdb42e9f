"""More stores at once than SQLite attaches, or with traces in common: they are read through the index, and counted once."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tracetui.model import Score, Span, Usage
from tracetui.store.connection import open_store
from tracetui.store.scores import save_score
from tracetui.store.write import Entry, write_spans
from tracetui.workspace import Workspace, open_workspace

STORES = 13


def call(number: int) -> Span:
    return Span(
        f"t{number}", "s", None, "generation", f"call {number}", 10 + number, 20 + number, usage=Usage(1, output=2)
    )


@pytest.fixture
def paths(tmp_path: Path) -> list[Path]:
    found = []
    for number in range(STORES):
        path = tmp_path / f"{number:02}.db"
        conn = open_store(path)
        write_spans(conn, [Entry(call(number))], is_index=False)
        conn.execute(
            "INSERT INTO payloads (trace_id, span_id, output) VALUES (?, 's', ?)", (f"t{number}", f'"said {number}"')
        )
        save_score(conn, "scores", Score(f"score {number}", f"t{number}", None, "stars", 4.0, time_ns=1))
        conn.close()
        found.append(path)
    return found


def figures(workspace: Workspace) -> tuple[int, int, int, int]:
    stats = workspace.stats()
    return stats["traces"], stats["spans"], stats["tokens"]["output"], stats["scores"]["stars"]["count"]


def test_all_stores_are_read_and_opened_again_in_any_order(paths: list[Path]) -> None:
    for some in (paths, paths, paths[::-1]):
        with open_workspace(some, wait=True) as workspace:
            assert figures(workspace) == (STORES, STORES, 2 * STORES, STORES)
            for number in range(STORES):
                assert workspace.payload(f"t{number}", "s").output == f"said {number}"


def test_what_is_written_later_into_any_of_them_is_seen(paths: list[Path]) -> None:
    with open_workspace(paths, wait=True) as workspace:
        for number in (0, STORES - 1):
            with closing(sqlite3.connect(paths[number])) as conn, conn:
                conn.execute("INSERT INTO spans (trace_id, span_id, start_ns) VALUES (?, 's', 5)", (f"late {number}",))
            other = open_store(paths[number])
            save_score(other, "scores", Score(f"late {number}", f"t{number}", "s", "stars", 2.0, time_ns=2))
            other.close()
        workspace.catch_up()
        assert figures(workspace) == (STORES + 2, STORES + 2, 2 * STORES, STORES + 2)


def test_a_rating_goes_into_the_store_itself_and_can_be_taken_back(paths: list[Path]) -> None:
    with open_workspace(paths, wait=True) as workspace:
        workspace.score(f"t{STORES - 1}", None, "mine", value=1.0)
        assert workspace.stats()["scores"]["mine"]["count"] == 1
        with closing(sqlite3.connect(paths[-1])) as conn, conn:
            assert conn.execute("SELECT count(*) FROM scores WHERE name = 'mine'").fetchone() == (1,)
        workspace.undo()
        workspace.catch_up()
        assert "mine" not in workspace.stats()["scores"]


def part(path: Path, *spans: Span) -> Path:
    conn = open_store(path)
    write_spans(conn, [Entry(span) for span in spans], is_index=False)
    conn.close()
    return path


def insert(path: Path, trace_id: str, span_id: str, parent_id: str | None = None) -> None:
    """Write a span with plain SQL, as another program would."""
    conn = sqlite3.connect(path)
    with conn:
        sql = "INSERT INTO spans (trace_id, span_id, parent_id, start_ns, end_ns) VALUES (?, ?, ?, 15, 16)"
        conn.execute(sql, (trace_id, span_id, parent_id))
    conn.close()


def shapes(workspace: Workspace) -> dict[str, list[str]]:
    return {
        trace.trace_id: sorted(node.span.span_id for node in workspace.tree(trace.trace_id).nodes)
        for trace in workspace.traces()
    }


def test_a_store_and_its_copy_are_counted_once(paths: list[Path]) -> None:
    copy = paths[0].with_name("copy.db")
    copy.write_bytes(paths[0].read_bytes())
    for some in ([paths[0], copy, paths[1]], [copy, paths[1], paths[0]]):
        with open_workspace(some, wait=True) as workspace:
            assert figures(workspace) == (2, 2, 4, 2)
            assert workspace.payload("t0", "s").output == "said 0"


def test_a_trace_of_which_two_stores_have_a_part_is_one(tmp_path: Path) -> None:
    one = part(tmp_path / "one.db", Span("t", "a", None, "agent", "front", 10, 90))
    two = part(tmp_path / "two.db", Span("t", "b", "a", "tool", "back", 20, 30), Span("u", "c", start_ns=1))
    with open_workspace([one, two], wait=True) as workspace:
        assert shapes(workspace) == {"t": ["a", "b"], "u": ["c"]}
        for path, span_id in ((one, "d"), (two, "e"), (one, "f")):
            insert(path, "t", span_id, "a")
            workspace.catch_up()
        assert shapes(workspace) == {"t": ["a", "b", "d", "e", "f"], "u": ["c"]}
        assert workspace.stats()["spans"] == 6


def test_a_part_that_plain_sql_wrote_hides_no_other(tmp_path: Path) -> None:
    one = part(tmp_path / "one.db", Span("t", "a", None, "agent", "front", 10, 90))
    two = part(tmp_path / "two.db")
    insert(two, "t", "b", "a")
    with open_workspace([one, two], wait=True) as workspace:
        assert shapes(workspace) == {"t": ["a", "b"]}


def test_a_store_that_a_directory_brings_later_makes_one_trace_of_two_parts(tmp_path: Path) -> None:
    part(tmp_path / "one.db", Span("t", "a", None, "agent", "front", 10, 90))
    with open_workspace([tmp_path], wait=True) as workspace:
        assert shapes(workspace) == {"t": ["a"]}
        part(tmp_path / "two.db", Span("t", "b", "a", "tool", "back", 20, 30))
        workspace.catch_up()
        assert shapes(workspace) == {"t": ["a", "b"]}


def test_a_trace_that_comes_to_be_in_two_stores_while_they_are_open_is_one(tmp_path: Path) -> None:
    one = part(tmp_path / "one.db", Span("u", "a", start_ns=1, end_ns=2))
    two = part(tmp_path / "two.db", Span("v", "b", start_ns=1, end_ns=2))
    with open_workspace([one, two], wait=True) as workspace:
        insert(one, "t", "c")
        workspace.catch_up()
        part(two, Span("t", "d", "c", start_ns=3, end_ns=4))
        workspace.catch_up()
        assert shapes(workspace) == {"u": ["a"], "v": ["b"], "t": ["c", "d"]}
        assert workspace.stats()["spans"] == 4


def lines(path: Path, *ids: tuple[str, str]) -> Path:
    """A file of tracetui's own form with these spans."""
    rows = ({"trace_id": trace_id, "span_id": span_id, "start_ns": 5, "end_ns": 6} for trace_id, span_id in ids)
    with path.open("a") as file:
        file.writelines(json.dumps({"tracetui": 1} | row) + "\n" for row in rows)
    return path


def test_a_trace_of_which_a_file_and_a_store_have_a_part_is_one(tmp_path: Path) -> None:
    store = part(tmp_path / "one.db", Span("t", "a", None, "agent", "front", 10, 90), Span("u", "b", start_ns=1))
    file = lines(tmp_path / "more.jsonl", ("t", "c"), ("v", "d"))
    with open_workspace([store, file], wait=True) as workspace:
        assert shapes(workspace) == {"t": ["a", "c"], "u": ["b"], "v": ["d"]}
        part(store, Span("v", "e", start_ns=7, end_ns=8))
        workspace.catch_up()
        assert shapes(workspace) == {"t": ["a", "c"], "u": ["b"], "v": ["d", "e"]}


def test_what_a_store_rolled_up_takes_nothing_of_a_file_away(tmp_path: Path) -> None:
    store = part(tmp_path / "one.db", Span("u", "b", start_ns=1, end_ns=2))
    file = lines(tmp_path / "more.jsonl", ("t", "c"))
    with open_workspace([store, file], wait=True) as workspace:
        part(store, Span("t", "a", start_ns=3, end_ns=4))
        workspace.catch_up()
        assert shapes(workspace) == {"t": ["a", "c"], "u": ["b"]}


def test_a_store_stays_on_the_screen_until_its_copy_is_complete(tmp_path: Path) -> None:
    many = [Span(f"t{number}", "s", start_ns=number + 1, end_ns=2_000) for number in range(600)]
    one = part(tmp_path / "one.db", *many)
    two = part(tmp_path / "two.db", many[0])
    with open_workspace([one, two]) as workspace:
        while workspace.poll(0.0).indexing:
            assert workspace.stats()["traces"] >= len(many)
        assert workspace.stats()["traces"] == len(many)


def test_an_empty_store_that_is_read_through_the_index_is_at_rest(paths: list[Path]) -> None:
    empty = part(paths[0].with_name("empty.db"))
    with open_workspace([*paths, empty], wait=True) as workspace:
        origin = workspace._live.origins[-1]
        assert origin.source.path == empty
        assert not origin.source.changed(origin.cursor)
