"""One page to read, to print or to send: each trace with its facts, its tree, and what every span carried, whole.

The page needs nothing but itself, and nothing in it does anything (`html_style.POLICY`): trace text is escaped, and no
script, link or address that a browser would follow is written at all.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from tracetui.exports.facts import Fact, span_facts, trace_cost, trace_facts
from tracetui.exports.html_parts import carried, safe
from tracetui.exports.html_style import HEAD
from tracetui.exports.plain import score_text
from tracetui.exports.selection import Selected
from tracetui.model import Node, Score, Trace
from tracetui.text import ABSENT, GLYPHS, STATUS_GLYPHS, duration, iso, money, tokens

_DEEPEST = 60
"""Levels of the tree that stand within each other; deeper spans stand as deep as this, because browsers flatten what
is nested some hundred deep in a way of their own."""


def write_html(selection: Iterable[Selected]) -> Iterator[str]:
    """The page in pieces, one span at a time. The first trace is open, the others are a click away."""
    yield HEAD
    count = 0
    for selected in selection:
        yield from _trace(selected, is_open=count == 0)
        count += 1
    yield f'<p class="faint">{count} {"trace" if count == 1 else "traces"}</p>\n</body></html>\n'


def _trace(selected: Selected, *, is_open: bool) -> Iterator[str]:
    trace = selected.tree.trace
    yield f'<details class="trace"{" open" if is_open else ""}><summary>{_trace_line(trace)}</summary>\n'
    yield _facts(trace_facts(trace), (score for score in trace.scores if score.span_id is None))
    depth = 0
    for node in selected.tree.nodes:
        level = min(node.depth, _DEEPEST)
        yield "</div></details>\n" * (depth - level)
        depth = level
        yield from _span(node, selected, has_children=node.children > 0 and level < _DEEPEST)
        depth += node.children > 0 and level < _DEEPEST
    yield "</div></details>\n" * depth + "</details>\n"


def _trace_line(trace: Trace) -> str:
    facts = (_start(trace), duration(trace.duration_ns), f"{tokens(trace.usage.total)} tok", trace_cost(trace))
    return f'{_status(trace.status)} {safe(trace.name or trace.trace_id)} <span class="faint">{safe(" · ".join(facts))}</span>'


def _start(trace: Trace) -> str:
    """In UTC: the page is read elsewhere."""
    written = iso(trace.start_ns)
    return ABSENT if written is None else f"{written[:10]} {written[11:19]} UTC"


def _span(node: Node, selected: Selected, *, has_children: bool) -> Iterator[str]:
    """A span's line, what it carried, and where it has children the beginning of the place for them."""
    line = _span_line(node, selected.tree.trace)
    if has_children:
        yield f'<details open><summary>{line}</summary>\n<details class="carried"><summary>what it carried</summary>\n'
    else:
        is_open = " open" if node.span.kind == "generation" or node.span.status == "error" else ""
        yield f'<details{is_open}><summary>{line}</summary>\n<div class="carried">\n'
    yield _facts(span_facts(node.span), node.scores)
    yield from carried(selected.load(node.span))
    yield '</details>\n<div class="children">\n' if has_children else "</div></details>\n"


def _span_line(node: Node, trace: Trace) -> str:
    span = node.span
    facts = [span.kind, span.model or "", duration(span.duration_ns)]
    facts += [f"{tokens(span.usage.total)} tok"] if span.usage.is_recorded else []
    facts += [money(span.cost.usd)] if span.cost.usd is not None else []
    facts += ["counted on other spans already"] if node.repeats_usage else []
    facts += [f"★ {len(node.scores)}"] if node.scores else []
    said = safe(" · ".join(fact for fact in facts if fact))
    return f'{_status(span.status)} {GLYPHS[span.kind]} {safe(span.name or span.span_id)}{_bar(node, trace)}<span class="faint">{said}</span>'


def _bar(node: Node, trace: Trace) -> str:
    """When the span ran within its trace; attributes alone, because the policy allows no style of an element."""
    span, whole = node.span, trace.duration_ns
    if not whole or span.duration_ns is None:
        return " "
    begin = max(0.0, min(100.0, (span.start_ns - trace.start_ns) * 100 / whole))
    width = max(0.7, min(100.0 - begin, span.duration_ns * 100 / whole))
    return (
        f'<svg viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true" class="{span.status}">'
        f'<rect x="{begin:.2f}" y="0" width="{width:.2f}" height="8"/></svg>'
    )


def _status(status: str) -> str:
    return f'<span class="{status}" title="{status}">{STATUS_GLYPHS[status]}</span>'


def _facts(facts: Iterable[Fact], scores: Iterable[Score]) -> str:
    rows = [*facts, *(("score", score_text(score)) for score in scores)]
    return "<dl>" + "".join(f"<dt>{name}</dt><dd>{safe(fact)}</dd>" for name, fact in rows if fact) + "</dl>\n"
