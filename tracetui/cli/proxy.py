"""`tracetui proxy`: the collector, started for its logging proxy."""

from __future__ import annotations

from typing import Any

import click

from tracetui.cli import options
from tracetui.cli.listen import Wanted, address, collect, into, sample, say_token, token, upstreams
from tracetui.cli.narrate import say
from tracetui.collector.listen import Listening


@click.command("proxy")
@address
@into
@token
@options.redact
@sample
@upstreams
def proxy(store: str, **wanted: Any) -> None:
    """Pass model calls on to OpenAI and Anthropic, and record them in STORE, which is made where there is none.

    Set the base address of the SDK to it; keys pass and are not stored. It is the collector of `tracetui listen`, which
    serves the proxy as well: one port for all. docs/proxy.md.
    """
    collect(store, Wanted(**wanted, grpc="off"), _say_where)


def _say_where(running: Listening, wanted: Wanted) -> None:
    say(f"listening on {running.url}, recording into {running.store}; ctrl+c ends")
    say(f"in your program: OPENAI_BASE_URL={running.url}/openai/v1 or ANTHROPIC_BASE_URL={running.url}/anthropic")
    say_token(running, wanted)
