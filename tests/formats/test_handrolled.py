"""Logs and tables that developers write by hand, against what is in them: tests/data/handrolled, and forms of our own."""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.formats.source_reading import read_source, without_zeros
from tests.formats.store_samples import run_here
from tracetui import open as open_traces
from tracetui.model import Message, Payload, Score, Span, Text, Thinking, ToolCall, ToolResult, Tree
from tracetui.sources import sqlite_table
from tracetui.sources.sqlite_scores import SqliteScores
from tracetui.sources.sqlite_table import SqliteTableSource
from tracetui.workspace import Workspace

DATA = Path(__file__).parents[1] / "data" / "handrolled"
EXPECTED: dict[str, dict[str, Any]] = json.loads((DATA / "expected.json").read_text())["files"]
COMPARED = ("traces", "spans", "kinds", "statuses", "trace_statuses", "tokens", "models", "users", "sessions", "start")

USER = {"role": "user", "content": "Where is it?"}
OPENAI_REQUEST = {"model": "gpt-4o-mini", "messages": [{"role": "system", "content": "Be brief."}, USER], "user": "u9"}
OPENAI_RESPONSE = {
    "id": "chatcmpl-1",
    "model": "gpt-4o-mini-2024-07-18",
    "choices": [{"index": 0, "message": {"role": "assistant", "content": "Here."}, "finish_reason": "stop"}],
    "usage": {"prompt_tokens": 1999, "completion_tokens": 10, "prompt_tokens_details": {"cached_tokens": 1792}},
}
AT = {"timestamp": "2026-11-20T10:00:00Z"}

Rows = list[dict[str, Any]]
Opened = Callable[[Rows], Workspace]


@pytest.fixture(params=["jsonl", "array", "sqlite"])
def opened(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Opened]:
    """Open the same rows as JSON lines, as one array, and as a table whose nested values are JSON text."""
    workspaces: list[Workspace] = []
    write = {"jsonl": write_lines, "array": write_array, "sqlite": write_table}[request.param]

    def open_rows(rows: Rows) -> Workspace:
        workspaces.append(open_traces(write(tmp_path, rows)))
        return workspaces[-1]

    yield open_rows
    for workspace in workspaces:
        workspace.close()


def write_lines(folder: Path, rows: Rows) -> Path:
    path = folder / "calls.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def write_array(folder: Path, rows: Rows) -> Path:
    path = folder / "calls.json"
    path.write_text(json.dumps(rows))
    return path


def write_table(folder: Path, rows: Rows) -> Path:
    path = folder / "calls.db"
    columns = list(dict.fromkeys(name for row in rows for name in row))
    conn = sqlite3.connect(path)
    conn.execute(f"CREATE TABLE llm_calls ({', '.join(columns)})")
    for row in rows:
        values = [json.dumps(value) if isinstance(value, dict | list) else value for value in map(row.get, columns)]
        conn.execute(f"INSERT INTO llm_calls VALUES ({', '.join('?' * len(columns))})", values)
    conn.commit()
    conn.close()
    return path


def trees(workspace: Workspace) -> list[Tree]:
    return [workspace.tree(trace_id) for trace_id in workspace.trace_ids(sort="start")]


def first(workspace: Workspace) -> tuple[Span, Payload]:
    span = trees(workspace)[0].nodes[0].span
    return span, workspace.payload(span.trace_id, span.span_id)


def said(content: object) -> list[tuple[str, object]]:
    assert isinstance(content, tuple)
    return [(message.role, part) for message in content for part in message.parts]


@pytest.mark.parametrize("name", EXPECTED)
def test_a_file_holds_exactly_what_was_logged(name: str, tmp_path: Path) -> None:
    path = Path(shutil.copy(DATA / name, tmp_path))
    before = path.read_bytes()
    expected = EXPECTED[name]
    workspace = open_traces(path)
    stats = workspace.stats()
    for key in COMPARED:
        if key not in expected:
            continue
        if key == "start":
            assert stats["start"] == expected["start"][:26] + "Z"
        elif isinstance(expected[key], dict):
            assert without_zeros(stats[key]) == without_zeros(expected[key]), key
        else:
            assert stats[key] == expected[key], key
    if "cost" in expected:
        assert stats["cost"]["recorded_usd"] == pytest.approx(expected["cost"]["recorded_usd"])
        assert stats["cost"]["priced"] == expected["cost"]["recorded_spans"]
    if "inconsistent_usage" in expected:
        marked = [node.span.usage.inconsistent for tree in trees(workspace) for node in tree.nodes]
        assert sum(marked) == expected["inconsistent_usage"]
        assert stats["cost"]["reasons"] == {"inconsistent usage": expected["inconsistent_usage"]}
    if "ratings" in expected:
        assert stats["scores"]["rating"]["count"] == expected["ratings"]
    assert stats["sources"][0]["format"] == expected["format"]
    assert stats["sources"][0]["skipped"] == 0
    workspace.close()
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    "row",
    [
        {**AT, "request": OPENAI_REQUEST, "response": OPENAI_RESPONSE},
        {**AT, "request": {"url": "https://x", "body": OPENAI_REQUEST}, "response": {"status": 200, "body": OPENAI_RESPONSE}},
        {**AT, "request_body": json.dumps(OPENAI_REQUEST), "response_body": json.dumps(OPENAI_RESPONSE)},
        {"created": 1795168800, **OPENAI_RESPONSE, "request": OPENAI_REQUEST},
        {**AT, "model": "gpt-4o-mini", "messages": OPENAI_REQUEST["messages"], "choices": OPENAI_RESPONSE["choices"],
         "usage": OPENAI_RESPONSE["usage"]},
    ],
    ids=["bodies", "wrapped bodies", "bodies as text", "the response itself", "choices alone"],
)  # fmt: skip
def test_an_openai_body_is_read_wherever_it_stands(opened: Opened, row: dict[str, Any]) -> None:
    span, payload = first(opened([row]))
    assert (span.kind, span.status, span.finish_reason) == ("generation", "success", "stop")
    assert span.start_ns == 1_795_168_800 * 10**9
    assert (span.usage.input, span.usage.cache_read, span.usage.output) == (207, 1792, 10)
    assert said(payload.input) == [("system", Text("Be brief.")), ("user", Text("Where is it?"))]
    assert said(payload.output) == [("assistant", Text("Here."))]


def test_an_anthropic_body_keeps_thinking_tools_and_exclusive_usage(opened: Opened) -> None:
    request = {
        "model": "claude-sonnet-4-5", "system": [{"type": "text", "text": "Be nice."}], "max_tokens": 9,
        "messages": [
            {"role": "user", "content": "hi"},
            {"role": "assistant", "content": [
                {"type": "thinking", "thinking": "hmm"}, {"type": "tool_use", "id": "t1", "name": "g", "input": {"q": 1}}]},
            {"role": "user", "content": [
                {"type": "tool_result", "tool_use_id": "t1", "content": "none", "is_error": True}]},
        ],
    }  # fmt: skip
    response = {
        "id": "msg_1", "type": "message", "role": "assistant", "content": [{"type": "text", "text": "done"}],
        "stop_reason": "end_turn", "usage": {"input_tokens": 19, "cache_read_input_tokens": 39_000, "output_tokens": 5},
    }  # fmt: skip
    span, payload = first(opened([{"ts": 1795168800123, "request": request, "response": response}]))
    assert (span.usage.input, span.usage.cache_read, span.usage.output) == (19, 39_000, 5)
    assert span.finish_reason == "end_turn"
    assert [part for _, part in said(payload.input)] == [
        Text("Be nice."), Text("hi"), Thinking("hmm"), ToolCall("t1", "g", {"q": 1}), ToolResult("t1", "none", True),
    ]  # fmt: skip
    assert said(payload.output) == [("assistant", Text("done"))]


def test_a_gemini_body_adds_its_thoughts_and_has_one_system_prompt(opened: Opened) -> None:
    request = {
        "systemInstruction": {"parts": [{"text": "Be brief."}]},
        "contents": [{"role": "user", "parts": [{"text": "hi"}]}],
    }
    response = {
        "candidates": [{"content": {"role": "model", "parts": [{"text": "yo"}]}, "finishReason": "SAFETY"}],
        "usageMetadata": {
            "promptTokenCount": 100, "cachedContentTokenCount": 30, "candidatesTokenCount": 10, "thoughtsTokenCount": 7,
            "totalTokenCount": 117,
        },
    }  # fmt: skip
    span, payload = first(opened([{**AT, "model": "gemini-2.5-flash", "request": request, "response": response}]))
    assert (span.usage.input, span.usage.cache_read, span.usage.output, span.usage.reasoning) == (70, 30, 17, 7)
    assert (span.status, span.finish_reason) == ("refused", "SAFETY")
    assert said(payload.input) == [("system", Text("Be brief.")), ("user", Text("hi"))]


def test_a_line_of_ollama_is_its_own_answer(opened: Opened) -> None:
    row = {
        "created_at": "2026-11-20T10:00:00Z", "model": "llama3", "messages": [USER], "done_reason": "stop",
        "message": {"role": "assistant", "content": "Here."}, "prompt_eval_count": 26, "eval_count": 10,
        "total_duration": 5_000_000_000,
    }  # fmt: skip
    span, payload = first(opened([row]))
    assert said(payload.output) == [("assistant", Text("Here."))]
    assert (span.usage.input, span.usage.output, span.duration_ns) == (26, 10, 5 * 10**9)


def test_a_refusal_within_the_answer_makes_the_span_refused(opened: Opened) -> None:
    choice = {"message": {"role": "assistant", "content": None, "refusal": "No."}, "finish_reason": "stop"}
    workspace = opened([{**AT, "request": OPENAI_REQUEST, "response": {**OPENAI_RESPONSE, "choices": [choice]}}])
    assert first(workspace)[0].status == "refused"
    assert workspace.totals("is:refused").traces == 1


def test_rows_that_name_parents_but_no_trace_are_one_trace(opened: Opened) -> None:
    root = {"run_id": "r1", "parent_run_id": None, "run_type": "chain", "name": "root", "start_time": "2026-11-20T10:00:00Z",
            "end_time": "2026-11-20T10:00:05Z", "inputs": {"q": "hi"}, "outputs": {"a": "yo"}}  # fmt: skip
    call = {**root, "run_id": "r2", "parent_run_id": "r1", "run_type": "llm", "name": "call", "rating": 5}
    tool = {**root, "run_id": "r3", "parent_run_id": "r2", "run_type": "tool", "name": "search", "end_time": None,
            "outputs": None}  # fmt: skip
    orphan = {**root, "run_id": "r4", "parent_run_id": "gone", "run_type": "weird", "error": "boom"}
    found = trees(opened([tool, call, root, orphan]))
    family = next(tree for tree in found if len(tree.nodes) > 1)
    assert [(node.depth, node.span.kind, node.span.status) for node in family.nodes] == [
        (0, "chain", "success"), (1, "generation", "success"), (2, "tool", "running"),
    ]  # fmt: skip
    assert [score.value for score in family.nodes[1].scores] == [5]
    alone = next(tree for tree in found if len(tree.nodes) == 1)
    assert alone.nodes[0].is_orphan
    assert alone.nodes[0].span.metadata["kind"] == "weird"


def test_rows_without_ids_are_counted_one_by_one_even_where_they_are_alike(opened: Opened) -> None:
    row = {**AT, "model": "gpt-4o", "prompt": "x", "completion": "y", "prompt_tokens": 3}
    workspace = opened([row, row, row])
    assert workspace.totals().traces == 3
    assert workspace.totals().usage.input == 9


@pytest.mark.parametrize(
    ("row", "usage", "cost"),
    [
        ({"prompt_tokens": 17_903, "cached_tokens": 17_817, "completion_tokens": 1}, (86, 17_817, 1), None),
        ({"prompt_tokens": 1_999, "cached_tokens": 1_792, "completion_tokens": 1}, (207, 1_792, 1), None),
        ({"prompt_tokens": 25_978, "cached_tokens": 24_540, "completion_tokens": 1}, (1_438, 24_540, 1), None),
        ({"input_tokens": 19, "cache_read_input_tokens": 39_000, "output_tokens": 1}, (19, 39_000, 1), None),
        ({"prompt_tokens": 3, "completion_tokens": 0, "cost_usd": 0}, (3, None, 0), 0.0),
        ({"prompt_tokens": 3, "completion_tokens": 0, "cost_cents": 0.5}, (3, None, 0), 0.005),
        ({"prompt_tokens": 3, "completion_tokens": 0, "cost": "$0.0012"}, (3, None, 0), 0.0012),
    ],
)
def test_tokens_and_cost_are_what_the_row_says(
    opened: Opened, row: dict[str, Any], usage: tuple[int | None, ...], cost: float | None
) -> None:
    span, _ = first(opened([{**AT, "model": "gpt-4o-mini", "prompt": "x", "completion": "y", **row}]))
    assert (span.usage.input, span.usage.cache_read, span.usage.output) == usage
    assert not span.usage.inconsistent
    assert (span.cost.usd, span.cost.origin) == (
        (cost, "recorded") if cost is not None else (span.cost.usd, "computed")
    )


@pytest.mark.parametrize(
    ("row", "status", "message"),
    [
        ({"status": "ok"}, "success", None),
        ({"success": False}, "error", None),
        ({"is_error": True, "err_msg": "bad"}, "error", "bad"),
        (
            {"http_status": 429, "error": {"type": "rate_limit", "message": "Slow down"}},
            "error",
            "rate_limit: Slow down",
        ),
        ({"status": "ok", "error": "boom"}, "error", "boom"),
        ({"finish_reason": "content_filter"}, "refused", None),
        ({"status": "in_progress"}, "running", None),
    ],
)
def test_the_status_is_what_the_row_says(opened: Opened, row: dict[str, Any], status: str, message: str | None) -> None:
    span, _ = first(opened([{**AT, "model": "gpt-4o-mini", "prompt": "x", "completion": "y", **row}]))
    assert (span.status, span.status_message) == (status, message)


@pytest.mark.parametrize(
    "time",
    [
        1795168800, 1795168800.0, "1795168800", 1795168800000, 1795168800000000, 1795168800000000000,
        "2026-11-20T10:00:00Z", "2026-11-20T12:00:00+02:00", "2026-11-20 10:00:00", "2026/11/20 10:00:00",
        "Fri, 20 Nov 2026 10:00:00 +0000",
    ],
)  # fmt: skip
def test_a_time_is_understood_in_every_form(opened: Opened, time: object) -> None:
    row = {"ts": time, "model": "gpt-4o-mini", "prompt": "x", "completion": "y", "latency_s": 2}
    span, _ = first(opened([row]))
    assert (span.start_ns, span.duration_ns) == (1_795_168_800 * 10**9, 2 * 10**9)


def test_what_is_nested_beside_the_prompt_is_whole_in_the_attributes(opened: Opened) -> None:
    data = {"model": "gpt-4o", "prompt": "p", "response": "r", "extra": {"a": {"b": [1]}}}
    _, payload = first(opened([{**AT, "event": "llm_call", "data": data}]))
    assert payload.attributes["data"] == data


def test_a_header_table_lends_its_user_and_session(tmp_path: Path) -> None:
    path = tmp_path / "runs.db"
    conn = sqlite3.connect(path)
    conn.executescript(
        """
        CREATE TABLE runs (run_id TEXT PRIMARY KEY, user TEXT, session_id TEXT, feature TEXT);
        CREATE TABLE calls (id INTEGER PRIMARY KEY, run_id TEXT REFERENCES runs (run_id), ts INTEGER, model TEXT,
          prompt TEXT, completion BLOB);
        CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT);
        INSERT INTO users VALUES (1, 'ann');
        INSERT INTO runs VALUES ('r0', 'ann', 's0', 'rag');
        INSERT INTO calls VALUES (1, 'r0', 1795168800, 'gpt-4o', 'x', CAST('y' AS BLOB));
        INSERT INTO calls VALUES (2, 'r0', 1795168801, 'gpt-4o', 'x', CAST('y' AS BLOB));
        """
    )
    conn.close()
    workspace = open_traces(path)
    (trace,) = workspace.traces()
    assert (trace.spans, trace.user_id, trace.session_id, trace.feature) == (2, "ann", "s0", "rag")
    _, payload = first(workspace)
    assert payload.output == (Message("assistant", (Text("y"),)),)
    workspace.close()


def calls_in(path: Path, table: str) -> Path:
    """A database with one call in a table of that name."""
    conn = sqlite3.connect(path)
    conn.execute(f"CREATE TABLE {table} (id INTEGER PRIMARY KEY, ts INTEGER, model TEXT, prompt TEXT, completion TEXT)")
    conn.execute(f"INSERT INTO {table} VALUES (1, 1795168800, 'gpt-4o', 'x', 'y')")
    conn.commit()
    conn.close()
    return path


def test_scores_beside_a_database_that_cannot_be_written_are_noticed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = calls_in(tmp_path / "calls.db", "calls")
    monkeypatch.setattr(SqliteScores, "goes_inside", False)
    source = SqliteTableSource(path)
    reading = read_source(source)
    (span,) = reading.spans.values()
    score = Score("1", span.trace_id, None, "quality", 1.0, author="ada", time_ns=5)
    SqliteTableSource(path).write_score(score)
    assert source.changed(reading.cursor)
    again = read_source(source, reading.cursor)
    assert again.scores == [score]
    assert not source.changed(again.cursor)


def test_lines_beside_it_that_are_no_scores_are_counted(tmp_path: Path) -> None:
    path = calls_in(tmp_path / "calls.db", "calls")
    path.with_name("calls.db.scores.jsonl").write_text("no score\nnone either\n")
    reading = read_source(SqliteTableSource(path))
    assert sum(batch.skipped_count for batch in reading.batches) == 2
    assert [skip.reason for skip in reading.skipped] == ["2 lines of the scores beside it cannot be read"]


def test_a_file_in_its_place_with_other_tables_is_read_anew(tmp_path: Path) -> None:
    path = calls_in(tmp_path / "calls.db", "calls")
    source = SqliteTableSource(path)
    cursor = read_source(source).cursor
    calls_in(tmp_path / "new.db", "requests").replace(path)
    again = read_source(source, cursor)
    assert "was replaced" in again.notices[0]
    ((key, span),) = again.spans.items()
    assert source.payload(span, again.references[key]).input is not None


def test_a_span_keeps_its_row_when_a_table_is_added_before_its_own(tmp_path: Path) -> None:
    path = calls_in(tmp_path / "calls.db", "calls")
    reading = read_source(SqliteTableSource(path))
    ((key, span),) = reading.spans.items()
    calls_in(path, "a_calls")
    with closing(sqlite3.connect(path)) as conn:
        conn.execute("UPDATE a_calls SET prompt = 'of the other table'")
        conn.commit()
    payload = SqliteTableSource(path).payload(span, reading.references[key])
    assert "of the other table" not in payload.raw


@pytest.mark.parametrize("key", ["id INTEGER PRIMARY KEY", "id TEXT PRIMARY KEY"])
def test_a_row_that_was_deleted_between_others_is_noticed(
    key: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite_table, "_REST", 0)
    path = tmp_path / "calls.db"
    run_here(path, f"CREATE TABLE calls ({key}, ts INTEGER, model TEXT, prompt TEXT, completion TEXT)")
    insert = "INSERT OR REPLACE INTO calls VALUES ({0}, 1795168800 + {0}, 'gpt-4o', 'x', 'y')"
    run_here(path, *(insert.format(number) for number in range(1, 6)))
    source = SqliteTableSource(path)
    reading = read_source(source)
    run_here(path, insert.format(3))
    replaced = read_source(source, reading.cursor)
    assert not replaced.notices
    cursor = replaced.cursor if replaced.batches else reading.cursor
    run_here(path, "DELETE FROM calls WHERE id = 2")
    assert source.changed(cursor)
    again = read_source(source, cursor)
    assert again.notices == ["calls.db: rows of calls were deleted: read again from the start"]
    assert again.batches[0].reset
    assert len(again.spans) == 4


def test_a_table_that_loses_rows_all_the_time_is_not_read_again_each_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite_table, "_REST", 0)
    monkeypatch.setattr(sqlite_table, "_REST_S", 3600.0)
    path = tmp_path / "calls.db"
    run_here(path, "CREATE TABLE calls (id INTEGER PRIMARY KEY, ts INTEGER, model TEXT, prompt TEXT, completion TEXT)")
    insert = "INSERT INTO calls VALUES ({0}, 1795168800 + {0}, 'gpt-4o', 'x', 'y')"
    run_here(path, *(insert.format(number) for number in range(1, 9)))
    source = SqliteTableSource(path)
    cursor = read_source(source).cursor
    notices = []
    for number in range(2, 6):
        run_here(path, f"DELETE FROM calls WHERE id = {number}")
        reading = read_source(source, cursor)
        cursor = reading.cursor if reading.batches else cursor
        notices += reading.notices
    assert len(notices) == 1
    source._count_after = 0.0
    assert source.changed(cursor)
    assert len(read_source(source, cursor).spans) == 4
