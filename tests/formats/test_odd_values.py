"""Records whose fields hold something else than their format says: the file is read on, and what was lost is counted."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import tracetui

AT = "2026-11-20T10:00:00Z"
CALL = {"timestamp": AT, "model": "gpt-5-mini", "prompt": "Where?", "response": "Here.", "prompt_tokens": 5}
ANSWER = {"object": "chat.completion", "id": "c1", "model": "gpt-5-mini", "created": 1793600000, "choices": []}
UNTIMED = {"model": "gpt-5-mini", "prompt": "Where?", "response": "Here.", "usage": {"prompt_tokens": 5}}


def write(folder: Path, *records: Any) -> Path:
    path = folder / "odd.jsonl"
    path.write_text("".join(json.dumps(record) + "\n" for record in records))
    return path


@pytest.mark.parametrize("odd", [["a"], {"a": 1}, None, 5, True], ids=str)
@pytest.mark.parametrize("field", ["type", "object", "message", "kind", "status", "uuid"])
def test_a_field_of_another_type_in_one_record_does_not_keep_the_file_from_its_reader(
    field: str, odd: Any, tmp_path: Path
) -> None:
    with tracetui.open(write(tmp_path, {**CALL, field: odd}, CALL)) as workspace:
        assert workspace.stats()["spans"] == 2


def test_an_answer_whose_object_is_a_list_is_skipped_and_counted(tmp_path: Path) -> None:
    with tracetui.open(write(tmp_path, ANSWER, {**ANSWER, "id": "c2", "object": ["response"]})) as workspace:
        stats = workspace.stats()
    assert (stats["spans"], stats["sources"][0]["skipped"]) == (1, 1)


def test_counts_that_no_table_can_hold_do_not_end_the_reading(tmp_path: Path) -> None:
    with tracetui.open(write(tmp_path, {**CALL, "prompt_tokens": 10**25}, CALL)) as workspace:
        assert workspace.stats()["tokens"]["input"] == 5


def test_records_without_any_time_can_be_looked_at(tmp_path: Path) -> None:
    with tracetui.open(write(tmp_path, UNTIMED, {**UNTIMED, "prompt": "And now?"}, UNTIMED)) as workspace:
        spans = [workspace.tree(trace_id).nodes[0].span for trace_id in workspace.trace_ids(sort="start")]
        said = [str(workspace.payload(span.trace_id, span.span_id).input) for span in spans]
    assert ["And now?" in text for text in said] == [False, True, False]


@pytest.mark.parametrize("odd", [1e308, 5, True, [None], {"a": None}], ids=str)
@pytest.mark.parametrize("field", ["response", "prompt", "model", "prompt_tokens", "timestamp"])
def test_a_column_of_another_type_in_one_row_loses_at_most_that_row(field: str, odd: Any, tmp_path: Path) -> None:
    with tracetui.open(write(tmp_path, CALL, CALL, {**CALL, field: odd}, CALL)) as workspace:
        stats = workspace.stats()
    assert stats["spans"] + stats["sources"][0]["skipped"] == 4
    assert stats["spans"] >= 3
