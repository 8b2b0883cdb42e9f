"""The titles of the six tabs, and whether one takes long to draw."""

from __future__ import annotations

from tracetui.tui.lines.palette import Ink
from tracetui.tui.widgets.payload.subject import Subject

TITLES = ("Messages", "Output", "Tools", "Attributes", "Scores", "Raw")

_HEAVY_LETTERS = 150_000
_HEAVY_MESSAGES = 200


def is_heavy(subject: Subject | None) -> bool:
    """Whether making blocks would hold the screen for longer than a frame."""
    payload = None if subject is None else subject.payload
    if payload is None:
        return False
    messages = sum(len(side) for side in (payload.input, payload.output) if isinstance(side, tuple))
    return messages > _HEAVY_MESSAGES or len(payload.raw) > _HEAVY_LETTERS


def tab_titles(width: int, open_tab: int) -> list[tuple[Ink, Ink]]:
    """A blank and a title for each tab, in at most `width` cells together where that is possible."""
    longs = [f"{number} {title}" for number, title in enumerate(TITLES, start=1)]
    shorts = [text if index == open_tab else text[:1] for index, text in enumerate(longs)]
    titles = longs if sum(map(len, longs)) + len(longs) * 2 <= width else shorts
    blank = "  " if titles is longs else " "
    return [((blank, "tab"), (text, "tab-open" if index == open_tab else "tab")) for index, text in enumerate(titles)]
