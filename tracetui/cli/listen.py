"""`tracetui listen`: the collector alone, until it is stopped."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
from msgspec import Struct

from tracetui.cli import options
from tracetui.cli.narrate import say
from tracetui.cli.output import open_output
from tracetui.cli.redacting import find_redactor
from tracetui.collector.listen import DEFAULT_UPSTREAMS as DEFAULTS
from tracetui.collector.listen import GRPC_PORT, Listening, find_grpc_port, has_grpc, listen, parse_address
from tracetui.config import load_config, parse_rate
from tracetui.errors import WrongUse
from tracetui.store.sampling import Policy
from tracetui.text import inert

_TOLD_EVERY_S = 1.0


class Wanted(Struct, frozen=True):
    """How to listen, as the options say it: those of `listen`, and of `open --listen`."""

    address: str
    token: str | None = None
    prompts: str = "prompts"
    grpc: str | None = None
    origins: tuple[str, ...] = ()
    redact: bool = False
    openai_upstream: str | None = None
    anthropic_upstream: str | None = None
    sample: str | None = None


address = click.argument("address", metavar="[HOST:PORT]", default="")
into = click.option(
    "--into", "store", metavar="STORE", required=True, type=click.Path(dir_okay=False), help="The store."
)
token = click.option(
    "--token",
    metavar="TOKEN",
    envvar="TRACETUI_TOKEN",
    help="Ask senders for it; another address than the loopback always has one.",
)
prompts = click.option(
    "--prompts",
    metavar="DIR",
    default="prompts",
    show_default=True,
    type=click.Path(file_okay=False),
    help="Files of prompts for Langfuse's get_prompt: answer-v3.txt is version 3 of answer.",
)
origins = click.option(
    "--allow-origin",
    "origins",
    metavar="ORIGIN",
    multiple=True,
    help="Let web pages of SCHEME://HOST[:PORT] send, too (CORS); may be repeated.",
)
grpc = click.option(
    "--grpc",
    metavar="PORT",
    help=f"Serve OTLP over gRPC on PORT, or `off`; without it on {GRPC_PORT} where grpcio is installed and the port is free.",
)


sample = click.option(
    "--sample",
    metavar="SHARE",
    help="Of traces without anything special keep a share, such as 10%, once they are settled; docs/sampling.md.",
)


def upstreams(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options of the servers to which model calls go on; the command gets them as `openai_upstream` and `anthropic_upstream`."""
    for sdk, url in reversed(DEFAULTS.items()):
        text = f"Where calls to /{sdk} go on to ({url})."
        command = click.option(f"--{sdk}-upstream", metavar="URL", help=text)(command)
    return command


@click.command("listen")
@address
@into
@token
@prompts
@grpc
@origins
@options.redact
@upstreams
@sample
def listen_(store: str, **wanted: Any) -> None:
    """Collect what SDKs send to HOST:PORT (127.0.0.1:4318) into STORE, which is made where there is none.

    Prints a line a second while something comes. What was answered is on disk; docs/collector.md.
    """
    collect(store, Wanted(**wanted), say_where)


def collect(store: str, wanted: Wanted, introduce: Callable[[Listening, Wanted], None]) -> None:
    """Run a collector until it is stopped, and print what it does."""
    output = open_output()
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    running = begin(store, wanted)
    try:
        told = running.counts(), running.trouble
        introduce(running, wanted)
        while not stop.wait(_TOLD_EVERY_S):
            if (running.counts(), running.trouble) != told:
                told = running.counts(), running.trouble
                output.line(inert(running.told()))
                output.flush()
    finally:
        running.close()
    output.line(inert(running.told()))


def begin(store: str, wanted: Wanted) -> Listening:
    """Start a collector as the options and the configuration say. Raises WrongUse, MissingExtra, NotWritable and
    UnreadableSource."""
    redactor = find_redactor(is_asked=wanted.redact, collects=True)
    where = parse_address(wanted.address)
    config = load_config()
    rate = config.sampling.rate if wanted.sample is None else parse_rate(wanted.sample)
    return listen(
        Path(store),
        where,
        token=wanted.token,
        prompts=Path(wanted.prompts),
        prices=config.prices.path,
        grpc_port=find_grpc_port(where.host) if wanted.grpc is None else _port(wanted.grpc),
        origins=wanted.origins,
        redactor=redactor,
        upstreams={"openai": wanted.openai_upstream, "anthropic": wanted.anthropic_upstream},
        policy=Policy(rate, config.sampling.percentile, config.sampling.window),
    )


def _port(grpc: str) -> int | None:
    if grpc == "off":
        return None
    if not grpc.isdecimal() or int(grpc) > 65535:
        raise WrongUse(f'"{grpc}" is no port; write --grpc {GRPC_PORT}, or --grpc off')
    return int(grpc)


def say_where(running: Listening, wanted: Wanted) -> None:
    """Where it listens, and the token where it was made here."""
    say(f"listening on {running.url}, collecting into {running.store}; ctrl+c ends")
    say("what to set in your program: `tracetui connect` otel, langfuse, langsmith, datadog, openai or anthropic")
    if running.grpc_address is not None:
        say(f"OTLP over gRPC on {running.grpc_address}")
    elif wanted.grpc is None and has_grpc():
        say(f"port {GRPC_PORT} is in use, so OTLP over gRPC is not served; choose another one with --grpc PORT")
    say_token(running, wanted)


def say_token(running: Listening, wanted: Wanted) -> None:
    """The token where it was made here, and what it does not do."""
    if running.token is not None and wanted.token is None:
        say(
            f"token (send it as `Authorization: Bearer …`; a call that is passed on, as `X-Tracetui-Token`): {running.token}"
        )
    if running.token is not None:
        say("there is no TLS: put a reverse proxy before it where the network is not yours")
