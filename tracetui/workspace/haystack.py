"""All the text of a span, for searching: names, models, errors, messages, tool arguments and results, metadata,
comments of scores."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache

import msgspec

from tracetui.model import (
    Content,
    Json,
    Media,
    Message,
    Part,
    Payload,
    Refusal,
    Score,
    Span,
    Text,
    Thinking,
    ToolCall,
    ToolResult,
    Unknown,
)
from tracetui.query import Sieve, compile_regex, fold, is_found, sieve_for
from tracetui.semconv.json_text import without_surrogates

_sieve_for = lru_cache(maxsize=64)(sieve_for)
_compiled = lru_cache(maxsize=64)(compile_regex)


def matches(texts: Iterable[str], mode: str, pattern: str) -> bool:
    """Whether any of the texts has the pattern: a substring (`word`) or a regular expression (`regex`)."""
    if mode == "regex":
        expression = _compiled(pattern)
        return any(is_found(expression, text) for text in texts)
    needle, sieve = fold(pattern), _sieve_for(pattern)
    return any(_has(text, needle, sieve) for text in texts)


def _has(text: str, needle: str, sieve: Sieve | None) -> bool:
    """Whether a text, folded, has what is folded already. Folding takes ten times as long as a look at it, unless it is
    ASCII."""
    if text.isascii():
        return needle in fold(text)
    stored = text.encode("utf-8", "surrogatepass")
    if needle.isascii() and _stands_alone(needle.encode(), stored.lower()):
        return True
    return (sieve is None or sieve.may_hold(stored)) and needle in fold(text)


def _stands_alone(needle: bytes, lowered: bytes) -> bool:
    """Whether ASCII stands somewhere with ASCII behind it, or nothing: folding changes nothing there, since no letter is
    ever put together with what is before it."""
    at = lowered.find(needle)
    while at >= 0:
        end = at + len(needle)
        if lowered[end : end + 1].isascii():
            return True
        at = lowered.find(needle, at + 1)
    return False


def summary_texts(span: Span, scores: Iterable[Score]) -> Iterator[str]:
    """What the summary says: cheap, no payload needed."""
    fields = (
        span.name, span.model, span.provider, span.status_message, span.tool_name, span.finish_reason, span.user_id,
        span.session_id, span.feature, span.environment, span.prompt_name, span.prompt_version, span.release,
    )  # fmt: skip
    yield from (field for field in fields if field)
    yield from span.tags
    if span.metadata:
        yield from json_texts(span.metadata)
    for score in scores:
        if score.comment:
            yield score.comment
        if score.label:
            yield score.label


def payload_texts(payload: Payload, scope: str) -> Iterator[str]:
    """What was captured: `prompt` is the input and the tools offered, `response` the output, `any` both and the rest."""
    if scope in ("any", "prompt"):
        yield from content_texts(payload.input)
        for tool in payload.tools:
            yield tool.name
            if tool.description:
                yield tool.description
    if scope in ("any", "response"):
        yield from content_texts(payload.output)
    if scope == "any":
        yield from json_texts(payload.attributes)
        yield from json_texts(list(payload.events))


def content_texts(content: Content) -> Iterator[str]:
    """The text of a conversation or of a JSON value."""
    if not isinstance(content, tuple):
        yield from json_texts(content)
        return
    for message in content:
        yield from message_texts(message)


def message_texts(message: Message) -> Iterator[str]:
    """The text of one message."""
    if message.name:
        yield message.name
    for part in message.parts:
        yield from _part_texts(part)


def _part_texts(part: Part) -> Iterator[str]:
    match part:
        case Text(text) | Thinking(text) | Refusal(text):
            yield text
        case ToolCall(_, name, arguments):
            yield name
            yield from json_texts(arguments)
        case ToolResult(_, content, _, name):
            if name:
                yield name
            yield from json_texts(content)
        case Media():
            if part.reference:
                yield part.reference
        case Unknown(raw):
            yield from json_texts(raw)


def json_texts(value: Json) -> Iterator[str]:
    """The strings within a JSON value, and the value itself as compact JSON where it is no string."""
    if value is None:
        return
    if isinstance(value, str):
        yield value
        return
    stack: list[Json] = [value]
    while stack:
        item = stack.pop()
        if isinstance(item, str):
            yield item
        elif isinstance(item, dict):
            yield from (key for key in item if isinstance(key, str))
            stack.extend(item.values())
        elif isinstance(item, list | tuple):
            stack.extend(item)
        elif isinstance(item, int | float):
            yield str(item)


def find_attribute(payload: Payload, path: str) -> str | int | float | None:
    """The attribute at a dotted path: an exact key first, else keys within keys. Objects and lists come as JSON text,
    and half of an emoji, which SQLite takes from no function, as U+FFFD."""
    value = without_surrogates(_find(payload.attributes, path))
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None or isinstance(value, str | float):
        return value
    if isinstance(value, int):
        return value if -(2**63) <= value < 2**63 else str(value)
    return msgspec.json.encode(value).decode()


def _find(value: Json, path: str) -> Json:
    if isinstance(value, dict):
        if path in value:
            return value[path]
        for key, inner in value.items():
            if isinstance(key, str) and path.startswith(key + "."):
                found = _find(inner, path[len(key) + 1 :])
                if found is not None:
                    return found
    elif isinstance(value, list):
        head, _, rest = path.partition(".")
        if head.isdigit() and int(head) < len(value):
            return _find(value[int(head)], rest) if rest else value[int(head)]
    return None
