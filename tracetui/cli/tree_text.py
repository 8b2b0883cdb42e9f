"""One trace as lines of text: its facts, its tree, and what a span carried. Every line is inert."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from tracetui.cli.output import Output
from tracetui.exports.plain import body, heading, pretty_text, score_text
from tracetui.model import Content, Cost, Node, Payload, Span, SubtreeCost, Trace, Tree, Usage
from tracetui.text import ABSENT, GLYPHS, STATUS_GLYPHS, cell_width, clock, count, duration, fit, inert, money, tokens

_NARROWEST_NAME = 16
_DEEPEST = 40
"""Levels of the tree that are indented; a deeper row says its depth instead."""


def trace_lines(trace: Trace, output: Output) -> Iterator[str]:
    """What the trace is, in some lines."""
    glyph = output.paint(STATUS_GLYPHS[trace.status], trace.status)
    yield f"{glyph} {output.paint(inert(trace.name or trace.trace_id), 'heading')}"
    facts = [f"trace {trace.trace_id}", clock(trace.start_ns), duration(trace.duration_ns), _spans(trace)]
    facts += [trace_tokens(trace.usage), trace_cost(trace)] if trace.generations else []
    yield "  " + inert(" · ".join(facts))
    whose = (("user", trace.user_id), ("session", trace.session_id), ("feature", trace.feature))
    if known := [f"{name} {value}" for name, value in whose if value]:
        yield "  " + inert(" · ".join(known))
    if trace.status_message:
        yield "  " + output.paint(inert(trace.status_message), trace.status)
    for score in trace.scores:
        if score.span_id is None:
            yield "  ★ " + inert(score_text(score))
    yield ""


def tree_lines(tree: Tree, output: Output, marked: str | None = None) -> Iterator[str]:
    """A line a span, indented; on a terminal the names are cut so that the numbers stand below each other."""
    for node in tree.nodes:
        span = node.span
        guide = _guide(node)
        name = inert(span.name or span.span_id) + (" (parent is missing)" if node.is_orphan else "")
        numbers = inert(_numbers(node))
        label = f"{GLYPHS[span.kind]} {name}"
        if output.width is not None:
            room = output.width - cell_width(guide) - 2 - cell_width(numbers) - 2
            label = fit(label, max(_NARROWEST_NAME, room))
        glyph = output.paint(STATUS_GLYPHS[span.status], span.status)
        text = output.paint(label, "heading") if span.span_id == marked else label
        yield f"{output.paint(guide, 'faint')}{glyph} {text}  {output.paint(numbers, 'faint')}".rstrip()
    yield ""


def span_lines(node: Node, payload: Payload, output: Output) -> Iterator[str]:
    """What one span is and carried: facts, error, scores, input, output, tools offered."""
    span = node.span
    title = f"── {GLYPHS[span.kind]} {inert(span.name or span.span_id)} "
    yield output.paint(title + "─" * max(3, 72 - cell_width(title)), "heading")
    yield "   " + inert(" · ".join(_facts(span)))
    if span.status_message:
        yield "   " + output.paint(inert(f"{span.status}: {span.status_message}"), span.status)
    for score in node.scores:
        yield "   ★ " + inert(score_text(score))
    if payload.tools:
        yield "   " + inert("tools offered: " + ", ".join(tool.name for tool in payload.tools))
    yield from _content_lines("input", payload.input, output)
    yield from _content_lines("output", payload.output, output)
    yield ""


def trace_tokens(usage: Usage) -> str:
    """Tokens of a trace or span: `1.2k→310 tok`, or the total where nobody split it."""
    if usage.input is None and usage.output is None:
        return f"{tokens(usage.total)} tok" if usage.is_recorded else f"{ABSENT} tok"
    inputs = (usage.input or 0) + (usage.cache_read or 0) + (usage.cache_write or 0)
    return f"{tokens(inputs)}→{tokens(usage.output or 0)} tok"


def trace_cost(trace: Trace) -> str:
    """The cost of a trace with what it lacks: `≥ $1.20 (7 of 9 priced)`."""
    amount = money(trace.cost_usd, partial=bool(trace.unpriced))
    calls = trace.priced + trace.unpriced
    return f"{amount} ({trace.priced} of {calls} priced)" if trace.unpriced else amount


def own_cost(cost: Cost) -> str:
    """A call's own cost with its origin, or why it has none."""
    if cost.usd is None:
        return f"no cost: {cost.reason}" if cost.reason else ""
    return f"{money(cost.usd)} {cost.origin or ''}".rstrip()


def _spans(trace: Trace) -> str:
    failed = f", {count(trace.errors)} failed" if trace.errors else ""
    return f"{count(trace.spans)} span{'' if trace.spans == 1 else 's'}{failed}"


def _guide(node: Node) -> str:
    if node.depth == 0:
        return ""
    if node.depth > _DEEPEST:
        return f"{'  ' * _DEEPEST}… {node.depth} deep "
    levels = "".join("   " if is_last else "│  " for is_last in node.ancestors_last[1:])
    return levels + ("└─ " if node.is_last else "├─ ")


def _numbers(node: Node) -> str:
    span = node.span
    numbers = [duration(span.duration_ns)]
    if span.model:
        numbers.insert(0, span.model)
    if span.usage.is_recorded:
        numbers.append(trace_tokens(span.usage) + (" (in its children)" if node.repeats_usage else ""))
    if span.cost.usd is not None:
        numbers.append(money(span.cost.usd))
    elif node.children and node.subtree_cost.usd is not None:
        numbers.append(_subtree(node.subtree_cost))
    if node.scores:
        numbers.append(f"★ {len(node.scores)}")
    return "  ".join(numbers)


def _subtree(cost: SubtreeCost) -> str:
    return "∑ " + money(cost.usd, partial=bool(cost.unpriced))


def _facts(span: Span) -> Iterator[str]:
    yield span.kind
    yield f"span {span.span_id}"
    yield duration(span.duration_ns)
    if span.model:
        yield f"{span.provider} {span.model}" if span.provider else span.model
    if span.usage.is_recorded:
        yield trace_tokens(span.usage) + (" (inconsistent usage)" if span.usage.inconsistent else "")
    if cost := own_cost(span.cost):
        yield cost
    if span.finish_reason:
        yield f"finished: {span.finish_reason}"
    if span.prompt_name or span.prompt_version:
        yield "prompt " + " ".join(part for part in (span.prompt_name, span.prompt_version) if part)


def _content_lines(title: str, content: Content, output: Output) -> Iterator[str]:
    if isinstance(content, tuple):
        for message in content:
            yield "   " + output.paint(inert(f"{title} · {heading(message)}"), "role")
            yield from _indented(body(message))
    elif content is not None:
        yield "   " + output.paint(title, "role")
        yield from _indented(pretty_text(content))


def _indented(text: str) -> Iterable[str]:
    return (f"     {line}".rstrip() for line in inert(text, keep_newlines=True).split("\n"))
