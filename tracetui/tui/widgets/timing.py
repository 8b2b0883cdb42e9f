"""What follows from the times of the spans of one trace: own time, gaps between siblings, what ran side by side. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from msgspec import Struct

from tracetui.model import Node
from tracetui.tui.lines.outline import Outline


class Timing(Struct, frozen=True):
    """Facts of each node, in drawing order.

    `own_ns` is the time in which no child of the node ran. `gap_ns` is how long nothing of its siblings had been
    running when it began (0 where one still was); for a first child, since its parent began. `is_parallel`: another
    child of the same parent ran at the same time.
    """

    own_ns: list[int]
    gap_ns: list[int]
    is_parallel: list[bool]


def time_spans(nodes: Sequence[Node], outline: Outline, last_ns: int) -> Timing:
    """Time the spans of a trace; those that run still are taken to run until `last_ns`. One pass."""
    starts = [node.span.start_ns for node in nodes]
    ends = [
        max(start, last_ns if node.span.end_ns is None else node.span.end_ns)
        for start, node in zip(starts, nodes, strict=True)
    ]
    own = [end - start for start, end in zip(starts, ends, strict=True)]
    gap = [0] * len(nodes)
    is_parallel = [False] * len(nodes)
    until: dict[int, int] = {}
    longest: dict[int, int] = {}
    for node, parent in enumerate(outline.parents):
        start, end = starts[node], ends[node]
        busy_until = until.get(parent, starts[parent] if parent >= 0 else start)
        gap[node] = max(0, start - busy_until)
        other = longest.get(parent)
        if other is not None and max(start, starts[other]) < min(end, ends[other]):
            is_parallel[node] = is_parallel[other] = True
        if parent >= 0:
            covered = min(end, ends[parent]) - max(start, busy_until, starts[parent])
            own[parent] -= max(0, covered)
        if other is None or end > ends[other]:
            longest[parent] = node
        until[parent] = max(busy_until, end)
    return Timing(own, gap, is_parallel)


def cover_children(
    nodes: Sequence[Node], outline: Outline, node: int, place: Callable[[int], int], halves: int
) -> bytes:
    """Which of the `halves` of cells the children of `node` take: 1 where one ran. `place` gives a moment's half."""
    covered = bytearray(halves)
    child, end = node + 1, outline.ends[node]
    while child < end:
        span = nodes[child].span
        first = max(0, place(span.start_ns))
        last = halves if span.end_ns is None else min(halves, place(span.end_ns))
        if last > first:
            covered[first:last] = b"\x01" * (last - first)
        child = outline.ends[child]
    return bytes(covered)
