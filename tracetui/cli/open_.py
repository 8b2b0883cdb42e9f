"""`tracetui open`: the terminal program."""

from __future__ import annotations

import os
import sys
import time
from typing import TYPE_CHECKING

import click

from tracetui.cli import options
from tracetui.text import ago

if TYPE_CHECKING:
    from tracetui.workspace import Workspace


@click.command("open")
@options.maybe_sources
@options.query
@click.option("--no-follow", is_flag=True, help="Do not show what arrives while it is open.")
@click.option("--fresh", is_flag=True, help="Start without what was remembered of the last time.")
@options.mapping
def open_(sources: tuple[str, ...], query: str | None, no_follow: bool, fresh: bool, mapping: str | None) -> int:
    """Look at the traces of SOURCE... in the terminal, live; without a SOURCE, choose from what there is."""
    from tracetui.tui import run_app

    if not sources:
        chosen = _choose()
        if isinstance(chosen, int):
            return chosen
        sources = chosen
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


def _choose() -> tuple[str, ...] | int:
    """What the reader chose from what there is, or the exit code where nothing can be chosen."""
    from tracetui.cli.narrate import say
    from tracetui.cli.output import open_output
    from tracetui.cli.sources import print_found, say_what_is_missing, short_path, size_text
    from tracetui.tui import ask_what_to_open
    from tracetui.tui.terminal import find_obstacle
    from tracetui.workspace.discovery import discover

    discovered = discover()
    if not discovered.found or find_obstacle() is not None:
        print_found(open_output(), discovered.found)
        say_what_is_missing(discovered)
        if discovered.found:
            say("there is no terminal to choose in; name one of them: tracetui open PATH, or tracetui ls PATH")
        return 2
    now_ns = time.time_ns()
    rows = [
        (one.path, one.format, ago(one.modified_ns, now_ns), size_text(one), short_path(one.path))
        for one in discovered.found
    ]
    return ask_what_to_open(rows) or 0


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
