from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import T0, Run, write_lines


def record(trace: str, span: str, took_ms: int, **fields: object) -> dict[str, object]:
    return {"trace_id": trace, "span_id": span, "kind": "generation", "model": "gpt-5", "provider": "openai",
            "start_ns": T0, "end_ns": T0 + took_ms * 10**6, **fields}  # fmt: skip


@pytest.fixture
def two(tmp_path: Path) -> Path:
    """Two traces; the second answers otherwise, takes longer, and has a step more."""
    plan = {"name": "plan"}
    return write_lines(
        tmp_path / "two.jsonl",
        [
            record("ta", "a1", 1000, input="Be kind.", output="Sent.", usage={"input": 10, "output": 5}, **plan),
            record("tb", "b1", 3500, input="Be brief.", output="Refused.", usage={"input": 14, "output": 5}, **plan),
            record("tb", "b2", 5, name="again", input="x", output="\x1b[31mred"),
        ],
    )


def test_what_was_added_removed_and_changed_is_said(call: Run, two: Path) -> None:
    ended = call("diff", two, "ta", "tb")
    assert ended.code == 0
    assert "~ " in ended.out
    assert "+ " in ended.out
    assert "[-kind-]{+brief+}" in ended.out
    assert "+2.5s" in ended.out
    assert "+4 tok" in ended.out
    assert "\x1b" not in ended.out


def test_the_json_has_every_step_with_its_deltas(call: Run, two: Path) -> None:
    found = json.loads(call("diff", two, "ta", "tb", "--json").out)
    assert found["counts"] == {"same": 0, "changed": 1, "added": 1, "removed": 0}
    step = found["steps"][0]
    assert (step["a"], step["b"], step["change"]) == ("a1", "b1", "changed")
    assert step["deltas"] == {"duration_ms": 2500.0, "ttft_ms": None, "tokens": 4, "cost_usd": pytest.approx(5e-6)}
    assert {text["field"] for text in step["texts"]} == {"input", "output"}


def test_a_trace_is_not_compared_with_itself(call: Run, two: Path) -> None:
    ended = call("diff", two, "ta", "ta")
    assert ended.code == 2
    assert "the same trace" in ended.err
