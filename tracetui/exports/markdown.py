"""A report to read or to paste into an issue: each trace with its facts, its tree, and what every span carried.

Trace text is untrusted here too: it stands in fences and code spans longer than any run of backticks within, so
nothing in it becomes a heading, a link, a mention, an image or HTML.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from tracetui.exports.facts import Fact, span_facts, trace_facts
from tracetui.exports.plain import body, heading, pretty_text, score_text
from tracetui.exports.selection import Selected
from tracetui.model import Content, Json, Node, Payload, Score, ToolDefinition, Trace
from tracetui.text import ABSENT, STATUS_GLYPHS, duration, inert, inert_pieces, money, tokens

_BACKTICKS = re.compile("`+")
_DEEPEST = 50
"""Levels of the tree that are indented; deeper rows stand as deep as this."""


def write_markdown(selection: Iterable[Selected]) -> Iterator[str]:
    """The traces in turn: heading, facts, tree, then a section a span."""
    for selected in selection:
        tree = selected.tree
        yield from _trace_head(tree.trace)
        for node in tree.nodes:
            yield _tree_row(node)
        yield "\n"
        for node in tree.nodes:
            yield from _span_section(node, selected.load(node.span))


def span_markdown(node: Node, payload: Payload) -> str:
    """One span as a section of its own."""
    return "".join(_span_section(node, payload))


def fenced(text: str, language: str = "") -> str:
    """Text in a fence that it cannot close, inert, ending in a line end."""
    return "".join(_fenced(text, language))


def _fenced(text: str, language: str = "") -> Iterator[str]:
    fence = "`" * max(3, _longest_run(text) + 1)
    yield f"{fence}{language}\n"
    yield from inert_pieces(text)
    yield f"\n{fence}\n"


def inline(text: str) -> str:
    """Text on one line as code that it cannot close: no markup, link, mention or HTML can come of it."""
    text = inert(text).strip() or ABSENT
    ticks = "`" * (_longest_run(text) + 1)
    pad = " " if text.startswith("`") or text.endswith("`") else ""
    return f"{ticks}{pad}{text}{pad}{ticks}"


def _longest_run(text: str) -> int:
    return max((len(run.group()) for run in _BACKTICKS.finditer(text)), default=0)


def _trace_head(trace: Trace) -> Iterator[str]:
    yield f"# {STATUS_GLYPHS[trace.status]} {inline(trace.name or trace.trace_id)}\n\n"
    yield from _facts(trace_facts(trace))
    yield from _scores(score for score in trace.scores if score.span_id is None)
    yield "\n"


def _tree_row(node: Node) -> str:
    span = node.span
    facts = [span.kind, duration(span.duration_ns)]
    if span.usage.is_recorded:
        facts.append(f"{tokens(span.usage.total)} tok")
    if span.cost.usd is not None:
        facts.append(money(span.cost.usd))
    indent = "  " * min(node.depth, _DEEPEST)
    return f"{indent}- {STATUS_GLYPHS[span.status]} {inline(span.name or span.span_id)} {', '.join(facts)}\n"


def _span_section(node: Node, payload: Payload) -> Iterator[str]:
    span = node.span
    yield f"## {STATUS_GLYPHS[span.status]} {inline(span.name or span.span_id)}\n\n"
    yield from _facts(span_facts(span))
    yield from _scores(node.scores)
    yield "\n"
    yield from _content("Input", payload.input)
    yield from _content("Output", payload.output)
    yield from _tools(payload.tools)


def _content(title: str, content: Content) -> Iterator[str]:
    if isinstance(content, tuple):
        for message in content:
            yield f"**{title}** {inline(heading(message))}\n\n"
            yield from _fenced(body(message))
            yield "\n"
    elif content is not None:
        yield f"**{title}**\n\n"
        yield from _fenced(pretty_text(content), _language(content))
        yield "\n"


def _tools(tools: tuple[ToolDefinition, ...]) -> Iterator[str]:
    if tools:
        yield "**Tools offered**\n\n" + "".join(
            f"- {inline(tool.name)}: {inline(tool.description or ABSENT)}\n" for tool in tools
        )
        yield "\n"


def _facts(rows: Iterable[Fact]) -> Iterator[str]:
    for name, fact in rows:
        if fact:
            yield f"- **{name}** {inline(fact)}\n"


def _scores(scores: Iterable[Score]) -> Iterator[str]:
    for score in scores:
        yield f"- **score** {inline(score_text(score))}\n"


def _language(value: Json) -> str:
    return "" if isinstance(value, str) else "json"
