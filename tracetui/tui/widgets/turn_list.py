"""The turns of a conversation: when, what the user said, what came back, and what that cost."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from textual.message import Message

from tracetui.figures import Turn
from tracetui.model import Trace
from tracetui.text import STATUS_GLYPHS, cell_width, clock, count, duration, fit, inert, tokens
from tracetui.tui.lines.palette import Ink
from tracetui.tui.lines.tall import TallView
from tracetui.tui.widgets.columns import draw_money, draw_scores

_INDENT = "   "


class TurnList(TallView):
    """Turns, four lines each: facts, question, answer, and a blank one."""

    row_height = 4

    class RowsWanted(Message):
        """These turns are about to be seen and not known."""

        def __init__(self, trace_ids: tuple[str, ...]) -> None:
            super().__init__()
            self.trace_ids = trace_ids

    class Chosen(Message):
        """The reader wants to look into this turn."""

        def __init__(self, trace_id: str) -> None:
            super().__init__()
            self.trace_id = trace_id

    def __init__(self, now_ns: Callable[[], int]) -> None:
        super().__init__()
        self._now_ns = now_ns
        self._ids: Sequence[str] = ()
        self._traces: dict[str, Trace] = {}
        self._turns: dict[str, Turn] = {}
        self._in_list: frozenset[str] | None = None
        self._asked: frozenset[str] = frozenset()
        self._will_ask = False

    @property
    def selected_id(self) -> str | None:
        """Id of the trace under the cursor."""
        return self._ids[self.cursor] if self.cursor < len(self._ids) else None

    def set_ids(self, ids: Sequence[str], selected: str | None, in_list: frozenset[str] | None) -> None:
        """Show these turns; `in_list` are those that a filter selects, None where there is none.

        What is in sight is asked for anew: a turn that was running may have its answer by now.
        """
        self._ids, self._in_list = ids, in_list
        self._asked = frozenset()
        self.reset_rows(len(ids), ids.index(selected) if selected in ids else max(0, len(ids) - 1))
        self._ask_soon()

    def set_traces(self, traces: Sequence[Trace]) -> None:
        """Take the rows of some turns."""
        self._traces.update({trace.trace_id: trace for trace in traces})
        self.redraw()

    def set_turn(self, trace_id: str, turn: Turn) -> None:
        """Take what was said in a turn."""
        self._turns[trace_id] = turn
        self.redraw()

    def draw_line(self, index: int, line: int, width: int) -> list[Ink]:
        """Draw the facts, the question, the answer, or the blank line of a turn."""
        trace_id = self._ids[index]
        if not self._is_known(trace_id):
            self._ask_soon()
        if line == 0:
            return self._facts(index, width)
        turn = self._turns.get(trace_id)
        if line == 1:
            return _said("❯", "role-user", None if turn is None else turn.user, turn is None, width)
        if line == 2:
            return self._answer(trace_id, turn, width)
        return []

    def cursor_chosen(self) -> None:
        """Tell which turn was chosen."""
        if self.selected_id is not None:
            self.tell(self.Chosen(self.selected_id))

    def _facts(self, index: int, width: int) -> list[Ink]:
        trace = self._traces.get(self._ids[index])
        if trace is None:
            return [(f"{index + 1:>3} {inert(self._ids[index])}", "faint")]
        matches = self._in_list is not None and trace.trace_id in self._in_list
        before = self._traces.get(self._ids[index - 1]) if index else None
        left: list[Ink] = [
            (" " * (3 - len(str(index + 1))), "text"),
            (str(index + 1), "match" if matches else "faint"),
            (f" {STATUS_GLYPHS[trace.status]} ", trace.status),
            (clock(trace.start_ns, self._now_ns()), "muted"),
            (f" {inert(trace.name) or '(no name)'}", "strong"),
        ]
        if before is not None:
            left.insert(4, (f" +{duration(max(0, trace.start_ns - before.start_ns))}", "faint"))
        right = [ink for ink in _figures(trace) if ink[0]]
        room = width - sum(cell_width(text) + 2 for text, _ in right)
        while right and room < 28:
            text, _ = right.pop(0)
            room += cell_width(text) + 2
        used = sum(cell_width(text) for text, _ in left[:-1])
        left[-1] = (fit(left[-1][0], max(0, room - used)), left[-1][1])
        for text, tone in right:
            left += [("  ", "text"), (text, tone)]
        return left

    def _answer(self, trace_id: str, turn: Turn | None, width: int) -> list[Ink]:
        trace = self._traces.get(trace_id)
        if trace is not None and trace.status_message and trace.status in ("error", "refused"):
            said = inert(trace.status_message)
            tone = "error-text" if trace.status == "error" else "refused"
            return [
                (_INDENT, "text"),
                (f"{STATUS_GLYPHS[trace.status]} ", trace.status),
                (fit(said, max(0, width - 5)), tone),
            ]
        if trace is not None and trace.end_ns is None and turn is not None and turn.answer is None:
            return [(_INDENT, "text"), ("✦ ", "role-assistant"), ("still running", "running")]
        return _said("✦", "role-assistant", None if turn is None else turn.answer, turn is None, width)

    def _is_known(self, trace_id: str) -> bool:
        return trace_id in self._traces and trace_id in self._turns

    def _ask_soon(self) -> None:
        if not self._will_ask:
            self._will_ask = True
            self.call_later(self._ask)

    def _ask(self) -> None:
        """Ask for what is missing near what is seen. A newer question supersedes an older one, whose rest is missing."""
        self._will_ask = False
        first = max(0, self.scroll_offset.y // self.row_height - self.page)
        near = self._ids[first : first + 3 * self.page + 1]
        missing = tuple(trace_id for trace_id in near if not self._asked or not self._is_known(trace_id))
        if missing and not self._asked.issuperset(missing):
            self._asked = frozenset(near)
            self.tell(self.RowsWanted(missing))


def _figures(trace: Trace) -> list[Ink]:
    """What a turn took, the least important first."""
    running = trace.end_ns is None
    return [
        (inert(", ".join(trace.models[:2])), "model"),
        (f"{count(trace.errors)}✕" if trace.errors else "", "error"),
        (f"{tokens(trace.usage.total)} tok" if trace.usage.is_recorded else "", "muted"),
        (draw_scores(trace.scores), "score"),
        (draw_money(trace.cost_usd, 10, partial=trace.unpriced > 0) if trace.priced or trace.unpriced else "", "text"),
        ("running" if running else duration(trace.duration_ns), "running" if running else "text"),
    ]


def _said(sign: str, tone: str, text: str | None, is_loading: bool, width: int) -> list[Ink]:
    said = "…" if is_loading else "(nothing was captured)" if text is None else inert(text)
    return [(_INDENT, "text"), (f"{sign} ", tone), (fit(said, max(0, width - 5)), "faint" if text is None else "text")]
