"""`tracetui listen`: the collector alone, until it is stopped."""

from __future__ import annotations

import signal
import threading
from pathlib import Path

import click

from tracetui.cli.narrate import say
from tracetui.cli.output import open_output
from tracetui.collector.listen import Listening, listen, parse_address
from tracetui.config import load_config
from tracetui.text import inert

_TOLD_EVERY_S = 1.0

prompts = click.option(
    "--prompts",
    metavar="DIR",
    default="prompts",
    show_default=True,
    type=click.Path(file_okay=False),
    help="Files of prompts for Langfuse's get_prompt: answer-v3.txt is version 3 of answer.",
)


@click.command("listen")
@click.argument("address", metavar="[HOST:PORT]", default="")
@click.option("--into", "store", metavar="STORE", required=True, type=click.Path(dir_okay=False), help="The store.")
@click.option("--token", metavar="TOKEN", help="Ask senders for it; another address than the loopback always has one.")
@prompts
def listen_(address: str, store: str, token: str | None, prompts: str) -> None:
    """Collect what SDKs send to HOST:PORT (127.0.0.1:4318) into STORE, which is made where there is none.

    Prints a line a second while something comes. What was answered is on disk; docs/collector.md.
    """
    output = open_output()
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    running = listen(
        Path(store), parse_address(address), token=token, prompts=Path(prompts), prices=load_config().prices.path
    )
    try:
        told = running.told()
        say_where(running, is_given=token is not None)
        while not stop.wait(_TOLD_EVERY_S):
            if running.told() != told:
                told = running.told()
                output.line(inert(told))
                output.flush()
    finally:
        running.close()
    output.line(inert(running.told()))


def say_where(running: Listening, *, is_given: bool) -> None:
    """Where it listens, and the token where it was made here."""
    say(f"listening on {running.url}, collecting into {running.store}; ctrl+c ends")
    say("what to set in your program: `tracetui connect` otel, langfuse, langsmith, datadog, openai or anthropic")
    if running.token is not None and not is_given:
        say(f"token (send it as `Authorization: Bearer …`): {running.token}")
    if running.token is not None:
        say("there is no TLS: put a reverse proxy before it where the network is not yours")
