"""What got worse: the last 24 hours of what is listed against the 24 hours before, a row a finding."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from time import time_ns
from typing import TYPE_CHECKING

from msgspec import Struct
from textual.widget import Widget

from tracetui.analysis.comparison import GROUPINGS, Comparison, Evidence, compare
from tracetui.analysis.periods import LastDay, last_day
from tracetui.text import about, count, inert, iso
from tracetui.tui.screens.view_screen import ViewScreen
from tracetui.tui.widgets.finding_columns import finding_columns, finding_sentence
from tracetui.tui.widgets.status_line_ink import InkLines, Part, Placed, place_parts, plain, shorten
from tracetui.tui.widgets.table import TableView
from tracetui.tui.widgets.tabs_line import TabsLine

if TYPE_CHECKING:
    from tracetui.query import Filter
    from tracetui.tui.keymap import Keymap
    from tracetui.tui.screens.main import MainScreen
    from tracetui.workspace import Workspace

_EVERYTHING = "everything"
TABS = (_EVERYTHING, *GROUPINGS)
_SHORT = 14
_SHORTER = (120, 90, 70, 50, 36)


class Digest(Struct, frozen=True):
    """The comparison, and of which hours it is."""

    hours: LastDay
    compared: Comparison


class SideLines(InkLines):
    """The two periods and what is known of the selected finding, a line each."""

    DEFAULT_CSS = """
    SideLines { height: 3; }
    """

    def __init__(self) -> None:
        super().__init__()
        self._lines: Sequence[Sequence[Part]] = ()

    def show(self, lines: Sequence[Sequence[Part]]) -> None:
        """Show other lines."""
        self._lines = lines
        self.refresh()

    def place_line(self, y: int, width: int) -> list[Placed]:
        """One of them, as far as there is room."""
        return place_parts(self._lines[y], width) if y < len(self._lines) else []


class DigestScreen(ViewScreen):
    """Compares, lists the findings with the regressions first, and lists the traces behind one."""

    DEFAULT_CSS = """
    DigestScreen.short SideLines { height: 1; }
    """
    crumb = "check"
    names = ("view_open", "view_filter", "view_next", "view_previous", "view_group")
    hints: Mapping[str, str] = {"view_open": "list its traces", "view_filter": ""}

    def __init__(self, main: MainScreen) -> None:
        super().__init__(main)
        self.by = _EVERYTHING
        self._digest: Digest | None = None
        self._sides = SideLines()
        self._tabs = TabsLine(TABS)
        self._table = TableView(finding_columns(None), "")

    @property
    def pane(self) -> TableView:
        """The findings."""
        return self._table

    def body(self) -> Sequence[Widget]:
        """The periods, the tabs, the findings."""
        return [self._sides, self._tabs, self._table]

    def facts(self) -> list[Part]:
        """How many regressions there are."""
        if self._digest is None or not self._digest.compared.evidence:
            return []
        return [_summary(self._digest.compared)]

    def on_mount(self) -> None:
        """Ask at once."""
        self._tabs.show(self.by)
        super().on_mount()

    def on_resize(self, event: object) -> None:
        """Leave the height to the findings where there is little of it."""
        self.set_class(self.size.height < _SHORT, "short")
        self.refresh_lines()

    # Asking

    def ask(self) -> None:
        """Compare, in a thread; a grouping shows nothing of another one meanwhile."""
        by, filter_ = None if self.by == _EVERYTHING else self.by, self.filter
        self.asking("comparing 24 hours with the 24 before…")
        if self._digest is None or self._digest.compared.by != by:
            self._table.border_title = f"By {by}" if by else "Findings"
            self._table.set_columns(finding_columns(by), "")
            self._table.set_all({})
            self._table.set_empty("comparing…")
        self.questions.ask("digest", lambda workspace: _compare(workspace, filter_, by), self._take, self.failed)

    def stop(self) -> bool:
        """Stop comparing."""
        self.questions.forget("digest")
        if not self._table.row_count:
            key = self.main.keymap.show("view_next")
            self._table.set_empty(f"stopped before it was compared; {key} groups by something else")
        return True

    def _take(self, digest: Digest) -> None:
        self._digest = digest
        compared = digest.compared
        self._table.border_title = (
            f"{f'By {compared.by}' if compared.by else 'Findings'} {count(len(compared.evidence))}"
        )
        self._table.set_empty(_nothing(compared, self.main.keymap))
        self._table.set_all({(one.finding.key, one.finding.change.measure.key): one for one in compared.evidence})
        self._show_sides()
        self.answered()

    # Showing

    def _show_sides(self) -> None:
        if self._digest is None:
            return
        compared = self._digest.compared
        one: Evidence | None = self._table.selected_row
        said = "" if one is None else finding_sentence(one, compared.confidence)
        sizes = [len(said), *(size for size in _SHORTER if size < len(said))]
        lines = [
            _side("checked", compared.period.title, compared.period_traces, compared.period_kept, self._digest.hours),
            _side("baseline", compared.baseline.title, compared.baseline_traces, compared.baseline_kept, None),
            [Part(0, tuple(((shorten(said, size), "muted"),) for size in sizes))] if said else [],
        ]
        self._sides.show(lines)

    def on_table_view_moved(self, event: TableView.Moved) -> None:
        """Say what is known of the finding."""
        self._show_sides()

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

    def do_group(self) -> None:
        """The same as the next: there are only four."""
        self._step(1)

    def _step(self, step: int) -> None:
        self._group_by(TABS[(TABS.index(self.by) + step) % len(TABS)])

    def _group_by(self, by: str) -> None:
        self.by = by
        self._tabs.show(by)
        self.ask()

    def on_table_view_chosen(self, event: TableView.Chosen) -> None:
        """List the traces behind the row."""
        self.do_open()

    def do_filter(self) -> None:
        """The same: a finding is opened by listing its traces."""
        self.do_open()

    def do_open(self) -> None:
        """List the traces behind the finding; of one that is fine, those of the period."""
        one: Evidence | None = self._table.selected_row
        if one is not None and self._digest is not None:
            filtering, text = self.main.doing.filtering, one.filter or self._digest.compared.period.filter
            self.leave_all(lambda: filtering.apply(text, is_typed=False))


def _compare(workspace: Workspace, filter_: Filter | None, by: str | None) -> Digest:
    """In a thread."""
    from tracetui.config import load_config

    now_ns = time_ns()
    hours = last_day(None if filter_ is None else filter_.text, workspace.bounds(filter_)[1], now_ns)
    return Digest(hours, compare(workspace, hours.baseline, hours.period, by, load_config().check, now_ns))


def _side(label: str, title: str, traces: int, kept: int | None, hours: LastDay | None) -> list[Part]:
    when = f"{inert(title).replace('T', ' ').replace('Z', '')} UTC"
    number = f"{about(count(traces), kept is not None)} trace{'' if traces == 1 else 's'}"
    parts = [plain(3, f"{label:<8}", tone="muted"), plain(0, number, tone="strong"), plain(2, when)]
    if hours is None or hours.newest_ns is None:
        return parts
    moment = (iso(hours.newest_ns) or "")[:16].replace("T", " ")
    forms = (f"not the last 24 hours: newest trace {moment}", f"newest trace {moment}", f"newest {moment[:10]}")
    return [*parts, plain(1, *forms, tone="warning")]


def _nothing(compared: Comparison, keymap: Keymap) -> str:
    if compared.period_traces:
        return f"nothing here is measured by that; {keymap.show('view_next')} groups by something else"
    return f"no trace to check\n{keymap.filter_keys()}"


def _summary(compared: Comparison) -> Part:
    number = compared.regressions
    said = f"{count(number)} regression{'' if number == 1 else 's'}" if number else "no regression"
    verdicts = [one.finding.verdict for one in compared.evidence]
    doubtful = verdicts.count("chance") + verdicts.count("few")
    longer = f"{said} in {count(len(verdicts))} measures" + (f", {count(doubtful)} in doubt" if doubtful else "")
    return plain(0, longer, said, tone="error" if number else "success")
