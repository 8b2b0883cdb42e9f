"""Which spans of a trace lead by a figure: the slowest, the costliest, those with the most tokens. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal, TypeAlias

from msgspec import Struct

from tracetui.model import Node
from tracetui.text import duration, money, tokens
from tracetui.tui.widgets.timing import Timing

Figure: TypeAlias = Literal["time", "cost", "tokens"]

_KEPT = 100


class Ranked(Struct, frozen=True):
    """A node and its place, from 1, among the `of` that lead."""

    place: int
    of: int
    node: int


def _time(node: Node, own_ns: int) -> float:
    return own_ns


def _cost(node: Node, own_ns: int) -> float:
    return 0.0 if node.repeats_cost else node.span.cost.usd or 0.0


def _tokens(node: Node, own_ns: int) -> float:
    return 0 if node.repeats_usage else node.span.usage.total


_FIGURES: dict[Figure, Callable[[Node, int], float]] = {"time": _time, "cost": _cost, "tokens": _tokens}


def rank_nodes(nodes: Sequence[Node], timing: Timing, figure: Figure) -> list[int]:
    """The nodes with the highest figure, at most 100: time and cost are a span's own, and a repeated usage is nobody's."""
    value = _FIGURES[figure]
    found = [(value(node, timing.own_ns[index]), -index) for index, node in enumerate(nodes)]
    return [-index for amount, index in sorted(found, reverse=True)[:_KEPT] if amount > 0]


def say_figure(node: Node, own_ns: int, figure: Figure) -> str:
    """The figure of a span in words."""
    if figure == "time":
        return f"{duration(own_ns)} of its own"
    return money(node.span.cost.usd) if figure == "cost" else f"{tokens(node.span.usage.total)} tokens"
