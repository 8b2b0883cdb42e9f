"""`tracetui show`: one trace as a tree, with what its spans carried."""

from __future__ import annotations

from collections.abc import Iterator

import click

from tracetui.cli import options
from tracetui.cli.output import Output, open_output
from tracetui.cli.question import asked
from tracetui.cli.tree_text import span_lines, trace_lines, tree_lines
from tracetui.errors import WrongUse
from tracetui.exports.contract import write_trace_json
from tracetui.exports.markdown import write_markdown
from tracetui.exports.selection import Selected
from tracetui.model import Node, Payload, Span


@click.command()
@options.sources
@click.argument("identity", metavar="ID")
@click.option("--markdown", "as_markdown", is_flag=True, help="Print Markdown, to read or to paste.")
@options.mapping
@options.as_json
@options.colour
def show(
    sources: tuple[str, ...], identity: str, as_markdown: bool, mapping: str | None, as_json: bool, colour: str
) -> None:
    """Print one trace of SOURCE... as a tree with its messages.

    ID is the id of a trace or of a span, or the beginning of one. With the id of a span, the tree is followed by the
    messages of that span alone.
    """
    if as_json and as_markdown:
        raise WrongUse("--json and --markdown are two forms of the same; give one of them")
    output = open_output(colour)
    with asked(sources, mapping=mapping) as question:
        workspace = question.workspace
        trace_id, span_id = workspace.find(identity)

        def load(span: Span) -> Payload:
            return workspace.carried(span.trace_id, span.span_id)

        selected = Selected(workspace.tree(trace_id), load)
        if as_json:
            for piece in write_trace_json(selected):
                output.stream.write(piece)
            output.line()
        elif as_markdown:
            for piece in write_markdown([selected]):
                output.raw(piece)
        else:
            _print_text(output, selected, span_id)


def _print_text(output: Output, selected: Selected, span_id: str | None) -> None:
    tree = selected.tree
    for line in trace_lines(tree.trace, output):
        output.line(line)
    for line in tree_lines(tree, output, marked=span_id):
        output.line(line)
    for node in _told(tree.nodes, span_id):
        for line in span_lines(node, selected.load(node.span), output):
            output.line(line)


def _told(nodes: tuple[Node, ...], span_id: str | None) -> Iterator[Node]:
    return (node for node in nodes if span_id is None or node.span.span_id == span_id)
