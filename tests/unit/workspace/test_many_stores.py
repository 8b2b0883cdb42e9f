"""More stores at once than SQLite attaches: the rest is read through the index, with the same figures."""

from __future__ import annotations

import sqlite3
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
            with sqlite3.connect(paths[number]) as conn:
                conn.execute("INSERT INTO spans (trace_id, span_id, start_ns) VALUES (?, 's', 5)", (f"late {number}",))
            conn.close()
            other = open_store(paths[number])
            save_score(other, "scores", Score(f"late {number}", f"t{number}", "s", "stars", 2.0, time_ns=2))
            other.close()
        workspace.catch_up()
        assert figures(workspace) == (STORES + 2, STORES + 2, 2 * STORES, STORES + 2)


def test_a_rating_goes_into_the_store_itself_and_can_be_taken_back(paths: list[Path]) -> None:
    with open_workspace(paths, wait=True) as workspace:
        workspace.score(f"t{STORES - 1}", None, "mine", value=1.0)
        assert workspace.stats()["scores"]["mine"]["count"] == 1
        with sqlite3.connect(paths[-1]) as conn:
            assert conn.execute("SELECT count(*) FROM scores WHERE name = 'mine'").fetchone() == (1,)
        conn.close()
        workspace.undo()
        workspace.catch_up()
        assert "mine" not in workspace.stats()["scores"]
