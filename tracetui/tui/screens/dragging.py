"""Dragging the line between two panes with the mouse."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from textual.widget import Widget

SPLIT_MOST = 30
"""How far the split moves to either side, in shares."""


class Dragging:
    """Knows whether a line between panes is being dragged; `shares` gives the widths for a split."""

    def __init__(self, shares: Callable[[int], Sequence[int]]) -> None:
        self._shares = shares
        self._line: int | None = None

    @property
    def is_dragging(self) -> bool:
        """Whether the mouse holds a line."""
        return self._line is not None

    def begin(self, panes: Sequence[Widget], x: int) -> bool:
        """Take hold of the line at cell `x`, if there is one."""
        edges = [pane.region.right for pane in panes[:-1]]
        self._line = next((line for line, edge in enumerate(edges) if x in (edge - 1, edge)), None)
        return self.is_dragging

    def end(self) -> None:
        """Let go."""
        self._line = None

    def split_at(self, x: int, width: int) -> int:
        """The split that brings the line nearest to cell `x` of a screen of `width`."""
        line = self._line or 0

        def distance(split: int) -> float:
            shares = self._shares(split)
            return abs(width * sum(shares[: line + 1]) / sum(shares) - x)

        return min(range(-SPLIT_MOST, SPLIT_MOST + 1), key=lambda split: (distance(split), abs(split)))
