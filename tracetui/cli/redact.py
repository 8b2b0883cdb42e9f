"""`tracetui redact`: a copy of traces without the personal data, keys and tokens that are found in them."""

from __future__ import annotations

from pathlib import Path

import click

from tracetui.cli import options
from tracetui.cli.import_ import say_report
from tracetui.cli.narrate import Progress
from tracetui.cli.question import asked
from tracetui.cli.redacting import get_redactor
from tracetui.errors import WrongUse
from tracetui.store.connection import remove_store
from tracetui.workspace.importing import import_into


@click.command()
@options.sources
@click.option(
    "--into",
    "store",
    metavar="CLEAN",
    required=True,
    type=click.Path(dir_okay=False),
    help="The new store; must not exist.",
)
@options.query
@options.mapping
@options.as_json
def redact(sources: tuple[str, ...], store: str, query: str | None, mapping: str | None, as_json: bool) -> None:
    """Copy the traces of SOURCE... into CLEAN, a new tracetui store, without personal data, keys and tokens.

    SOURCE stays as it is. Says how often each rule took something out; docs/redaction.md says what is found.
    """
    # A store that has traces already would go on having what is in them.
    if Path(store).exists() and Path(store).stat().st_size:
        raise WrongUse(f"{store}: is there already; name a new file, so that nothing in it was never redacted")
    redactor = get_redactor()
    with asked(sources, query, mapping) as question, Progress("redacting") as progress:
        try:
            report = import_into(question.workspace, Path(store), question.filter, progress.update, redactor)
        except BaseException:
            remove_store(Path(store))  # part of a copy would be taken for all of it, and stand in the way of the next
            raise
    say_report(store, report, redactor, as_json=as_json)
