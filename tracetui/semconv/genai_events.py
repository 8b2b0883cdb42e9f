"""Messages that OpenTelemetry GenAI sends as events beside the span: log records, or events on the span itself.

Two ways: one record per call with the messages in its attributes, or one record per message with it in its body.
"""

from __future__ import annotations

from collections.abc import Iterable

from tracetui.model import Json, Message, ToolDefinition
from tracetui.semconv import genai
from tracetui.semconv.chat import parse_messages
from tracetui.semconv.chat_messages import message_of
from tracetui.semconv.json_text import opened
from tracetui.semconv.raw import LogEvent
from tracetui.semconv.scalars import text_of

DETAILS = ("gen_ai.client.inference.operation.details", "gen_ai.content.prompt", "gen_ai.content.completion")
"""Names of events that carry whole conversations in their attributes."""
MESSAGES: dict[str, str] = {
    "gen_ai.system.message": "system",
    "gen_ai.user.message": "user",
    "gen_ai.assistant.message": "assistant",
    "gen_ai.tool.message": "tool",
    "gen_ai.choice": "assistant",
}
"""Names of events that carry one message, and its role where the body does not say it."""
_ANSWER = "gen_ai.choice"


def is_message_event(name: str) -> bool:
    """Whether a record of this name says something of a call's messages."""
    return name in MESSAGES or name in DETAILS


def input_of(events: Iterable[LogEvent]) -> tuple[Message, ...]:
    """What was said to the model, in the order of time."""
    found: list[Message] = []
    for event in events:
        if event.name in DETAILS:
            content = genai.read_input(event.attributes)
            found += content if isinstance(content, tuple) else parse_messages(content, "user")
        elif event.name in MESSAGES and event.name != _ANSWER:
            found += _message(event)
    return tuple(found)


def output_of(events: Iterable[LogEvent]) -> tuple[Message, ...]:
    """What the model answered."""
    found: list[Message] = []
    for event in events:
        if event.name in DETAILS:
            content = genai.read_output(event.attributes)
            found += content if isinstance(content, tuple) else parse_messages(content, "assistant")
        elif event.name == _ANSWER:
            found += _message(event)
    return tuple(found)


def finish_of(events: Iterable[LogEvent]) -> str | None:
    """Why the model stopped, where its answer says so: some spans of streams do not."""
    found = None
    for event in events:
        if event.name == _ANSWER:
            body = opened(event.body) if event.body else _from_attributes(event.attributes)
            found = (text_of(body.get("finish_reason")) if isinstance(body, dict) else None) or found
    return found


def tools_of(events: Iterable[LogEvent]) -> tuple[ToolDefinition, ...]:
    """The tools that were offered."""
    return next((tools for event in events if (tools := genai.read_tools(event.attributes))), ())


def _message(event: LogEvent) -> tuple[Message, ...]:
    body = opened(event.body) if event.body else _from_attributes(event.attributes)
    role = MESSAGES[event.name]
    if not isinstance(body, dict):
        return parse_messages(body, role)
    inner = body.get("message")
    spoken = inner if isinstance(inner, dict) else {"content": inner, **body} if isinstance(inner, str) else body
    fields = {"role": role, "content": None, **{key: item for key, item in spoken.items() if key != "message"}}
    if role == "tool" and "id" in fields:
        fields.setdefault("tool_call_id", fields.pop("id"))
    message = message_of(fields)
    return (message,) if message is not None else ()


def _from_attributes(attributes: dict[str, Json]) -> Json:
    """An event on the span has no body: its fields are attributes, an object among them as JSON text."""
    known = {key: opened(item) for key, item in attributes.items() if not key.startswith(("gen_ai.", "event."))}
    if known:
        return known
    return opened(attributes.get("gen_ai.event.content"))
