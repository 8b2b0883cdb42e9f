"""JSON as we write it: compact, valid for every value that a trace may hold, and safe to print on a terminal.

Control bytes, line separators and bidirectional overrides stand as `\\uXXXX` in our JSON: it means the same to every
reader, keeps one value on one line for every editor, and does nothing to a terminal. NaN and infinities, which JSON
does not have, are written as null.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator

import msgspec

from tracetui.model import Json
from tracetui.text import PIECE

_UNSAFE = re.compile(
    "[\x7f-\x9f\xad\u061c\u200b-\u200f\u2028-\u202f\u2060-\u206f\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]",
)
"""What JSON allows to stand bare in a string and a terminal or an editor acts on: DEL, C1, bidi, invisible characters."""

_LEADS = (b"\x7f", b"\xc2", b"\xd8\x9c", b"\xe2\x80", b"\xe2\x81", b"\xef\xbb", b"\xef\xbf", b"\xf3\xa0")
"""How the UTF-8 of those begins: looking for these is forty times faster than the pattern, and mostly enough."""

_encoder = msgspec.json.Encoder()


def dump_json(value: Json) -> str:
    """Encode a value (builtins or our Structs) as one line of JSON without a line end."""
    try:
        encoded = _encoder.encode(value)
    except UnicodeEncodeError:  # a lone surrogate, which JSON can only hold escaped
        plain = _without_nan(msgspec.to_builtins(value))
        return json.dumps(plain, separators=(",", ":"), allow_nan=False)
    text = encoded.decode()
    return _UNSAFE.sub(_escaped, text) if any(lead in encoded for lead in _LEADS) else text


def dump_json_pieces(value: Json) -> Iterator[str]:
    """As `dump_json`, in pieces where it is long: the whole is only held as the bytes that were encoded."""
    return json_pieces(encode_json(value))


def encode_json(value: Json) -> bytes:
    """JSON as `dump_json` writes it, but for what is escaped for the sake of terminals: `json_pieces` does that."""
    try:
        return _encoder.encode(value)
    except UnicodeEncodeError:
        return dump_json(value).encode()


def json_pieces(encoded: bytes) -> Iterator[str]:
    """What `encode_json` gave as text."""
    view, start = memoryview(encoded), 0
    while start < len(view):
        end = _whole_characters(view, start + PIECE)
        text = str(view[start:end], "utf-8")
        yield text if text.isascii() and "\x7f" not in text else _UNSAFE.sub(_escaped, text)
        start = end


def _whole_characters(encoded: memoryview, end: int) -> int:
    """The last place at or before `end` that is not within a character of UTF-8."""
    if end >= len(encoded):
        return len(encoded)
    while encoded[end] & 0xC0 == 0x80:
        end -= 1
    return end


def lay_out_json(value: Json) -> str:
    """As `dump_json`, in lines with two blanks of indentation."""
    text = dump_json(value)
    try:
        return msgspec.json.format(text.encode(), indent=2).decode()
    except msgspec.DecodeError:  # an escaped surrogate
        return json.dumps(json.loads(text), indent=2)


def _without_nan(value: Json) -> Json:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {key: _without_nan(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_without_nan(inner) for inner in value]
    return value


def _escaped(match: re.Match[str]) -> str:
    return json.dumps(match.group())[1:-1]
