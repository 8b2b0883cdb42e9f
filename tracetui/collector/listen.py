"""Start and stop the collector; the only part of this room that commands and screens know."""

from __future__ import annotations

import importlib.util
import os
import secrets
import socket
import threading
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeAlias

from msgspec import Struct

from tracetui.collector.counters import Counters, Counts, counted, rate_text
from tracetui.errors import MissingExtra, WrongUse
from tracetui.text import count, percent

if TYPE_CHECKING:
    import uvicorn

    from tracetui.collector.bodies import Limits
    from tracetui.collector.otlp_grpc import GrpcServer
    from tracetui.collector.proxy_call import Keeping
    from tracetui.collector.writer import Writer
    from tracetui.redaction import Redactor
    from tracetui.store.sampling import Policy

Dialect: TypeAlias = Literal["openai", "anthropic"]
"""Whose form a model call has that is passed on."""
DEFAULT_HOST, DEFAULT_PORT = "127.0.0.1", 4318
GRPC_PORT = 4317
DEFAULT_UPSTREAMS: dict[Dialect, str] = {"openai": "https://api.openai.com", "anthropic": "https://api.anthropic.com"}
_NEEDED = ("starlette", "uvicorn", "opentelemetry.proto", "python_multipart")


class Address(Struct, frozen=True):
    """Where to listen, or where somebody listens."""

    host: str = DEFAULT_HOST
    port: int = DEFAULT_PORT

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"


def parse_address(text: str) -> Address:
    """`HOST:PORT`, `PORT` or `HOST`, with IPv6 in brackets. Raises WrongUse."""
    host, _, port = text.rpartition(":") if ":" in text.rpartition("]")[2] else (text, "", "")
    if not port and text.isdecimal():
        host, port = "", text
    number = int(port) if port.isdecimal() else DEFAULT_PORT if not port else -1
    if not 0 <= number <= 65535:
        raise WrongUse(f'"{text}" is no address; write HOST:PORT, such as {DEFAULT_HOST}:{DEFAULT_PORT}')
    return Address(host.strip("[]") or DEFAULT_HOST, number)


class Listening:
    """A collector that runs until it is closed."""

    def __init__(
        self,
        address: Address,
        token: str | None,
        counters: Counters,
        server: uvicorn.Server,
        writer: Writer,
        grpc: GrpcServer | None = None,
    ) -> None:
        self.address = address
        self.token = token
        self.grpc_address = Address(address.host, grpc.port) if grpc is not None else None
        self.store = writer.path
        self._counters = counters
        self._server = server
        self._writer = writer
        self._grpc = grpc
        self._thread: threading.Thread | None = None

    @property
    def url(self) -> str:
        """The base address for SDKs."""
        return f"http://{self.address}"

    def counts(self) -> Counts:
        """What it did since the start."""
        return self._counters.read()

    @property
    def trouble(self) -> str:
        """Why the last batch could not be stored; "" where nothing goes wrong."""
        return self._counters.trouble

    def told(self) -> str:
        """One phrase for a status line: where it listens, what came, and what goes wrong."""
        said = self.counts().told(self._counters.rate())
        return f"{self.address} {said}" + (f" — {self.trouble}" if self.trouble else "")

    def facts(self) -> list[tuple[str, str]]:
        """What there is to say of it, as labels and values: where it listens, and every count with what it means."""
        counts, rate = self.counts(), self._counters.rate()
        rows = [
            ("listening on", self.url),
            ("OTLP over gRPC", str(self.grpc_address) if self.grpc_address is not None else "not served"),
            ("collecting into", str(self.store)),
            ("token", "asked for" if self.token is not None else "none, this machine only"),
            ("spans", f"{count(counts.accepted)}, now {rate_text(rate)}"),
            ("messages", counted(counts.messages, "log event")),
            ("scores", count(counts.scores)),
            ("refused", f"{counted(counts.refused, 'request')}: who asked, how much, how busy"),
            ("malformed", f"{counted(counts.malformed, 'request')} or parts of them"),
            ("ignored", f"{counted(counts.ignored, 'record')} of a kind that is not kept"),
            ("sampled", self._sampled(counts)),
        ]
        if counts.redacted:
            rows.append(("redacted", f"{counted(counts.redacted, 'piece')} of personal data, keys and tokens"))
        if counts.lost:
            rows.append(("lost", f"{counted(counts.lost, 'call')} that passed and could not be stored"))
        told = (("last refusal", self._counters.last_refusal), ("trouble", self.trouble))
        return rows + [(label, text) for label, text in told if text]

    def _sampled(self, counts: Counts) -> str:
        if self._writer.rate is None:
            return "no, everything is kept"
        return f"at {percent(self._writer.rate)}, {counted(counts.left_out, 'trace')} not kept"

    def start(self, listening: socket.socket) -> None:
        """Serve in a thread."""
        run = self._server.run
        self._thread = threading.Thread(target=run, args=([listening],), name="tracetui collector", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Take no more, and write what was taken."""
        self._server.should_exit = True
        if self._thread is not None:
            self._thread.join(timeout=5)
        if self._grpc is not None:
            self._grpc.close()
        self._writer.close()


def listen(
    store: Path,
    address: Address,
    *,
    token: str | None = None,
    prompts: Path = Path("prompts"),
    limits: Limits | None = None,
    prices: str | None = None,
    grpc_port: int | None = None,
    origins: Sequence[str] = (),
    redactor: Redactor | None = None,
    upstreams: Mapping[Dialect, str | None] | None = None,
    keeping: Keeping | None = None,
    policy: Policy | None = None,
) -> Listening:
    """Collect into a store. An address beyond the loopback has a token: the given one, or one that is made.
    `prompts` is the directory of prompts, which need not exist. With `grpc_port` OTLP's gRPC is served there.
    Pages of `origins` may send, no others. With a `redactor`, only what it leaves is written. `upstreams` are the
    servers to which model calls go on. With a `policy`, traces that are settled are sampled.

    Raises MissingExtra, WrongUse (an address, an origin, an empty token), NotWritable and UnreadableSource (the store).
    """
    _require_extra()
    from tracetui.collector.app import make_app
    from tracetui.collector.bodies import Limits
    from tracetui.collector.cors import parse_origin
    from tracetui.collector.desk import Desk
    from tracetui.collector.gate import Gate, is_loopback
    from tracetui.collector.prompts import Prompts
    from tracetui.collector.proxy import Proxy
    from tracetui.collector.proxy_call import Keeping
    from tracetui.collector.server import bind, make_server
    from tracetui.collector.upstream import check_not_itself, parse_upstreams
    from tracetui.collector.writer import Writer

    is_local = is_loopback(address.host)
    token = _choose_token(token, is_local=is_local)
    allowed = frozenset(map(parse_origin, origins))
    behind = parse_upstreams(upstreams or {})
    counters = Counters()
    limits = limits or Limits()
    grpc: GrpcServer | None = None
    with ExitStack() as opened:
        listening = opened.enter_context(bind(address.host, address.port))
        bound = Address(address.host, listening.getsockname()[1])
        check_not_itself(behind, bound)
        if grpc_port is not None:
            grpc = _grpc_server(address.host, grpc_port, limits)
            opened.callback(grpc.close)
        writer = Writer(store, counters, prices, redactor=redactor, policy=policy)
        opened.pop_all()
    desk, gate = Desk(writer, counters, limits), Gate(token=token, loopback_only=is_local, origins=allowed)
    proxy = Proxy(desk, behind, keeping or Keeping())
    server = make_server(make_app(desk, gate, Prompts(prompts), proxy))
    running = Listening(bound, token, counters, server, writer, grpc)
    running.start(listening)
    if grpc is not None:
        grpc.serve(desk, gate)
    return running


def _choose_token(given: str | None, *, is_local: bool) -> str | None:
    if given is not None and not given.strip():
        raise WrongUse("the token is empty, which every sender would have; give one, or leave --token out")
    return secrets.token_urlsafe(24) if given is None and not is_local else given


def has_grpc() -> bool:
    """Whether the package that OTLP's gRPC needs is installed."""
    return _is_there("grpc")


def find_grpc_port(host: str) -> int | None:
    """The usual port of OTLP over gRPC, where the package is installed and nobody listens there yet. Raises MissingExtra."""
    _require_extra()
    from tracetui.collector.server import bind

    if not has_grpc():
        return None
    try:
        bind(host, GRPC_PORT).close()
    except WrongUse:
        return None
    return GRPC_PORT


def _grpc_server(host: str, port: int, limits: Limits) -> GrpcServer:
    if not has_grpc():
        raise MissingExtra("OTLP over gRPC", "grpc")
    os.environ.setdefault("GRPC_VERBOSITY", "NONE")  # its core would write to stderr, which can be the screen
    from tracetui.collector.otlp_grpc import GrpcServer

    return GrpcServer(host, port, limits)


def _require_extra() -> None:
    if not all(map(_is_there, _NEEDED)):
        raise MissingExtra("listening", "collect")


def _is_there(package: str) -> bool:
    try:
        return importlib.util.find_spec(package) is not None
    except ModuleNotFoundError:
        return False
