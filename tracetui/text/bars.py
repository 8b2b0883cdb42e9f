"""Shares and series as bars of characters."""

from __future__ import annotations

from collections.abc import Sequence

_EIGHTHS = " ▏▎▍▌▋▊▉█"
_LEVELS = "▁▂▃▄▅▆▇█"


def bar(share: float, width: int) -> str:
    """A share of one as a bar of at most `width` cells; what is not nothing has at least an eighth of a cell."""
    eighths = round(max(0.0, min(1.0, share)) * width * 8)
    if share > 0:
        eighths = max(1, eighths)
    return ("█" * (eighths // 8) + _EIGHTHS[eighths % 8]).rstrip()


def spark(values: Sequence[float | None]) -> str:
    """A series as one character a value, from its least (or zero) to its greatest; a blank where there is none."""
    known = [value for value in values if value is not None]
    if not known:
        return " " * len(values)
    least, most = min(0.0, *known), max(known)
    height = (most - least) or 1.0
    top = len(_LEVELS) - 1
    return "".join(" " if value is None else _LEVELS[round((value - least) / height * top)] for value in values)
