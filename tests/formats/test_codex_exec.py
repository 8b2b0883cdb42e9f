"""What `codex exec --json` prints."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.formats.source_reading import read_source
from tests.formats.transcript_truth import Files, text_of, truth
from tracetui.model import Thinking
from tracetui.sources.codex_exec import CodexExec
from tracetui.sources.head import Head
from tracetui.workspace.opening import open_source

DATA = Path(__file__).parents[1] / "data" / "codex_exec"
NAME = "exec-json.jsonl"
THREAD = {"type": "thread.started", "thread_id": "t"}
TURN = {"type": "turn.started"}


def written(path: Path, *events: Any) -> Path:
    path.write_text("".join(f"{json.dumps(event)}\n" for event in events))
    return path


def item(state: str, **fields: Any) -> dict[str, Any]:
    return {"type": f"item.{state}", "item": {"id": "item_1", **fields}}


def test_the_sample_gives_what_was_noted_when_it_was_made() -> None:
    expected = truth(DATA / "expected.json")[NAME]
    source = open_source(DATA / NAME)
    assert source.format == "codex-exec"
    files = Files([source])
    assert len({span.session_id for span in files.spans.values()}) == expected["sessions"]
    assert len(files.of_kind("agent")) == expected["turns"]
    assert len(files.of_kind("tool")) == expected["tool_calls"]
    assert [span for span in files.spans.values() if span.status != "success"] == expected["errors"]
    assert files.tokens() == expected["tokens"]
    assert not files.readings[0].skipped


def test_spans_have_what_was_said_and_done() -> None:
    files = Files([CodexExec(DATA / NAME)])
    (call,), (tool,), (root,) = (files.of_kind(kind) for kind in ("generation", "tool", "agent"))
    answer = files.payload(call.trace_id, call.span_id).output
    assert answer[0].parts[0] == Thinking("**Looking**")
    assert text_of(answer).startswith("The team agreed")
    assert text_of(files.payload(root.trace_id, root.span_id).output) == text_of(answer)
    payload = files.payload(tool.trace_id, tool.span_id)
    assert (tool.name, payload.input, payload.output) == ("shell", "bash -lc ls", "a.py\n")


def test_the_moment_in_the_id_of_the_thread_is_the_only_time() -> None:
    spans = read_source(CodexExec(DATA / NAME)).spans.values()
    assert {(span.start_ns, span.end_ns) for span in spans} == {(0x019B0000A444 * 1_000_000,) * 2}


def test_a_turn_runs_until_its_end_is_printed(tmp_path: Path) -> None:
    path = written(tmp_path / "e.jsonl", THREAD, TURN, item("started", type="command_execution", status="in_progress"))
    source = CodexExec(path)
    reading = read_source(source)
    assert {span.status for span in reading.spans.values()} == {"running"}
    with path.open("a") as file:
        file.write(json.dumps({"type": "turn.failed", "error": {"message": "boom"}}) + "\n")
    for other in (source, CodexExec(path)):
        spans = read_source(other, reading.cursor).spans.values()
        assert [(span.kind, span.status, span.status_message) for span in spans] == [
            ("agent", "error", "boom"), ("generation", "error", "boom"), ("tool", "error", "no result recorded"),
        ]  # fmt: skip


@pytest.mark.parametrize(
    ("fields", "name", "status"),
    [
        ({"type": "command_execution", "exit_code": 2, "status": "failed"}, "shell", "error"),
        ({"type": "mcp_tool_call", "tool": "find", "status": "completed"}, "find", "success"),
        ({"type": "mcp_tool_call", "tool": "find", "error": {"message": "no"}, "status": "failed"}, "find", "error"),
        ({"type": "file_change", "changes": [], "status": "completed"}, "file_change", "success"),
        ({"type": "web_search", "query": "q"}, "web_search", "success"),
    ],
)
def test_tools_have_a_name_and_a_status(tmp_path: Path, fields: dict[str, Any], name: str, status: str) -> None:
    path = written(tmp_path / "e.jsonl", THREAD, TURN, item("completed", **fields), {"type": "turn.completed"})
    (tool,) = Files([CodexExec(path)]).of_kind("tool")
    assert (tool.name, tool.status) == (name, status)


def test_each_turn_is_a_trace_and_counts_its_own_tokens(tmp_path: Path) -> None:
    end = {"type": "turn.completed", "usage": {"input_tokens": 10, "cached_input_tokens": 4, "output_tokens": 2}}
    files = Files([CodexExec(written(tmp_path / "e.jsonl", THREAD, TURN, end, TURN, end))])
    assert {span.trace_id for span in files.spans.values()} == {"t:1", "t:2"}
    assert files.tokens() == {"input": 12, "cache_read": 8, "cache_write": 0, "output": 4, "reasoning": 0}


def test_lines_that_cannot_be_read_are_skipped_and_counted(tmp_path: Path) -> None:
    path = written(tmp_path / "e.jsonl", THREAD, [1], {"x": 1}, {"type": "item.completed"})
    with path.open("a") as file:
        file.write('{"type": \n')
    assert [skip.line for skip in read_source(CodexExec(path)).skipped] == [2, 3, 4, 5]


@pytest.mark.parametrize(("event", "is_one"), [(THREAD, True), (TURN, False), ({"type": "thread.started"}, False)])
def test_it_is_recognised_by_the_start_of_the_thread(tmp_path: Path, event: Any, is_one: bool) -> None:
    assert CodexExec.recognise(Head(written(tmp_path / "e.jsonl", event))) is is_one


odd = st.none() | st.booleans() | st.integers() | st.text(max_size=4) | st.lists(st.integers(), max_size=2)


@settings(max_examples=60)
@given(st.lists(st.tuples(st.integers(0, 6), st.sampled_from(["type", "item", "usage", "thread_id"]),
    odd | st.dictionaries(st.sampled_from(["id", "type", "text", "input_tokens", "exit_code", "error"]), odd | st.sampled_from(
        ["command_execution", "mcp_tool_call", "agent_message"]), max_size=4)), max_size=5))  # fmt: skip
def test_no_change_of_a_line_makes_reading_fail(tmp_path_factory: Any, changes: list[tuple[int, str, Any]]) -> None:
    events = [json.loads(line) for line in (DATA / NAME).read_text().splitlines()]
    for number, key, value in changes:
        events[number][key] = value
    source = CodexExec(written(tmp_path_factory.mktemp("mutated") / "e.jsonl", *events))
    reading = read_source(source)
    for key, span in reading.spans.items():
        source.payload(span, reading.references[key])
