"""Streamed answers → the body that the same answer has when it is not streamed."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracetui.wire.answer_stream import AnswerStream
from tracetui.wire.room import Room
from tracetui.wire.sse import EventLines

LARGE = 1 << 20


def sse(*events: Any, done: bool = False) -> bytes:
    lines = [f"data: {json.dumps(event)}\n\n" for event in events]
    return "".join([*lines, "data: [DONE]\n\n"] if done else lines).encode()


def read(data: bytes, room: int = LARGE, piece: int = 0) -> AnswerStream:
    stream = AnswerStream(Room(room), LARGE)
    step = piece or len(data) or 1
    for begin in range(0, len(data), step):
        stream.feed(data[begin : begin + step])
    stream.end()
    return stream


def chunk(delta: dict[str, Any] | None = None, index: int = 0, finish: str | None = None, **top: Any) -> dict[str, Any]:
    choices = [{"index": index, "delta": delta, "finish_reason": finish}] if delta is not None else []
    return {"id": "c1", "object": "chat.completion.chunk", "model": "gpt-5", "choices": choices, **top}


CHAT = sse(
    chunk({"role": "assistant", "content": ""}),
    chunk({"content": "Hel"}),
    chunk({"content": "lo"}),
    chunk({"tool_calls": [{"index": 1, "id": "b", "type": "function", "function": {"name": "find", "arguments": ""}}]}),
    chunk({"tool_calls": [{"index": 0, "id": "a", "type": "function", "function": {"name": "get", "arguments": "{"}}]}),
    chunk({"tool_calls": [{"index": 1, "function": {"arguments": '{"q":1}'}}]}),
    chunk({"tool_calls": [{"index": 0, "id": "", "function": {"name": None, "arguments": "}"}}]}),
    chunk({}, finish="tool_calls"),
    chunk(usage={"prompt_tokens": 3, "completion_tokens": 2}),
    done=True,
)
CHAT_BODY = {
    "id": "c1",
    "model": "gpt-5",
    "object": "chat.completion",
    "choices": [
        {
            "index": 0,
            "message": {
                "role": "assistant",
                "content": "Hello",
                "tool_calls": [
                    {"index": 0, "id": "a", "type": "function", "function": {"name": "get", "arguments": "{}"}},
                    {"index": 1, "id": "b", "type": "function", "function": {"name": "find", "arguments": '{"q":1}'}},
                ],
            },
            "finish_reason": "tool_calls",
        }
    ],
    "usage": {"prompt_tokens": 3, "completion_tokens": 2},
}
ANTHROPIC_EVENTS: list[dict[str, Any]] = [
    {"type": "message_start", "message": {"id": "m1", "type": "message", "role": "assistant", "model": "claude", "content": [],
     "stop_reason": None, "usage": {"input_tokens": 9, "cache_read_input_tokens": 4, "output_tokens": 1}}},
    {"type": "ping"},
    {"type": "content_block_start", "index": 0, "content_block": {"type": "thinking", "thinking": "", "signature": ""}},
    {"type": "content_block_delta", "index": 0, "delta": {"type": "thinking_delta", "thinking": "hm"}},
    {"type": "content_block_delta", "index": 0, "delta": {"type": "signature_delta", "signature": "s1"}},
    {"type": "content_block_stop", "index": 0},
    {"type": "content_block_start", "index": 1, "content_block": {"type": "text", "text": ""}},
    {"type": "content_block_delta", "index": 1, "delta": {"type": "text_delta", "text": "Yes"}},
    {"type": "content_block_start", "index": 2, "content_block": {"type": "tool_use", "id": "t", "name": "get", "input": {}}},
    {"type": "content_block_delta", "index": 2, "delta": {"type": "input_json_delta", "partial_json": '{"a"'}},
    {"type": "content_block_delta", "index": 2, "delta": {"type": "input_json_delta", "partial_json": ": 1}"}},
    {"type": "message_delta", "delta": {"stop_reason": "tool_use", "stop_sequence": None}, "usage": {"output_tokens": 20}},
    {"type": "message_stop"},
]  # fmt: skip
ANTHROPIC = sse(*ANTHROPIC_EVENTS)
ANTHROPIC_BODY = {
    "type": "message",
    "role": "assistant",
    "stop_reason": "tool_use",
    "stop_sequence": None,
    "id": "m1",
    "model": "claude",
    "content": [
        {"type": "thinking", "thinking": "hm", "signature": "s1"},
        {"type": "text", "text": "Yes"},
        {"type": "tool_use", "id": "t", "name": "get", "input": {"a": 1}},
    ],
    "usage": {"input_tokens": 9, "cache_read_input_tokens": 4, "output_tokens": 20},
}
RESPONSE = {"id": "r1", "object": "response", "model": "gpt-5", "status": "completed", "usage": {"input_tokens": 5}}
RESPONSES_EVENTS: list[dict[str, Any]] = [
    {"type": "response.created", "response": {**RESPONSE, "status": "in_progress", "usage": None, "output": []}},
    {"type": "response.output_item.added", "output_index": 0, "item": {"type": "reasoning", "id": "x", "summary": []}},
    {"type": "response.reasoning_summary_text.delta", "output_index": 0, "summary_index": 0, "delta": "think"},
    {"type": "response.output_item.added", "output_index": 1,
     "item": {"type": "message", "id": "y", "role": "assistant", "status": "in_progress", "content": []}},
    {"type": "response.output_text.delta", "output_index": 1, "content_index": 0, "delta": "Hel"},
    {"type": "response.output_text.delta", "output_index": 1, "content_index": 0, "delta": "lo"},
    {"type": "response.output_item.added", "output_index": 2,
     "item": {"type": "function_call", "name": "get", "call_id": "k", "arguments": ""}},
    {"type": "response.function_call_arguments.delta", "output_index": 2, "delta": '{"a":1}'},
]  # fmt: skip
OUTPUT = [
    {"type": "reasoning", "id": "x", "summary": [{"type": "summary_text", "text": "think"}]},
    {
        "type": "message", "id": "y", "role": "assistant", "status": "in_progress",
        "content": [{"type": "output_text", "text": "Hello"}],
    },
    {"type": "function_call", "name": "get", "call_id": "k", "arguments": '{"a":1}'},
]  # fmt: skip
LAST = {"type": "response.completed", "response": {**RESPONSE, "output": OUTPUT}}


@pytest.mark.parametrize(
    ("data", "body"),
    [
        (CHAT, CHAT_BODY),
        (ANTHROPIC, ANTHROPIC_BODY),
        (sse(*RESPONSES_EVENTS, LAST), {**RESPONSE, "output": OUTPUT}),
    ],
    ids=["chat", "anthropic", "responses"],
)
@pytest.mark.parametrize("piece", [0, 1, 7])
def test_a_stream_becomes_the_body_however_it_is_cut(data: bytes, body: dict[str, Any], piece: int) -> None:
    stream = read(data, piece=piece)
    assert stream.body() == body
    assert stream.is_whole


def test_a_response_that_is_cut_off_has_what_was_said() -> None:
    stream = read(sse(*RESPONSES_EVENTS))
    body = stream.body()
    assert (body["output"], body["model"], stream.is_whole) == (OUTPUT, "gpt-5", False)
    assert body.get("usage") is None


@pytest.mark.parametrize("count", range(1, 11))
def test_a_message_that_is_cut_off_is_not_whole(count: int) -> None:
    stream = read(sse(*ANTHROPIC_EVENTS[:count]))
    assert not stream.is_whole
    assert stream.body()["usage"]["output_tokens"] == 1


def test_a_completion_of_the_older_kind_is_joined() -> None:
    body = read(sse({"choices": [{"index": 0, "text": "a"}]}, {"choices": [{"index": 0, "text": "b", "finish_reason": "stop"}]})).body()  # fmt: skip
    assert body["choices"] == [{"index": 0, "text": "ab", "finish_reason": "stop"}]
    assert body["object"] == "text_completion"


@pytest.mark.parametrize("key", ["reasoning_content", "refusal", "reasoning"])
def test_thinking_and_refusals_are_joined(key: str) -> None:
    body = read(sse(chunk({key: "I "}), chunk({key: "am"}))).body()
    assert body["choices"][0]["message"][key] == "I am"


@pytest.mark.parametrize(
    "event",
    [
        {"error": {"message": "overloaded", "type": "server_error"}},
        {"type": "error", "error": {"message": "overloaded", "type": "overloaded_error"}},
    ],
)
@pytest.mark.parametrize("before", [b"", CHAT[:200], ANTHROPIC[:400]])
def test_an_error_in_the_stream_is_in_the_body(event: dict[str, Any], before: bytes) -> None:
    begin = before[: before.rfind(b"\n\n") + 2] if before else b""
    assert read(begin + sse(event)).body()["error"]["message"] == "overloaded"


def test_what_is_no_event_of_a_model_is_kept_as_it_came() -> None:
    assert read(sse({"a": 1}, {"b": 2})).body() == [{"a": 1}, {"b": 2}]
    assert read(b": nothing\n\n").body() is None


def test_broken_events_are_counted_and_the_others_are_read() -> None:
    stream = read(b"data: {\n\n" + CHAT + b"data: [1]\n\n")
    assert (stream.body(), stream.malformed) == (CHAT_BODY, 2)


def test_beyond_the_room_nothing_is_kept_but_the_usage_is_read() -> None:
    room = Room(100)
    stream = AnswerStream(room, LARGE)
    for _ in range(50):
        stream.feed(sse(chunk({"content": "0123456789"})))
    stream.feed(sse(chunk({}, finish="stop"), chunk(usage={"prompt_tokens": 1, "completion_tokens": 150})))
    body = stream.body()
    assert room.is_full
    assert len(body["choices"][0]["message"]["content"]) <= 100
    assert body["usage"]["completion_tokens"] == 150


def test_an_event_that_is_too_long_is_left_out_and_counted() -> None:
    lines = EventLines(100)
    data = b"data: " + b"x" * 200 + b"\n\ndata: after\r\n\r\n"
    for piece in (1, 50, len(data)):
        lines = EventLines(100)
        found = [event for begin in range(0, len(data), piece) for event in lines.feed(data[begin : begin + piece])]
        assert (found, lines.too_long) == ([b"after"], 1)


@given(st.lists(st.binary(max_size=30)), st.integers(min_value=1, max_value=40))
def test_any_bytes_give_the_same_events_however_they_are_cut(parts: list[bytes], piece: int) -> None:
    data = b"\n".join(b"data:" + part if number % 2 else part for number, part in enumerate(parts))
    whole, cut = EventLines(50), EventLines(50)
    expected = [*whole.feed(data), *whole.end()]
    assert [*(event for begin in range(0, len(data), piece) for event in cut.feed(data[begin : begin + piece])), *cut.end()] == expected  # fmt: skip
    assert whole.too_long == cut.too_long


JSON = st.sampled_from(
    [None, True, -1, 0, 3, 1e300, "", "x", [], {}, [1], [None], [{"index": 0}], [{"index": "a", "delta": {"content": 1}}],
     {"index": -1}, {"content": []}, {"content": {"text": [1]}}, {"text": "a"}, {"text": {"text": "b"}}, {"type": ["x"]},
     [{"delta": {"tool_calls": [{"index": 0, "function": "f"}]}}], [{"delta": "x", "text": "y"}], {"usage": 5, "output": 3},
     [{"index": 0, "message": {"content": "m"}, "finish_reason": 4}], {"partial_json": {"a": 1}}, {"delta": {"delta": {}}}]
)  # fmt: skip
KINDS = st.sampled_from([*(event["type"] for event in ANTHROPIC_EVENTS + RESPONSES_EVENTS), "error", "x"])


@given(st.lists(st.fixed_dictionaries({}, optional={
    "type": KINDS, "index": JSON, "output_index": JSON, "content_index": JSON, "item": JSON, "delta": JSON, "choices": JSON,
    "content_block": JSON, "message": JSON, "response": JSON, "usage": JSON, "error": JSON,
}), max_size=8))  # fmt: skip
def test_no_event_of_any_shape_is_a_defect(events: list[dict[str, Any]]) -> None:
    body = read(sse(*events)).body()
    assert body is None or json.dumps(body)
