"""One message of any provider, and lists of them → `Message`s.

Understands OpenAI chat messages and Responses items, Anthropic, Gemini, Ollama, Bedrock, Cohere, OpenTelemetry
GenAI, OpenInference, Vercel, LangChain, LlamaIndex and our own form (chat_own.py).
"""

from __future__ import annotations

from tracetui.model import Json, Message, Part, Refusal, Text, Thinking, ToolCall, ToolResult, Unknown
from tracetui.semconv.chat_media import media_from_text, media_parts
from tracetui.semconv.chat_own import own_message
from tracetui.semconv.chat_parts import (
    Dict,
    Parts,
    first_text,
    flat_text,
    is_part,
    leftovers,
    part_of,
    parts_of,
    tool_call_of,
)
from tracetui.semconv.json_text import opened, parse_json_text

ROLES: dict[str, str] = {
    "system": "system", "user": "user", "assistant": "assistant", "tool": "tool", "developer": "developer",
    "human": "user", "ai": "assistant", "model": "assistant", "chatbot": "assistant", "function": "tool",
    "ipython": "tool",
}  # fmt: skip
"""Words for roles → ours; any other word is kept as it is."""
OTHER = "other"
"""The role of what stood among messages and is none."""

_CONTENTS = ("content", "parts", "contents", "blocks", "message")
_CARRIERS = frozenset(
    {*_CONTENTS, "tool_calls", "toolCalls", "function_call", "refusal", "reasoning_content", "reasoning", "thinking",
     "audio", "images", "tool_call_id"}
)  # fmt: skip
_KNOWN = _CARRIERS | {
    "role", "name", "id", "uuid", "model", "usage", "usage_metadata", "response_metadata", "stop_reason",
    "stop_sequence", "finish_reason", "finishReason", "weight", "logprobs", "toolCallId", "tool_name", "is_error",
    "isError", "additional_kwargs", "reasoning_details", "example", "recipient", "end_turn", "experimental_attachments",
    "container", "context_management", "stop_details", "done", "avg_logprobs", "createTime", "attachments",
}  # fmt: skip
_CLASSES = {
    "humanmessage": "user", "humanmessagechunk": "user", "aimessage": "assistant", "aimessagechunk": "assistant",
    "systemmessage": "system", "systemmessagechunk": "system", "toolmessage": "tool", "toolmessagechunk": "tool",
    "functionmessage": "tool", "chatmessage": "user", "chatmessagechunk": "user",
    "human": "user", "ai": "assistant", "system": "system", "tool": "tool", "function": "tool",
}  # fmt: skip
"""LangChain's class names and type words → roles."""
_RESULT_ITEMS = "_output"
_ITEMS = frozenset(
    {
        "function_call", "function_call_output", "custom_tool_call", "custom_tool_call_output", "reasoning",
        "web_search_call", "file_search_call", "code_interpreter_call", "computer_call", "computer_call_output",
        "image_generation_call", "local_shell_call", "local_shell_call_output", "shell_call", "shell_call_output",
        "apply_patch_call", "apply_patch_call_output", "mcp_call", "mcp_list_tools", "mcp_approval_request",
        "mcp_approval_response", "item_reference", "compaction", "tool_search_call", "tool_search_output",
    }
)  # fmt: skip
"""Responses items that are no messages."""
_ITEM_SIGNS = ("call_id", "id", "summary", "arguments", "output", "encrypted_content")


def role_of(word: str) -> str:
    """A role in our words: `model` → `assistant`; an unknown word stays."""
    return ROLES.get(word.lower().removeprefix("role.").removeprefix("messagerole."), word)


def message_of(value: Json) -> Message | None:
    """The message that one object is, or None."""
    if not isinstance(value, dict):
        return None
    own = own_message(value)
    if own is not None:
        return own
    role, fields = _role_and_fields(value)
    if role is None:
        return None
    return _read(role, fields)


def item_of(value: Json) -> Message | None:
    """A Responses item that is no message (a call, its output, reasoning) as a message of its own, or None."""
    if not isinstance(value, dict) or "role" in value:
        return None
    word = value.get("type")
    if not isinstance(word, str) or word not in _ITEMS or not any(key in value for key in _ITEM_SIGNS):
        return None
    return Message("tool" if word.endswith(_RESULT_ITEMS) else "assistant", part_of(value))


def conversation_of(values: list[Json]) -> tuple[Message, ...] | None:
    """A list of messages, None where it is no conversation. What is no message within one is kept as `other`."""
    if len(values) == 1 and isinstance(values[0], list):
        values = values[0]
    if not values:
        return None
    if all(is_part(value) for value in values):
        return None
    read = [_element(value) for value in values]
    found = sum(message is not None for message in read)
    if found == 0 or found * 2 < len(values):
        return None
    return tuple(
        message if message is not None else Message(OTHER, (Unknown(value),))
        for message, value in zip(read, values, strict=True)
    )


def merged(messages: tuple[Message, ...]) -> tuple[Message, ...]:
    """Neighbours of one role as one message: the items that one answer of the Responses API is made of."""
    together: list[Message] = []
    for message in messages:
        if together and together[-1].role == message.role and together[-1].name == message.name:
            together[-1] = Message(message.role, together[-1].parts + message.parts, message.name)
        else:
            together.append(message)
    return tuple(together)


def _element(value: Json) -> Message | None:
    if isinstance(value, str):
        value = parse_json_text(value)
    return message_of(value) or item_of(value)


def _role_and_fields(value: Dict) -> tuple[str | None, Dict]:
    role = value.get("role")
    if isinstance(role, str):
        if not _CARRIERS.isdisjoint(value) or (role_of(role) in ROLES and value.keys() <= _KNOWN | {"type", "object"}):
            return role_of(role), value
        return None, value
    if isinstance(value.get("parts"), list) and value.keys() == {"parts"}:
        return "user", value
    inner = value.get("kwargs") if value.get("lc") == 1 else value.get("data")
    path = value.get("id")
    if isinstance(inner, dict):
        word = path[-1] if isinstance(path, list) and path else value.get("type")
        return _class_role(word), inner
    if "content" in value:
        return _class_role(value.get("type")), value
    return None, value


def _class_role(word: Json) -> str | None:
    return _CLASSES.get(word.lower()) if isinstance(word, str) else None


def _read(role: str, value: Dict) -> Message:
    name = value.get("name")
    content, *others = _contents(value)
    parts: list[Part] = [*_spoken_thoughts(value), *parts_of(content)]
    for other in others:
        parts += _not_repeated(parts_of(other), parts)
    if role == "tool" or value.get("tool_call_id") is not None:
        parts = _answers(value, content, parts)
    refusal = value.get("refusal")
    if isinstance(refusal, str) and refusal:
        parts.append(Refusal(refusal))
    parts += _calls(value, parts)
    parts += _attached(value)
    parts += leftovers(value, _KNOWN)
    extra = value.get("additional_kwargs")
    parts += leftovers(extra, _CARRIERS) if isinstance(extra, dict) else ()
    has_name = isinstance(name, str) and name and not any(isinstance(part, ToolResult) for part in parts)
    return Message(role, tuple(parts), name if has_name else None)


def _contents(value: Dict) -> list[Json]:
    """Every content of a message, the richest first: some programs keep the text once more beside the parts."""
    found = [value[key] for key in _CONTENTS if value.get(key) not in (None, "", [])]
    return sorted(found, key=lambda content: not isinstance(content, list)) or [value.get("content")]


def _not_repeated(parts: Parts, seen: list[Part]) -> Parts:
    texts = "".join(part.text for part in seen if isinstance(part, Text))
    return tuple(part for part in parts if not (isinstance(part, Text) and part.text.strip() in texts))


def _spoken_thoughts(value: Dict) -> Parts:
    extra = value.get("additional_kwargs")
    for key in ("reasoning_content", "reasoning", "thinking"):
        text = value.get(key) or (extra.get(key) if isinstance(extra, dict) else None)
        if isinstance(text, str) and text:
            return (Thinking(text),)
        if isinstance(text, dict):
            return part_of({"type": "reasoning", **text})
    details = value.get("reasoning_details")
    return parts_of(details) if isinstance(details, list) else ()


def _answers(value: Dict, content: Json, parts: list[Part]) -> list[Part]:
    """The content of a tool's message as its result, unless its parts are results already."""
    if any(isinstance(part, ToolResult) for part in parts):
        return parts
    call_id = first_text(value, ("tool_call_id", "toolCallId"))
    failed = value.get("is_error") is True or value.get("isError") is True or value.get("status") == "error"
    return [ToolResult(call_id, flat_text(content), failed, first_text(value, ("name", "tool_name")))]


def _calls(value: Dict, parts: list[Part]) -> Parts:
    """Tool calls beside the content; a call that the content already has is left out."""
    calls: Json = value.get("tool_calls") or value.get("toolCalls")
    extra = value.get("additional_kwargs")
    if not calls and isinstance(extra, dict):
        calls = extra.get("tool_calls")
    single = value.get("function_call")
    calls = [*_listed(opened(calls)), *([single] if single else [])]
    seen = {part.id for part in parts if isinstance(part, ToolCall) and part.id is not None}
    found: list[Part] = []
    for item in calls:
        call = tool_call_of(item) if isinstance(item, dict) else None
        if call is None:
            found.append(Unknown(item))
        elif call.id is None or call.id not in seen:
            found.append(call)
    return tuple(found)


def _listed(value: Json) -> list[Json]:
    if isinstance(value, list):
        return value
    return [] if value is None else [value]


def _attached(value: Dict) -> Parts:
    """Media that lie beside the content: Ollama's and OpenRouter's `images`, OpenAI's spoken `audio`."""
    found: list[Part] = []
    for image in _listed(value.get("images")):
        found += (media_from_text(image, "image"),) if isinstance(image, str) else parts_of([image])
    for name in ("experimental_attachments", "attachments"):
        for attachment in _listed(value.get(name)):
            media = media_parts(attachment, "file") if isinstance(attachment, dict) else ()
            found += media or (Unknown(attachment),)
    audio = value.get("audio")
    if isinstance(audio, dict):
        found += media_parts({"audio": audio}, "audio") or (Unknown(audio),)
    return tuple(found)


def describe_role(parts: Parts, otherwise: str) -> str:
    """The role of parts that came without one: only a model calls tools and thinks, only a tool gives results."""
    if any(isinstance(part, ToolCall | Thinking | Refusal) or _is_hidden_thought(part) for part in parts):
        return "assistant"
    if any(isinstance(part, ToolResult) for part in parts):
        return "tool"
    return otherwise


def _is_hidden_thought(part: Part) -> bool:
    return isinstance(part, Unknown) and isinstance(part.raw, dict) and part.raw.get("type") in _HIDDEN_THOUGHTS


_HIDDEN_THOUGHTS = ("reasoning", "redacted_thinking")
