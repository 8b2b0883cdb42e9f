"""Counts what came in above the reader since the cursor left the top of the list."""

from __future__ import annotations

from collections.abc import Sequence


class Arrivals:
    """The count is read off the list itself: traces that the filter hides, or that only changed, did not arrive."""

    def __init__(self) -> None:
        self.count = 0
        self._top: str | None = None
        self._question: object = None

    def take(self, ids: Sequence[str], question: object, *, is_counting: bool) -> None:
        """Count the ids above the one that was the first when counting began; another `question` begins anew.

        A list that has that id no more (its file was truncated or replaced) begins anew as well.
        """
        if not is_counting or not ids:
            self._top, self.count = None, 0
            return
        if question != self._question or self._top is None:
            self._question, self._top = question, ids[0]
        try:
            self.count = ids.index(self._top)
        except ValueError:
            self._top, self.count = ids[0], 0
