"""Rows that name a parent and no trace, in whatever order and however late they come."""

from __future__ import annotations

import json
import random
import sqlite3
from pathlib import Path
from typing import Any

import pytest

import tracetui
from tracetui.workspace import Workspace

ROWS: list[dict[str, Any]] = [
    {"id": "top", "parent_id": None, "kind": "agent", "name": "run"},
    {"id": "step", "parent_id": "top", "kind": "chain", "name": "step"},
    {"id": "inner", "parent_id": "step", "kind": "chain", "name": "inner"},
    {"id": "call", "parent_id": "inner", "kind": "llm", "name": "call"},
    {"id": "other", "parent_id": "step", "kind": "llm", "name": "other"},
    {"id": "alone", "parent_id": None, "kind": "llm", "name": "alone"},
]
ONE = {"top": {"top", "step", "inner", "call", "other"}, "alone": {"alone"}}


def filled(row: dict[str, Any]) -> dict[str, Any]:
    asked = {"model": "gpt-5-mini", "prompt": "Where?", "response": "Here.", "prompt_tokens": 5}
    return {**row, "timestamp": "2026-11-20T10:00:00Z", **asked}


def write_lines(path: Path, rows: list[dict[str, Any]]) -> None:
    with path.open("a") as file:
        file.writelines(json.dumps(filled(row)) + "\n" for row in rows)


def write_rows(path: Path, rows: list[dict[str, Any]]) -> None:
    conn = sqlite3.connect(path)
    columns = list(filled(ROWS[0]))
    conn.execute(f"CREATE TABLE IF NOT EXISTS calls ({', '.join(columns)})")
    for row in rows:
        conn.execute(f"INSERT INTO calls VALUES ({', '.join('?' * len(columns))})", list(filled(row).values()))
    conn.commit()
    conn.close()


def families(workspace: Workspace) -> dict[str, set[str]]:
    return {
        trace_id: {node.span.span_id for node in workspace.tree(trace_id).nodes} for trace_id in workspace.trace_ids()
    }


@pytest.mark.parametrize("is_opened_anew", [False, True], ids=["one process", "opened anew"])
@pytest.mark.parametrize("order", ["children first", "parents first", *range(4)], ids=str)
@pytest.mark.parametrize("kind", ["jsonl", "db"])
def test_rows_that_come_one_by_one_end_in_the_trace_of_their_root(
    kind: str, order: Any, is_opened_anew: bool, tmp_path: Path
) -> None:
    rows = list(ROWS) if order == "parents first" else list(reversed(ROWS))
    if isinstance(order, int):
        random.Random(order).shuffle(rows)
    path, write = tmp_path / f"calls.{kind}", write_lines if kind == "jsonl" else write_rows
    write(path, rows[:1])
    workspace = tracetui.open(path)
    try:
        for row in rows[1:]:
            workspace.catch_up()
            write(path, [row])
            if is_opened_anew:
                workspace.close()
                workspace = tracetui.open(path)
        workspace.catch_up()
        assert families(workspace) == ONE
        assert workspace.tree("top").nodes[0].children == 1
        assert workspace.payload("top", "call").raw
    finally:
        workspace.close()


def test_a_rating_moves_with_its_span(tmp_path: Path) -> None:
    path = tmp_path / "calls.jsonl"
    rows = [filled(row) for row in ROWS]
    path.write_text(json.dumps({**rows[3], "rating": 4}) + "\n")
    with tracetui.open(path) as workspace:
        workspace.catch_up()
        write_lines(path, ROWS[:3])
        workspace.catch_up()
        (trace,) = workspace.traces()
        assert [(score.span_id, score.value) for score in trace.scores] == [("call", 4.0)]
