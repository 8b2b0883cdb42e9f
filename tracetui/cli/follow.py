"""`tracetui follow`: spans as they arrive, until it is stopped."""

from __future__ import annotations

import time
from pathlib import Path

import click

from tracetui.cli import options
from tracetui.cli.narrate import say
from tracetui.cli.output import Output, open_output
from tracetui.cli.question import opened
from tracetui.cli.tree_text import own_cost, trace_tokens
from tracetui.exports.contract import span_json
from tracetui.model import Node
from tracetui.text import GLYPHS, STATUS_GLYPHS, clock, duration, inert
from tracetui.workspace.opening import has_first_record, is_blank

_LOOK_AGAIN_S = 0.1


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
    from_start = _wait_for_the_first(sources) or from_start
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


def _wait_for_the_first(sources: tuple[str, ...]) -> bool:
    """Where every source is a file that holds nothing yet, wait until one of them does, and say so. Gives whether it
    waited: then everything that is found is new."""
    paths = [Path(source) for source in sources]
    if not all(is_blank(path) for path in paths):
        return False
    say(f"{paths[0]}: the file is empty; waiting for its first line")
    while not any(has_first_record(path) for path in paths):
        time.sleep(_LOOK_AGAIN_S)
    return True


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
