"""One source as the index knows it: how far it was read, and when it is asked again."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator

from tracetui.sources.base import Batch, Source

_HOT_S = 60.0
_AGAIN_S, _AGAIN_AT_MOST_S = 0.5, 30.0
"""Seconds after which a source is read again whose reading failed twice in the same way; doubled each time."""


class Origin:
    """One source as the index knows it: how far it was read."""

    def __init__(self, origin_id: int, source: Source, cursor: str | None) -> None:
        self.origin_id = origin_id
        self.source = source
        self.cursor = cursor
        self.batches: Iterator[Batch] | None = None
        self.warnings: list[str] = []
        self.is_gone = False
        self.done = 0
        self.total = 0
        self.changed_at_s: float | None = None
        self.again_s = 0.0
        """Not to be read before that, by the clock that never jumps."""
        self._failure = ""
        self._wait_s = 0.0

    @property
    def has_failed(self) -> bool:
        """Whether the last reading ended early."""
        return bool(self._failure)

    def failed(self, sentence: str) -> None:
        """Reading ended early. It is begun again at once, and then ever later while it goes on failing in the same way:
        a damaged page is not mended by reading up to it again and again."""
        self.batches = None
        is_again = sentence == self._failure
        self._failure = sentence
        self._wait_s = min(_AGAIN_AT_MOST_S, max(_AGAIN_S, 2 * self._wait_s)) if is_again else 0.0
        self.again_s = time.monotonic() + self._wait_s

    def is_back(self) -> None:
        """Something could be read: what was said of a file that was gone is over."""
        if self.is_gone:
            self.is_gone = False
            self.warnings.clear()

    def ended(self) -> None:
        """Reading came to the present end: what was said of a failure is over."""
        self.batches = None
        if self._failure in self.warnings:
            self.warnings.remove(self._failure)
        self._failure, self._wait_s = "", 0.0

    def is_hot(self, now_s: float) -> bool:
        """Whether it is being read, was never read, or grew within the last minute."""
        is_recent = self.changed_at_s is not None and now_s - self.changed_at_s < _HOT_S
        return self.batches is not None or self.cursor is None or is_recent


def changed_at_s(source: Source) -> float | None:
    """When the file was written last, by the clock that never jumps; None where it cannot be asked."""
    try:
        return time.monotonic() - max(0.0, time.time() - os.stat(source.path).st_mtime)
    except OSError:
        return None
