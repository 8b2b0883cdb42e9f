"""`tracetui listen`: the collector alone, until it is stopped."""

from __future__ import annotations

import signal
import threading
from pathlib import Path

import click

from tracetui.cli import options
from tracetui.cli.narrate import say
from tracetui.cli.output import open_output
from tracetui.cli.redacting import find_redactor
from tracetui.collector.listen import GRPC_PORT, Listening, find_grpc_port, has_grpc, listen, parse_address
from tracetui.config import load_config
from tracetui.errors import WrongUse
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
grpc = click.option(
    "--grpc",
    metavar="PORT",
    help=f"Serve OTLP over gRPC on PORT, or `off`; without it on {GRPC_PORT} where grpcio is installed and the port is free.",
)


@click.command("listen")
@click.argument("address", metavar="[HOST:PORT]", default="")
@click.option("--into", "store", metavar="STORE", required=True, type=click.Path(dir_okay=False), help="The store.")
@click.option("--token", metavar="TOKEN", help="Ask senders for it; another address than the loopback always has one.")
@prompts
@grpc
@options.redact
def listen_(address: str, store: str, token: str | None, prompts: str, grpc: str | None, redact: bool) -> None:
    """Collect what SDKs send to HOST:PORT (127.0.0.1:4318) into STORE, which is made where there is none.

    Prints a line a second while something comes. What was answered is on disk; docs/collector.md.
    """
    output = open_output()
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    running = begin(store, address, token, prompts, grpc, redact=redact)
    try:
        told = running.told()
        say_where(running, is_token_given=token is not None, is_grpc_given=grpc is not None)
        while not stop.wait(_TOLD_EVERY_S):
            if running.told() != told:
                told = running.told()
                output.line(inert(told))
                output.flush()
    finally:
        running.close()
    output.line(inert(running.told()))


def begin(store: str, address: str, token: str | None, prompts: str, grpc: str | None, *, redact: bool) -> Listening:
    """Start a collector as the options and the configuration say. Raises WrongUse, MissingExtra, NotWritable and
    UnreadableSource."""
    redactor = find_redactor(is_asked=redact, collects=True)
    where = parse_address(address)
    port = find_grpc_port(where.host) if grpc is None else _port(grpc)
    return listen(
        Path(store),
        where,
        token=token,
        prompts=Path(prompts),
        prices=load_config().prices.path,
        grpc_port=port,
        redactor=redactor,
    )


def _port(grpc: str) -> int | None:
    if grpc == "off":
        return None
    if not grpc.isdecimal() or int(grpc) > 65535:
        raise WrongUse(f'"{grpc}" is no port; write --grpc {GRPC_PORT}, or --grpc off')
    return int(grpc)


def say_where(running: Listening, *, is_token_given: bool, is_grpc_given: bool) -> None:
    """Where it listens, and the token where it was made here."""
    say(f"listening on {running.url}, collecting into {running.store}; ctrl+c ends")
    say("what to set in your program: `tracetui connect` otel, langfuse, langsmith, datadog, openai or anthropic")
    if running.grpc_address is not None:
        say(f"OTLP over gRPC on {running.grpc_address}")
    elif not is_grpc_given and has_grpc():
        say(f"port {GRPC_PORT} is in use, so OTLP over gRPC is not served; choose another one with --grpc PORT")
    if running.token is not None and not is_token_given:
        say(f"token (send it as `Authorization: Bearer …`): {running.token}")
    if running.token is not None:
        say("there is no TLS: put a reverse proxy before it where the network is not yours")
