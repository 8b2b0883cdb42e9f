"""Which columns of a table of figures fit into a width. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Literal

from msgspec import Struct

from tracetui.text import fit
from tracetui.tui.lines.palette import Ink


class TableColumn(Struct, frozen=True):
    """One column. The lower its `priority` the longer it stays; the first column takes what room is left.

    `draw` gives text and tone of a row's cell of so many cells; `sort` is the key that its title stands for; a column
    with `at_most` may grow to that. One that `may_go`, which has a `name`, is left out while no row has a text there.
    """

    title: str
    width: int
    priority: int
    draw: Callable[[Any, int], Ink]
    align: Literal["<", ">"] = ">"
    sort: str | None = None
    at_most: int = 0
    name: str = ""
    may_go: bool = False


class TablePlan(Struct, frozen=True):
    """Columns with the cells that they got, in drawing order, and how many found no room."""

    placed: tuple[tuple[TableColumn, int], ...]
    left_out: int = 0


def plan_table(columns: Sequence[TableColumn], width: int, key_wide: int) -> TablePlan:
    """Choose columns for `width` cells; `key_wide` is how wide the first column would like to be.

    It gets up to a third of the width before any other column is chosen.
    """
    order = sorted(range(1, len(columns)), key=lambda index: columns[index].priority)
    chosen = {0: min(width, max(columns[0].width, min(key_wide, width // 3)))}
    room = width - chosen[0]
    for index in order:
        needs = columns[index].width + 1
        if needs > room:
            break
        chosen[index] = columns[index].width
        room -= needs
    more = max(0, min(room, key_wide - chosen[0]))
    chosen[0] += more
    room -= more
    for index in order:
        if index in chosen and columns[index].at_most:
            more = max(0, min(room, columns[index].at_most - chosen[index]))
            chosen[index] += more
            room -= more
    chosen[0] += room
    placed = tuple((column, chosen[index]) for index, column in enumerate(columns) if index in chosen)
    return TablePlan(placed, len(columns) - len(placed))


def draw_table_row(plan: TablePlan, row: Any) -> list[Ink]:
    """Draw a row in the columns of `plan`, a blank between them."""
    inks: list[Ink] = []
    for column, cells in plan.placed:
        if inks:
            inks.append((" ", "text"))
        text, tone = column.draw(row, cells)
        inks.append((fit(text, cells, align=column.align), tone))
    return inks


def draw_table_titles(plan: TablePlan, sort: str) -> list[Ink]:
    """Draw the titles, an arrow at the one that `sort` (`-cost`: the highest first) names."""
    inks: list[Ink] = []
    key, arrow = sort.removeprefix("-"), "↓" if sort.startswith("-") else "↑"
    for place, (column, cells) in enumerate(plan.placed):
        if inks:
            inks.append((" ", "heading"))
        is_sorted = column.sort == key
        title = column.title + (arrow if is_sorted else "")
        if not place and plan.left_out and cells > 12:
            more = f" +{plan.left_out}"
            title = fit(title, cells - len(more)) + more
        inks.append((fit(title, cells, align=column.align), "sorted" if is_sorted else "heading"))
    return inks


def table_column_at(plan: TablePlan, x: int) -> TableColumn | None:
    """The column that is drawn at cell `x`."""
    for column, cells in plan.placed:
        if x < cells + 1:
            return column
        x -= cells + 1
    return None
