"""How many cells of a terminal a text takes, and cutting, padding and wrapping it by cells.

All of it expects inert text (see `untrusted`), in which the width of a text is the sum over its characters. The
numbers are rich's, because Textual crops by them; rich is imported at the first character that is not among the
common narrow ones, so a program that prints plain text never loads it.
"""

from __future__ import annotations

_NARROW = (
    (0x20, 0x7E), (0xA0, 0xAC), (0xAE, 0x2FF), (0x370, 0x377), (0x391, 0x3FF), (0x400, 0x482),
    (0x2010, 0x2027), (0x2030, 0x205E), (0x2190, 0x2319), (0x2400, 0x2426), (0x2500, 0x25FC), (0x2800, 0x28FF),
)  # fmt: skip
"""Ranges of characters that are one cell wide everywhere."""


class _Widths(dict[str, int]):
    """Width of each character met so far."""

    def __missing__(self, character: str) -> int:
        code = ord(character)
        width = 1 if any(first <= code <= last for first, last in _NARROW) else _width_in_rich(character)
        self[character] = width
        return width


def _width_in_rich(character: str) -> int:
    from rich.cells import get_character_cell_size

    return get_character_cell_size(character)


_WIDTHS = _Widths(dict.fromkeys("●✕⊘▸✦★☆…–≥∑⬢⬡⧉⛨", 1))


def cell_width(text: str) -> int:
    """Cells that inert `text` takes on one line."""
    if text.isascii():
        return len(text)
    return sum(map(_WIDTHS.__getitem__, text))


def fit(text: str, width: int, *, align: str = "<", ellipsis: str = "…") -> str:
    """Cut or pad inert `text` to exactly `width` cells.

    `align` is `<`, `>` or `^` for text that is shorter; a longer one always loses its end, which `ellipsis` marks
    (or nothing, where even that does not fit).
    """
    missing = width - cell_width(text)
    if missing >= 0:
        return _pad(text, missing, align)
    if width <= 0:
        return ""
    if ellipsis == "…" and text.isascii():
        return text[: width - 1] + ellipsis
    room = width - cell_width(ellipsis)
    cut = text[: _reach(text, 0, room)] + ellipsis if room >= 0 else text[: _reach(text, 0, width)]
    return cut + " " * (width - cell_width(cut))


def _pad(text: str, missing: int, align: str) -> str:
    if missing == 0:
        return text
    if align == "<":
        return text + " " * missing
    if align == ">":
        return " " * missing + text
    left = missing // 2
    return " " * left + text + " " * (missing - left)


def middle(text: str, width: int) -> str:
    """Shorten inert `text` to at most `width` cells with an ellipsis in its middle, as suits ids and paths."""
    if cell_width(text) <= width:
        return text
    if width <= 1:
        return "…"[: max(0, width)]
    tail_room = (width - 1) // 2
    head = text[: _reach(text, 0, width - 1 - tail_room)]
    return f"{head}…{_tail(text, tail_room)}"


def _tail(text: str, room: int) -> str:
    """Longest end of `text` within `room` cells that does not begin with a combining mark."""
    start = best = len(text)
    while start > 0:
        width = _WIDTHS[text[start - 1]]
        if width > room:
            break
        start -= 1
        room -= width
        if width:
            best = start
    return text[best:]


def wrap_cells(text: str, width: int) -> list[str]:
    """Break inert `text` into lines of at most `width` cells, at blanks where there are any.

    Newlines break too. The blanks at a break are dropped, indentation is kept. A wide character is never split: in a
    width of one cell it stands alone and sticks out.
    """
    width = max(1, width)
    return [line for paragraph in text.split("\n") for line in _wrap_line(paragraph, width)]


def _wrap_line(text: str, width: int) -> list[str]:
    if len(text) <= width and text.isascii():
        return [text]
    lines, start = [], 0
    is_ascii = text.isascii()
    while start < len(text):
        end = start + width if is_ascii else _reach(text, start, width, at_least=1)
        if end >= len(text):
            lines.append(text[start:])
            break
        end = _back_to_blank(text, start, end)
        lines.append(text[start:end])
        start = end
        while start < len(text) and text[start] == " ":
            start += 1
    return lines or [""]


def _back_to_blank(text: str, start: int, end: int) -> int:
    """Where to break `text[start:end]`: at its last blank, unless a blank follows, or only indentation is before it,
    or the break falls between characters of a script that has no blanks."""
    if text[end] == " " or _WIDTHS[text[end]] == 2 or _WIDTHS[text[end - 1]] == 2:
        return end
    blank = text.rfind(" ", start, end)
    return blank if blank > start and not text[start:blank].isspace() else end


def _reach(text: str, start: int, room: int, *, at_least: int = 0) -> int:
    """Index after the last character from `start` on that fits into `room` cells, with the marks that sit on it."""
    used = 0
    for index in range(start, len(text)):
        used += _WIDTHS[text[index]]
        if used > room:
            end = max(index, start + at_least)
            while at_least and end < len(text) and end > index and not _WIDTHS[text[end]]:
                end += 1
            return end
    return len(text)
