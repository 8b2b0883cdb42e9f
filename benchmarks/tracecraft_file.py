"""The traces of a size as TraceCraft writes them: a line for each run, its steps within each other."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from benchmarks.build import groups_of, made
from benchmarks.make_traces import iso

_TYPES = {"generation": "llm", "chain": "workflow"}


def tracecraft_of(size: str) -> Path:
    """A file of runs."""

    def make(path: Path) -> None:
        with path.open("w") as file:
            for group in groups_of(size, 1):
                file.write(json.dumps(_run(group), ensure_ascii=False) + "\n")

    return made(f"{size}.tracecraft.jsonl", make)


def _run(spans: list[dict[str, Any]]) -> dict[str, Any]:
    steps = {span["span_id"]: _step(span) for span in spans}
    for span in spans[1:]:
        steps[span["parent_id"]]["children"].append(steps[span["span_id"]])
    root = spans[0]
    return {
        "id": root["trace_id"], "name": root["name"], **_times(root), "session_id": root["session_id"],
        "user_id": root["user_id"], "environment": "development", "tags": [], "input": None, "output": None,
        "steps": [steps[root["span_id"]]], "total_tokens": 0, "total_cost_usd": 0.0, "error": None, "error_count": 0,
    }  # fmt: skip


def _step(span: dict[str, Any]) -> dict[str, Any]:
    given = {"messages": span["messages"]} if "messages" in span else span.get("arguments", {})
    answer = span.get("response") or span.get("result")
    return {
        "id": _id(span["span_id"]), "parent_id": _id(span["parent_id"]), "trace_id": span["trace_id"],
        "type": _TYPES.get(span["kind"], span["kind"]), "name": span["name"], **_times(span), "inputs": given,
        "outputs": {"content": answer} if answer else {}, "attributes": {}, "model_name": span.get("model"),
        "model_provider": span.get("provider"), "input_tokens": span.get("input"), "output_tokens": span.get("output"),
        "cost_usd": span.get("cost_usd"), "error": span.get("error"), "children": [],
    }  # fmt: skip


def _id(span_id: str | None) -> str | None:
    """As long as it wants ids to be."""
    return None if span_id is None else span_id.zfill(32)


def _times(span: dict[str, Any]) -> dict[str, Any]:
    start, end = span["start_ns"], span["end_ns"]
    return {"start_time": iso(start), "end_time": iso(end), "duration_ms": (end - start) / 1e6}
