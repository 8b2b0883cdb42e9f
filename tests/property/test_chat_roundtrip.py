"""Messages survive being written and read back, and no JSON makes the readers fail or lose anything."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tracetui.model import (
    Media,
    Message,
    Refusal,
    Text,
    Thinking,
    ToolCall,
    ToolDefinition,
    ToolResult,
    Unknown,
)
from tracetui.semconv.chat import (
    dump_messages,
    parse_content,
    parse_messages,
    parse_request,
    parse_response,
    parse_tools,
    system_message,
)

steady = settings(max_examples=100)

WORDS = st.sampled_from(
    ["role", "content", "parts", "type", "text", "tool_calls", "function", "name", "arguments", "id", "choices", "message",
     "messages", "candidates", "output", "input", "user", "assistant", "tool", "tool_use", "tool_result", "thinking",
     "image_url", "source", "data", "functionCall", "toolUse", "response", "summary", "reasoning", "refusal", "model",
     "contents", "prompt", "system", "media", "unknown", "raw", "body", "kwargs", "lc", "usage", "error", "tools", "file",
     "generations", "delta", "url", "data:image/png;base64,AAAA", "{}", "[1]", '{"a": 1}', "tool_call", "call_id"]
)  # fmt: skip
texts = st.text(max_size=8) | WORDS
scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | texts
documents = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=5), max_leaves=20
)
names = st.none() | texts
parts = st.one_of(
    st.builds(Text, texts),
    st.builds(Thinking, texts),
    st.builds(Refusal, texts),
    st.builds(ToolCall, names, texts, documents),
    st.builds(ToolResult, names, documents, st.booleans(), names),
    st.builds(Media, st.sampled_from(["image", "audio", "file"]), names, st.none() | st.integers(0), names, names),
    st.builds(Unknown, documents),
)
conversations = st.lists(
    st.builds(Message, texts, st.lists(parts, max_size=4).map(tuple), names), min_size=1, max_size=4
).map(tuple)


@steady
@given(conversations)
def test_any_conversation_is_read_back_as_it_was_written(conversation: tuple[Message, ...]) -> None:
    assert parse_content(dump_messages(conversation)) == conversation


@steady
@given(conversations)
def test_it_also_survives_being_json_text(conversation: tuple[Message, ...]) -> None:
    assert parse_content(json.dumps(dump_messages(conversation))) == conversation


@steady
@given(documents)
def test_no_json_makes_a_reader_fail(document: Any) -> None:
    content = parse_content(document)
    assert not isinstance(content, tuple) or all(isinstance(message, Message) for message in content)
    assert all(isinstance(message, Message) for message in parse_messages(document, "user"))
    assert all(isinstance(message, Message) for message in parse_request(document).messages)
    assert all(isinstance(message, Message) for message in parse_response(document).messages)
    assert all(isinstance(tool, ToolDefinition) for tool in parse_tools(document))
    assert all(isinstance(message, Message) for message in system_message(document))
    assert dump_messages(content) is not None or document is None or content is None


@steady
@given(
    st.lists(
        st.fixed_dictionaries({"role": st.sampled_from(["user", "assistant", "tool"]), "content": documents}),
        min_size=1,
        max_size=3,
    )
)
def test_every_text_of_a_message_can_still_be_seen(messages: list[dict[str, Any]]) -> None:
    seen = json.dumps(dump_messages(parse_content(messages)), ensure_ascii=False)
    for message in messages:
        if isinstance(message["content"], str):
            assert json.dumps(message["content"], ensure_ascii=False)[1:-1] in seen


@steady
@given(st.dictionaries(st.text("xyz", min_size=3, max_size=5), st.text(min_size=1, max_size=8), max_size=3))
def test_fields_that_nobody_knows_are_kept_as_an_unknown_part(extra: dict[str, str]) -> None:
    (message,) = parse_content([{"role": "user", "content": [{"type": "text", "text": "hello", **extra}], **extra}])
    unknown = [part.raw for part in message.parts if isinstance(part, Unknown)]
    assert unknown == ([extra, extra] if extra else [])


def test_nesting_without_end_is_no_conversation_and_no_error() -> None:
    deep: Any = "bottom"
    for _ in range(50_000):
        deep = [deep]
    assert parse_content(deep) is deep
    text = "[" * 100_000 + "]" * 100_000
    assert parse_content(text) == text
    assert parse_content([{"role": "user", "content": deep}])[0].parts
