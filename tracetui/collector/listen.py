"""Start and stop the collector; the only part of this room that commands and screens know."""

from __future__ import annotations

import importlib.util
import secrets
import socket
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from tracetui.collector.counters import Counters, Counts
from tracetui.errors import MissingExtra, WrongUse

if TYPE_CHECKING:
    import uvicorn

    from tracetui.collector.bodies import Limits
    from tracetui.collector.writer import Writer

DEFAULT_HOST, DEFAULT_PORT = "127.0.0.1", 4318
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
        self, address: Address, token: str | None, counters: Counters, server: uvicorn.Server, writer: Writer
    ) -> None:
        self.address = address
        self.token = token
        self.store = writer.path
        self._counters = counters
        self._server = server
        self._writer = writer
        self._thread: threading.Thread | None = None

    @property
    def url(self) -> str:
        """The base address for SDKs."""
        return f"http://{self.address}"

    def counts(self) -> Counts:
        """What it did since the start."""
        return self._counters.read()

    def told(self) -> str:
        """One phrase for a status line: where it listens, what came, and what goes wrong."""
        trouble = self._counters.trouble
        return f"{self.address} {self.counts().told()}" + (f" — {trouble}" if trouble else "")

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
        self._writer.close()


def listen(
    store: Path,
    address: Address,
    *,
    token: str | None = None,
    prompts: Path = Path("prompts"),
    limits: Limits | None = None,
    prices: str | None = None,
) -> Listening:
    """Collect into a store. An address beyond the loopback has a token: the given one, or one that is made.
    `prompts` is the directory of prompts, which need not exist.

    Raises MissingExtra, WrongUse (the address, an empty token), NotWritable and UnreadableSource (the store).
    """
    _require_extra()
    from tracetui.collector.app import make_app
    from tracetui.collector.bodies import Limits
    from tracetui.collector.desk import Desk
    from tracetui.collector.gate import Gate, is_loopback
    from tracetui.collector.prompts import Prompts
    from tracetui.collector.server import bind, make_server
    from tracetui.collector.writer import Writer

    if token is not None and not token.strip():
        raise WrongUse("the token is empty, which every sender would have; give one, or leave --token out")
    is_local = is_loopback(address.host)
    if token is None and not is_local:
        token = secrets.token_urlsafe(24)
    counters = Counters()
    listening = bind(address.host, address.port)
    try:
        writer = Writer(store, counters, prices)
    except BaseException:
        listening.close()
        raise
    desk = Desk(writer, counters, limits or Limits())
    server = make_server(make_app(desk, Gate(token=token, loopback_only=is_local), Prompts(prompts)))
    bound = Address(address.host, listening.getsockname()[1])
    running = Listening(bound, token, counters, server, writer)
    running.start(listening)
    return running


def _require_extra() -> None:
    for name in _NEEDED:
        try:
            found = importlib.util.find_spec(name)
        except ModuleNotFoundError:
            found = None
        if found is None:
            raise MissingExtra("listening", "collect")
