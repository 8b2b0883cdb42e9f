from __future__ import annotations

import shutil
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

import tracetui
from tests.formats.export_rows import given, payload, row_of, scores, span
from tests.formats.exports_checking import DATA
from tracetui.model import Message, Text, ToolCall, Usage
from tracetui.sources.langsmith import LangsmithExport

NAME = "list_runs.jsonl"


def call(**changes: Any) -> dict[str, Any]:
    return row_of("langsmith", NAME, 1, **changes)


def test_the_dotted_order_tells_parent_and_trace() -> None:
    found = span(LangsmithExport, call(parent_run_id=None, trace_id=None))
    assert found.trace_id == "aaaaaaaa-aaaa-aaaa-bb34-2cdb6b398d7a"
    assert found.parent_id == found.trace_id


def test_version_two_of_the_api_has_parents_in_a_list_and_words_in_capitals() -> None:
    row = call(parent_run_id=..., dotted_order=..., parent_run_ids=["root", "near"], status="PENDING", thread_id="s-1")
    found = span(LangsmithExport, row)
    assert (found.parent_id, found.status, found.session_id) == ("near", "running", "s-1")


def test_the_sums_on_a_chain_are_not_counted() -> None:
    found = span(LangsmithExport, row_of("langsmith", NAME, 0, prompt_tokens=100, total_cost="1.5"))
    assert (found.kind, found.usage, found.cost.usd) == ("chain", Usage(), None)


@pytest.mark.parametrize(
    "stack",
    ["Traceback (most recent call last):\n  File", "\n\nTraceback (most recent call last):\n", "\n    at run (a.js:1)"],
)
def test_the_message_of_an_error_ends_where_its_stack_begins(stack: str) -> None:
    found = span(LangsmithExport, call(status="error", error=f"BadRequestError('no')\nreally{stack}"))
    assert (found.status, found.status_message) == ("error", "BadRequestError('no')\nreally")


def test_nothing_is_not_zero() -> None:
    row = call(extra={}, outputs={}, prompt_tokens=0, completion_tokens=0, total_tokens=0,
               prompt_token_details=None, completion_token_details=None, total_cost="0")  # fmt: skip
    assert span(LangsmithExport, row).usage == Usage()


def test_cache_writes_by_age_are_added() -> None:
    details = {"cache_read": 2, "cache_creation": 0, "ephemeral_5m_input_tokens": 3, "ephemeral_1h_input_tokens": 4}
    row = call(extra={}, outputs={}, prompt_tokens=20, completion_tokens=1, total_tokens=21, prompt_token_details=details,
               completion_token_details=None)  # fmt: skip
    assert span(LangsmithExport, row).usage == Usage(11, 2, 7, 1, cache_write_1h=4)


def test_the_project_is_not_a_session() -> None:
    assert span(LangsmithExport, call()).session_id is None


def test_messages_of_langchain_are_read() -> None:
    human = {"lc": 1, "type": "constructor", "id": ["langchain", "schema", "messages", "HumanMessage"],
             "kwargs": {"content": "Where is it?"}}  # fmt: skip
    answer = {"lc": 1, "type": "constructor", "id": ["langchain", "schema", "messages", "AIMessage"],
              "kwargs": {"content": "", "tool_calls": [{"id": "c1", "name": "find", "args": {"q": 1}}]}}  # fmt: skip
    outputs = {"generations": [[{"text": "", "message": answer, "generation_info": {"finish_reason": "tool_calls"}}]]}
    row = call(inputs={"messages": [[human]]}, outputs=outputs)
    found = payload(LangsmithExport, row)
    assert found.input == (Message("user", (Text("Where is it?"),)),)
    assert found.output[0].parts[-1] == ToolCall("c1", "find", {"q": 1})
    assert span(LangsmithExport, row).finish_reason == "tool_calls"


@pytest.mark.parametrize(
    ("stats", "values"),
    [
        ({"n": 1, "avg": 0.5}, [0.5]),
        ({"n": 2, "avg": 0.5, "min": 0.2, "max": 0.8}, [0.2, 0.8]),
        ({"n": 3, "avg": 0.5, "min": 0.2, "max": 0.8}, [0.5, 0.5, 0.5]),
        ({"n": 2, "avg": None, "values": {"good": 1, "bad": 1}}, ["good", "bad"]),
        ({"n": 0, "avg": None}, []),
        ({"n": 1000, "avg": 0.5}, [0.5]),
    ],
)
def test_aggregated_feedback_becomes_scores(stats: dict[str, Any], values: list[Any]) -> None:
    found = scores(LangsmithExport, call(feedback_stats={"grounded": stats}))
    assert [score.label or score.value for score in found] == values


def test_a_piece_of_feedback_without_a_trace_is_of_its_run() -> None:
    row = {"id": "f", "run_id": "r", "key": "ok", "score": True, "value": None, "feedback_source": {"type": "model"}}
    (found,) = scores(LangsmithExport, row)
    assert (found.trace_id, found.span_id, found.value, found.source) == ("r", "r", True, "llm")


def test_nested_runs_are_spans_of_their_own() -> None:
    child = call(id="child", parent_run_id=None, trace_id=None, dotted_order=None)
    parent = call(id="parent", run_type="chain", parent_run_id=None, trace_id="parent", child_runs=[child])
    found = given(LangsmithExport, parent).spans
    assert [(one.span_id, one.parent_id, one.trace_id) for one in found] == [
        ("parent", "aaaaaaaa-aaaa-aaaa-bb34-2cdb6b398d7a", "parent"),
        ("child", "parent", "parent"),
    ]


def test_a_part_of_the_bulk_export_has_the_payload_of_a_run_and_takes_ratings(tmp_path: Path) -> None:
    folder = shutil.copytree(DATA / "langsmith" / "bulk-export", tmp_path / "bulk")
    with closing(tracetui.open(folder)) as workspace:
        trace_id = workspace.trace_ids()[0]
        workspace.score(trace_id, None, "quality", value=1.0)
        workspace.catch_up()
        node = next(node for node in workspace.tree(trace_id).nodes if node.span.kind == "generation")
        assert isinstance(workspace.payload(trace_id, node.span.span_id).input, tuple)
        assert workspace.stats()["scores"]["quality"]["count"] == 1


def test_a_folder_of_a_date_is_no_column(tmp_path: Path) -> None:
    part = next((DATA / "langsmith").rglob("*.parquet"))
    other = tmp_path / "session_id=another" / "id=1" / "x.parquet"
    other.parent.mkdir(parents=True)
    shutil.copy(part, other)
    with closing(tracetui.open(part)) as ours, closing(tracetui.open(other)) as theirs:
        assert ours.trace_ids() == theirs.trace_ids()
