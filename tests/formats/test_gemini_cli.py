from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.formats.source_reading import read_source
from tests.formats.transcript_truth import Files, text_of, truth
from tracetui.model import Span, Thinking, ToolCall, ToolResult
from tracetui.sources.gemini_cli import GeminiCliSource
from tracetui.sources.head import Head
from tracetui.workspace.opening import open_source

DATA = Path(__file__).parents[1] / "data" / "gemini_cli"
CHATS = sorted((DATA / "tmp").rglob("session-*"))


@pytest.fixture(scope="module")
def sample() -> Files:
    return Files(open_source(path) for path in CHATS)


def test_the_totals_are_those_that_were_noted_when_the_sample_was_made(sample: Files) -> None:
    expected = truth(DATA / "expected.json")
    spans = sample.spans.values()
    assert {span.session_id for span in spans} == set(expected["sessions"])
    assert len({span.trace_id for span in spans}) == expected["traces"]
    assert Counter(span.model for span in sample.of_kind("generation")) == expected["models"]
    assert Counter(span.status for span in sample.of_kind("tool")) == expected["tool_statuses"]
    assert sample.tokens() == expected["tokens"]


def test_an_answer_has_its_thoughts_its_calls_and_after_it_their_results(sample: Files) -> None:
    trace_id = "5d357ffe-4423-460d-9b0e-da407f5e8e61:c4a4bf61-6b13-4c21-93d9-de2b770ea718"
    first = sample.payload(trace_id, "16cb8672-785d-4903-a409-ffd6d22b4f67").output
    assert [type(part) for part in first[0].parts] == [Thinking, ToolCall]
    payload = sample.payload(trace_id, "0d359fb6-5cce-4550-9f03-c874673126aa")
    assert [message.role for message in payload.input] == ["user", "assistant", "tool"]
    (result,) = payload.input[2].parts
    assert isinstance(result, ToolResult)
    assert result.content == "\x1b[1ma.py:1\x1b[0m TODO"
    assert text_of(payload.output) == "One TODO."
    tool = sample.payload(trace_id, "t1")
    assert (tool.input, tool.output) == ({"pattern": "TODO"}, result.content)
    root = sample.payload(trace_id, "c4a4bf61-6b13-4c21-93d9-de2b770ea718")
    assert (text_of(root.input), text_of(root.output)) == ("Find the TODOs", "One TODO.")


HEAD = {"sessionId": "s1", "projectHash": "p", "startTime": "2026-08-20T10:00:00.000Z", "kind": "main"}


def written(path: Path, *records: Any) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a") as file:
        file.writelines(json.dumps(record) + "\n" for record in records)
    return path


def message(number: int, kind: str, text: str = "", **fields: Any) -> dict[str, Any]:
    return {
        "id": f"m{number}",
        "timestamp": f"2026-08-20T10:00:{number:02}.000Z",
        "type": kind,
        "content": text,
        **fields,
    }


def by_id(path: Path) -> dict[str, Span]:
    return {span.span_id: span for span in read_source(GeminiCliSource(path)).spans.values()}


def test_a_message_that_grows_shows_its_last_state_and_counts_once(tmp_path: Path) -> None:
    path = written(tmp_path / "session-x.jsonl", HEAD, message(1, "user", "go"), message(2, "gemini"))
    source = GeminiCliSource(path)
    first = read_source(source)
    calls = [{"id": "t1", "name": "ls", "status": "executing"}]
    written(path, message(2, "gemini", tokens={"input": 10, "output": 1}, toolCalls=calls))
    second = read_source(source, first.cursor)
    assert second.spans["s1:m1", "t1"].status == "running"
    done = [{**calls[0], "status": "success", "timestamp": "2026-08-20T10:00:04.000Z"}]
    written(path, message(2, "gemini", tokens={"input": 10, "output": 2}, toolCalls=done), message(5, "gemini", "ok"))
    for other in (source, GeminiCliSource(path)):
        third = read_source(other, second.cursor)
        assert third.spans["s1:m1", "t1"].status == "success"
        assert third.spans["s1:m1", "m2"].usage.output == 2
        assert third.spans["s1:m1", "m1"].status == "success"


def test_what_was_taken_back_stays_and_is_marked(tmp_path: Path) -> None:
    path = written(
        tmp_path / "session-x.jsonl", HEAD, message(1, "user", "one"), message(2, "gemini", "a"), message(3, "user", "two"),
        message(4, "gemini", "b"), {"$rewindTo": "m3"}, message(5, "user", "three"), message(6, "gemini", "c"),
    )  # fmt: skip
    spans = by_id(path)
    assert [spans[key].metadata.get("rewound") for key in ("m1", "m3", "m5")] == [None, True, None]
    files = Files([GeminiCliSource(path)])
    assert [text_of((item,)) for item in files.payload("s1:m5", "m6").input] == ["one", "a", "three"]
    assert text_of(files.payload("s1:m3", "m4").output) == "b"


def test_an_error_fails_its_turn_and_a_tool_that_was_left_is_interrupted(tmp_path: Path) -> None:
    calls = [{"id": "t1", "name": "ls", "status": "executing"}]
    path = written(
        tmp_path / "session-x.jsonl", HEAD, message(1, "user", "one"), message(2, "gemini", toolCalls=calls),
        message(3, "error", "quota exceeded"), message(4, "user", "two"),
    )  # fmt: skip
    spans = by_id(path)
    assert (spans["m1"].status, spans["m1"].status_message) == ("error", "quota exceeded")
    assert (spans["t1"].status, spans["t1"].status_message) == ("error", "interrupted")
    assert spans["m4"].status == "running"


def test_more_cached_than_input_is_marked(tmp_path: Path) -> None:
    path = written(tmp_path / "x.jsonl", HEAD, message(1, "gemini", "a", tokens={"input": 1, "cached": 5, "output": 1}))
    assert by_id(path)["m1"].usage.inconsistent


def test_a_sub_agents_chat_hangs_on_the_call_that_started_it(tmp_path: Path) -> None:
    calls = [{"id": "t1", "name": "agent", "status": "success", "agentId": "sub-1"}]
    main = written(
        tmp_path / "session-2026-s1.jsonl", HEAD, message(1, "user", "go"), message(2, "gemini", toolCalls=calls)
    )
    head = {**HEAD, "sessionId": "sub-1", "kind": "subagent"}
    sub = written(tmp_path / "s1" / "sub-1.jsonl", head, message(11, "user", "look"), message(12, "gemini", "found"))
    files = Files([GeminiCliSource(main), GeminiCliSource(sub)])
    assert {span.trace_id for span in files.spans.values()} == {"s1:m1"}
    agent = files.spans["s1:m1", "agent-sub-1"]
    assert (agent.parent_id, agent.kind, agent.session_id) == ("t1", "agent", "s1")
    assert files.spans["s1:m1", "m12"].parent_id == "agent-sub-1"


def test_records_that_are_none_are_skipped_and_counted(tmp_path: Path) -> None:
    path = written(tmp_path / "x.jsonl", HEAD, message(1, "user", "go"), {"x": 1}, [1], message(2, "gemini", "a"))
    reading = read_source(GeminiCliSource(path))
    assert [skip.line for skip in reading.skipped] == [3, 4]


@pytest.mark.parametrize(
    ("content", "is_one"),
    [
        (json.dumps(HEAD), True),
        (json.dumps(HEAD, indent=2), True),
        ('{"sessionId":"s","uuid":"u","parentUuid":null,"type":"user"}', False),
        ('{"stats":{"models":{}}}', False),
    ],
)
def test_it_is_recognised_by_the_head_of_a_session(tmp_path: Path, content: str, is_one: bool) -> None:
    path = tmp_path / "x"
    path.write_text(content + "\n")
    assert GeminiCliSource.recognise(Head(path)) is is_one


odd = st.none() | st.booleans() | st.integers() | st.text(max_size=4) | st.lists(st.integers(), max_size=2)


@settings(max_examples=60)
@given(st.lists(st.tuples(st.integers(0, 9), st.sampled_from(
    ["id", "type", "timestamp", "content", "tokens", "toolCalls", "thoughts", "model", "sessionId", "$set", "$rewindTo"],
), odd | st.dictionaries(st.sampled_from(["messages", "id", "input", "name"]), odd, max_size=2)), max_size=8))  # fmt: skip
def test_no_change_of_a_record_makes_reading_fail(tmp_path_factory: Any, changes: list[tuple[int, str, Any]]) -> None:
    lines = [json.loads(line) for path in CHATS if path.suffix == ".jsonl" for line in path.read_text().splitlines()]
    for number, key, value in changes:
        lines[number % len(lines)][key] = value
    path = written(tmp_path_factory.mktemp("mutated") / "m.jsonl", *lines)
    source = GeminiCliSource(path)
    reading = read_source(source)
    for key, span in reading.spans.items():
        source.payload(span, reading.references[key])
