"""The answer alone."""

from __future__ import annotations

from tracetui.tui.lines.document import Block
from tracetui.tui.widgets.payload.messages import draw_content
from tracetui.tui.widgets.payload.subject import How, Subject


def draw_output(subject: Subject, how: How) -> list[Block]:
    """What came out."""
    return [] if subject.payload is None else draw_content(subject.payload.output, how)
