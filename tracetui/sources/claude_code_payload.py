"""What the spans of a Claude Code transcript carried, from the region of the file in which a span lies.

The input of a generation is not stored per call: it is the conversation that its line's chain of parents leads through,
back to the root or to the last compaction. Parallel tools fork that chain, so the results of all tools called on it
belong to it too. The system prompt and the definitions of the tools are not recorded.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from tracetui.model import Content, Json, Message, Part, Payload, Span, Text
from tracetui.semconv.chat_parts import flat_text, parts_of
from tracetui.wire.otlp_values import loads

Dict = dict[str, Json]
_COMMON = frozenset({"uuid", "parentUuid", "timestamp", "sessionId", "type", "message", "isSidechain", "userType"})


def unfold(span: Span, data: bytes) -> Payload:
    """The payload of a span; `data` are whole lines from the beginning of its region to the end."""
    lines = [line for line in data.split(b"\n") if line.strip()]
    reader = {"generation": _generation, "tool": _tool, "event": _event}.get(span.kind, _turn)
    return reader(span, lines)


def _parsed(lines: list[bytes]) -> Iterator[Dict]:
    for line in lines:
        try:
            value = loads(line)
        except (ValueError, RecursionError):
            continue
        if isinstance(value, dict):
            yield value


def _message(line: Dict) -> Dict:
    message = line.get("message")
    return message if isinstance(message, dict) else {}


def _blocks(line: Dict) -> list[Dict]:
    content = _message(line).get("content")
    return [block for block in content if isinstance(block, dict)] if isinstance(content, list) else []


def _is_part(line: Dict, span_id: str) -> bool:
    """Whether a line is part of the message that a generation is."""
    return span_id in (_message(line).get("id"), line.get("uuid")) and isinstance(line.get("message"), dict)


def _generation(span: Span, lines: list[bytes]) -> Payload:
    parsed = list(_parsed(lines))
    own = [line for line in parsed if _is_part(line, span.span_id)]
    first = next((number for number, line in enumerate(parsed) if _is_part(line, span.span_id)), len(parsed))
    before = _conversation(parsed[:first], own[0] if own else {})
    parts = tuple(part for line in own for part in parts_of(_message(line).get("content")))
    attributes = _attributes(own[0]) if own else {}
    usage = [_message(line).get("usage") for line in own]
    return Payload(
        input=_messages(before) or None,
        output=(Message("assistant", parts),) if parts else None,
        attributes={**attributes, "usage_lines": usage}
        if len(usage) > 1
        else {**attributes, "usage": usage[0] if usage else None},
        raw="\n".join(_text(line) for line in own),
    )


def _text(line: Dict) -> str:
    return msgspec.json.encode(line).decode()


def _attributes(line: Dict) -> Dict:
    return {key: value for key, value in line.items() if key not in _COMMON and value not in (None, "", [], {})}


def _conversation(lines: list[Dict], own: Dict) -> list[Dict]:
    """The lines that were given to the model before its message, in the order of the file."""
    chained = _chain(lines, own)
    if chained is None:
        side = bool(own.get("isSidechain"))
        return [line for line in lines if bool(line.get("isSidechain")) == side]
    called = [block.get("id") for line in chained for block in _blocks(line) if block.get("type") == "tool_use"]
    messages = [said for line in chained if line.get("type") == "assistant" and (said := _message(line).get("id"))]
    members = {id(line) for line in chained}
    return [
        line
        for line in lines
        if id(line) in members
        or _message(line).get("id") in messages
        or any(block.get("tool_use_id") in called for block in _blocks(line) if block.get("type") == "tool_result")
    ]


def _chain(lines: list[Dict], own: Dict) -> list[Dict] | None:
    """The lines from the own one's parent back to the root, None where a parent is missing."""
    by_uuid = {line["uuid"]: line for line in lines if isinstance(line.get("uuid"), str)}
    found: dict[int, Dict] = {}
    parent = own.get("parentUuid")
    while isinstance(parent, str):
        line = by_uuid.get(parent)
        if line is None:
            return None
        if id(line) in found:
            break
        found[id(line)] = line
        parent = line.get("parentUuid")
    return list(found.values())


def _messages(lines: list[Dict]) -> tuple[Message, ...]:
    """Lines as messages; the lines of one answer are one message."""
    found: list[Message] = []
    last_id: Json = None
    for line in lines:
        message = _line_message(line)
        if message is None:
            continue
        message_id = _message(line).get("id") if message.role == "assistant" else None
        if message_id is not None and message_id == last_id:
            found[-1] = Message("assistant", found[-1].parts + message.parts)
        else:
            found.append(message)
        last_id = message_id
    return tuple(found)


def _line_message(line: Dict) -> Message | None:
    kind = line.get("type")
    if kind == "attachment":
        attachment = line.get("attachment")
        word = attachment.get("type") if isinstance(attachment, dict) else None
        return Message("user", parts_of(_attached(attachment)), f"attachment {word}" if word else "attachment")
    if kind not in ("user", "assistant"):
        return None
    parts = parts_of(_message(line).get("content"))
    if not parts:
        return None
    role = "tool" if any(block.get("type") == "tool_result" for block in _blocks(line)) else str(kind)
    return Message(role, parts)


def _attached(attachment: Json) -> Json:
    """The text of an attachment where it has one, else all of it."""
    content = attachment.get("content") if isinstance(attachment, dict) else None
    inner = content.get("content") if isinstance(content, dict) else content
    return inner if isinstance(inner, str) and inner else attachment


def _tool(span: Span, lines: list[bytes]) -> Payload:
    key = span.span_id.encode()
    call: Dict = {}
    answer: Dict = {}
    holder: Dict = {}
    raw: list[str] = []
    for line in _parsed([line for line in lines if key in line]):
        for block in _blocks(line):
            if block.get("type") == "tool_use" and block.get("id") == span.span_id and not call:
                call = block
                raw.append(_text(line))
            elif block.get("type") == "tool_result" and block.get("tool_use_id") == span.span_id and not answer:
                answer, holder = block, line
                raw.append(_text(line))
    extra = holder.get("toolUseResult")
    return Payload(
        input=call.get("input"),
        output=_result(answer.get("content")),
        attributes={} if extra is None else {"toolUseResult": extra},
        raw="\n".join(raw),
    )


def _result(content: Json) -> Content:
    flat = flat_text(content)
    if isinstance(flat, list) and flat:
        parts: tuple[Part, ...] = parts_of(flat)
        return (Message("tool", parts),)
    return flat


def _event(span: Span, lines: list[bytes]) -> Payload:
    line = next(_parsed(lines), {})
    details = line.get("compactMetadata")
    attributes = {**_attributes(line), **(details if isinstance(details, dict) else {})}
    return Payload(output=line.get("content"), attributes=attributes, raw=_text(line))


def _turn(span: Span, lines: list[bytes]) -> Payload:
    """A turn or a sub-agent: the prompt, and the last thing that was said."""
    opener = next(_parsed(lines[:1]), {})
    prompt = _line_message(opener)
    return Payload(
        input=(prompt,) if prompt is not None else None,
        output=_last_words(lines[1:], bool(opener.get("isSidechain"))),
        attributes=_attributes(opener),
        raw=_text(opener) if opener else "",
    )


def _last_words(lines: list[bytes], is_sidechain: bool) -> Content:
    last_id: Json = None
    parts: tuple[Part, ...] = ()
    for line in _parsed(lines[::-1]):
        if line.get("type") != "assistant" or bool(line.get("isSidechain")) != is_sidechain:
            continue
        message_id = _message(line).get("id")
        if last_id is not None and message_id != last_id:
            break
        last_id = message_id
        texts = tuple(part for part in parts_of(_message(line).get("content")) if isinstance(part, Text))
        parts = texts + parts
    return (Message("assistant", parts),) if parts else None
