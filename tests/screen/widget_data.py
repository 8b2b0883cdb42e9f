"""Traces, trees and payloads for the widgets, every fact chosen by the test."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tracetui.model import Message, Node, Payload, Span, SubtreeCost, Text, ToolCall, ToolResult, Trace, Tree, Usage

NOW_NS = 1_795_000_000_000_000_000
"""A Wednesday in November 2026, 11:06:40 UTC."""
SECOND = 1_000_000_000

HOSTILE: dict[str, str] = {
    "escape": "\x1b[31mred\x1b[0m \x1b]0;title\x07",
    "clipboard": "\x1b]52;c;aGVsbG8=\x07",
    "c1": "\x9b2J\x90q\x9c",
    "returns": "over\rwritten\x08\x08\x7f",
    "bidi": "user\u202etxt.exe\u2066x\u2069",
    "markup": "[red]x[/red] [@click=app.quit]y[/] [",
    "tabs": "a\tb\t\tc",
    "joined": "👩‍💻 🇬🇧 ⚠️ e\u0301\u0301",
    "nul": "\x00\x00nul",
    "surrogate": "\ud800 alone \udfff",
    "tags": "\U000e0041\U000e0042 hidden\u200b\ufeff",
    "wide": "日本語のテキスト" * 30,
    "lines": "one\r\ntwo\u2028three\x0bfour\n\n",
}
"""What a tool may answer, by what it tries."""


def make_trace(number: int = 0, **facts: Any) -> Trace:
    """A trace that began `number` minutes before NOW_NS and took 4 s."""
    start_ns = NOW_NS - number * 60 * SECOND
    usual: dict[str, Any] = {
        "trace_id": f"trace-{number:05d}", "name": f"agent {number}", "start_ns": start_ns, "end_ns": start_ns + 4 * SECOND,
        "status": "success", "status_message": None, "root_id": "root", "spans": 7, "generations": 2, "tool_calls": 1,
        "errors": 0, "refused": 0, "running": 0, "usage": Usage(input=1200, output=310), "cost_usd": 0.0031,
        "recorded_usd": 0.0, "computed_usd": 0.0031, "priced": 2, "unpriced": 0, "user_id": None, "session_id": None,
        "feature": None, "environment": None, "models": ("gpt-5-mini",), "scores": (),
    }  # fmt: skip
    return Trace(**{**usual, **facts})


def make_span(span_id: str = "s0", **facts: Any) -> Span:
    """A span of 1 s that began at NOW_NS."""
    usual: dict[str, Any] = {"name": span_id, "start_ns": NOW_NS, "end_ns": NOW_NS + SECOND}
    return Span(trace_id="trace-00000", span_id=span_id, **{**usual, **facts})


def make_tree(depths: Sequence[int], *, trace_id: str = "trace-00000", **by_span: dict[str, Any]) -> Tree:
    """A tree of spans s0, s1, … at `depths`; `s1={...}` gives facts of that span, its `node` those of its node."""
    nodes = []
    for index, depth in enumerate(depths):
        facts = dict(by_span.get(f"s{index}", {}))
        placed = facts.pop("node", {})
        start_ns = NOW_NS + index * SECOND // max(1, len(depths))
        span = make_span(f"s{index}", **{"start_ns": start_ns, **facts})
        children = sum(1 for other in depths[index + 1 :] if other == depth + 1)
        nodes.append(Node(span=span, depth=depth, children=children, **placed))
    return Tree(make_trace(trace_id=trace_id), tuple(nodes))


def make_payload(**facts: Any) -> Payload:
    """A question, a tool call with its result, and an answer."""
    asked = (
        Message("system", (Text("Be brief."),)),
        Message("user", (Text("Where is order 1234?"),)),
        Message("assistant", (ToolCall("call_1", "get_order", {"order_id": "1234"}),)),
        Message("tool", (ToolResult("call_1", {"state": "shipped"}),)),
    )
    answer = (Message("assistant", (Text("It was shipped."),)),)
    usual: dict[str, Any] = {"input": asked, "output": answer, "raw": '{"id": 1}', "attributes": {"a.b": 1}}
    return Payload(**{**usual, **facts})


def make_node(**facts: Any) -> Node:
    """A generation of gpt-5-mini."""
    usual = {"kind": "generation", "model": "gpt-5-mini", "name": "chat"}
    return Node(span=make_span(**{**usual, **facts}), subtree_cost=SubtreeCost())
