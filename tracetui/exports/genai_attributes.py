"""A span and its payload as OpenTelemetry GenAI attributes in their present form: messages as JSON, cached tokens
within the input tokens, as the convention wants it.

What the convention has no word for is said in the words of others that readers know (`openinference.span.kind`,
`langfuse.observation.type`, `input.value`, `tag.tags`, `metadata`), and what is ours alone begins with `tracetui.`.
"""

from __future__ import annotations

from typing import Any

from tracetui.exports.json_text import dump_json
from tracetui.exports.plain import value_text
from tracetui.model import (
    REFUSALS,
    Content,
    Json,
    Media,
    Message,
    Part,
    Payload,
    Refusal,
    Span,
    Text,
    Thinking,
    ToolCall,
    ToolResult,
    Unknown,
    Usage,
)

_OPERATIONS = {
    "generation": "chat",
    "embedding": "embeddings",
    "tool": "execute_tool",
    "agent": "invoke_agent",
    "retriever": "retrieval",
    "chain": "invoke_workflow",
    "reranker": "rerank",
}
_OPENINFERENCE = {
    "guardrail": "GUARDRAIL",
    "evaluator": "EVALUATOR",
    "span": "UNKNOWN",
}
"""Kinds for which GenAI has no operation; that a span is no call needs saying only where it has a model."""
_FOREIGN = (
    "gen_ai.", "llm.", "openinference.", "input.", "output.", "ai.", "traceloop.", "langfuse.", "logfire.", "embedding.",
    "reranker.", "retrieval.", "tool.", "tag.", "session.", "user.", "metadata", "operation.cost", "tracetui.",
    "feature", "error.type", "tags", "session_id", "resource", "scope", "langsmith.",
)  # fmt: skip
"""Attributes of the source that say what we say anew; all others go along."""


def attributes_of(span: Span, payload: Payload) -> dict[str, Json]:
    """Every attribute of the exported span, absent facts left out. Values are text, numbers, booleans or lists of text."""
    own = {key: value for key, value in payload.attributes.items() if not key.startswith(_FOREIGN)}
    facts = _identity(span) | _usage(span.usage) | _cost(span) | _payload(span, payload)
    return own | {key: value for key, value in facts.items() if value is not None and value not in ("", [])}


def _identity(span: Span) -> dict[str, Json]:
    is_call = span.kind in ("generation", "embedding", "reranker")
    operation = _OPERATIONS.get(span.kind)
    finish = span.finish_reason
    if span.status == "refused" and (finish or "").lower() not in REFUSALS:
        finish = "refusal"
    return {
        "gen_ai.operation.name": operation,
        "openinference.span.kind": _OPENINFERENCE.get(span.kind) if span.kind != "span" or span.model else None,
        "langfuse.observation.type": "event" if span.kind == "event" else None,
        "gen_ai.provider.name": span.provider,
        "gen_ai.request.model": span.model,
        "gen_ai.response.model": span.model if is_call else None,
        "gen_ai.response.id": span.response_id,
        "gen_ai.response.finish_reasons": [finish] if finish else None,
        "gen_ai.response.time_to_first_chunk": None if span.ttft_ns is None else span.ttft_ns / 1e9,
        "gen_ai.agent.name": span.name if span.kind == "agent" else None,
        "gen_ai.tool.name": (span.tool_name or span.name) if span.kind == "tool" else span.tool_name,
        "gen_ai.conversation.id": span.session_id,
        "user.id": span.user_id,
        "feature": span.feature,
        "gen_ai.prompt.name": span.prompt_name,
        "gen_ai.prompt.version": span.prompt_version,
        "openai.response.service_tier": span.service_tier,
        "tag.tags": list(span.tags),
        "metadata": dump_json(span.metadata) if span.metadata else None,
    }


def _usage(usage: Usage) -> dict[str, Json]:
    inputs = [count for count in (usage.input, usage.cache_read, usage.cache_write) if count is not None]
    return {
        "gen_ai.usage.input_tokens": sum(inputs) if inputs else None,
        "gen_ai.usage.cache_read.input_tokens": usage.cache_read,
        "gen_ai.usage.cache_creation.input_tokens": usage.cache_write,
        "gen_ai.usage.cache_creation.ephemeral_1h_input_tokens": usage.cache_write_1h,
        "gen_ai.usage.output_tokens": usage.output,
        "gen_ai.usage.reasoning.output_tokens": usage.reasoning,
        "gen_ai.usage.total_tokens": usage.unsplit,
    }


def _cost(span: Span) -> dict[str, Json]:
    """A recorded cost is a fact and stays one; a computed one is ours, and whoever reads it computes their own."""
    cost = span.cost
    return {
        "gen_ai.usage.cost": cost.usd if cost.origin == "recorded" else None,
        "tracetui.cost.computed_usd": cost.usd if cost.origin == "computed" else None,
        "tracetui.cost.price": cost.price,
    }


def _payload(span: Span, payload: Payload) -> dict[str, Json]:
    facts = _sides(span, payload)
    if payload.tools:
        facts["gen_ai.tool.definitions"] = dump_json(
            [
                {"type": "function", "name": tool.name, "description": tool.description, "parameters": tool.parameters}
                for tool in payload.tools
            ]
        )
    return facts


def _sides(span: Span, payload: Payload) -> dict[str, Json]:
    if span.kind == "tool" and not isinstance(payload.input, tuple) and not isinstance(payload.output, tuple):
        return {
            "gen_ai.tool.call.arguments": value_text(payload.input),
            "gen_ai.tool.call.result": value_text(payload.output),
        }
    finish = span.finish_reason or "stop"
    return _side("input", payload.input, None) | _side("output", payload.output, finish)


def _side(side: str, content: Content, finish: str | None) -> dict[str, Json]:
    if content is None:
        return {}
    if isinstance(content, tuple):
        return {f"gen_ai.{side}.messages": dump_json([_message(message, finish) for message in content])}
    mime_type = "text/plain" if isinstance(content, str) else "application/json"
    return {f"{side}.value": value_text(content), f"{side}.mime_type": mime_type}


def _message(message: Message, finish: str | None) -> dict[str, Json]:
    encoded: dict[str, Json] = {"role": message.role, "parts": [_part(part) for part in message.parts]}
    if message.name is not None:
        encoded["name"] = message.name
    if finish is not None:
        encoded["finish_reason"] = finish
    return encoded


def _part(part: Part) -> Any:
    match part:
        case Text(text):
            return {"type": "text", "content": text}
        case Thinking(text):
            return {"type": "reasoning", "content": text}
        case Refusal(text):
            return {"type": "refusal", "content": text}
        case ToolCall():
            return {"type": "tool_call", "id": part.id, "name": part.name, "arguments": part.arguments}
        case ToolResult():
            result = {"type": "tool_call_response", "id": part.call_id, "response": part.content}
            if part.name is not None:
                result["name"] = part.name
            return result | ({"is_error": True} if part.is_error else {})
        case Media():
            return _media(part)
        case Unknown(raw):
            return raw if isinstance(raw, dict) and "type" in raw else {"type": "unknown", "raw": raw}


def _media(part: Media) -> dict[str, Json]:
    common = {"modality": part.media, "mime_type": part.media_type}
    if part.data is not None:
        return {"type": "blob", **common, "content": part.data}
    if part.reference and "://" in part.reference:
        return {"type": "uri", **common, "uri": part.reference}
    return {"type": "file", **common, "file_id": part.reference}
