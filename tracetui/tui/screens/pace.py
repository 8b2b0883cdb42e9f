"""How soon to look for new spans again."""

from __future__ import annotations

from tracetui.model import Changes

IDLE_S, BUSY_S, BEHIND_S = 0.12, 0.2, 0.01
"""Seconds after a poll that found nothing; after one that found something, for five frames a second are enough for what
keeps arriving; and where more waits to be read."""


class Pace:
    """How soon after each poll the next one is."""

    def __init__(self) -> None:
        self._has_caught_up = False

    def seconds_after(self, changes: Changes) -> float:
        """Seconds to wait after a poll. What was there when the program began is read without a pause, and so is what
        arrives in heaps; what trickles in is not, though each poll that reads some of it is one of indexing."""
        self._has_caught_up = self._has_caught_up or not changes.indexing
        if changes.indexing and (changes.done < changes.total or not self._has_caught_up):
            return BEHIND_S
        return BUSY_S if changes.any or changes.indexing else IDLE_S
