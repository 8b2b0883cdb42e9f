"""Messages of every provider, in the shapes their own documentation shows."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tracetui.model import Media, Message, Refusal, Text, Thinking, ToolCall, ToolResult, Unknown
from tracetui.semconv.chat import dump_messages, parse_content, parse_messages

PNG = "iVBORw0KGgo="
IMAGE = Media("image", "image/png", 8, "sha256:4c4b6a3be131", PNG)


def user(*parts: Any) -> Message:
    return Message("user", parts)


def assistant(*parts: Any) -> Message:
    return Message("assistant", parts)


CALL = ToolCall("c1", "find", {"q": 1})

CONVERSATIONS: dict[str, tuple[Any, tuple[Message, ...]]] = {
    "OpenAI: text": ([{"role": "user", "content": "hi"}], (user(Text("hi")),)),
    "OpenAI: parts": (
        [{"role": "user", "content": [
            {"type": "text", "text": "look"},
            {"type": "image_url", "image_url": {"url": "https://x.test/a.png", "detail": "high"}},
            {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PNG}"}},
            {"type": "input_audio", "input_audio": {"data": "AAAA", "format": "wav"}},
            {"type": "file", "file": {"file_id": "file-1", "filename": "a.pdf"}},
        ]}],
        (user(
            Text("look"), Media("image", None, None, "https://x.test/a.png"), IMAGE,
            Media("audio", "audio/wav", 3, "sha256:709e80c88487", "AAAA"), Media("file", None, None, "file-1"),
        ),),
    ),
    "OpenAI: tool call and result": (
        [
            {"role": "assistant", "content": None, "tool_calls": [
                {"id": "c1", "type": "function", "function": {"name": "find", "arguments": '{"q": 1}'}}
            ]},
            {"role": "tool", "tool_call_id": "c1", "content": '{"found": true}'},
        ],
        (assistant(CALL), Message("tool", (ToolResult("c1", '{"found": true}'),))),
    ),
    "OpenAI: arguments that do not parse stay text": (
        [{"role": "assistant", "tool_calls": [{"id": "c", "type": "function", "function": {"name": "f", "arguments": '{"q": '}}]}],
        (assistant(ToolCall("c", "f", '{"q": ')),),
    ),
    "OpenAI: custom tool": (
        [{"role": "assistant", "tool_calls": [{"id": "c", "type": "custom", "custom": {"name": "sql", "input": "select 1"}}]}],
        (assistant(ToolCall("c", "sql", "select 1")),),
    ),
    "OpenAI: legacy function call": (
        [
            {"role": "assistant", "content": None, "function_call": {"name": "f", "arguments": "{}"}},
            {"role": "function", "name": "f", "content": "done"},
        ],
        (assistant(ToolCall(None, "f", {})), Message("tool", (ToolResult(None, "done", name="f"),))),
    ),
    "OpenAI: refusal": (
        [{"role": "assistant", "content": None, "refusal": "I can't help with that."}],
        (assistant(Refusal("I can't help with that.")),),
    ),
    "OpenAI: spoken answer": (
        [{"role": "assistant", "content": None, "audio": {"id": "audio_1", "data": "AAAA", "transcript": "hello"}}],
        (assistant(Media("audio", None, 3, "audio_1", "AAAA"), Text("hello")),),
    ),
    "OpenAI: names": ([{"role": "user", "name": "ada", "content": "hi"}], (Message("user", (Text("hi"),), "ada"),)),
    "DeepSeek, OpenRouter: reasoning beside the content": (
        [{"role": "assistant", "content": "42", "reasoning_content": "six times seven"}],
        (assistant(Thinking("six times seven"), Text("42")),),
    ),
    "Responses: items": (
        [
            {"role": "user", "content": [{"type": "input_text", "text": "go"}]},
            {"type": "reasoning", "id": "rs", "summary": [{"type": "summary_text", "text": "hm"}]},
            {"type": "function_call", "call_id": "c1", "id": "fc", "name": "find", "arguments": '{"q": 1}', "status": "completed"},
            {"type": "function_call_output", "call_id": "c1", "output": "yes"},
            {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "ok", "annotations": []}]},
        ],
        (
            user(Text("go")), assistant(Thinking("hm")), assistant(CALL),
            Message("tool", (ToolResult("c1", "yes"),)), assistant(Text("ok")),
        ),
    ),
    "Responses: a hosted tool keeps all it says": (
        [{"type": "web_search_call", "id": "ws", "status": "completed", "action": {"query": "x"}}],
        (assistant(ToolCall("ws", "web_search", {"action": {"query": "x"}})),),
    ),
    "Responses: encrypted reasoning is shown as it is": (
        [{"type": "reasoning", "id": "rs", "summary": [], "encrypted_content": "gAAA"}],
        (assistant(Unknown({"type": "reasoning", "id": "rs", "summary": [], "encrypted_content": "gAAA"})),),
    ),
    "Anthropic: blocks": (
        [
            {"role": "assistant", "content": [
                {"type": "thinking", "thinking": "let me see", "signature": "EqQ"},
                {"type": "redacted_thinking", "data": "xyz"},
                {"type": "text", "text": "looking", "cache_control": {"type": "ephemeral"}},
                {"type": "tool_use", "id": "c1", "name": "find", "input": {"q": 1}},
            ]},
            {"role": "user", "content": [
                {"type": "tool_result", "tool_use_id": "c1", "is_error": True,
                 "content": [{"type": "text", "text": "no"}, {"type": "text", "text": "way"}]},
            ]},
        ],
        (
            assistant(Thinking("let me see"), Unknown({"type": "redacted_thinking", "data": "xyz"}), Text("looking"), CALL),
            user(ToolResult("c1", "no\nway", True)),
        ),
    ),
    "Anthropic: media": (
        [{"role": "user", "content": [
            {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": PNG}},
            {"type": "image", "source": {"type": "url", "url": "https://x.test/b"}},
            {"type": "document", "source": {"type": "file", "file_id": "file_9"}, "title": "T"},
            {"type": "document", "source": {"type": "text", "media_type": "text/plain", "data": "all the text"}},
        ]}],
        (user(
            IMAGE, Media("image", None, None, "https://x.test/b"), Media("file", None, None, "file_9"),
            Media("file", "text/plain"), Text("all the text"),
        ),),
    ),
    "Anthropic: a tool result with an image stays whole": (
        [{"role": "user", "content": [{"type": "tool_result", "tool_use_id": "c", "content": [
            {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": PNG}}]}]}],
        (user(ToolResult("c", [{"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": PNG}}])),),
    ),
    "Gemini": (
        [
            {"role": "user", "parts": [{"text": "hi"}, {"inlineData": {"mimeType": "image/png", "data": PNG}}]},
            {"role": "model", "parts": [{"text": "hm", "thought": True}, {"functionCall": {"name": "find", "args": {"q": 1}, "id": "c1"}}]},
            {"role": "user", "parts": [{"functionResponse": {"name": "find", "id": "c1", "response": {"ok": 1}}}]},
            {"parts": [{"text": "no role"}]},
        ],
        (
            user(Text("hi"), IMAGE), assistant(Thinking("hm"), CALL),
            user(ToolResult("c1", {"ok": 1}, name="find")), user(Text("no role")),
        ),
    ),
    "Ollama": (
        [
            {"role": "user", "content": "see", "images": [PNG]},
            {"role": "assistant", "content": "", "thinking": "hm", "tool_calls": [{"function": {"name": "find", "arguments": {"q": 1}}}]},
            {"role": "tool", "content": "12", "tool_name": "find"},
        ],
        (
            user(Text("see"), Media("image", None, 8, "sha256:4c4b6a3be131", PNG)),
            assistant(Thinking("hm"), ToolCall(None, "find", {"q": 1})),
            Message("tool", (ToolResult(None, "12", name="find"),)),
        ),
    ),
    "Bedrock": (
        [
            {"role": "assistant", "content": [
                {"reasoningContent": {"reasoningText": {"text": "hm", "signature": "s"}}},
                {"text": "ok"}, {"toolUse": {"toolUseId": "c1", "name": "find", "input": {"q": 1}}}]},
            {"role": "user", "content": [{"toolResult": {"toolUseId": "c1", "status": "error", "content": [{"text": "no"}]}}]},
        ],
        (assistant(Thinking("hm"), Text("ok"), CALL), user(ToolResult("c1", "no", True))),
    ),
    "OpenTelemetry GenAI": (
        [
            {"role": "user", "parts": [{"type": "text", "content": "hi"}, {"type": "blob", "modality": "image", "mime_type": "image/png", "content": PNG},
                                       {"type": "uri", "modality": "audio", "uri": "https://x.test/a"}]},
            {"role": "assistant", "parts": [{"type": "reasoning", "content": "hm"}, {"type": "tool_call", "id": "c1", "name": "find", "arguments": {"q": 1}}],
             "finish_reason": "tool_call"},
            {"role": "tool", "parts": [{"type": "tool_call_response", "id": "c1", "response": {"a": [1]}}]},
        ],
        (
            user(Text("hi"), IMAGE, Media("audio", None, None, "https://x.test/a")),
            assistant(Thinking("hm"), CALL), Message("tool", (ToolResult("c1", {"a": [1]}),)),
        ),
    ),
    "Logfire: thinking": (
        [{"role": "assistant", "parts": [{"type": "thinking", "content": "hm"}, {"type": "text", "content": "ok"}]}],
        (assistant(Thinking("hm"), Text("ok")),),
    ),
    "Vercel": (
        [
            {"role": "assistant", "content": [{"type": "reasoning", "text": "hm"}, {"type": "tool-call", "toolCallId": "c1", "toolName": "find", "input": '{"q": 1}'}]},
            {"role": "tool", "content": [{"type": "tool-result", "toolCallId": "c1", "toolName": "find", "output": {"type": "json", "value": {"a": 1}}}]},
            {"role": "tool", "content": [{"type": "tool-result", "toolCallId": "c2", "toolName": "find", "output": {"type": "error-text", "value": "no"}}]},
        ],
        (
            assistant(Thinking("hm"), CALL), Message("tool", (ToolResult("c1", {"a": 1}, name="find"),)),
            Message("tool", (ToolResult("c2", "no", True, "find"),)),
        ),
    ),
    "Vercel: messages of the user interface": (
        [{"role": "assistant", "content": "sunny", "parts": [
            {"type": "tool-invocation", "toolInvocation": {"state": "result", "toolCallId": "c1", "toolName": "find", "args": {"q": 1}, "result": "sun"}},
            {"type": "text", "text": "sunny"}]}],
        (assistant(CALL, ToolResult("c1", "sun", name="find"), Text("sunny")),),
    ),
    "LangChain: type words": (
        [
            {"type": "human", "content": "hi"},
            {"type": "ai", "content": "", "tool_calls": [{"name": "find", "args": {"q": 1}, "id": "c1", "type": "tool_call"}], "additional_kwargs": {}},
            {"type": "tool", "content": "no", "tool_call_id": "c1", "status": "error"},
        ],
        (user(Text("hi")), assistant(CALL), Message("tool", (ToolResult("c1", "no", True),))),
    ),
    "LangChain: serialised, in a batch": (
        [[{"lc": 1, "type": "constructor", "id": ["langchain", "schema", "messages", "HumanMessage"], "kwargs": {"content": "hi", "type": "human"}},
          {"lc": 1, "type": "constructor", "id": ["langchain", "schema", "messages", "AIMessage"],
           "kwargs": {"content": [{"type": "tool_use", "id": "c1", "name": "find", "input": {"q": 1}}], "tool_calls": [{"name": "find", "args": {"q": 1}, "id": "c1"}]}}]],
        (user(Text("hi")), assistant(CALL)),
    ),
    "LlamaIndex": ([{"role": "MessageRole.USER", "blocks": [{"block_type": "text", "text": "hi"}], "additional_kwargs": {}}], (user(Text("hi")),)),
    "roles of other providers": (
        [{"role": "CHATBOT", "message": "a"}, {"role": "human", "content": "b"}, {"role": "planner", "content": "c"}],
        (assistant(Text("a")), user(Text("b")), Message("planner", (Text("c"),))),
    ),
    "one message": ({"role": "user", "content": "hi"}, (user(Text("hi")),)),
    "each message as JSON text": ([json.dumps({"role": "user", "content": "hi"})], (user(Text("hi")),)),
    "parts without a role": (
        [{"type": "text", "text": "a"}, {"type": "tool_use", "id": "c1", "name": "find", "input": {"q": 1}}],
        (assistant(Text("a"), CALL),),
    ),
    "a request body": ({"model": "m", "messages": [{"role": "user", "content": "hi"}], "temperature": 0.2}, (user(Text("hi")),)),
    "a response body": ({"choices": [{"message": {"role": "assistant", "content": "ok"}, "finish_reason": "stop"}]}, (assistant(Text("ok")),)),
    "a state with messages keeps the rest": (
        {"messages": [{"role": "user", "content": "hi"}], "next": "agent"},
        (user(Text("hi")), Message("other", (Unknown({"next": "agent"}),))),
    ),
    "what is no message among messages is kept": (
        [{"role": "user", "content": "hi"}, {"note": 1}],
        (user(Text("hi")), Message("other", (Unknown({"note": 1}),))),
    ),
    "an unknown part": ([{"role": "user", "content": [{"type": "hologram", "x": 1}]}], (user(Unknown({"type": "hologram", "x": 1})),)),
    "citations stay visible": (
        [{"role": "assistant", "content": [{"type": "text", "text": "a", "citations": [{"url": "u"}]}]}],
        (assistant(Text("a"), Unknown({"citations": [{"url": "u"}]})),),
    ),
}  # fmt: skip


@pytest.mark.parametrize(("value", "wanted"), CONVERSATIONS.values(), ids=list(CONVERSATIONS))
def test_messages_of_every_provider_become_ours(value: Any, wanted: tuple[Message, ...]) -> None:
    assert parse_content(value) == wanted


@pytest.mark.parametrize(("value", "wanted"), CONVERSATIONS.values(), ids=list(CONVERSATIONS))
def test_they_may_come_as_json_text(value: Any, wanted: tuple[Message, ...]) -> None:
    assert parse_content(json.dumps(value)) == wanted


@pytest.mark.parametrize(("value", "wanted"), CONVERSATIONS.values(), ids=list(CONVERSATIONS))
def test_what_we_write_of_them_is_read_back(value: Any, wanted: tuple[Message, ...]) -> None:
    assert parse_content(dump_messages(wanted)) == wanted


@pytest.mark.parametrize(
    "value",
    [None, "plain text", "", 5, True, [], {}, [1, 2], {"a": 1}, ["a", "b"], {"question": "?", "choices": ["a", "b"]},
     {"role": "admin", "email": "a@x.test"}, {"input": "a question"}, [{"id": 1}, {"id": 2}], {"prompt": "draw a cat"},
     [{"type": "file", "name": "a.txt"}], "[not json", "{also not"],
)  # fmt: skip
def test_anything_else_stays_itself(value: Any) -> None:
    assert parse_content(value) == value
    assert dump_messages(value) == value


def test_json_text_that_is_no_conversation_is_parsed_once() -> None:
    assert parse_content('{"station": "X0"}') == {"station": "X0"}
    assert parse_content('"{}"') == '"{}"'
    assert parse_content('{"inner": "{\\"a\\": 1}"}') == {"inner": '{"a": 1}'}


def test_arguments_that_were_text_stay_text_although_they_would_parse() -> None:
    conversation = (assistant(ToolCall("c", "f", '{"a": 1}'), ToolCall("c", "f", "[")),)
    dumped = dump_messages(conversation)
    assert dumped[0]["parts"][0]["verbatim"] is True
    assert "verbatim" not in dumped[0]["parts"][1]
    assert parse_content(dumped) == conversation


@pytest.mark.parametrize(
    ("value", "wanted"), [("hi", (assistant(Text("hi")),)), (None, ()), ({"a": 1}, (assistant(Unknown({"a": 1})),))]
)
def test_any_value_can_be_asked_for_as_messages(value: Any, wanted: tuple[Message, ...]) -> None:
    assert parse_messages(value, "assistant") == wanted
