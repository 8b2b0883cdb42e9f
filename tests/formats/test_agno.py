"""agno's database against what agno itself said of each run."""

from __future__ import annotations

import itertools
import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from tests.formats.databases import rows_of
from tests.formats.source_reading import read_source
from tests.formats.store_samples import DATA, SAMPLES, run_here
from tracetui.sources.agno import AgnoSource
from tracetui.sources.head import Head


@pytest.fixture
def store(tmp_path: Path) -> Path:
    return SAMPLES["agno-agno"].unpack(tmp_path)


def truth() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((DATA / "agno" / "expected.json").read_text())
    return found


def test_the_sums_are_agnos(store: Path) -> None:
    facts = read_source(AgnoSource(store)).facts()
    totals = truth()["totals"]
    assert facts["traces"] == totals["runs"]
    kinds: Any = facts["kinds"]
    assert kinds["agent"] == totals["runs"]


def test_each_run_is_told_as_agno_tells_it(store: Path) -> None:
    source = AgnoSource(store)
    reading = read_source(source)
    for session in truth()["sessions"]:
        for run in session["runs"]:
            root = reading.spans[run["run_id"], run["run_id"]]
            below = [span for span in reading.spans.values() if span.trace_id == run["run_id"] and span is not root]
            calls = [span for span in below if span.kind == "generation"]
            assert root.session_id == session["session_id"]
            assert root.user_id == session["user"]
            assert root.status == ("error" if run["status"] == "ERROR" else "success")
            assert [span.name for span in below if span.kind == "tool"] == run["tools"]
            assert sum((s.usage.input or 0) + (s.usage.cache_read or 0) for s in calls) == (
                run.get("input_tokens") or 0
            )
            assert sum(s.usage.output or 0 for s in calls) == (run.get("output_tokens") or 0)
            assert {s.model for s in calls} <= {run["model"]}
            payload = source.payload(root, reading.references[run["run_id"], run["run_id"]])
            if root.status == "success":
                assert isinstance(payload.output, tuple)
                assert str(payload.output[0].parts[0].text).startswith(run["content_prefix"])  # type: ignore[union-attr]
            else:
                assert str(root.status_message).startswith(run["content_prefix"])


def test_a_tool_that_failed_is_an_error_with_its_time(store: Path) -> None:
    spans = read_source(AgnoSource(store)).spans.values()
    failed = next(span for span in spans if span.kind == "tool" and span.status == "error")
    assert (failed.name, failed.status_message) == ("broken", "kaputt 💥")
    assert failed.duration_ns == pytest.approx(1_373_859, abs=1000)


def test_calls_are_laid_one_after_another(store: Path) -> None:
    spans = read_source(AgnoSource(store)).spans.values()
    run = "42c4861c-a24d-48c6-8f9f-fc0563dd4c23"
    parts = sorted((s for s in spans if s.trace_id == run and s.parent_id), key=lambda s: s.start_ns)
    assert [span.kind for span in parts] == ["generation", "tool", "generation"]
    assert all(one.end_ns is not None and one.end_ns <= two.start_ns for one, two in itertools.pairwise(parts))


def runs_in_sessions(store: Path) -> None:
    """The layout of agno 2: a session holds its runs."""
    conn = sqlite3.connect(store)
    runs: dict[str, list[Any]] = {}
    for session, data in conn.execute("SELECT session_id, run_data FROM agno_runs ORDER BY run_index"):
        runs.setdefault(session, []).append(json.loads(data))
    conn.execute("ALTER TABLE agno_sessions ADD COLUMN runs JSON")
    for session, found in runs.items():
        conn.execute("UPDATE agno_sessions SET runs = ? WHERE session_id = ?", (json.dumps(found), session))
    conn.execute("DROP TABLE agno_runs")
    conn.commit()
    conn.close()


def test_agno_2_keeps_the_runs_in_the_session(store: Path) -> None:
    whole = read_source(AgnoSource(store)).spans
    runs_in_sessions(store)
    assert AgnoSource.recognise(Head(store))
    assert set(read_source(AgnoSource(store)).spans) == set(whole)


def test_a_session_that_grows_is_read_again(store: Path) -> None:
    runs_in_sessions(store)
    source = AgnoSource(store)
    reading = read_source(source)
    run_here(
        store,
        "UPDATE agno_sessions SET updated_at = updated_at + 1, runs = json_insert(runs, '$[#]',"
        """ json('{"run_id": "new", "status": "RUNNING", "created_at": 1795422700}')) WHERE session_id = 'sess-1-0'""",
    )
    again = read_source(source, reading.cursor)
    assert again.spans["new", "new"].status == "running"
    assert again.spans["new", "new"].end_ns is None


def test_a_run_that_ends_is_no_longer_running(store: Path) -> None:
    run_here(
        store,
        "UPDATE agno_runs SET status = 'RUNNING', run_data = json_set(run_data, '$.status', 'RUNNING') WHERE rowid = 1",
    )
    source = AgnoSource(store)
    reading = read_source(source)
    run_id = next(span.span_id for span in reading.spans.values() if span.status == "running")
    run_here(
        store,
        "UPDATE agno_runs SET status = 'COMPLETED', run_data = json_set(run_data, '$.status', 'COMPLETED') WHERE rowid = 1",
    )
    assert read_source(source, reading.cursor).spans[run_id, run_id].status == "success"


def test_a_members_run_lies_under_the_tool_that_delegated_to_it(store: Path) -> None:
    ((team,),) = rows_of(store, "SELECT run_id FROM agno_runs WHERE run_type = 'team' LIMIT 1")
    member = '{"run_id": "member", "status": "COMPLETED", "created_at": 1795422674, "agent_name": "Billing"}'
    run_here(
        store,
        f"INSERT INTO agno_runs (run_id, session_id, run_type, parent_run_id, status, run_index, run_data, created_at)"
        f" SELECT 'member', session_id, 'agent', run_id, 'COMPLETED', 9, '{member}', created_at FROM agno_runs WHERE run_id = '{team}'",
    )
    assert read_source(AgnoSource(store)).spans[team, "member"].parent_id == team
    run_here(
        store,
        f"UPDATE agno_runs SET run_data = json_set(run_data, '$.tools[0].child_run_id', 'member') WHERE run_id = '{team}'",
    )
    spans = read_source(AgnoSource(store)).spans
    above = spans[team, str(spans[team, "member"].parent_id)]
    assert (above.kind, above.name) == ("tool", "delegate_task_to_member")


def test_messages_from_history_are_not_counted_again(store: Path) -> None:
    run_here(
        store,
        "UPDATE agno_runs SET run_data = json_set(run_data, '$.messages[2].from_history', json('true')) WHERE rowid = 1",
    )
    kinds: Any = read_source(AgnoSource(store)).facts()["kinds"]
    assert kinds["generation"] == 27
