"""Objects in text that is not one object a line: pretty-printed ones after another, one big one, an array of them.

The end of an object is where its brackets close, outside strings. At the top, blanks, commas and the brackets of an
array separate; anything else is text of the program that wrote the file, and is passed over to the end of its line.
"""

from __future__ import annotations

import re

import msgspec
from msgspec import Struct

_SEPARATORS = re.compile(rb"[\s,\[\]\x1e\x00]*+")
_SCALAR = re.compile(rb'(?:null|true|false|NaN|-?\d[\d.eE+-]*+|"(?>[^"\\\n]++|\\.)*+")(?=\s*+[,\]])')
_TO_BRACKET = re.compile(rb'(?>[^"{}\[\]]++|"(?>[^"\\\n]++|\\[^\n])*+")*+[{}\[\]]')
_TO_STRING = re.compile(rb'(?>[^"{}\[\]]++|"(?>[^"\\\n]++|\\[^\n])*+")*+"')
_INDENTED = re.compile(rb"\{[ \t]*+\r?\n([ \t]++)")
_PIECE = msgspec.json.Decoder(msgspec.Raw)


class Found(Struct, frozen=True):
    """Where records lie in a buffer: (start, end) of each, how much was consumed, and lines of other text passed over.

    `is_open` says that an object begins where the consumed part ends, and does not end in the buffer.
    """

    spans: list[tuple[int, int]]
    consumed: int
    text_lines: int
    is_open: bool


def find_objects(buffer: bytes, *, is_array: bool, is_last: bool) -> Found:
    """Find the objects of a buffer that starts between two of them. `is_last`: nothing follows the buffer."""
    spans: list[tuple[int, int]] = []
    text_lines = 0
    consumed = position = 0
    size = len(buffer)
    while position < size:
        position = _end_of(_SEPARATORS, buffer, position)
        if position >= size:
            break
        if buffer[position] == 0x7B:
            end = find_end(buffer, position)
            if end < 0:
                return Found(spans, position, text_lines, True)
            spans.append((position, end))
        elif is_array and (scalar := _SCALAR.match(buffer, position)):
            end = scalar.end()
            spans.append((position, end))
        else:
            newline = buffer.find(b"\n", position)
            if newline < 0 and not is_last:
                return Found(spans, position, text_lines, False)
            end = size if newline < 0 else newline + 1
            text_lines += 1
        consumed = position = end
    return Found(spans, consumed, text_lines, False)


def find_end(buffer: bytes, start: int) -> int:
    """Where the object that begins at `start` ends, -1 where that is beyond the buffer.

    An object that is not whole ends where the next one begins at the same indentation, or with the line in which a
    string is not closed.
    """
    indent = _indent_before(buffer, start)
    is_pretty = indent is not None and _is_deeper(buffer, start, indent)
    if is_pretty and indent is not None:
        close = buffer.find(b"\n" + indent + b"}", start)
        if close >= 0 and _is_json(buffer[start : close + len(indent) + 2]):
            return close + len(indent) + 2
    limit = buffer.find(b"\n" + indent + b"{", start) if is_pretty and indent is not None else -1
    end = _scan_brackets(buffer, start)
    return limit + 1 if limit >= 0 and not 0 <= end <= limit else end


def _scan_brackets(buffer: bytes, start: int) -> int:
    depth = 0
    position = start
    while match := _TO_BRACKET.match(buffer, position):
        position = match.end()
        depth += 1 if buffer[position - 1] in b"{[" else -1
        if depth == 0:
            return position
    return _end_of_broken_line(buffer, position)


def _end_of_broken_line(buffer: bytes, position: int) -> int:
    """The end of the line where a string is not closed, -1 where only the buffer ends within it."""
    quote = _TO_STRING.match(buffer, position)
    return -1 if quote is None else buffer.find(b"\n", quote.end())


def _indent_before(buffer: bytes, start: int) -> bytes | None:
    """The blanks between the beginning of the line and `start`, None where there is more before it."""
    indent = buffer[buffer.rfind(b"\n", 0, start) + 1 : start].removeprefix(b"[")
    return indent if not indent.strip(b" \t") else None


def _is_deeper(buffer: bytes, start: int, indent: bytes) -> bool:
    inner = _INDENTED.match(buffer, start)
    return inner is not None and len(inner.group(1)) > len(indent)


def _is_json(data: bytes) -> bool:
    try:
        _PIECE.decode(data)
    except (msgspec.DecodeError, RecursionError):
        return False
    return True


def _end_of(pattern: re.Pattern[bytes], buffer: bytes, position: int) -> int:
    found = pattern.match(buffer, position)
    return position if found is None else found.end()
