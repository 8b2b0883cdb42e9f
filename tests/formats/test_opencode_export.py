from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.formats.source_reading import read_source
from tests.formats.transcript_truth import Files, text_of
from tracetui.sources.head import Head
from tracetui.sources.opencode_export import OpencodeExport
from tracetui.workspace.opening import open_source

TOKENS = {"input": 100, "output": 20, "reasoning": 5, "cache": {"read": 1000, "write": 10}}


def session(*more: Any) -> dict[str, Any]:
    tool = {
        "type": "tool", "tool": "bash", "callID": "c1",
        "state": {"status": "completed", "input": {"cmd": "ls"}, "output": "a.py", "time": {"start": 2500, "end": 2900}},
    }  # fmt: skip
    answer = {
        "id": "msg_2", "sessionID": "ses_1", "role": "assistant", "parentID": "msg_1", "modelID": "claude-sonnet-4-5",
        "providerID": "anthropic", "cost": 0.01, "tokens": TOKENS, "time": {"created": 2000, "completed": 3000},
    }  # fmt: skip
    return {
        "info": {"id": "ses_1", "projectID": "p", "directory": "/x", "title": "T", "version": "1.0"},
        "messages": [
            {"info": {"id": "msg_1", "sessionID": "ses_1", "role": "user", "time": {"created": 1000}},
             "parts": [{"type": "text", "text": "list files"}]},
            {"info": answer, "parts": [{"type": "text", "text": "One."}, tool]},
            *more,
        ],
    }  # fmt: skip


def written(path: Path, document: Any) -> Path:
    path.write_text(json.dumps(document, indent=2))
    return path


def test_an_exported_session_has_its_turns_answers_and_tools(tmp_path: Path) -> None:
    source = open_source(written(tmp_path / "session.json", session()))
    assert source.format == "opencode-export"
    files = Files([source])
    root = files.spans["msg_1", "msg_1"]
    assert (root.kind, root.name, root.status, root.session_id) == ("agent", "list files", "success", "ses_1")
    answer = files.spans["msg_1", "msg_2"]
    assert (answer.cost.usd, answer.cost.origin) == (0.01, "recorded")
    assert files.tokens() == {"input": 100, "cache_read": 1000, "cache_write": 10, "output": 25, "reasoning": 5}
    (tool,) = files.of_kind("tool")
    assert files.payload(tool.trace_id, tool.span_id).output == "a.py"
    assert text_of(files.payload("msg_1", "msg_2").output) == "One."


def test_a_message_that_cannot_be_used_is_skipped_and_counted(tmp_path: Path) -> None:
    again = session()["messages"][0]
    reading = read_source(OpencodeExport(written(tmp_path / "s.json", session({"parts": []}, again))))
    assert [skip.reason for skip in reading.skipped] == ["a message without an info", "a message that is there twice"]


@pytest.mark.parametrize(
    ("document", "is_one"),
    [(session(), True), ({"info": {}, "messages": [{"role": "user"}]}, False), ({"messages": []}, False)],
)
def test_it_is_recognised_by_its_messages(tmp_path: Path, document: Any, is_one: bool) -> None:
    assert OpencodeExport.recognise(Head(written(tmp_path / "s.json", document))) is is_one


def test_a_large_session_is_recognised_by_its_beginning(tmp_path: Path) -> None:
    document = session()
    document["messages"][0]["parts"][0]["text"] = "x" * 2_000_000
    assert OpencodeExport.recognise(Head(written(tmp_path / "s.json", document)))


odd = st.none() | st.booleans() | st.integers() | st.text(max_size=4) | st.lists(st.integers(), max_size=2)


@settings(max_examples=60)
@given(st.lists(st.tuples(st.integers(0, 1), st.sampled_from(
    ["id", "role", "time", "parentID", "tokens", "cost", "parts", "info", "modelID", "error"],
), odd | st.dictionaries(st.sampled_from(["created", "input", "cache"]), odd, max_size=2)), max_size=6))  # fmt: skip
def test_no_change_of_a_message_makes_reading_fail(tmp_path_factory: Any, changes: list[tuple[int, str, Any]]) -> None:
    document = session()
    for number, key, value in changes:
        message = document["messages"][number]
        holder = message if key in ("parts", "info") or not isinstance(message["info"], dict) else message["info"]
        holder[key] = value
    source = OpencodeExport(written(tmp_path_factory.mktemp("mutated") / "s.json", document))
    reading = read_source(source)
    for key, span in reading.spans.items():
        source.payload(span, reading.references[key])
