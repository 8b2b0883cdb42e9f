"""Rows of values as aligned lines: fitted to a terminal, whole in a pipe. Every cell is made inert.

The widths come from the first rows, so that any number of rows passes with little memory; a later cell that is wider
is cut on a terminal and sticks out in a pipe.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain, islice
from typing import Generic, TypeVar

from msgspec import Struct

from tracetui.figures import Key
from tracetui.text import ABSENT, cell_width, fit, inert

Row = TypeVar("Row")

_MEASURED_ROWS = 1000
_GAP = 2


class Column(Struct, Generic[Row], frozen=True):
    """One column. Those with the greatest `rank` are left out first where there is no room; rank 0 always stays.

    A `narrowest` other than 0 says that the column may be cut to that many cells.
    """

    title: str
    cell: Callable[[Row], str]
    align: str = "<"
    rank: int = 0
    narrowest: int = 0
    style: Callable[[Row], str] | None = None


def key_columns(names: Sequence[str], key_of: Callable[[Row], Key]) -> list[Column[Row]]:
    """The columns of what rows are grouped by; they may be cut."""

    def column(at: int, name: str) -> Column[Row]:
        return Column(name, lambda row: key_of(row)[at] or ABSENT, narrowest=12)

    return [column(at, name) for at, name in enumerate(names)]


Paint = Callable[[str, str], str]


def table_lines(
    columns: Sequence[Column[Row]], rows: Iterable[Row], width: int | None, paint: Paint = lambda text, _: text
) -> Iterator[str]:
    """A line of titles, then a line a row; nothing where there are no rows. A column that is empty is left out."""
    iterator = iter(rows)
    first = list(islice(iterator, _MEASURED_ROWS))
    if not first:
        return
    widths = _widths(columns, first)
    used = [column for column in columns if widths[column.title] > 0]
    widths = {column.title: max(widths[column.title], cell_width(column.title)) for column in used}
    if width is not None:
        used, widths = _fitted(used, widths, width)
    yield _line([paint(_cell(column.title, column, widths, width), "heading") for column in used])
    for row in chain(first, iterator):
        yield _line([_painted(column, row, widths, width, paint) for column in used])


def _widths(columns: Sequence[Column[Row]], rows: Sequence[Row]) -> dict[str, int]:
    return {column.title: max(cell_width(inert(column.cell(row))) for row in rows) for column in columns}


def _fitted(
    columns: Sequence[Column[Row]], widths: dict[str, int], room: int
) -> tuple[list[Column[Row]], dict[str, int]]:
    """The columns that fit, and their widths: first those that may be cut are cut, then columns are left out."""
    used = list(columns)
    while _needed(used, {column.title: _least(column, widths) for column in used}) > room:
        last = max(used, key=lambda column: column.rank)
        if last.rank == 0:
            break
        used.remove(last)
    widths = dict(widths)
    for column in sorted(used, key=lambda column: -widths[column.title]):
        excess = _needed(used, widths) - room
        if excess > 0:
            widths[column.title] = max(_least(column, widths), widths[column.title] - excess)
    return used, widths


def _least(column: Column[Row], widths: dict[str, int]) -> int:
    return min(widths[column.title], column.narrowest) if column.narrowest else widths[column.title]


def _needed(columns: Sequence[Column[Row]], widths: dict[str, int]) -> int:
    return sum(widths[column.title] for column in columns) + _GAP * (len(columns) - 1)


def _painted(column: Column[Row], row: Row, widths: dict[str, int], width: int | None, paint: Paint) -> str:
    cell = _cell(inert(column.cell(row)), column, widths, width)
    return paint(cell, column.style(row)) if column.style else cell


def _cell(text: str, column: Column[Row], widths: dict[str, int], width: int | None) -> str:
    room = widths[column.title]
    if width is None:
        room = max(room, cell_width(text))
    return fit(text, room, align=column.align)


def _line(cells: Sequence[str]) -> str:
    return (" " * _GAP).join(cells).rstrip()
