"""OpenInference (Phoenix, Arize): `openinference.span.kind`, `llm.*`, `input.value`. Prompt counts include cached ones."""

from __future__ import annotations

from tracetui.model import Content, Json, Message, ToolDefinition
from tracetui.semconv.chat import parse_content, parse_request, parse_tools
from tracetui.semconv.chat_messages import message_of
from tracetui.semconv.dialect import Attributes, Dialect
from tracetui.semconv.flat_keys import nested
from tracetui.semconv.json_text import opened

_DOCUMENTS = ("retrieval.documents.", "reranker.output_documents.")


def _input(attributes: Attributes) -> Content:
    messages = _messages(attributes, "llm.input_messages.")
    if messages:
        return messages
    prompts = nested(attributes, "llm.prompts.")
    if prompts:
        return prompts
    if attributes.get("input.value") is not None:
        return parse_content(attributes["input.value"])
    return _reranked(attributes) or _embedded(attributes, "text") or opened(attributes.get("tool.parameters"))


def _output(attributes: Attributes) -> Content:
    messages = _messages(attributes, "llm.output_messages.")
    if any(message.parts for message in messages):
        return messages
    for prefix in _DOCUMENTS:
        documents = nested(attributes, prefix)
        if documents:
            return _unwrapped(documents, "document")
    if attributes.get("output.value") is not None:
        return parse_content(attributes["output.value"], role="assistant")
    return nested(attributes, "llm.choices.") or _embedded(attributes, "vector") or messages or None


def _tools(attributes: Attributes) -> tuple[ToolDefinition, ...]:
    offered = nested(attributes, "llm.tools.")
    if offered:
        return parse_tools(offered)
    for key in ("llm.invocation_parameters", "input.value", "output.value"):
        value = opened(attributes.get(key))
        if isinstance(value, dict) and (value.get("tools") or value.get("functions")):
            return parse_request(value).tools
    return ()


def _messages(attributes: Attributes, prefix: str) -> tuple[Message, ...]:
    found = nested(attributes, prefix)
    listed = found if isinstance(found, list) else []
    read = [_message(item.get("message", item)) for item in listed if isinstance(item, dict)]
    return tuple(message for message in read if message is not None)


def _message(value: Json) -> Message | None:
    if not isinstance(value, dict):
        return None
    fields = {"role": "assistant", "content": None, **value}
    contents = fields.pop("contents", None)
    if isinstance(contents, list):
        fields["content"] = [_content(item) for item in contents]
    if fields.get("function_call_name"):
        name, arguments = fields.pop("function_call_name"), fields.pop("function_call_arguments_json", None)
        fields["function_call"] = {"name": name, "arguments": arguments}
    return message_of(fields)


def _content(item: Json) -> Json:
    """One of `contents`: `message_content.*`, with the tool call it may carry beside it."""
    if not isinstance(item, dict) or not isinstance(item.get("message_content"), dict):
        return item
    part = {**item, **item["message_content"]}
    del part["message_content"]
    image = part.get("image")
    if isinstance(image, dict) and isinstance(image.get("image"), dict):
        part["image"] = image["image"]
    return part


def _reranked(attributes: Attributes) -> Json:
    documents = nested(attributes, "reranker.input_documents.")
    query = attributes.get("reranker.query")
    if documents is None and query is None:
        return None
    return {"query": query, "documents": _unwrapped(documents, "document")}


def _embedded(attributes: Attributes, what: str) -> Json:
    listed = _unwrapped(nested(attributes, "embedding.embeddings."), "embedding")
    if not isinstance(listed, list):
        return None
    found = [item.get(what) for item in listed if isinstance(item, dict)]
    return found if any(item is not None for item in found) else None


def _unwrapped(values: Json, holder: str) -> Json:
    if not isinstance(values, list):
        return values
    return [item[holder] if isinstance(item, dict) and item.keys() == {holder} else item for item in values]


OPENINFERENCE = Dialect(
    name="openinference",
    keys={
        "openinference_kind": ("openinference.span.kind",),
        "model": (
            "llm.response.model_name",
            "llm.model_name",
            "llm.request.model_name",
            "embedding.model_name",
            "reranker.model_name",
        ),
        "parameters": ("llm.invocation_parameters", "embedding.invocation_parameters"),
        "provider": ("llm.provider", "llm.system"),
        "input": ("llm.token_count.prompt",),
        "output": ("llm.token_count.completion",),
        "total": ("llm.token_count.total",),
        "cache_read": ("llm.token_count.prompt_details.cache_read",),
        "cache_write": ("llm.token_count.prompt_details.cache_write",),
        "reasoning": ("llm.token_count.completion_details.reasoning",),
        "cost": ("llm.cost.total",),
        "cost_input": ("llm.cost.prompt",),
        "cost_output": ("llm.cost.completion",),
        "finish": ("llm.finish_reason",),
        "user": ("user.id",),
        "session": ("session.id",),
        "tags": ("tag.tags",),
        "metadata": ("metadata",),
        "prompt_name": ("prompt.id", "llm.prompt_template.name"),
        "prompt_version": ("llm.prompt_template.version", "prompt.version"),
        "tool_name": ("tool.name",),
    },
    prefixes=(("metadata.", "metadata."),),
    kind_fact="openinference_kind",
    kinds={
        "LLM": "generation",
        "CHAIN": "chain",
        "AGENT": "agent",
        "TOOL": "tool",
        "RETRIEVER": "retriever",
        "EMBEDDING": "embedding",
        "RERANKER": "reranker",
        "GUARDRAIL": "guardrail",
        "EVALUATOR": "evaluator",
    },
    read_input=_input,
    read_output=_output,
    read_tools=_tools,
)
