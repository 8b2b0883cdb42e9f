"""Rows of many shapes: each set of columns has a mapper of its own, which reads no row otherwise than the whole one."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tracetui.sources.columns import Learner, Mapping, compile_mapping
from tracetui.sources.columns import learner as learning
from tracetui.sources.columns.mapping import Column
from tracetui.sources.columns.values import load_row

_LONG = "word " * 100
_FULL: dict[str, Any] = {
    "ts": "2026-11-20T10:00:00.123456Z", "end_ts": "2026-11-20T10:00:01.000000Z", "latency_ms": 876.5, "trace_id": "t1",
    "span_id": "s1", "parent_id": "s0", "kind": "generation", "name": "answer", "model": "gpt-5-mini", "provider": "openai",
    "messages": [{"role": "user", "content": _LONG}], "response": _LONG, "status": "success", "tags": ["a", "b"],
    "usage": {"prompt_tokens": 30, "cached_tokens": 10, "completion_tokens": 5}, "cost_usd": 0.01, "rating": 4,
    "metadata": {"tier": "gold"}, "user_id": 12, "anything": {"deep": [1, None]},
}  # fmt: skip
_LEFT_OUT: list[tuple[str, ...]] = [
    (), ("usage",), ("model", "kind"), ("ts",), ("ts", "end_ts", "latency_ms"), ("end_ts", "latency_ms"), ("rating",),
    ("span_id", "trace_id"), ("response", "messages"), tuple(_FULL),
]  # fmt: skip
ROWS = [{key: value for key, value in _FULL.items() if key not in left_out} for left_out in _LEFT_OUT]
ODD = [
    {**_FULL, "usage": {"input_tokens": "12"}, "response": {"refusal": "no"}, "ts": "2026-11-20T10:00:00.12345\u0661Z"},
    {**_FULL, "usage": '{"input": 3, "output": 4}', "tags": "x, y", "ts": 1795000000, "name": "", "user_id": None},
]


def _loaded(row: dict[str, Any]) -> dict[str, Any]:
    found = load_row(json.dumps(row).encode())
    assert isinstance(found, dict)
    return found


@pytest.mark.parametrize("most_shapes", [300, 3])
def test_a_row_is_read_alike_by_the_mapper_of_its_columns(monkeypatch: pytest.MonkeyPatch, most_shapes: int) -> None:
    monkeypatch.setattr(learning, "_MOST_SHAPES", most_shapes)
    learner = Learner("calls.jsonl", list(_FULL), [_loaded(row) for row in ROWS], format="jsonl")
    whole = compile_mapping(learner.mapping, "calls.jsonl")
    for number, row in enumerate([*ROWS, *ODD, *ROWS], 1):
        assert learner.map(_loaded(row), number) == whole(_loaded(row), number)


def test_an_answer_tells_the_tokens_that_no_column_has() -> None:
    mapping = Mapping(fields={"model": (Column(("model",)),), "output": (Column(("response",)),)})
    usage = {"prompt_tokens": 11, "completion_tokens": 5}
    row = _loaded({"model": "gpt-4o", "response": {"choices": [{"message": {"content": "hi"}}], "usage": usage}})
    mapped = compile_mapping(mapping)(row, 1)
    assert mapped is not None
    assert (mapped.span.usage.input, mapped.span.usage.output) == (11, 5)
