"""What is never stored of a call that passed (keys, too much), and what has to be unpacked to be read."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.unit.collector.conftest import Client, Settled, totals
from tests.unit.collector.test_proxy import ANSWER, ASKED, CALL
from tests.unit.collector.upstream_server import Upstream
from tests.unit.wire.test_answer_stream import CHAT, chunk, sse
from tracetui.collector.listen import Listening
from tracetui.collector.proxy_call import Keeping
from tracetui.config import Config
from tracetui.model import Text
from tracetui.redaction import make_redactor
from tracetui.sources.lines_streams import zstd_module

zstd = zstd_module()


def raw_bytes(store: Path) -> bytes:
    """All bytes of a store on disk."""
    return b"".join(path.read_bytes() for path in store.parent.iterdir() if path.is_file())


def test_bodies_that_are_odd_json_are_read(caller: Client, upstream: Upstream, settled: Settled) -> None:
    upstream.streams([b'data: {"choices": [{"index": 0, "delta": {"content": "a\\ud83d"}, "logprobs": NaN}]}\n\n'])
    body = b'{"model": "gpt-5", "messages": [{"role": "user", "content": "x\\udc00"}], "temperature": Infinity}'
    caller.send("POST", CALL, body, content_type="application/json")
    ((span, payload),) = settled()
    assert (span.model, payload.input[0].parts, payload.output[0].parts) == (
        "gpt-5",
        (Text("x\ufffd"),),
        (Text("a\ufffd"),),
    )


@pytest.mark.parametrize(
    ("headers", "query"),
    [
        ({"authorization": "Bearer sk-live-abc123"}, ""),
        ({"x_api_key": "sk-live-abc123"}, ""),
        ({"api_key": "sk-live-abc123"}, ""),
        ({"helicone_auth": "Bearer sk-live-abc123"}, ""),
        (
            {
                "cookie": "session=sk-live-abc123",
                "x_custom_secret": "sk-live-abc123",
                "helicone_omit_key": "sk-live-abc123",
            },
            "",
        ),
        ({}, "?api-key=sk-live-abc123&x=1"),
        ({"authorization": "Bearer sk-live-abc123"}, "?note=sk-live-abc123"),
    ],
)
@pytest.mark.parametrize("is_stream", [False, True])
def test_keys_are_not_stored_even_where_the_server_repeats_them(
    caller: Client, proxied: Listening, upstream: Upstream, store: Path, settled: Settled, headers: dict[str, str], query: str,
    is_stream: bool,
) -> None:  # fmt: skip
    is_known = "cookie" not in headers
    said = "wrong key sk-live-abc123" if is_known else "wrong key"
    if is_stream:
        upstream.streams([sse(chunk({"content": said}), {"error": {"message": said}})])
    else:
        upstream.answers({"error": {"message": said, "type": "auth"}}, 401)
    asked = {**ASKED, "user": "sk-live-abc123"} if is_known else ASKED
    caller.post_json(CALL + query, asked, **headers)
    ((span, payload),) = settled()
    assert "wrong key" in (span.status_message or "")
    assert b"sk-live-abc123" not in raw_bytes(store)
    assert "sk-live-abc123" not in proxied.told()
    if query:
        assert "KEY" in payload.attributes["url.query"]


@pytest.mark.parametrize(
    ("encoding", "pack"), [("gzip", gzip.compress), ("zstd", zstd.compress), ("identity", bytes), ("br", bytes)]
)
@pytest.mark.parametrize("is_stream", [False, True])
def test_a_compressed_answer_passes_as_it_is_and_is_read_for_the_record(
    caller: Client, upstream: Upstream, settled: Settled, encoding: str, pack: Callable[[bytes], bytes], is_stream: bool
) -> None:
    body = pack(CHAT if is_stream else json.dumps(ANSWER).encode())
    if is_stream:
        upstream.streams([body[:40], body[40:]], content_encoding=encoding)
    else:
        upstream.answer = lambda exchange: exchange.whole(body, content_encoding=encoding)
    assert caller.post_json(CALL, ASKED).body == body
    ((span, payload),) = settled()
    if encoding == "br":
        assert "br is not read" in payload.attributes["response_body"]
        assert (span.status, span.usage.is_recorded) == ("success", False)
    else:
        assert span.usage.input == 3


def test_a_compressed_request_passes_as_it_is_and_is_read_for_the_record(
    caller: Client, upstream: Upstream, settled: Settled
) -> None:
    upstream.answers(ANSWER)
    body = gzip.compress(json.dumps(ASKED).encode())
    caller.send("POST", CALL, body, content_type="application/json", content_encoding="gzip")
    assert upstream.asked[0].body == body
    ((_, payload),) = settled()
    assert payload.input[0].parts == (Text("hi"),)


def test_of_bodies_beyond_the_limit_the_beginning_is_kept_and_it_is_said(
    start: Callable[..., Listening], upstream: Upstream, store: Path
) -> None:
    running = start(upstreams={"openai": upstream.url}, keeping=Keeping(body=2000))
    answer = {**ANSWER, "padding": "y" * 100_000}
    upstream.answers(answer)
    given = Client(running.address).post_json(CALL, {"model": "gpt-5", "input": "x" * 100_000})
    assert given.json == answer
    assert len(upstream.asked[0].body) > 100_000
    running.close()
    with_all = raw_bytes(store)
    assert b"truncated: " in with_all
    assert b"x" * 16385 not in with_all
    assert b"y" * 16385 not in with_all
    assert (totals(store)["spans"], running.counts().lost) == (1, 0)


def test_calls_that_together_are_too_large_pass_and_are_stored_without_their_bodies(
    start: Callable[..., Listening], upstream: Upstream, store: Path
) -> None:
    running = start(upstreams={"openai": upstream.url}, keeping=Keeping(together=10))
    answer = {**ANSWER, "padding": "y" * 100_000}
    upstream.answers(answer)
    client = Client(running.address)
    assert [client.post_json(CALL, ASKED).json for _ in range(3)] == [answer] * 3
    running.close()
    assert (totals(store)["spans"], totals(store)["tokens"]["input"]) == (3, 0)
    assert b"truncated: " in raw_bytes(store)


def test_a_bomb_does_not_go_off(start: Callable[..., Listening], upstream: Upstream, store: Path) -> None:
    running = start(upstreams={"openai": upstream.url}, keeping=Keeping(body=100_000))
    bomb = gzip.compress(b'{"a": "' + b" " * (64 << 20))
    upstream.answer = lambda exchange: exchange.whole(bomb, content_encoding="gzip")
    assert Client(running.address).post_json(CALL, ASKED).body == bomb
    running.close()
    assert len(raw_bytes(store)) < 1 << 20


def test_a_file_is_told_and_not_kept(caller: Client, upstream: Upstream, settled: Settled) -> None:
    upstream.answer = lambda exchange: exchange.whole(b"\x00\x01" * 500, content_type="audio/mpeg")
    caller.send(
        "POST", "/openai/v1/audio/transcriptions", b"--x\r\n\x00", content_type="multipart/form-data; boundary=x"
    )
    ((span, payload),) = settled()
    assert (span.status, payload.input, payload.output) == ("success", None, None)
    assert "audio/mpeg, 1" in payload.attributes["response_body"]
    assert "multipart/form-data" in payload.attributes["request_body"]


def test_bodies_that_are_not_to_be_kept_are_not(
    caller: Client, upstream: Upstream, store: Path, settled: Settled
) -> None:
    upstream.answers(ANSWER)
    caller.post_json(CALL, {"model": "gpt-5", "messages": [{"role": "user", "content": "private-question"}]}, helicone_omit_request="true", helicone_omit_response="TRUE")  # fmt: skip
    ((span, payload),) = settled()
    assert (payload.input, payload.output, span.usage.input) == (None, None, 3)
    assert b"private-question" not in raw_bytes(store)
    assert b"hello" not in raw_bytes(store)


def test_what_is_to_be_redacted_is_taken_out_before_it_is_written(
    start: Callable[..., Listening], upstream: Upstream, store: Path
) -> None:
    running = start(upstreams={"openai": upstream.url}, redactor=make_redactor(Config()))
    upstream.answers({**ANSWER, "note": "from maria.santos@example.com"})
    asked = {"model": "gpt-5", "messages": [{"role": "user", "content": "I am maria.santos@example.com"}]}
    assert b"maria.santos" in Client(running.address).post_json(CALL, asked).body
    assert b"maria.santos" in upstream.asked[0].body
    running.close()
    assert b"maria.santos" not in raw_bytes(store)
    assert b"[EMAIL]" in raw_bytes(store)
