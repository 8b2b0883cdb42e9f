"""What the spans of a Codex CLI rollout carried, from the region of the file in which a span lies.

The input of a generation are the items since the last compaction, whose own history comes first.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from tracetui.model import Content, Json, Message, Payload, Span, Text, ToolCall, Unknown
from tracetui.semconv.chat_messages import item_of, merged, message_of
from tracetui.semconv.chat_parts import flat_text
from tracetui.semconv.json_text import opened
from tracetui.sources.codex_cli_lines import ITEMS
from tracetui.wire.otlp_values import loads

Dict = dict[str, Json]


def unfold(span: Span, data: bytes, item: int, instructions: str | None) -> Payload:
    """The payload of a span; `data` are whole lines, `item` is where a generation's own lines begin in them."""
    if span.kind == "generation":
        return _generation(span, data, item, instructions)
    lines = list(_parsed(data))
    reader = {"tool": _tool, "event": _event}.get(span.kind, _turn)
    return reader(span, lines)


def _parsed(data: bytes) -> Iterator[Dict]:
    for line in data.split(b"\n"):
        try:
            value = loads(line) if line.strip() else None
        except (ValueError, RecursionError):
            continue
        if isinstance(value, dict):
            yield value


def _payload(line: Dict) -> Dict:
    payload = line.get("payload")
    return payload if isinstance(payload, dict) else line


def _is_item(line: Dict) -> bool:
    kind = line.get("type")
    return kind == "response_item" or ("payload" not in line and isinstance(kind, str) and kind in ITEMS)


def _is_models(payload: Dict) -> bool:
    """Whether an item is the model's own."""
    kind = str(payload.get("type"))
    if kind == "message":
        return payload.get("role") == "assistant"
    return kind in ITEMS and not kind.endswith("_output")


def _generation(span: Span, data: bytes, item: int, instructions: str | None) -> Payload:
    before, after = list(_parsed(data[:item])), list(_parsed(data[item:]))
    own = [line for line in after if _is_item(line) and _is_models(_payload(line))]
    events = [line for line in after if not own and line.get("type") == "event_msg"]
    output = merged(tuple(_messages([_payload(line) for line in own] or _copies(after))))
    system = (Message("system", (Text(instructions),)),) if instructions else ()
    return Payload(
        input=(*system, *_messages(_history(before))) or None,
        output=output or None,
        attributes=_context(before),
        raw="\n".join(_text(line) for line in own or events),
    )


def _context(lines: list[Dict]) -> Dict:
    """The settings of the turn, as they were last said before the call."""
    found = next((_payload(line) for line in reversed(lines) if line.get("type") == "turn_context"), {})
    return dict(found)


def _history(lines: list[Dict]) -> list[Dict]:
    history: list[Dict] = []
    has_items = any(_is_item(line) for line in lines)
    for line in lines:
        payload = _payload(line)
        if line.get("type") == "compacted":
            replaced = payload.get("replacement_history")
            history = [item for item in replaced if isinstance(item, dict)] if isinstance(replaced, list) else []
            summary = payload.get("message")
            if not history and isinstance(summary, str) and summary:
                history = [{"type": "message", "role": "user", "content": summary}]
        elif _is_item(line):
            history.append(payload)
    return history if has_items or history else _copies(lines)


def _copies(lines: list[Dict]) -> list[Dict]:
    """Messages that are there as events only."""
    found: list[Dict] = []
    for line in lines:
        payload = _payload(line)
        kind, text = payload.get("type"), payload.get("message") or payload.get("text")
        if not isinstance(text, str):
            continue
        if kind == "user_message":
            found.append({"type": "message", "role": "user", "content": text})
        elif kind == "agent_message":
            found.append({"type": "message", "role": "assistant", "content": text})
        elif kind == "agent_reasoning":
            found.append({"type": "reasoning", "summary": [{"type": "summary_text", "text": text}]})
    return found


def _messages(items: list[Dict]) -> tuple[Message, ...]:
    return tuple(message for item in items if (message := _message(item)) is not None)


def _message(item: Dict) -> Message | None:
    if item.get("type") == "reasoning":
        item = {key: value for key, value in item.items() if key != "encrypted_content" and value is not None}
        if not item.get("summary") and not item.get("content"):
            return None
    found = message_of(item) or item_of(item)
    return found if found is not None else Message("assistant", (Unknown(item),))


def _text(line: Dict) -> str:
    return msgspec.json.encode(line).decode()


def _tool(span: Span, lines: list[Dict]) -> Payload:
    is_search = lines[:1] and _payload(lines[0]).get("call_id") is None
    own = [line for line in lines if _payload(line).get("call_id") == span.span_id] or (lines[:1] if is_search else [])
    call = next((_payload(line) for line in own if _is_item(line) and _is_models(_payload(line))), {})
    answer = next((_payload(line) for line in own if _is_item(line) and not _is_models(_payload(line))), {})
    attributes: Dict = {}
    for line in own:
        if line.get("type") == "event_msg":
            attributes |= {key: value for key, value in _payload(line).items() if key not in ("type", "call_id")}
    return Payload(
        input=_arguments(call),
        output=_result(answer.get("output")),
        attributes=attributes,
        raw="\n".join(_text(line) for line in own),
    )


def _arguments(call: Dict) -> Json:
    message = _message(call) if call else None
    part = next((part for part in message.parts if isinstance(part, ToolCall)), None) if message else None
    if part is not None and part.arguments is not None:
        return part.arguments
    return opened(next((call[key] for key in ("arguments", "input", "action") if call.get(key) is not None), None))


def _result(output: Json) -> Content:
    if isinstance(output, dict) and isinstance(output.get("content"), str):
        return output["content"]
    return flat_text(output)


def _event(span: Span, lines: list[Dict]) -> Payload:
    line = lines[0] if lines else {}
    payload = _payload(line)
    return Payload(input=_messages(_history([line])) or None, output=payload.get("message"), raw=_text(line))


def _turn(span: Span, lines: list[Dict]) -> Payload:
    items = [_payload(line) for line in lines if _is_item(line)] or _copies(lines)
    prompt = next((item for item in items if item.get("role") == "user" and _is_named(item, span)), None)
    prompt = prompt or next((item for item in items if item.get("role") == "user"), None)
    answer = next((item for item in reversed(items) if item.get("role") == "assistant"), None)
    return Payload(
        input=_messages([prompt]) if prompt else None,
        output=_messages([answer]) if answer else None,
        attributes=_context(lines),
        raw=_text(lines[0]) if lines else "",
    )


def _is_named(item: Dict, span: Span) -> bool:
    """Whether the turn has its name of this message."""
    message = message_of(item)
    texts = [part.text for part in message.parts if isinstance(part, Text)] if message is not None else []
    return bool(span.name) and any(span.name in text for text in texts)
