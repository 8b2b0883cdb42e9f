"""Vercel AI SDK: `ai.operationId`, `ai.*`. Input counts include cached ones, except where Anthropic is the provider."""

from __future__ import annotations

from tracetui.model import Content, Json, Kind, Message, Part, Text, Thinking, ToolDefinition
from tracetui.semconv.chat import parse_content, parse_request, parse_tools
from tracetui.semconv.chat_parts import parts_of, tool_call_of
from tracetui.semconv.dialect import Attributes, Dialect
from tracetui.semconv.genai import items_opened
from tracetui.semconv.json_text import opened, parse_scalar_text

_VALUES = ("ai.toolCall.args", "ai.values", "ai.value")
_RESULTS = ("ai.toolCall.result", "ai.embeddings", "ai.embedding", "ai.ranking")
_CALLS: dict[str, Kind] = {
    "doGenerate": "generation",
    "doStream": "generation",
    "doEmbed": "embedding",
    "doRerank": "reranker",
    "toolCall": "tool",
}


def kind_of(operation: str) -> Kind:
    """`ai.generateText.doGenerate` is the call; the outer `ai.generateText` holds its steps and repeats their usage."""
    return _CALLS.get(operation.rpartition(".")[2], "chain" if operation.startswith("ai.") else "span")


def _input(attributes: Attributes) -> Content:
    messages = attributes.get("ai.prompt.messages")
    if messages is not None:
        return parse_content(items_opened(messages))
    prompt = opened(attributes.get("ai.prompt"))
    if isinstance(prompt, dict):
        return parse_request(prompt).messages or prompt
    if prompt is not None:
        return parse_content(prompt)
    return _value(attributes, _VALUES)


def _output(attributes: Attributes) -> Content:
    parts: list[Part] = [*_thoughts(attributes.get("ai.response.reasoning"))]
    text = attributes.get("ai.response.text")
    if isinstance(text, str) and text:
        parts.append(Text(text))
    calls = opened(attributes.get("ai.response.toolCalls"))
    for item in calls if isinstance(calls, list) else []:
        call = tool_call_of(item) if isinstance(item, dict) else None
        parts += (call,) if call is not None else parts_of([item])
    files = opened(attributes.get("ai.response.files"))
    parts += parts_of(files) if isinstance(files, list) else ()
    if parts:
        return (Message("assistant", tuple(parts)),)
    if attributes.get("ai.response.object") is not None:
        return opened(attributes["ai.response.object"])
    return _value(attributes, _RESULTS)


def _thoughts(value: Json) -> tuple[Part, ...]:
    value = opened(value)
    if isinstance(value, list):
        return parts_of(value)
    return (Thinking(value),) if isinstance(value, str) and value else ()


def _value(attributes: Attributes, keys: tuple[str, ...]) -> Json:
    """A value that was written as JSON text, or a list of such texts."""
    value = next((attributes[key] for key in keys if attributes.get(key) is not None), None)
    if isinstance(value, list):
        return [parse_scalar_text(item) if isinstance(item, str) else item for item in value]
    return parse_scalar_text(value) if isinstance(value, str) else value


def _tools(attributes: Attributes) -> tuple[ToolDefinition, ...]:
    return parse_tools(attributes.get("ai.prompt.tools"))


VERCEL = Dialect(
    name="vercel",
    keys={
        "vercel_kind": ("ai.operationId",),
        "model": ("ai.response.model", "ai.model.id"),
        "provider": ("ai.model.provider",),
        "input": ("ai.usage.inputTokens", "ai.usage.promptTokens", "gen_ai.usage.input_tokens", "ai.usage.tokens"),
        "fresh": ("ai.usage.inputTokenDetails.noCacheTokens",),
        "output": ("ai.usage.outputTokens", "ai.usage.completionTokens"),
        "total": ("ai.usage.totalTokens",),
        "cache_read": ("ai.usage.cachedInputTokens", "ai.usage.inputTokenDetails.cacheReadTokens"),
        "cache_write": ("ai.usage.inputTokenDetails.cacheWriteTokens",),
        "reasoning": ("ai.usage.reasoningTokens", "ai.usage.outputTokenDetails.reasoningTokens"),
        "ttft_ms": ("ai.response.msToFirstChunk", "ai.stream.msToFirstChunk"),
        "finish": ("ai.response.finishReason", "ai.finishReason"),
        "user": ("ai.telemetry.metadata.userId", "ai.telemetry.metadata.user_id"),
        "session": ("ai.telemetry.metadata.sessionId", "ai.telemetry.metadata.session_id"),
        "tags": ("ai.telemetry.metadata.tags",),
        "feature": ("ai.telemetry.metadata.feature", "ai.telemetry.functionId"),
        "tool_name": ("ai.toolCall.name",),
        "response_id": ("ai.response.id",),
        "provider_metadata": ("ai.response.providerMetadata",),
    },
    prefixes=(("ai.telemetry.metadata.", "metadata."),),
    kind_fact="vercel_kind",
    kind_of=kind_of,
    read_input=_input,
    read_output=_output,
    read_tools=_tools,
)
