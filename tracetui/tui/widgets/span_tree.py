"""The spans of one trace as a tree with a waterfall."""

from __future__ import annotations

from functools import partial

from textual.message import Message
from textual.strip import Strip

from tracetui.model import Node, Tree
from tracetui.text import count
from tracetui.tui.lines.outline import Outline
from tracetui.tui.lines.outline_view import OutlineView
from tracetui.tui.lines.palette import Ink
from tracetui.tui.widgets import span_row, timeline_row
from tracetui.tui.widgets.ranking import Figure, Ranked, rank_nodes
from tracetui.tui.widgets.timing import Timing, cover_children, time_spans
from tracetui.tui.widgets.waterfall import place_half


class SpanTree(OutlineView):
    """Spans of a trace, a line each, parents above their children."""

    has_heading = True

    class Moved(Message):
        """The cursor is on another span."""

        def __init__(self, span_id: str) -> None:
            super().__init__()
            self.span_id = span_id

    class Chosen(Message):
        """The reader wants to look into this span."""

        def __init__(self, span_id: str) -> None:
            super().__init__()
            self.span_id = span_id

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self._trace_id: str | None = None
        self._spans: tuple[Node, ...] = ()
        self._index: dict[str, int] = {}
        self._subtree_tokens: list[int] = []
        self._errors: list[int] = []
        self._matches: list[int] = []
        self._has_scores = False
        self._drifted: frozenset[str] = frozenset()
        self._timeline = False
        self._timing: Timing | None = None
        self._jumped: tuple[Figure, int | None] | None = None
        self._scale = span_row.Scale(0, 1)
        self.border_title = "Spans"

    @property
    def selected_id(self) -> str | None:
        """Id of the span under the cursor."""
        return None if self.selected_node is None else self.selected_node.span.span_id

    @property
    def selected_node(self) -> Node | None:
        """The span under the cursor with its place in the tree."""
        return None if self.node is None else self._spans[self.node]

    @property
    def timeline(self) -> bool:
        """Whether rows are lanes over the time of the trace, with offsets, gaps, own and total time."""
        return self._timeline

    @timeline.setter
    def timeline(self, is_wide: bool) -> None:
        self._timeline = is_wide
        self._set_title()
        self.redraw()

    def set_tree(self, tree: Tree | None) -> None:
        """Show a trace, or none. The same trace again keeps the cursor and what is collapsed, by span id."""
        nodes = () if tree is None else tree.nodes
        trace_id = None if tree is None else tree.trace.trace_id
        is_same = trace_id == self._trace_id
        selected = self.selected_id if is_same else None
        collapsed = {self._spans[node].span.span_id for node in self.outline.collapsed} if is_same else set()
        self._trace_id, self._spans = trace_id, nodes
        self._drifted = self._drifted if is_same else frozenset()
        self._index = {node.span.span_id: index for index, node in enumerate(nodes)}
        self._errors = [index for index, node in enumerate(nodes) if node.span.status in ("error", "refused")]
        self._matches = [index for index, node in enumerate(nodes) if node.matches]
        self._has_scores = any(node.scores for node in nodes)
        self._scale = _scale(tree)
        self._timing = None
        outline = Outline([node.depth for node in nodes])
        self._subtree_tokens = _sum_tokens(nodes, outline)
        outline.collapse_only(self._index[span_id] for span_id in collapsed if span_id in self._index)
        self._set_title()
        self.set_outline(outline, self._index.get(selected or "", 0), hold=is_same)
        if self.selected_id not in (selected, None):
            self.cursor_moved()

    def select(self, span_id: str) -> bool:
        """Put the cursor on a span and expand what hides it; False where it is not in this trace."""
        self.go_to_node(self._index.get(span_id))
        return span_id in self._index

    @property
    def timing(self) -> Timing:
        """Own times, gaps and what ran side by side, found when they are first asked for."""
        if self._timing is None:
            self._timing = time_spans(self._spans, self.outline, self._scale.last_ns)
        return self._timing

    def go_to_ranked(self, figure: Figure) -> Ranked | None:
        """Go to the span with the highest figure; once more, to the next one. None where no span has any."""
        ranked = rank_nodes(self._spans, self.timing, figure)
        if not ranked:
            return None
        again = self._jumped == (figure, self.node) and self.node in ranked
        place = (ranked.index(self.node) + 1) % len(ranked) if again and self.node is not None else 0
        self.go_to_node(ranked[place])
        self._jumped = figure, self.node
        return Ranked(place + 1, len(ranked), ranked[place])

    def set_drifted(self, span_ids: frozenset[str]) -> None:
        """Flag the calls whose system prompt is not that of the call before."""
        if span_ids != self._drifted:
            self._drifted = span_ids
            self.redraw()

    def draw_row(self, index: int, width: int) -> Strip:
        """Draw one span."""
        at = self.outline.visible[index]
        seen = span_row.Seen(
            is_collapsed=at in self.outline.collapsed,
            has_children=self.outline.has_children(at),
            under=self.outline.ends[at] - at - 1,
            subtree_tokens=self._subtree_tokens[at],
            has_drifted=self._spans[at].span.span_id in self._drifted,
        )
        inks = self._draw_lane(at, seen, width) if self._timeline else self._draw_node(at, seen, width)
        return self.palette.strip(inks, width)

    def _draw_node(self, at: int, seen: span_row.Seen, width: int) -> list[Ink]:
        widths = span_row.plan_widths(width, has_scores=self._has_scores)
        guides = span_row.draw_guides(self.outline, at, max(3, widths.label // 6))
        return span_row.draw_row(self._spans[at], seen, guides, widths, self._scale)

    def _draw_lane(self, at: int, seen: span_row.Seen, width: int) -> list[Ink]:
        lanes, scale, timing = timeline_row.plan_lanes(width), self._scale, self.timing
        guides = span_row.draw_guides(self.outline, at, max(2, lanes.label // 8))
        covered = b""
        if seen.has_children:
            place = partial(place_half, first_ns=scale.first_ns, last_ns=scale.last_ns, width=lanes.bar)
            covered = cover_children(self._spans, self.outline, at, place, 2 * lanes.bar)
        times = timeline_row.Times(
            timing.own_ns[at], timing.gap_ns[at], timing.is_parallel[at], seen.has_children, covered
        )
        return timeline_row.draw_row(self._spans[at], seen, guides, lanes, scale, times)

    def draw_heading(self, width: int) -> list[Ink]:
        """Draw the titles, and the times over wide bars."""
        if self._timeline:
            return timeline_row.draw_titles(timeline_row.plan_lanes(width), self._scale)
        return span_row.draw_titles(span_row.plan_widths(width, has_scores=self._has_scores), self._scale)

    def cursor_moved(self) -> None:
        """Tell which span the cursor is on."""
        if self.selected_id is not None:
            self.tell(self.Moved(self.selected_id))

    def cursor_chosen(self) -> None:
        """Tell which span was chosen."""
        if self.selected_id is not None:
            self.tell(self.Chosen(self.selected_id))

    def step_error(self, step: int) -> bool:
        """Go to the next (1) or previous (-1) span that failed or was refused; False where there is none."""
        return self._step(self._errors, step)

    def step_match(self, step: int) -> bool:
        """Go to the next or previous span that the filter asked for; False where there is none."""
        return self._step(self._matches, step)

    def select_error(self) -> None:
        """Go to the first span that failed or was refused, where there is one."""
        self.go_to_node(self._errors[0] if self._errors else None)

    def _step(self, nodes: list[int], step: int) -> bool:
        here = -1 if self.node is None else self.node
        further = [node for node in nodes if (node - here) * step > 0]
        if further:
            self.go_to_node(further[0] if step > 0 else further[-1])
        return bool(further)

    def _set_title(self) -> None:
        number = f" {count(len(self._spans))}" if self._spans else ""
        self.border_title = f"{'Timeline' if self._timeline else 'Spans'}{number}"


def _scale(tree: Tree | None) -> span_row.Scale:
    """The time from the first start to the last thing known; at least 1 ns."""
    if tree is None or not tree.nodes:
        return span_row.Scale(0, 1)
    first_ns = min(node.span.start_ns for node in tree.nodes)
    last_ns = max(node.span.end_ns or node.span.start_ns for node in tree.nodes)
    return span_row.Scale(first_ns, max(last_ns, first_ns + 1))


def _sum_tokens(nodes: tuple[Node, ...], outline: Outline) -> list[int]:
    """Tokens of each node and all under it; usage that is counted elsewhere is left out."""
    sums = [0 if node.repeats_usage else node.span.usage.total for node in nodes]
    for node in range(len(nodes) - 1, -1, -1):
        if outline.parents[node] >= 0:
            sums[outline.parents[node]] += sums[node]
    return sums
