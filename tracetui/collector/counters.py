"""What the collector did, as numbers: read by the status line and by `tracetui listen`."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable

from msgspec import Struct, structs

from tracetui.text import count

_RECENT_S = 5


class Counts(Struct, frozen=True):
    """Since the start. `accepted` spans, `messages` (log events) and `scores` are committed; what is sent again, or ends in
    a later request, counts again.

    `refused` requests were turned away (who asked, how much, how busy), `malformed` ones or parts of them made no sense
    (to us: a defect counts, too), `ignored` records were of a kind that is not kept. `redacted` pieces of personal data
    and secrets were taken out. `lost` calls passed through the proxy and could not be stored. `left_out` traces were not kept
    by sampling.
    """

    accepted: int = 0
    messages: int = 0
    scores: int = 0
    refused: int = 0
    malformed: int = 0
    ignored: int = 0
    redacted: int = 0
    lost: int = 0
    left_out: int = 0

    def told(self, rate: float = 0.0) -> str:
        """As a phrase: what was accepted always, and how many spans a second, the rest where there is any."""
        parts = [counted(self.accepted, "span") + (f" ({rate_text(rate)})" if rate else "")]
        if self.scores:
            parts.append(counted(self.scores, "score"))
        parts += [f"{count(n)} {word}" for n, word in self._rest() if n]
        return ", ".join(parts)

    def _rest(self) -> tuple[tuple[int, str], ...]:
        return (
            (self.redacted, "redacted"),
            (self.left_out, "traces sampled out"),
            (self.refused, "refused"),
            (self.malformed, "malformed"),
            (self.lost, "lost"),
        )


def rate_text(rate: float) -> str:
    """Spans a second."""
    return f"{count(round(rate)) if rate >= 10 else f'{rate:.1f}'}/s"


def counted(number: int, word: str) -> str:
    """A number with its noun."""
    return f"{count(number)} {word}{'' if number == 1 else 's'}"


class Counters:
    """Counts that several threads add to. `clock` gives seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._recent: deque[tuple[int, int]] = deque()
        self._lock = threading.Lock()
        self._counts = Counts()
        self.trouble = ""
        """Why the last batch could not be stored; "" after one that could."""
        self.last_refusal = ""
        """Why the last request was refused or malformed."""

    def add(self, **more: int) -> None:
        """Add to some of the counts."""
        with self._lock:
            changes = {name: getattr(self._counts, name) + number for name, number in more.items() if number}
            if changes:
                self._counts = structs.replace(self._counts, **changes)
            if more.get("accepted"):
                self._remember(more["accepted"])

    def read(self) -> Counts:
        """The counts now."""
        return self._counts

    def rate(self) -> float:
        """Spans a second that were accepted in the last five."""
        since = int(self._clock()) - _RECENT_S
        with self._lock:
            return sum(spans for second, spans in self._recent if second > since) / _RECENT_S

    def _remember(self, spans: int) -> None:
        now = int(self._clock())
        if self._recent and self._recent[-1][0] == now:
            spans += self._recent.pop()[1]
        self._recent.append((now, spans))
        while self._recent[0][0] <= now - _RECENT_S:
            self._recent.popleft()
