"""A table of figures of any length: it is given keys in order, and asks for the rows that it is about to show."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable, Iterable, Sequence
from typing import Any

from textual.message import Message
from textual.strip import Strip

from tracetui.text import cell_width, fit, inert
from tracetui.tui.lines.palette import Ink
from tracetui.tui.lines.view import LineView
from tracetui.tui.widgets.table_columns import (
    TableColumn,
    TablePlan,
    draw_table_row,
    draw_table_titles,
    plan_table,
    table_column_at,
)  # fmt: skip

_ROWS_KEPT = 4_000
_LEARNT_FROM = 500
_KEY_WIDEST = 44


class TableView(LineView):
    """Rows under a heading; the cursor stays on its key through sorting and refreshing."""

    has_heading = True

    class RowsWanted(Message):
        """Rows of these keys are about to be seen and not known."""

        def __init__(self, keys: tuple[Any, ...]) -> None:
            super().__init__()
            self.keys = keys

    class Chosen(Message):
        """The reader wants what is behind the row of this key."""

        def __init__(self, key: Any) -> None:
            super().__init__()
            self.key = key

    class Moved(Message):
        """The cursor went to the row of this key."""

        def __init__(self, key: Any) -> None:
            super().__init__()
            self.key = key

    class SortWanted(Message):
        """The title of a column was clicked."""

        def __init__(self, sort: str) -> None:
            super().__init__()
            self.sort = sort

    def __init__(self, columns: Sequence[TableColumn], sort: str, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._columns = columns
        self._sort = sort
        self._blank = {column.name for column in columns if column.may_go}
        self._keys: Sequence[Hashable] = ()
        self._rows: OrderedDict[Hashable, Any] = OrderedDict()
        self._key_wide = 0
        self._asked: frozenset[Hashable] = frozenset()
        self._will_ask = False
        self._marked: frozenset[Any] = frozenset()

    @property
    def marked(self) -> frozenset[Any]:
        """Keys of the rows that are marked."""
        return self._marked

    @marked.setter
    def marked(self, keys: frozenset[Any]) -> None:
        self._marked = keys
        self.redraw()

    @property
    def selected_key(self) -> Any:
        """Key of the row under the cursor, or None where there are no rows."""
        return self._keys[self.cursor] if self.cursor < len(self._keys) else None

    @property
    def selected_row(self) -> Any:
        """The row under the cursor, or None where there is none, or none yet."""
        return self._rows.get(self.selected_key)

    def set_columns(self, columns: Sequence[TableColumn], sort: str) -> None:
        """Draw other columns, sorted by another one."""
        self._columns, self._sort = columns, sort
        self._blank = {column.name for column in columns if column.may_go}
        self._learn(list(self._rows.values())[:_LEARNT_FROM])
        self.redraw()

    def set_keys(self, keys: Sequence[Hashable]) -> None:
        """Show these rows in this order. The cursor stays on its key where that is still there."""
        selected = self.selected_key
        self._keys = keys
        self._asked = frozenset()
        row = keys.index(selected) if selected in keys else 0
        # At the top, what arrives shows above the cursor's row; further down, nothing under the eye moves.
        self.reset_rows(len(keys), row, hold=self.scroll_offset.y > 0)

    def set_all(self, rows: dict[Any, Any]) -> None:
        """Show all rows there are, in the order of the dictionary."""
        self._rows = OrderedDict(rows)
        self._key_wide = 0
        self._blank = {column.name for column in self._columns if column.may_go}
        self._learn(list(rows.values())[:_LEARNT_FROM])
        self.set_keys(list(rows))

    def set_rows(self, rows: Iterable[tuple[Hashable, Any]]) -> None:
        """Take rows for some of the keys; the longest unseen are forgotten beyond 4,000."""
        taken = list(rows)
        for key, row in taken:
            self._rows[key] = row
            self._rows.move_to_end(key)
        while len(self._rows) > _ROWS_KEPT:
            self._rows.popitem(last=False)
        self._learn([row for _, row in taken])
        self.redraw()

    def forget_rows(self) -> None:
        """Ask for all rows anew, and show the old ones until the new ones come."""
        self._asked = frozenset()
        self._ask()

    def draw_row(self, index: int, width: int) -> Strip:
        """Draw one row, or what is known of it until it comes."""
        key = self._keys[index]
        row = self._rows.get(key)
        if row is None:
            if not self._will_ask:
                self._will_ask = True
                self.call_later(self._ask)
            return self.palette.strip([(fit(inert(str(key)), width), "faint")], width)
        return self.palette.line(draw_table_row(self._plan(width), row), width)

    def draw_heading(self, width: int) -> list[Ink]:
        """Draw the titles."""
        return draw_table_titles(self._plan(width), self._sort)

    def edge(self, index: int, has_cursor: bool) -> Ink:
        """The cursor, the mark, or both."""
        if self._keys[index] in self._marked:
            return "◈" if has_cursor else "◆", "mark"
        return super().edge(index, has_cursor)

    def cursor_moved(self) -> None:
        """Tell which row the cursor is on."""
        self.tell(self.Moved(self.selected_key))

    def cursor_chosen(self) -> None:
        """Tell which row was chosen."""
        self.tell(self.Chosen(self.selected_key))

    def heading_clicked(self, x: int) -> None:
        """Ask for another order."""
        column = table_column_at(self._plan(self.row_width), x)
        if column is not None and column.sort is not None:
            self.tell(self.SortWanted(column.sort if self._sort == f"-{column.sort}" else f"-{column.sort}"))

    def _plan(self, width: int) -> TablePlan:
        columns = [column for column in self._columns if column.name not in self._blank]
        return plan_table(columns, width, min(self._key_wide, _KEY_WIDEST))

    def _learn(self, rows: Sequence[Any]) -> None:
        for column in self._columns:
            if column.name in self._blank and any(column.draw(row, column.width)[0] for row in rows):
                self._blank.discard(column.name)
        draw = self._columns[0].draw
        self._key_wide = max((cell_width(draw(row, 1_000)[0]) for row in rows), default=0) or self._key_wide

    def _ask(self) -> None:
        self._will_ask = False
        first = max(0, self.scroll_offset.y - self.page)
        near = self._keys[first : self.scroll_offset.y + 2 * self.page]
        missing = tuple(key for key in near if key not in self._rows or not self._asked)
        if missing and not self._asked.issuperset(missing):
            self._asked = frozenset(near)
            self.tell(self.RowsWanted(missing))
