"""One value of a foreign row → text, number, boolean, JSON. None is what cannot be understood; nothing raises.

A row is a dictionary from column to value. A value may be `msgspec.Raw`, JSON that nobody has needed to read yet.
"""

from __future__ import annotations

import json
import math
import re
from typing import Any, TypeAlias

import msgspec
from msgspec import Raw

from tracetui.model import Json
from tracetui.semconv.json_text import without_surrogates
from tracetui.sources.columns.words import FALSE_WORDS, TRUE_WORDS

Row: TypeAlias = dict[str, Any]
"""Column → value: plain JSON, or Raw."""

_SHORT = 128
"""Bytes of JSON."""
LONGEST = 4096
"""Characters of a text in the list, of an id as well: one that is longer is cut."""
_SMALLEST, _LARGEST = -(2**63), 2**63 - 1
_NOT_NUMBER = re.compile(r"[\s$€£¢]|usd|USD|US\$")
_NUMBER = re.compile(r"[+-]?(\d[\d_]*)?([.,]\d+)*([eE][+-]?\d+)?")
_SCALARS = ("message", "msg", "text", "name", "id", "value", "detail", "description", "reason", "type", "code")

_decode = msgspec.json.Decoder().decode
_decode_object = msgspec.json.Decoder(dict[str, Raw]).decode


def plain_value(value: Any) -> Json:
    """A value as plain JSON: Raw is decoded, bytes are text."""
    if type(value) is Raw:
        return load_json(value)
    if isinstance(value, bytes | memoryview):
        return bytes(value).decode("utf-8", "replace")
    return value


def settled(value: Any) -> Json:
    """As `plain_value`, also where something within was looked at: such an object is a dictionary that holds Raw."""
    if isinstance(value, dict) and any(type(item) is Raw or isinstance(item, dict) for item in value.values()):
        return {key: settled(item) for key, item in value.items()}
    return plain_value(value)


def load_json(data: bytes | Raw) -> Json:
    """Decode JSON of any kind, the standard library's dialect included (NaN, lone surrogates); None where it is none."""
    try:
        return _decode(data)
    except ValueError:
        pass
    except RecursionError:
        return None
    try:
        loaded = json.loads(bytes(data).decode("utf-8", "replace"), parse_constant=_no_number, strict=False)
        return without_surrogates(loaded)
    except (ValueError, RecursionError):
        return None


def load_row(data: bytes) -> Row | str:
    """A JSON object as a row, or why it is none. Its long values are Raw where that is possible; to read a short one
    at once costs less than to ask later whether it was read."""
    try:
        row: Row = _decode_object(data)
        for name, value in row.items():
            if len(value) <= _SHORT:
                row[name] = _decode(value)
        return row
    except (ValueError, RecursionError):
        pass
    return _load_odd_row(data)


def _load_odd_row(data: bytes) -> Row | str:
    """As `load_row`, of what is not quite the JSON that everybody reads."""
    try:
        return _decode_object(data)
    except (ValueError, RecursionError):
        pass
    text = data.strip(b" \t\r\n\x1e\0")
    if not text:
        return "only NUL bytes"
    value = load_json(text)
    if isinstance(value, dict):
        return value
    return f"{_WHAT[type(value)]}, not an object" if value is not None or text == b"null" else _why_not(text)


_WHAT: dict[type, str] = {
    list: "an array", str: "text", int: "a number", float: "a number", bool: "true or false", type(None): "null",
}  # fmt: skip


def _why_not(text: bytes) -> str:
    if text[:1] not in (b"{", b"["):
        return "no JSON"
    try:
        _decode(text)
    except RecursionError:
        return "JSON nested too deeply"
    except ValueError as error:
        return f"broken JSON ({error})"
    return "broken JSON"


def _no_number(_: str) -> None:
    return None


def opened(value: Any) -> Json:
    """A value as plain JSON; text that begins like an object or an array is parsed once."""
    value = plain_value(value)
    if isinstance(value, str) and value.lstrip()[:1] in ("{", "["):
        try:
            return _decode(value)
        except (ValueError, RecursionError):
            parsed = load_json(value.encode("utf-8", "replace"))
            return value if parsed is None else parsed
    return value


def peeked(value: Any) -> Any:
    """A value of which something within is wanted: an object becomes a dictionary whose values may stay Raw."""
    if type(value) is Raw:
        return _peeked(bytes(value))
    if isinstance(value, str):
        return _peeked(value.encode("utf-8", "replace")) if value.lstrip()[:1] in ("{", "[") else value
    return plain_value(value)


def _peeked(data: bytes) -> Any:
    if data.lstrip()[:1] == b"{":
        try:
            return _decode_object(data)
        except (ValueError, RecursionError):
            pass
    loaded = load_json(data)
    return opened(loaded) if isinstance(loaded, str) else loaded


def text_of(value: Json, deeper: int = 4) -> str | None:
    """Text for a list or a filter: of an object, its message, name or id; None for nothing."""
    if type(value) is str:
        return value if len(value) <= LONGEST and value else (value[:LONGEST] or None)
    if value is None:
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value) if -_BIG < value < _BIG else None
    if isinstance(value, float):
        return _float_text(value)
    if deeper and isinstance(value, dict):
        return _text_of_object(value, deeper - 1)
    if deeper and isinstance(value, list):
        texts = [text for item in value[:20] if (text := text_of(item, deeper - 1))]
        return ", ".join(texts)[:LONGEST] or None
    return None


_BIG = 10**40


def _float_text(value: float) -> str | None:
    if not math.isfinite(value):
        return None
    return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)


def _text_of_object(value: dict[str, Json], deeper: int) -> str | None:
    for key in _SCALARS:
        found = value.get(key)
        if found is not None and not isinstance(found, list):
            kind = value.get("type") if key in ("message", "msg") and isinstance(found, str) else None
            text = text_of(found, deeper)
            return f"{kind}: {text}" if isinstance(kind, str) and kind and text else text
    return compact_json(value)[:LONGEST] if value else None


def compact_json(value: Json) -> str:
    """JSON text of any value; what cannot be written as JSON is written as text."""
    try:
        return msgspec.json.encode(value).decode()
    except (TypeError, ValueError, RecursionError, OverflowError):
        return json.dumps(value, ensure_ascii=True, default=str, skipkeys=True)


def number_of(value: Json, comma: bool = False) -> float | int | None:
    """A number, or text of one with a currency sign. `comma`: a comma is the decimal sign, else it groups digits."""
    kind = type(value)
    if kind is int:
        return value if _SMALLEST <= value <= _LARGEST else None
    if kind is float:
        return value if math.isfinite(value) else None
    if not isinstance(value, str) or not value or len(value) > 60:
        return None
    text = _NOT_NUMBER.sub("", value)
    text = text.replace(".", "").replace(",", ".") if comma else text.replace(",", "")
    if not text or not _NUMBER.fullmatch(text):
        return None
    try:
        number = float(text) if any(sign in text for sign in ".eE") else int(text)
    except (ValueError, OverflowError):
        return None
    return number_of(number)


def has_decimal_comma(values: list[Json]) -> bool:
    """Whether text numbers of a column use a decimal comma: a comma somewhere, and no dot anywhere."""
    texts = [value for value in values if isinstance(value, str)]
    return any("," in text for text in texts) and not any("." in text for text in texts)


def truth_of(value: Json) -> bool | None:
    """A boolean, 0 or 1, or a word for one."""
    if isinstance(value, bool):
        return value
    if isinstance(value, int | float):
        return bool(value) if value in (0, 1) else None
    if isinstance(value, str):
        word = value.strip().lower()
        return True if word in TRUE_WORDS else False if word in FALSE_WORDS else None
    return None


def is_empty(value: Any) -> bool:
    """Whether nothing was recorded: None, empty text, an empty list or object, or JSON of one of these."""
    if type(value) is Raw:
        return len(value) <= len(b"null") and bytes(value) in (b"null", b'""', b"[]", b"{}")
    return value is None or value in ("", "[]", "{}", "null") or value == [] or value == {}
