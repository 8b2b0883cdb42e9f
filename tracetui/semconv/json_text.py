"""JSON that arrives as text inside JSON: parsed once, and only where it looks like an object or an array."""

from __future__ import annotations

import json

import msgspec

from tracetui.model import Json

_decoder = msgspec.json.Decoder()


def parse_json_text(text: str) -> Json:
    """The object or array that `text` holds, else `text` itself. Never raises."""
    head = text.lstrip()[:2]
    if head[:1] not in ("{", "[") or head[1:] == "'":  # with a quote of Python's it is no JSON
        return text
    try:
        return _decoder.decode(text)
    except (msgspec.DecodeError, RecursionError, UnicodeError):
        pass
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def parse_scalar_text(text: str) -> Json:
    """As `parse_json_text`, and also JSON strings, numbers and words (Langfuse writes every value as JSON text)."""
    try:
        return _decoder.decode(text)
    except (msgspec.DecodeError, RecursionError, UnicodeError):
        return parse_json_text(text)


def opened(value: Json) -> Json:
    """`parse_json_text` of text, any other value as it is."""
    return parse_json_text(value) if isinstance(value, str) else value
