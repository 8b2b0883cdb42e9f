"""What LangGraph's serializer wrote → plain JSON. Extension types name constructors; none is ever imported or called:
their arguments are taken as data."""

from __future__ import annotations

import base64
import datetime
import math

import msgspec

from tracetui.model import Json
from tracetui.wire.otlp_values import loads
from tracetui.wire.reasons import TOO_DEEP

_ARGUMENTS = 2
"""Where a constructor's arguments stand: `[module, name, arguments, method?]`."""
_DEEPEST = 60


def plain_value(kind: str | None, data: bytes | None) -> Json:
    """A serialized value as JSON. Raises ValueError, whose text is the reason why it cannot be read."""
    if kind in (None, "null") or data is None:
        return None
    try:
        if kind == "json":
            return _plain(loads(data), 0)
        if kind == "msgpack":
            return _plain(msgspec.msgpack.decode(data, ext_hook=_read_extension), 0)
    except RecursionError as error:
        raise ValueError(TOO_DEEP) from error
    except (msgspec.DecodeError, ValueError) as error:
        raise ValueError(f"no valid {kind} ({error})") from error
    if kind in ("bytes", "bytearray"):
        return _plain(data, 0)
    raise ValueError(f"serialized as {str(kind)[:40]}, which is not read")


class _Made(msgspec.Struct):
    """An object that a constructor would make: the class and the arguments."""

    name: str
    arguments: Json


def _read_extension(code: int, data: memoryview) -> Json:
    inner = msgspec.msgpack.decode(bytes(data), ext_hook=_read_extension)
    if not isinstance(inner, list) or len(inner) <= _ARGUMENTS:
        return inner
    return _Made(str(inner[1]), inner[_ARGUMENTS])


def _plain(value: Json, depth: int) -> Json:
    if depth > _DEEPEST:
        raise RecursionError
    match value:
        case _Made():
            return _made(value, depth)
        case dict():
            if value.get("type") == "constructor" and isinstance(value.get("kwargs"), dict):
                path = value.get("id")
                return _made(_Made(str(path[-1]) if isinstance(path, list) and path else "", value["kwargs"]), depth)
            return {str(key): _plain(item, depth + 1) for key, item in value.items()}
        case list() | tuple() | set() | frozenset():
            return [_plain(item, depth + 1) for item in value]
        case bytes() | bytearray() | memoryview():
            return _text_of_bytes(bytes(value))
        case datetime.datetime():
            return value.isoformat()
        case float():
            return value if math.isfinite(value) else None
        case int() if not isinstance(value, bool) and not -(2**63) <= value < 2**63:
            return str(value)
        case str() | int() | None:
            return value
    return str(value)


def _made(made: _Made, depth: int) -> Json:
    """The arguments; of a message, with the word that says what kind it is."""
    found = _plain(made.arguments, depth + 1)
    if isinstance(found, dict) and "type" not in found and made.name.endswith(("Message", "MessageChunk")):
        return {"type": made.name.removesuffix("Chunk").removesuffix("Message").lower(), **found}
    return found


def _text_of_bytes(data: bytes) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError:
        return base64.b64encode(data).decode()
