"""The tables of sessions and of users."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

from tracetui.figures import Bundle, BundleKind
from tracetui.text import count
from tracetui.tui.actions_filter import quoted, with_term
from tracetui.tui.screens.choose import Choose
from tracetui.tui.screens.view_screen import ViewScreen
from tracetui.tui.widgets.figure_columns import bundle_columns
from tracetui.tui.widgets.table import TableView
from tracetui.tui.widgets.table_columns import TableColumn

if TYPE_CHECKING:
    from tracetui.tui.screens.main import MainScreen

_SORTS = (
    ("last", "s", "last seen"), ("cost", "c", "cost"), ("tokens", "t", "tokens"), ("traces", "n", "traces"),
    ("calls", "l", "calls"), ("errors", "x", "errors"), ("score", "r", "mean score"), ("id", "a", "name"),
)  # fmt: skip


class BundleScreen(ViewScreen):
    """Sessions or users that have a trace in the list, a line each."""

    names = ("view_open", "view_filter", "view_sort", "view_reverse")

    def __init__(self, main: MainScreen, of: BundleKind, selected: str | None = None) -> None:
        super().__init__(main)
        self.of = of
        self.crumb = f"{of}s"
        self._sort = "-last"
        self._selected = selected
        self._table = TableView(self._columns(), self._sort)
        self._table.border_title = self.crumb.capitalize()

    @property
    def pane(self) -> TableView:
        """The table."""
        return self._table

    def _columns(self) -> Sequence[TableColumn]:
        return bundle_columns(self.of, time.time_ns)

    def ask(self) -> None:
        """Ask for the ids in order; rows are asked for when they are seen."""
        of, chosen, sort = self.of, self.chosen(), self._sort
        self.asking(f"looking for {self.crumb}…")
        if not self._table.row_count:
            self._table.set_empty("reading…")
        self.questions.ask("bundles", lambda workspace: workspace.bundle_ids(of, chosen, sort), self._take, self.failed)

    def stop(self) -> bool:
        """Stop looking for them."""
        self.questions.forget("bundles")
        self.questions.forget("bundle rows")
        return True

    def _take(self, ids: list[str]) -> None:
        table = self._table
        table.border_title = f"{self.crumb.capitalize()} {count(len(ids))}"
        table.border_subtitle = "with a trace in the list" if self.filter is not None else ""
        table.set_empty(f"no trace in the list has a {self.of} id\n{self.main.keymap.filter_keys()}")
        table.set_keys(ids)
        if self._selected in ids:
            table.move_to(ids.index(self._selected or ""))
        self._selected = None
        table.forget_rows()
        self.answered()

    def on_table_view_rows_wanted(self, event: TableView.RowsWanted) -> None:
        """Load rows that are about to be seen."""
        of, ids = self.of, event.keys

        def answered(rows: list[Bundle]) -> None:
            self._table.set_rows((row.id, row) for row in rows)

        self.questions.ask("bundle rows", lambda workspace: workspace.bundles(of, ids), answered, self.say_failure)

    def on_table_view_chosen(self, event: TableView.Chosen) -> None:
        """Open the session, or list the user's traces."""
        self.do_open()

    def on_table_view_sort_wanted(self, event: TableView.SortWanted) -> None:
        """Sort by the clicked column."""
        self._sort_by(event.sort)

    def do_open(self) -> None:
        """A session opens as a thread; a user's traces are listed."""
        key = self._table.selected_key
        if key is None:
            return
        if self.of == "session":
            from tracetui.tui.screens.thread import ThreadScreen

            self.app.push_screen(ThreadScreen(self.main, key))
        else:
            self.do_filter()

    def do_filter(self) -> None:
        """List the traces of the session or user, beside the filter that is on."""
        key = self._table.selected_key
        if key is not None:
            term = f"{self.of}:={quoted(key)}"
            filtering, text = self.main.doing.filtering, with_term(self.filter, term)
            self.leave_all(lambda: filtering.apply(text, is_typed=False))

    def do_sort(self) -> None:
        """Choose what to sort by."""

        def chosen(key: str | None) -> None:
            if key is not None:
                self._sort_by(key if key == "id" else f"-{key}")

        self.app.push_screen(Choose("Sort by", _SORTS), chosen)

    def do_reverse(self) -> None:
        """Turn the order round."""
        self._sort_by(self._sort[1:] if self._sort.startswith("-") else f"-{self._sort}")

    def _sort_by(self, sort: str) -> None:
        self._sort = sort
        self._table.set_columns(self._columns(), sort)
        self.ask()
