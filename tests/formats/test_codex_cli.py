from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.formats.source_reading import read_source
from tests.formats.transcript_truth import Files, check_totals, check_traces, text_of, truth
from tracetui.model import Span
from tracetui.sources.codex_cli import CodexCliSource
from tracetui.sources.head import Head
from tracetui.sources.lines_streams import zstd_module
from tracetui.workspace.opening import open_source

zstd = zstd_module()

DATA = Path(__file__).parents[1] / "data" / "codex_cli"


@pytest.fixture(scope="module")
def sample() -> Files:
    return Files(CodexCliSource(path) for path in sorted(DATA.rglob("*.jsonl")))


def test_the_totals_are_those_that_were_noted_when_the_sample_was_made(sample: Files) -> None:
    check_totals(sample, truth(DATA / "expected.json"))


def test_every_span_of_every_turn_is_as_noted(sample: Files) -> None:
    check_traces(sample, truth(DATA / "expected.json"))


# --- made by hand

HOUR = "2026-07-13T16"


class Rollout:
    """Writes lines as the tool does, a second apart."""

    def __init__(self, folder: Path, thread: str, **meta: Any) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.path = folder / f"rollout-{HOUR}-00-00-{thread}.jsonl"
        self.count = 0
        self.total = [0, 0, 0, 0]
        self.add("session_meta", id=thread, cwd="/x", model_provider="openai", cli_version="0.144.0", **meta)

    def append(self, line: Any) -> None:
        with self.path.open("a") as file:
            file.write((line if isinstance(line, str) else json.dumps(line)) + "\n")

    def add(self, kind: str, at: int | None = None, **payload: Any) -> dict[str, Any]:
        self.count = self.count + 1 if at is None else at
        line = {
            "timestamp": f"{HOUR}:{self.count // 60:02}:{self.count % 60:02}.000Z",
            "type": kind,
            "payload": payload,
        }
        self.append(line)
        return line

    def event(self, kind: str, **payload: Any) -> None:
        self.add("event_msg", type=kind, **payload)

    def start(self, turn: str) -> None:
        self.event("task_started", turn_id=turn)
        self.add("turn_context", turn_id=turn, model="gpt-5.2-codex")

    def say(self, role: str, text: str) -> None:
        kind = "output_text" if role == "assistant" else "input_text"
        self.add("response_item", type="message", role=role, content=[{"type": kind, "text": text}])

    def call(self, call_id: str, name: str = "shell", arguments: str = "{}") -> None:
        self.add("response_item", type="function_call", name=name, call_id=call_id, arguments=arguments)

    def output(self, call_id: str, output: Any = "ok") -> None:
        self.add("response_item", type="function_call_output", call_id=call_id, output=output)

    def spend(self, tokens: int, output: int = 1, **info: Any) -> None:
        self.total = [self.total[0] + tokens, 0, self.total[2] + output, 0]
        keys = ("input_tokens", "cached_input_tokens", "output_tokens", "reasoning_output_tokens")
        self.event("token_count", info={"total_token_usage": dict(zip(keys, self.total, strict=True)), **info})


def by_id(*paths: Path) -> dict[str, Span]:
    return {span.span_id: span for path in paths for span in read_source(CodexCliSource(path)).spans.values()}


@pytest.fixture
def rollout(tmp_path: Path) -> Rollout:
    return Rollout(tmp_path / "sessions" / "2026" / "07" / "13", "aaaa")


def test_totals_written_again_are_no_call_and_reset_ones_count_as_they_are(rollout: Rollout) -> None:
    rollout.start("t1")
    rollout.say("user", "go")
    rollout.call("c1")
    rollout.spend(100)
    rollout.spend(0, 0, last_token_usage={"input_tokens": 999})
    rollout.output("c1")
    rollout.call("c2")
    rollout.output("c2")
    rollout.total = [0, 0, 0, 0]
    rollout.spend(40)
    spans = by_id(rollout.path)
    assert [spans[f"t1:gen-{n}"].usage.input for n in (1, 2)] == [100, 40]
    assert len([span for span in spans.values() if span.kind == "generation"]) == 2


def test_without_any_count_an_output_ends_an_answer(rollout: Rollout) -> None:
    rollout.start("t1")
    rollout.say("user", "go")
    rollout.call("c1")
    rollout.output("c1")
    rollout.say("assistant", "done")
    spans = by_id(rollout.path)
    assert not spans["t1:gen-2"].usage.is_recorded
    assert spans["t1"].status == "success"


@pytest.mark.parametrize(
    ("output", "status"),
    [
        ("Process exited with code 0\nOutput:\nExit code: 3", "success"),
        ("Process exited with code 2\nOutput:\nx", "error"),
        ("Exit code: 1\nWall time: 1s\nOutput:\n", "error"),
        ('{"output": "x", "metadata": {"exit_code": 1}}', "error"),
        ('{"output": "x", "metadata": {"exit_code": 0}}', "success"),
        ({"content": "x", "success": False}, "error"),
        ([{"type": "input_text", "text": "fine"}], "success"),
        ("aborted by user after 3s", "error"),
    ],
)
def test_an_output_says_whether_the_tool_failed(rollout: Rollout, output: Any, status: str) -> None:
    rollout.start("t1")
    rollout.say("user", "go")
    rollout.call("c1")
    rollout.output("c1", output)
    assert by_id(rollout.path)["c1"].status == status


@pytest.mark.parametrize(
    "event",
    [
        {"type": "exec_command_end", "exit_code": 1},
        {"type": "patch_apply_end", "success": False},
        {"type": "mcp_tool_call_end", "result": {"Err": "no"}},
        {"type": "mcp_tool_call_end", "result": {"Ok": {"isError": True, "content": []}}},
    ],
)
def test_an_event_says_whether_the_tool_failed(rollout: Rollout, event: dict[str, Any]) -> None:
    rollout.start("t1")
    rollout.say("user", "go")
    rollout.call("c1")
    rollout.add("event_msg", call_id="c1", **event)
    rollout.output("c1")
    assert by_id(rollout.path)["c1"].status == "error"


def test_a_call_that_failed_is_a_generation_without_usage(rollout: Rollout) -> None:
    rollout.start("t1")
    rollout.say("user", "go")
    rollout.event("error", message="stream disconnected")
    spans = by_id(rollout.path)
    assert (spans["t1:gen-1"].status, spans["t1:gen-1"].status_message) == ("error", "stream disconnected")
    assert (spans["t1"].status, spans["t1"].status_message) == ("error", "stream disconnected")


def test_texts_that_the_tool_wrote_are_no_prompts(rollout: Rollout) -> None:
    rollout.start("t1")
    for text in ("<environment_context>x", "# AGENTS.md instructions", "<user_instructions>y"):
        rollout.say("user", text)
    rollout.say("user", "# Context from my IDE\n## My request for Codex:\nfix it")
    rollout.say("assistant", "done")
    assert by_id(rollout.path)["t1"].name == "fix it"


def test_what_is_said_while_a_turn_runs_steers_it(rollout: Rollout) -> None:
    rollout.start("t1")
    rollout.say("user", "go")
    rollout.say("assistant", "working")
    rollout.say("user", "faster")
    rollout.event("task_complete", turn_id="t1", time_to_first_token_ms=900)
    spans = by_id(rollout.path)
    assert [span.name for span in spans.values() if span.kind == "agent"] == ["go"]
    assert spans["t1:gen-1"].ttft_ns == 900_000_000


def test_turns_that_were_rolled_back_stay_and_are_marked(rollout: Rollout) -> None:
    for turn in ("t1", "t2"):
        rollout.start(turn)
        rollout.say("user", turn)
        rollout.say("assistant", "done")
        rollout.event("task_complete", turn_id=turn)
    rollout.event("thread_rolled_back", num_turns=1)
    rollout.event("thread_name_updated", thread_name="Title")
    spans = by_id(rollout.path)
    assert [spans[turn].metadata.get("rolled_back") for turn in ("t1", "t2")] == [None, True]
    assert spans["t1"].metadata["title"] == "Title"


def test_a_file_of_the_first_era_has_turns_without_times(tmp_path: Path) -> None:
    path = tmp_path / "rollout-2025-05-07T17-24-21-x.jsonl"
    lines = [
        {"id": "x", "timestamp": "2025-05-07T17:24:21.000Z", "instructions": None},
        {"record_type": "state"},
        {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "hi"}]},
        {"type": "function_call", "name": "shell", "call_id": "c1", "arguments": "not json"},
        {"type": "function_call_output", "call_id": "c1", "output": "ok"},
        {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "done"}]},
    ]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    source = open_source(path)
    assert source.format == "codex-cli"
    files = Files([source])
    assert sorted(key[1] for key in files.spans) == ["1", "1:gen-1", "1:gen-2", "c1"]
    assert files.payload("x:1", "c1").input == "not json"
    assert text_of(files.payload("x:1", "1:gen-2").input) == "hi"


def test_a_grown_file_is_read_on_and_its_open_turn_grows(rollout: Rollout) -> None:
    rollout.start("t1")
    rollout.say("user", "go")
    rollout.call("c1")
    source = CodexCliSource(rollout.path)
    reading = read_source(source)
    assert reading.spans["aaaa:t1", "c1"].status == "running"
    assert reading.spans["aaaa:t1", "t1"].status == "running"
    rollout.output("c1")
    rollout.spend(10)
    middle = read_source(source, reading.cursor)
    rollout.say("assistant", "done")
    rollout.event("task_complete", turn_id="t1")
    assert middle.spans["aaaa:t1", "c1"].status == "success"
    for other in (source, CodexCliSource(rollout.path)):
        last = read_source(other, middle.cursor)
        assert last.spans["aaaa:t1", "t1"].status == "success"
        assert ("aaaa:t1", "t1:gen-2") in last.spans


def spawn(rollout: Rollout, child: str) -> None:
    rollout.start("t1")
    rollout.say("user", "go")
    rollout.call("c1", "spawn_agent")
    rollout.spend(100)
    rollout.output("c1", json.dumps({"agent_id": child}))


def child_of(rollout: Rollout, thread: str, at: int) -> Rollout:
    """A child's file: its own head, then the parent's lines, all of the second of its creation."""
    source = {"subagent": {"thread_spawn": {"parent_thread_id": "aaaa", "depth": 1, "agent_nickname": "Robin"}}}
    child = Rollout(rollout.path.parent, thread, source=source)
    for text in rollout.path.read_text().splitlines():
        child.append({**json.loads(text), "timestamp": f"{HOUR}:00:01.000Z"})
    child.total = list(rollout.total)
    child.count = at
    child.start("own")
    child.say("user", "look")
    child.say("assistant", "found")
    child.spend(7)
    child.event("task_complete", turn_id="own")
    return child


@pytest.mark.parametrize("at", [0, 50])
def test_a_sub_agents_thread_hangs_on_its_spawn_without_the_copied_lines(rollout: Rollout, at: int) -> None:
    rollout.start("t0")
    rollout.say("user", "before")
    rollout.say("assistant", "done")
    rollout.spend(1000)
    rollout.event("task_complete", turn_id="t0")
    child = child_of(rollout, "bbbb", at)
    spawn(rollout, "bbbb")
    files = Files([CodexCliSource(rollout.path), CodexCliSource(child.path)])
    agent = files.spans["aaaa:t1", "agent-bbbb"]
    assert (agent.parent_id, agent.name, agent.session_id) == ("c1", "Robin", "aaaa")
    generation = files.spans["aaaa:t1", "agent-bbbb:1"]
    assert (generation.usage.input, generation.parent_id) == (7, "agent-bbbb")
    assert files.tokens()["input"] == 1107
    assert len(files.of_kind("generation")) == 3


def test_without_its_parents_file_a_sub_agents_thread_is_a_session_of_its_own(rollout: Rollout) -> None:
    rollout.start("t0")
    rollout.say("user", "before")
    rollout.say("assistant", "done")
    child = child_of(rollout, "bbbb", 50)
    rollout.path.unlink()
    spans = by_id(child.path)
    assert {span.trace_id for span in spans.values()} == {"bbbb:own"}
    assert spans["own:gen-1"].usage.input == 7


def test_a_fork_has_only_its_own_turns(rollout: Rollout) -> None:
    rollout.start("t1")
    rollout.say("user", "go")
    rollout.say("assistant", "done")
    rollout.spend(100)
    rollout.event("task_complete", turn_id="t1")
    fork = Rollout(rollout.path.parent, "cccc", forked_from_id="aaaa")
    for text in rollout.path.read_text().splitlines():
        fork.append({**json.loads(text), "timestamp": f"{HOUR}:00:01.000Z"})
    fork.total = list(rollout.total)
    fork.start("t2")
    fork.say("user", "else")
    fork.say("assistant", "done")
    fork.spend(5)
    files = Files([CodexCliSource(rollout.path), CodexCliSource(fork.path)])
    assert {span.trace_id for span in files.spans.values()} == {"aaaa:t1", "cccc:t2"}
    assert files.tokens()["input"] == 105


def test_a_fork_that_names_no_model_goes_on_with_its_parents(rollout: Rollout) -> None:
    fork = Rollout(rollout.path.parent, "cccc", forked_from_id="aaaa")
    for text in rollout.path.read_text().splitlines():
        fork.append({**json.loads(text), "timestamp": f"{HOUR}:00:01.000Z"})
    fork.append({"timestamp": f"{HOUR}:00:01.000Z", "type": "turn_context", "payload": {"model": "gpt-5.2-codex"}})
    fork.event("task_started", turn_id="t2")
    fork.say("user", "else")
    fork.say("assistant", "done")
    fork.spend(5)
    assert [call.model for call in Files([CodexCliSource(fork.path)]).of_kind("generation")] == ["gpt-5.2-codex"]


def test_lines_that_are_no_objects_are_skipped_and_counted(rollout: Rollout) -> None:
    rollout.start("t1")
    rollout.append("not json")
    rollout.append("[1]")
    rollout.output("nobody")
    reading = read_source(CodexCliSource(rollout.path))
    assert [skip.line for skip in reading.skipped] == [4, 5, 6]


def test_a_count_without_an_answer_is_a_call_that_was_paid(rollout: Rollout) -> None:
    rollout.start("t1")
    rollout.spend(5)
    files = Files([CodexCliSource(rollout.path)])
    (call,) = files.of_kind("generation")
    assert (call.usage.input, call.parent_id) == (5, "t1")
    assert files.payload(call.trace_id, call.span_id).output in ((), None)


@pytest.mark.parametrize(
    ("content", "is_one"),
    [
        ('{"timestamp":"t","type":"session_meta","payload":{"id":"x"}}', True),
        ('{"payload":{}, "type": "response_item", "timestamp":"t"}', True),
        ('{"id":"x","timestamp":"t","instructions":null}', True),
        ('{"timestamp":"t","type":"user","message":{}}', False),
        ('{"type":"session_meta"}', False),
    ],
)
def test_it_is_recognised_by_its_first_line(tmp_path: Path, content: str, is_one: bool) -> None:
    path = tmp_path / "x.jsonl"
    path.write_text(content + "\n")
    assert CodexCliSource.recognise(Head(path)) is is_one


def test_a_first_line_with_long_instructions_is_recognised_by_its_beginning(tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl"
    head = '{"timestamp":"t","type":"session_meta","payload":{"id":"x","base_instructions":{"text":"'
    path.write_text(head + "x" * 400_000 + '"}}}\n')
    assert CodexCliSource.recognise(Head(path))


odd = st.none() | st.booleans() | st.integers() | st.text(max_size=4) | st.lists(st.text(max_size=2), max_size=2)
NEWEST = max(DATA.rglob("rollout-2026-07-13*"))


@settings(max_examples=60)
@given(st.lists(st.tuples(st.integers(0, 60), st.sampled_from(
    ["type", "timestamp", "payload", "role", "content", "call_id", "output", "info", "arguments", "id", "model", "source"],
), odd | st.dictionaries(st.sampled_from(["type", "id", "text", "total_token_usage"]), odd, max_size=2)), max_size=10))  # fmt: skip
def test_no_change_of_a_line_makes_reading_fail(tmp_path_factory: Any, changes: list[tuple[int, str, Any]]) -> None:
    lines = [json.loads(line) for line in NEWEST.read_text().splitlines()]
    for number, key, value in changes:
        line = lines[number % len(lines)]
        holder = (
            line
            if key in ("type", "timestamp", "payload") or not isinstance(line["payload"], dict)
            else line["payload"]
        )
        holder[key] = value
    path = tmp_path_factory.mktemp("mutated") / "m.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    source = CodexCliSource(path)
    reading = read_source(source)
    for key, span in reading.spans.items():
        source.payload(span, reading.references[key])


@pytest.mark.parametrize("wrapping", ["bom", "crlf", "gz", "zst"])
def test_any_wrapping_gives_the_same_spans(tmp_path: Path, wrapping: str) -> None:
    data = NEWEST.read_bytes()
    pack = {
        "bom": lambda data: b"\xef\xbb\xbf" + data,
        "crlf": lambda data: data.replace(b"\n", b"\r\n"),
        "gz": gzip.compress,
        "zst": zstd.compress,
    }[wrapping]
    path = tmp_path / f"{NEWEST.name}.{wrapping}"
    path.write_bytes(pack(data))
    assert read_source(open_source(path)).spans == read_source(CodexCliSource(NEWEST)).spans
