"""`tracetui doctor`: whether everything is as it should be here, and what to attach to a bug report."""

from __future__ import annotations

from pathlib import Path

import click

from tracetui.cli import options
from tracetui.cli.doctor_text import report_lines
from tracetui.cli.narrate import CHECK_FAILED
from tracetui.cli.output import open_output
from tracetui.cli.question import mappings_of
from tracetui.doctor.report import make_report
from tracetui.errors import WrongUse


@click.command()
@options.maybe_sources
@click.option("--paths", is_flag=True, help="Show whole paths; without it file names, and `~` for your home.")
@options.mapping
@options.as_json
@options.colour
def doctor(sources: tuple[str, ...], paths: bool, mapping: str | None, as_json: bool, colour: str) -> None:
    """Check this machine, this terminal and tracetui's files, and the health of each SOURCE.

    What is printed can be attached to a bug report: no prompt, no path and no user's name is in it. Ends with 1 where
    something should be mended. docs/doctor.md.
    """
    for source in sources:
        if not Path(source).exists():
            raise WrongUse(f"{source}: no such file; check the name")
    output = open_output(colour)
    report = make_report(sources, mappings_of(mapping), whole=paths)
    if as_json:
        output.json(report)
    else:
        for line in report_lines(report, output.paint):
            output.line(line)
    if not report.healthy:
        click.get_current_context().exit(CHECK_FAILED)
