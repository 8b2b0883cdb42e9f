"""Two traces compared: their steps aligned, and beside them what differs in the selected one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from textual.containers import Container
from textual.content import Content
from textual.widget import Widget

from tracetui.analysis.delta_text import say_counts, say_duration, say_money, say_tokens
from tracetui.analysis.trace_diff import TraceDiff, diff_traces
from tracetui.errors import TracetuiError
from tracetui.model import Changes, Payload, Span, Trace
from tracetui.text import GLYPHS, STATUS_GLYPHS, clock, count, duration, inert, money
from tracetui.tui.lines.reader import Reader
from tracetui.tui.screens.recall import jump
from tracetui.tui.screens.view_screen import ViewScreen
from tracetui.tui.widgets.status_line_ink import InkLines, Part, Placed, place_parts, plain
from tracetui.tui.widgets.step_list import StepList, node_of
from tracetui.tui.widgets.step_text import draw_step

if TYPE_CHECKING:
    from tracetui.tui.screens.main import MainScreen
    from tracetui.workspace import Workspace

_SIDE_BY_SIDE = 100
_SHORT = 16


class PairLines(InkLines):
    """The two traces, a line each."""

    DEFAULT_CSS = """
    PairLines { height: 2; }
    """

    def __init__(self) -> None:
        super().__init__()
        self._traces: tuple[Trace, ...] = ()

    def show(self, *traces: Trace) -> None:
        """Show two traces, the first of which is compared against."""
        self._traces = traces
        self.refresh()

    def place_line(self, y: int, width: int) -> list[Placed]:
        """What there is to know of one of them."""
        if y >= len(self._traces):
            return []
        trace = self._traces[y]
        sign, tone = (("-", "removed"), ("+", "added"))[y]
        parts = [
            plain(0, sign, tone=tone),
            plain(2, f"{STATUS_GLYPHS[trace.status]} {trace.status}", STATUS_GLYPHS[trace.status], tone=trace.status),
            plain(0, inert(trace.name) or "(no name)", tone="strong"),
            plain(1, clock(trace.start_ns), tone="muted"),
            plain(3, duration(trace.duration_ns)),
            plain(4, money(trace.cost_usd, partial=bool(trace.unpriced and trace.priced))),
            plain(5, f"{count(trace.spans)} spans", tone="muted"),
            plain(6, inert(trace.trace_id), tone="faint"),
        ]
        return place_parts(parts, width)


class CompareScreen(ViewScreen):
    """The steps of both traces; the text of the selected step beside or below them."""

    DEFAULT_CSS = """
    CompareScreen #both { layout: horizontal; height: 1fr; }
    CompareScreen #both.below { layout: vertical; }
    CompareScreen #both.short Reader { display: none; }
    """
    crumb = "compare"
    names = (
        "view_open", "view_next_change", "view_previous_change", "view_scroll_down", "view_scroll_up",
    )  # fmt: skip

    def __init__(self, main: MainScreen, one: str, other: str) -> None:
        super().__init__(main)
        self._ids = (one, other)
        self._found: TraceDiff | None = None
        self._pair = PairLines()
        self._steps = StepList()
        self._steps.border_title = "Steps"
        self._text = Reader()
        self._text.can_focus = False
        self._text.heading_height = 0

    @property
    def pane(self) -> StepList:
        """The steps."""
        return self._steps

    def body(self) -> Sequence[Widget]:
        """The two traces, the steps, the text."""
        return [self._pair, Container(self._steps, self._text, id="both")]

    def facts(self) -> list[Part]:
        """The second trace minus the first."""
        if self._found is None:
            return []
        deltas = self._found.deltas
        used = say_tokens(deltas.tokens)
        said = (say_duration(deltas.duration_ns), f"{used} tok" if used else "", say_money(deltas.cost_usd))
        return [plain(rank, text, tone="strong") for rank, text in enumerate(said) if text]

    def on_resize(self, event: object) -> None:
        """Put the text below the steps where there is no room beside them."""
        both = self.query_one("#both")
        both.set_class(self.size.width < _SIDE_BY_SIDE, "below")
        both.set_class(self.size.height < _SHORT and self.size.width < _SIDE_BY_SIDE, "short")
        self.refresh_lines()

    def ask(self) -> None:
        """Load both traces and what their spans carried, and compare them, in a thread."""
        ids = self._ids
        self.asking("comparing…")
        if self._found is None:
            self._steps.set_empty("comparing…")
        self.questions.ask("compare", lambda workspace: _compare(workspace, ids), self._take, self.failed)

    def stop(self) -> bool:
        """Stop comparing."""
        self.questions.forget("compare")
        if self._found is None:
            self._steps.set_empty("stopped before it was compared")
        return True

    def take_changes(self, changes: Changes) -> None:
        """Compare anew where one of the two grew."""
        touched = changes.trace_ids & frozenset(self._ids)
        super().take_changes(Changes(trace_ids=touched))

    def _take(self, found: TraceDiff) -> None:
        self._found = found
        self._ids = (found.one.trace_id, found.other.trace_id)
        self._pair.show(found.one, found.other)
        self._steps.border_title = f"Steps {count(len(found.steps))}"
        self._steps.border_subtitle = say_counts(found.steps)
        self._steps.set_empty("neither trace has a span")
        self._steps.set_steps(found.steps)
        self.answered()

    def on_step_list_moved(self, event: StepList.Moved) -> None:
        """Show the text of the step."""
        step = self._steps.selected
        if step is not None:
            span = node_of(step).span
            self._text.border_title = Content(f"{GLYPHS[span.kind]} {inert(span.name) or '(no name)'}")
        self._text.set_blocks(draw_step(step))
        self._text.move_to(0)

    def on_step_list_chosen(self, event: StepList.Chosen) -> None:
        """Open the span."""
        self.do_open()

    def do_open(self) -> None:
        """Go to the span of the step in its trace: the second's, or the first's where it was removed."""
        step, main = self._steps.selected, self.main
        if step is not None:
            span = node_of(step).span
            self.leave_all(lambda: jump(main, span.trace_id, span.span_id))

    def do_next_change(self) -> None:
        """The next step that differs."""
        self._go(1)

    def do_previous_change(self) -> None:
        """The previous step that differs."""
        self._go(-1)

    def _go(self, step: int) -> None:
        if not self._steps.go_to_change(step):
            self.said = f"no step differs {'below' if step > 0 else 'above'} this one"

    def do_scroll_down(self) -> None:
        """Scroll the text."""
        self._text.action_half_down()

    def do_scroll_up(self) -> None:
        """Scroll the text back."""
        self._text.action_half_up()


def _compare(workspace: Workspace, ids: tuple[str, str]) -> TraceDiff:
    """In a thread. The earlier trace is the first, so that the second is what it became."""

    def load(span: Span) -> Payload:
        try:
            return workspace.payload(span.trace_id, span.span_id)
        except TracetuiError:
            return Payload()

    trees = [workspace.tree(trace_id) for trace_id in ids]
    one, other = sorted(trees, key=lambda tree: tree.trace.start_ns)
    return diff_traces(one, other, load)
