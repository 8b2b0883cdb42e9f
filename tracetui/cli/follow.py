"""`tracetui follow`: spans as they arrive, until it is stopped."""

from __future__ import annotations

import click

from tracetui.cli import options
from tracetui.cli.output import Output, open_output
from tracetui.cli.question import opened
from tracetui.cli.tree_text import own_cost, trace_tokens
from tracetui.exports.contract import span_json
from tracetui.model import Node
from tracetui.text import GLYPHS, STATUS_GLYPHS, clock, duration, inert


@click.command()
@options.sources
@options.query
@click.option("--from-start", is_flag=True, help="Print the spans that are there already, too.")
@options.mapping
@options.as_json
@options.colour
def follow(
    sources: tuple[str, ...],
    query: str | None,
    from_start: bool,
    mapping: str | None,
    as_json: bool,
    colour: str,
) -> None:
    """Print the spans of SOURCE... as they arrive, a line each, until ctrl+c.

    A span that is running is printed when it starts and once more when it ends.
    """
    output = open_output(colour)
    with opened(sources, query, mapping) as question:
        for node in question.workspace.follow(question.filter, from_start=from_start):
            if as_json:
                span = node.span
                payload = question.workspace.payload(span.trace_id, span.span_id)
                document = span_json(span, payload, node.scores, is_orphan=node.is_orphan)
                output.json({"trace_id": span.trace_id, **document})
            else:
                output.line(span_line(node, output))
            output.flush()


def span_line(node: Node, output: Output) -> str:
    """One span on a line."""
    span = node.span
    glyph = output.paint(STATUS_GLYPHS[span.status], span.status)
    facts = [
        f"{GLYPHS[span.kind]} {span.name or span.span_id}",
        duration(span.duration_ns) if span.end_ns is not None else "running",
        span.model or "",
        trace_tokens(span.usage) if span.usage.is_recorded else "",
        own_cost(span.cost) if span.usage.is_recorded else "",
        span.status_message or "",
        f"trace {span.trace_id}",
    ]
    return f"{clock(span.start_ns)}  {glyph} " + "  ".join(inert(fact) for fact in facts if fact)
