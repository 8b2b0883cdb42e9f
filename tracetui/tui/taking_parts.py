"""What can be copied of a span, as a table: what it is called, its key, and how it is made. Pure."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
from msgspec import Struct

from tracetui.model import Content, Json, Node, Payload
from tracetui.semconv.chat_pairs import messages_of
from tracetui.tui.widgets.payload.differing import message_text
from tracetui.tui.widgets.payload.json_text import write_json


class Part(Struct, frozen=True):
    """One thing to copy. `for_calls`: only of calls of a model."""

    name: str
    key: str
    make: Callable[[Node, Payload], str]
    for_calls: bool = False


def as_text(content: Content) -> str:
    """A conversation as text under its roles, one message without; any other value as text or JSON."""
    if not isinstance(content, tuple):
        return content if isinstance(content, str) else "" if content is None else write_json(content)
    if len(content) == 1:
        return message_text(content[0])
    return "\n\n".join(f"{message.role}:\n{message_text(message)}" for message in content)


def _messages(_: Node, payload: Payload) -> str:
    from tracetui.semconv.chat import dump_messages

    return _laid_out(dump_messages(tuple(messages_of(payload.input, payload.output))))


def _span(node: Node, payload: Payload) -> str:
    carried = {
        name: msgspec.to_builtins(part) for name, part in msgspec.structs.asdict(payload).items() if name != "left_out"
    }
    return _laid_out({"span": msgspec.to_builtins(node.span), "payload": carried})


def _laid_out(value: Json) -> str:
    from tracetui.exports.json_text import lay_out_json

    return lay_out_json(value)


def _markdown(node: Node, payload: Payload) -> str:
    from tracetui.exports.markdown import span_markdown

    return span_markdown(node, payload)


def _curl(node: Node, payload: Payload) -> str:
    from tracetui.exports.request_body import as_curl

    return as_curl(node.span, payload)


def _python(node: Node, payload: Payload) -> str:
    from tracetui.exports.request_body import as_python

    return as_python(node.span, payload)


def _provider(node: Node, payload: Payload) -> str:
    from tracetui.exports.request_body import body_text

    return body_text(node.span, payload)


PARTS: tuple[Part, ...] = (
    Part("prompt", "p", lambda node, payload: as_text(payload.input)),
    Part("response", "r", lambda node, payload: as_text(payload.output)),
    Part("all messages as JSON", "a", _messages),
    Part("span as JSON", "j", _span),
    Part("raw record", "w", lambda node, payload: payload.raw),
    Part("span as Markdown", "m", _markdown),
    Part("request as the provider's JSON", "o", _provider, for_calls=True),
    Part("request as curl", "c", _curl, for_calls=True),
    Part("request as Python", "y", _python, for_calls=True),
)
