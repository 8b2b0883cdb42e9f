"""What was said to a model and what it answered, in any provider's form → our messages.

The face of the chat_* files. Every function takes any JSON, never raises, and drops nothing: what nobody understands
stays as the value itself or becomes an `Unknown` part.
"""

from __future__ import annotations

from tracetui.model import Content, Json, Message
from tracetui.semconv.chat_messages import conversation_of, describe_role, item_of, message_of
from tracetui.semconv.chat_own import dump_messages
from tracetui.semconv.chat_parts import is_part, parts_of
from tracetui.semconv.chat_request import Request, is_request, parse_request, system_message
from tracetui.semconv.chat_response import Response, is_refusal, is_response, parse_response
from tracetui.semconv.chat_tools import parse_tools
from tracetui.semconv.json_text import opened

__all__ = [
    "Request", "Response", "dump_messages", "is_refusal", "parse_content", "parse_messages", "parse_request",
    "parse_response", "parse_tools", "system_message",
]  # fmt: skip


def parse_content(value: Json, *, role: str = "user") -> Content:
    """A conversation where `value` is one in any provider's shape, else `value` itself.

    Taken for a conversation: a list of messages or items, one message, a request or response body, a list of typed
    parts, and JSON text of any of these. Text that is other JSON comes back parsed. `role` is whose parts they are
    where parts stand without a role and do not tell it themselves.
    """
    if isinstance(value, tuple):
        return value
    value = opened(value)
    if isinstance(value, list):
        return _from_list(value, role)
    if isinstance(value, dict):
        return _from_object(value)
    return value


def parse_messages(value: Json, role: str) -> tuple[Message, ...]:
    """As `parse_content`, but always a conversation: anything else is one message of that role, () for None."""
    content = parse_content(value, role=role)
    if isinstance(content, tuple):
        return content
    parts = parts_of(content)
    return (Message(role, parts),) if parts else ()


def _from_list(value: list[Json], role: str) -> Content:
    messages = conversation_of(value)
    if messages is not None:
        return messages
    if value and all(is_part(item) for item in value):
        parts = parts_of(value)
        return (Message(describe_role(parts, role), parts),)
    return value


def _from_object(value: dict[str, Json]) -> Content:
    message = message_of(value) or item_of(value)
    if message is not None:
        return (message,)
    if is_response(value):
        return parse_response(value).messages or value
    if is_request(value):
        return parse_request(value).messages or value
    return value
