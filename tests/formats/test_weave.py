from __future__ import annotations

from typing import Any

import pytest

from tests.formats.export_rows import given, row_of, scores, span
from tracetui.model import Usage
from tracetui.sources.weave import WeaveExport, op_name
from tracetui.sources.weave_columns import nested, path_of

NAME = "calls.jsonl"


def call(**changes: Any) -> dict[str, Any]:
    return row_of("weave", NAME, 1, **changes)


@pytest.mark.parametrize(
    ("reference", "name"),
    [
        ("weave:///demo/rental/op/openai.chat.completions.create:4c8a", "openai.chat.completions.create"),
        ("weave:///demo/rental/op/a:b:4c8a", "a:b"),
        ("plain", "plain"),
    ],
)
def test_the_name_stands_between_op_and_the_digest(reference: str, name: str) -> None:
    assert op_name(reference) == name


def test_a_call_with_calls_below_it_repeats_their_usage() -> None:
    summary = {"usage": {"m": {"prompt_tokens": 9}}, "status_counts": {"success": 3, "error": 0},
               "weave": {"costs": {"m": {"prompt_tokens_total_cost": 1.0}}}}  # fmt: skip
    found = span(WeaveExport, call(op_name="weave:///a/b/op/answer:1", attributes={}, output="x", summary=summary))
    assert (found.kind, found.usage, found.cost.usd) == ("span", Usage(), None)


def test_a_call_without_a_kind_that_has_usage_of_its_own_is_a_generation() -> None:
    summary = {"usage": {"m": {"prompt_tokens": 9, "completion_tokens": 2}}, "status_counts": {"success": 1}}
    found = span(
        WeaveExport, call(op_name="weave:///a/b/op/ask:1", attributes={}, inputs={}, output="x", summary=summary)
    )
    assert (found.kind, found.model, found.usage) == ("generation", "m", Usage(9, None, None, 2))


def test_an_error_below_is_no_error_of_the_call() -> None:
    about = {"weave": {"status": "descendant_error"}, "status_counts": {"success": 1}}
    assert span(WeaveExport, call(summary=about)).status == "success"


def test_a_deleted_call_is_left_out() -> None:
    found = given(WeaveExport, call(deleted_at="2026-11-02T06:13:27Z"))
    assert (found.spans, found.other) == ((), 1)


def test_annotations_and_scorers_are_scores_and_reactions_are_not() -> None:
    feedback = [
        {"feedback_type": "wandb.reaction.1", "payload": {"emoji": "👍"}},
        {"feedback_type": "wandb.annotation.quality", "payload": {"value": 4}, "creator": "ada"},
        {"feedback_type": "wandb.runnable.judge", "payload": {"output": {"ok": True, "score": 0.5}}},
    ]
    found = scores(WeaveExport, call(summary={"weave": {"feedback": feedback}}))
    assert [(one.name, one.value, one.source) for one in found] == [
        ("quality", 4, "human"), ("judge.ok", True, "llm"), ("judge.score", 0.5, "llm"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("column", "path"),
    [
        ("summary.usage.gpt-4.1-mini.prompt_tokens", ("summary", "usage", "gpt-4.1-mini", "prompt_tokens")),
        ("summary.usage.gemini-2.5-flash.prompt_tokens_details.cached_tokens",
         ("summary", "usage", "gemini-2.5-flash", "prompt_tokens_details", "cached_tokens")),
        ("summary.weave.costs.o1.5.prompt_tokens_total_cost",
         ("summary", "weave", "costs", "o1.5", "prompt_tokens_total_cost")),
        ("inputs.messages", ("inputs", "messages")),
        ("id", ("id",)),
    ],
)  # fmt: skip
def test_names_of_models_may_hold_dots(column: str, path: tuple[str, ...]) -> None:
    assert path_of(column) == path


def test_columns_that_contradict_each_other_lose_no_leaf() -> None:
    assert nested({"output": "text", "output.id": "1", "a.b": 1, "a": {}}) == {"output": {"id": "1"}, "a": {}}
