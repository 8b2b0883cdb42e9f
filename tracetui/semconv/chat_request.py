"""Bodies of requests to a model → messages, tools and parameters.

OpenAI chat, completions and Responses, Anthropic, Gemini, Ollama, Bedrock, Cohere, Vercel's `ai.prompt`.
"""

from __future__ import annotations

from msgspec import Struct

from tracetui.model import Json, Message, Part, Text, ToolDefinition, Unknown
from tracetui.semconv.chat_messages import OTHER, conversation_of, message_of, role_of
from tracetui.semconv.chat_parts import Dict, parts_of
from tracetui.semconv.chat_tools import parse_tools
from tracetui.semconv.json_text import opened

_LISTS = ("messages", "contents", "input", "history", "chat_history")
_SYSTEMS = ("system", "systemInstruction", "system_instruction", "instructions", "preamble")
_PROMPTS = ("prompt", "input", "contents", "message", "query", "inputText")
_TOOLS = ("tools", "functions", "toolConfig")
_MODELS = ("model", "modelId", "model_id", "model_name", "engine", "deployment")
_WRAPPERS = ("body", "json", "request", "kwargs")
_DEEPEST = 3

PARAMETERS = frozenset(
    {
        "model", "modelId", "model_id", "model_name", "engine", "temperature", "top_p", "topP", "top_k", "topK", "n",
        "max_tokens", "max_completion_tokens", "max_output_tokens", "maxTokens", "stream", "stream_options", "stop",
        "stop_sequences", "seed", "presence_penalty", "frequency_penalty", "logit_bias", "logprobs", "top_logprobs",
        "user", "metadata", "store", "service_tier", "parallel_tool_calls", "response_format", "tool_choice",
        "toolChoice", "function_call", "reasoning", "reasoning_effort", "thinking", "verbosity", "text", "modalities",
        "audio", "prediction", "safety_identifier", "prompt_cache_key", "prompt_cache_retention", "truncation",
        "include", "previous_response_id", "conversation", "background", "max_tool_calls", "generationConfig",
        "generation_config", "safetySettings", "safety_settings", "cachedContent", "toolConfig", "tool_config",
        "labels", "options", "keep_alive", "format", "raw", "think", "betas", "anthropic_version", "container",
        "context_management", "mcp_servers", "inferenceConfig", "additionalModelRequestFields", "extra_headers",
        "extra_body", "timeout", "web_search_options", "output_config", "headers", "invocation_params",
    }
)  # fmt: skip
"""Keys of a request body that are settings of the call, not content."""


class Request(Struct, frozen=True):
    """What was asked of a model. `parameters` are the settings of the call under their own names.

    `messages` begins with the system prompt, wherever it stood. `provider` is given only where the shape proves it.
    """

    messages: tuple[Message, ...] = ()
    tools: tuple[ToolDefinition, ...] = ()
    model: str | None = None
    provider: str | None = None
    parameters: dict[str, Json] = {}
    is_stream: bool = False


def parse_request(value: Json) -> Request:
    """A request body of any provider, or JSON text of one. Never raises; what is no body becomes one user message."""
    body = _unwrapped(opened(value), _DEEPEST)
    if isinstance(body, dict):
        return _from_body(body)
    if body is None:
        return Request()
    messages = conversation_of(body) if isinstance(body, list) else None
    return Request(messages or (Message("user", parts_of(body)),))


def is_request(value: Dict) -> bool:
    """Whether an object is certainly a request body: it holds a conversation, or a prompt beside a model."""
    if any(isinstance(value.get(key), list) and conversation_of(value[key]) for key in _LISTS):
        return True
    prompt = any(isinstance(value.get(key), str) for key in _PROMPTS)
    if prompt and _model(value) is not None and value.keys() <= PARAMETERS | _CONTENT_KEYS:
        return True
    return isinstance(value.get("prompt"), str) and value.keys() == {"system", "prompt"}


def _unwrapped(value: Json, deeper: int) -> Json:
    """The body inside `{"body": {…}}` and the like (batch files, proxies)."""
    if not isinstance(value, dict) or deeper == 0 or is_request(value):
        return value
    for key in _WRAPPERS:
        inner = opened(value.get(key))
        if isinstance(inner, dict) and inner:
            return _unwrapped(inner, deeper - 1)
    return value


def _from_body(body: Dict) -> Request:
    messages = [*_system(body), *_conversation(body), *_rest(body)]
    tools = tuple(tool for key in _TOOLS if key in body for tool in parse_tools(_tool_list(body[key])))
    return Request(
        messages=tuple(messages),
        tools=tools,
        model=_model(body),
        provider="google"
        if isinstance(body.get("contents"), list)
        else "anthropic"
        if "anthropic_version" in body
        else None,
        parameters={
            key: item for key, item in body.items() if key in PARAMETERS and key not in ("model", "toolConfig")
        },
        is_stream=body.get("stream") is True,
    )


def _tool_list(value: Json) -> Json:
    return value.get("tools") if isinstance(value, dict) and "tools" in value else value


def _system(body: Dict) -> list[Message]:
    found: list[Message] = []
    for key in _SYSTEMS:
        value = opened(body.get(key)) if body.get(key) else None
        if value is None:
            continue
        parts = _system_parts(value)
        if parts:
            found.append(Message("system", parts))
    return found


def _system_parts(value: Json) -> tuple[Part, ...]:
    """The parts of a system prompt; Gemini wraps them in an object."""
    if isinstance(value, dict) and isinstance(value.get("parts"), list | str):
        value = value["parts"]
    return parts_of(value)


def _conversation(body: Dict) -> list[Message]:
    found: list[Message] = []
    for key in _LISTS:
        value = opened(body.get(key))
        if isinstance(value, list):
            found += conversation_of(value) or ((Message("user", parts_of(value)),) if value else ())
    for key in _PROMPTS:
        found += _prompt(opened(body.get(key)))
    return found


def _prompt(value: Json) -> list[Message]:
    if isinstance(value, str) and value:
        return [Message("user", (Text(value),))]
    if isinstance(value, dict):
        message = message_of(value)
        return [message if message is not None else Message("user", parts_of(value))]
    if isinstance(value, list) and value and all(isinstance(item, str) for item in value):
        return [Message("user", parts_of(value))]
    return []


def _rest(body: Dict) -> list[Message]:
    """Content under keys that no provider uses, as a message of its own, so that it is seen."""
    left = {
        key: item
        for key, item in body.items()
        if key not in PARAMETERS and key not in _CONTENT_KEYS and item not in (None, "", [], {}, False)
    }
    return [Message(OTHER, (Unknown(left),))] if left else []


def _model(body: Dict) -> str | None:
    return next((body[key] for key in _MODELS if isinstance(body.get(key), str) and body[key]), None)


def system_message(value: Json) -> tuple[Message, ...]:
    """A system prompt that stands apart (text, parts, JSON text of parts, messages) as leading messages."""
    value = opened(value)
    if isinstance(value, list):
        messages = conversation_of(value)
        if messages:
            return messages
    parts = _system_parts(value)
    return (Message(role_of("system"), parts),) if parts else ()


_CONTENT_KEYS = frozenset({*_LISTS, *_SYSTEMS, *_PROMPTS, *_TOOLS})
