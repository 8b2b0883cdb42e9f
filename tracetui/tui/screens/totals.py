"""The totals of what is listed: a chart over time, and a table by model, feature, user, prompt, session, day, …"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, TypeAlias

from msgspec import Struct
from textual.containers import Container
from textual.widget import Widget

from tracetui.figures import Group, Key
from tracetui.model import MODEL_CALLS
from tracetui.text import about, count, inert, percent
from tracetui.tui.actions_filter import quoted, with_term
from tracetui.tui.screens.choose import Choose
from tracetui.tui.screens.view_screen import ViewScreen
from tracetui.tui.widgets.chart_data import Bucket, choose_bucket, make_bars
from tracetui.tui.widgets.figure_columns import GROUP_SORTS, group_columns, show_figure, sort_groups
from tracetui.tui.widgets.status_line_ink import Part
from tracetui.tui.widgets.status_line_totals import totals_parts
from tracetui.tui.widgets.table import TableView
from tracetui.tui.widgets.tabs_line import TabsLine

if TYPE_CHECKING:
    from tracetui.query import Filter
    from tracetui.tui.screens.main import MainScreen
    from tracetui.tui.widgets.chart import TimeChart
    from tracetui.workspace import Workspace

GROUPINGS = (
    "model", "feature", "user", "prompt", "session", "day", "name", "provider", "environment", "tag", "hour",
)  # fmt: skip
"""In the order of their tabs."""
_FIELDS = {"provider": "provider", "environment": "env", "hour": "time", "day": "time"}
_TALL, _MEDIUM = 30, 22
_HINTS = {"view_open": "list its traces", "view_filter": ""}
_HINTS_OF_PROMPTS = {**_HINTS, "view_compare": "compare versions"}


class Progress(Struct, frozen=True):
    """How many spans were added up, of how many."""

    done: int
    total: int


class Added(Struct, frozen=True):
    """The groups of a tab, or those of the "chart" with their `bucket`."""

    by: str
    groups: list[Group]
    bucket: Bucket | None = None


Piece: TypeAlias = Progress | Added


class TotalsScreen(ViewScreen):
    """Adds up what the list shows, and lists what a row stands for."""

    DEFAULT_CSS = """
    TotalsScreen #chart { height: 12; background: $surface; border: round $foreground 20%; border-title-color: $text-muted; border-subtitle-color: $text-muted; }
    TotalsScreen #chart.medium { height: 8; }
    TotalsScreen #chart.none { display: none; }
    """
    crumb = "totals"
    names = (
        "view_open", "view_filter", "view_next", "view_previous", "view_group", "view_sort", "view_reverse",
        "view_mark", "view_compare",
    )  # fmt: skip

    hints: Mapping[str, str] = _HINTS

    def __init__(self, main: MainScreen) -> None:
        super().__init__(main)
        self.by = GROUPINGS[0]
        self._sort = "-cost"
        self._bucket: Bucket = "day"
        self._known: dict[str, list[Group]] = {}
        self._outdated: set[str] = set()
        """What of it is to be added up anew before it is shown again."""
        self._table = TableView(group_columns(self.by, self._sort, 0.0), self._sort)
        self._tabs = TabsLine(GROUPINGS)
        self._frame = Container(id="chart")
        self._chart: TimeChart | None = None

    @property
    def pane(self) -> TableView:
        """The table."""
        return self._table

    def body(self) -> Sequence[Widget]:
        """The chart, the tabs, the table."""
        return [self._frame, self._tabs, self._table]

    def facts(self) -> list[Part]:
        """The totals of the status line."""
        return totals_parts(self.main.listing.totals, 0)

    def on_resize(self, event: object) -> None:
        """Give the chart what the height allows."""
        height = self.size.height
        self._frame.set_class(_MEDIUM <= height < _TALL, "medium")
        self._frame.set_class(height < _MEDIUM, "none")
        self.refresh_lines()

    def on_mount(self) -> None:
        """Ask at once."""
        self._tabs.show(self.by)
        self._frame.border_title = "over time"
        super().on_mount()

    # Asking

    def ask(self) -> None:
        """Ask for the table, then for the chart, unless they are known."""
        if self.by in self._known and self.by not in self._outdated:
            self._show()
            return
        self._table.set_all({})
        self._table.set_empty("adding up…")
        self._begin()

    def _begin(self) -> None:
        by, chosen = self.by, self.chosen()
        needs_chart = "chart" not in self._known or "chart" in self._outdated

        def add_up(workspace: Workspace, found: Callable[[Piece], None], stopped: Callable[[], bool]) -> bool:
            return _add_up(workspace, found, by, chosen, needs_chart)

        self.asking("adding up…")
        self.questions.ask_in_pieces("groups", add_up, self._piece, self._done, self.failed)

    def _piece(self, piece: Piece) -> None:
        if isinstance(piece, Progress):
            done = percent(piece.done / piece.total) if piece.total else ""
            self.tell_progress(f"adding up {count(piece.total)} spans  {done}")
            return
        if piece.bucket is not None:
            self._bucket = piece.bucket
        self._known[piece.by] = piece.groups
        self._outdated.discard(piece.by)
        self._show()

    def _done(self, _: bool) -> None:
        self.answered()

    def stop(self) -> bool:
        """Stop adding up."""
        self.questions.forget("groups")
        self.questions.forget("metadata keys")  # whose menu belongs over this view only
        if self.by not in self._known:
            key = self.main.keymap.show("view_next")
            self._table.set_empty(f"stopped before it was added up; {key} groups by something else")
        return True

    def ask_anew(self) -> None:
        """Add up anew; what is shown stays until that is done."""
        self._outdated.update(self._known)
        self._begin()

    # Showing

    def _show(self) -> None:
        groups = self._known.get(self.by)
        name = self._sort.removeprefix("-")
        figure = GROUP_SORTS.get(name, GROUP_SORTS["cost"])
        if groups is not None:
            ordered = sort_groups(groups, self._sort)
            highest = max((figure(group) for group in groups), default=0.0)
            self._table.set_columns(group_columns(self.by, self._sort, highest), self._sort)
            self._table.set_empty("nothing to add up")
            self._table.border_title = f"By {self.by} {count(len(groups))}"
            self._table.set_all({group.key: group for group in ordered})
        self._draw_chart(name if name in GROUP_SORTS else "cost")
        self.refresh_lines()

    def _draw_chart(self, name: str) -> None:
        groups = self._known.get("chart")
        if groups is None:
            return
        if self._chart is None:
            from tracetui.tui.widgets.chart import TimeChart

            self._chart = TimeChart()
            self._frame.mount(self._chart)
        bars = make_bars(groups, self._bucket, GROUP_SORTS[name])
        self._frame.border_title = f"{name} by {self._bucket}"
        highest = show_figure(name, max(bars.values, default=0.0))
        self._frame.border_subtitle = f"highest {about(highest, any(group.is_estimate for group in groups))}"
        self._chart.show(bars, lambda value: show_figure(name, value))

    # Actions

    def on_tabs_line_wanted(self, event: TabsLine.Wanted) -> None:
        """Group by the clicked tab."""
        self._group_by(event.name)

    def do_next(self) -> None:
        """Group by what the next tab says."""
        self._step(1)

    def do_previous(self) -> None:
        """Group by what the previous tab says."""
        self._step(-1)

    def _step(self, step: int) -> None:
        place = GROUPINGS.index(self.by) if self.by in GROUPINGS else -1
        self._group_by(GROUPINGS[(place + step) % len(GROUPINGS)])

    def do_group(self) -> None:
        """Choose from all groupings, the keys of the metadata among them."""

        def asked(keys: list[tuple[str, int]]) -> None:
            names = [*GROUPINGS, *(f"metadata.{key}" for key, _ in keys)]
            self.app.push_screen(Choose("Group by", [(name, "", inert(name)) for name in names]), chosen)

        def chosen(name: str | None) -> None:
            if name is not None:
                self._group_by(name)

        self.questions.ask(
            "metadata keys", lambda workspace: workspace.observed("metadata", "", 20), asked, self.say_failure
        )

    def _group_by(self, by: str) -> None:
        self.by = by
        if by in ("day", "hour"):
            self._sort = "-key"
        elif self._sort.endswith("key"):
            self._sort = "-cost"
        self._table.marked = frozenset()
        self.hints = _HINTS_OF_PROMPTS if by == "prompt" else _HINTS
        self._tabs.show(by)
        self.ask()

    def do_sort(self) -> None:
        """Choose what to sort by; the bars and the chart follow."""

        def chosen(name: str | None) -> None:
            if name is not None:
                self._sort_by(name if name == "key" else f"-{name}")

        options = [(name, key, label) for name, key, label in _SORTS]
        self.app.push_screen(Choose("Sort by", options), chosen)

    def do_reverse(self) -> None:
        """Turn the order round."""
        self._sort_by(self._sort[1:] if self._sort.startswith("-") else f"-{self._sort}")

    def _sort_by(self, sort: str) -> None:
        self._sort = sort
        self._show()

    def on_table_view_sort_wanted(self, event: TableView.SortWanted) -> None:
        """Sort by the clicked column."""
        self._sort_by(event.sort)

    def on_table_view_chosen(self, event: TableView.Chosen) -> None:
        """List what the row stands for."""
        self.do_filter()

    def do_open(self) -> None:
        """The same: a row of totals is opened by listing its traces."""
        self.do_filter()

    def do_filter(self) -> None:
        """Add the row's term to the filter, and go back to the list."""
        key = self._table.selected_key
        if key is not None:
            filtering, text = self.main.doing.filtering, with_term(self.filter, term_of(self.by, key))
            self.leave_all(lambda: filtering.apply(text, is_typed=False))

    def do_mark(self) -> None:
        """Mark the version of the row to compare it, or take its mark away, and go on."""
        key = self._table.selected_key
        if self._has_versions() and key is not None and key != (None,):
            self._table.marked ^= {key}
            self._table.move(1)

    def do_compare(self) -> None:
        """The two marked versions; the marked one with that of the row; that of the row with the one before."""
        from tracetui.tui.screens.versions import VersionScreen

        if not self._has_versions():
            return
        chosen, selected = {key[0] for key in self._table.marked}, self._table.selected_key
        if len(chosen) < 2 and selected is not None and selected != (None,):
            chosen.add(selected[0])
        if 1 <= len(chosen) <= 2:
            self.app.push_screen(VersionScreen(self.main, sorted(chosen)))
        elif chosen:
            self.said = f"{count(len(chosen))} versions are marked; mark two"
        else:
            self.said = "this row is no prompt; choose another"

    def _has_versions(self) -> bool:
        if self.by != "prompt":
            self.said = f"only versions of prompts are compared: {self.main.keymap.show('view_next')} to prompt"
        return self.by == "prompt"


_SORTS = (
    ("cost", "c", "cost"), ("tokens", "t", "tokens"), ("calls", "n", "calls"), ("traces", "a", "traces"),
    ("errors", "x", "errors"), ("refused", "f", "refusals"), ("p50", "5", "latency, median"),
    ("p95", "9", "latency, 95th percentile"), ("ttft", "1", "time to the first token, median"), ("key", "k", "name"),
)  # fmt: skip


def term_of(by: str, key: Key) -> str:
    """The filter that selects the traces of a group."""
    value = key[0]
    field = _FIELDS.get(by, by)
    if value is None:
        calls = ",".join(sorted(MODEL_CALLS))
        return f"kind:{calls} -has:{field}" if by in ("model", "provider", "prompt") else f"-has:{field}"
    if by == "day":
        return f"time:{value}"
    if by == "hour":
        hour = value.replace(" ", "T")
        return f"time:{hour}..{hour[:-2]}59"
    if by == "prompt" and "@" in value:
        name, _, version = value.rpartition("@")
        return " ".join(f"{field}:={quoted(part)}" for field, part in (("prompt", name), ("version", version)) if part)
    return f"{field}:={quoted(value)}"


def _add_up(
    workspace: Workspace,
    found: Callable[[Piece], None],
    by: str,
    chosen: Filter | list[str] | None,
    needs_chart: bool,
) -> bool:
    """In a thread: the groups of a tab, and with them those of the chart, whose library is imported there as well."""

    def told(done: int, total: int) -> None:
        found(Progress(done, total))

    if not needs_chart:
        found(Added(by, workspace.groupings([[by]], chosen, told)[0]))
        return True
    import tracetui.tui.widgets.chart  # noqa: F401

    bucket = choose_bucket(*workspace.bounds(chosen))
    groups, over_time = workspace.groupings([[by], [bucket]], chosen, told)
    found(Added(by, groups))
    found(Added("chart", over_time, bucket))
    return True
