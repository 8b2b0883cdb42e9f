"""`tracetui connect`: what to set so that an SDK sends to the collector."""

from __future__ import annotations

import click

from tracetui.cli.narrate import say
from tracetui.cli.output import open_output
from tracetui.collector.connecting import RECIPES, code_of, export_lines, notes_of
from tracetui.collector.listen import parse_address
from tracetui.text import inert


@click.command("connect")
@click.argument("sdk", type=click.Choice(list(RECIPES)))
@click.argument("address", metavar="[HOST:PORT]", default="")
@click.option("--token", metavar="TOKEN", envvar="TRACETUI_TOKEN", help="The token of the collector, if it has one.")
def connect(sdk: str, address: str, token: str | None) -> None:
    """Print the variables with which an SDK sends to the collector at HOST:PORT (127.0.0.1:4318).

    stdout can be given to `eval`; what else there is to know is on stderr.
    """
    where = parse_address(address)
    recipe = RECIPES[sdk]
    output = open_output()
    for line in export_lines(recipe, where, token).splitlines():
        output.line(inert(line))
    output.flush()
    say(f"{sdk}: {recipe.about}")
    for note in notes_of(recipe, where):
        say(f"  {note}")
    code = code_of(recipe, token)
    if code:
        say("\n".join(("in the program:", *(f"  {inert(line)}" for line in code))))
