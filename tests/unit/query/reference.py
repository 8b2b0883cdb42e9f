"""What a filter means, in plain Python: slow, and simple enough to be believed. The SQL must agree with it.

It shares the parser, `fold` and `resolve` with the compiler (each has tests of its own), and nothing else.
"""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Callable, Iterator
from datetime import UTC
from typing import Any

from tracetui.query import fold
from tracetui.query.ast import And, Compare, Has, Is, Moments, Node, Not, Number, Numbers, Or, Regex, Scope, Text
from tracetui.query.times import Moment, resolve

from .hostile import NOW_NS, Payloads

INHERITED = {"user": "user_id", "session": "session_id", "feature": "feature", "env": "environment"}
TRACE_FIELDS = {"time", "since", "before", "spans", "errors", "trace", "trace_latency", "trace_cost", "trace_tokens"}
COLUMNS = {
    "name": "name", "kind": "kind", "status": "status", "model": "model", "provider": "provider", "id": "span_id",
    "prompt": "prompt_name", "version": "prompt_version", "ttft": "ttft_ns", "cost": "cost_usd", "depth": "depth",
    "input": "input_tokens", "output": "output_tokens", "cached": "cache_read_tokens", "reasoning": "reasoning_tokens",
    "finish": "finish_reason",
}  # fmt: skip
TRACE_COLUMNS = {"spans": "spans", "errors": "errors", "trace": "trace_id", "trace_cost": "cost_usd"}
JSON_NUMBER = re.compile(r"\s*-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?\s*")

Row = dict[str, Any]


class Store:
    """All rows of a store, in memory."""

    def __init__(self, conn: sqlite3.Connection, payloads: Payloads) -> None:
        self.payloads = payloads
        self.traces: list[Row] = list(_rows(conn, "traces"))
        self.spans: dict[str, list[Row]] = {trace["trace_id"]: [] for trace in self.traces}
        for span in _rows(conn, "spans"):
            self.spans[span["trace_id"]].append(span)
        self.scores = [
            score for score in _rows(conn, "scores") if score["superseded_by"] is None and score["retracted_ns"] is None
        ]

    def matching(self, node: Node | None) -> set[str]:
        """The ids of the traces that a filter selects."""
        return {trace["trace_id"] for trace in self.traces if node is None or self.selects(node, trace)}

    def selects(self, node: Node, trace: Row) -> bool:
        """Whether a filter selects a trace: the rule of docs/filter.md."""
        spans = self.spans[trace["trace_id"]]
        if not varies(node):
            return self.holds(node, trace, {})
        if isinstance(node, Or):
            return any(self.selects(child, trace) for child in node.nodes)
        if isinstance(node, Not):
            return not any(self.holds(node.node, trace, span) for span in spans)
        terms = [child for child in node.nodes if varies(child)] if isinstance(node, And) else [node]
        if isinstance(node, And):
            if not all(self.holds(child, trace, {}) for child in node.nodes if not varies(child)):
                return False
            if len(terms) == 1:
                return self.selects(terms[0], trace)
            if not any(finds(term) for term in terms):
                apart = [term for term in terms if excludes(term)]
                terms = [term for term in terms if not excludes(term)]
                if not all(self.selects(term, trace) for term in apart):
                    return False
        return not terms or any(all(self.holds(term, trace, span) for term in terms) for span in spans)

    def holds(self, node: Node, trace: Row, span: Row) -> bool:
        """Whether a node holds for one span of a trace."""
        if isinstance(node, And):
            return all(self.holds(child, trace, span) for child in node.nodes)
        if isinstance(node, Or):
            return any(self.holds(child, trace, span) for child in node.nodes)
        if isinstance(node, Not):
            return not self.holds(node.node, trace, span)
        if isinstance(node, Scope):
            spans = [one for one in self.spans[trace["trace_id"]] if node.name != "root" or one["depth"] == 0]
            answers = [self.holds(node.node, trace, one) for one in spans]
            return all(answers) if node.name == "all" else any(answers)
        if isinstance(node, Is):
            return self.flag(node.flag.name, trace, span)
        if isinstance(node, Has):
            return self.recorded(node, trace, span)
        return any(self.agrees(node, value, trace, span) for value in node.values)

    def flag(self, name: str, trace: Row, span: Row) -> bool:
        """Whether a flag is set."""
        if name in ("error", "refused", "running"):
            return bool(span["status"] == name)
        if name == "marked":
            return trace["trace_id"] in self.payloads.marked
        if name == "rated":
            return any(True for _ in self.scores_of(span))
        if name == "unpriced":
            used = [span[f"{part}_tokens"] for part in ("input", "cache_read", "cache_write", "output", "unsplit")]
            is_call = span["kind"] in ("generation", "embedding", "reranker")
            return is_call and span["cost_usd"] is None and any(count is not None for count in used)
        return bool({"root": span["depth"] == 0, "leaf": span["is_leaf"] == 1}[name])

    def scores_of(self, span: Row, name: str | None = None) -> Iterator[Row]:
        """Current scores of a span; those of its trace where it is a root."""
        for score in self.scores:
            is_here = score["span_id"] == span["span_id"] or (score["span_id"] is None and span["depth"] == 0)
            is_named = name is None or fold(score["name"]) == fold(name)
            if score["trace_id"] == span["trace_id"] and is_here and is_named:
                yield score

    def recorded(self, node: Has, trace: Row, span: Row) -> bool:
        """Whether anything is recorded in a field."""
        if node.field.name == "score":
            return any(True for _ in self.scores_of(span, node.key[0] if node.key else None))
        if node.field.name == "metadata" and not node.key:
            return span["metadata"] not in (None, "", "{}", "[]", "null")
        return any(value is not None and value != "" for value in self.values(node, trace, span))

    def values(self, node: Compare | Has, trace: Row, span: Row) -> list[Any]:
        """The values of a field; several for tags and scores."""
        name, key = node.field.name, node.key
        if name in COLUMNS:
            return [span[COLUMNS[name]]]
        if name in TRACE_COLUMNS:
            return [trace[TRACE_COLUMNS[name]]]
        if name in INHERITED:
            own = span[INHERITED[name]]
            return [trace[INHERITED[name]] if own is None else own]
        if node.field.type == "time":
            return [trace["start_ns"]]
        special: dict[str, Callable[[], list[Any]]] = {
            "latency": lambda: [latency(span)],
            "trace_latency": lambda: [latency(trace)],
            "tokens": lambda: [tokens(span)],
            "trace_tokens": lambda: [tokens(trace)],
            "tool": lambda: [span["tool_name"] or (span["name"] if span["kind"] == "tool" else None)],
            "tag": lambda: tags(span["tags"]),
            "metadata": lambda: found_in(span["metadata"], key),
            "score": lambda: [score_value(score) for score in self.scores_of(span, key[0])],
            "@": lambda: [self.payloads.attribute(span["trace_id"], span["span_id"], key[0])],
        }
        return special[name]()

    def agrees(self, node: Compare, wanted: Any, trace: Row, span: Row) -> bool:
        """Whether one of the values of a field is as wanted."""
        if node.field.type == "payload":
            return self.is_found(node, wanted, span)
        if node.field.type == "time":
            return is_then(trace["start_ns"], node.operator or node.field.implied, wanted)
        return any(value is not None and compares(node, wanted, value) for value in self.values(node, trace, span))

    def is_found(self, node: Compare, wanted: Any, span: Row) -> bool:
        """Whether text is found in what a span carried."""
        text = self.payloads.texts[span["trace_id"], span["span_id"]][node.field.scope]
        if isinstance(wanted, Regex):
            return re.search(wanted.pattern, text, re.IGNORECASE) is not None
        if node.operator == "=":
            return wanted.parts[0] in text
        parts = [part for part in wanted.parts if part]
        if len(parts) == 1:
            return fold(parts[0]) in fold(text)
        return re.search("(?s:.*?)".join(map(re.escape, parts)), text, re.IGNORECASE) is not None


def _rows(conn: sqlite3.Connection, table: str) -> Iterator[Row]:
    cursor = conn.execute(f"SELECT * FROM {table}")
    names = [column[0] for column in cursor.description]
    return (dict(zip(names, row, strict=True)) for row in cursor)


def varies(node: Node) -> bool:
    """Whether the answer may differ between the spans of a trace."""
    if isinstance(node, Scope):
        return False
    if isinstance(node, And | Or):
        return any(varies(child) for child in node.nodes)
    if isinstance(node, Not):
        return varies(node.node)
    return node.flag.name != "marked" if isinstance(node, Is) else node.field.name not in TRACE_FIELDS


def finds(node: Node) -> bool:
    """Whether a term asks for a span."""
    if isinstance(node, And | Or):
        return any(finds(child) for child in node.nodes)
    if isinstance(node, Scope | Not) or not varies(node):
        return False
    return isinstance(node, Is) or node.field.name not in INHERITED


def excludes(node: Node) -> bool:
    """Whether a term that finds no span has a negation of something about spans."""
    if isinstance(node, Not):
        return varies(node)
    return isinstance(node, And | Or) and any(excludes(child) for child in node.nodes)


def latency(row: Row) -> int | None:
    return None if row["end_ns"] is None else max(0, row["end_ns"] - row["start_ns"])


def tokens(row: Row) -> int | None:
    buckets = [row[f"{name}_tokens"] for name in ("input", "cache_read", "cache_write", "output", "unsplit")]
    return None if all(count is None for count in buckets) else sum(count or 0 for count in buckets)


def score_value(score: Row) -> Any:
    """A number, or text in place of a label or of a boolean."""
    if score["label"] is not None:
        return Both(score["label"], score["value"])
    if score["data_type"] == "boolean" and score["value"] in (0, 1):
        return Both("true" if score["value"] else "false", score["value"])
    return Both(None, score["value"])


class Both:
    """A score has a label and a value apart from one another."""

    def __init__(self, text: str | None, number: float | None) -> None:
        self.text = text
        self.number = number


def tags(text: str | None) -> list[str]:
    """Tags of a JSON array, or of text with commas."""
    if text is None:
        return []
    try:
        value = json.loads(text)
    except ValueError:
        value = text.split(",")
    items = value if isinstance(value, list) else list(value.values()) if isinstance(value, dict) else [value]
    return [as_text(int(item) if isinstance(item, bool) else item).strip(" ") for item in items if item is not None]


def found_in(text: str | None, path: tuple[str, ...]) -> list[Any]:
    """The values at a path, and at the key that the whole path may be."""
    if text is None:
        return []
    try:
        value = json.loads(text)
    except ValueError:
        value = text
    inside = value if isinstance(value, dict) else {"value": value}
    found = [inside[".".join(path)]] if ".".join(path) in inside else []
    if len(path) > 1:
        for level in path:
            if isinstance(inside, list):
                inside = dict(zip(map(str, range(len(inside))), inside, strict=True))
            if not isinstance(inside, dict) or level not in inside:
                return found
            inside = inside[level]
        found.append(inside)
    return found


def as_text(value: Any) -> str:
    """A JSON value as SQLite writes it."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int) and abs(value) >= 2**63:
        value = float(value)
    if isinstance(value, float):
        digits = format(value, ".15g")
        return digits if "." in digits else digits.replace("e", ".0e") if "e" in digits else f"{digits}.0"
    if isinstance(value, list | dict):
        return json.dumps(value, separators=(",", ":"), ensure_ascii=False)
    return str(value)


def as_number(value: Any) -> float | None:
    """A number, or a text that is one in JSON."""
    if isinstance(value, Both):
        return value.number
    if isinstance(value, bool) or isinstance(value, list | dict):
        return None
    if isinstance(value, str):
        return float(value) if JSON_NUMBER.fullmatch(value) else None
    return value  # type: ignore[no-any-return]


def compares(node: Compare, wanted: Any, value: Any) -> bool:
    """Whether a value that is recorded is as wanted."""
    number = as_number(value)
    if isinstance(wanted, Number):
        return number is not None and is_so(number, node.operator, wanted.value)
    if isinstance(wanted, Numbers):
        low = wanted.low is None or (number is not None and number >= wanted.low.value)
        return number is not None and low and (wanted.high is None or number <= wanted.high.value)
    text = value.text if isinstance(value, Both) else as_text(value)
    if isinstance(wanted, Regex):
        return text is not None and re.search(wanted.pattern, text, re.IGNORECASE) is not None
    if wanted.number is not None and number == wanted.number:
        return True
    return text is not None and is_like(node, wanted, text)


def is_like(node: Compare, wanted: Text, text: str) -> bool:
    """Whether a text is the one that is wanted, in any case, with anything at the stars."""
    if node.operator == "=":
        return text == wanted.parts[0]
    pattern = ".*".join(re.escape(fold(part)) for part in wanted.parts)
    if node.field.type == "id" and len(wanted.parts) == 1:
        pattern += ".*"
    return re.fullmatch(pattern, fold(text), re.DOTALL) is not None


def is_so(number: float, operator: str, wanted: float) -> bool:
    """Whether a number stands to another as the operator says."""
    return {
        "": number == wanted, "=": number == wanted, ">": number > wanted, ">=": number >= wanted,
        "<": number < wanted, "<=": number <= wanted,
    }[operator]  # fmt: skip


def is_then(start_ns: int, operator: str, wanted: Any) -> bool:
    """Whether a trace started when it is wanted to have."""
    if isinstance(wanted, Moments):
        low = wanted.low is None or start_ns >= resolve(wanted.low, NOW_NS, UTC).start_ns
        return low and (wanted.high is None or start_ns < resolve(wanted.high, NOW_NS, UTC).end_ns)
    assert isinstance(wanted, Moment)
    interval = resolve(wanted, NOW_NS, UTC)
    if operator in ("", "="):
        return start_ns >= interval.start_ns and (wanted.ago_ns is not None or start_ns < interval.end_ns)
    return {
        ">": start_ns >= interval.end_ns, ">=": start_ns >= interval.start_ns,
        "<": start_ns < interval.start_ns, "<=": start_ns < interval.end_ns,
    }[operator]  # fmt: skip
