"""OpenLLMetry (Traceloop): `traceloop.*`, and the older `gen_ai.prompt.N.*`, `llm.*`. Counts include cached ones."""

from __future__ import annotations

from tracetui.model import Content, Json, Kind, Message, Part, Text, Thinking, ToolDefinition
from tracetui.semconv.chat import parse_content, parse_tools
from tracetui.semconv.chat_messages import message_of
from tracetui.semconv.chat_parts import is_part
from tracetui.semconv.dialect import Attributes, Dialect
from tracetui.semconv.flat_keys import nested
from tracetui.semconv.genai import call_arguments
from tracetui.semconv.json_text import opened


def _input(attributes: Attributes) -> Content:
    return _messages(attributes, "gen_ai.prompt.", "user") or _entity(attributes.get("traceloop.entity.input"))


def _output(attributes: Attributes) -> Content:
    answer = _messages(attributes, "gen_ai.completion.", "assistant")
    return answer or _entity(attributes.get("traceloop.entity.output"))


def _tools(attributes: Attributes) -> tuple[ToolDefinition, ...]:
    return parse_tools(nested(attributes, "llm.request.functions."))


def _entity(value: Json) -> Content:
    """Arguments or result of a decorated function; a text is written as JSON text, quotes and all."""
    if isinstance(value, str) and value[:1] == '"':
        value = _unquoted(value)
    return parse_content(call_arguments(opened(value)))


def _unquoted(value: str) -> str:
    wrapped = opened(f"[{value}]")
    return wrapped[0] if isinstance(wrapped, list) and len(wrapped) == 1 and isinstance(wrapped[0], str) else value


def _messages(attributes: Attributes, prefix: str, role: str) -> tuple[Message, ...]:
    found = nested(attributes, prefix)
    if not isinstance(found, list):
        return ()
    messages = [_message(item, role) for item in found if isinstance(item, dict)]
    return _thoughts_joined([message for message in messages if message is not None])


def _message(value: dict[str, Json], role: str) -> Message | None:
    fields = {"role": role, "content": None, **value}
    content = opened(fields["content"])
    if isinstance(content, list) and content and all(is_part(item) for item in content):
        fields["content"] = content
    return message_of(fields)


def _thoughts_joined(messages: list[Message]) -> tuple[Message, ...]:
    """A message of the role `thinking` belongs to the answer that follows it."""
    joined: list[Message] = []
    thoughts: tuple[Part, ...] = ()
    for message in messages:
        if message.role == "thinking":
            thoughts += tuple(Thinking(part.text) if isinstance(part, Text) else part for part in message.parts)
        else:
            joined.append(Message(message.role, thoughts + message.parts, message.name))
            thoughts = ()
    if thoughts:
        joined.append(Message("assistant", thoughts))
    return tuple(joined)


OPENLLMETRY = Dialect(
    name="openllmetry",
    keys={
        "traceloop_kind": ("traceloop.span.kind",),
        "request_kind": ("llm.request.type",),
        "model": ("gen_ai.response.model", "gen_ai.request.model", "llm.response.model", "llm.request.model"),
        "provider": ("gen_ai.provider.name", "gen_ai.system", "llm.vendor"),
        "input": ("gen_ai.usage.input_tokens", "gen_ai.usage.prompt_tokens", "llm.usage.prompt_tokens"),
        "output": ("gen_ai.usage.output_tokens", "gen_ai.usage.completion_tokens", "llm.usage.completion_tokens"),
        "total": ("gen_ai.usage.total_tokens", "llm.usage.total_tokens"),
        "cache_read": ("gen_ai.usage.cache_read_input_tokens",),
        "cache_write": ("gen_ai.usage.cache_creation_input_tokens",),
        "prompt_name": ("traceloop.prompt.key",),
        "prompt_version": ("traceloop.prompt.version",),
    },
    prefixes=(("traceloop.association.properties.", "metadata."),),
    kind_fact="traceloop_kind",
    kinds={"workflow": "chain", "task": "chain", "agent": "agent", "tool": "tool"},
    read_input=_input,
    read_output=_output,
    read_tools=_tools,
)
REQUEST_KINDS: dict[str, Kind] = {
    "chat": "generation",
    "completion": "generation",
    "embedding": "embedding",
    "rerank": "reranker",
}
"""Words of `llm.request.type`."""
