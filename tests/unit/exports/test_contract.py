from __future__ import annotations

import json
import sys

from tracetui.exports.contract import span_json, trace_json, write_trace_json
from tracetui.exports.json_text import dump_json
from tracetui.model import Payload, Span, Usage

from . import made

SPAN_KEYS = [
    "span_id",
    "parent_id",
    "kind",
    "name",
    "start",
    "end",
    "duration_ms",
    "ttft_ms",
    "status",
    "status_message",
    "model",
    "provider",
    "finish_reason",
    "tokens",
    "cost",
    "input",
    "output",
    "tools",
    "prompt",
    "user_id",
    "session_id",
    "tags",
    "metadata",
    "attributes",
    "scores",
]
TRACE_KEYS = [
    "trace_id",
    "name",
    "start",
    "duration_ms",
    "status",
    "spans",
    "errors",
    "generations",
    "tool_calls",
    "tokens",
    "cost",
    "user_id",
    "session_id",
    "feature",
    "models",
    "scores",
]


def test_a_trace_has_exactly_the_documented_keys_in_their_order() -> None:
    document = trace_json(made.hard_trace().tree.trace)
    assert list(document) == TRACE_KEYS
    assert document["tokens"] == {"input": 13, "cache_read": 5, "cache_write": 0, "output": 11, "reasoning": 2}
    assert document["cost"] == {
        "usd": 0.0031, "recorded_usd": 0.0031, "computed_usd": 0.0, "priced": 1, "unpriced": 1,
    }  # fmt: skip


def test_a_trace_without_any_price_costs_null_and_not_zero() -> None:
    document = trace_json(made.selected([Span("t", "s", None, "generation", usage=Usage(1, output=1))]).tree.trace)
    assert document["cost"]["usd"] is None
    assert document["cost"]["unpriced"] == 1


def test_a_span_has_exactly_the_documented_keys_in_their_order() -> None:
    document = span_json(Span("t", "s"), Payload())
    assert list(document) == SPAN_KEYS
    assert document["tokens"] == dict.fromkeys(("input", "cache_read", "cache_write", "output", "reasoning"))
    assert document["cost"] == {"usd": None, "origin": None, "reason": None, "price": None}
    assert document["prompt"] == {"name": None, "version": None}


def test_children_stand_within_their_parents_and_orphans_at_the_root() -> None:
    document = json.loads("".join(write_trace_json(made.hard_trace())))
    assert list(document) == ["trace", "root"]
    root, orphan = document["root"]
    assert orphan["orphan"] is True
    assert "orphan" not in root
    (call,) = root["children"]
    (tool,) = call["children"]
    assert (call["kind"], tool["kind"], tool["children"]) == ("generation", "tool", [])
    assert list(call) == [*SPAN_KEYS, "children"]
    assert call["ttft_ms"] == 120.0
    assert call["input"][0]["parts"][0]["type"] == "text"
    assert [score["name"] for score in call["scores"]] == ["hallucination", "topic"]


def test_a_trace_of_any_depth_is_written() -> None:
    depth = 3000
    text = "".join(write_trace_json(made.chain_trace(depth)))
    assert text.count('"children":[') == depth
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(20_000)
    try:
        innermost = json.JSONDecoder().raw_decode("".join(write_trace_json(made.chain_trace(300))))[0]["root"][0]
    finally:
        sys.setrecursionlimit(limit)
    for _ in range(299):
        (innermost,) = innermost["children"]
    assert innermost["name"] == "step 299"


def test_siblings_after_a_deep_branch_close_it_correctly() -> None:
    parents = {"a": None, "b": "a", "c": "b", "d": "c", "e": "a", "f": None}
    spans = [Span("t", name, parent, start_ns=at) for at, (name, parent) in enumerate(parents.items())]
    document = json.loads("".join(write_trace_json(made.selected(spans))))

    def outline(span: dict[str, object]) -> object:
        return {span["span_id"]: [outline(child) for child in span["children"]]}  # type: ignore[attr-defined]

    assert [outline(span) for span in document["root"]] == [{"a": [{"b": [{"c": [{"d": []}]}]}, {"e": []}]}, {"f": []}]


def test_json_holds_nothing_that_a_terminal_acts_on() -> None:
    value = "\x1b[2J\x9b\x7f\u202e\u2028\ufeff\U000e0041 é “quoted” \ud800"
    text = dump_json({"text": value})
    assert text.isprintable()
    assert json.loads(text)["text"] == value


def test_what_json_has_not_becomes_null() -> None:
    assert dump_json([float("nan"), float("inf"), "\ud800"]) == '[null,null,"\\ud800"]'
