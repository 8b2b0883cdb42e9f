"""Inspect AI's messages → ours, and texts that the log keeps aside put back into their places."""

from __future__ import annotations

from tracetui.model import Content, Json
from tracetui.semconv.chat import parse_content, parse_messages

_ATTACHMENT = "attachment://"
_DEEPEST = 200


def resolved(value: Json, sample: dict[str, Json]) -> Json:
    """A value with every `attachment://…` replaced by the text that the sample keeps under that hash."""
    kept = sample.get("attachments")
    return _resolve(value, kept, 0) if isinstance(kept, dict) and kept else value


def _resolve(value: Json, kept: dict[str, Json], depth: int) -> Json:
    if isinstance(value, str):
        return kept.get(value[len(_ATTACHMENT) :], value) if value.startswith(_ATTACHMENT) else value
    if depth > _DEEPEST:
        return value
    if isinstance(value, list):
        return [_resolve(item, kept, depth + 1) for item in value]
    if isinstance(value, dict):
        return {key: item if key == "attachments" else _resolve(item, kept, depth + 1) for key, item in value.items()}
    return value


def messages_of(value: Json, sample: dict[str, Json]) -> Content:
    """A text, or messages in Inspect's form, as a conversation."""
    value = resolved(value, sample)
    if isinstance(value, str):
        return parse_messages(value, "user")
    if isinstance(value, list):
        return parse_content([_message(item) for item in value])
    return value


def _message(value: Json) -> Json:
    """A message with its calls and its tool's answer in the form that all providers' messages are read in."""
    if not isinstance(value, dict):
        return value
    message = {
        key: item for key, item in value.items() if key not in ("function", "error", "tool_calls", "source", "metadata")
    }
    if isinstance(value.get("tool_calls"), list):
        message["tool_calls"] = [_tool_call(call) for call in value["tool_calls"]]
    if value.get("role") == "tool":
        message["name"] = value.get("function")
        if value.get("error"):
            message["is_error"] = True
            message["content"] = value.get("content") or _reason(value["error"])
    return message


def _reason(error: Json) -> Json:
    return error.get("message", error) if isinstance(error, dict) else error


def _tool_call(call: Json) -> Json:
    if not isinstance(call, dict) or not isinstance(call.get("function"), str):
        return call
    function = {"name": call["function"], "arguments": call.get("arguments")}
    return {"id": call.get("id"), "type": "function", "function": function}
