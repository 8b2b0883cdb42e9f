"""The list of traces: any number of ids, and the rows of those that are seen."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence

from textual.message import Message
from textual.strip import Strip

from tracetui.model import Trace
from tracetui.text import cell_width, count, fit, inert, middle
from tracetui.tui.lines.palette import Ink
from tracetui.tui.lines.view import LineView
from tracetui.tui.widgets import columns

_ROWS_KEPT = 2_000
_UNBOUND = 1_000


class TraceList(LineView):
    """Traces, a line each. It is given ids in order and asks for the rows that it is about to show."""

    has_heading = True

    class RowsWanted(Message):
        """Rows of these traces are about to be seen and not known."""

        def __init__(self, ids: tuple[str, ...]) -> None:
            super().__init__()
            self.ids = ids

    class Moved(Message):
        """The cursor is on another trace."""

        def __init__(self, trace_id: str) -> None:
            super().__init__()
            self.trace_id = trace_id

    class Chosen(Message):
        """The reader wants to look into this trace."""

        def __init__(self, trace_id: str) -> None:
            super().__init__()
            self.trace_id = trace_id

    class SortWanted(Message):
        """The heading of a column was clicked; `sort` is a key of sorting."""

        def __init__(self, sort: str) -> None:
            super().__init__()
            self.sort = sort

    def __init__(
        self,
        *,
        now_ns: Callable[[], int] = time.time_ns,
        id: str | None = None,
        classes: str | None = None,
    ) -> None:
        super().__init__(id=id, classes=classes)
        self._now_ns = now_ns
        self._ids: Sequence[str] = ()
        self._rows: OrderedDict[str, Trace] = OrderedDict()
        self._marked: frozenset[str] = frozenset()
        self._sort = "-start"
        self._columns = columns.COLUMNS
        self._extras: columns.Extras = {}
        self._relative_times = False
        self._has_values: set[str] = set()
        self._wide: dict[str, int] = {}
        self._plan: tuple[int, columns.Plan] | None = None
        self._asked: frozenset[str] = frozenset()
        self._will_ask = False
        self.border_title = "Traces"

    @property
    def selected_id(self) -> str | None:
        """Id of the trace under the cursor, or None where there are no traces."""
        return self._ids[self.cursor] if self.cursor < len(self._ids) else None

    @property
    def selected(self) -> Trace | None:
        """The trace under the cursor, None where its row is still to come."""
        return self._rows.get(self.selected_id or "")

    @property
    def marked(self) -> frozenset[str]:
        """Ids of the traces that are drawn as marked."""
        return self._marked

    @marked.setter
    def marked(self, marked: frozenset[str]) -> None:
        self._marked = marked
        self.refresh()

    @property
    def relative_times(self) -> bool:
        """Whether times are shown as `3m ago` and not as `10:02:11`."""
        return self._relative_times

    @relative_times.setter
    def relative_times(self, is_relative: bool) -> None:
        self._relative_times = is_relative
        self._wide.pop("time", None)
        self._learn(self._rows.values())
        self.redraw()

    def set_columns(self, choices: Sequence[tuple[str, int]]) -> None:
        """Show these columns, by id and width, in this order; none are the usual ones."""
        self._columns = columns.make_columns(choices, self._extras)
        self._has_values.clear()
        self._wide.clear()
        self._learn(self._rows.values())
        self.redraw()

    @property
    def metadata_keys(self) -> tuple[str, ...]:
        """Keys of metadata that are shown."""
        return tuple(each.id.partition(".")[2] for each in self._columns if each.id.startswith("metadata."))

    def set_extras(self, extras: columns.Extras) -> None:
        """Take values of the metadata keys that are shown, by trace id."""
        self._extras.update(extras)
        self._learn(self._rows[trace_id] for trace_id in extras if trace_id in self._rows)
        self.redraw()

    def set_ids(self, ids: Sequence[str], *, total: int | None = None, is_all: bool = True) -> None:
        """Show the traces `ids`, in that order; `total` is how many there are without the filter.

        Without `is_all` more of them are still to come, which the title says with a plus.
        The cursor stays on its trace where that is still among them, else on its row. `ids` is kept, not copied.
        """
        selected, old_row = self.selected_id, self.cursor
        row = _find_near(ids, selected, old_row)
        self._ids = ids
        self._asked = frozenset()
        self.border_title = _title(len(ids), total, is_all)
        # At the top, what arrives shows above the cursor's trace; further down, nothing under the eye moves.
        self.reset_rows(len(ids), old_row if row is None else row, hold=self.scroll_offset.y > 0)
        if self.selected_id not in (selected, None):
            self.cursor_moved()

    def set_rows(self, traces: Iterable[Trace]) -> None:
        """Take rows for the ids, in any order; the longest unseen are forgotten beyond 2,000."""
        taken = list(traces)
        for trace in taken:
            self._rows[trace.trace_id] = trace
            self._rows.move_to_end(trace.trace_id)
        while len(self._rows) > _ROWS_KEPT:
            forgotten, _ = self._rows.popitem(last=False)
            self._extras.pop(forgotten, None)
        self._learn(taken)
        self.redraw()

    def forget_rows(self) -> None:
        """Draw nothing of any trace until its row comes again."""
        self._rows.clear()
        self._extras.clear()
        self._wide.clear()
        self._asked = frozenset()
        self.redraw()

    def forget_asked(self) -> None:
        """Ask anew for what is in sight and not here."""
        self._asked = frozenset()
        self.redraw()

    def update_rows(self, traces: Iterable[Trace]) -> None:
        """Take newer versions of rows; those that nobody asked for are dropped."""
        self.set_rows([trace for trace in traces if trace.trace_id in self._rows])

    def row_of(self, trace_id: str) -> Trace | None:
        """The row of a trace, where it is here."""
        return self._rows.get(trace_id)

    def known_ids(self) -> list[str]:
        """Ids of the traces whose rows are here."""
        return list(self._rows)

    @property
    def window(self) -> slice:
        """The rows in sight, and a page above and below."""
        return slice(max(0, self.scroll_offset.y - self.page), self.scroll_offset.y + 2 * self.page)

    def set_sort(self, sort: str) -> None:
        """Show in the heading which column the ids are sorted by: `-start` is newest first."""
        self._sort = sort
        self.refresh()

    def select(self, trace_id: str) -> bool:
        """Put the cursor on the trace `trace_id`; False where it is not in the list."""
        row = _find_near(self._ids, trace_id, self.cursor)
        if row is not None:
            self.move_to(row)
        return row is not None

    def draw_row(self, index: int, width: int) -> Strip:
        """Draw one trace, or what is known of it until its row comes."""
        trace_id = self._ids[index]
        trace = self._rows.get(trace_id)
        if trace is None:
            self._ask_soon()
            inks = [(fit(f"· {middle(inert(trace_id), max(1, width - 2))}", width), "faint")]
        else:
            present = columns.Present(self._now_ns(), self._relative_times)
            inks = columns.draw_cells(self._planned(width), trace, present)
        return self.palette.strip(inks, width)

    def row_writer(self, width: int) -> Callable[[Trace], str]:
        """Writes a row of `width` cells as text, of any trace and in any thread, in the columns that are shown now."""
        plan = columns.plan_columns(width, has_values=self._has_values, wide=self._wide, columns=self._columns)
        present = columns.Present(self._now_ns(), self._relative_times)
        return lambda trace: "".join(text for text, _ in columns.draw_cells(plan, trace, present)).rstrip()

    def draw_heading(self, width: int) -> list[Ink]:
        """Draw the titles of the columns."""
        return columns.draw_titles(self._planned(width), self._sort)

    def edge(self, index: int, has_cursor: bool) -> Ink:
        """The cursor, the mark, or both."""
        if self._ids[index] in self._marked:
            return "◈" if has_cursor else "◆", "mark"
        return super().edge(index, has_cursor)

    def cursor_moved(self) -> None:
        """Tell which trace the cursor is on."""
        if self.selected_id is not None:
            self.tell(self.Moved(self.selected_id))

    def cursor_chosen(self) -> None:
        """Tell which trace was chosen."""
        if self.selected_id is not None:
            self.tell(self.Chosen(self.selected_id))

    def heading_clicked(self, x: int) -> None:
        """Ask for the traces sorted by the clicked column, reversed where they are already."""
        column = columns.column_at(self._planned(self.row_width), x)
        if column is not None and column.sort is not None:
            self.tell(self.SortWanted(column.sort if self._sort == f"-{column.sort}" else f"-{column.sort}"))

    def _planned(self, width: int) -> columns.Plan:
        if self._plan is None or self._plan[0] != width:
            self._plan = (
                width,
                columns.plan_columns(width, has_values=self._has_values, wide=self._wide, columns=self._columns),
            )
        return self._plan[1]

    def _learn(self, traces: Iterable[Trace]) -> None:
        """Remember which columns have texts and how wide they are; columns never leave again while one scrolls."""
        present = columns.Present(self._now_ns(), self._relative_times)
        for trace in traces:
            for column in self._columns:
                if column.at_most or not column.stays:
                    text, _ = column.draw(trace, present, _UNBOUND)
                    if text:
                        self._has_values.add(column.id)
                        self._wide[column.id] = max(self._wide.get(column.id, 0), cell_width(text))
        self._plan = None

    def _ask_soon(self) -> None:
        if not self._will_ask:
            self._will_ask = True
            self.call_later(self._ask)

    def _ask(self) -> None:
        self._will_ask = False
        missing = tuple(trace_id for trace_id in self._ids[self.window] if trace_id not in self._rows)
        if not self._asked.issuperset(missing):
            self._asked = frozenset(missing)
            self.tell(self.RowsWanted(missing))


def _title(shown: int, total: int | None, is_all: bool) -> str:
    more = "" if is_all else "+"
    if total is None or total == shown:
        return f"Traces {count(shown)}{more}"
    return f"Traces {count(shown)}{more} of {count(total)}"


def _find_near(ids: Sequence[str], wanted: str | None, near: int) -> int | None:
    """Where `wanted` is in `ids`: looked for around `near` first, because live lists shift by a few rows."""
    if wanted is None:
        return None
    first = max(0, near - 1_000)
    around = ids[first : near + 1_000]
    if wanted in around:
        return first + list(around).index(wanted)
    try:
        return ids.index(wanted)
    except ValueError:
        return None
