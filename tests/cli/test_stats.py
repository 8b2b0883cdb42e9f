from __future__ import annotations

from pathlib import Path

from .conftest import Run, has_no_controls

KEYS = [
    "sources", "traces", "spans", "kinds", "statuses", "trace_statuses", "tokens", "cost", "latency_ms", "ttft_ms",
    "users", "sessions", "models", "scores", "start", "end",
]  # fmt: skip


def test_the_totals_are_one_json_object_with_exactly_the_documented_keys(process: Run, source: Path) -> None:
    ended = process("stats", source, "--json")
    assert (ended.code, ended.err) == (0, "")
    document = ended.json
    assert list(document) == KEYS
    (described,) = document["sources"]
    assert (described["path"], described["format"]) == (str(source), "tracetui-jsonl")
    assert (described["writable"], described["skipped"], described["warnings"]) == (True, 0, [])
    assert (document["traces"], document["spans"]) == (2, 4)
    assert document["kinds"] == {"agent": 1, "generation": 2, "tool": 1}
    assert document["statuses"] == {"success": 3, "error": 1, "refused": 0, "running": 0}
    assert document["trace_statuses"] == {"success": 2, "error": 0, "refused": 0, "running": 0}
    assert document["tokens"] == {"input": 93, "cache_read": 100, "cache_write": 0, "output": 34, "reasoning": 0}
    cost = document["cost"]
    assert (cost["usd"], cost["recorded_usd"], cost["computed_usd"]) == (0.0031, 0.0031, 0.0)
    assert (cost["priced"], cost["unpriced"], sum(cost["reasons"].values())) == (1, 1, 1)
    assert document["latency_ms"] == {"p50": 2500.0, "p95": 3850.0, "p99": 3970.0}
    assert document["ttft_ms"] == {"p50": 120.0, "p95": 120.0, "p99": 120.0}
    assert (document["users"], document["sessions"]) == (1, 1)
    assert document["models"] == {"acme-7b": 1, "gpt-5-mini": 1}
    assert document["scores"] == {"user_rating": {"count": 1, "mean": 2.0, "labels": {}}}
    assert document["start"] == "2026-11-18T11:06:40.000000Z"
    assert document["end"] == "2026-11-18T11:07:41.000000Z"


def test_a_filter_narrows_the_totals(call: Run, source: Path) -> None:
    document = call("stats", source, "-q", "user:maria", "--json").json
    assert (document["traces"], document["spans"]) == (1, 3)
    assert document["ttft_ms"]["p50"] == 120.0


def test_where_nothing_matches_there_are_zeros_and_nulls(call: Run, source: Path) -> None:
    ended = call("stats", source, "-q", "user:nobody", "--json")
    assert ended.code == 0
    assert (ended.json["traces"], ended.json["latency_ms"]["p50"], ended.json["start"]) == (0, None, None)


def test_for_people_a_sum_says_what_it_lacks(call: Run, source: Path) -> None:
    ended = call("stats", source)
    assert ended.code == 0
    rows = {line[:13].strip(): line for line in ended.out.splitlines()}
    assert "≥ $0.0031 ($0.0031 recorded, $0 computed; 1 of 2 priced" in rows["cost"]
    assert "4 (1 error, 3 success)" in rows["spans"] or "4 (3 success, 1 error)" in rows["spans"]
    assert "p50 2.5s" in rows["latency"]


def test_where_nothing_is_priced_the_cost_is_not_drawn_as_zero(call: Run, source: Path) -> None:
    text = call("stats", source, "-q", "model:acme*").out
    assert "$0" not in next(line for line in text.splitlines() if line.startswith("cost"))


def test_no_name_of_a_score_acts_on_a_terminal(call: Run, hostile: Path) -> None:
    assert has_no_controls(call("stats", hostile).out)
