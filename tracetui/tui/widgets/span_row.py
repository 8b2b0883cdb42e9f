"""One row of the tree of spans: guides, name, bar and figures, and how many cells each gets. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from tracetui.model import MODEL_CALLS, Node
from tracetui.text import ABSENT, GLYPHS, STATUS_GLYPHS, cell_width, duration, fit, inert, tokens
from tracetui.tui.lines.outline import Outline
from tracetui.tui.lines.palette import Ink
from tracetui.tui.widgets.columns import draw_money, draw_scores
from tracetui.tui.widgets.waterfall import draw_axis, draw_bar

_EXPANDED, _COLLAPSED, _LEAF = "▾", "▹", " "
_LABEL_AT_LEAST = 18


class Scale(Struct, frozen=True):
    """The time that the bars are drawn on, ns."""

    first_ns: int
    last_ns: int


class Widths(Struct, frozen=True):
    """Cells of each part of a row, 0 for one that found no room; a blank stands before each but the label."""

    label: int
    bar: int = 0
    took: int = 0
    tokens: int = 0
    cost: int = 0
    score: int = 0


class Seen(Struct, frozen=True):
    """What a row is drawn from beside its node: whether it is collapsed, and the tokens of it and all under it.

    `has_drifted`: its system prompt is not that of the call before.
    """

    is_collapsed: bool
    has_children: bool
    under: int
    subtree_tokens: int
    has_drifted: bool = False


def plan_widths(width: int, *, has_scores: bool) -> Widths:
    """Share `width` cells out: what matters most first, the rest to the label and the bar."""
    room = width - min(width, _LABEL_AT_LEAST)
    found = {"took": 0, "cost": 0, "bar": 0, "tokens": 0, "score": 0}
    wanted = [("took", 7), ("cost", 9), ("bar", 6), ("tokens", 6), ("score", 6 if has_scores else 0)]
    for name, cells in wanted:
        if cells and cells + 1 > room:
            break
        found[name] = cells
        room -= cells + bool(cells)
    if found["bar"]:
        more = min(max(0, room - 14) // 3, 24)
        found["bar"] += more
        room -= more
    return Widths(label=min(width, _LABEL_AT_LEAST) + room, **found)


def draw_row(node: Node, seen: Seen, guides: str, widths: Widths, scale: Scale) -> list[Ink]:
    """Draw one span in the cells of `widths`."""
    inks = draw_label(node, seen, guides, widths.label)
    for cells, part in [
        (widths.bar, _bar(node, scale, widths.bar)),
        (widths.took, draw_took(node)),
        (widths.tokens, _tokens(node, seen)),
        (widths.cost, draw_cost(node, seen, widths.cost)),
        (widths.score, (draw_scores(node.scores), "score")),
    ]:
        if cells:
            text, tone = part
            inks += [(" ", "text"), (fit(text, cells, align="<" if tone == "score" else ">"), tone)]
    return inks


def draw_guides(outline: Outline, node: int, at_most: int) -> str:
    """The lines that lead to `node`; beyond `at_most` levels, how many are left out: `⋯12`."""
    depth = outline.depths[node]
    if depth == 0:
        return ""
    left_out = max(0, depth - at_most)
    above = outline.ancestors(node, at_most - 1 if left_out else depth - 1)
    lines = "".join("  " if outline.is_last(level) else "│ " for level in above)
    branch = "└╴" if outline.is_last(node) else "├╴"
    return f"{f'⋯{left_out} ' if left_out else ''}{lines}{branch}"


def draw_titles(widths: Widths, scale: Scale) -> list[Ink]:
    """The heading: a title over each part, times over a wide bar."""
    axis = fit("", widths.bar)
    if widths.bar >= 24:
        axis = draw_scale(scale, widths.bar)
    parts = [(widths.bar, axis), (widths.took, "took"), (widths.tokens, "tokens"), (widths.cost, "cost")]
    inks: list[Ink] = [(fit("span", widths.label), "heading")]
    for cells, title in [*parts, (widths.score, "score")]:
        if cells:
            inks += [(" ", "heading"), (fit(title, cells, align="<" if title == "score" else ">"), "heading")]
    return inks


def draw_scale(scale: Scale, width: int) -> str:
    """Round times over the bars."""
    line = [" "] * width
    end = -1
    for cell, time_ns in draw_axis(scale.last_ns - scale.first_ns, width):
        label = "0" if time_ns == 0 else duration(time_ns).replace(".0", "")
        if cell > end and cell + len(label) <= width:
            line[cell : cell + len(label)] = label
            end = cell + len(label)
    return "".join(line)


def draw_label(node: Node, seen: Seen, guides: str, width: int) -> list[Ink]:
    """Guides, sign of the kind, name, and what else is worth saying, cut where the room ends."""
    span = node.span
    sign = _LEAF if not seen.has_children else _COLLAPSED if seen.is_collapsed else _EXPANDED
    inks = [(guides, "rule"), (f"{sign}", "muted"), (f"{GLYPHS[span.kind]} ", f"kind-{span.kind}")]
    if span.status != "success":
        inks.append((f"{STATUS_GLYPHS[span.status]} ", span.status))
    inks.append((inert(span.name) or "(no name)", _name_tone(node)))
    if seen.has_drifted:
        inks.append((" Δ prompt", "warning"))
    if seen.is_collapsed:
        inks.append((f" +{seen.under}", "faint"))
    if node.is_orphan:
        inks.append((" orphan", "warning"))
    if span.model and span.model not in span.name:
        inks.append((f" {inert(span.model)}", "model"))
    if span.status_message:
        inks.append((f" {inert(span.status_message)}", "error-text" if span.status == "error" else "muted"))
    return _cut(inks, width)


def _name_tone(node: Node) -> str:
    if node.matches:
        return "match"
    if node.span.status == "error":
        return "error-text"
    return "strong" if node.span.kind == "agent" else "text"


def _cut(inks: Sequence[Ink], width: int) -> list[Ink]:
    """Inks that take exactly `width` cells: cut with an ellipsis, or padded."""
    kept: list[Ink] = []
    room = width
    for index, (text, tone) in enumerate(inks):
        cells = cell_width(text)
        is_last = index == len(inks) - 1
        if cells > room or (cells == room and not is_last):
            kept.append((fit(f"{text}…" if cells == room else text, room), tone))
            return kept
        kept.append((text, tone))
        room -= cells
    return [*kept, (" " * room, "text")]


def _bar(node: Node, scale: Scale, width: int) -> Ink:
    span = node.span
    end_ns = scale.last_ns if span.end_ns is None else span.end_ns
    token_ns = None if span.ttft_ns is None else span.start_ns + span.ttft_ns
    text = draw_bar(span.start_ns, end_ns, scale.first_ns, scale.last_ns, width, token_ns=token_ns)
    return text, span.status if span.status != "success" else f"kind-{span.kind}"


def draw_took(node: Node) -> Ink:
    """How long the span took, or that it runs still."""
    if node.span.end_ns is None:
        return "running", "running"
    return duration(node.span.duration_ns), "text"


def _tokens(node: Node, seen: Seen) -> Ink:
    usage = node.span.usage
    if usage.is_recorded:
        sign = "↺" if node.repeats_usage else "!" if usage.inconsistent else ""
        return sign + tokens(usage.total), "faint" if node.repeats_usage else "warning" if sign else "text"
    if seen.has_children and seen.subtree_tokens:
        return f"∑{tokens(seen.subtree_tokens)}", "muted"
    return (ABSENT if node.span.kind in MODEL_CALLS else ""), "faint"


def draw_cost(node: Node, seen: Seen, cells: int) -> Ink:
    """The span's own money, or `∑` that of everything under it."""
    own, subtree = node.span.cost, node.subtree_cost
    has_own = own.usd is not None and not node.repeats_cost
    if seen.has_children and (seen.is_collapsed or not has_own) and (subtree.priced or subtree.unpriced):
        return draw_money(subtree.usd, cells, partial=subtree.unpriced > 0, sign="∑"), "muted"
    if own.usd is not None:
        return draw_money(own.usd, cells), "faint" if node.repeats_cost else "text"
    if own.reason == "pending":
        return "…", "faint"
    return (ABSENT if node.span.kind in MODEL_CALLS else ""), "faint"
