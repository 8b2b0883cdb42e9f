from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import tracetui
from tests.formats.export_rows import payload, row_of, scores, span
from tracetui.model import Message, Text, Usage
from tracetui.sources.braintrust import BraintrustExport

NAME = "project-logs.jsonl"


def call(**changes: Any) -> dict[str, Any]:
    return row_of("braintrust", NAME, 1, **changes)


@pytest.mark.parametrize(("parents", "parent"), [(None, None), ([], None), (["a"], "a"), (["a", "b"], "a")])
def test_the_first_parent_counts_and_the_rest_is_kept(parents: list[str] | None, parent: str | None) -> None:
    found = span(BraintrustExport, call(span_parents=parents))
    assert found.parent_id == parent
    assert found.metadata.get("span_parents") == (parents if parents and len(parents) > 1 else None)


def test_the_row_with_the_higher_transaction_holds(tmp_path: Path) -> None:
    newer = call(_xact_id="1000196904213390999", scores={"q": 1})
    older = call(_xact_id="999", scores={"q": 0})
    path = tmp_path / "logs.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in (older, newer, older)))
    workspace = tracetui.open(path)
    assert workspace.stats()["scores"]["q"] == {"count": 1, "mean": 1.0, "labels": {}}
    assert workspace.stats()["spans"] == 1
    workspace.close()


def test_the_span_has_its_own_id_which_may_differ_from_the_rows() -> None:
    assert span(BraintrustExport, call(id="row", span_id="span")).span_id == "span"


@pytest.mark.parametrize(
    ("about", "kind"),
    [
        ({"type": "task"}, "chain"), ({"type": "score"}, "evaluator"), ({"type": "facet"}, "span"),
        ({}, "span"), ({"type": "function"}, "span"), ({"type": "eval"}, "span"),
    ],
)  # fmt: skip
def test_a_type_is_a_kind_and_an_unknown_one_keeps_its_word(about: dict[str, Any], kind: str) -> None:
    found = span(BraintrustExport, call(span_attributes=about))
    assert found.kind == kind
    assert found.metadata.get("span_type") == ("facet" if about.get("type") == "facet" else None)


def test_cache_writes_by_age_are_added() -> None:
    metrics = {"start": 1.7936e9, "prompt_tokens": 20, "prompt_cached_tokens": 5, "prompt_cache_creation_5m_tokens": 3,
               "prompt_cache_creation_1h_tokens": 2, "completion_tokens": 1}  # fmt: skip
    assert span(BraintrustExport, call(metrics=metrics)).usage == Usage(10, 5, 5, 1, cache_write_1h=2)


def test_a_scorer_that_failed_gave_no_score() -> None:
    assert [one.name for one in scores(BraintrustExport, call(scores={"a": None, "b": 0}))] == ["b"]


@pytest.mark.parametrize(
    ("error", "message"),
    [("boom", "boom"), ({"name": "ValueError", "message": "no"}, "ValueError: no"), ('{"message": "no"}', "no")],
)
def test_an_error_is_text_or_an_object(error: Any, message: str) -> None:
    found = span(BraintrustExport, call(error=error))
    assert (found.status, found.status_message) == ("error", message)


def test_an_answer_is_choices_a_message_or_text() -> None:
    for output in (
        [{"index": 0, "message": {"role": "assistant", "content": "yes"}}],
        {"role": "assistant", "content": "yes"},
    ):
        assert payload(BraintrustExport, call(output=output)).output == (Message("assistant", (Text("yes"),)),)
    assert payload(BraintrustExport, call(output="yes")).output == "yes"


def test_no_end_is_a_span_that_runs() -> None:
    assert span(BraintrustExport, call(metrics={"start": 1793600005.641})).status == "running"
