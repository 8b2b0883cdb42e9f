"""OpenAI's and Anthropic's API on the loopback, as far as one small agent run needs them: deterministic, and no network.

What is answered follows from the request: the model `MODEL-fails` is refused with 400 (which no client repeats), a
conversation that ends in a tool's result gets the closing answer, any other the call of the tool. A stream gets the same
in pieces.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

ARGUMENTS = {"order_id": 1042}
ANSWER = "Order 1042 is on its way."
REFUSED = "this model is not here"
OPENAI_USAGE = [
    {
        "prompt_tokens": 100, "completion_tokens": 20, "total_tokens": 120,
        "prompt_tokens_details": {"cached_tokens": 60}, "completion_tokens_details": {"reasoning_tokens": 8},
    },
    {
        "prompt_tokens": 150, "completion_tokens": 10, "total_tokens": 160,
        "prompt_tokens_details": {"cached_tokens": 128}, "completion_tokens_details": {"reasoning_tokens": 0},
    },
]  # fmt: skip
ANTHROPIC_USAGE = [
    {"input_tokens": 40, "cache_read_input_tokens": 60, "cache_creation_input_tokens": 16, "output_tokens": 20},
    {"input_tokens": 22, "cache_read_input_tokens": 128, "cache_creation_input_tokens": 0, "output_tokens": 10},
]


def openai_answer(request: dict[str, Any]) -> dict[str, Any]:
    """A chat completion."""
    is_second = request["messages"][-1]["role"] == "tool"
    function = {"name": "find_order", "arguments": json.dumps(ARGUMENTS)}
    called = {
        "role": "assistant",
        "content": None,
        "tool_calls": [{"id": "call_1", "type": "function", "function": function}],
    }
    message = {"role": "assistant", "content": ANSWER} if is_second else called
    finish = "stop" if is_second else "tool_calls"
    return {
        "id": f"chatcmpl-{int(is_second)}", "object": "chat.completion", "created": 1_795_000_000, "model": request["model"],
        "choices": [{"index": 0, "message": message, "finish_reason": finish, "logprobs": None}],
        "usage": OPENAI_USAGE[is_second],
    }  # fmt: skip


def anthropic_answer(request: dict[str, Any]) -> dict[str, Any]:
    """A message."""
    last = request["messages"][-1]["content"]
    is_second = isinstance(last, list) and last[-1]["type"] == "tool_result"
    called = {"type": "tool_use", "id": "toolu_1", "name": "find_order", "input": ARGUMENTS}
    return {
        "id": f"msg_{int(is_second)}", "type": "message", "role": "assistant", "model": request["model"],
        "content": [{"type": "text", "text": ANSWER} if is_second else called],
        "stop_reason": "end_turn" if is_second else "tool_use", "stop_sequence": None,
        "usage": ANTHROPIC_USAGE[is_second],
    }  # fmt: skip


def openai_pieces(answer: dict[str, Any]) -> Iterator[str]:
    """The events of a streamed completion, with the usage that `include_usage` asks for."""
    (choice,) = answer["choices"]
    message = choice["message"]
    deltas: list[dict[str, Any]] = [{"role": "assistant", "content": None if message["content"] is None else ""}]
    for index, call in enumerate(message.get("tool_calls", ())):
        function, given = call["function"], call["function"]["arguments"]
        deltas.append({"tool_calls": [{**call, "index": index, "function": {**function, "arguments": ""}}]})
        pieces = (given[:5], given[5:])
        deltas += [{"tool_calls": [{"index": index, "function": {"arguments": piece}}]} for piece in pieces]
    deltas += [{"content": word} for word in re.findall(r"\S+ ?", message["content"] or "")]
    chunk = {**answer, "object": "chat.completion.chunk", "usage": None}
    for number, delta in enumerate([*deltas, {}]):
        finish = choice["finish_reason"] if number == len(deltas) else None
        yield _event({**chunk, "choices": [{"index": 0, "delta": delta, "finish_reason": finish, "logprobs": None}]})
    yield _event({**chunk, "choices": [], "usage": answer["usage"]})
    yield "data: [DONE]\n\n"


def anthropic_pieces(answer: dict[str, Any]) -> Iterator[str]:
    """The events of a streamed message."""
    (block,) = answer["content"]
    empty = {**block, "input": {}} if block["type"] == "tool_use" else {**block, "text": ""}
    said = json.dumps(block["input"]) if block["type"] == "tool_use" else block["text"]
    kind, key = ("input_json_delta", "partial_json") if block["type"] == "tool_use" else ("text_delta", "text")
    begun = {**answer, "content": [], "stop_reason": None, "usage": {**answer["usage"], "output_tokens": 1}}
    ended = {"stop_reason": answer["stop_reason"], "stop_sequence": None}
    yield _named({"type": "message_start", "message": begun})
    yield _named({"type": "content_block_start", "index": 0, "content_block": empty})
    for piece in (said[:7], said[7:]):
        yield _named({"type": "content_block_delta", "index": 0, "delta": {"type": kind, key: piece}})
    yield _named({"type": "content_block_stop", "index": 0})
    yield _named(
        {"type": "message_delta", "delta": ended, "usage": {"output_tokens": answer["usage"]["output_tokens"]}}
    )
    yield _named({"type": "message_stop"})


def _event(data: dict[str, Any]) -> str:
    return f"data: {json.dumps(data)}\n\n"


def _named(data: dict[str, Any]) -> str:
    return f"event: {data['type']}\n{_event(data)}"


def openai_refusal() -> dict[str, Any]:
    """OpenAI's error."""
    return {"error": {"message": REFUSED, "type": "invalid_request_error", "param": "model", "code": "model_not_found"}}


def anthropic_refusal() -> dict[str, Any]:
    """Anthropic's error."""
    return {"type": "error", "error": {"type": "invalid_request_error", "message": REFUSED}}


_ROUTES = {
    "/v1/chat/completions": (openai_answer, openai_pieces, openai_refusal),
    "/v1/messages": (anthropic_answer, anthropic_pieces, anthropic_refusal),
}


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        request = json.loads(self.rfile.read(int(self.headers["content-length"])))
        answer, pieces, refusal = _ROUTES[self.path.partition("?")[0]]
        if request["model"].endswith("-fails"):
            self._answer(400, "application/json", json.dumps(refusal()))
        elif request.get("stream"):
            self._answer(200, "text/event-stream", *pieces(answer(request)))
        else:
            self._answer(200, "application/json", json.dumps(answer(request)))

    def _answer(self, status: int, kind: str, *pieces: str) -> None:
        self.send_response(status)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(sum(len(piece.encode()) for piece in pieces)))
        self.end_headers()
        for piece in pieces:
            self.wfile.write(piece.encode())

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@contextmanager
def serving_models() -> Iterator[str]:
    """The base address of both, without `/v1`."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
