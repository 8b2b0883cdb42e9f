from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import tracetui
from tests.formats.source_reading import read_source
from tests.formats.transcript_truth import Files, check_totals, check_traces, text_of, truth
from tracetui.model import Span, Text, ToolCall, ToolResult
from tracetui.sources.claude_code import ClaudeCodeSource
from tracetui.sources.head import Head
from tracetui.sources.transcript_draft import project_of
from tracetui.workspace.opening import open_source

DATA = Path(__file__).parents[1] / "data" / "claude_code"
SHOP = DATA / "projects" / "-home-demo-shop-api" / "db5b5fab-8f4d-4e27-9da1-494c73cf256d.jsonl"
SESSION = "11111111-aaaa-4aaa-8aaa-111111111111"


@pytest.fixture(scope="module")
def sample() -> Files:
    return Files(ClaudeCodeSource(path) for path in sorted(DATA.rglob("*.jsonl")))


def test_the_totals_are_those_that_were_noted_when_the_sample_was_made(sample: Files) -> None:
    check_totals(sample, truth(DATA / "expected.json"))


def test_every_span_of_every_turn_is_as_noted(sample: Files) -> None:
    check_traces(sample, truth(DATA / "expected.json"))


def test_sub_agents_hang_on_the_tool_that_spawned_them(sample: Files) -> None:
    expected = truth(DATA / "expected.json")
    noted = [agent for session in expected["by_session"] for trace in session["traces"] for agent in trace["agents"]]
    read = {(span.span_id, span.parent_id, span.name) for span in sample.of_kind("agent") if span.parent_id}
    assert read == {(agent["span_id"], agent["parent"], agent["name"]) for agent in noted}


@pytest.mark.parametrize("name", ["representative_messages.jsonl", "todowrite_examples.jsonl"])
def test_published_fixtures_give_the_calls_and_tokens_that_were_counted(name: str) -> None:
    folder = DATA.with_name("claude_code_public")
    expected = truth(folder / "expected.json")["files"][name]
    files = Files([open_source(folder / name)])
    assert len(files.of_kind("generation")) == expected["generations"]
    assert len(files.of_kind("tool")) == expected["tool_uses"]
    tokens = files.tokens()
    assert {bucket: tokens[bucket] for bucket in expected["tokens"]} == expected["tokens"]


def test_the_input_of_a_call_is_the_conversation_that_led_to_it(sample: Files) -> None:
    trace_id = f"{SHOP.stem}:309d6b79-965e-4a32-9ae4-45508201e2bd"
    messages = sample.payload(trace_id, "msg_012BETceRDCMUZkpJFZJeXvz").input
    assert [message.role for message in messages] == ["user", "user", "assistant", "tool", "assistant", "tool", "tool"]
    called = {part.id for message in messages for part in message.parts if isinstance(part, ToolCall)}
    answered = {part.call_id for message in messages for part in message.parts if isinstance(part, ToolResult)}
    assert called == answered


def test_after_a_compaction_the_input_begins_with_the_summary(sample: Files) -> None:
    trace_id = f"{SHOP.stem}:2e7a07f2-c3e6-4e90-ae80-3472c46bcb23"
    messages = sample.payload(trace_id, "msg_01gL9hmsrDdhcUkbrVZkUguT").input
    assert text_of(messages).startswith("This session is being continued")


# --- made by hand


class Transcript:
    """Writes lines as the tool does: each the child of the one before, a second later."""

    def __init__(self, path: Path, session: str = SESSION) -> None:
        self.path = path
        self.session = session
        self.count = 0
        self.parent: str | None = None

    def line(self, kind: str, **fields: Any) -> dict[str, Any]:
        self.count += 1
        uuid = f"{self.session[:4]}-{self.count}"
        line = {
            "parentUuid": self.parent, "isSidechain": False, "sessionId": self.session, "type": kind, "uuid": uuid,
            "timestamp": f"2026-03-02T09:{self.count // 60:02}:{self.count % 60:02}.000Z", **fields,
        }  # fmt: skip
        self.parent = uuid
        self.append(line)
        return line

    def append(self, line: Any) -> None:
        with self.path.open("a") as file:
            file.write((line if isinstance(line, str) else json.dumps(line)) + "\n")

    def prompt(self, text: Any, **fields: Any) -> dict[str, Any]:
        return self.line("user", message={"role": "user", "content": text}, **fields)

    def answer(self, message_id: str, *blocks: Any, output: int = 10, stop: str | None = None, **fields: Any) -> Any:
        usage = {"input_tokens": 1, "output_tokens": output}
        content = [{"type": "text", "text": block} if isinstance(block, str) else block for block in blocks]
        message = {"id": message_id, "role": "assistant", "model": "claude-sonnet-4-5", "content": content}
        return self.line("assistant", message={**message, "stop_reason": stop, "usage": usage}, **fields)

    def result(self, tool_id: str, text: Any = "ok", **fields: Any) -> dict[str, Any]:
        block = {"type": "tool_result", "tool_use_id": tool_id, "content": text}
        return self.line("user", message={"role": "user", "content": [block]}, **fields)


def call(tool_id: str, name: str = "Bash", **arguments: Any) -> dict[str, Any]:
    return {"type": "tool_use", "id": tool_id, "name": name, "input": arguments}


@pytest.fixture
def transcript(tmp_path: Path) -> Transcript:
    return Transcript(tmp_path / f"{SESSION}.jsonl")


def by_id(path: Path) -> dict[str, Span]:
    return {span.span_id: span for span in read_source(ClaudeCodeSource(path)).spans.values()}


def test_a_message_of_many_lines_counts_its_fullest_usage_once(transcript: Transcript) -> None:
    transcript.prompt("go")
    transcript.answer("m1", "Let me", output=1)
    transcript.answer("m1", call("t1"), output=9)
    transcript.result("t1")
    transcript.answer("m1", call("t2"), output=5, stop="tool_use")
    transcript.result("t2")
    spans = by_id(transcript.path)
    assert spans["m1"].usage.output == 9
    assert spans["m1"].finish_reason == "tool_use"
    assert [spans[tool].status for tool in ("t1", "t2")] == ["success", "success"]
    assert sum(span.kind == "generation" for span in spans.values()) == 1


def test_lines_written_again_after_a_compaction_count_once(transcript: Transcript) -> None:
    first = transcript.prompt("go")
    answer = transcript.answer("m1", "done", stop="end_turn")
    transcript.line("system", subtype="compact_boundary", parentUuid=None)
    for number, line in enumerate((first, answer, answer)):
        transcript.append({**line, "uuid": f"again-{number}"})
    transcript.append(answer)
    transcript.prompt("next")
    spans = by_id(transcript.path)
    assert sum(span.kind == "agent" for span in spans.values()) == 2
    assert sum(span.usage.output or 0 for span in spans.values()) == 10
    assert read_source(ClaudeCodeSource(transcript.path)).facts()["duplicates"] == 4


@pytest.mark.parametrize(
    ("text", "fields"),
    [
        ("<local-command-stdout>x</local-command-stdout>", {}),
        ("<local-command-caveat>x</local-command-caveat>", {}),
        ("Caveat: The messages below were generated by the user", {}),
        ("<bash-input>ls</bash-input>", {}),
        ("<bash-stdout>x</bash-stdout>", {}),
        ("a skill's text", {"isMeta": True}),
        ("This session is being continued", {"isCompactSummary": True}),
        ("<command-name>/cost</command-name>", {}),
        ("<task-notification>x</task-notification>", {}),
    ],
)
def test_what_the_tool_itself_writes_for_the_user_opens_no_turn(
    transcript: Transcript, text: str, fields: dict[str, Any]
) -> None:
    transcript.prompt("go")
    transcript.answer("m1", "done", stop="end_turn")
    transcript.prompt(text, **fields)
    transcript.prompt("next")
    assert [span.name for span in by_id(transcript.path).values() if span.kind == "agent"] == ["go", "next"]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("<command-name>/review</command-name>\n<command-args>main</command-args>", "/review main"),
        ("<command-message>x</command-message>\n<command-name>/x</command-name>", "/x"),
        ("<task-notification><id>1</id></task-notification>", "task-notification"),
    ],
)
def test_a_command_that_the_model_answers_is_a_turn(transcript: Transcript, text: str, name: str) -> None:
    opener = transcript.prompt(text)
    transcript.prompt("expanded", isMeta=True)
    transcript.answer("m1", "done", stop="end_turn")
    root = by_id(transcript.path)[opener["uuid"]]
    assert (root.name, root.status) == (name, "success")


def test_a_tool_without_a_result_is_interrupted_once_the_conversation_goes_on(transcript: Transcript) -> None:
    transcript.prompt("go")
    transcript.answer("m1", call("t1"))
    assert by_id(transcript.path)["t1"].status == "running"
    assert by_id(transcript.path)["t1"].end_ns is None
    following = transcript.prompt("[Request interrupted by user]")
    tool = by_id(transcript.path)["t1"]
    assert (tool.status, tool.status_message) == ("error", "interrupted")
    root = by_id(transcript.path)[f"{SESSION[:4]}-1"]
    assert (root.status, root.status_message, root.end_ns) == ("error", "interrupted by user", tool.end_ns)
    assert following["timestamp"].endswith("03.000Z")


def test_an_answer_after_a_failed_call_makes_the_turn_a_success(transcript: Transcript) -> None:
    transcript.prompt("go")
    message = {
        "id": "e",
        "role": "assistant",
        "model": "<synthetic>",
        "content": [{"type": "text", "text": "API Error"}],
    }
    transcript.line("assistant", message=message, isApiErrorMessage=True)
    assert by_id(transcript.path)[f"{SESSION[:4]}-1"].status_message == "API Error"
    transcript.answer("m1", "done", stop="end_turn")
    spans = by_id(transcript.path)
    assert (spans["e"].status, spans["e"].model, spans["e"].usage.is_recorded) == ("error", None, False)
    assert spans[f"{SESSION[:4]}-1"].status == "success"


def test_the_title_reaches_every_turn_and_a_custom_one_wins(transcript: Transcript) -> None:
    transcript.append({"type": "custom-title", "customTitle": "Mine", "sessionId": SESSION})
    transcript.prompt("go")
    transcript.append({"type": "ai-title", "aiTitle": "Its", "sessionId": SESSION})
    transcript.prompt("next")
    roots = [span for span in by_id(transcript.path).values() if span.kind == "agent"]
    assert [root.metadata["title"] for root in roots] == ["Mine", "Mine"]


def test_a_grown_file_is_read_on_and_its_open_turn_grows(transcript: Transcript) -> None:
    transcript.prompt("go")
    transcript.answer("m1", "Let me", output=1)
    source = ClaudeCodeSource(transcript.path)
    reading = read_source(source)
    assert not source.changed(reading.cursor)
    transcript.answer("m1", call("t1"), output=9)
    assert source.changed(reading.cursor)
    grown = read_source(source, reading.cursor)
    assert {key[1] for key in grown.spans} == {"m1", "t1", f"{SESSION[:4]}-1"}
    transcript.result("t1")
    transcript.answer("m2", "done", stop="end_turn")
    for other in (source, ClaudeCodeSource(transcript.path)):
        last = read_source(other, grown.cursor)
        assert {key[1]: span.status for key, span in last.spans.items()} == {
            "t1": "success", "m2": "success", f"{SESSION[:4]}-1": "success",
        }  # fmt: skip


def test_a_sub_agent_of_a_sub_agent_is_in_the_trace_of_the_turn(tmp_path: Path, transcript: Transcript) -> None:
    opener = transcript.prompt("go")
    transcript.answer("m1", call("t1", "Task", prompt="outer"))
    folder = tmp_path / SESSION / "subagents"
    folder.mkdir(parents=True)
    outer = Transcript(folder / "agent-a1.jsonl")
    outer.count = 100
    outer.prompt("outer", isSidechain=True, agentId="a1")
    outer.answer("n1", call("t2", "Agent", prompt="inner"), isSidechain=True, agentId="a1")
    inner = Transcript(folder / "agent-a2.jsonl")
    inner.count = 200
    inner.prompt("inner", isSidechain=True, agentId="a2")
    inner.answer("n2", "done", stop="end_turn", isSidechain=True, agentId="a2")
    (folder / "agent-a1.meta.json").write_text('{"agentType": "Explore", "toolUseId": "t1"}')
    (folder / "agent-a2.meta.json").write_text('{"agentType": "Plan", "toolUseId": "t2"}')
    files = Files(ClaudeCodeSource(path) for path in (transcript.path, outer.path, inner.path))
    assert {span.trace_id for span in files.spans.values()} == {f"{SESSION}:{opener['uuid']}"}
    parents = {span.span_id: (span.parent_id, span.name) for span in files.of_kind("agent") if span.parent_id}
    assert parents == {"agent-a1": ("t1", "Explore"), "agent-a2": ("t2", "Plan")}


def test_a_sub_agent_is_moved_to_its_tool_when_the_result_names_it(tmp_path: Path, transcript: Transcript) -> None:
    opener = transcript.prompt("go")
    transcript.answer("m1", call("t1", "Task", prompt="look"))
    folder = tmp_path / SESSION / "subagents"
    folder.mkdir(parents=True)
    agent = Transcript(folder / "agent-a1.jsonl")
    agent.count = 100
    agent.prompt("look", isSidechain=True, agentId="a1")
    source = ClaudeCodeSource(agent.path)
    reading = read_source(source)
    trace_id = f"{SESSION}:{opener['uuid']}"
    assert reading.spans[trace_id, "agent-a1"].parent_id == opener["uuid"]
    transcript.result("t1", "done\nagentId: a1 (for resuming)")
    assert source.changed(reading.cursor)
    moved = read_source(source, reading.cursor)
    assert moved.batches[0].reset
    assert moved.spans[trace_id, "agent-a1"].parent_id == "t1"
    assert not source.changed(moved.cursor)


def test_copied_lines_of_a_fork_belong_to_the_session_that_wrote_them_first(tmp_path: Path) -> None:
    one = Transcript(tmp_path / "aaaa.jsonl", "aaaa")
    one.prompt("go")
    one.answer("m1", "done", stop="end_turn")
    fork = Transcript(tmp_path / "bbbb.jsonl", "bbbb")
    for text in one.path.read_text().splitlines():
        fork.append({**json.loads(text), "sessionId": "bbbb"})
    one.prompt("second")
    one.answer("m2", "done", stop="end_turn")
    fork.count = 50
    fork.prompt("other")
    fork.answer("m3", "done", stop="end_turn")
    for order in ((one, fork), (fork, one)):
        files = Files(ClaudeCodeSource(transcript.path) for transcript in order)
        assert sum(span.usage.output or 0 for span in files.spans.values()) == 30
        owners = {span.span_id: span.session_id for span in files.of_kind("generation")}
        assert owners == {"m1": "aaaa", "m2": "aaaa", "m3": "bbbb"}
        assert sum(batch.duplicates for reading in files.readings for batch in reading.batches) == 2


def test_growing_is_no_repetition(transcript: Transcript) -> None:
    transcript.prompt("go")
    with tracetui.open(transcript.path) as workspace:
        workspace.catch_up()
        for number in range(3):
            transcript.answer(f"m{number}", "more", stop="end_turn")
            workspace.catch_up()
        (health,) = workspace.health()
    assert health.duplicates == 0


def test_a_fork_that_is_still_being_copied_is_noticed_when_its_copies_are_there(tmp_path: Path) -> None:
    one = Transcript(tmp_path / "aaaa.jsonl", "aaaa")
    one.prompt("go")
    one.answer("m1", "done", stop="end_turn")
    fork = Transcript(tmp_path / "bbbb.jsonl", "bbbb")
    fork.append({"type": "permission-mode", "permissionMode": "plan", "sessionId": "bbbb"})
    source = ClaudeCodeSource(fork.path)
    cursor = read_source(source).cursor
    for text in one.path.read_text().splitlines():
        fork.append({**json.loads(text), "sessionId": "bbbb"})
    one.prompt("second")
    fork.count = 50
    fork.prompt("other")
    assert {key[0] for key in read_source(source, cursor).spans} == {"aaaa:aaaa-1", "bbbb:bbbb-51"}


def test_a_sub_agent_in_the_main_file_keeps_its_lines_across_lines_without_spans(transcript: Transcript) -> None:
    transcript.prompt("go")
    main = transcript.answer("m1", call("t1", "Task", prompt="look"))
    transcript.parent = None
    transcript.prompt("look", isSidechain=True)
    transcript.line("attachment", isSidechain=True, attachment={"type": "file"})
    transcript.answer("n1", "found", stop="end_turn", isSidechain=True)
    transcript.parent = main["uuid"]
    transcript.result("t1")
    spans = by_id(transcript.path)
    assert spans["n1"].parent_id == "agent-t1"
    assert spans["agent-t1"].parent_id == "t1"


def test_lines_of_the_oldest_form_have_a_usage_and_a_cost_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "old.jsonl"
    usage = {"input_tokens": 3, "output_tokens": 4, "cache_creation": {"ephemeral_1h_input_tokens": 5}}
    line = {"timestamp": "2025-05-01T00:00:00Z", "sessionId": "s", "message": {"usage": usage}, "costUSD": 0.5}
    path.write_text(json.dumps(line) + "\n" + json.dumps(line) + "\n")
    files = Files([open_source(path)])
    assert [(span.cost.usd, span.cost.origin) for span in files.of_kind("generation")] == [(0.5, "recorded")] * 2
    assert files.tokens() == {"input": 6, "output": 8, "cache_write": 10, "cache_read": 0, "reasoning": 0}
    assert {span.usage.cache_write_1h for span in files.of_kind("generation")} == {5}


def test_a_side_question_does_not_count_the_messages_of_its_session_again(
    tmp_path: Path, transcript: Transcript
) -> None:
    transcript.prompt("go")
    transcript.answer("msg_1", "done", stop="end_turn", requestId="r1")
    folder = tmp_path / SESSION / "subagents"
    folder.mkdir(parents=True)
    side = Transcript(folder / "agent-aside_question-1.jsonl")
    side.count = 100
    side.prompt("go", isSidechain=True)
    side.answer("msg_1", "done", stop="end_turn", requestId="r2", isSidechain=True)
    side.answer("msg_2", "aside", stop="end_turn", requestId="r3", isSidechain=True)
    files = Files(ClaudeCodeSource(path) for path in (transcript.path, side.path))
    assert [span.span_id for span in files.of_kind("generation")] == ["msg_1", "msg_2"]


def test_lines_that_are_no_objects_are_skipped_and_counted(transcript: Transcript) -> None:
    transcript.prompt("go")
    transcript.append("not json")
    transcript.append("[1]")
    transcript.append({"type": "assistant", "uuid": "x", "sessionId": SESSION})
    transcript.result("nobody")
    transcript.answer("m1", "done")
    reading = read_source(ClaudeCodeSource(transcript.path))
    assert [skip.line for skip in reading.skipped] == [2, 3, 4, 5]
    assert ("m1" in {key[1] for key in reading.spans}) is True


def test_fields_of_a_wrong_type_are_as_good_as_absent(transcript: Transcript) -> None:
    transcript.prompt("go", isMeta="no", cwd=7)
    line = transcript.answer("m1", "done")
    line["message"]["usage"]["cache_read_input_tokens"] = "many"
    line["uuid"] = "other"
    transcript.append(line)
    spans = by_id(transcript.path)
    assert (spans["m1"].usage.input, spans["m1"].usage.cache_read) == (1, 0)


@pytest.mark.parametrize(
    ("content", "is_one"),
    [
        ('{"type":"user","sessionId":"s","uuid":"u","parentUuid":null}', True),
        ('{"type":"summary","summary":"x","leafUuid":"u"}', True),
        ('{"type":"file-history-snapshot","messageId":"m"}', True),
        (
            '{"timestamp":"2025-06-01T00:00:00Z","sessionId":"s","message":{"usage":{"input_tokens":1}},"costUSD":1}',
            True,
        ),
        ('{"type":"session_meta","payload":{},"timestamp":"x"}', False),
        ('{"sessionId":"s","projectHash":"p"}', False),
        ('{"type":"user","text":"hi"}', False),
    ],
)
def test_it_is_recognised_by_what_a_line_has(tmp_path: Path, content: str, is_one: bool) -> None:
    path = tmp_path / "x.jsonl"
    path.write_text(content + "\n")
    assert ClaudeCodeSource.recognise(Head(path)) is is_one


def test_a_first_line_of_megabytes_is_recognised_by_its_beginning(tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl"
    head = '{"parentUuid":null,"isSidechain":false,"sessionId":"s","type":"user","uuid":"u","message":{"content":"'
    path.write_text(head + "x" * 3_000_000 + '"}}\n')
    assert ClaudeCodeSource.recognise(Head(path))


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.sampled_from(["tool_result", "text", "m1", "t1"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["type", "id", "text", "content"]), inner, max_size=3),
    max_leaves=6,
)  # fmt: skip


@settings(max_examples=60)
@given(st.lists(st.tuples(st.integers(0, 60), st.sampled_from([
    "type", "uuid", "parentUuid", "timestamp", "message", "isSidechain", "agentId", "toolUseResult", "content", "usage",
]), json_values), max_size=12))  # fmt: skip
def test_no_change_of_a_line_makes_reading_fail(tmp_path_factory: Any, changes: list[tuple[int, str, Any]]) -> None:
    lines = [json.loads(line) for line in SHOP.read_text().splitlines()]
    for number, key, value in changes:
        line = lines[number % len(lines)]
        holder = line["message"] if key in ("content", "usage") and isinstance(line.get("message"), dict) else line
        holder[key] = value
    path = tmp_path_factory.mktemp("mutated") / "m.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    source = ClaudeCodeSource(path)
    reading = read_source(source)
    for key, span in reading.spans.items():
        source.payload(span, reading.references[key])


@pytest.mark.parametrize("wrapping", ["bom", "crlf", "gz", "invalid"])
def test_any_wrapping_gives_the_same_spans(tmp_path: Path, wrapping: str) -> None:
    import gzip

    data = SHOP.read_bytes()
    path = tmp_path / SHOP.name
    changed = {
        "bom": b"\xef\xbb\xbf" + data,
        "crlf": data.replace(b"\n", b"\r\n"),
        "gz": gzip.compress(data),
        "invalid": data + b'{"type":"user","uuid":"\xff\n',
    }[wrapping]
    path.write_bytes(changed)
    plain = tmp_path / "plain" / SHOP.name
    plain.parent.mkdir()
    shutil.copy(SHOP, plain)
    source = open_source(path)
    reading = read_source(source)
    assert reading.spans == read_source(ClaudeCodeSource(plain)).spans
    key = next(key for key, span in reading.spans.items() if span.kind == "generation")
    output = source.payload(reading.spans[key], reading.references[key]).output
    assert any(isinstance(part, Text) for message in output for part in message.parts)


@pytest.mark.parametrize(
    ("folder", "project"),
    [
        ("/home/maria/shop-api/", "shop-api"), ("C:\\Users\\maria\\shop", "shop"), ("/", None), (None, None), ("", None), (7, None),
        ("0f" * 32, "0f0f0f0f0f0f"),
    ],
)  # fmt: skip
def test_what_is_spent_is_added_up_by_the_folder_that_was_worked_in(folder: Any, project: str | None) -> None:
    assert project_of(folder) == project


def test_a_turn_has_its_project_as_feature(sample: Files) -> None:
    roots = [span for span in sample.of_kind("agent") if span.metadata.get("cwd")]
    assert roots
    assert {span.feature for span in roots} == {Path(span.metadata["cwd"]).name for span in roots}
