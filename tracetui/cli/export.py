"""`tracetui export`: the traces that match, in another form, to a file or a pipe."""

from __future__ import annotations

from collections.abc import Iterator

import click

from tracetui.cli import options
from tracetui.cli.narrate import Progress, say
from tracetui.cli.output import open_output
from tracetui.cli.question import Question, asked
from tracetui.cli.redacting import find_redactor
from tracetui.exports.formats import FORMATS, WITH_RAW
from tracetui.exports.selection import Selected, redacted
from tracetui.exports.written_file import check_target, write_file
from tracetui.model import Payload, Span
from tracetui.text import count


@click.command()
@options.sources
@click.option("-f", "--format", "form", required=True, type=click.Choice(list(FORMATS)), help="The form to write.")
@click.option("-o", "--output", "target", metavar="FILE", help="Write to FILE, readable by you alone, not to stdout.")
@click.option("--force", is_flag=True, help="Replace FILE where it exists.")
@options.query
@options.sort("start")
@options.limit
@options.mapping
@options.redact
def export(
    sources: tuple[str, ...],
    form: str,
    target: str | None,
    force: bool,
    query: str | None,
    sort: str,
    limit: int | None,
    mapping: str | None,
    redact: bool,
) -> None:
    """Write the traces of SOURCE... as JSONL (everything, readable again), OTLP JSON lines, CSV, Markdown or one HTML page, or their scores for Langfuse or LangSmith."""
    is_file = target is not None and target != "-"
    if is_file:
        check_target(str(target), may_replace=force)
    redactor = find_redactor(is_asked=redact)
    with asked(sources, query, mapping) as question, Progress("exporting") as progress:
        trace_ids = question.workspace.trace_ids(question.filter, sort, limit)
        selected = _selected(question, trace_ids, progress, has_raw=form in WITH_RAW)
        pieces = FORMATS[form](selected if redactor is None else redacted(selected, redactor))
        if is_file:
            write_file(str(target), pieces)
            say(f"{target}: {count(len(trace_ids))} traces")
            return
        output = open_output()
        for piece in pieces:
            output.raw(piece)


def _selected(question: Question, trace_ids: list[str], progress: Progress, *, has_raw: bool) -> Iterator[Selected]:
    workspace = question.workspace
    load_one = workspace.payload if has_raw else workspace.carried

    def load(span: Span) -> Payload:
        return load_one(span.trace_id, span.span_id)

    for done, trace_id in enumerate(trace_ids):
        progress.update(done, len(trace_ids))
        yield Selected(workspace.tree(trace_id), load)
