"""Where the rows of a CSV text lie: cells may hold line breaks, so a row ends at the first one outside of quotes.

RFC 4180: a quote opens a cell only where the cell begins, and is doubled within one. A quote elsewhere is a letter.
Comma, semicolon and tab all separate; which one a file uses matters only to whoever reads the cells.
"""

from __future__ import annotations

import re

from tracetui.sources.lines_objects import Found

_CELL = rb'(?:"(?:[^"]++|"")*+"[^,;\t]*+|[^",;\t][^,;\t]*+|(?=[,;\t]|$))'
_WHOLE = re.compile(_CELL + rb"(?:[,;\t]" + _CELL + rb")*+")
_REST = re.compile(rb"[^,;\t]*+(?:[,;\t]" + _CELL + rb")*+")
_CLOSE = re.compile(rb'(?:[^"]++|"")*+"')


def find_rows(buffer: bytes, *, is_last: bool) -> Found:
    """Find the rows of a buffer that starts between two of them. `is_last`: nothing follows the buffer.

    A last row without a line end is given, but not consumed: more of it may come, and then replaces it.
    """
    spans: list[tuple[int, int]] = []
    consumed = 0
    size = len(buffer)
    start = position = 0
    is_open = False
    while position < size:
        newline = buffer.find(b"\n", position)
        end = size if newline < 0 else newline
        is_open = _is_open_after(buffer[position:end], is_open)
        if newline < 0:
            break
        position = newline + 1
        if is_open:
            continue
        if buffer[start:newline].strip():
            spans.append((start, newline))
        start = consumed = position
    has_rest = bool(buffer[start:].strip())
    if is_last and has_rest and not is_open:
        spans.append((start, size))
    return Found(spans, consumed, 0, has_rest and is_open)


def _is_open_after(line: bytes, is_open: bool) -> bool:
    """Whether a quoted cell is open at the end of a line. `is_open`: whether one is at its beginning."""
    if b'"' not in line:
        return is_open
    if not is_open:
        return _WHOLE.fullmatch(line) is None
    closed = _CLOSE.match(line)
    return closed is None or _REST.fullmatch(line, closed.end()) is None
