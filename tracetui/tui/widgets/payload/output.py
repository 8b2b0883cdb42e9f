"""The answer alone."""

from __future__ import annotations

from tracetui.tui.lines.document import Block
from tracetui.tui.widgets.payload.messages import draw_answer
from tracetui.tui.widgets.payload.subject import How, Subject


def draw_output(subject: Subject, how: How) -> list[Block]:
    """What came out."""
    return draw_answer(subject, how)
