"""What is missing or odd in the spans of the sources: questions that are capped in time, for `tracetui doctor`."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path

from tracetui.sources.base import Source
from tracetui.sources.tracetui_store import TracetuiStore
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

_CHECK_S = 5.0


def find_damaged_store(sources: Sequence[Source]) -> Path | None:
    """The first of several tracetui stores that is found to be damaged, in some seconds at most."""
    from tracetui.store.soundness import examine_database

    stores = [source.path for source in sources if isinstance(source, TracetuiStore)]
    deadline = time.monotonic() + _CHECK_S
    for path in stores if len(sources) > 1 else ():
        left_s = deadline - time.monotonic()
        if left_s > 0 and path.exists() and examine_database(path, check_s=left_s, measure_s=0).check == "damaged":
            return path
    return None


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
