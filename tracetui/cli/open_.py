"""`tracetui open`: the terminal program."""

from __future__ import annotations

import click

from tracetui.cli import options


@click.command("open")
@options.sources
@options.query
@click.option("--no-follow", is_flag=True, help="Do not show what arrives while it is open.")
@click.option("--fresh", is_flag=True, help="Start without what was remembered of the last time.")
@options.mapping
def open_(sources: tuple[str, ...], query: str | None, no_follow: bool, fresh: bool, mapping: str | None) -> int:
    """Look at the traces of SOURCE... in the terminal, live."""
    return 0
