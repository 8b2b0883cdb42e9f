"""What a span carried as HTML: messages with their roles, calls with their results, values. Everything is escaped."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from html import escape

from tracetui.exports.plain import body, heading, part_text, pretty_text
from tracetui.model import Content, Json, Media, Message, Part, Payload, Thinking, ToolCall, ToolDefinition, ToolResult
from tracetui.text import inert, inert_pieces

_PICTURES = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})
"""Pictures that are nothing else: SVG is a document that may hold scripts and links."""
_BASE64 = re.compile(r"[A-Za-z0-9+/\s]+={0,2}\s*")


def safe(text: str) -> str:
    """Text of a trace on one line: inert, and no markup."""
    return escape(inert(text))


def block(text: str) -> Iterator[str]:
    """Text of a trace as it is laid out."""
    # A line end right behind the tag would be dropped by HTML, so one is given to it.
    yield "<pre>\n"
    yield from map(escape, inert_pieces(text))
    yield "</pre>\n"


def carried(payload: Payload) -> Iterator[str]:
    """Input, output, offered tools and attributes, those that there are."""
    yield from _content("Input", payload.input)
    yield from _content("Output", payload.output)
    if payload.tools:
        yield f"<details><summary>Tools offered ({len(payload.tools)})</summary>\n"
        for tool in payload.tools:
            yield from _tool(tool)
        yield "</details>\n"
    for title, value in (("Attributes", payload.attributes), ("Events", list(payload.events))):
        if value:
            yield f"<details><summary>{title} ({len(value)})</summary>\n"
            yield from block(pretty_text(value))
            yield "</details>\n"


def _content(title: str, content: Content) -> Iterator[str]:
    if content is None:
        return
    yield f"<h3>{title}</h3>\n"
    if not isinstance(content, tuple):
        yield from block(pretty_text(content))
        return
    results = _results(content)
    shown: set[int] = set()
    for message in content:
        if message.parts and all(id(part) in shown for part in message.parts):
            continue
        yield f'<section class="message"><h4 class="role">{safe(heading(message))}</h4>\n'
        yield from _parts((part for part in message.parts if id(part) not in shown), results, shown)
        if not message.parts:
            yield from block(body(message))
        yield "</section>\n"


def _results(messages: Iterable[Message]) -> dict[str, ToolResult]:
    """The result of each call, by its id; of several the first."""
    found: dict[str, ToolResult] = {}
    for message in messages:
        for part in message.parts:
            if isinstance(part, ToolResult) and part.call_id:
                found.setdefault(part.call_id, part)
    return found


def _parts(parts: Iterable[Part], results: dict[str, ToolResult], shown: set[int]) -> Iterator[str]:
    for part in parts:
        yield from _part(part)
        if isinstance(part, ToolCall) and part.id in results:
            result = results.pop(part.id)
            shown.add(id(result))
            yield '<div class="result">'
            yield from _result(result)
            yield "</div>\n"


def _part(part: Part) -> Iterator[str]:
    match part:
        case ToolCall(id, name, arguments):
            yield f"<div>→ <b>{safe(name)}</b> {_identity(id)}</div>\n"
            yield from _value(arguments)
        case ToolResult():
            yield from _result(part)
        case Thinking(text):
            yield "<details><summary>thinking</summary>\n"
            yield from block(text)
            yield "</details>\n"
        case _:
            yield from block(part_text(part))
            yield _picture(part) if isinstance(part, Media) else ""


def _result(part: ToolResult) -> Iterator[str]:
    failed = ' <span class="error">✕ error</span>' if part.is_error else ""
    yield f"<div>← <b>{safe(part.name or 'result')}</b> {_identity(part.call_id)}{failed}</div>\n"
    yield from _value(part.content)


def _identity(identity: str | None) -> str:
    return f'<span class="faint">{safe(identity)}</span>' if identity else ""


def _value(value: Json) -> Iterator[str]:
    if value is not None:
        yield from block(pretty_text(value))


def _picture(part: Media) -> str:
    if part.media_type not in _PICTURES or part.data is None or not _BASE64.fullmatch(part.data):
        return ""
    return f'<img alt="" src="data:{part.media_type};base64,{"".join(part.data.split())}">\n'


def _tool(tool: ToolDefinition) -> Iterator[str]:
    yield f"<h4>{safe(tool.name)}</h4>\n"
    if tool.description:
        yield from block(tool.description)
    yield from _value(tool.parameters)
