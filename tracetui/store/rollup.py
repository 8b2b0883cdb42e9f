"""What follows from the spans of one trace: its tree, its sums, its status. Pure.

The same function serves the index, a store that tracetui writes, and the tree on the screen, so that a number in the
list and the same number in the tree cannot differ.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from msgspec import Struct

from tracetui.model import MODEL_CALLS, Span, Status, SubtreeCost, Usage
from tracetui.store.rows import to_json


class Place(Struct):
    """Where a span stands in its trace. `repeats_usage` and `repeats_cost`: its tokens, and its money, are counted on
    other spans already."""

    depth: int = 0
    is_leaf: bool = True
    is_orphan: bool = False
    repeats_usage: bool = False
    repeats_cost: bool = False


class Shape(Struct):
    """The tree of one trace as indices into the sequence of spans it was made from.

    `order` lists all spans depth first, siblings by start; `roots` are the true roots first, then orphans.
    """

    spans: Sequence[Span]
    roots: list[int]
    children: dict[int, list[int]]
    places: list[Place]
    order: list[int]


def shape_of(spans: Sequence[Span]) -> Shape:
    """Arrange the spans of one trace as a forest. A missing parent, or a circle of parents, makes an orphan root."""
    if len(spans) == 1:
        only = spans[0]
        orphan = only.parent_id is not None and only.parent_id != only.span_id
        return Shape(spans, [0], {}, [Place(is_orphan=orphan)], [0])
    position = {span.span_id: index for index, span in enumerate(spans)}
    places = [Place() for _ in spans]
    children: dict[int, list[int]] = {}
    roots: list[int] = []
    for index, span in enumerate(spans):
        parent = None if span.parent_id is None else position.get(span.parent_id)
        if parent is None or parent == index:
            places[index].is_orphan = span.parent_id is not None and parent is None
            roots.append(index)
        else:
            children.setdefault(parent, []).append(index)
    for siblings in children.values():
        siblings.sort(key=lambda index: spans[index].start_ns)
    roots.sort(key=lambda index: (places[index].is_orphan, spans[index].start_ns))
    shape = Shape(spans, roots, children, places, [])
    _walk(shape)
    if len(shape.order) < len(spans):
        _break_circles(shape)
    mark_repeated_usage(shape)
    return shape


def _walk(shape: Shape) -> None:
    """Fill `order`, depths and leaves from the roots down, without recursion: traces can be 1,000 deep."""
    stack = [(root, 0) for root in reversed(shape.roots)]
    shape.order.clear()
    while stack:
        index, depth = stack.pop()
        shape.order.append(index)
        place = shape.places[index]
        place.depth = depth
        below = shape.children.get(index)
        if below:
            place.is_leaf = False
            stack.extend((child, depth + 1) for child in reversed(below))


def _break_circles(shape: Shape) -> None:
    """Spans that no root reaches are in a circle of parents: the earliest of each becomes an orphan root."""
    while True:
        reached = set(shape.order)
        lost = [index for index in range(len(shape.spans)) if index not in reached]
        if not lost:
            return
        first = min(lost, key=lambda index: shape.spans[index].start_ns)
        for parent, siblings in list(shape.children.items()):
            if first in siblings:
                siblings.remove(first)
                if not siblings:
                    del shape.children[parent]
        shape.places[first].is_orphan = True
        shape.roots.append(first)
        _walk(shape)


def _counts(usage: Usage) -> tuple[int, int, int, int, int]:
    return (
        usage.input or 0,
        usage.cache_read or 0,
        usage.cache_write or 0,
        usage.output or 0,
        usage.unsplit or 0,
    )


def mark_repeated_usage(shape: Shape) -> None:
    """Mark each span whose usage is already counted below it, or on another span of the same call.

    A span that is no model call repeats whatever its subtree has. A model call repeats where its counts equal the
    sum below it. Two model calls with one response id whose times overlap are one call seen by two instruments:
    the later one in the tree repeats. The cost of what repeats is on the other spans as well, unless it is the only
    one of its subtree that was recorded: see `_has_the_only_recorded_cost`.
    """
    spans, places = shape.spans, shape.places
    if not any(span.usage.is_recorded or span.cost.usd is not None for span in spans):
        return
    below: dict[int, tuple[int, int, int, int, int]] = {}
    seen: dict[str, Span] = {}
    recorded: set[int] = set()
    for index in reversed(shape.order):
        span, place = spans[index], places[index]
        total = (0, 0, 0, 0, 0)
        has_counted = False
        for child in shape.children.get(index, ()):
            if child in below:
                has_counted = True
                total = _add(total, below[child])
            if child in recorded:
                recorded.add(index)
        own = _counts(span.usage)
        repeats = span.kind not in MODEL_CALLS or (has_counted and own == total)
        is_sum = repeats and _has_the_only_recorded_cost(shape, index, recorded)
        if is_sum:
            _cover(shape, index)
        if span.cost.origin == "recorded":
            recorded.add(index)
        if not span.usage.is_recorded and span.cost.usd is None:
            if has_counted:
                below[index] = total
            continue
        if has_counted and repeats:
            place.repeats_usage = True
            place.repeats_cost = not is_sum
        elif _is_seen_call(span, seen):
            place.repeats_usage = place.repeats_cost = True
            if has_counted:
                below[index] = total
            continue
        else:
            total = _add(total, own)
        below[index] = total


def _has_the_only_recorded_cost(shape: Shape, index: int, recorded: set[int]) -> bool:
    """Whether a span that only repeats says what it and all under it cost, while nothing under it says so: what could
    be computed there is then not added. A recorded zero is no such sum: stores write it where nobody counted."""
    span = shape.spans[index]
    if span.cost.origin != "recorded" or not span.cost.usd:
        return False
    return index in shape.children and index not in recorded


def _cover(shape: Shape, index: int) -> None:
    """Mark everything under a span: its money is in the cost of that span."""
    stack = list(shape.children[index])
    while stack:
        child = stack.pop()
        shape.places[child].repeats_cost = True
        stack.extend(shape.children.get(child, ()))


def _add(one: tuple[int, int, int, int, int], two: tuple[int, int, int, int, int]) -> tuple[int, int, int, int, int]:
    return (one[0] + two[0], one[1] + two[1], one[2] + two[2], one[3] + two[3], one[4] + two[4])


def _is_seen_call(span: Span, seen: dict[str, Span]) -> bool:
    """Whether another counted span is the same call: one response id, overlapping times."""
    if span.response_id is None or span.kind not in MODEL_CALLS:
        return False
    other = seen.setdefault(span.response_id, span)
    if other is span:
        return False
    end, other_end = span.end_ns or span.start_ns, other.end_ns or other.start_ns
    return span.start_ns <= other_end and other.start_ns <= end


def counts_as_priced(span: Span) -> bool | None:
    """True where the span has a cost, False where it was bought without one, None where it is no matter of money: no
    model call, and no tokens of its own."""
    if span.cost.usd is not None:
        return True
    return False if span.kind in MODEL_CALLS or span.usage.is_recorded else None


def subtree_costs(shape: Shape) -> list[SubtreeCost]:
    """For each span, the cost of it and everything under it, a repeated usage added once."""
    costs = [SubtreeCost()] * len(shape.spans)
    for index in reversed(shape.order):
        usd: float | None = None
        priced = unpriced = 0
        for child in shape.children.get(index, ()):
            cost = costs[child]
            usd = cost.usd if usd is None else usd + (cost.usd or 0.0)
            priced += cost.priced
            unpriced += cost.unpriced
        span = shape.spans[index]
        if not shape.places[index].repeats_cost:
            has_price = counts_as_priced(span)
            if has_price:
                usd = (usd or 0.0) + (span.cost.usd or 0.0)
                priced += 1
            elif has_price is False:
                unpriced += 1
        costs[index] = SubtreeCost(usd, priced, unpriced)
    return costs


def trace_status(shape: Shape) -> Status:
    """`error` where a true root is, else `refused` where any generation was, else the first root's status."""
    spans, main = shape.spans, shape.roots[0]
    roots = [index for index in shape.roots if not shape.places[index].is_orphan] or [main]
    if any(spans[index].status == "error" for index in roots):
        return "error"
    if any(span.status == "refused" for span in spans):
        return "refused"
    if any(spans[index].status == "running" for index in roots):
        return "running"
    return spans[main].status


def trace_row(shape: Shape, changed: int) -> tuple[Any, ...]:
    """The roll-up of a trace as a row in the order of TRACE_COLUMNS."""
    spans = shape.spans
    root = spans[shape.roots[0]]
    status = trace_status(shape)
    ends = [span.end_ns for span in spans if span.end_ns is not None]
    end_ns = None if status == "running" or not ends else max(ends)
    sums = _sums(shape)
    first = _first_of(root, spans)
    return (
        root.trace_id, root.name, min(span.start_ns for span in spans), end_ns, status, _message(shape, status),
        root.span_id, len(spans), sums.generations, sums.tool_calls, sums.errors, sums.refused, sums.running,
        *sums.tokens, sums.cost_usd, sums.recorded_usd, sums.computed_usd, sums.priced, sums.unpriced,
        first("user_id"), first("session_id"), first("feature") or root.name, first("environment"),
        to_json(_models(spans)) or "[]", changed,
    )  # fmt: skip


class _Sums(Struct):
    generations: int = 0
    tool_calls: int = 0
    errors: int = 0
    refused: int = 0
    running: int = 0
    tokens: tuple[int | None, ...] = ()
    cost_usd: float | None = None
    recorded_usd: float = 0.0
    computed_usd: float = 0.0
    priced: int = 0
    unpriced: int = 0


def _sums(shape: Shape) -> _Sums:
    sums = _Sums()
    tokens: list[int | None] = [None] * 6
    for index, span in enumerate(shape.spans):
        if span.kind == "generation":
            sums.generations += 1
        elif span.kind == "tool":
            sums.tool_calls += 1
        if span.status != "success":
            sums.errors += span.status == "error"
            sums.refused += span.status == "refused"
            sums.running += span.status == "running"
        if not shape.places[index].repeats_cost:
            _add_cost(sums, span)
        if shape.places[index].repeats_usage:
            continue
        usage = span.usage
        counts = (usage.input, usage.cache_read, usage.cache_write, usage.output, usage.reasoning, usage.unsplit)
        for bucket, count in enumerate(counts):
            if count is not None:
                tokens[bucket] = count + (tokens[bucket] or 0)
    sums.tokens = tuple(tokens)
    return sums


def _add_cost(sums: _Sums, span: Span) -> None:
    usd = span.cost.usd
    if usd is None:
        sums.unpriced += counts_as_priced(span) is False
        return
    sums.priced += 1
    sums.cost_usd = (sums.cost_usd or 0.0) + usd
    if span.cost.origin == "computed":
        sums.computed_usd += usd
    else:
        sums.recorded_usd += usd


def _models(spans: Sequence[Span]) -> list[str]:
    calls = [span for span in spans if span.model and span.kind in MODEL_CALLS]
    calls.sort(key=lambda span: span.start_ns)
    return list(dict.fromkeys(span.model for span in calls if span.model))


def _message(shape: Shape, status: Status) -> str | None:
    """The message of the first span with the trace's status, roots first."""
    if status not in ("error", "refused"):
        return None
    for index in (*shape.roots, *shape.order):
        span = shape.spans[index]
        if span.status == status and span.status_message:
            return span.status_message
    return None


def _first_of(root: Span, spans: Sequence[Span]) -> Any:
    """A function that gives the root's value of a field, else the first one recorded on any span."""

    def first(field: str) -> Any:
        value = getattr(root, field)
        if value is not None:
            return value
        return next((found for span in spans if (found := getattr(span, field)) is not None), None)

    return first
