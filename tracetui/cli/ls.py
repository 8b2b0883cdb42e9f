"""`tracetui ls`: the traces that match, a line each."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import chain, islice, pairwise

import click

from tracetui.cli import options
from tracetui.cli.narrate import say
from tracetui.cli.output import Output, open_output
from tracetui.cli.question import Question, asked
from tracetui.cli.table import Column, table_lines
from tracetui.exports.contract import trace_json
from tracetui.exports.plain import verdict_text
from tracetui.model import Trace
from tracetui.text import STATUS_GLYPHS, clock, count, duration, money, tokens

_SHORTEST_ID = 8
_MEASURED = 1000


@click.command()
@options.sources
@options.query
@options.sort("-start")
@options.limit
@options.mapping
@options.as_json
@options.colour
def ls(
    sources: tuple[str, ...],
    query: str | None,
    sort: str,
    limit: int | None,
    mapping: str | None,
    as_json: bool,
    colour: str,
) -> None:
    """List the traces of SOURCE..., newest first, a line each.

    On a terminal the ids are cut to what tells them apart; `show` and `score` take such a beginning.
    """
    output = open_output(colour)
    with asked(sources, query, mapping) as question:
        traces = question.workspace.traces(question.filter, sort, None if limit is None else limit + 1)
        shown = list(islice(traces, limit)) if limit is not None else traces
        if as_json:
            for trace in shown:
                output.json(trace_json(trace))
        else:
            _print_table(output, shown, question)
        if limit is not None and next(iter(traces), None) is not None:
            say(f"the first {count(limit)} traces; there are more (--limit)")


def columns_of(id_length: int | None) -> Sequence[Column[Trace]]:
    """The columns of the list; ids are cut to `id_length` characters (None: whole)."""
    return (
        Column("", lambda trace: STATUS_GLYPHS[trace.status], style=lambda trace: trace.status),
        Column("START", lambda trace: clock(trace.start_ns), rank=1, style=lambda _: "faint"),
        Column("TRACE", lambda trace: trace.trace_id[:id_length]),
        Column("NAME", lambda trace: trace.name, narrowest=8),
        Column("TIME", lambda trace: duration(trace.duration_ns), align=">", rank=2),
        Column("SPANS", lambda trace: count(trace.spans), align=">", rank=5),
        Column("ERR", _errors, align=">", rank=4, style=lambda _: "error"),
        Column("TOKENS", _tokens, align=">", rank=4),
        Column("COST", lambda trace: money(trace.cost_usd, partial=bool(trace.unpriced)), align=">", rank=3),
        Column("MODELS", lambda trace: ", ".join(trace.models), rank=6, narrowest=10),
        Column("USER", lambda trace: trace.user_id or "", rank=7, narrowest=8),
        Column("SCORES", _scores, rank=8, narrowest=8),
    )


def _print_table(output: Output, traces: Iterable[Trace], question: Question) -> None:
    iterator = iter(traces)
    first = list(islice(iterator, _MEASURED))
    if not first:
        say("no trace matches" if question.filter else "there are no traces yet")
        return
    id_length = distinct_length([trace.trace_id for trace in first]) if output.width is not None else None
    for line in table_lines(columns_of(id_length), chain(first, iterator), output.width, output.paint):
        output.line(line)


def distinct_length(identities: Sequence[str]) -> int:
    """The number of characters, eight or more, that tells these ids apart."""
    ordered = sorted(set(identities))
    shared = (_shared(one, other) for one, other in pairwise(ordered))
    return max(_SHORTEST_ID, max(shared, default=0) + 1)


def _shared(one: str, other: str) -> int:
    """How many characters two different texts begin with alike."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((index for index, (left, right) in pairs if left != right), min(len(one), len(other)))


def _errors(trace: Trace) -> str:
    return count(trace.errors) if trace.errors else ""


def _tokens(trace: Trace) -> str:
    return tokens(trace.usage.total) if trace.usage.is_recorded else ""


def _scores(trace: Trace) -> str:
    return ", ".join(f"{score.name} {verdict_text(score)}" for score in trace.scores)
