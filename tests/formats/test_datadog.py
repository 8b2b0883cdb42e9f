from __future__ import annotations

from typing import Any

import pytest

from tests.formats.export_rows import given, payload, row_of, scores, span
from tracetui.model import Message, ToolCall, ToolResult, Usage
from tracetui.sources.datadog import DatadogExport

NAME = "attributes.jsonl"


def call(**changes: Any) -> dict[str, Any]:
    return row_of("datadog", NAME, 1, **changes)


@pytest.mark.parametrize("parent", ["undefined", "", None, ...])
def test_a_root_has_no_parent_under_any_name(parent: Any) -> None:
    assert span(DatadogExport, call(parent_id=parent)).parent_id is None


def test_an_id_of_64_bits_keeps_its_digits() -> None:
    found = span(DatadogExport, call(span_id="18446744073709551615", parent_id=18446744073709551614))
    assert (found.span_id, found.parent_id) == ("18446744073709551615", "18446744073709551614")


@pytest.mark.parametrize("start", [1793600057805000000, 1793600057805000, 1793600057805, 1793600057.805])
def test_the_unit_of_the_start_is_told_by_its_size(start: float) -> None:
    assert span(DatadogExport, call(start_ns=start)).start_ns == 1793600057805000000


def test_costs_are_billionths_of_a_dollar() -> None:
    metrics = {"input_tokens": 10, "estimated_total_cost": 1500}
    assert span(DatadogExport, call(metrics=metrics)).cost.usd == pytest.approx(0.0000015)


@pytest.mark.parametrize(
    ("metrics", "usage"),
    [
        ({"input_tokens": 10, "cache_read_input_tokens": 4, "output_tokens": 3}, Usage(6, 4, None, 3)),
        ({"input_tokens": 10, "non_cached_input_tokens": 5, "cache_read_input_tokens": 4, "cache_write_input_tokens": 1,
          "output_tokens": 3, "reasoning_output_tokens": 2}, Usage(5, 4, 1, 3, 2)),
        ({}, Usage()),
    ],
)  # fmt: skip
def test_input_contains_the_cached_part(metrics: dict[str, Any], usage: Usage) -> None:
    assert span(DatadogExport, call(metrics=metrics)).usage == usage


def test_sums_on_an_agent_are_not_counted() -> None:
    found = span(DatadogExport, call(span_kind="agent"))
    assert (found.usage, found.cost.usd) == (Usage(), None)


def test_tags_are_split_at_the_first_colon_and_may_repeat() -> None:
    tags = ["user_id:a:b", "session_id:s", "env:dev", "team:x", "team:y", "flag"]
    found = span(DatadogExport, call(tags=tags))
    assert (found.user_id, found.session_id, found.environment) == ("a:b", "s", "dev")
    assert found.tags == ("team:x", "team:y", "flag")


def test_tool_calls_and_their_results_have_one_id() -> None:
    messages = [
        {"role": "assistant", "content": "", "tool_calls": [{"name": "f", "arguments": {"a": 1}, "tool_id": "c1"}]},
        {"role": "tool", "tool_results": [{"name": "f", "result": "42", "tool_id": "c1"}]},
    ]
    found = payload(DatadogExport, call(input={"messages": messages}))
    assert found.input == (
        Message("assistant", (ToolCall("c1", "f", {"a": 1}),)),
        Message("tool", (ToolResult("c1", "42", False, "f"),)),
    )


def test_a_call_that_failed_has_no_empty_answer() -> None:
    found = payload(DatadogExport, call(output={"messages": [{"content": "", "role": ""}]}))
    assert found.output is None


def test_evaluations_are_scores_of_their_type() -> None:
    evaluation = {
        "quality": {"eval_metric_type": "score", "value": 0.5, "reasoning": "why"},
        "tone": {"eval_metric_type": "categorical", "value": "kind"},
        "safe": {"eval_metric_type": "boolean", "value": False},
        "failed": {"eval_metric_type": "score", "value": None},
    }
    found = [
        (one.name, one.value, one.label, one.comment) for one in scores(DatadogExport, call(evaluation=evaluation))
    ]
    assert found == [("quality", 0.5, None, "why"), ("tone", None, "kind", None), ("safe", False, None, None)]


def test_what_an_sdk_sends_is_read_as_well() -> None:
    sent = {"trace_id": "t", "span_id": "1", "parent_id": "undefined", "name": "chat", "start_ns": 1793600057805000000,
            "duration": 5, "status": "error", "meta": {"kind": "llm", "model_name": "m", "input": {"value": "hi"},
            "error": {"type": "ValueError", "message": "no"}}, "metrics": {"input_tokens": 3}}  # fmt: skip
    attributes = {"ml_app": "shop", "session_id": "s-1", "tags": ["env:dev"], "spans": [sent]}
    found = span(DatadogExport, {"data": {"type": "span", "attributes": attributes}})
    assert (found.kind, found.model, found.session_id, found.environment) == ("generation", "m", "s-1", "dev")
    assert (found.status, found.status_message, found.usage.input) == ("error", "ValueError: no", 3)


def test_a_page_that_ran_out_of_time_says_so() -> None:
    page = {"data": [{"id": "1", "type": "span", "attributes": call()}], "meta": {"status": "timeout"}}
    found = given(DatadogExport, page)
    assert len(found.spans) == 1
    assert "not whole" in found.skipped[0]


def test_no_duration_is_a_span_that_runs() -> None:
    assert span(DatadogExport, call(duration=...)).status == "running"
