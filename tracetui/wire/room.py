"""How much may be kept: of one body, and of all bodies together."""

from __future__ import annotations

import threading


class Room:
    """Bytes (or characters) that may still be kept. What a room takes, the room that it is part of takes, too."""

    def __init__(self, size: int, within: Room | None = None) -> None:
        self._left = size
        self._taken = 0
        self._within = within
        self._lock = threading.Lock()
        self.is_full = False
        """Whether something was not kept for want of room."""

    def take(self, size: int) -> bool:
        """Take room for so much; False, and `is_full`, where there is not enough."""
        with self._lock:
            fits = size <= self._left and (self._within is None or self._within.take(size))
            if fits:
                self._left -= size
                self._taken += size
            else:
                self.is_full = True
            return fits

    def release(self) -> None:
        """Give everything back."""
        with self._lock:
            taken, self._taken = self._taken, 0
            self._left += taken
        if self._within is not None:
            self._within.give_back(taken)

    def give_back(self, size: int) -> None:
        """Take back what a part of this room had taken."""
        with self._lock:
            self._left += size
            self._taken -= size
        if self._within is not None:
            self._within.give_back(size)
