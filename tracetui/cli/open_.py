"""`tracetui open`: the terminal program."""

from __future__ import annotations

import os
import re
import sys
import time
from typing import TYPE_CHECKING, Any

import click

from tracetui.cli import options
from tracetui.text import ago

if TYPE_CHECKING:
    from tracetui.cli.listen import Wanted
    from tracetui.collector.listen import Listening
    from tracetui.tui import Beside
    from tracetui.workspace import Workspace

_DEFAULT = "127.0.0.1:4318"


@click.command("open")
@options.maybe_sources
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
@click.option("--token", metavar="TOKEN", envvar="TRACETUI_TOKEN", help="With --listen: ask senders for it.")
@click.option("--prompts", metavar="DIR", default="prompts", help="With --listen: files of prompts for Langfuse's SDK.")
@click.option("--grpc", metavar="PORT", help="With --listen: serve OTLP over gRPC there, or `off`.")
@click.option("--allow-origin", "origins", metavar="ORIGIN", multiple=True, help="With --listen: pages that may send.")
@click.option("--redact", is_flag=True, help="With --listen: take personal data, keys and tokens out before writing.")
@click.option("--openai-upstream", metavar="URL", help="With --listen: where calls to /openai go on to.")
@click.option("--anthropic-upstream", metavar="URL", help="With --listen: where calls to /anthropic go on to.")
@click.option("--sample", metavar="SHARE", help="With --listen: keep a share of traces without anything special.")
@options.mapping
def open_(
    sources: tuple[str, ...],
    query: str | None,
    no_follow: bool,
    fresh: bool,
    address: str | None,
    mapping: str | None,
    **wanted: Any,
) -> int:
    """Look at the traces of SOURCE... in the terminal, live; without a SOURCE, choose from what there is."""
    if address is not None and not _is_address(address):
        sources, address = (address, *sources), _DEFAULT
    if address is None:
        return _show(sources, query, no_follow, fresh, mapping, None)
    sources = sources or ("dev.db",)
    from tracetui.cli.listen import Wanted

    running = _begin_to_listen(sources[0], Wanted(address, **wanted))
    try:
        from tracetui.collector.connecting import RECIPES, export_lines
        from tracetui.tui import Beside

        lines = {sdk: export_lines(recipe, running.address, running.token) for sdk, recipe in RECIPES.items()}
        return _show(sources, query, no_follow, fresh, mapping, Beside(running.told, running.facts, lines))
    finally:
        running.close()


def _is_address(text: str) -> bool:
    """Whether the word after --listen is its value, and not the first source."""
    return text == _DEFAULT or bool(re.fullmatch(r"\d+|localhost|[^/\\]*:\d+|[\d.]+|\[[\da-fA-F:]+\]", text))


def _begin_to_listen(store: str, wanted: Wanted) -> Listening:
    from tracetui.cli.listen import begin, say_where

    running = begin(store, wanted)
    if running.token is not None:
        say_where(running, wanted)
    return running


def _show(
    sources: tuple[str, ...],
    query: str | None,
    no_follow: bool,
    fresh: bool,
    mapping: str | None,
    beside: Beside | None,
) -> int:
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
        from tracetui.workspace import open_workspace

        if mapping is None:
            return open_workspace(sources)
        from tracetui.cli.question import mappings_of

        return open_workspace(sources, mappings=mappings_of(mapping))

    names = tuple("standard input" if name == "-" else os.path.basename(os.path.abspath(name)) for name in named)
    paths = () if "-" in named else named
    return run_app(
        open_later,
        query=query,
        follow=not no_follow,
        fresh=fresh,
        names=names,
        paths=paths,
        beside=beside,
    )


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
