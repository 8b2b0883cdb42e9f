"""OpenTelemetry GenAI: `gen_ai.*`. Input counts include cached ones, output counts include reasoning."""

from __future__ import annotations

from tracetui.model import Content, Json, Message, ToolDefinition
from tracetui.semconv.chat import parse_content, parse_messages, parse_tools, system_message
from tracetui.semconv.dialect import Attributes, Dialect
from tracetui.semconv.json_text import opened

_INPUTS = ("gen_ai.input.messages", "gen_ai.prompt")
_OUTPUTS = ("gen_ai.output.messages", "gen_ai.completion")
_OTHER_INPUTS = ("gen_ai.tool.call.arguments", "gen_ai.retrieval.query.text", "gen_ai.embeddings.input")
_OTHER_OUTPUTS = ("gen_ai.tool.call.result", "gen_ai.retrieval.documents")


def read_input(attributes: Attributes) -> Content:
    """System instructions and input messages as one conversation; else a tool's arguments or a query."""
    system = system_message(attributes.get("gen_ai.system_instructions"))
    found = next((attributes[key] for key in _INPUTS if attributes.get(key) is not None), None)
    if found is None and not system:
        return _first(attributes, _OTHER_INPUTS)
    content = parse_content(items_opened(found))
    if not isinstance(content, tuple):
        if not system:
            return content
        content = parse_messages(content, "user")
    return without_repeated_system(system, content)


def read_output(attributes: Attributes) -> Content:
    """Output messages; else a tool's result or the documents of a retrieval."""
    found = next((attributes[key] for key in _OUTPUTS if attributes.get(key) is not None), None)
    if found is None:
        return _first(attributes, _OTHER_OUTPUTS)
    return parse_content(items_opened(found), role="assistant")


def read_tools(attributes: Attributes) -> tuple[ToolDefinition, ...]:
    """The tools offered."""
    return parse_tools(attributes.get("gen_ai.tool.definitions"))


def items_opened(value: Json) -> Json:
    """A list of JSON texts as a list of values; an OTLP array can hold no objects, so some send each as text."""
    value = opened(value)
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return [opened(item) for item in value]
    return value


def without_repeated_system(system: tuple[Message, ...], messages: tuple[Message, ...]) -> tuple[Message, ...]:
    """Both as one conversation; a system prompt that stands in both places once."""
    if system and messages and messages[0].role in ("system", "developer") and messages[0].parts == system[0].parts:
        return messages
    return system + messages


def call_arguments(value: Json) -> Json:
    """What a traced function was called with: `{"args": ["x"], "kwargs": {}}`, as decorators write it, is "x"."""
    if not isinstance(value, dict) or value.keys() != {"args", "kwargs"}:
        return value
    positional, named = value["args"], value["kwargs"]
    if positional in ([], None) and named:
        return named
    if not named and isinstance(positional, list) and len(positional) == 1:
        return positional[0]
    return value


def _first(attributes: Attributes, keys: tuple[str, ...]) -> Json:
    return next((items_opened(attributes[key]) for key in keys if attributes.get(key) is not None), None)


GENAI = Dialect(
    name="genai",
    keys={
        "genai_kind": ("gen_ai.operation.name",),
        "model": ("gen_ai.response.model", "gen_ai.request.model"),
        "provider": ("gen_ai.provider.name", "gen_ai.system"),
        "input": ("gen_ai.usage.input_tokens", "gen_ai.usage.prompt_tokens"),
        "output": ("gen_ai.usage.output_tokens", "gen_ai.usage.completion_tokens"),
        "total": ("gen_ai.usage.total_tokens",),
        "cache_read": (
            "gen_ai.usage.cache_read.input_tokens",
            "gen_ai.usage.cache_read_input_tokens",
            "gen_ai.usage.input_tokens.cached",
            "gen_ai.usage.cached_tokens",
            "gen_ai.usage.details.cache_read_tokens",
            "gen_ai.usage.details.cache_read_input_tokens",
        ),
        "cache_write_1h": (
            "gen_ai.usage.cache_creation.ephemeral_1h_input_tokens",
            "gen_ai.usage.details.cache_creation.ephemeral_1h_input_tokens",
        ),
        "cache_write": (
            "gen_ai.usage.cache_write.input_tokens",
            "gen_ai.usage.cache_creation.input_tokens",
            "gen_ai.usage.cache_creation_input_tokens",
            "gen_ai.usage.cache_write_input_tokens",
            "gen_ai.usage.details.cache_write_tokens",
            "gen_ai.usage.details.cache_creation_input_tokens",
        ),
        "reasoning": (
            "gen_ai.usage.reasoning.output_tokens",
            "gen_ai.usage.reasoning_tokens",
            "gen_ai.usage.output_tokens.reasoning",
            "gen_ai.usage.details.reasoning_tokens",
        ),
        "usage_raw": ("gen_ai.usage.raw",),
        "cost": ("gen_ai.usage.cost", "gen_ai.cost.total_cost", "gen_ai.usage.total_cost"),
        "cost_input": ("gen_ai.usage.input_cost",),
        "cost_output": ("gen_ai.usage.output_cost",),
        "ttft_s": (
            "gen_ai.response.time_to_first_chunk",
            "gen_ai.client.operation.time_to_first_chunk",
            "gen_ai.server.time_to_first_token",
            "gen_ai.response.time_to_first_token",
        ),
        "finish": ("gen_ai.response.finish_reasons", "gen_ai.response.finish_reason"),
        "user": ("user.id", "enduser.id", "gen_ai.user.id"),
        "session": ("gen_ai.conversation.id", "session.id"),
        "tool_name": ("gen_ai.tool.name",),
        "prompt_name": ("gen_ai.prompt.name",),
        "prompt_version": ("gen_ai.prompt.version",),
        "response_id": ("gen_ai.response.id",),
        "service_tier": (
            "openai.response.service_tier",
            "gen_ai.openai.response.service_tier",
            "anthropic.response.service_tier",
            "openai.request.service_tier",
            "gen_ai.openai.request.service_tier",
        ),
        "error_type": ("error.type",),
    },
    kind_fact="genai_kind",
    kinds={
        "chat": "generation",
        "text_completion": "generation",
        "completion": "generation",
        "generate_content": "generation",
        "embeddings": "embedding",
        "embedding": "embedding",
        "execute_tool": "tool",
        "invoke_agent": "agent",
        "create_agent": "agent",
        "invoke_workflow": "chain",
        "retrieval": "retriever",
        "rerank": "reranker",
    },
    read_input=read_input,
    read_output=read_output,
    read_tools=read_tools,
)
