"""Bodies of requests and answers of every provider, and the tools they offer."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tracetui.model import Message, Refusal, Text, Thinking, ToolCall, ToolDefinition, Unknown, Usage
from tracetui.semconv.chat import Response, is_refusal, parse_request, parse_response, parse_tools

SYSTEM = Message("system", (Text("be brief"),))
HI = Message("user", (Text("hi"),))
OK = Message("assistant", (Text("ok"),))
SCHEMA = {"type": "object", "properties": {"q": {"type": "string"}}}
FIND = ToolDefinition("find", "Finds", SCHEMA)

REQUESTS: dict[str, tuple[Any, tuple[Message, ...], str | None]] = {
    "OpenAI": ({"model": "gpt-5", "messages": [{"role": "system", "content": "be brief"}, {"role": "user", "content": "hi"}]}, (SYSTEM, HI), "gpt-5"),
    "OpenAI completions": ({"model": "davinci", "prompt": "hi"}, (HI,), "davinci"),
    "Responses, text": ({"model": "gpt-5", "instructions": "be brief", "input": "hi"}, (SYSTEM, HI), "gpt-5"),
    "Responses, items": ({"model": "gpt-5", "input": [{"role": "user", "content": [{"type": "input_text", "text": "hi"}]}]}, (HI,), "gpt-5"),
    "Anthropic": ({"model": "claude", "system": "be brief", "messages": [{"role": "user", "content": "hi"}], "max_tokens": 5}, (SYSTEM, HI), "claude"),
    "Anthropic, system in blocks": (
        {"model": "claude", "system": [{"type": "text", "text": "be brief", "cache_control": {"type": "ephemeral"}}], "messages": [{"role": "user", "content": "hi"}]},
        (SYSTEM, HI), "claude",
    ),
    "Gemini": ({"contents": [{"role": "user", "parts": [{"text": "hi"}]}], "systemInstruction": {"parts": [{"text": "be brief"}]}}, (SYSTEM, HI), None),
    "Gemini, bare text": ({"contents": "hi", "model": "gemini"}, (HI,), "gemini"),
    "Ollama generate": ({"model": "llama", "system": "be brief", "prompt": "hi", "stream": True}, (SYSTEM, HI), "llama"),
    "Bedrock": ({"modelId": "nova", "system": [{"text": "be brief"}], "messages": [{"role": "user", "content": [{"text": "hi"}]}]}, (SYSTEM, HI), "nova"),
    "Cohere": ({"model": "command", "preamble": "be brief", "message": "hi"}, (SYSTEM, HI), "command"),
    "in a batch file": ({"custom_id": "1", "method": "POST", "url": "/v1", "body": {"model": "gpt-5", "messages": [{"role": "user", "content": "hi"}]}}, (HI,), "gpt-5"),
    "only messages": ([{"role": "user", "content": "hi"}], (HI,), None),
    "only text": ("hi", (HI,), None),
    "unknown content is kept": ({"model": "m", "prompt": "hi", "knowledge": ["k"]}, (HI, Message("other", (Unknown({"knowledge": ["k"]}),))), "m"),
    "nothing": (None, (), None),
}  # fmt: skip


@pytest.mark.parametrize(("body", "messages", "model"), REQUESTS.values(), ids=list(REQUESTS))
def test_a_request_of_every_provider_is_read(body: Any, messages: tuple[Message, ...], model: str | None) -> None:
    request = parse_request(body)
    assert (request.messages, request.model) == (messages, model)
    assert parse_request(json.dumps(body) if body is not None and body != "hi" else body) == request


def test_a_request_tells_its_tools_and_settings() -> None:
    body = {
        "model": "gpt-5",
        "messages": [{"role": "user", "content": "hi"}],
        "tools": [{"type": "function", "function": {"name": "find", "description": "Finds", "parameters": SCHEMA}}],
        "temperature": 0.2,
        "stream": True,
    }
    request = parse_request(body)
    assert request.tools == (FIND,)
    assert request.parameters == {"temperature": 0.2, "stream": True}
    assert request.is_stream


RESPONSES: dict[str, tuple[Any, Response]] = {
    "OpenAI": (
        {"id": "chatcmpl-1", "model": "gpt-5", "service_tier": "flex", "choices": [{"message": {"role": "assistant", "content": "ok"}, "finish_reason": "stop"}],
         "usage": {"prompt_tokens": 1999, "completion_tokens": 10, "total_tokens": 2009, "prompt_tokens_details": {"cached_tokens": 1792}}},
        Response((OK,), "gpt-5", "stop", Usage(207, 1792, None, 10), False, "chatcmpl-1", "flex"),
    ),
    "OpenAI: refusal field": (
        {"choices": [{"message": {"role": "assistant", "content": None, "refusal": "no"}, "finish_reason": "stop"}]},
        Response((Message("assistant", (Refusal("no"),)),), None, "stop", None, True),
    ),
    "OpenAI: content filter": (
        {"choices": [{"message": {"role": "assistant", "content": ""}, "finish_reason": "content_filter"}]},
        Response((), None, "content_filter", None, True),
    ),
    "OpenAI: two answers": (
        {"choices": [{"message": {"content": "ok"}, "finish_reason": "stop"}, {"message": {"content": "ok"}, "finish_reason": "length"}]},
        Response((OK, OK), None, "stop"),
    ),
    "OpenAI completions": ({"choices": [{"text": "ok", "finish_reason": "length"}]}, Response((OK,), None, "length")),
    "Responses": (
        {"id": "resp_1", "object": "response", "status": "completed", "model": "gpt-5", "output": [
            {"type": "reasoning", "summary": [{"type": "summary_text", "text": "hm"}]},
            {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "ok", "annotations": []}]},
            {"type": "function_call", "call_id": "c", "name": "f", "arguments": "{}"}],
         "usage": {"input_tokens": 17903, "input_tokens_details": {"cached_tokens": 17817}, "output_tokens": 100, "output_tokens_details": {"reasoning_tokens": 64}, "total_tokens": 18003}},
        Response((Message("assistant", (Thinking("hm"), Text("ok"), ToolCall("c", "f", {}))),), "gpt-5", "completed", Usage(86, 17817, None, 100, 64), False, "resp_1"),
    ),
    "Responses: cut, and refused": (
        {"object": "response", "status": "incomplete", "incomplete_details": {"reason": "content_filter"}, "output": [
            {"type": "message", "role": "assistant", "content": [{"type": "refusal", "refusal": "no"}]}]},
        Response((Message("assistant", (Refusal("no"),)),), None, "content_filter", None, True),
    ),
    "Anthropic": (
        {"id": "msg_1", "type": "message", "role": "assistant", "model": "claude", "content": [{"type": "text", "text": "ok"}], "stop_reason": "end_turn", "stop_sequence": None,
         "usage": {"input_tokens": 19, "cache_read_input_tokens": 39000, "cache_creation_input_tokens": 0, "output_tokens": 7}},
        Response((OK,), "claude", "end_turn", Usage(19, 39000, 0, 7), False, "msg_1"),
    ),
    "Anthropic: refusal": (
        {"type": "message", "role": "assistant", "content": [], "stop_reason": "refusal"},
        Response((), None, "refusal", None, True),
    ),
    "Gemini": (
        {"candidates": [{"content": {"role": "model", "parts": [{"text": "ok"}]}, "finishReason": "STOP"}], "modelVersion": "gemini-2.5", "responseId": "r",
         "usageMetadata": {"promptTokenCount": 10, "candidatesTokenCount": 5, "thoughtsTokenCount": 7, "totalTokenCount": 22}},
        Response((OK,), "gemini-2.5", "STOP", Usage(10, None, None, 12, 7), False, "r"),
    ),
    "Gemini: stopped for safety": ({"candidates": [{"finishReason": "SAFETY"}]}, Response((), None, "SAFETY", None, True)),
    "Gemini: prompt blocked": (
        {"promptFeedback": {"blockReason": "PROHIBITED_CONTENT"}},
        Response((Message("assistant", (Refusal("blocked: PROHIBITED_CONTENT"),)),), None, "PROHIBITED_CONTENT", None, True),
    ),
    "Ollama chat": (
        {"model": "llama", "message": {"role": "assistant", "content": "ok"}, "done": True, "done_reason": "stop", "prompt_eval_count": 11, "eval_count": 3},
        Response((OK,), "llama", "stop", Usage(11, None, None, 3)),
    ),
    "Ollama generate": ({"model": "llama", "response": "ok", "done": True, "eval_count": 3}, Response((OK,), "llama", None, Usage(None, None, None, 3))),
    "Bedrock": (
        {"output": {"message": {"role": "assistant", "content": [{"text": "ok"}]}}, "stopReason": "guardrail_intervened",
         "usage": {"inputTokens": 5, "outputTokens": 2, "totalTokens": 107, "cacheReadInputTokens": 100, "cacheWriteInputTokens": 0}},
        Response((OK,), None, "guardrail_intervened", Usage(5, 100, 0, 2), True),
    ),
    "LangChain": ({"generations": [[{"text": "ok", "generation_info": {"finish_reason": "stop"}}]]}, Response((OK,), None, "stop")),
    "LangChain of a call that failed": (
        {"generations": [[{"text": "", "message": {"lc": 1, "type": "constructor", "id": ["langchain", "schema", "messages", "AIMessage"], "kwargs": {"content": "", "type": "ai"}}}]]},
        Response(()),
    ),
    "in a batch file": ({"response": {"status_code": 200, "body": {"choices": [{"message": {"content": "ok"}, "finish_reason": "stop"}]}}}, Response((OK,), None, "stop")),
    "in an Anthropic batch": (
        {"custom_id": "x", "result": {"type": "succeeded", "message": {"type": "message", "role": "assistant", "content": [{"type": "text", "text": "ok"}], "stop_reason": "end_turn"}}},
        Response((OK,), None, "end_turn"),
    ),
    "embeddings": (
        {"object": "list", "model": "e", "data": [{"embedding": [0.1]}], "usage": {"prompt_tokens": 8, "total_tokens": 8}},
        Response((), "e", None, Usage(8)),
    ),
    "an error": ({"error": {"message": "slow down", "type": "rate_limit_error"}}, Response((), error="rate_limit_error: slow down")),
    "an error of Anthropic": ({"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}, Response((), error="overloaded_error: Overloaded")),
    "text": ("ok", Response((OK,))),
    "something else": ({"a": 1}, Response((Message("assistant", (Unknown({"a": 1}),)),))),
    "nothing": (None, Response()),
}  # fmt: skip


@pytest.mark.parametrize(("body", "wanted"), RESPONSES.values(), ids=list(RESPONSES))
def test_an_answer_of_every_provider_is_read(body: Any, wanted: Response) -> None:
    assert parse_response(body) == wanted


@pytest.mark.parametrize(
    ("reason", "refused"),
    [("refusal", True), ("content-filter", True), ("CONTENT_FILTER", True), ("SAFETY", True), ("FinishReason.SAFETY", True),
     ("RECITATION", True), ("IMAGE_SAFETY", True), ("stop", False), ("end_turn", False), ("length", False), ("", False), (None, False)],
)  # fmt: skip
def test_a_refusal_is_known_by_its_reason_however_it_is_spelled(reason: str | None, refused: bool) -> None:
    assert is_refusal(reason) is refused


TOOLS: dict[str, Any] = {
    "OpenAI": [{"type": "function", "function": {"name": "find", "description": "Finds", "parameters": SCHEMA}}],
    "Responses": [{"type": "function", "name": "find", "description": "Finds", "parameters": SCHEMA, "strict": True}],
    "Anthropic": [{"name": "find", "description": "Finds", "input_schema": SCHEMA}],
    "Gemini": [{"functionDeclarations": [{"name": "find", "description": "Finds", "parameters": SCHEMA}]}],
    "Bedrock": {"tools": [{"toolSpec": {"name": "find", "description": "Finds", "inputSchema": {"json": SCHEMA}}}]},
    "Vercel": [json.dumps({"type": "function", "name": "find", "description": "Finds", "inputSchema": SCHEMA})],
    "OpenInference": [
        {"tool": {"json_schema": json.dumps({"name": "find", "description": "Finds", "input_schema": SCHEMA})}}
    ],
    "pydantic-ai": [{"name": "find", "description": "Finds", "parameters_json_schema": SCHEMA}],
    "by name": {"find": {"description": "Finds", "parameters": SCHEMA}},
    "legacy functions": {"functions": [{"name": "find", "description": "Finds", "parameters": SCHEMA}]},
    "schema as text": [{"name": "find", "description": "Finds", "parameters": json.dumps(SCHEMA)}],
}


@pytest.mark.parametrize("value", TOOLS.values(), ids=list(TOOLS))
def test_tools_of_every_provider_are_read(value: Any) -> None:
    assert parse_tools(value) == (FIND,)
    assert parse_tools(json.dumps(value)) == (FIND,)


@pytest.mark.parametrize(
    ("value", "wanted"),
    [
        (None, ()),
        ([], ()),
        (["search"], (ToolDefinition("search"),)),
        ([{"type": "web_search", "max_uses": 3}], (ToolDefinition("web_search", None, {"max_uses": 3}),)),
        ([{"googleSearch": {}}], (ToolDefinition("googleSearch"),)),
        ([{"x": 1}], (ToolDefinition("", None, {"x": 1}),)),
    ],
)
def test_hosted_and_unknown_tools_are_kept(value: Any, wanted: tuple[ToolDefinition, ...]) -> None:
    assert parse_tools(value) == wanted
