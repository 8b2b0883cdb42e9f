"""Which spans of two traces are the same step: by kind, name and place among their siblings, never by id.

Children of spans that belong together are aligned by edit distance: leaving a span out costs as much as it and all below
it weigh, taking one for another costs by how much they differ. So a retry that was added moves nothing after it.
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from tracetui.model import Node

_LEFT_OUT = 1.0
_OTHER_NAME = 1.1
"""As much as is left to prefer one span under another name over one that is gone and one that is new."""
_MOST_CELLS = 1_000_000
"""Pairs of siblings up to which all are compared; beyond, equal ones are found by sequence."""


class Branch:
    """A span and its children."""

    def __init__(self, node: Node) -> None:
        self.node = node
        self.children: list[Branch] = []

    @property
    def key(self) -> tuple[str, str]:
        """What makes it the same step: its kind, and the tool's or its own name."""
        span = self.node.span
        return span.kind, span.tool_name or span.name


class Pair(Struct, frozen=True):
    """A step of one trace, of the other, or of both, at its depth."""

    depth: int
    one: Node | None
    other: Node | None


def branches(nodes: Sequence[Node]) -> list[Branch]:
    """The roots of a tree whose spans come depth first."""
    roots: list[Branch] = []
    path: list[Branch] = []
    for node in nodes:
        branch = Branch(node)
        del path[node.depth :]
        (path[-1].children if path else roots).append(branch)
        path.append(branch)
    return roots


def align(one: Sequence[Node], other: Sequence[Node]) -> list[Pair]:
    """The steps of both traces in order, depth first. A step that only one has comes where it would have stood."""
    pairs: list[Pair] = []
    work: list[tuple[int, Branch | None, Branch | None]] = [
        (0, a, b) for a, b in _match(branches(one), branches(other))
    ]
    work.reverse()
    while work:
        depth, a, b = work.pop()
        pairs.append(Pair(depth, a.node if a else None, b.node if b else None))
        below = _match(a.children if a else [], b.children if b else [])
        work += [(depth + 1, left, right) for left, right in reversed(below)]
    return pairs


Matched = list[tuple[Branch | None, Branch | None]]


def _match(one: Sequence[Branch], other: Sequence[Branch]) -> Matched:
    """Siblings of both sides, matched in order."""
    start = 0
    while start < min(len(one), len(other)) and one[start].key == other[start].key:
        start += 1
    end, end_other = len(one), len(other)
    while end > start and end_other > start and one[end - 1].key == other[end_other - 1].key:
        end -= 1
        end_other -= 1
    left, right = one[start:end], other[start:end_other]
    between = _by_distance if len(left) * len(right) <= _MOST_CELLS else _by_sequence
    head: Matched = list(zip(one[:start], other[:start], strict=True))
    tail: Matched = list(zip(one[end:], other[end_other:], strict=True))
    return head + between(left, right) + tail


def _by_distance(one: Sequence[Branch], other: Sequence[Branch]) -> Matched:
    keys, others = [branch.key for branch in one], [branch.key for branch in other]
    costs = [[number * _LEFT_OUT for number in range(len(others) + 1)]]
    for row, key in enumerate(keys, 1):
        above = costs[-1]
        line = [row * _LEFT_OUT]
        for column, its in enumerate(others, 1):
            taken = above[column - 1] + _difference(key, its)
            line.append(min(taken, above[column] + _LEFT_OUT, line[-1] + _LEFT_OUT))
        costs.append(line)
    return _walk_back(costs, one, other)


def _difference(key: tuple[str, str], other: tuple[str, str]) -> float:
    if key == other:
        return 0.0
    return _OTHER_NAME if key[0] == other[0] else 3 * _LEFT_OUT


def _walk_back(costs: list[list[float]], one: Sequence[Branch], other: Sequence[Branch]) -> Matched:
    row, column = len(one), len(other)
    matched: Matched = []
    while row or column:
        cost = costs[row][column]
        if row and column:
            taken = costs[row - 1][column - 1] + _difference(one[row - 1].key, other[column - 1].key)
            if taken <= cost:
                row, column = row - 1, column - 1
                matched.append((one[row], other[column]))
                continue
        if column and costs[row][column - 1] + _LEFT_OUT <= cost:
            column -= 1
            matched.append((None, other[column]))
        else:
            row -= 1
            matched.append((one[row], None))
    matched.reverse()
    return matched


def _by_sequence(one: Sequence[Branch], other: Sequence[Branch]) -> Matched:
    from difflib import SequenceMatcher

    matcher = SequenceMatcher(None, [b.key for b in one], [b.key for b in other], autojunk=False)
    matched: Matched = []
    for tag, a, b, c, d in matcher.get_opcodes():
        if tag == "equal":
            matched += zip(one[a:b], other[c:d], strict=True)
        else:
            matched += [(branch, None) for branch in one[a:b]]
            matched += [(None, branch) for branch in other[c:d]]
    return matched
