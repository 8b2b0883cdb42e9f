"""`tracetui diff`: what differs between two traces."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import click
import msgspec

from tracetui.analysis.delta_text import SIGNS, say_deltas
from tracetui.analysis.trace_diff import Deltas, Fact, Step, TextDiff, TraceDiff, diff_traces
from tracetui.analysis.words import Piece
from tracetui.cli import options
from tracetui.cli.output import Output, open_output
from tracetui.cli.question import asked
from tracetui.errors import NotFound
from tracetui.model import Json, Payload, Span, Trace
from tracetui.text import GLYPHS, duration, inert, money

_STYLES = {"same": "faint", "changed": "heading", "added": "success", "removed": "error"}
_AROUND = 60
"""Characters of unchanged text that are printed on either side of a change."""


@click.command()
@options.sources
@click.argument("one", metavar="TRACE_A")
@click.argument("other", metavar="TRACE_B")
@options.mapping
@options.as_json
@options.colour
def diff(sources: tuple[str, ...], one: str, other: str, mapping: str | None, as_json: bool, colour: str) -> None:
    """Compare two traces of SOURCE...: steps added, removed and changed, with what they took and said.

    Steps are matched by kind, name and place. Figures are those of the second minus those of the first.
    """
    output = open_output(colour)
    with asked(sources, mapping=mapping) as question:
        workspace = question.workspace
        (first, _), (second, _) = workspace.find(one), workspace.find(other)
        if first == second:
            raise NotFound(f"{one} and {other} are the same trace; name two")

        def load(span: Span) -> Payload:
            return workspace.payload(span.trace_id, span.span_id)

        found = diff_traces(workspace.tree(first), workspace.tree(second), load)
        if as_json:
            output.json(diff_json(found))
        else:
            for line in diff_lines(found, output):
                output.line(line)


def diff_json(found: TraceDiff) -> dict[str, Json]:
    """The object of `diff --json`; docs/json.md describes it."""
    return {
        "a": _trace_json(found.one),
        "b": _trace_json(found.other),
        "deltas": _deltas_json(found.deltas),
        "counts": {change: sum(step.change == change for step in found.steps) for change in SIGNS},
        "steps": [_step_json(step) for step in found.steps],
    }


def _trace_json(trace: Trace) -> dict[str, Json]:
    return {"trace_id": trace.trace_id, "name": trace.name, "status": trace.status, "spans": trace.spans}


def _step_json(step: Step) -> dict[str, Json]:
    shown = step.other or step.one
    assert shown is not None
    return {
        "change": step.change,
        "depth": step.depth,
        "kind": shown.span.kind,
        "name": shown.span.name,
        "a": None if step.one is None else step.one.span.span_id,
        "b": None if step.other is None else step.other.span.span_id,
        "deltas": _deltas_json(step.deltas),
        "facts": msgspec.to_builtins(step.facts),
        "texts": msgspec.to_builtins(step.texts),
    }


def _deltas_json(deltas: Deltas) -> dict[str, Json]:
    return {
        "duration_ms": None if deltas.duration_ns is None else deltas.duration_ns / 1e6,
        "ttft_ms": None if deltas.ttft_ns is None else deltas.ttft_ns / 1e6,
        "tokens": deltas.tokens,
        "cost_usd": deltas.cost_usd,
    }


def diff_lines(found: TraceDiff, output: Output) -> Iterator[str]:
    """The comparison for people: the two traces, a line a step, and below a step what differs in it."""
    for sign, trace in (("-", found.one), ("+", found.other)):
        facts = (trace.trace_id, inert(trace.name), trace.status, duration(trace.duration_ns), money(trace.cost_usd))
        yield output.paint(f"{sign} {inert(' · '.join(facts))}", "error" if sign == "-" else "success")
    yield output.paint("  " + (say_deltas(found.deltas) or "no difference in figures"), "faint")
    yield ""
    for step in found.steps:
        yield _step_line(step, output)
        yield from _below(step, output)


def _step_line(step: Step, output: Output) -> str:
    node = step.other or step.one
    assert node is not None
    name = inert(node.span.name or node.span.span_id)
    text = f"{SIGNS[step.change]} {'  ' * step.depth}{GLYPHS[node.span.kind]} {name}"
    figures = say_deltas(step.deltas)
    return (
        output.paint(text, _STYLES[step.change]) + (f"  {output.paint(figures, 'faint')}" if figures else "")
    ).rstrip()


def _below(step: Step, output: Output) -> Iterator[str]:
    indent = "  " * (step.depth + 2)
    for fact in step.facts:
        yield indent + _fact_text(fact, output)
    for text in step.texts:
        yield from _text_lines(indent, text, output)


def _fact_text(fact: Fact, output: Output) -> str:
    one, other = (inert(side) if side is not None else "—" for side in (fact.one, fact.other))
    return f"{fact.name}: {output.paint(one, 'error')} → {output.paint(other, 'success')}"


def _text_lines(indent: str, text: TextDiff, output: Output) -> Iterator[str]:
    yield indent + output.paint(text.field, "role")
    yield from (f"{indent}  {line}".rstrip() for line in piece_lines(text.pieces, output))


def piece_lines(pieces: Sequence[Piece], output: Output) -> list[str]:
    """What changed between two texts, as lines: `[-removed-]`, `{+added+}`, and what is around them."""
    drawn = "".join(_piece(piece, number, len(pieces), output) for number, piece in enumerate(pieces))
    return drawn.split("\n")


def _piece(piece: Piece, number: int, count: int, output: Output) -> str:
    text = inert(piece.text, keep_newlines=True)
    if piece.change == "same":
        return _shortened(text, is_first=number == 0, is_last=number == count - 1)
    marked = f"[-{text}-]" if piece.change == "removed" else f"{{+{text}+}}"
    return "\n".join(output.paint(line, _STYLES[piece.change]) for line in marked.split("\n"))


def _shortened(text: str, *, is_first: bool, is_last: bool) -> str:
    """Unchanged text with what is far from any change left out."""
    before = "" if is_first else text[:_AROUND]
    after = "" if is_last else text[-_AROUND:]
    if len(before) + len(after) >= len(text):
        return text
    return f"{before} … {after}"
