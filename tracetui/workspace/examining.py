"""What is missing or odd in the spans of the sources: questions that are capped in time, for `tracetui doctor`."""

from __future__ import annotations

from tracetui.store.health import (
    Counts,
    Row,
    SentCall,
    Unpriced,
    list_newest_calls,
    load_biggest,
    load_counts,
    load_unpriced,
)
from tracetui.workspace.summing import Summing


class Examining(Summing):
    """Counts, sizes and ids; no text of a trace is read. None: it would have taken longer than `most_s`."""

    def counts(self, began_before_ns: int, most_s: float) -> Counts | None:
        """What is missing in how many spans. Without an end are those that began before a time."""
        return load_counts(self._readers.get(), began_before_ns, most_s)

    def unpriced(self, most_s: float) -> list[Unpriced] | None:
        """The models whose calls have no price, those with most calls first."""
        return load_unpriced(self._readers.get(), most_s)

    def biggest(self, most_s: float) -> list[Row] | None:
        """The spans with the biggest records, where the sources are files."""
        return load_biggest(self._readers.get(), most_s)

    def newest_calls(self, limit: int) -> list[SentCall]:
        """The newest model calls, the oldest of them first."""
        return list_newest_calls(self._readers.get(), limit)
