"""Arguments and options that commands share, so that they mean the same everywhere."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

Command = TypeVar("Command", bound=Callable[..., Any])
_Decorator = Callable[[Command], Command]

SORTS = "start, latency, cost, tokens, name, errors, score or spans; with a leading - the greatest first"

sources = click.argument("sources", metavar="SOURCE...", nargs=-1, required=True, type=click.Path(path_type=str))
maybe_sources = click.argument("sources", metavar="[SOURCE]...", nargs=-1, type=click.Path(path_type=str))
query = click.option(
    "-q", "--query", metavar="FILTER", help="Only traces that match, such as 'status:error cost:>0.01'."
)
mapping = click.option(
    "--map",
    "mapping",
    metavar="FILE",
    type=click.Path(dir_okay=False),
    help="Columns of a hand-rolled table or JSONL file, as TOML (`info` prints the guessed one).",
)
as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON, as docs/json.md describes it.")
limit = click.option("--limit", metavar="N", type=click.IntRange(min=1), help="At most this many traces.")
colour = click.option(
    "--color",
    "--colour",
    "colour",
    type=click.Choice(["auto", "always", "never"]),
    default="auto",
    help="Colours; auto: on a terminal, unless NO_COLOR is set.",
)
redact = click.option(
    "--redact", is_flag=True, help="Take personal data, keys and tokens out first, as docs/redaction.md describes it."
)


def sort(default: str) -> Callable[[Command], Command]:
    """The option --sort with a default of the command's own."""
    return click.option("--sort", metavar="KEY", default=default, show_default=True, help=f"Order: {SORTS}.")
