"""The way into a store of all that is captured, by the collector, the proxy and the exporter alike: redacted, then committed."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from tracetui.collector.captured import Captured
from tracetui.collector.drafts import Drafts
from tracetui.collector.pieces import READERS
from tracetui.model import Span
from tracetui.store.captured import Connection, transaction

if TYPE_CHECKING:
    from tracetui.redaction import Redactor


class Stored(Struct, frozen=True):
    """What one transaction wrote: the traces that are still to be arranged, and how often something was taken out."""

    unarranged: frozenset[str]
    redacted: int
    trace_ids: frozenset[str] = frozenset()


def store_captured(
    conn: Connection,
    path: Path,
    captured: Iterable[Captured],
    price: Callable[[Span], Span],
    redactor: Redactor | None = None,
) -> Stored:
    """Write requests in one transaction; everything is on disk when this returns.

    Raises NotWritable. What is in the store is redacted already, so that what belongs together is found also then.
    """
    before = redactor.total if redactor is not None else 0
    # Before the transaction, which other processes wait for.
    allowed = list(captured) if redactor is None else [redactor.redact(one) for one in captured]
    with transaction(conn, path):
        drafts = Drafts(conn, READERS, price)
        for one in allowed:
            drafts.take(one)
        unarranged = drafts.write()
    redacted = redactor.total - before if redactor is not None else 0
    return Stored(frozenset(unarranged), redacted, drafts.trace_ids)
