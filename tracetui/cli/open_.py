"""`tracetui open`: the terminal program."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import click

from tracetui.cli import options

if TYPE_CHECKING:
    from tracetui.workspace import Workspace


@click.command("open")
@options.sources
@options.query
@click.option("--no-follow", is_flag=True, help="Do not show what arrives while it is open.")
@click.option("--fresh", is_flag=True, help="Start without what was remembered of the last time.")
@options.mapping
def open_(sources: tuple[str, ...], query: str | None, no_follow: bool, fresh: bool, mapping: str | None) -> int:
    """Look at the traces of SOURCE... in the terminal, live."""
    from tracetui.tui import run_app

    named = sources
    if "-" in sources and not sys.stdin.isatty():
        sources = tuple(_spooled_input() if source == "-" else source for source in sources)

    def open_later() -> Workspace:
        from tracetui.cli.question import mappings_of
        from tracetui.workspace import open_workspace

        return open_workspace(sources, mappings=mappings_of(mapping))

    names = tuple("standard input" if name == "-" else os.path.basename(os.path.abspath(name)) for name in named)
    paths = () if "-" in named else named
    return run_app(open_later, query=query, follow=not no_follow, fresh=fresh, names=names, paths=paths)


def _spooled_input() -> str:
    """Standard input as a growing private file; the keyboard is then read from the terminal itself."""
    from tracetui.workspace.opening import spool

    path = spool(os.fdopen(os.dup(sys.stdin.fileno()), "rb"))
    try:
        terminal = os.open("/dev/tty", os.O_RDWR)
    except OSError:
        return str(path)
    os.dup2(terminal, sys.stdin.fileno())
    os.close(terminal)
    return str(path)
