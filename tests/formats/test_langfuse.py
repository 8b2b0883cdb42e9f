from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import tracetui
from tests.formats.export_rows import given, payload, row_of, scores, span
from tests.formats.exports_checking import DATA
from tracetui.model import Usage
from tracetui.sources.langfuse import LangfuseExport

NAME = "1793700000000-lf-observations-export-clx0rental.jsonl"
TRACES = "1793700000000-lf-traces-export-clx0rental.jsonl"


def generation(**changes: Any) -> dict[str, Any]:
    return row_of("langfuse", NAME, 1, **changes)


@pytest.mark.parametrize(
    ("details", "usage"),
    [
        ({"input": 10, "input_cached_tokens": 5, "output": 3, "output_reasoning_tokens": 2, "total": 20},
         Usage(10, 5, None, 5, 2)),
        ({"input": 10, "cache_creation_input_tokens": 4, "cache_read_input_tokens": 6, "output": 1},
         Usage(10, 6, 4, 1)),
        ({"input": "10", "output": "3", "total": "13"}, Usage(10, None, None, 3)),
        ({"input": 15, "prompt_details.cache_read": 5, "output": 7, "completion_details.reasoning": 2, "total": 22},
         Usage(10, 5, None, 7, 2)),
        ({}, Usage()),
    ],
)  # fmt: skip
def test_buckets_never_overlap(details: dict[str, Any], usage: Usage) -> None:
    assert (
        span(LangfuseExport, generation(usageDetails=details, inputUsage=0, outputUsage=0, totalUsage=0)).usage == usage
    )


def test_a_total_larger_than_its_parts_is_marked() -> None:
    usage = span(LangfuseExport, generation(usageDetails={"input": 10, "output": 3, "total": 99})).usage
    assert usage.inconsistent


def test_usage_of_version_two_is_read_from_its_own_columns() -> None:
    row = generation(usageDetails=..., inputUsage=..., prompt_tokens="12", completion_tokens="3", total_tokens="15")
    assert span(LangfuseExport, row).usage == Usage(12, None, None, 3)


@pytest.mark.parametrize(
    "changes", [{"costDetails": {}, "totalCost": 0}, {"costDetails": {"total": 0}, "totalCost": 0}]
)
def test_a_cost_of_nothing_is_no_price(changes: dict[str, Any]) -> None:
    assert span(LangfuseExport, generation(**changes)).cost.usd is None


def test_an_agent_that_sums_up_its_calls_is_not_counted() -> None:
    summed = generation(type="AGENT", usageDetails={"input": 10, "output": 3}, costDetails={"total": 1.0})
    assert span(LangfuseExport, summed).usage == Usage()
    assert span(LangfuseExport, summed).cost.usd is None


def test_a_column_of_any_name_with_a_list_is_scores() -> None:
    row = generation(**{"my score": [0.8, 1], "tone": ["good"], "empty": [], "absent": None})
    found = [(score.name, score.value, score.label) for score in scores(LangfuseExport, row)]
    assert found == [("my score", 0.8, None), ("my score", 1, None), ("tone", None, "good")]


def test_two_scores_of_one_name_are_two(tmp_path: Path) -> None:
    path = tmp_path / "one.jsonl"
    path.write_text(json.dumps(generation(mine=[0.5, 1.0])) + "\n")
    workspace = tracetui.open(path)
    assert workspace.stats()["scores"]["mine"] == {"count": 2, "mean": 0.75, "labels": {}}
    workspace.close()


@pytest.mark.parametrize(
    ("score", "value", "label"),
    [
        ({"dataType": "CATEGORICAL", "value": 2, "stringValue": "good"}, None, "good"),
        ({"dataType": "BOOLEAN", "value": 1, "stringValue": "True"}, True, None),
        ({"dataType": "NUMERIC", "value": "-0.5"}, -0.5, None),
        ({"dataType": "TEXT", "value": None, "stringValue": "see the log"}, None, "see the log"),
        ({"data_type": "BOOLEAN", "value": 0.0, "string_value": "False"}, False, None),
    ],
)
def test_a_score_has_the_value_of_its_type(score: dict[str, Any], value: Any, label: str | None) -> None:
    (found,) = scores(LangfuseExport, {"id": "s", "traceId": "t", "name": "n", "source": "EVAL", **score})
    assert (found.value, found.label, found.source) == (value, label, "llm")


def test_a_score_of_a_session_is_about_something_else() -> None:
    row = {
        "id": "s",
        "traceId": None,
        "sessionId": "x",
        "name": "n",
        "value": 1,
        "source": "API",
        "dataType": "NUMERIC",
    }
    assert given(LangfuseExport, row).other == 1


@pytest.mark.parametrize("first", [0, 1])
def test_a_trace_and_its_observations_may_come_in_any_order(first: int) -> None:
    paths = [DATA / "langfuse" / TRACES, DATA / "langfuse" / NAME]
    workspace = tracetui.open(paths[first], paths[1 - first])
    stats = workspace.stats()
    assert (stats["spans"], stats["sessions"]) == (42, 2)
    assert all(not node.span.span_id.startswith("trace:") for node in workspace.tree(workspace.trace_ids()[0]).nodes)
    workspace.close()


def test_a_root_without_messages_shows_those_of_its_trace(tmp_path: Path) -> None:
    root = row_of("langfuse", NAME, 0, input=None, output=None)
    (tmp_path / "observations.jsonl").write_text(json.dumps(root) + "\n")
    (tmp_path / "traces.jsonl").write_bytes((DATA / "langfuse" / TRACES).read_bytes())
    workspace = tracetui.open(tmp_path)
    assert "cargo bike" in str(workspace.payload(root["traceId"], root["id"]).input)
    workspace.close()


def test_the_newest_version_of_a_row_holds_wherever_it_stands(tmp_path: Path) -> None:
    newer = generation(updatedAt="2026-11-03T00:00:00.000Z", name="newer")
    path = tmp_path / "windows.jsonl"
    path.write_text(json.dumps(newer) + "\n" + json.dumps(generation()) + "\n")
    workspace = tracetui.open(path)
    assert [node.span.name for node in workspace.tree(newer["traceId"]).nodes] == ["newer"]
    assert workspace.health()[0].duplicates == 1
    workspace.close()


def test_an_event_has_no_duration_and_is_not_running() -> None:
    found = span(LangfuseExport, row_of("langfuse", NAME, 0, type="EVENT", endTime=None))
    assert (found.kind, found.status, found.duration_ns) == ("event", "success", 0)


def test_text_of_a_download_is_opened_twice() -> None:
    found = payload(LangfuseExport, generation(input=json.dumps("just text"), output=json.dumps({"a": 1})))
    assert (found.input, found.output) == ("just text", {"a": 1})


def test_tags_of_a_postgres_array_are_read() -> None:
    assert span(LangfuseExport, row_of("langfuse", TRACES, 0, tags='{night,"a, b"}')).tags == ("night", "a, b")


def test_rows_of_the_wide_table_of_newer_servers_are_observations(tmp_path: Path) -> None:
    row = {"span_id": "a", "trace_id": "t", "parent_span_id": None, "type": "GENERATION", "name": "chat",
           "start_time": "2026-11-02 06:14:02.080", "end_time": "2026-11-02 06:14:03.080", "user_id": "u",
           "usage_details": {"input": "3", "output": "1"}, "metadata_names": ["feature"],
           "metadata_values": ["support"]}  # fmt: skip
    path = tmp_path / "events.jsonl"
    path.write_text(json.dumps(row) + "\n")
    workspace = tracetui.open(path)
    (trace,) = workspace.traces()
    assert (trace.user_id, trace.feature, trace.usage.input, trace.generations) == ("u", "support", 3, 1)
    workspace.close()
