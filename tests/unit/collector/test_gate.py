"""Who may send, and how much: the loopback, web pages, tokens, bombs, overload."""

from __future__ import annotations

import asyncio
import base64
import gzip
import http.client
import json
import socket
import stat
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from starlette.requests import Request

from tests.unit.collector.conftest import Client, totals
from tests.unit.collector.test_otlp import request, span
from tracetui.collector import gate, server
from tracetui.collector.bodies import Bodies, Limits
from tracetui.collector.listen import Address, Listening, listen, parse_address
from tracetui.collector.refusal import Refusal
from tracetui.errors import WrongUse
from tracetui.wire import otlp_request as wire

Start = Callable[..., Listening]
KIND = {"content_type": "application/json"}


@pytest.mark.parametrize(
    "headers",
    [
        {"host": "evil.example:4318"},
        {"host": "127.0.0.1.evil.example"},
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"sec_fetch_site": "cross-site"},
    ],
)
def test_web_pages_and_rebound_names_are_refused(
    client: Client, collector: Listening, store: Path, headers: dict[str, str]
) -> None:
    answer = client.post_json("/v1/traces", request(span()), **headers)
    assert (answer.status, answer.json["code"]) == (403, wire.PERMISSION_DENIED)
    assert not [name for name in answer.headers if name.startswith("access-control")]
    assert (totals(store)["spans"], collector.counts().refused) == (0, 1)


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1:4318", "[::1]:9"])
def test_names_of_this_machine_are_taken(client: Client, host: str) -> None:
    assert client.post_json("/v1/traces", request(span()), host=host).status == 200


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 401),
        ({"authorization": "Bearer wrong"}, 401),
        ({"authorization": "Bearer s3cret"}, 200),
        ({"authorization": "Basic " + base64.b64encode(b"pk-any:s3cret").decode()}, 200),
        ({"x_api_key": "s3cret"}, 200),
        ({"dd_api_key": "s3cret"}, 200),
    ],
)
def test_a_token_is_asked_for_in_the_places_where_sdks_put_theirs(
    start: Start, headers: dict[str, str], status: int
) -> None:
    client = Client(start(token="s3cret").address)
    assert client.post_json("/v1/traces", request(span()), **headers).status == status


def test_another_address_gets_a_token_of_its_own(tmp_path: Path) -> None:
    running = listen(tmp_path / "dev.db", Address("0.0.0.0", 0))
    try:
        assert running.token is not None
        assert len(running.token) >= 32
        client = Client(Address("127.0.0.1", running.address.port))
        assert client.post_json("/v1/traces", request(span()), host="devbox:4318").status == 401
        authorization = f"Bearer {running.token}"
        assert client.post_json("/v1/traces", request(span()), host="devbox", authorization=authorization).status == 200
    finally:
        running.close()


def test_an_empty_token_is_none(store: Path) -> None:
    with pytest.raises(WrongUse, match="empty"):
        listen(store, Address("0.0.0.0", 0), token=" ")
    assert not store.exists()


def test_a_bomb_does_not_go_off(start: Start, store: Path) -> None:
    client = Client(start(limits=Limits(sent=1 << 20, inflated=4 << 20)).address)
    bomb = gzip.compress(b" " * (64 << 20))
    assert len(bomb) < 1 << 20
    answer = client.send("POST", "/v1/traces", bomb, content_encoding="gzip", **KIND)
    assert answer.status == 413
    assert client.post_json("/v1/traces", request(span())).status == 200


def test_a_body_over_the_limit_is_refused(start: Start) -> None:
    client = Client(start(limits=Limits(sent=1000)).address)
    assert client.send("POST", "/v1/traces", b" " * 1001, **KIND).status == 413


def test_too_much_at_once_is_to_be_sent_again(start: Start) -> None:
    client = Client(start(limits=Limits(together=1000)).address)
    answer = client.send("POST", "/v1/traces", b" " * 1001, **KIND)
    assert (answer.status, answer.headers["retry-after"]) == (503, "1")


def sent_in_pieces(pieces: AsyncIterator[bytes], **headers: str) -> Request:
    async def receive() -> dict[str, object]:
        piece = await anext(pieces, None)
        return {"type": "http.request", "body": piece or b"", "more_body": piece is not None}

    raw = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return Request({"type": "http", "method": "POST", "headers": raw}, receive)


@pytest.mark.parametrize("encoding", ["identity", "gzip"])
async def test_bodies_that_still_arrive_count_among_all_together(encoding: str) -> None:
    bodies, may_end, is_half = Bodies(Limits(together=1000)), asyncio.Event(), asyncio.Event()
    whole = b" " * 600 if encoding == "identity" else gzip.compress(b" " * 400, mtime=0) + b"\0" * 500

    async def slowly() -> AsyncIterator[bytes]:
        yield whole[:-50]
        is_half.set()
        await may_end.wait()
        yield whole[-50:]

    async def at_once() -> AsyncIterator[bytes]:
        yield b" " * 600

    first = asyncio.create_task(bodies.read(sent_in_pieces(slowly(), content_encoding=encoding)))
    await is_half.wait()
    with pytest.raises(Refusal) as refused:
        await bodies.read(sent_in_pieces(at_once()))
    assert refused.value.status == 503
    may_end.set()
    bodies.release(len(await first))
    assert len(await bodies.read(sent_in_pieces(at_once()))) == 600


def test_a_body_that_does_not_arrive_is_given_up(start: Start) -> None:
    address = start(limits=Limits(seconds=0.05)).address
    with socket.create_connection((address.host, address.port), timeout=10) as sender:
        head = "POST /v1/traces HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 10\r\n\r\n{"
        sender.sendall(head.encode())
        assert b" 408 " in sender.recv(1 << 16)


@pytest.mark.parametrize("sent", [b"", b"POST /v1/traces HTTP/1.1\r\nHost: local"])
@pytest.mark.parametrize("is_second", [False, True])
def test_a_head_that_does_not_arrive_ends_the_connection(
    monkeypatch: pytest.MonkeyPatch, collector: Listening, sent: bytes, is_second: bool
) -> None:
    monkeypatch.setattr(server, "_HEADERS_S", 0.1)
    with socket.create_connection((collector.address.host, collector.address.port), timeout=20) as sender:
        if is_second:
            sender.sendall(b"GET /info HTTP/1.1\r\nHost: localhost\r\n\r\n")
            sender.recv(1 << 16)
            sent = sent or b"G"
        sender.sendall(sent)
        while sender.recv(1 << 16):
            pass


def test_one_connection_too_many_is_to_come_again_and_is_counted(
    monkeypatch: pytest.MonkeyPatch, client: Client, collector: Listening
) -> None:
    monkeypatch.setattr(server, "_CONNECTIONS", 1)
    kept = http.client.HTTPConnection(collector.address.host, collector.address.port, timeout=20)
    statuses = []
    for _ in range(2):
        kept.request("GET", "/info")
        response = kept.getresponse()
        response.read()
        statuses.append(response.status)
        answer = client.post_json("/v1/traces", request(span()))
        told = (answer.status, answer.headers["retry-after"], answer.headers["connection"], answer.json["code"])
        assert told == (503, "2", "close", wire.UNAVAILABLE)
    kept.close()
    assert (statuses, collector.counts().refused) == ([200, 200], 2)


def drip(sender: socket.socket, until: float) -> None:
    while time.monotonic() < until:
        sender.sendall(b"x")


def test_a_refused_body_that_drips_on_ends_the_connection(
    monkeypatch: pytest.MonkeyPatch, collector: Listening
) -> None:
    monkeypatch.setattr(server, "_HEADERS_S", 0.1)
    with socket.create_connection((collector.address.host, collector.address.port), timeout=20) as sender:
        sender.sendall(b"POST /v1/traces HTTP/1.1\r\nHost: evil.example\r\nContent-Length: 1000000000\r\n\r\n")
        assert b" 403 " in sender.recv(1 << 16)
        with pytest.raises(ConnectionError):
            drip(sender, until=time.monotonic() + 20)


def test_long_headers_are_refused(collector: Listening) -> None:
    with socket.create_connection((collector.address.host, collector.address.port), timeout=10) as sender:
        sender.sendall(b"GET / HTTP/1.1\r\nX: " + b"a" * (64 << 10))
        assert b" 400 " in sender.recv(1 << 16)


def test_the_store_is_private(client: Client, store: Path) -> None:
    assert stat.S_IMODE(store.stat().st_mode) == 0o600


def test_a_port_in_use_is_a_sentence(collector: Listening, tmp_path: Path) -> None:
    with pytest.raises(WrongUse, match="cannot listen there"):
        listen(tmp_path / "other.db", collector.address)
    assert not (tmp_path / "other.db").exists()


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("4319", Address(port=4319)),
        (":4319", Address(port=4319)),
        ("0.0.0.0:1", Address("0.0.0.0", 1)),
        ("localhost", Address("localhost")),
        ("[::1]:5", Address("::1", 5)),
    ],
)
def test_addresses_are_read(text: str, address: Address) -> None:
    assert parse_address(text) == address


@pytest.mark.parametrize("text", ["a:b", "1:70000", "host:-1"])
def test_what_is_no_address_is_a_sentence(text: str) -> None:
    with pytest.raises(WrongUse, match="HOST:PORT"):
        parse_address(text)


@pytest.mark.parametrize(("host", "is_local"), [("127.8.9.1", True), ("::1", True), ("10.0.0.1", False), ("", False)])
def test_the_loopback_is_known(host: str, is_local: bool) -> None:
    assert gate.is_loopback(host) is is_local


def test_a_malformed_json_body_says_where(client: Client) -> None:
    answer = client.send("POST", "/v1/traces", json.dumps(request(span())).encode()[:-3], **KIND)
    assert "not JSON" in answer.json["message"]
