"""The logging proxy as its senders see it: bytes, streams as they come, who may call, and that recording never hurts."""

from __future__ import annotations

import gzip
import http.client
import json
import socket
import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.unit.collector.conftest import Client, totals
from tests.unit.collector.upstream_server import Exchange, Upstream
from tests.unit.wire.test_answer_stream import CHAT
from tracetui.collector import proxy as proxy_module
from tracetui.collector.listen import Address, Listening, listen
from tracetui.collector.upstream import parse_upstream
from tracetui.errors import WrongUse

Start = Callable[..., Listening]
CALL = "/openai/v1/chat/completions"
ASKED = {"model": "gpt-5", "messages": [{"role": "user", "content": "hi"}]}
ANSWER = {"id": "c1", "model": "gpt-5-2026", "choices": [{"index": 0, "message": {"role": "assistant", "content": "hello"}, "finish_reason": "stop"}], "usage": {"prompt_tokens": 3, "completion_tokens": 2}}  # fmt: skip


def unused_url() -> str:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{taken.getsockname()[1]}"


def open_call(address: Address, path: str = CALL, document: Any = ASKED) -> tuple[http.client.HTTPConnection, Any]:
    """A call whose answer has begun."""
    connection = http.client.HTTPConnection(address.host, address.port, timeout=30)
    connection.request("POST", path, json.dumps(document), {"content-type": "application/json"})
    return connection, connection.getresponse()


@pytest.mark.parametrize(
    ("method", "path", "target"),
    [
        ("POST", "/openai/v1/chat/completions", "/v1/chat/completions"),
        ("GET", "/openai/v1/models", "/v1/models"),
        ("GET", "/openai/v1/files/a%2Fb%20c/content?after=x%26y&limit=2&empty=", "/v1/files/a%2Fb%20c/content?after=x%26y&limit=2&empty="),
        ("DELETE", "/openai/v1/responses/r_1/", "/v1/responses/r_1/"),
        ("PATCH", "/openai/anything//at/../all?", "/anything//at/../all"),
        ("POST", "/anthropic/v1/messages?beta=true", "/v1/messages?beta=true"),
        ("POST", "/v1/messages/count_tokens", "/v1/messages/count_tokens"),
        ("POST", "/v1/embeddings", "/v1/embeddings"),
        ("OPTIONS", "/openai/", "/"),
    ],
)  # fmt: skip
def test_a_request_goes_on_as_it_came(caller: Client, upstream: Upstream, method: str, path: str, target: str) -> None:
    body = bytes(range(256)) * 5 if method in ("POST", "PATCH") else None
    answer = caller.send(method, path, body, content_type="application/x-any", x_stainless_lang="python")
    (asked,) = upstream.asked
    assert (answer.status, asked.method, asked.target, asked.body) == (200, method, target, body or b"")
    assert asked.header("x-stainless-lang") == "python"
    assert asked.header("host") == upstream.url.removeprefix("http://")


def test_a_body_of_unknown_length_goes_on_in_pieces(caller: Client, upstream: Upstream) -> None:
    connection = http.client.HTTPConnection(caller.address.host, caller.address.port, timeout=30)
    connection.request("POST", "/openai/v1/files", iter([b"--x\r\n", b"a" * 100_000, b"--x--"]), encode_chunked=True,
                       headers={"transfer-encoding": "chunked", "content-type": "multipart/form-data; boundary=x"})  # fmt: skip
    assert connection.getresponse().read() == b"{}"
    connection.close()
    (asked,) = upstream.asked
    assert asked.body == b"--x\r\n" + b"a" * 100_000 + b"--x--"
    assert asked.header("content-type") == "multipart/form-data; boundary=x"


def test_headers_of_one_connection_and_of_the_logger_do_not_go_on(caller: Client, upstream: Upstream) -> None:
    caller.send("POST", CALL, b"{}", connection="keep-alive, X-Mine", x_mine="1", keep_alive="5", te="trailers",
                helicone_auth="Bearer h-key", helicone_session_id="s", x_tracetui_token="t", accept_encoding="gzip, br;q=0.9, zstd",
                traceparent="00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", authorization="Bearer sk-1")  # fmt: skip
    (asked,) = upstream.asked
    names = {name.lower() for name, _ in asked.headers}
    assert not names & {"x-mine", "keep-alive", "te", "helicone-auth", "helicone-session-id", "x-tracetui-token"}
    assert asked.header("authorization") == "Bearer sk-1"
    assert asked.header("accept-encoding") == "gzip, zstd"
    assert asked.header("traceparent") is not None


def test_no_header_is_added_to_the_request(caller: Client, upstream: Upstream) -> None:
    caller.send("GET", "/openai/v1/models", accept_encoding="identity")
    assert {name.lower() for name, _ in upstream.asked[0].headers} == {"host", "accept-encoding"}


@pytest.mark.parametrize("status", [200, 201, 400, 401, 404, 429, 500, 529])
def test_an_answer_comes_back_as_it_is(caller: Client, upstream: Upstream, status: int) -> None:
    body = gzip.compress(b'{"error": {"message": "no"}}')
    upstream.answer = lambda exchange: exchange.whole(
        body,
        status,
        content_encoding="gzip",
        retry_after="7",
        x_request_id="r",
        date="yesterday",
        keep_alive="timeout=5",
    )
    answer = caller.post_json(CALL, ASKED)
    assert (answer.status, answer.body) == (status, body)
    expected = {"content-encoding": "gzip", "retry-after": "7", "x-request-id": "r", "date": "yesterday"}
    assert {name: answer.headers.get(name) for name in expected} == expected
    assert "keep-alive" not in answer.headers
    assert answer.headers["helicone-id"]


@pytest.mark.parametrize(("method", "status"), [("HEAD", 200), ("GET", 204), ("GET", 304)])
def test_answers_without_a_body_have_none(caller: Client, upstream: Upstream, method: str, status: int) -> None:
    upstream.answer = lambda exchange: exchange.head(status, {"content-length": "5"} if method == "HEAD" else {})
    answer = caller.send(method, "/openai/v1/models")
    assert (answer.status, answer.body) == (status, b"")


def test_a_stream_comes_piece_by_piece(proxied: Listening, upstream: Upstream) -> None:
    may_go_on = threading.Event()
    events = [event + b"\n\n" for event in CHAT.split(b"\n\n") if event]

    def answer(exchange: Exchange) -> None:
        exchange.head(200, {"content-type": "text/event-stream", "transfer-encoding": "chunked"})
        for event in events:
            exchange.chunk(event)
            assert may_go_on.wait(30)
            may_go_on.clear()
        exchange.chunk(b"")

    upstream.answer = answer
    connection, response = open_call(proxied.address)
    for event in events:
        assert response.read(len(event)) == event
        may_go_on.set()
    assert response.read() == b""
    connection.close()


def test_a_sender_that_reads_slowly_holds_the_server_up(proxied: Listening, upstream: Upstream) -> None:
    piece, is_held, sent = b"x" * (1 << 20), threading.Event(), []

    def answer(exchange: Exchange) -> None:
        exchange.head(200, {"content-type": "application/octet-stream", "content-length": str(len(piece) * 200)})
        exchange.send_until_held(piece, 200, sent, is_held)

    upstream.answer = answer
    connection, response = open_call(proxied.address, "/openai/v1/files/f/content")
    assert is_held.wait(30)
    assert len(sent) < 100
    assert len(response.read()) == len(piece) * 200
    connection.close()


def test_a_server_that_cannot_be_reached_is_said_in_the_form_of_the_sdk(start: Start, store: Path) -> None:
    gone = unused_url()
    client = Client(start(upstreams={"openai": gone, "anthropic": gone}).address)
    openai, anthropic = client.post_json(CALL, ASKED), client.post_json("/anthropic/v1/messages", ASKED)
    assert (openai.status, anthropic.status) == (502, 502)
    assert gone.removeprefix("http://") + " cannot be reached" in openai.json["error"]["message"]
    assert anthropic.json["type"] == "error"
    assert "cannot be reached" in anthropic.json["error"]["message"]


def test_a_server_that_hangs_up_before_it_answers_is_said(caller: Client, upstream: Upstream) -> None:
    upstream.answer = Exchange.cut
    answer = caller.post_json(CALL, ASKED)
    assert answer.status == 502
    assert "broke off before it answered" in answer.json["error"]["message"]


def test_the_proxy_of_the_environment_holds(start: Start, upstream: Upstream, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", upstream.url)
    monkeypatch.setenv("no_proxy", "")
    client = Client(start(upstreams={"openai": "http://api.example/base/v1", "anthropic": unused_url()}).address)
    assert client.send("GET", "/openai/v1/models?a=%20b").status == 200
    assert upstream.asked[0].target == "http://api.example/base/v1/models?a=%20b"
    assert client.send("GET", "/anthropic/v1/models").status == 502  # this machine is not asked through it
    assert len(upstream.asked) == 1


def test_a_proxy_of_the_environment_that_cannot_be_used_is_a_sentence(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("https_proxy", "strange://user:hunter2@proxy.example")
    monkeypatch.setenv("no_proxy", "")
    answer = Client(start(upstreams={"openai": "https://api.example"}).address).post_json(CALL, ASKED)
    assert answer.status == 502
    assert "HTTPS_PROXY" in answer.json["error"]["message"]
    assert b"hunter2" not in answer.body


def test_an_answer_that_breaks_off_breaks_off_for_the_sender_too(proxied: Listening, upstream: Upstream) -> None:
    def answer(exchange: Exchange) -> None:
        exchange.head(200, {"content-type": "text/event-stream", "transfer-encoding": "chunked"})
        exchange.chunk(CHAT[:300])
        exchange.cut()

    upstream.answer = answer
    connection, response = open_call(proxied.address)
    with pytest.raises(http.client.IncompleteRead):
        response.read()
    connection.close()


@pytest.mark.parametrize(
    "path", ["/v1/trace", "/v1/profiles", "/v1/chatty", "/openai", "/openaix/v1/models", "/v2/messages"]
)
def test_what_is_no_known_call_does_not_leave_the_machine(caller: Client, upstream: Upstream, path: str) -> None:
    assert caller.post_json(path, ASKED).status == 404
    assert upstream.asked == []


def test_the_other_addresses_are_still_the_collectors(caller: Client, upstream: Upstream) -> None:
    assert caller.post_json("/v1/traces", {"resourceSpans": []}).status == 200
    assert caller.send("GET", "/info").status == 200
    assert upstream.asked == []


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 401),
        ({"authorization": "Bearer s3cret"}, 401),
        ({"x_api_key": "s3cret"}, 401),
        ({"x_tracetui_token": "wrong"}, 401),
        ({"x_tracetui_token": "s3cret"}, 200),
        ({"helicone_auth": "Bearer s3cret"}, 200),
    ],
)
def test_the_token_of_a_call_has_a_header_of_its_own(
    start: Start, upstream: Upstream, headers: dict[str, str], status: int
) -> None:
    client = Client(start(token="s3cret", upstreams={"openai": upstream.url}).address)
    assert client.post_json(CALL, ASKED, **headers).status == status
    assert len(upstream.asked) == (status == 200)
    assert all("s3cret" not in value for asked in upstream.asked for _, value in asked.headers)


def test_pages_of_a_browser_cannot_call(caller: Client, upstream: Upstream) -> None:
    assert caller.post_json(CALL, ASKED, origin="https://evil.example").status == 403
    assert caller.post_json(CALL, ASKED, host="evil.example").status == 403
    assert upstream.asked == []


def test_a_locked_store_costs_the_record_and_not_the_call(
    caller: Client, proxied: Listening, upstream: Upstream, store: Path
) -> None:
    proxied._writer._conn.execute("PRAGMA busy_timeout = 1")
    upstream.answers(ANSWER)
    other = sqlite3.connect(store)
    other.execute("BEGIN IMMEDIATE")
    assert caller.post_json(CALL, ASKED).json == ANSWER
    wait_for(lambda: proxied.counts().lost == 1)
    assert "1 lost" in proxied.told()
    assert "locked" in proxied.told()
    other.rollback()
    other.close()
    assert caller.post_json(CALL, ASKED).json == ANSWER
    wait_for(lambda: proxied.counts().accepted == 1)
    assert totals(store)["spans"] == 1


def test_a_defect_in_reading_a_call_costs_the_record_and_not_the_call(
    caller: Client, proxied: Listening, upstream: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stumble(_: Any) -> Any:
        raise ZeroDivisionError("sk-secret")

    monkeypatch.setattr(proxy_module, "captured_of", stumble)
    upstream.answers(ANSWER)
    assert caller.post_json(CALL, ASKED).json == ANSWER
    wait_for(lambda: proxied.counts().lost == 1)
    assert "ZeroDivisionError" in proxied.told()
    assert "sk-secret" not in proxied.told()


def test_calls_at_once_do_not_wait_for_each_other(proxied: Listening, upstream: Upstream) -> None:
    together = threading.Barrier(20, timeout=30)

    def answer(exchange: Exchange) -> None:
        together.wait()
        exchange.whole(b"{}")

    upstream.answer = answer
    statuses: list[int] = []

    def call() -> None:
        statuses.append(Client(proxied.address).post_json(CALL, ASKED).status)

    threads = [threading.Thread(target=call) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert statuses == [200] * 20


@pytest.mark.parametrize(
    ("url", "shown", "path"),
    [
        ("https://api.openai.com", "https://api.openai.com", ""),
        ("https://api.groq.com/openai/v1/", "https://api.groq.com", "/openai"),
        ("http://[::1]:8080/v1", "http://[::1]:8080", ""),
    ],
)
def test_an_upstream_is_given_with_or_without_its_version(url: str, shown: str, path: str) -> None:
    upstream = parse_upstream("openai", url)
    assert (upstream.origin, upstream.path) == (shown, path)


@pytest.mark.parametrize(
    "url", ["api.openai.com", "ftp://x", "https://", "https://user:hunter2@x", "http://x:port", "https://x/?key=1"]
)
def test_what_is_no_upstream_is_a_sentence_without_a_password(url: str, tmp_path: Path) -> None:
    with pytest.raises(WrongUse) as raised:
        listen(tmp_path / "dev.db", Address(port=0), upstreams={"openai": url})
    assert "hunter2" not in str(raised.value)
    assert not (tmp_path / "dev.db").exists()


def test_a_collector_is_not_its_own_upstream(tmp_path: Path) -> None:
    url = unused_url()
    with pytest.raises(WrongUse, match="this collector itself"):
        listen(tmp_path / "dev.db", Address(port=int(url.rpartition(":")[2])), upstreams={"openai": url})
    assert not (tmp_path / "dev.db").exists()


def wait_for(condition: Callable[[], bool]) -> None:
    """Return when a condition of the collector's thread holds."""
    for _ in range(3000):
        if condition():
            return
        threading.Event().wait(0.01)
    raise AssertionError("it never held")
