"""Logfire and pydantic-ai: GenAI attributes with additions of their own. Counts include cached ones."""

from __future__ import annotations

from tracetui.model import Content, Json, ToolDefinition
from tracetui.semconv.chat import (
    parse_content,
    parse_messages,
    parse_request,
    parse_response,
    parse_tools,
    system_message,
)
from tracetui.semconv.dialect import Attributes, Dialect
from tracetui.semconv.genai import without_repeated_system
from tracetui.semconv.genai_events import input_of, output_of
from tracetui.semconv.json_text import opened
from tracetui.semconv.raw import LogEvent

_CONVERSATIONS = ("pydantic_ai.all_messages", "all_messages")
_EVENTS = ("events", "all_messages_events")


def _input(attributes: Attributes) -> Content:
    for key in _CONVERSATIONS:
        content = parse_content(attributes.get(key))
        if isinstance(content, tuple):
            return without_repeated_system(system_message(attributes.get("gen_ai.system_instructions")), content)
    said = input_of(_listed_events(attributes))
    if said:
        return said
    request = opened(attributes.get("request_data"))
    if isinstance(request, dict) and request.keys() - {"model", "stream"}:
        return parse_request(request).messages
    return opened(attributes.get("tool_arguments"))


def _output(attributes: Attributes) -> Content:
    answer = output_of(_listed_events(attributes))
    if answer:
        return answer
    response = opened(attributes.get("response_data"))
    if isinstance(response, dict):
        streamed = response.get("combined_chunk_content")
        if isinstance(streamed, str):
            return parse_messages(streamed, "assistant")
        message = response.get("message")
        return parse_response(message if isinstance(message, dict) else response).messages
    for key in ("final_result", "tool_response"):
        if attributes.get(key) is not None:
            return parse_content(attributes[key], role="assistant")
    return None


def _listed_events(attributes: Attributes) -> list[LogEvent]:
    """Older versions: a list of message events as JSON text in one attribute."""
    for key in _EVENTS:
        listed = opened(attributes.get(key))
        if isinstance(listed, list):
            return [
                LogEvent("", "", str(item.get("event.name")), 0, _body(item))
                for item in listed
                if isinstance(item, dict)
            ]
    return []


def _body(item: dict[str, Json]) -> dict[str, Json]:
    return {key: value for key, value in item.items() if not key.startswith(("event.", "gen_ai."))}


def _tools(attributes: Attributes) -> tuple[ToolDefinition, ...]:
    for key in ("model_request_parameters", "request_data"):
        value = opened(attributes.get(key))
        if isinstance(value, dict):
            listed = [
                tool for name in ("function_tools", "output_tools", "tools") for tool in parse_tools(value.get(name))
            ]
            if listed:
                return tuple(listed)
    return ()


LOGFIRE = Dialect(
    name="logfire",
    keys={
        "cost": ("operation.cost",),
        "model": ("model_name",),
        "user": ("user_id",),
        "session": ("session_id",),
        "tags": ("logfire.tags",),
        "metadata": ("metadata", "logfire.metadata"),
        "span_type": ("logfire.span_type",),
        "pending_parent": ("logfire.pending_parent_id",),
    },
    read_input=_input,
    read_output=_output,
    read_tools=_tools,
)
