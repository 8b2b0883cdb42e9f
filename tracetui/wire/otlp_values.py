"""OTLP's values in their JSON form → plain JSON, and its ids. Anything that is no such value is null, never an error."""

from __future__ import annotations

import base64
import binascii
import json
import math
import re
from collections.abc import Callable, Iterable

import msgspec

from tracetui.model import Json
from tracetui.semconv.json_text import without_surrogates

_SMALLEST, _LARGEST = -(2**63), 2**63 - 1
_DEEPEST = 64
_BASE64_LENGTHS = {24: 32, 12: 16}
"""Lengths of ids as base64 (a stock protobuf printer writes them so) → lengths in hex."""
_INTEGER = re.compile(r"\s*[+-]?\d{1,19}\s*")
_decoder = msgspec.json.Decoder()


def loads(data: bytes) -> Json:
    """Any JSON, with everything that Python's own reader tolerates: NaN is null, a number over 64 bits is null,
    a lone surrogate and broken UTF-8 are U+FFFD, raw control characters stay. Raises ValueError, RecursionError.
    """
    try:
        return _decoder.decode(data)
    except (msgspec.DecodeError, UnicodeError):
        pass
    text = data.decode("utf-8-sig", "replace")
    return without_surrogates(
        json.loads(text, strict=False, parse_int=_int_or_none, parse_float=_float_or_none, parse_constant=_null)
    )


def _int_or_none(digits: str) -> int | None:
    return int(digits) if len(digits) <= 20 else None


def _float_or_none(digits: str) -> float | None:
    number = float(digits)
    return number if math.isfinite(number) else None


def _null(word: str) -> None:
    return None


def plain_value(value: Json, depth: int = 0) -> Json:
    """An AnyValue (`{"stringValue": "x"}`) as plain JSON; `{}` and what is no AnyValue are null."""
    if not isinstance(value, dict) or depth > _DEEPEST:
        return None
    for key, item in value.items():
        reader = _READERS.get(key)
        if reader is not None:
            return reader(item, depth)
    return None


def plain_attributes(listed: Json, depth: int = 0) -> dict[str, Json]:
    """A list of `{"key", "value"}` as an object; of a repeated key the last stays."""
    found: dict[str, Json] = {}
    for pair in listed if isinstance(listed, list) else ():
        if isinstance(pair, dict) and isinstance(pair.get("key"), str):
            found[pair["key"]] = plain_value(pair.get("value"), depth + 1)
    return found


def hex_id(value: Json) -> str:
    """A trace or span id in lower-case hex; base64 is decoded; "" where there is none or it is all zeros."""
    if not isinstance(value, str):
        return ""
    text: str = value
    if text[:1] != "0" and text[-1:] != "=":
        return text.lower()
    if len(text) in _BASE64_LENGTHS and text.endswith("="):
        try:
            text = base64.b64decode(text, altchars=b"-_" if "-" in text or "_" in text else None).hex()
        except (binascii.Error, ValueError):
            return text
    lowered = text.lower()
    return lowered if lowered.strip("0") else ""


def status_code(value: Json) -> int:
    """0 unset, 1 ok, 2 error, from a number, its digits or its name."""
    if isinstance(value, str):
        return _STATUS_NAMES.get(value.upper().removeprefix("STATUS_CODE_"), 0)
    return value if type(value) is int and value in (1, 2) else 0


_STATUS_NAMES = {"OK": 1, "ERROR": 2, "1": 1, "2": 2}


def _text(value: Json, depth: int) -> Json:
    return value if isinstance(value, str) else None


def _integer(value: Json, depth: int) -> Json:
    if isinstance(value, str) and _INTEGER.fullmatch(value):
        value = int(value.strip())  # int alone refuses some of the separators that \s takes
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return value if type(value) is int and _SMALLEST <= value <= _LARGEST else None


def _double(value: Json, depth: int) -> Json:
    if isinstance(value, str):
        try:
            value = float(value)
        except ValueError:
            return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return value if isinstance(value, int) or math.isfinite(value) else None


def _boolean(value: Json, depth: int) -> Json:
    if isinstance(value, bool):
        return value
    return {"true": True, "false": False}.get(value.lower()) if isinstance(value, str) else None


def _array(value: Json, depth: int) -> Json:
    return [plain_value(item, depth + 1) for item in _values(value)]


def _object(value: Json, depth: int) -> Json:
    return plain_attributes(list(_values(value)), depth)


def _values(value: Json) -> Iterable[Json]:
    listed = value.get("values") if isinstance(value, dict) else value
    return listed if isinstance(listed, list) else ()


_READERS: dict[str, Callable[[Json, int], Json]] = {
    "stringValue": _text,
    "intValue": _integer,
    "doubleValue": _double,
    "boolValue": _boolean,
    "arrayValue": _array,
    "kvlistValue": _object,
    "bytesValue": _text,
    "string_value": _text,
    "int_value": _integer,
    "double_value": _double,
    "bool_value": _boolean,
    "array_value": _array,
    "kvlist_value": _object,
    "bytes_value": _text,
}
