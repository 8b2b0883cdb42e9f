"""`tracetui proxy`: the collector, started for its logging proxy."""

from __future__ import annotations

import click

from tracetui.cli import options
from tracetui.cli.listen import Wanted, collect, sample, say_token, upstreams
from tracetui.cli.narrate import say
from tracetui.collector.listen import Listening


@click.command("proxy")
@click.argument("address", metavar="[HOST:PORT]", default="")
@click.option("--into", "store", metavar="STORE", required=True, type=click.Path(dir_okay=False), help="The store.")
@click.option(
    "--token",
    metavar="TOKEN",
    envvar="TRACETUI_TOKEN",
    help="Ask senders for it; another address than the loopback always has one.",
)
@options.redact
@sample
@upstreams
def proxy(
    address: str,
    store: str,
    token: str | None,
    redact: bool,
    sample: str | None,
    openai_upstream: str | None,
    anthropic_upstream: str | None,
) -> None:
    """Pass model calls on to OpenAI and Anthropic, and record them in STORE, which is made where there is none.

    Set the base address of the SDK to it; keys pass and are not stored. It is the collector of `tracetui listen`, which
    serves the proxy as well: one port for all. docs/proxy.md.
    """
    wanted = Wanted(
        address,
        token,
        grpc="off",
        redact=redact,
        sample=sample,
        openai_upstream=openai_upstream,
        anthropic_upstream=anthropic_upstream,
    )
    collect(store, wanted, _say_where)


def _say_where(running: Listening, wanted: Wanted) -> None:
    say(f"listening on {running.url}, recording into {running.store}; ctrl+c ends")
    say(f"in your program: OPENAI_BASE_URL={running.url}/openai/v1 or ANTHROPIC_BASE_URL={running.url}/anthropic")
    say_token(running, wanted)
