"""Rows of a CSV text → objects, cell by cell under the names of the header. Positions are not known here."""

from __future__ import annotations

import csv
import sys

from msgspec import Struct

from tracetui.model import Json
from tracetui.semconv.json_text import parse_json_text

_DELIMITERS = ",\t;"
_NO_NAME = frozenset("{}[]<>\x00")
_LONGEST_NAME = 300
csv.field_size_limit(sys.maxsize)


def delimiter_of(line: str) -> str:
    """The separator of cells: the one that stands most often in the header."""
    return max(_DELIMITERS, key=line.count)


def header_line(head: bytes) -> bytes:
    """The first line of a text that is not blank, without its line end."""
    return head.lstrip(b"\r\n").split(b"\n", 1)[0].rstrip(b"\r")


def header_of(head: bytes) -> tuple[str, ...]:
    """The names in the first line of a text; () where it is no header: one cell, a bracket, an empty or repeated name."""
    line = header_line(head).decode("utf-8", "replace")
    if line.lstrip()[:1] in ("{", "["):
        return ()
    try:
        names = tuple(cells_of(line, delimiter_of(line)))
    except ValueError:
        return ()
    if len(names) < 2 or len(set(names)) < len(names):
        return ()
    return names if all(map(_is_name, names)) else ()


def _is_name(cell: str) -> bool:
    return 0 < len(cell.strip()) <= _LONGEST_NAME and _NO_NAME.isdisjoint(cell)


def cells_of(row: str, delimiter: str) -> list[str]:
    """The cells of one row, which may hold line breaks. Raises ValueError."""
    try:
        return next(csv.reader([row], delimiter=delimiter), [])
    except csv.Error as error:
        raise ValueError(f"no row of CSV ({error})") from error


class CsvHeader(Struct, frozen=True):
    """The header of a CSV file: its names (() where there is none), its line, and what separates its cells."""

    names: tuple[str, ...] = ()
    line: bytes = b""
    delimiter: str = ","

    def is_it(self, data: bytes) -> bool:
        """Whether a row is the header: also further down, where files were joined end to end."""
        return data.rstrip(b"\r") == self.line

    def object_of(self, data: bytes) -> dict[str, Json]:
        """One row as an object: empty cells are absent, JSON objects and arrays are opened, all else stays text.

        Raises ValueError where it has not as many cells as the header.
        """
        cells = cells_of(data.decode("utf-8", "replace").removesuffix("\r"), self.delimiter)
        if len(cells) != len(self.names):
            raise ValueError(f"{len(cells)} cells under {len(self.names)} names")
        return {name: parse_json_text(cell) for name, cell in zip(self.names, cells, strict=True) if cell}


def read_header(head: bytes) -> CsvHeader:
    """The header at the beginning of a text; without names where it is no CSV."""
    names = header_of(head)
    if not names:
        return CsvHeader()
    line = header_line(head)
    return CsvHeader(names, line, delimiter_of(line.decode("utf-8", "replace")))
