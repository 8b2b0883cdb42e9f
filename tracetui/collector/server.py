"""The socket: one port, HTTP/1.1, with limits of headers, time and connections."""

from __future__ import annotations

import asyncio
import logging
import socket
from typing import Any

import h11
import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from tracetui.errors import WrongUse

_HEADERS_S = 15.0
_HEADER_BYTES = 32 << 10
_CONNECTIONS = 512
CROWDED = "tracetui.crowded"
"""Key of the scope of a request on a connection that is one too many."""
_GRACE_S = 3
"""How long what still runs may take when the server ends."""


class PatientProtocol(H11Protocol):
    """HTTP/1.1 that closes a connection on which no whole head of a request arrives in time, nor the rest of a body that
    was refused."""

    _due: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        """Begin to wait for the first head. One connection too many is answered, so that its sender comes again."""
        super().connection_made(transport)
        if len(self.connections) > _CONNECTIONS:
            self.app = _crowded(self.app)
        self._due = self.loop.call_later(_HEADERS_S, transport.close)

    def data_received(self, data: bytes) -> None:
        """Stop waiting when the head, or what nobody reads, is whole; begin again with the next one."""
        super().data_received(data)
        is_waited_for = self._is_waited_for() and not self.transport.is_closing()
        if self._due is not None and not is_waited_for:
            self._due.cancel()
            self._due = None
        elif self._due is None and is_waited_for and data:
            self._due = self.loop.call_later(_HEADERS_S, self.transport.close)

    def _is_waited_for(self) -> bool:
        """Whether a head is coming, or the rest of a body whose answer is sent already."""
        sender = self.conn.their_state
        return sender is h11.IDLE or (sender is h11.SEND_BODY and self.conn.our_state is h11.DONE)

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait for nothing any more."""
        if self._due is not None:
            self._due.cancel()
        super().connection_lost(exc)


def _crowded(app: Any) -> Any:
    async def marked(scope: Scope, receive: Receive, send: Send) -> None:
        await app({**scope, CROWDED: True}, receive, send)

    return marked


def bind(host: str, port: int) -> socket.socket:
    """The listening socket. Raises WrongUse in a sentence."""
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        return _bound(family, address)
    except OSError as error:
        raise WrongUse(
            f"{host}:{port}: cannot listen there ({error.strerror or error}); choose another port"
        ) from error


def _bound(family: int, address: Any) -> socket.socket:
    # Only for a socket that says that it is TCP asyncio turns Nagle's algorithm off; with it, an answer in two pieces waits 40 ms.
    listening = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(address)
        listening.listen(_CONNECTIONS)
    except OSError:
        listening.close()
        raise
    return listening


def make_server(app: ASGIApp) -> uvicorn.Server:
    """A server that says nothing on its own; run it with the bound socket.

    Complaints of the packages would be written over the screen, with text of exceptions that may be text of prompts.
    """
    logging.getLogger("python_multipart").setLevel(logging.CRITICAL)
    config = uvicorn.Config(
        app,
        http=PatientProtocol,
        ws="none",
        loop="asyncio",
        lifespan="on",
        log_config=None,
        log_level="critical",
        access_log=False,
        server_header=False,
        date_header=False,  # a proxied answer has its own
        proxy_headers=False,
        h11_max_incomplete_event_size=_HEADER_BYTES,
        timeout_keep_alive=30,
        timeout_graceful_shutdown=_GRACE_S,
    )
    return uvicorn.Server(config)
