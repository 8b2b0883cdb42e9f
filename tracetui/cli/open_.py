"""`tracetui open`: the terminal program."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tracetui.cli import options

if TYPE_CHECKING:
    from tracetui.collector.listen import Listening
    from tracetui.workspace import Workspace

_DEFAULT = "127.0.0.1:4318"


@click.command("open")
@click.argument("sources", metavar="SOURCE...", nargs=-1, type=click.Path(path_type=str))
@options.query
@click.option("--no-follow", is_flag=True, help="Do not show what arrives while it is open.")
@click.option("--fresh", is_flag=True, help="Start without what was remembered of the last time.")
@click.option(
    "--listen",
    "address",
    metavar="[HOST:PORT]",
    is_flag=False,
    flag_value=_DEFAULT,
    help="Collect what SDKs send into SOURCE, a store that is made where there is none (dev.db where none is named).",
)
@click.option("--token", metavar="TOKEN", help="With --listen: ask senders for it.")
@click.option("--prompts", metavar="DIR", default="prompts", help="With --listen: files of prompts for Langfuse's SDK.")
@options.mapping
def open_(
    sources: tuple[str, ...],
    query: str | None,
    no_follow: bool,
    fresh: bool,
    address: str | None,
    token: str | None,
    prompts: str,
    mapping: str | None,
) -> int:
    """Look at the traces of SOURCE... in the terminal, live."""
    if address is not None and not _is_address(address):
        sources, address = (address, *sources), _DEFAULT
    if address is None and not sources:
        raise click.UsageError("Missing argument 'SOURCE...'.")
    sources = sources or ("dev.db",)
    if address is None:
        return _show(sources, query, no_follow, fresh, mapping, None)
    running = _begin_to_listen(sources[0], address, token, prompts)
    try:
        return _show(sources, query, no_follow, fresh, mapping, running.told)
    finally:
        running.close()


def _is_address(text: str) -> bool:
    """Whether the word after --listen is its value, and not the first source."""
    return text == _DEFAULT or bool(re.fullmatch(r"\d+|localhost|[^/\\]*:\d+|[\d.]+|\[[\da-fA-F:]+\]", text))


def _begin_to_listen(store: str, address: str, token: str | None, prompts: str) -> Listening:
    from tracetui.cli.listen import say_where
    from tracetui.collector.listen import listen, parse_address

    running = listen(Path(store), parse_address(address), token=token, prompts=Path(prompts))
    if running.token is not None:
        say_where(running, is_given=token is not None)
    return running


def _show(
    sources: tuple[str, ...],
    query: str | None,
    no_follow: bool,
    fresh: bool,
    mapping: str | None,
    collecting: Callable[[], str] | None,
) -> int:
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
    return run_app(
        open_later, query=query, follow=not no_follow, fresh=fresh, names=names, paths=paths, collecting=collecting
    )


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
