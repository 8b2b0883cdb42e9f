"""JSON that arrives as text inside JSON: parsed once, and only where it looks like an object or an array."""

from __future__ import annotations

import json
import re

import msgspec

from tracetui.model import Json

_LONE = re.compile("[\ud800-\udfff]")
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
        return without_surrogates(json.loads(text))
    except (ValueError, RecursionError):
        return text


def without_surrogates(value: Json) -> Json:
    """The same value with U+FFFD for surrogates that stand alone, which no file and no terminal can hold: a text that was
    cut within an emoji has one at its end. Raises RecursionError."""
    if isinstance(value, str):
        return value if value.isascii() else _LONE.sub("\ufffd", value)
    if isinstance(value, list | tuple):
        return [without_surrogates(item) for item in value]
    if isinstance(value, dict):
        return {without_surrogates(key): without_surrogates(item) for key, item in value.items()}
    return value


def parse_scalar_text(text: str) -> Json:
    """As `parse_json_text`, and also JSON strings, numbers and words (Langfuse writes every value as JSON text)."""
    try:
        return _decoder.decode(text)
    except (msgspec.DecodeError, RecursionError, UnicodeError):
        return parse_json_text(text)


def opened(value: Json) -> Json:
    """`parse_json_text` of text, any other value as it is."""
    return parse_json_text(value) if isinstance(value, str) else value
