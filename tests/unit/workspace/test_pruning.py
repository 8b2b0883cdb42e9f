"""Pruning beside others: what is written or rated between the plan and its end stays, and who has the store open follows."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from tracetui.errors import NotWritable
from tracetui.store.sampling import Policy
from tracetui.workspace import Workspace
from tracetui.workspace.pruning import pruning

Write = Callable[..., None]
NOW_NS = time.time_ns()
DAY_NS = 86_400 * 10**9


@pytest.fixture
def old_traces(write: Write) -> list[str]:
    """Three traces of last month."""
    names = ["a", "b", "c"]
    for name in names:
        write(name, "root", start_ns=NOW_NS - 30 * DAY_NS, end_ns=NOW_NS - 30 * DAY_NS + 10**9, input="hello " * 1_000)
    return names


def stays(path: Path, sql: str) -> list[str]:
    """What is left of old traces when other programs do something after the plan was made."""
    with pruning(path, is_dry=False) as pruner:
        plan = pruner.plan(NOW_NS - DAY_NS)
        assert plan.by_age.traces == 3
        with closing(sqlite3.connect(path)) as conn, conn:
            conn.execute(sql)
        pruner.apply(plan)
    with closing(sqlite3.connect(path)) as conn, conn:
        return [row[0] for row in conn.execute("SELECT DISTINCT trace_id FROM spans ORDER BY 1")]


@pytest.mark.parametrize(
    "sql",
    [
        "INSERT INTO scores (id, trace_id, name, value) VALUES ('s', 'b', 'user_rating', 1)",
        "INSERT INTO spans (trace_id, span_id, start_ns) VALUES ('b', 'late', 5)",
        "UPDATE spans SET status = 'error' WHERE trace_id = 'b'",
    ],
)
def test_what_is_rated_or_written_after_the_plan_stays(traces_db: Path, old_traces: list[str], sql: str) -> None:
    assert stays(traces_db, sql) == ["b"]


def test_a_score_that_was_taken_back_keeps_nothing_and_is_kept(traces_db: Path, old_traces: list[str]) -> None:
    sql = "INSERT INTO scores (id, trace_id, name, value, retracted_ns) VALUES ('s', 'b', 'user_rating', 1, 7)"
    assert stays(traces_db, sql) == []
    with closing(sqlite3.connect(traces_db)) as conn, conn:
        assert conn.execute("SELECT count(*) FROM scores").fetchone() == (1,)


def test_a_workspace_that_is_open_follows_a_pruning_to_its_end(
    workspace: Workspace, traces_db: Path, old_traces: list[str], write: Write
) -> None:
    write("new", "root", start_ns=NOW_NS, end_ns=NOW_NS + 1)
    workspace.catch_up()
    assert len(workspace.trace_ids()) == 4
    with pruning(traces_db, is_dry=False) as pruner:
        gone = pruner.apply(pruner.plan(NOW_NS - DAY_NS))
        pruner.compact()
    assert (gone.traces, gone.bytes > 18_000) == (3, True)
    assert workspace.poll().trace_ids >= {"a", "b", "c"}
    assert workspace.trace_ids() == ["new"]
    write("newer", "root", start_ns=NOW_NS + 5, end_ns=NOW_NS + 9)
    workspace.catch_up()
    assert workspace.trace_ids() == ["newer", "new"]


def test_what_runs_is_as_old_as_what_happened_last_in_it(traces_db: Path, write: Write) -> None:
    write("long", "root", start_ns=NOW_NS - 30 * DAY_NS, end_ns=None)
    write("long", "step", parent_id="root", start_ns=NOW_NS - 10**9, end_ns=NOW_NS)
    write("dead", "root", start_ns=NOW_NS - 30 * DAY_NS, end_ns=None)
    with pruning(traces_db, is_dry=True) as pruner:
        assert [one.trace_id for one in pruner.plan(NOW_NS - DAY_NS).old] == ["dead"]


def test_a_call_that_plain_sql_wrote_is_priced_before_the_costliest_are_looked_for(
    traces_db: Path, write: Write
) -> None:
    for number in range(100):
        tokens = 1_000_000 if number == 40 else 1_000
        call = {"kind": "generation", "model": "gpt-5-mini", "provider": "openai", "output_tokens": 9}
        write(f"t{number}", "a", input_tokens=tokens, start_ns=NOW_NS - DAY_NS, end_ns=NOW_NS - DAY_NS + 10**9, **call)
    with pruning(traces_db, is_dry=False) as pruner:
        plan = pruner.plan(None, Policy(0.01), NOW_NS)
        pruner.apply(plan)
    kept = {one.seen.trace_id: one.weight.reason for one in plan.decisions if one.weight is not None}
    assert kept["t40"] == "cost"
    with closing(sqlite3.connect(traces_db)) as conn, conn:
        sql = "SELECT cost_origin FROM spans WHERE trace_id = 't40'"
        assert conn.execute(sql).fetchone() == ("computed",)


def test_a_dry_run_keeps_nobody_from_writing(traces_db: Path, old_traces: list[str]) -> None:
    with pruning(traces_db, is_dry=False) as pruner:
        pruner.plan(None)
    with pruning(traces_db, is_dry=True) as pruner:
        assert pruner.plan(NOW_NS - DAY_NS).by_age.traces == 3
        with closing(sqlite3.connect(traces_db, timeout=0)) as conn, conn:
            conn.execute("INSERT INTO spans (trace_id, span_id, start_ns) VALUES ('b', 'late', 5)")


def test_a_store_that_another_program_holds_is_said(traces_db: Path, old_traces: list[str]) -> None:
    other = sqlite3.connect(traces_db)

    def prune() -> None:
        with pruning(traces_db, is_dry=False) as pruner:
            pruner._conn.execute("PRAGMA busy_timeout = 1")
            other.execute("BEGIN IMMEDIATE")
            pruner.plan(NOW_NS)

    with pytest.raises(NotWritable, match="cannot be pruned now"):
        prune()
    other.rollback()
    other.close()
