"""JSON as text: laid out, and coloured row by row. Own lexer: a grammar library costs more than all of this."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from functools import cached_property

import msgspec

from tracetui.model import Json
from tracetui.text import wrap_cells
from tracetui.tui.lines.document import Block, Piece, cut
from tracetui.tui.lines.palette import Ink

_TOKEN = re.compile(
    r"""
    (?P<key> "(?:[^"\\]|\\.)*" (?=\s*:) )
  | (?P<string> "(?:[^"\\]|\\.)*"? )
  | (?P<number> -?\d+(?:\.\d+)?(?:[eE][+-]?\d+)? )
  | (?P<word> true|false|null|NaN|-?Infinity )
  | (?P<mark> [{}\[\],:\s]+ | . )
    """,
    re.VERBOSE | re.DOTALL,
)
_REST_OF_STRING = re.compile(r'(?:[^"\\]|\\.)*"?', re.DOTALL)
_QUOTE = re.compile(r'\\.|(")', re.DOTALL)
_DEEPEST = 40
"""Indentation that the rows of a long string keep at most."""
_LOOKS_BACK = 4_000
"""A row that begins further into its line than this is taken to be inside a string: nothing else is that long."""


def write_json(value: Json, *, compact: bool = False) -> str:
    """A value as JSON with two blanks of indentation, or on one line. What JSON cannot say (NaN) stays as Python says it."""
    text = json.dumps(value, ensure_ascii=False, default=_as_builtins)
    return text if compact else (pretty(text) or json.dumps(value, ensure_ascii=False, indent=2, default=_as_builtins))


def pretty(text: str) -> str | None:
    """JSON text laid out in lines, or None where it is not JSON. Numbers and escapes stay as they are written."""
    try:
        return msgspec.json.format(text.encode(), indent=2).decode()
    except (msgspec.DecodeError, UnicodeError):
        return None


def looks_like_json(text: str) -> bool:
    """Whether it is worth trying to read `text` as a JSON object or array."""
    head = text[:64].lstrip()[:1]
    return head != "" and head in "{["


def _as_builtins(value: object) -> Json:
    return msgspec.to_builtins(value)


class JsonPiece(Piece):
    """A part of JSON that was laid out in lines: only strings are longer than a row, and hang under their beginning."""

    def paint(self, text: str, start: int, end: int) -> list[Ink]:
        """Colour a row by its tokens."""
        return lex(text[start:end], in_string=self._is_in_string(text, start))

    def wrap(self, text: str, width: int) -> list[str]:
        """Break lines so that their rows fit behind the indentation of the line."""
        rows: list[str] = []
        for number, line in enumerate(text.split("\n")):
            indent = _at_most(self._hang if number == 0 else _indent(line), width)
            own = 0 if number == 0 and self._hang else indent
            first, *rest = wrap_cells(line[own:], width - indent)
            rows += [line[:own] + first, *rest]
        return rows

    def indent(self, text: str, start: int, width: int) -> int:
        """Indentation of the line, for all its rows but the first."""
        line = text.rfind("\n", 0, start) + 1
        if line == 0 and self._hang:
            return _at_most(self._hang, width)
        return _at_most(_indent(text[line : line + _DEEPEST]), width) if start > line else 0

    @cached_property
    def _hang(self) -> int:
        """Indentation of the line that the piece before left unfinished, 0 where the piece begins a line."""
        line = self._source.rfind("\n", 0, self._start) + 1
        return 0 if line == self._start else _indent(self._source[line : line + _DEEPEST])

    def _is_in_string(self, text: str, start: int) -> bool:
        line = text.rfind("\n", max(0, start - _LOOKS_BACK), start) + 1
        if line == 0 and start > _LOOKS_BACK:
            return True
        is_open = line == 0 and self._start > 0 and self._source[self._start - 1] != "\n"
        for match in _QUOTE.finditer(text, line, start):
            is_open ^= match.group(1) is not None
        return is_open


def _indent(line: str) -> int:
    return min(_DEEPEST, len(line) - len(line.lstrip(" ")))


def _at_most(indent: int, width: int) -> int:
    """Indentation that leaves half of the width to the text, and two cells for a wide character."""
    return min(indent, width // 2, max(0, width - 2))


def lex(row: str, *, in_string: bool = False) -> list[Ink]:
    """Tokens of a row of JSON with their tones; `in_string` where it begins inside a string."""
    inks: list[Ink] = []
    at = 0
    if in_string:
        match = _REST_OF_STRING.match(row)
        at = match.end() if match else 0
        inks.append((row[:at], "json-string"))
    return inks + [(token.group(), f"json-{token.lastgroup}") for token in _TOKEN.finditer(row, at)]


def json_blocks(text: str, *, margin: Sequence[Ink] = ()) -> list[Block]:
    """Blocks of JSON text that is laid out in lines."""
    return [JsonPiece(text, start, end, "text", margin=margin) for start, end in cut(text)]
