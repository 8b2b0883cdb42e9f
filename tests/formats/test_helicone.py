from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import tracetui
from tests.formats.export_rows import payload, row_of, scores, span
from tests.formats.exports_checking import DATA
from tracetui.model import Usage
from tracetui.sources.helicone import HeliconeExport

NAME = "data.jsonl"
NO_BODY = {"helicone_message": "fetching body from signed_url"}


def call(**changes: Any) -> dict[str, Any]:
    return row_of("helicone", NAME, 1, **changes)


@pytest.mark.parametrize(
    ("counts", "usage"),
    [
        ({"prompt_tokens": 100, "prompt_cache_read_tokens": 40}, Usage(60, 40, 0, 20)),
        ({"prompt_tokens": 30, "prompt_cache_read_tokens": 40}, Usage(30, 40, 0, 20)),
        ({"prompt_tokens": 100, "prompt_cache_read_tokens": 40, "total_tokens": 160}, Usage(100, 40, 0, 20)),
        ({"prompt_tokens": 100, "prompt_cache_read_tokens": 40, "provider": "ANTHROPIC"}, Usage(100, 40, 0, 20)),
        ({"prompt_tokens": None, "completion_tokens": None, "prompt_cache_read_tokens": None}, Usage()),
    ],
)
def test_without_an_answer_the_numbers_tell_whether_the_cached_part_is_inside(
    counts: dict[str, Any], usage: Usage
) -> None:
    row = call(response_body=NO_BODY, **{"completion_tokens": 20, "total_tokens": None, **counts})
    assert span(HeliconeExport, row).usage == usage


def test_the_answers_own_count_wins_over_the_columns() -> None:
    assert span(HeliconeExport, call(prompt_tokens=114)).usage == Usage(114, 4052, None, 20, 0)


def test_a_body_that_was_not_exported_is_not_drawn_as_a_prompt() -> None:
    found = payload(HeliconeExport, call(request_body=NO_BODY, response_body=NO_BODY))
    assert (found.input, found.output) == (None, None)
    assert found.attributes["request body"] == "not exported"


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"response_status": -2}, "running"),
        ({"response_status": -1}, "error"),
        ({"response_status": "500"}, "error"),
        ({"response_status": None}, "success"),
    ],
)
def test_the_status_of_the_call_is_the_http_status(changes: dict[str, Any], status: str) -> None:
    assert span(HeliconeExport, call(**changes)).status == status


def test_an_answer_from_the_cache_is_free_and_an_unknown_price_is_none() -> None:
    cached = call(cost=0, cache_reference_id="7d1b2c3d-0000-4000-8000-000000000001")
    assert span(HeliconeExport, cached).cost.usd == 0
    assert span(HeliconeExport, call(cost=0)).cost.usd is None


def test_custom_logs_are_tools_and_retrievers() -> None:
    tool = call(request_body={"_type": "tool", "toolName": "find", "input": {"q": 1}}, response_body={"found": 2})
    found = span(HeliconeExport, tool)
    assert (found.kind, found.name, found.model) == ("tool", "find", None)
    assert payload(HeliconeExport, tool).output == {"found": 2}
    base = call(request_body={"_type": "vector_db", "operation": "search", "text": "x"}, response_body={})
    assert span(HeliconeExport, base).kind == "retriever"


def test_scores_and_feedback_are_scores() -> None:
    row = call(feedback_rating=False, scores={"quality": 7, "ok": {"value": 1, "valueType": "boolean"}})
    assert [(score.name, score.value) for score in scores(HeliconeExport, row)] == [
        ("feedback_rating", False), ("quality", 7), ("ok", True),
    ]  # fmt: skip


def test_a_call_that_was_not_streamed_has_no_first_token() -> None:
    assert span(HeliconeExport, call(time_to_first_token=0)).ttft_ns is None


def test_messages_in_the_scripts_csv_have_their_quotes_doubled_twice(tmp_path: Path) -> None:
    workspace = tracetui.open(DATA / "helicone" / "output.csv")
    trace_id = workspace.trace_ids(sort="start")[0]
    assert "cargo bike" in str(workspace.payload(trace_id, trace_id).input)
    assert workspace.tree(trace_id).nodes[0].span.feature == "support"
    workspace.close()


def test_a_request_and_its_response_from_two_tables_are_one_call() -> None:
    folder = DATA / "tables" / "helicone"
    for order in (("request.csv", "response.csv"), ("response.csv", "request.csv")):
        workspace = tracetui.open(*(folder / name for name in order))
        stats = workspace.stats()
        assert (stats["traces"], stats["spans"], stats["users"], stats["sessions"]) == (14, 14, 3, 5)
        assert {key: number for key, number in stats["statuses"].items() if number} == {
            "success": 10, "error": 2, "refused": 2,
        }  # fmt: skip
        identity = "60ec0f63-cd9f-41e0-8a8b-dfba5b9c4d3b"
        found = workspace.payload(identity, identity)
        assert "Where is my order 4411?" in json.dumps(str(found.input))
        assert "Order 4411 left our warehouse" in str(found.output)
        workspace.close()
