"""What is stored of a call that passed: both bodies, usage, times, and how it ended."""

from __future__ import annotations

import http.client
import json
import socket
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.unit.collector.conftest import Client, Settled, totals
from tests.unit.collector.test_proxy import ANSWER, ASKED, CALL, open_call, unused_url, wait_for
from tests.unit.collector.upstream_server import Exchange, Upstream
from tests.unit.wire.test_answer_stream import ANTHROPIC, CHAT, RESPONSES_EVENTS, chunk, sse
from tracetui.collector import proxy as proxy_module
from tracetui.collector import server
from tracetui.collector.listen import Listening
from tracetui.model import Text, Thinking, ToolCall
from tracetui.workspace import open_workspace


def test_a_whole_call_is_stored(caller: Client, upstream: Upstream, settled: Settled) -> None:
    upstream.answers(ANSWER)
    tools = [{"type": "function", "function": {"name": "get", "parameters": {"type": "object"}}}]
    answer = caller.post_json(CALL, {**ASKED, "tools": tools, "temperature": 0.5})
    ((span, payload),) = settled()
    assert (span.kind, span.name, span.model, span.provider) == (
        "generation",
        "chat gpt-5-2026",
        "gpt-5-2026",
        "openai",
    )
    assert (span.usage.input, span.usage.output, span.finish_reason, span.status) == (3, 2, "stop", "success")
    assert span.span_id == span.trace_id == answer.headers["helicone-id"]
    assert span.end_ns is not None
    assert span.end_ns >= span.start_ns
    assert payload.input[0].parts == (Text("hi"),)
    assert payload.output[0].parts == (Text("hello"),)
    assert payload.tools[0].name == "get"
    told = payload.attributes
    assert (told["gen_ai.request.model"], told["gen_ai.response.model"]) == ("gpt-5", "gpt-5-2026")
    assert (told["parameters"], told["http.response.status_code"]) == ({"temperature": 0.5}, 200)
    assert json.loads(payload.raw)["response"] == ANSWER


def test_a_streamed_chat_is_joined(caller: Client, upstream: Upstream, settled: Settled) -> None:
    upstream.streams([CHAT[:50], CHAT[50:]])
    caller.post_json(CALL, {**ASKED, "stream": True})
    ((span, payload),) = settled()
    assert (span.usage.input, span.finish_reason, span.status) == (3, "tool_calls", "success")
    assert payload.output[0].parts == (Text("Hello"), ToolCall("a", "get", {}), ToolCall("b", "find", {"q": 1}))
    assert span.ttft_ns is not None
    assert span.end_ns is not None
    assert 0 < span.ttft_ns <= span.end_ns - span.start_ns


def test_a_streamed_message_is_joined_with_its_thinking(caller: Client, upstream: Upstream, settled: Settled) -> None:
    upstream.streams([ANTHROPIC])
    caller.post_json(
        "/anthropic/v1/messages", {"model": "claude", "max_tokens": 5, "messages": ASKED["messages"], "stream": True}
    )
    ((span, payload),) = settled()
    assert (span.provider, span.finish_reason) == ("anthropic", "tool_use")
    assert (span.usage.input, span.usage.cache_read, span.usage.output) == (9, 4, 20)
    assert payload.output[0].parts == (Thinking("hm"), Text("Yes"), ToolCall("t", "get", {"a": 1}))


def test_a_streamed_response_is_joined(caller: Client, upstream: Upstream, settled: Settled) -> None:
    whole = {"id": "r1", "object": "response", "model": "gpt-5", "status": "completed", "output": [{"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "Hello"}]}], "usage": {"input_tokens": 5, "input_tokens_details": {"cached_tokens": 2}, "output_tokens": 7}}  # fmt: skip
    upstream.streams([sse(*RESPONSES_EVENTS, {"type": "response.completed", "response": whole})])
    caller.post_json(
        "/openai/v1/responses", {"model": "gpt-5", "input": "hi", "instructions": "be brief", "stream": True}
    )
    ((span, payload),) = settled()
    assert (span.usage.input, span.usage.cache_read, span.usage.output, span.status) == (3, 2, 7, "success")
    assert [message.role for message in payload.input] == ["system", "user"]
    assert payload.output[0].parts == (Text("Hello"),)


def test_a_stream_without_usage_says_so_and_has_no_tokens(caller: Client, upstream: Upstream, settled: Settled) -> None:
    upstream.streams([sse(chunk({"content": "hi"}), chunk({}, finish="stop"), done=True)])
    caller.post_json(CALL, {**ASKED, "stream": True})
    ((span, payload),) = settled()
    assert (span.usage.is_recorded, span.cost.usd, span.cost.reason) == (False, None, "no usage")
    assert "stream_options.include_usage" in payload.attributes["usage"]


def test_an_embedding_is_stored_without_its_vectors_as_messages(
    caller: Client, upstream: Upstream, settled: Settled
) -> None:
    upstream.answers({"object": "list", "data": [{"embedding": "AAAA"}], "model": "e", "usage": {"prompt_tokens": 4}})
    caller.post_json("/openai/v1/embeddings", {"model": "e", "input": ["a", "b"]})
    ((span, payload),) = settled()
    assert (span.kind, span.usage.input, payload.output) == ("embedding", 4, None)
    assert payload.input[0].parts == (Text("a"), Text("b"))


@pytest.mark.parametrize(
    ("status", "body", "said"),
    [
        (429, b'{"error": {"message": "slow down", "type": "rate_limit"}}', "slow down"),
        (529, b'{"type": "error", "error": {"type": "overloaded_error", "message": "busy"}}', "busy"),
        (503, b"<html>upstream is away</html>", "<html>upstream is away</html>"),
        (500, b"", "HTTP status 500"),
        (400, b"{}", "HTTP status 400"),
    ],
)
def test_a_refused_call_is_an_error_with_its_reason(
    caller: Client, upstream: Upstream, settled: Settled, status: int, body: bytes, said: str
) -> None:
    upstream.answer = lambda exchange: exchange.whole(body, status)
    assert caller.post_json(CALL, ASKED).status == status
    ((span, payload),) = settled()
    assert (span.status, span.status_message, span.model) == ("error", said, "gpt-5")
    assert payload.attributes["http.response.status_code"] == status
    assert payload.input[0].parts == (Text("hi"),)


def test_an_error_in_the_middle_of_a_stream_is_an_error(caller: Client, upstream: Upstream, settled: Settled) -> None:
    upstream.streams([ANTHROPIC[:900].rpartition(b"\n\n")[0] + b"\n\n" + sse({"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}})])  # fmt: skip
    caller.post_json("/anthropic/v1/messages", ASKED)
    ((span, _),) = settled()
    assert (span.status, span.status_message) == ("error", "Overloaded")


@pytest.mark.parametrize(("data", "said"), [(CHAT[:400], "ended before"), (ANTHROPIC[:900], "ended before")])
def test_a_stream_that_just_ends_is_an_error_with_what_came(
    caller: Client, upstream: Upstream, settled: Settled, data: bytes, said: str
) -> None:
    upstream.streams([data])
    caller.post_json(CALL, ASKED)
    ((span, payload),) = settled()
    assert span.status == "error"
    assert said in (span.status_message or "")
    assert span.usage.output in (None, 1)
    assert payload.output


def test_a_server_that_breaks_off_is_an_error_with_what_came(
    proxied: Listening, upstream: Upstream, settled: Settled
) -> None:
    def answer(exchange: Exchange) -> None:
        exchange.head(200, {"content-type": "text/event-stream", "transfer-encoding": "chunked"})
        exchange.chunk(sse(chunk({"content": "Hel"})))
        exchange.cut()

    upstream.answer = answer
    connection, response = open_call(proxied.address)
    with pytest.raises(http.client.IncompleteRead):
        response.read()
    connection.close()
    ((span, payload),) = settled()
    assert "broke off" in (span.status_message or "")
    assert payload.output[0].parts == (Text("Hel"),)


def test_a_server_that_cannot_be_reached_is_an_error(
    start: Callable[..., Listening], store: Path, upstream: Upstream
) -> None:
    running = start(upstreams={"openai": unused_url()})
    Client(running.address).post_json(CALL, ASKED)
    running.close()
    assert totals(store)["statuses"]["error"] == 1


def test_a_call_that_its_client_cancels_is_cancelled_at_the_server_and_stored_as_such(
    proxied: Listening, upstream: Upstream, settled: Settled
) -> None:
    is_gone = threading.Event()

    def answer(exchange: Exchange) -> None:
        exchange.head(200, {"content-type": "text/event-stream", "transfer-encoding": "chunked"})
        exchange.chunk(sse(chunk({"content": "Hel"})))
        exchange.wait_until_gone()
        is_gone.set()

    upstream.answer = answer
    connection, response = open_call(proxied.address)
    response.read(10)
    response.close()
    connection.close()
    assert is_gone.wait(30)
    ((span, payload),) = settled()
    assert (span.status, payload.attributes["is_cancelled"]) == ("error", True)
    assert "cancelled by the client" in (span.status_message or "")
    assert payload.output[0].parts == (Text("Hel"),)
    assert span.end_ns is not None


def test_a_call_cancelled_before_its_answer_is_cancelled_at_the_server(
    proxied: Listening, upstream: Upstream, settled: Settled
) -> None:
    has_come, is_gone = threading.Event(), threading.Event()

    def answer(exchange: Exchange) -> None:
        has_come.set()
        exchange.wait_until_gone()
        is_gone.set()

    upstream.answer = answer
    with socket.create_connection((proxied.address.host, proxied.address.port)) as sender:
        body = json.dumps(ASKED).encode()
        sender.sendall(
            b"POST %s HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n%s" % (CALL.encode(), len(body), body)
        )
        assert has_come.wait(30)
    assert is_gone.wait(30)
    ((span, _),) = settled()
    assert "cancelled by the client" in (span.status_message or "")


def test_a_call_that_runs_when_the_collector_ends_is_stored_as_stopped(
    start: Callable[..., Listening], upstream: Upstream, store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "_GRACE_S", 0)
    has_come = threading.Event()

    def answer(exchange: Exchange) -> None:
        has_come.set()
        exchange.wait_until_gone()

    upstream.answer = answer
    running = start(upstreams={"openai": upstream.url})
    caller = threading.Thread(target=Client(running.address).post_json, args=(CALL, ASKED))
    caller.start()
    assert has_come.wait(30)
    running.close()
    caller.join()
    with open_workspace([store]) as workspace:
        workspace.catch_up()
        (trace,) = workspace.traces()
    assert (trace.status, trace.status_message) == ("error", "the collector was stopped before the answer was whole")


def test_a_sender_that_goes_away_in_its_request_is_stored_as_cancelled(
    proxied: Listening, upstream: Upstream, settled: Settled
) -> None:
    with socket.create_connection((proxied.address.host, proxied.address.port)) as sender:
        sender.sendall(b'POST %s HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n{"model"' % CALL.encode())
    wait_for(lambda: proxied.counts().accepted == 1)
    ((span, _),) = settled()
    assert "cancelled by the client" in (span.status_message or "")


def test_a_call_that_takes_long_is_shown_as_running_until_it_ends(
    proxied: Listening, upstream: Upstream, store: Path, settled: Settled, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(proxy_module, "_SHOWN_AFTER_S", 0.05)
    may_end = threading.Event()

    def answer(exchange: Exchange) -> None:
        assert may_end.wait(30)
        exchange.events([CHAT])

    upstream.answer = answer
    running = threading.Thread(target=Client(proxied.address).post_json, args=(CALL, ASKED))
    running.start()
    wait_for(lambda: proxied.counts().accepted == 1)
    assert (totals(store)["statuses"]["running"], totals(store)["models"]) == (1, {"gpt-5": 1})
    may_end.set()
    running.join()
    ((span, payload),) = settled()
    assert (span.status, span.usage.input, payload.output[0].parts[0]) == ("success", 3, Text("Hello"))


def test_what_is_not_a_call_of_a_model_passes_and_is_not_stored(
    caller: Client, proxied: Listening, store: Path, settled: Settled
) -> None:
    caller.send("GET", "/openai/v1/models")
    caller.post_json("/anthropic/v1/messages/count_tokens", {})
    caller.send("GET", "/openai/v1/responses")
    assert settled() == []
    assert proxied.counts().ignored == 3
