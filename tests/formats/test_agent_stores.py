"""goose, opencode and Copilot against what was put into their stores."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.formats.source_reading import read_source
from tests.formats.store_samples import DATA, SAMPLES, run_elsewhere, run_here
from tracetui.model import Message, Text, Thinking, ToolCall, ToolResult
from tracetui.sources.copilot import CopilotSource
from tracetui.sources.goose import GooseSource
from tracetui.sources.opencode import OpencodeSource
from tracetui.workspace import open_workspace

STORES = {"goose-sessions": "goose", "opencode-opencode": "opencode", "copilot-agent-traces": "copilot"}


@pytest.mark.parametrize("name", STORES)
def test_the_totals_are_what_was_put_in(name: str, tmp_path: Path) -> None:
    truth = json.loads((DATA / STORES[name] / "expected.json").read_text())
    with open_workspace([SAMPLES[name].unpack(tmp_path)]) as workspace:
        workspace.catch_up()
        totals = workspace.totals()
        sessions = {trace.session_id for trace in workspace.traces()}
    assert (totals.traces, totals.generations, totals.tool_calls) == (
        truth["traces"],
        truth["generations"],
        truth["tools"],
    )
    usage = totals.usage
    for bucket in ("input", "cache_read", "cache_write", "output", "reasoning"):
        assert (getattr(usage, bucket) or 0) == truth["tokens"].get(bucket, 0)
    assert usage.total == truth.get("total_tokens", 0)
    assert totals.recorded_usd == pytest.approx(truth.get("recorded_cost_usd", 0.0))
    assert sessions == set(truth["sessions"])


@pytest.fixture
def goose(tmp_path: Path) -> Path:
    return SAMPLES["goose-sessions"].unpack(tmp_path)


@pytest.fixture
def opencode(tmp_path: Path) -> Path:
    return SAMPLES["opencode-opencode"].unpack(tmp_path)


@pytest.fixture
def copilot(tmp_path: Path) -> Path:
    return SAMPLES["copilot-agent-traces"].unpack(tmp_path)


def test_goose_tells_a_turn_with_its_tool(goose: Path) -> None:
    source = GooseSource(goose)
    reading = read_source(source)
    root, first, tool, _ = reading.spans.values()
    assert (root.name, root.duration_ns, root.feature) == ("Build it ✓", 9_000_000_000, "app")
    assert root.metadata["title"] == "Build"
    assert root.metadata["accumulated_input_tokens"] == 950
    assert not first.usage.is_recorded
    assert (tool.name, tool.status, tool.duration_ns) == ("developer__shell", "success", 3_000_000_000)
    payload = source.payload(tool, reading.references[tool.trace_id, tool.span_id])
    assert (payload.input, payload.output) == ({"command": "make"}, "ok")
    answer = source.payload(first, reading.references[first.trace_id, first.span_id])
    assert answer.input == (Message("user", (Text("Build it ✓"),)),)
    assert answer.output == (
        Message("assistant", (Text("Building."), ToolCall("c1", "developer__shell", {"command": "make"}))),
    )


def test_goose_tells_of_a_tool_that_failed_and_of_one_that_still_runs(goose: Path) -> None:
    request = '[{"type": "toolRequest", "id": "c%d", "toolCall": {"status": "success", "value": {"name": "a", "arguments": {}}}}]'
    failed = '[{"type": "toolResponse", "id": "c7", "toolResult": {"status": "error", "error": "no such file"}}]'
    insert = "INSERT INTO messages (message_id, session_id, role, content_json, created_timestamp) VALUES ('{}', '20260702_1', '{}', '{}', {})"
    source = GooseSource(goose)
    cursor = read_source(source).cursor
    run_elsewhere(
        goose,
        insert.format("m7", "assistant", request % 7, 1783000010),
        insert.format("m8", "user", failed, 1783000011),
        insert.format("m9", "assistant", request % 9, 1783000012),
    )
    tools = [span for span in read_source(source, cursor).spans.values() if span.kind == "tool"]
    assert [(span.status, span.status_message) for span in tools[1:]] == [("error", "no such file"), ("running", None)]


def data(**fields: Any) -> str:
    return json.dumps(fields).replace("'", "''")


def add_message(
    store: Path, message_id: str, session: str = "ses_000001R8jnLR7Q8n", at: int = 1781000010000, **fields: Any
) -> None:
    values = f"'{message_id}', '{session}', {at}, {at}, '{data(time={'created': at}, **fields)}'"
    run_elsewhere(store, f"INSERT INTO message VALUES ({values})")


def test_opencode_shows_reasoning_tools_and_results(opencode: Path) -> None:
    source = OpencodeSource(opencode)
    reading = read_source(source)
    calls = [span for span in reading.spans.values() if span.kind == "generation"]
    first = source.payload(calls[0], reading.references[calls[0].trace_id, calls[0].span_id])
    call = ToolCall("call_BmSCgw7MYsVZ", "bash", {"command": "pytest"})
    assert first.output == (Message("assistant", (Thinking("hm"), call)),)
    second = source.payload(calls[1], reading.references[calls[1].trace_id, calls[1].span_id])
    result = ToolResult("call_BmSCgw7MYsVZ", "\x1b[31mE\x1b[0m", False, "bash")
    assert second.input[-1] == Message("tool", (result,))


def test_opencode_shows_an_answer_that_begins_and_ends(opencode: Path) -> None:
    source = OpencodeSource(opencode)
    reading = read_source(source)
    add_message(opencode, "msg_2", role="user")
    add_message(opencode, "msg_3", at=1781000011000, role="assistant", parentID="msg_2", modelID="m", providerID="p")
    begun = read_source(source, reading.cursor)
    assert begun.spans["msg_2", "msg_3"].status == "running"
    assert begun.spans["msg_2", "msg_2"].end_ns is None
    ended = data(
        role="assistant",
        parentID="msg_2",
        modelID="m",
        cost=0,
        time={"created": 1781000011000, "completed": 1781000012000},
    )
    run_elsewhere(opencode, f"UPDATE message SET data = '{ended}', time_updated = 1781000012000 WHERE id = 'msg_3'")
    again = read_source(source, begun.cursor)
    assert again.spans["msg_2", "msg_3"].status == "success"
    assert again.spans["msg_2", "msg_3"].cost.usd is None
    assert all(key[0] in batch.forget for batch in again.batches for key in again.spans if batch.spans)


@pytest.mark.parametrize(
    ("tokens", "output", "reasoning"),
    [
        ({"input": 10, "output": 5, "reasoning": 3, "cache": {"read": 2, "write": 1}, "total": 18}, 5, 3),
        ({"input": 10, "output": 5, "reasoning": 3, "cache": {"read": 2, "write": 1}, "total": 21}, 8, 3),
        ({"input": 10, "output": 5, "reasoning": 3, "cache": {"read": 2, "write": 1}}, 5, 3),
        ({"input": 10, "output": 5, "reasoning": 9, "cache": {"read": 2, "write": 1}}, 14, 9),
    ],
)
def test_opencodes_total_tells_whether_reasoning_is_inside_the_output(
    opencode: Path, tokens: dict[str, Any], output: int, reasoning: int
) -> None:
    add_message(opencode, "msg_3", role="assistant", modelID="m", tokens=tokens)
    usage = next(span for span in read_source(OpencodeSource(opencode)).spans.values() if span.span_id == "msg_3").usage
    assert (usage.input, usage.cache_read, usage.cache_write, usage.output, usage.reasoning) == (
        10,
        2,
        1,
        output,
        reasoning,
    )
    assert not usage.inconsistent


def test_opencodes_child_session_lies_under_the_task_that_started_it(opencode: Path) -> None:
    source = OpencodeSource(opencode)
    reading = read_source(source)
    part = data(type="tool", tool="task", callID="c9", state={"status": "completed", "input": {}, "output": "done",
                                                            "time": {"start": 1781000003000, "end": 1781000004000}})  # fmt: skip
    run_elsewhere(
        opencode,
        f"INSERT INTO part VALUES ('p9', 'msg_0000098m5Cgju9mG', 'ses_000001R8jnLR7Q8n', 1781000003000, 1781000003000, '{part}')",
        "INSERT INTO session VALUES ('child', 'proj', 'ses_000001R8jnLR7Q8n', 's', '/home', 'Sub', '1', 1781000003100, 1781000003100)",
    )
    add_message(opencode, "msg_c1", "child", 1781000003100, role="user", agent="explore")
    add_message(opencode, "msg_c2", "child", 1781000003200, role="assistant", modelID="m", parentID="msg_c1")
    again = read_source(source, reading.cursor)
    task = next(span for span in again.spans.values() if span.name == "task")
    inner = again.spans[task.trace_id, "msg_c1"]
    assert (inner.parent_id, inner.kind, inner.feature) == (task.span_id, "agent", "explore")
    assert again.spans[task.trace_id, "msg_c2"].parent_id == "msg_c1"


def test_copilot_counts_the_tokens_of_its_chats_once(copilot: Path) -> None:
    source = CopilotSource(copilot)
    reading = read_source(source)
    assert [(s.kind, s.ttft_ns, s.session_id) for s in reading.spans.values() if s.kind == "generation"] == [
        ("generation", 812_500_000, "conv-1"),
        ("generation", 500_000_000, "conv-1"),
    ]
    chat = next(span for span in reading.spans.values() if span.kind == "generation")
    payload = source.payload(chat, reading.references[chat.trace_id, chat.span_id])
    assert payload.input == (Message("user", (Text("Fix it"),)),)
    assert payload.attributes["copilot_chat.copilot_usage_nano_aiu"] == "120000000"
    tool = next(span for span in reading.spans.values() if span.kind == "tool")
    assert source.payload(tool, reading.references[tool.trace_id, tool.span_id]).input == {"path": "a.ts"}


def test_copilots_failed_span_is_an_error_with_its_message(copilot: Path) -> None:
    run_here(
        copilot,
        "UPDATE spans SET status_code = 2, status_message = 'rate limited' WHERE operation_name = 'execute_tool'",
    )
    span = next(s for s in read_source(CopilotSource(copilot)).spans.values() if s.kind == "tool")
    assert (span.status, span.status_message) == ("error", "rate limited")
