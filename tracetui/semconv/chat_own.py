"""Messages as this program's own JSON: `{"role", "parts": [{"type", …}], "name"?}`, read back without loss.

The same JSON stands in `show --json`, in the `input` and `output` of a tracetui store and in exports; docs/schema.md
describes it. A part is taken for our own only if it has exactly the keys that we write.
"""

from __future__ import annotations

from collections.abc import Callable

from tracetui.model import (
    Content,
    Json,
    Media,
    Message,
    Part,
    Refusal,
    Text,
    Thinking,
    ToolCall,
    ToolResult,
    Unknown,
)
from tracetui.semconv.json_text import opened

_KEYS: dict[str, frozenset[str]] = {
    "text": frozenset({"type", "text"}),
    "thinking": frozenset({"type", "text"}),
    "tool_call": frozenset({"type", "id", "name", "arguments"}),
    "tool_result": frozenset({"type", "call_id", "content", "is_error", "name"}),
    "media": frozenset({"type", "media", "media_type", "size", "reference", "data"}),
    "refusal": frozenset({"type", "text"}),
    "unknown": frozenset({"type", "raw"}),
}
_VERBATIM = _KEYS["tool_call"] | {"verbatim"}
_MESSAGE_KEYS = frozenset({"role", "parts", "name"})
_MEDIA = ("image", "audio", "file")


def dump_messages(content: Content) -> Json:
    """A conversation as a list of `{"role", "parts", "name"?}`; any other content is its own JSON already."""
    if not isinstance(content, tuple):
        return content
    return [_dump_message(message) for message in content]


def _dump_message(message: Message) -> dict[str, Json]:
    dumped: dict[str, Json] = {"role": message.role, "parts": [dump_part(part) for part in message.parts]}
    if message.name is not None:
        dumped["name"] = message.name
    return dumped


def dump_part(part: Part) -> dict[str, Json]:
    """One part as `{"type": …}` with all its fields. Arguments that are text which would parse carry `verbatim`."""
    match part:
        case Text(text):
            return {"type": "text", "text": text}
        case Thinking(text):
            return {"type": "thinking", "text": text}
        case Refusal(text):
            return {"type": "refusal", "text": text}
        case ToolCall(call_id, name, arguments):
            dumped = {"type": "tool_call", "id": call_id, "name": name, "arguments": arguments}
            return {**dumped, "verbatim": True} if opened(arguments) is not arguments else dumped
        case ToolResult(call_id, content, is_error, name):
            return {"type": "tool_result", "call_id": call_id, "content": content, "is_error": is_error, "name": name}
        case Media(media, media_type, size, reference, data):
            return {
                "type": "media",
                "media": media,
                "media_type": media_type,
                "size": size,
                "reference": reference,
                "data": data,
            }
        case Unknown(raw):
            return {"type": "unknown", "raw": raw}


def own_message(value: dict[str, Json]) -> Message | None:
    """The message that `dump_messages` wrote as `value`, or None where it is somebody else's form."""
    role, parts, name = value.get("role"), value.get("parts"), value.get("name")
    if not isinstance(role, str) or not isinstance(parts, list) or not value.keys() <= _MESSAGE_KEYS:
        return None
    if name is not None and not isinstance(name, str):
        return None
    read: list[Part] = []
    for item in parts:
        part = own_part(item)
        if part is None:
            return None
        read.append(part)
    return Message(role, tuple(read), name)


def own_part(value: Json) -> Part | None:
    """The part that `dump_part` wrote as `value`, or None."""
    kind = value.get("type") if isinstance(value, dict) else None
    if not isinstance(kind, str) or kind not in _KEYS:
        return None
    if value.keys() != _KEYS[kind] and not (kind == "tool_call" and value.keys() == _VERBATIM):
        return None
    return _READERS[kind](value)


def _own_text(kind: type[Text] | type[Thinking] | type[Refusal]) -> Callable[[dict[str, Json]], Part | None]:
    def read(value: dict[str, Json]) -> Part | None:
        return kind(value["text"]) if isinstance(value["text"], str) else None

    return read


def _own_tool_call(value: dict[str, Json]) -> Part | None:
    if not _is_text_or_none(value["id"]) or not isinstance(value["name"], str):
        return None
    arguments = value["arguments"]
    return ToolCall(value["id"], value["name"], arguments if value.get("verbatim") is True else opened(arguments))


def _own_tool_result(value: dict[str, Json]) -> Part | None:
    if not _is_text_or_none(value["call_id"]) or not _is_text_or_none(value["name"]):
        return None
    if not isinstance(value["is_error"], bool):
        return None
    return ToolResult(value["call_id"], value["content"], value["is_error"], value["name"])


def _own_media(value: dict[str, Json]) -> Part | None:
    size = value["size"]
    if value["media"] not in _MEDIA or not (size is None or type(size) is int):
        return None
    if not all(_is_text_or_none(value[key]) for key in ("media_type", "reference", "data")):
        return None
    return Media(value["media"], value["media_type"], size, value["reference"], value["data"])


def _is_text_or_none(value: Json) -> bool:
    return value is None or isinstance(value, str)


_READERS: dict[str, Callable[[dict[str, Json]], Part | None]] = {
    "text": _own_text(Text),
    "thinking": _own_text(Thinking),
    "refusal": _own_text(Refusal),
    "tool_call": _own_tool_call,
    "tool_result": _own_tool_result,
    "media": _own_media,
    "unknown": lambda value: Unknown(value["raw"]),
}
