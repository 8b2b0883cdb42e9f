"""What was asked and what was answered in one trace, in a line each: the turns of a conversation."""

from __future__ import annotations

import msgspec

from tracetui.model import Content, Json, Message, Payload, Refusal, Text

_LONGEST = 400
"""Characters of a line that are kept: more never show."""
_ASKS = ("question", "query", "input", "prompt", "message", "content", "text")
_ANSWERS = ("answer", "output", "response", "result", "message", "content", "text")


def asked(payload: Payload) -> str | None:
    """The first line of the last thing that the user said."""
    return _line(payload.input, "user", _ASKS)


def answered(payload: Payload) -> str | None:
    """The first line of the last thing that the model said."""
    return _line(payload.output, "assistant", _ANSWERS)


def _line(content: Content, role: str, names: tuple[str, ...]) -> str | None:
    if isinstance(content, tuple):
        said = [text for message in content if message.role == role and (text := _said(message))]
        return first_line(said[-1]) if said else None
    return first_line(_plain(content, names))


def _said(message: Message) -> str:
    return "\n".join(part.text for part in message.parts if isinstance(part, Text | Refusal))


def _plain(value: Json, names: tuple[str, ...]) -> str:
    """The text of a JSON value: of the member that sounds most like it, where the value is an object."""
    if value is None or isinstance(value, str):
        return value or ""
    if isinstance(value, dict):
        name = next((name for name in names if isinstance(value.get(name), str) and value[name].strip()), None)
        if name is not None:
            text: str = value[name]
            return text
    return msgspec.json.encode(value).decode(errors="replace") if value else ""


def first_line(text: str) -> str | None:
    """The first line that has anything on it, without the blanks around it; None where there is none."""
    line = next((line.strip() for line in text.splitlines() if line.strip()), "")
    return line[:_LONGEST] or None
