"""What a span carried as plain text for people: messages, tool calls and results, values. Used by every text form.

The text is not yet inert: whoever prints it to a terminal passes it through `text.inert`.
"""

from __future__ import annotations

import json

from tracetui.exports.json_text import dump_json
from tracetui.model import (
    Content,
    Json,
    Media,
    Message,
    Part,
    Refusal,
    Score,
    Text,
    Thinking,
    ToolCall,
    ToolResult,
    Unknown,
)
from tracetui.text import size


def content_text(content: Content) -> str:
    """The whole of an input or output: messages headed by their roles, or the value. Empty where nothing was captured."""
    if isinstance(content, tuple):
        return "\n\n".join(f"{heading(message)}:\n{body(message)}" for message in content)
    return value_text(content)


def heading(message: Message) -> str:
    """The role, with the name of the speaker where there is one."""
    return f"{message.role} ({message.name})" if message.name else message.role


def body(message: Message) -> str:
    """The parts of a message, one below the other."""
    return "\n".join(part_text(part) for part in message.parts) or "(empty)"


def part_text(part: Part) -> str:
    """One part as text. A part that nobody understands is its JSON; nothing is drawn as empty."""
    match part:
        case Text(text):
            return text
        case Thinking(text):
            return f"[thinking] {text}"
        case Refusal(text):
            return f"[refusal] {text}"
        case ToolCall():
            return f"→ {part.name}({value_text(part.arguments)}){_in_brackets(part.id)}"
        case ToolResult():
            failed = " [error]" if part.is_error else ""
            name = f" {part.name}" if part.name else ""
            return f"←{name}{_in_brackets(part.call_id)}{failed} {value_text(part.content)}"
        case Media():
            facts = (part.media_type, size(part.size) if part.size is not None else None, part.reference)
            return "[" + " ".join([part.media, *(fact for fact in facts if fact)]) + "]"
        case Unknown(raw):
            return value_text(raw)


def value_text(value: Json) -> str:
    """Text as it is, anything else as its JSON; None is empty."""
    if value is None:
        return ""
    return value if isinstance(value, str) else dump_json(value)


def pretty_text(value: Json) -> str:
    """Text as it is, anything else as indented JSON, keys in their order."""
    if isinstance(value, str):
        return value
    return json.dumps(json.loads(dump_json(value)), indent=2, ensure_ascii=False)


def score_text(score: Score) -> str:
    """A score on one line: `user_rating 4 (human: maria) “too slow”`."""
    by = f"({score.source}: {score.author})" if score.author else f"({score.source})"
    comment = f"“{score.comment}”" if score.comment else None
    return " ".join(piece for piece in (score.name, verdict_text(score), by, comment) if piece)


def verdict_text(score: Score) -> str:
    """The value of a score, or its label: `4`, `0.25`, `true`, `too slow`."""
    if isinstance(score.value, bool):
        return str(score.value).lower()
    return (score.label or "") if score.value is None else f"{score.value:g}"


def _in_brackets(identity: str | None) -> str:
    return f" [{identity}]" if identity else ""
