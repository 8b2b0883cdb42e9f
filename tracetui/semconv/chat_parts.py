"""One part of a message, in any provider's form → our parts. A row of `_PARTS` a type word.

A part that nobody here understands becomes `Unknown`, and so does what is left over of one that was understood:
nothing that was captured disappears. Only bookkeeping (`_BOOKKEEPING`) is left to the raw view.
"""

from __future__ import annotations

from collections.abc import Callable

from tracetui.model import Json, Part, Refusal, Text, Thinking, ToolCall, ToolResult, Unknown
from tracetui.semconv.chat_media import MEDIA_KEYS, MediaKind, media_parts
from tracetui.semconv.chat_own import own_part
from tracetui.semconv.json_text import opened
from tracetui.semconv.names import plain

Dict = dict[str, Json]
Parts = tuple[Part, ...]

_BOOKKEEPING = frozenset(
    {
        "type", "kind", "part_kind", "block_type", "index", "cache_control", "status", "signature", "thoughtSignature",
        "thought_signature", "encrypted_content", "phase", "object", "providerOptions", "providerMetadata",
        "providerExecuted", "provider_options", "provider_metadata", "provider_name", "provider_details", "timestamp",
        "created_at", "created", "caller", "logprobs", "extra_content", "state",
    }
)  # fmt: skip
_NOTHING: tuple[Json, ...] = (None, "", [], {}, False)

_CALL_IDS = ("call_id", "tool_call_id", "toolCallId", "toolUseId", "tool_use_id", "id")
_CALL_NAMES = ("name", "tool_name", "toolName", "function_name")
_CALL_ARGUMENTS = ("arguments", "args", "input", "parameters", "params", "tool_kwargs")
_CALL_HOLDERS = ("function", "custom", "tool_call", "functionCall", "function_call", "toolUse")
_CALL_KEYS = frozenset({*_CALL_IDS, *_CALL_NAMES, *_CALL_ARGUMENTS, *_CALL_HOLDERS, "namespace"})
_RESULT_CONTENTS = ("content", "output", "response", "result", "outputs", "tool_response")
_RESULT_HOLDERS = ("toolResult", "functionResponse", "function_response")
_RESULT_KEYS = frozenset(
    {*_CALL_IDS, *_CALL_NAMES, *_RESULT_CONTENTS, *_RESULT_HOLDERS, "is_error", "isError", "input", "args", "outcome"}
)
_FAILED = ("error", "failed", "failure", "incomplete")


def parts_of(content: Json) -> Parts:
    """The parts of a message's content: text, a list of parts, one part, or any JSON."""
    if content is None or content == []:
        return ()
    if isinstance(content, str):
        return (Text(content),) if content else ()
    if isinstance(content, list):
        return tuple(part for item in content for part in _item(item))
    return _item(content)


def _item(value: Json) -> Parts:
    if isinstance(value, str):
        return (Text(value),)
    if not isinstance(value, dict):
        return (Unknown(value),)
    own = own_part(value)
    return (own,) if own is not None else part_of(value)


def part_of(value: Dict) -> Parts:
    """One part in a provider's form. Never empty."""
    word = value.get("type") or value.get("part_kind") or value.get("block_type") or value.get("kind")
    reader = _reader(word) if isinstance(word, str) else None
    if reader is None:
        reader = next((row for key, row in _UNTYPED if value.get(key) is not None), None)
    return (reader(value) if reader is not None else ()) or (Unknown(value),)


def _reader(word: str) -> Callable[[Dict], Parts] | None:
    reader = _PARTS.get(plain(word))
    return _invocation if reader is None and word.startswith("tool-") else reader


def is_part(value: Json) -> bool:
    """Whether a bare object is certainly a part of a message: its type word and the field that goes with it."""
    if not isinstance(value, dict):
        return False
    word = value.get("type")
    field = _CERTAIN.get(plain(word)) if isinstance(word, str) else None
    return field is not None and any(value.get(key) is not None for key in field)


def tool_call_of(value: Dict) -> ToolCall | None:
    """A tool call of any provider, or None without a name. Arguments given as JSON text are parsed."""
    found = value
    for holder in _CALL_HOLDERS:
        inner = value.get(holder)
        if isinstance(inner, dict):
            nested = inner.get("function")
            found = {**value, **inner, **(nested if isinstance(nested, dict) else {})}
            break
    name = first_text(found, _CALL_NAMES)
    if name is None:
        return None
    arguments = next((found[key] for key in _CALL_ARGUMENTS if found.get(key) is not None), None)
    return ToolCall(first_text(found, _CALL_IDS), name, opened(arguments))


def flat_text(content: Json) -> Json:
    """A tool's answer that is a list of nothing but text parts, as text; anything else as it is."""
    if not isinstance(content, list) or not content:
        return content
    texts = [item if isinstance(item, str) else _only_text(item) for item in content]
    return "\n".join(text for text in texts if text is not None) if None not in texts else content


def first_text(value: Dict, keys: tuple[str, ...]) -> str | None:
    """The first of `keys` that holds text; a number is taken as its digits."""
    for key in keys:
        found = value.get(key)
        if isinstance(found, str) and found:
            return found
        if type(found) is int:
            return str(found)
    return None


def leftovers(value: Dict, known: frozenset[str]) -> Parts:
    """What of `value` nobody has read, as one `Unknown`, or nothing."""
    left = {
        key: item
        for key, item in value.items()
        if key not in known and key not in _BOOKKEEPING and item not in _NOTHING
    }
    return (Unknown(left),) if left else ()


def _only_text(value: Json) -> str | None:
    if not isinstance(value, dict):
        return None
    text = value.get("text")
    if isinstance(text, str) and value.keys() <= {"type", "text", "annotations", "cache_control", "id"}:
        return text
    return None


def _text(value: Dict) -> Parts:
    text = next((value[key] for key in ("text", "content", "value") if value.get(key) is not None), None)
    if isinstance(text, dict):
        text = text.get("value")
    if isinstance(text, list):
        text = flat_text(text)
    if not isinstance(text, str):
        return ()
    part = Thinking(text) if value.get("thought") is True else Text(text)
    return (part, *leftovers(value, frozenset({"text", "content", "value", "thought", "id"})))


def _refusal(value: Dict) -> Parts:
    text = first_text(value, ("refusal", "text", "content"))
    return (Refusal(text),) if text else ()


def _thinking(value: Dict) -> Parts:
    inner = value.get("reasoningText") or value.get("reasoning_text")
    found = inner if isinstance(inner, dict) else value
    pieces = [found.get(key) for key in ("thinking", "text", "summary", "content", "reasoning", "reasoning_content")]
    texts = [text for piece in pieces if (text := _joined(piece))]
    if not texts:
        return ()
    known = {
        "thinking",
        "text",
        "summary",
        "content",
        "reasoning",
        "reasoning_content",
        "id",
        "reasoningText",
        "reasoning_text",
    }
    return (*(Thinking(text) for text in dict.fromkeys(texts)), *leftovers(value, frozenset(known)))


def _joined(piece: Json) -> str | None:
    if isinstance(piece, str):
        return piece
    if not isinstance(piece, list):
        return None
    texts = [item.get("text") if isinstance(item, dict) else item for item in piece]
    spoken = [text for text in texts if isinstance(text, str)]
    return "\n\n".join(spoken) if spoken and len(spoken) == len(texts) else None


def _call(value: Dict) -> Parts:
    call = tool_call_of(value)
    return (call, *leftovers(value, _CALL_KEYS)) if call is not None else ()


def _hosted_call(value: Dict) -> Parts:
    """A tool that the provider runs itself (web search, code interpreter): everything it says are its arguments."""
    word = str(value["type"])
    if first_text(value, ("name",)):
        return (
            *_call({key: item for key, item in value.items() if key not in ("output", "error")}),
            *_hosted_result(value),
        )
    rest = {key: item for key, item in value.items() if key not in ("type", "id", "call_id", "status")}
    return (ToolCall(first_text(value, ("call_id", "id")), word.removesuffix("_call"), rest or None),)


def _hosted_result(value: Dict) -> Parts:
    if value.get("output") is None and value.get("error") is None:
        return ()
    failed = value.get("error") is not None
    content = value["error"] if failed else value["output"]
    return (ToolResult(first_text(value, ("call_id", "id")), flat_text(content), failed, first_text(value, ("name",))),)


def _result(value: Dict) -> Parts:
    inner = next((value[key] for key in _RESULT_HOLDERS if isinstance(value.get(key), dict)), value)
    content = next((inner[key] for key in _RESULT_CONTENTS if inner.get(key) is not None), None)
    failed = inner.get("is_error") is True or inner.get("isError") is True or inner.get("status") in _FAILED
    if isinstance(content, dict) and content.keys() == {"type", "value"}:
        failed = failed or str(content["type"]).startswith("error")
        content = content["value"]
    result = ToolResult(first_text(inner, _CALL_IDS), flat_text(content), failed, first_text(inner, _CALL_NAMES))
    return (result, *leftovers(inner, _RESULT_KEYS), *(leftovers(value, _RESULT_KEYS) if inner is not value else ()))


def _invocation(value: Dict) -> Parts:
    """A tool call and its result in one part, as Vercel's user interface keeps them."""
    inner = value.get("toolInvocation")
    found = inner if isinstance(inner, dict) else value
    call_id = first_text(found, ("toolCallId",))
    name = first_text(found, ("toolName",)) or str(value["type"]).removeprefix("tool-")
    arguments = found.get("args") if found.get("args") is not None else found.get("input")
    call = ToolCall(call_id, name, opened(arguments))
    error, result = found.get("errorText"), found.get("result")
    answer = next((item for item in (error, result, found.get("output")) if item is not None), None)
    known = frozenset(
        {"toolInvocation", "toolCallId", "toolName", "args", "input", "errorText", "result", "output", "step"}
    )
    extra = leftovers(found, known)
    return (
        (call, *extra)
        if answer is None
        else (call, ToolResult(call_id, flat_text(answer), error is not None, name), *extra)
    )


def _media(kind: MediaKind) -> Callable[[Dict], Parts]:
    def read(value: Dict) -> Parts:
        media = media_parts(value, kind)
        return (*media, *leftovers(value, MEDIA_KEYS)) if media else ()

    return read


def _modal(value: Dict) -> Parts:
    """OpenTelemetry's `blob`, `uri` and `file` say in `modality` what they are."""
    modality = value.get("modality")
    kind: MediaKind = "image" if modality == "image" else "audio" if modality == "audio" else "file"
    return _media(kind)(value)


_TEXT_WORDS = ("text", "input_text", "output_text", "summary_text", "user_prompt", "system_prompt", "text_delta")
_PARTS: dict[str, Callable[[Dict], Parts]] = {
    "dynamic_tool": _invocation,
    **dict.fromkeys(_TEXT_WORDS, _text),
    **dict.fromkeys(("thinking", "reasoning", "reasoning_text", "reasoning_content"), _thinking),
    "refusal": _refusal,
    **dict.fromkeys(
        ("tool_call", "tool_use", "server_tool_use", "mcp_tool_use", "function_call", "custom_tool_call", "function",
         "builtin_tool_call", "server_tool_call"),
        _call,
    ),
    **dict.fromkeys(
        ("web_search_call", "file_search_call", "code_interpreter_call", "computer_call", "image_generation_call",
         "local_shell_call", "shell_call", "apply_patch_call", "mcp_call", "mcp_list_tools", "mcp_approval_request",
         "tool_search_call"),
        _hosted_call,
    ),
    **dict.fromkeys(
        ("tool_call_response", "tool_result", "tool_return", "builtin_tool_return", "function_call_output",
         "custom_tool_call_output", "computer_call_output", "local_shell_call_output", "shell_call_output",
         "apply_patch_call_output", "mcp_tool_result", "web_search_tool_result", "web_fetch_tool_result",
         "code_execution_tool_result", "bash_code_execution_tool_result", "server_tool_call_response", "tool_response",
         "function_response", "retry_prompt"),
        _result,
    ),
    **dict.fromkeys(("image", "image_url", "input_image", "output_image"), _media("image")),
    **dict.fromkeys(("audio", "input_audio", "audio_url", "output_audio"), _media("audio")),
    **dict.fromkeys(("document", "input_file", "video", "video_url", "media", "document_url"), _media("file")),
    **dict.fromkeys(("blob", "uri", "file", "binary"), _modal),
}  # fmt: skip

_UNTYPED: tuple[tuple[str, Callable[[Dict], Parts]], ...] = (
    ("functionCall", _call),
    ("function_call", _call),
    ("toolUse", _call),
    ("tool_call", _call),
    ("functionResponse", _result),
    ("function_response", _result),
    ("toolResult", _result),
    (
        "reasoningContent",
        lambda value: _thinking(value["reasoningContent"]) if isinstance(value["reasoningContent"], dict) else (),
    ),
    ("inlineData", _media("file")),
    ("inline_data", _media("file")),
    ("fileData", _media("file")),
    ("file_data", _media("file")),
    ("image", _media("image")),
    ("document", _media("file")),
    ("text", _text),
)
"""Parts without a type word (Gemini, Bedrock), by the key that holds them."""

_CERTAIN: dict[str, tuple[str, ...]] = {
    "text": ("text", "content"),
    "input_text": ("text",),
    "output_text": ("text",),
    "thinking": ("thinking", "content", "text"),
    "redacted_thinking": ("data",),
    "reasoning": ("content", "text", "summary"),
    "tool_use": ("input", "name"),
    "tool_call": ("name", "toolName"),
    "tool_result": ("tool_use_id", "toolCallId", "call_id"),
    "tool_call_response": ("response", "result", "id"),
    "image_url": ("image_url",),
    "image": ("source",),
    "media": ("media",),
    "refusal": ("refusal", "text"),
    "unknown": ("raw",),
}
