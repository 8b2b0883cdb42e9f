"""How much memory a text or a message may take once it is read: seen from its signs alone, before it is.

A small compressed file, or a request of some megabytes, may hold so many empty values that reading it takes all there is.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias

MOST_BYTES = 2 << 30
"""Of one record of a file. 256 MiB of numbers, or of text with code in it, stay below."""
MOST_BODY_BYTES = 1 << 30
"""Of one request in JSON or msgpack."""
MOST_FIELDS = 10_000_000
"""Of one request in protobuf, whose messages are walked through: 64 MiB of real spans have seven million."""
TOO_HEAVY = f"holds so many values that reading it would take more than {MOST_BYTES >> 30} GiB of memory"
TOO_MANY = "holds so many values that reading them would fill the memory; send smaller batches"
_FROM = 8 << 20
_SHORTEST_FIELD = 2
"""Bytes: a number and a length. A body that is too small for so many is not walked through, as real ones are not."""
_DEEPEST = 101
"""Messages within messages: the parser refuses a body with more of them."""
_OBJECT, _ARRAY, _ITEM = 200, 64, 60
"""Bytes that Python needs for the smallest object, the smallest array, and for each item."""


def is_too_heavy(text: bytes, most: int | None = None) -> bool:
    """Whether JSON may take more memory than `most` bytes (None: MOST_BYTES). Signs within strings count as well."""
    return len(text) >= _FROM and weigh(text) > (MOST_BYTES if most is None else most)


def weigh(text: bytes) -> int:
    """Bytes of memory that JSON may take once it is read, beside its texts."""
    return _OBJECT * text.count(b"{") + _ARRAY * text.count(b"[") + _ITEM * text.count(b",")


_SIMPLE = {0: 0, 1: 8, 5: 4, 3: 0, 4: 0}
"""Wire types of numbers, and the length of those that have one; and the marks around a group, which no message of OTLP has
and every parser passes over: what stands in one counts as what stands around it."""

_OBJECTS_IN_MSGPACK = bytes((*range(0x80, 0x90), 0xDE, 0xDF))
_ARRAYS_IN_MSGPACK = bytes((*range(0x90, 0xA0), 0xDC, 0xDD))


def is_too_heavy_msgpack(body: bytes, most: int | None = None) -> bool:
    """The same of msgpack, whose objects and arrays begin with one byte; bytes of other alphabets count as well."""
    if len(body) < _FROM:
        return False
    heavy = _OBJECT * _how_many(body, _OBJECTS_IN_MSGPACK) + _ARRAY * _how_many(body, _ARRAYS_IN_MSGPACK)
    return heavy > (MOST_BODY_BYTES if most is None else most)


def _how_many(body: bytes, signs: bytes) -> int:
    return len(body) - len(body.translate(None, signs))


Fields: TypeAlias = "dict[int, str]"
_MESSAGES: dict[str, Fields] = {
    "request": {1: "group"},
    "group": {1: "resource", 2: "scoped"},
    "resource": {1: "pair", 3: "entity"},
    "entity": {},
    "scoped": {1: "scope", 2: "item"},
    "scope": {3: "pair"},
    # A span and a log record have no number in common for messages of different kinds but 5, which a span has as text.
    "item": {5: "value", 6: "pair", 9: "pair", 11: "event", 13: "link", 15: "status"},
    "status": {},
    "event": {3: "pair"},
    "link": {4: "pair"},
    "pair": {2: "value"},
    "value": {5: "list", 6: "pairs"},
    "list": {1: "value"},
    "pairs": {1: "pair"},
}
"""The messages within the messages of an OTLP request of spans or log records, by the numbers of their fields."""


def has_too_many_fields(body: bytes, most: int | None = None) -> bool:
    """Whether an OTLP request in protobuf holds more fields than `most` (None: MOST_FIELDS); what is no protobuf
    ends where it stops being so."""
    left = MOST_FIELDS if most is None else most
    if len(body) < _SHORTEST_FIELD * left:
        return False
    walks = [("request", _fields(body, 0, len(body)))]
    while walks:
        kind, fields = walks[-1]
        found = next(fields, None)
        if found is None:
            walks.pop()
            continue
        left -= 1
        if left < 0:
            return True
        number, begin, stop = found
        inner = _MESSAGES[kind].get(number)
        if inner is not None and len(walks) < _DEEPEST:
            walks.append((inner, _fields(body, begin, stop)))
    return False


def _fields(body: bytes, at: int, end: int) -> Iterator[tuple[int, int, int]]:
    """Number, begin and end of each field of a message; what is no message within it ends where it begins."""
    while at < end:
        key, at = _varint(body, at, end)
        wire, number = key & 7, key >> 3
        if wire in _SIMPLE:
            at = _varint(body, at, end)[1] if wire == 0 else at + _SIMPLE[wire]
            yield 0, at, at
        elif wire == 2:
            length, at = _varint(body, at, end)
            stop = at + length
            if stop > end:
                return
            yield number, at, stop
            at = stop
        else:
            return


def _varint(body: bytes, at: int, end: int) -> tuple[int, int]:
    """A number and where it ends; the end of the message where it is none."""
    found = shift = 0
    while at < end and shift < 70:
        byte = body[at]
        at += 1
        found |= (byte & 127) << shift
        if byte < 128:
            return found, at
        shift += 7
    return 0, end
