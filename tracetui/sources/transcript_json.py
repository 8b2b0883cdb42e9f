"""Lines of transcripts as typed structs, read leniently: a field of the wrong type is as good as absent.

Only the fields that the index needs are decoded, the rest of a line is passed over, which is what makes files of
gigabytes bearable. A line that is JSON but does not fit is read once more field by field.
"""

from __future__ import annotations

from functools import cache, lru_cache
from typing import Any, TypeVar, get_args, get_origin

import msgspec
from msgspec import Raw, Struct

from tracetui.model import Json
from tracetui.semconv.times import iso_nanoseconds
from tracetui.wire.otlp_values import loads

NOTHING = Raw(b"")
T = TypeVar("T", bound=Struct)


class NotAnObject(ValueError):
    """A line that is JSON, but no object."""

    REASON = "JSON, but no object"


def decode_line(kind: type[T], data: bytes) -> T:
    """A line as a struct. Raises ValueError where it is no JSON object, RecursionError."""
    try:
        line: T = decoder_of(kind).decode(data)
    except (msgspec.DecodeError, UnicodeError):
        value = loads(data)
        if not isinstance(value, dict):
            raise NotAnObject(NotAnObject.REASON) from None
        return salvage(kind, value)
    return line


@cache
def decoder_of(kind: type[Any]) -> msgspec.json.Decoder[Any]:
    """Made when the first line is read: most files are of another format, which need not wait for it."""
    return msgspec.json.Decoder(kind)


def salvage(kind: type[T], value: dict[str, Json]) -> T:
    """A struct of those fields that have the right type; the others are as if they were not there."""
    found: dict[str, Any] = {}
    for field in msgspec.structs.fields(kind):
        if field.encode_name in value:
            item = _fitting(field.type, value[field.encode_name])
            if item is not _UNFIT:
                found[field.name] = item
    return kind(**found)


_UNFIT = object()


def _fitting(wanted: Any, value: Json) -> Any:
    try:
        return msgspec.json.decode(msgspec.json.encode(value), type=wanted, strict=False)
    except (msgspec.MsgspecError, UnicodeError):
        pass
    for option in get_args(wanted) or (wanted,):
        if isinstance(value, dict) and isinstance(option, type) and issubclass(option, Struct):
            return salvage(option, value)
        if isinstance(value, list) and get_origin(option) is list:
            return _fitting_items(get_args(option)[0], value)
    if isinstance(value, list) and get_origin(wanted) is list:
        return _fitting_items(get_args(wanted)[0], value)
    return _UNFIT


def _fitting_items(wanted: Any, values: list[Json]) -> list[Any]:
    items = [_fitting(wanted, value) for value in values]
    return [item for item in items if item is not _UNFIT]


def text_in(raw: Raw) -> str | None:
    """The text that a raw value is, or None."""
    data = bytes(raw)
    if data[:1] != b'"':
        return None
    value = loads(data)
    return value if isinstance(value, str) else None


def value_in(raw: Raw) -> Json:
    """The value that a raw one is; None where there is none."""
    data = bytes(raw)
    return loads(data) if data else None


@lru_cache(maxsize=64)
def time_of(text: str) -> int | None:
    """A time as ns since the epoch. What follows from one line asks for its time again and again."""
    return iso_nanoseconds(text)
