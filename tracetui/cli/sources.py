"""`tracetui sources`: what there is to open in the usual places, and which formats are read."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable
from pathlib import Path

import click

from tracetui.cli import options
from tracetui.cli.narrate import say
from tracetui.cli.output import Output, open_output
from tracetui.cli.table import Column, table_lines
from tracetui.model import Json
from tracetui.text import ago, count, iso, size
from tracetui.workspace.discovery import Discovered, Found, discover
from tracetui.workspace.formats import FORMATS, Format


@click.command()
@click.option(
    "--formats", "about_formats", is_flag=True, help="List the formats that are read, and how each is recognised."
)
@options.as_json
@options.colour
def sources(about_formats: bool, as_json: bool, colour: str) -> None:
    """List what can be opened: stores of tools in their usual places, and files of this folder; the newest first."""
    output = open_output(colour)
    if about_formats:
        _print_formats(output, as_json)
        return
    discovered = discover()
    if as_json:
        for one in discovered.found:
            output.json(found_json(one))
    else:
        print_found(output, discovered.found)
    say_what_is_missing(discovered)


def found_json(one: Found) -> dict[str, Json]:
    """A line of `sources --json`; `files` is null for a file, `partial` says that a folder holds more than was seen."""
    return {
        "path": one.path,
        "format": one.format,
        "bytes": one.size,
        "files": one.files,
        "modified": iso(one.modified_ns),
        "partial": one.is_partial,
    }


def print_found(output: Output, found: Iterable[Found]) -> None:
    """A line a source."""
    now_ns = time.time_ns()
    columns: list[Column[Found]] = [
        Column("FORMAT", lambda one: one.format),
        Column("CHANGED", lambda one: ago(one.modified_ns, now_ns)),
        Column("SIZE", size_text, ">", 1),
        Column("FILES", lambda one: "" if one.files is None else count(one.files), ">", 2),
        Column("PATH", lambda one: short_path(one.path), narrowest=20),
    ]
    for line in table_lines(columns, found, output.width, output.paint):
        output.line(line)


def size_text(one: Found) -> str:
    """The size; of a folder that was not looked at to its end the least."""
    return ("≥ " if one.is_partial else "") + size(one.size)


def short_path(path: str) -> str:
    """The path from this folder or from the home, as a shell understands it."""
    here, home = os.getcwd(), str(Path.home())
    for folder, sign in ((here, ""), (home, "~" + os.sep)):
        if path.startswith(folder + os.sep):
            return sign + path[len(folder) + 1 :]
    return path


def say_what_is_missing(discovered: Discovered) -> None:
    """That nothing was found, or that not everything was looked at, on stderr."""
    if not discovered.found:
        say("nothing was found in the usual places or in this folder; name a source: tracetui open FILE")
    if discovered.unseen:
        say(f"{count(discovered.unseen)} files of this folder were not looked at; to look at all: tracetui open .")


def _print_formats(output: Output, as_json: bool) -> None:
    if as_json:
        for row in FORMATS:
            output.json({"format": row.title, "family": row.family, "how": row.how})
        return
    columns: list[Column[Format]] = [
        Column("FORMAT", lambda row: row.title),
        Column("FILE", lambda row: row.family),
        Column("RECOGNISED BY", lambda row: row.how, narrowest=20),
    ]
    for line in table_lines(columns, FORMATS, output.width, output.paint):
        output.line(line)
