"""How two traces differ: step by step, in time, tokens and money, and in what was asked and answered."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, TypeAlias

from msgspec import Struct
from msgspec.structs import replace

from tracetui.analysis.align import Pair, align
from tracetui.analysis.words import Piece, diff_words
from tracetui.exports.plain import content_text
from tracetui.model import Content, Node, Part, Payload, Span, ToolCall, ToolResult, Trace, Tree

StepChange: TypeAlias = Literal["same", "changed", "added", "removed"]
Load: TypeAlias = Callable[[Span], Payload]

_COMPARED: tuple[tuple[str, Callable[[Span], object]], ...] = (
    ("name", lambda span: span.name),
    ("status", lambda span: span.status),
    ("status_message", lambda span: span.status_message),
    ("model", lambda span: span.model),
    ("provider", lambda span: span.provider),
    ("finish_reason", lambda span: span.finish_reason),
    ("prompt", lambda span: "@".join(part for part in (span.prompt_name, span.prompt_version) if part) or None),
)
"""Facts of a step that are said where they differ; what is measured (time, tokens, money) is in the deltas."""


class Fact(Struct, frozen=True):
    """A fact that differs between the two: its name, and each side as text (None: not recorded)."""

    name: str
    one: str | None
    other: str | None


class Deltas(Struct, frozen=True):
    """The second minus the first: ns, tokens and US dollars; None where one of them was not recorded."""

    duration_ns: int | None = None
    ttft_ns: int | None = None
    tokens: int | None = None
    cost_usd: float | None = None


class TextDiff(Struct, frozen=True):
    """What differs in the input or the output of a step, word by word."""

    field: Literal["input", "output"]
    pieces: tuple[Piece, ...]


class Step(Struct, frozen=True):
    """One step of either trace. A step that is in one only has no deltas; `texts` are there where texts differ."""

    change: StepChange
    depth: int
    one: Node | None
    other: Node | None
    deltas: Deltas = Deltas()
    facts: tuple[Fact, ...] = ()
    texts: tuple[TextDiff, ...] = ()


class TraceDiff(Struct, frozen=True):
    """Two traces, the deltas of the whole, and all steps of both in order."""

    one: Trace
    other: Trace
    deltas: Deltas
    steps: tuple[Step, ...]


def diff_traces(one: Tree, other: Tree, load: Load) -> TraceDiff:
    """Compare two traces. `load` gives what a span carried; it is asked for the steps that both have."""
    steps = tuple(_step(pair, load) for pair in align(one.nodes, other.nodes))
    a, b = one.trace, other.trace
    deltas = Deltas(
        _minus(b.duration_ns, a.duration_ns),
        None,
        b.usage.total - a.usage.total if a.usage.is_recorded and b.usage.is_recorded else None,
        _minus_usd(b.cost_usd, a.cost_usd) if not a.unpriced and not b.unpriced else None,
    )
    return TraceDiff(a, b, deltas, steps)


def _step(pair: Pair, load: Load) -> Step:
    one, other = pair.one, pair.other
    if one is None or other is None:
        return Step("added" if one is None else "removed", pair.depth, one, other)
    facts = tuple(_facts(one.span, other.span))
    texts = tuple(_texts(load(one.span), load(other.span)))
    change: StepChange = "changed" if facts or texts else "same"
    return Step(change, pair.depth, one, other, _deltas(one.span, other.span), facts, texts)


def _deltas(one: Span, other: Span) -> Deltas:
    has_tokens = one.usage.is_recorded and other.usage.is_recorded
    return Deltas(
        _minus(other.duration_ns, one.duration_ns),
        _minus(other.ttft_ns, one.ttft_ns),
        other.usage.total - one.usage.total if has_tokens else None,
        _minus_usd(other.cost.usd, one.cost.usd),
    )


def _minus(one: int | None, other: int | None) -> int | None:
    return None if one is None or other is None else one - other


def _minus_usd(one: float | None, other: float | None) -> float | None:
    return None if one is None or other is None else one - other


def _facts(one: Span, other: Span) -> list[Fact]:
    facts = [(name, get(one), get(other)) for name, get in _COMPARED]
    return [Fact(name, _text(a), _text(b)) for name, a, b in facts if a != b]


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def _without_ids(content: Content) -> Content:
    """Messages without the ids of tool calls: they are drawn by lot and differ in every trace."""
    if not isinstance(content, tuple):
        return content
    return tuple(replace(message, parts=tuple(map(_without_id, message.parts))) for message in content)


def _without_id(part: Part) -> Part:
    match part:
        case ToolCall():
            return replace(part, id=None)
        case ToolResult():
            return replace(part, call_id=None)
    return part


def _texts(one: Payload, other: Payload) -> list[TextDiff]:
    diffs: list[TextDiff] = []
    for field, a, b in (("input", one.input, other.input), ("output", one.output, other.output)):
        left, right = content_text(_without_ids(a)), content_text(_without_ids(b))
        if left != right:
            diffs.append(TextDiff("input" if field == "input" else "output", tuple(diff_words(left, right))))
    return diffs
