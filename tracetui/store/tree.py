"""One trace as a tree in drawing order."""

from __future__ import annotations

import sqlite3

from tracetui.model import Node, Score, Span, Trace, Tree
from tracetui.store.pages import Where, load_page
from tracetui.store.rollup import shape_of, subtree_costs
from tracetui.store.rows import span_from_row
from tracetui.store.schema import SPAN_COLUMNS

_SPANS = f"SELECT {', '.join(SPAN_COLUMNS)} FROM spans WHERE trace_id = ?"


def load_tree(conn: sqlite3.Connection, trace_id: str, matching: Where | None = None) -> Tree | None:
    """The trace with its spans depth first, or None where there is none. Carried by the primary key of `spans`.

    `matching` is a boolean expression over `s` (spans) and `t` (traces) that marks the spans which a filter meant.
    """
    page = load_page(conn, [trace_id])
    spans = [span_from_row(row) for row in conn.execute(_SPANS, (trace_id,))]
    if not page or not spans:
        return None
    matched: set[str] = set()
    if matching is not None:
        sql = f"SELECT s.span_id FROM spans s JOIN traces t USING (trace_id) WHERE s.trace_id = ? AND ({matching.sql})"
        matched = {span_id for (span_id,) in conn.execute(sql, (trace_id, *matching.params))}
    return build_tree(page[0], spans, matched)


def build_tree(trace: Trace, spans: list[Span], matched: set[str]) -> Tree:
    """Arrange the spans; pure."""
    shape = shape_of(spans)
    costs = subtree_costs(shape)
    scores: dict[str | None, list[Score]] = {}
    for score in trace.scores:
        scores.setdefault(score.span_id, []).append(score)
    lasts = {group[-1] for group in shape.children.values()}
    lasts.add(shape.roots[-1])
    path: list[bool] = []
    nodes: list[Node] = []
    for index in shape.order:
        place, span = shape.places[index], spans[index]
        is_last = index in lasts
        del path[place.depth :]
        nodes.append(
            Node(
                span=span,
                depth=place.depth,
                is_orphan=place.is_orphan,
                is_last=is_last,
                ancestors_last=tuple(path),
                children=len(shape.children.get(index, ())),
                subtree_cost=costs[index],
                repeats_usage=place.repeats_usage,
                repeats_cost=place.repeats_cost,
                matches=span.span_id in matched,
                scores=tuple(scores.get(span.span_id, ())),
            )
        )
        path.append(is_last)
    return Tree(trace, tuple(nodes))
