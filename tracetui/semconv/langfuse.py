"""Langfuse over OpenTelemetry: `langfuse.*`. Usage details are buckets of their own that do not overlap."""

from __future__ import annotations

from tracetui.model import Content, Json, ToolDefinition
from tracetui.semconv.chat import parse_content, parse_request
from tracetui.semconv.dialect import Attributes, Dialect
from tracetui.semconv.genai import call_arguments
from tracetui.semconv.json_text import opened

_INPUTS = ("langfuse.observation.input", "langfuse.trace.input")
_OUTPUTS = ("langfuse.observation.output", "langfuse.trace.output")


def _input(attributes: Attributes) -> Content:
    return parse_content(call_arguments(opened(_first(attributes, _INPUTS))))


def _output(attributes: Attributes) -> Content:
    return parse_content(_first(attributes, _OUTPUTS), role="assistant")


def _tools(attributes: Attributes) -> tuple[ToolDefinition, ...]:
    body = opened(_first(attributes, _INPUTS))
    if isinstance(body, dict) and "tools" in body:
        return parse_request(body).tools
    return ()


def _first(attributes: Attributes, keys: tuple[str, ...]) -> Json:
    return next((attributes[key] for key in keys if attributes.get(key) is not None), None)


LANGFUSE = Dialect(
    name="langfuse",
    keys={
        "langfuse_kind": ("langfuse.observation.type",),
        "model": ("langfuse.observation.model.name",),
        "usage": ("langfuse.observation.usage_details",),
        "costs": ("langfuse.observation.cost_details",),
        "ttft_at": ("langfuse.observation.completion_start_time",),
        "level": ("langfuse.observation.level",),
        "error_message": ("langfuse.observation.status_message",),
        "user": ("user.id", "langfuse.user.id"),
        "session": ("session.id", "langfuse.session.id"),
        "tags": ("langfuse.trace.tags",),
        "environment": ("langfuse.environment",),
        "release": ("langfuse.release", "langfuse.version"),
        "prompt_name": ("langfuse.observation.prompt.name",),
        "prompt_version": ("langfuse.observation.prompt.version",),
        "is_root": ("langfuse.internal.as_root",),
    },
    prefixes=(
        ("langfuse.observation.metadata.", "metadata."),
        ("langfuse.trace.metadata.", "metadata."),
    ),
    kind_fact="langfuse_kind",
    kinds={
        "generation": "generation",
        "event": "event",
        "agent": "agent",
        "tool": "tool",
        "chain": "chain",
        "retriever": "retriever",
        "embedding": "embedding",
        "evaluator": "evaluator",
        "guardrail": "guardrail",
        "reranker": "reranker",
    },
    read_input=_input,
    read_output=_output,
    read_tools=_tools,
)
