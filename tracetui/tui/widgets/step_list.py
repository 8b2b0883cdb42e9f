"""The steps of two traces side by side: what was added, removed and changed, and by how much."""

from __future__ import annotations

from collections.abc import Sequence

from textual.message import Message
from textual.strip import Strip

from tracetui.analysis.delta_text import SIGNS, say_duration, say_money, say_tokens
from tracetui.analysis.trace_diff import Step
from tracetui.model import Node
from tracetui.text import GLYPHS, cell_width, duration, fit, inert
from tracetui.tui.lines.palette import Ink
from tracetui.tui.lines.view import LineView
from tracetui.tui.widgets.status_line_ink import shorten

CHANGE_TONES = {"same": "text", "changed": "warning", "added": "added", "removed": "removed"}
LEAD_TONES = CHANGE_TONES | {"same": "muted", "removed": "error-text"}
_COLUMNS: tuple[tuple[str, int, int], ...] = (
    ("took", 8, 30),
    ("Δ took", 9, 0),
    ("Δ tokens", 10, 58),
    ("Δ cost", 12, 46),
)
"""Title, cells, and from how many cells of the row on it is shown."""
_DEEPEST = 12


class StepList(LineView):
    """A line a step, indented as deep as it lies."""

    has_heading = True

    class Moved(Message):
        """The cursor is on another step."""

    class Chosen(Message):
        """The reader wants the span of the step."""

    def __init__(self) -> None:
        super().__init__()
        self._steps: Sequence[Step] = ()

    @property
    def selected(self) -> Step | None:
        """The step under the cursor."""
        return self._steps[self.cursor] if self.cursor < len(self._steps) else None

    def set_steps(self, steps: Sequence[Step]) -> None:
        """Show these steps, the cursor on the first that differs, or where it was."""
        first = next((row for row, step in enumerate(steps) if step.change != "same"), 0)
        row = self.cursor if self._steps else first
        self._steps = steps
        self.reset_rows(len(steps), row)
        self.cursor_moved()

    def go_to_change(self, step: int) -> bool:
        """Go to the next step that differs, or the previous; False where there is none."""
        row = self.cursor + step
        while 0 <= row < len(self._steps):
            if self._steps[row].change != "same":
                self.move_to(row)
                return True
            row += step
        return False

    def draw_row(self, index: int, width: int) -> Strip:
        """Draw one step."""
        step = self._steps[index]
        node = node_of(step)
        figures = [
            duration(node.span.duration_ns) if node.span.end_ns is not None else "running",
            say_duration(step.deltas.duration_ns),
            say_tokens(step.deltas.tokens),
            say_money(step.deltas.cost_usd),
        ]
        shown = [
            (fit(text, wide, align=">"), nth)
            for nth, (text, (_, wide, least)) in enumerate(zip(figures, _COLUMNS, strict=True))
            if width >= least
        ]
        room = width - sum(len(text) for text, _ in shown)
        lead = f"{SIGNS[step.change]} {'  ' * min(step.depth, _DEEPEST)}{GLYPHS[node.span.kind]} "
        name = shorten(inert(node.span.name) or "(no name)", max(0, room - cell_width(lead)))
        blanks = " " * max(0, room - cell_width(lead) - cell_width(name))
        inks: list[Ink] = [(fit(lead, min(room, cell_width(lead))), LEAD_TONES[step.change])]
        inks += [(name, CHANGE_TONES[step.change]), (blanks, "text")]
        inks += [(text, "muted" if nth == 0 else _delta_tone(text)) for text, nth in shown]
        return self.palette.strip(inks, width)

    def draw_heading(self, width: int) -> list[Ink]:
        """Draw the titles."""
        titles = [fit(title, wide, align=">") for title, wide, least in _COLUMNS if width >= least]
        return [(fit("  step", max(0, width - sum(map(len, titles)))), "heading"), ("".join(titles), "heading")]

    def cursor_moved(self) -> None:
        """Tell that another step is selected."""
        self.tell(self.Moved())

    def cursor_chosen(self) -> None:
        """Tell that the step was chosen."""
        self.tell(self.Chosen())


def node_of(step: Step) -> Node:
    """The span of a step: the second trace's, or the first's where it was removed."""
    node = step.other or step.one
    assert node is not None
    return node


def _delta_tone(text: str) -> str:
    """More time, tokens or money stands out from less."""
    return "warning" if text.lstrip().startswith("+") else "success"
