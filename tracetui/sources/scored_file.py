"""What all files that only grow have in common: they are read from a cursor on, and their scores go beside them.

A format is a subclass that says what a chunk of records gives (`_batch`) and loads a payload. Where one record after
the other gives something, that is `RecordFile`.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import ClassVar

import msgspec

from tracetui.model import Payload, Score, Span
from tracetui.sources.base import Batch, Description, Reference, Saved
from tracetui.sources.cursors import UNREADABLE, FilePosition, dump_position, parse_position
from tracetui.sources.head import Head
from tracetui.sources.lines import Chunk, changed, is_waiting, read_records
from tracetui.sources.lines_streams import Wrapping
from tracetui.sources.sidecar import SidecarScores

SKIPS_KEPT = 200


class ScoredFile:
    """One file that is read and never written."""

    format: str
    counts_bytes = True
    tells_rest: ClassVar[bool] = True
    """Whether nothing changes that `rests` does not look at; False where other files belong to this one."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._sidecar = SidecarScores(path)

    @staticmethod
    def recognise(head: Head) -> bool:
        """Whether the beginning of a file is of this format."""
        raise NotImplementedError

    def notes(self) -> Iterable[str]:
        """Sentences for `info` about what was assumed."""
        return ()

    def describe(self) -> Description:
        """Say what was recognised and where scores go."""
        return Description(
            str(self.path), self.format, self.is_writable, self._sidecar.place(), notes=tuple(self.notes())
        )

    @property
    def is_writable(self) -> bool:
        """Whether scores can be saved: as `describe` says, without what it takes to describe all else."""
        return self._sidecar.writable

    def changed(self, cursor: str | None) -> bool:
        """Whether the file or the scores beside it changed."""
        position = parse_position(cursor, UNREADABLE)
        return changed(self.path, position.lines) or self._sidecar.changed(position.scores)

    @staticmethod
    def rests(path: Path, cursor: str) -> bool:
        """Whether a file that was read up to `cursor` has nothing new, nor the scores beside it: without opening it."""
        position = parse_position(cursor, UNREADABLE)
        return not changed(path, position.lines) and not SidecarScores(path).changed(position.scores)

    def read(self, cursor: str | None) -> Iterator[Batch]:
        """Read new records, then new scores from beside the file."""
        position = parse_position(cursor, UNREADABLE)
        done = total = self._size()
        for chunk in self._chunks(position.lines):
            position = FilePosition(chunk.cursor, None if chunk.reset else position.scores)
            done, total = chunk.done, chunk.total
            yield self._batch(chunk, position)
        yield from self._score_batches(position, done, total)

    def _chunks(self, cursor: str | None) -> Iterator[Chunk]:
        """The records since a cursor."""
        return read_records(self.path, cursor)

    def _batch(self, chunk: Chunk, position: FilePosition) -> Batch:
        """What a chunk of records gives; `position` is the one after it."""
        raise NotImplementedError

    def _score_batches(self, position: FilePosition, done: int, total: int) -> Iterator[Batch]:
        """What was saved and taken back beside the file since a position."""
        incomplete = int(is_waiting(position.lines))
        for change in self._sidecar.read(position.scores):
            position = msgspec.structs.replace(position, scores=change.cursor)
            yield self._sidecar.batch(change, dump_position(position), done, total, incomplete)

    def _size(self) -> int:
        try:
            return os.stat(self.path).st_size
        except OSError:
            return 0

    def payload(self, span: Span, reference: Reference, joined: tuple[Reference, ...] = ()) -> Payload:
        """Load what the span carried. Raises SourceVanished, UnreadableSource."""
        raise NotImplementedError

    def write_score(self, score: Score) -> Saved:
        """Append to the file beside this one. Raises NotWritable."""
        return self._sidecar.write(score)

    def retract_score(self, score: Score) -> Saved:
        """Take a score back; the line that saved it stays as history. Raises NotWritable."""
        return self._sidecar.retract(score)

    def close(self) -> None:
        """Nothing is held open."""


def wrapping_note(wrapping: Wrapping) -> tuple[str, ...]:
    """Through what a file is read, where its bytes are not its text."""
    return () if wrapping.is_plain else (f"read through {wrapping.compression or wrapping.encoding}",)
