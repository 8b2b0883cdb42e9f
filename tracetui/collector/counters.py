"""What the collector did, as numbers: read by the status line and by `tracetui listen`."""

from __future__ import annotations

import threading

from msgspec import Struct, structs

from tracetui.text import count


class Counts(Struct, frozen=True):
    """Since the start. `accepted` spans, `messages` (log events) and `scores` are committed; what is sent again, or ends in
    a later request, counts again.

    `refused` requests were turned away (who asked, how much, how busy), `malformed` ones or parts of them made no sense
    (to us: a defect counts, too), `ignored` records were of a kind that is not kept. `redacted` pieces of personal data
    and secrets were taken out.
    """

    accepted: int = 0
    messages: int = 0
    scores: int = 0
    refused: int = 0
    malformed: int = 0
    ignored: int = 0
    redacted: int = 0

    def told(self) -> str:
        """As a phrase: what was accepted always, the rest where there is any."""
        parts = [_counted(self.accepted, "span")]
        if self.scores:
            parts.append(_counted(self.scores, "score"))
        parts += [f"{count(n)} {word}" for n, word in self._rest() if n]
        return ", ".join(parts)

    def _rest(self) -> tuple[tuple[int, str], ...]:
        return (self.redacted, "redacted"), (self.refused, "refused"), (self.malformed, "malformed")


def _counted(number: int, word: str) -> str:
    return f"{count(number)} {word}{'' if number == 1 else 's'}"


class Counters:
    """Counts that several threads add to."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts = Counts()
        self.trouble = ""
        """Why the last batch could not be stored; "" after one that could."""

    def add(self, **more: int) -> None:
        """Add to some of the counts."""
        with self._lock:
            changes = {name: getattr(self._counts, name) + number for name, number in more.items() if number}
            if changes:
                self._counts = structs.replace(self._counts, **changes)

    def read(self) -> Counts:
        """The counts now."""
        return self._counts
