"""The ports that a collector wants, and who answers there. Only the loopback is asked."""

from __future__ import annotations

import http.client
import json
import socket
from collections.abc import Iterator
from typing import Literal, TypeAlias

from msgspec import Struct

from tracetui.collector.listen import DEFAULT_HOST, DEFAULT_PORT, GRPC_PORT
from tracetui.collector.refusal import TOKEN_MISSING
from tracetui.doctor.findings import Finding
from tracetui.doctor.private import word

_WAIT_S = 0.5
_ANSWER = 65_536
_BOTH = {"endpoints", "batch_ingest_config"}
"""Keys of the answers to Datadog's tracer and to LangSmith's SDK: nobody else gives both at once."""

State: TypeAlias = Literal["free", "tracetui", "http", "other"]
"""`tracetui`: a collector of ours; `http`: somebody who speaks HTTP; `other`: somebody."""


class Port(Struct, frozen=True):
    """A port of the loopback, and who listens there; `server` is what that server calls itself."""

    port: int
    state: State
    server: str | None = None


def look_at_ports(ports: tuple[int, ...] = (DEFAULT_PORT, GRPC_PORT)) -> list[Port]:
    """Ask each port; at most a second each."""
    return [_look(port) for port in ports]


def _look(port: int) -> Port:
    try:
        socket.create_connection((DEFAULT_HOST, port), _WAIT_S).close()
    except ConnectionRefusedError:
        return Port(port, "free")
    except OSError:
        return Port(port, "other")
    try:
        return _ask(port)
    except (OSError, http.client.HTTPException):
        return Port(port, "other")


def _ask(port: int) -> Port:
    """Ask as a tracer does that wants to know whom it speaks to; our collector answers that."""
    connection = http.client.HTTPConnection(DEFAULT_HOST, port, timeout=_WAIT_S)
    try:
        connection.request("GET", "/info")
        answer = connection.getresponse()
        body = answer.read(_ANSWER)
        server = word(answer.getheader("Server"))
    finally:
        connection.close()
    return Port(port, "tracetui" if _is_ours(body) else "http", server)


def _is_ours(body: bytes) -> bool:
    try:
        document = json.loads(body)
    except ValueError:
        return False
    return isinstance(document, dict) and (document.keys() >= _BOTH or document.get("error") == TOKEN_MISSING)


def judge_ports(ports: list[Port]) -> Iterator[Finding]:
    """Ports that are taken by somebody else: `listen` has to be given another one."""
    for port in ports:
        if port.state not in ("free", "tracetui"):
            who = f"a server that calls itself {port.server}" if port.server else "another program"
            what = f"port {port.port} is in use by {who}"
            remedy = (
                "tracetui listen 4319 --into STORE" if port.port == DEFAULT_PORT else "tracetui listen --grpc 4320 …"
            )
            yield Finding("ports", "note", what, remedy)
