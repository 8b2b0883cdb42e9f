"""Evaluations of older versions of promptfoo, which keep all their results in one document → rows of `eval_results`."""

from __future__ import annotations

import json
from functools import partial
from typing import Any

from tracetui.sources.cells import Dict, dict_of, json_cell, list_of
from tracetui.sources.sqlite_file import Group
from tracetui.sources.sqlite_read import ROW_ID, Database, Row

OLDER = "#"
"""Between the id of such an evaluation and the number of the result in it."""
_PLAIN = {
    "latencyMs": "latency_ms", "cost": "cost", "error": "error", "success": "success", "score": "score",
    "failureReason": "failure_reason", "testIdx": "test_idx", "promptIdx": "prompt_idx",
}  # fmt: skip
_DOCUMENTS = {
    "testCase": "test_case", "prompt": "prompt", "response": "response", "gradingResult": "grading_result",
    "namedScores": "named_scores", "metadata": "metadata", "provider": "provider",
}  # fmt: skip


def older_results(group: Group, db: Database, eval_id: Any) -> list[Row]:
    """The results that an evaluation holds itself; none in newer versions, where it holds durations only."""
    found: list[Row] = []
    for row in db.rows("evals", {"id": eval_id}):
        document = json_cell(row, "results", partial(group.skip, "evals", row[ROW_ID]))
        results = dict_of(document).get("results")
        for number, item in enumerate(list_of(dict_of(results).get("results", results))):
            if isinstance(item, dict):
                found.append(_row(row, number, item))
            else:
                group.skip("evals", row[ROW_ID], f"result {number + 1} is no object")
    return found


def _row(evaluation: Row, number: int, item: Dict) -> Row:
    plain = {column: item[name] for name, column in _PLAIN.items() if item.get(name) is not None}
    documents = {column: json.dumps(item[name]) for name, column in _DOCUMENTS.items() if item.get(name) is not None}
    if "test_case" not in documents:
        documents["test_case"] = json.dumps({"vars": item.get("vars")})
    return {
        "id": f"{evaluation.get('id')}{OLDER}{number}",
        "eval_id": evaluation.get("id"),
        "created_at": evaluation.get("created_at"),
        ROW_ID: evaluation[ROW_ID],
        **plain,
        **documents,
    }
