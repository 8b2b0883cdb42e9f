"""`tracetui prices`: what a call of a model would be charged, and why."""

from __future__ import annotations

import time
from datetime import UTC, datetime

import click

from tracetui.cli import options
from tracetui.cli.output import open_output
from tracetui.config import load_config
from tracetui.errors import WrongUse
from tracetui.pricing import open_book
from tracetui.pricing.book import NoPrice
from tracetui.text import inert


@click.command()
@click.argument("model")
@click.option("--provider", metavar="NAME", help="Who sells it, in any spelling.")
@click.option("--at", "day", metavar="DATE", help="The price of that day (UTC); today's where it is left out.")
@click.option("--tier", metavar="NAME", help="A service tier, such as batch or flex.")
@click.option("--prices", metavar="FILE", type=click.Path(dir_okay=False), help="Your own prices, before the list's.")
@options.as_json
@options.colour
def prices(
    model: str, provider: str | None, day: str | None, tier: str | None, prices: str | None, as_json: bool, colour: str
) -> None:
    """Say what a call of MODEL is charged: the price, where it comes from, or why there is none.

    Ends with 1 where there is no price.
    """
    output = open_output(colour)
    book = open_book(prices or load_config().prices.path)
    at_ns = time.time_ns() if day is None else _noon(day)
    found = book.find(provider, model, at_ns, tier)
    if as_json:
        output.json(_json(found))
    else:
        output.line(inert(book.why(provider, model, at_ns, tier)))
    if isinstance(found, NoPrice):
        click.get_current_context().exit(1)


def _noon(day: str) -> int:
    try:
        return int(datetime.strptime(day, "%Y-%m-%d").replace(hour=12, tzinfo=UTC).timestamp()) * 10**9
    except ValueError as error:
        raise WrongUse(f'"{day}" is no date; write one such as 2026-11-20') from error


def _json(found: object) -> object:
    import msgspec

    return msgspec.to_builtins(found)
