"""What every source of traces can do, and the values that pass between a source and the index.

A source knows one foreign format and nothing of the screen, of the index or of other sources. It reads what is new
since a cursor of its own making, loads the payload of one span from where it lies, and saves a score in the place
where users of that format would look for it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Protocol, TypeAlias, runtime_checkable

from msgspec import Struct

from tracetui.model import Payload, Score, Span, Weight


class Reference(Struct, frozen=True):
    """Where a span's record lies in its source: byte offset and length in a file, or a row id, and the place of the
    span within that record (a line of OTLP holds many)."""

    position: int
    length: int = 0
    item: int = 0


class Skipped(Struct, frozen=True):
    """A record that gave nothing, and why. `line` counts from 1 (a line, a row or an object); None is the whole."""

    line: int | None
    reason: str


class Joined(Struct, frozen=True):
    """A record that adds to the payload of a span read elsewhere (an OTLP log event)."""

    trace_id: str
    span_id: str
    reference: Reference


class Place(Struct, frozen=True):
    """A record of a span and where it lies."""

    trace_id: str
    span_id: str
    reference: Reference


class Block(Struct, frozen=True):
    """Records as they are stored, UTF-8 JSON, one after the other. Each begins where `starts` says, in order, the first
    one at 0; `owners[i]` are the numbers of the places, of those that were asked for, that record `i` is of."""

    data: bytes
    starts: Sequence[int]
    owners: Sequence[Sequence[int]]


Stored: TypeAlias = Callable[[Sequence[Place]], Iterator[Block]]
"""Gives blocks in which all texts of the payloads of spans stand. It can be pickled, to be called in another process.

Raises UnreadableSource where that cannot be said, SourceVanished.
"""


class Batch(Struct, frozen=True):
    """What one step of reading gave. `spans[i]` lies at `references[i]`; the same ids again replace the older span.

    `cursor` is opaque text with which reading goes on after this batch; `done` of `total` are in the source's own
    unit (bytes or rows). `reset` says that the source was replaced or cut: what was known of it is to be forgotten
    first, and `notice` says so to the user. `forget` names traces of which the batch has all spans there are now.
    `updates` says that spans which are there already are states of the same span as it grew, not repetitions.
    `has_families`: the source names parents but no trace; each trace has the id of the oldest ancestor in sight.
    `weights` are what sampling decided of traces, in place of what was known of them.
    The counts are of this batch alone; `incomplete` is the present state.
    """

    cursor: str
    done: int
    total: int
    spans: tuple[Span, ...] = ()
    references: tuple[Reference, ...] = ()
    scores: tuple[Score, ...] = ()
    retracted: tuple[str, ...] = ()
    joined: tuple[Joined, ...] = ()
    skipped: tuple[Skipped, ...] = ()
    skipped_count: int = 0
    duplicates: int = 0
    replaced: int = 0
    incomplete: int = 0
    other: int = 0
    reset: bool = False
    forget: frozenset[str] = frozenset()
    notice: str | None = None
    updates: bool = False
    has_families: bool = False
    weights: tuple[Weight, ...] = ()


class Description(Struct, frozen=True):
    """What a source is, for `info`, `stats` and the status line.

    `scores_go` is a phrase such as "table scores in traces.db"; `mapping` is the guessed mapping of columns as TOML,
    ready to edit, where the format has one; `notes` are sentences about assumptions that were made.
    """

    path: str
    format: str
    writable: bool
    scores_go: str
    mapping: str | None = None
    notes: tuple[str, ...] = ()


class Saved(Struct, frozen=True):
    """A score that is on disk, and where."""

    score: Score
    place: str


@runtime_checkable
class Searchable(Protocol):
    """A source whose stored bytes tell where a text is not, so that few payloads need to be read for a search."""

    def stored(self) -> Stored:
        """What gives its stored bytes. Raises UnreadableSource."""
        ...


class Source(Protocol):
    """One opened source. Methods may be called from any thread, but not from two at once, except `payload`.

    A source with an attribute `counts_bytes` that is true counts `done` and `total` in bytes of its file, one with
    `counts_rows` in rows that make up most of it; where much of it is left, it is read in a process of its own.
    """

    path: Path
    format: str

    def describe(self) -> Description:
        """Say what was recognised and where scores go. Does not read the whole source."""
        ...

    def read(self, cursor: str | None) -> Iterator[Batch]:
        """Read from `cursor` (None: from the start) to the present end, batch by batch.

        The first batch of a first read is small, so that the first rows come at once. Yields nothing where nothing
        is new. Raises SourceVanished, UnreadableSource.
        """
        ...

    def changed(self, cursor: str | None) -> bool:
        """Whether `read(cursor)` would give anything: some microseconds, no reading."""
        ...

    def payload(self, span: Span, reference: Reference, joined: tuple[Reference, ...] = ()) -> Payload:
        """Load what the span carried. Raises SourceVanished, UnreadableSource."""
        ...

    def write_score(self, score: Score) -> Saved:
        """Save a score durably; it survives a crash when this returns. Raises NotWritable."""
        ...

    def retract_score(self, score: Score) -> Saved:
        """Take a saved score back, keeping history; the one that it superseded is current again."""
        ...

    def close(self) -> None:
        """Release files and connections."""
        ...
