"""One row of the timeline: when a span began, its bar over the whole time of the trace, own and total time. Pure."""

from __future__ import annotations

from msgspec import Struct

from tracetui.model import Node
from tracetui.text import duration, fit
from tracetui.tui.lines.palette import Ink
from tracetui.tui.widgets.span_row import Scale, Seen, draw_cost, draw_label, draw_scale, draw_took
from tracetui.tui.widgets.waterfall import draw_axis, draw_bar, place_half

_LABEL_AT_LEAST, _LABEL_AT_MOST, _BAR_AT_LEAST = 14, 44, 12
_GRID, _GAP, _PARALLEL = "┊", "┈", "∥"


class Lanes(Struct, frozen=True):
    """Cells of each part of a row, 0 for one that found no room; a blank stands before each but the label."""

    label: int
    start: int = 0
    beside: int = 0
    bar: int = 0
    took: int = 0
    own: int = 0
    gap: int = 0
    cost: int = 0


class Times(Struct, frozen=True):
    """The times of one span. `covered` are the halves of the bar's cells in which a child ran."""

    own_ns: int
    gap_ns: int
    is_parallel: bool
    has_children: bool
    covered: bytes = b""


def plan_lanes(width: int) -> Lanes:
    """Share `width` cells out: the label and the bar first, then took, start, own, …; the rest goes to the bar."""
    label = min(width, _LABEL_AT_LEAST)
    room = width - label
    found: dict[str, int] = {}
    for name, cells in (
        ("bar", _BAR_AT_LEAST), ("took", 7), ("beside", 1), ("start", 8), ("own", 7), ("cost", 10), ("gap", 7),
    ):  # fmt: skip
        least = 8 if name in ("start", "own", "cost", "gap") else 0
        if cells + 1 + least > room:
            break
        found[name] = cells
        room -= cells + 1
    more = min(_LABEL_AT_MOST - label, room // 2) if "bar" in found else room
    if "bar" in found:
        found["bar"] += room - more
    return Lanes(label=label + more, **found)


def draw_row(node: Node, seen: Seen, guides: str, lanes: Lanes, scale: Scale, times: Times) -> list[Ink]:
    """Draw one span in the cells of `lanes`."""
    span = node.span
    inks = draw_label(node, seen, guides, lanes.label)
    running = span.end_ns is None
    parts: list[tuple[int, list[Ink]]] = [
        (lanes.start, [(fit(f"+{duration(span.start_ns - scale.first_ns)}", lanes.start, align=">"), "muted")]),
        (lanes.beside, [(_PARALLEL if times.is_parallel else " ", "accent")]),
        (lanes.bar, draw_lane(node, scale, lanes.bar, times)),
        (lanes.took, [_right(draw_took(node), lanes.took)]),
        (
            lanes.own,
            [_right((duration(times.own_ns) if times.has_children and not running else "", "muted"), lanes.own)],
        ),
        (lanes.gap, [_right((duration(times.gap_ns) if times.gap_ns else "", "faint"), lanes.gap)]),
        (lanes.cost, [_right(draw_cost(node, seen, lanes.cost), lanes.cost)]),
    ]
    for cells, part in parts:
        if cells:
            inks += [(" ", "text"), *part]
    return inks


def _right(ink: Ink, cells: int) -> Ink:
    return fit(ink[0], cells, align=">"), ink[1]


def draw_titles(lanes: Lanes, scale: Scale) -> list[Ink]:
    """The heading: the scale over the bars, a title over each other part."""
    inks: list[Ink] = [(fit("span", lanes.label), "heading")]
    for cells, title in (
        (lanes.start, "start"), (lanes.beside, " "), (lanes.bar, draw_scale(scale, lanes.bar)),
        (lanes.took, "took"), (lanes.own, "own"), (lanes.gap, "gap"), (lanes.cost, "cost"),
    ):  # fmt: skip
        if cells:
            inks += [(" ", "heading"), (fit(title, cells, align=">"), "heading")]
    return inks


def draw_lane(node: Node, scale: Scale, width: int, times: Times) -> list[Ink]:
    """The bar of a span on the grid of the scale; dots lead to it from where its siblings, or its parent, left off."""
    span = node.span
    end_ns = scale.last_ns if span.end_ns is None else span.end_ns
    token_ns = None if span.ttft_ns is None else span.start_ns + span.ttft_ns
    text = draw_bar(
        span.start_ns, end_ns, scale.first_ns, scale.last_ns, width,
        token_ns=token_ns, covered=times.covered, marks_token=True,
    )  # fmt: skip
    begin, end = len(text) - len(text.lstrip(" ")), len(text.rstrip(" "))
    ticks = {cell for cell, _ in draw_axis(scale.last_ns - scale.first_ns, width)}
    gap_from = begin
    if times.gap_ns:
        gap_from = min(
            begin, max(0, -(-place_half(span.start_ns - times.gap_ns, scale.first_ns, scale.last_ns, width) // 2))
        )
    tone = span.status if span.status != "success" else f"kind-{span.kind}"
    before = "".join(_GRID if cell in ticks else " " for cell in range(gap_from))
    after = "".join(_GRID if cell in ticks else " " for cell in range(end, width))
    return [(before, "rule"), (_GAP * (begin - gap_from), "faint"), (text[begin:end], tone), (after, "rule")]
