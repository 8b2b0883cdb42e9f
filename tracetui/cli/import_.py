"""`tracetui import`: copy traces, with what they carried and their scores, into a tracetui store."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click
from msgspec import to_builtins

from tracetui.cli import options
from tracetui.cli.narrate import Progress, warn
from tracetui.cli.output import open_output
from tracetui.cli.question import asked
from tracetui.cli.redacting import find_redactor
from tracetui.store.connection import open_store
from tracetui.text import count, inert
from tracetui.workspace.importing import ImportReport, import_into

if TYPE_CHECKING:
    from tracetui.redaction import Redactor

_NAMED = 3


@click.command("import")
@click.argument("sources", metavar="[SOURCE]...", nargs=-1)
@click.option("--into", "store", metavar="STORE", required=True, type=click.Path(dir_okay=False), help="The store.")
@options.query
@options.mapping
@options.redact
@options.as_json
def import_(
    sources: tuple[str, ...], store: str, query: str | None, mapping: str | None, redact: bool, as_json: bool
) -> None:
    """Copy the traces of SOURCE... into STORE, which is made where there is none.

    A span that is there already is brought up to date and not added twice. Without a SOURCE, an empty store is made.
    """
    output = open_output()
    if not sources:
        open_store(Path(store)).close()
        output.line(inert(f"{store}: a tracetui store, ready to be written"))
        return
    redactor = find_redactor(is_asked=redact)
    with asked(sources, query, mapping) as question, Progress("importing") as progress:
        report = import_into(question.workspace, Path(store), question.filter, progress.update, redactor)
    say_report(store, report, redactor, as_json=as_json)


def say_report(store: str, report: ImportReport, redactor: Redactor | None, *, as_json: bool) -> None:
    """What was copied and what was taken out of it, as a sentence or as JSON; on stderr what could not be read."""
    output = open_output()
    for sentence in report.unreadable[:_NAMED]:
        warn(sentence)
    if len(report.unreadable) > _NAMED:
        warn(f"and {count(len(report.unreadable) - _NAMED)} more payloads could not be read")
    if as_json:
        redacted = {} if redactor is None else {"redacted": dict(redactor.counts.most_common())}
        output.json({"store": store, **to_builtins(report), "unreadable": len(report.unreadable), **redacted})
    else:
        told = _told(report) if redactor is None else f"{_told(report)}; {told_redacted(redactor)}"
        output.line(inert(f"{store}: {told}"))


def told_redacted(redactor: Redactor) -> str:
    """How often each rule took something out, the most frequent first."""
    if not redactor.total:
        return "nothing to redact"
    return "redacted " + ", ".join(f"{count(number)} {name}" for name, number in redactor.counts.most_common())


def _told(report: ImportReport) -> str:
    return (
        f"{count(report.traces)} traces, {count(report.spans)} spans ({count(report.new_spans)} new),"
        f" {count(report.scores)} scores"
    )
