"""The bar of a span: when it began and how long it took within its trace. Pure."""

from __future__ import annotations

_HALVES = 2
"""A cell has two halves: the line characters begin and end in the middle of a cell."""


def draw_bar(
    start_ns: int,
    end_ns: int,
    first_ns: int,
    last_ns: int,
    width: int,
    *,
    token_ns: int | None = None,
    covered: bytes = b"",
    marks_token: bool = False,
) -> str:
    """Draw `start_ns … end_ns` within `first_ns … last_ns` as a line in `width` cells.

    The line is thin while the span waits: up to `token_ns`, the moment of the first token, and in the halves of cells
    that are `covered` by its children. `marks_token` puts a sign there. However short, something is drawn.
    """
    if width <= 0:
        return ""
    total = max(1, last_ns - first_ns)
    halves = width * _HALVES
    begin = min(halves - 1, max(0, (start_ns - first_ns) * halves // total))
    end = min(halves, max(begin + 1, -(-(end_ns - first_ns) * halves // total)))
    token = begin if token_ns is None else min(end, max(begin, (token_ns - first_ns) * halves // total))
    weights = bytearray(halves)
    weights[begin:end] = b"\x01" * (token - begin) + b"\x02" * (end - token)
    for half in range(token, end) if covered else ():
        weights[half] -= covered[half]
    cells = [_SHAPES[weights[half], weights[half + 1]] for half in range(0, halves, _HALVES)]
    if marks_token and begin < token < end:
        cells[token // _HALVES] = _TOKEN
    return "".join(cells)


_SHAPES = {
    (0, 0): " ", (0, 1): "╶", (1, 0): "╴", (1, 1): "─", (0, 2): "╺", (2, 0): "╸", (2, 2): "━", (1, 2): "╼", (2, 1): "╾",
}  # fmt: skip
"""Left and right half of a cell: 0 nothing, 1 thin (waiting), 2 thick."""
_TOKEN = "┝"
"""The cell of the first token."""


def place_half(time_ns: int, first_ns: int, last_ns: int, width: int) -> int:
    """The half of a cell whose middle is the first not to lie before `time_ns`; may be outside of the `width` cells."""
    total, halves = max(1, last_ns - first_ns), width * _HALVES
    return ((time_ns - first_ns) * halves * 2 + total) // (2 * total)


def draw_axis(total_ns: int, width: int) -> list[tuple[int, int]]:
    """Where to put round times on an axis of `width` cells for `total_ns`: cell and time in ns, left to right."""
    if width < 1 or total_ns <= 0:
        return []
    step = _round_step(total_ns * 12 // max(12, width))
    return [(time_ns * width // total_ns, time_ns) for time_ns in range(0, total_ns, step)]


def _round_step(least_ns: int) -> int:
    """Smallest of 1, 2, 5 × 10ⁿ ns, and of round minutes and hours, that is not below `least_ns`."""
    minute = 60_000_000_000
    for step in (minute, 2 * minute, 5 * minute, 10 * minute, 30 * minute, 60 * minute):
        if minute // 2 < least_ns <= step:
            return step
    step = 1
    while True:
        for factor in (1, 2, 5):
            if step * factor >= least_ns:
                return step * factor
        step *= 10
