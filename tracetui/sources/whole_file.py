"""Files that mean something only as a whole: when one has changed it is read again from its beginning."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

import msgspec
from msgspec import Struct

from tracetui.errors import SourceVanished
from tracetui.model import Payload, Span
from tracetui.sources.base import Batch, Reference, Skipped
from tracetui.sources.cursors import FilePosition, dump_position
from tracetui.sources.lines import Chunk, Form, Record, changed, read_records
from tracetui.sources.record_file import RecordFile
from tracetui.sources.scored_file import SKIPS_KEPT
from tracetui.sources.sqlite_file import Group

MOST = 1 << 30
"""Bytes of memory for the records of one file: a small compressed one may hold any number of lines."""
_RECORD = 200
"""What a record takes beside its text."""


class Built(Struct, frozen=True):
    """What the whole file gave, and how many of its records are known and about something else."""

    group: Group
    other: int = 0


class _Whole(Struct):
    """The records of a file, its last chunk, and the line after which there was no room for more."""

    records: list[Record]
    last: Chunk | None = None
    cut_after: int | None = None

    def notice(self, path: Path) -> str | None:
        """What is to be said where it is not the whole file."""
        if self.cut_after is None:
            return None
        return f"{path.name}: more than {MOST >> 20} MiB belong together; what comes after line {self.cut_after} was left out"


class WholeFile(RecordFile):
    """A subclass says what all records together give (`build`)."""

    form: ClassVar[Form | None] = "lines"
    _spans = 0
    """How many spans the last reading gave."""
    _built: tuple[tuple[int, int, int], Group] | None = None
    """The last group, and the state of the file from which it was built."""

    def build(self, records: list[Record]) -> Built:
        """The spans of the file. What cannot be read is skipped in the group, by its line."""
        raise NotImplementedError

    def _chunks(self, cursor: str | None) -> Iterator[Chunk]:
        if cursor is not None and not changed(self.path, cursor):
            return
        whole = self._all()
        if whole.last is not None:
            yield msgspec.structs.replace(
                whole.last, records=whole.records, reset=cursor is not None, notice=whole.notice(self.path)
            )

    def _all(self) -> _Whole:
        """Every record, as far as there is to be memory for them."""
        whole = _Whole([])
        room = MOST
        for whole.last in read_records(self.path, None, self.form):
            room -= sum(record.length + _RECORD for record in whole.last.records)
            if room < 0:
                whole.cut_after = whole.records[-1].line if whole.records else 0
                break
            whole.records += whole.last.records
        return whole

    def _batch(self, chunk: Chunk, position: FilePosition) -> Batch:
        built = self.build(chunk.records)
        entries = built.group.entries
        skipped = [Skipped(line, reason) for (_, line), reason in built.group.skipped.items()]
        return Batch(
            dump_position(position),
            chunk.done,
            chunk.total,
            spans=tuple(entry.span for entry in entries),
            references=tuple(Reference(0, 0, item) for item in range(len(entries))),
            skipped=tuple(skipped[:SKIPS_KEPT]),
            skipped_count=len(skipped),
            incomplete=chunk.incomplete,
            other=built.other,
            reset=chunk.reset,
            notice=chunk.notice or self._shrunk(chunk, len(entries)),
        )

    def _shrunk(self, chunk: Chunk, spans: int) -> str | None:
        """What is to be said where less is in it than was read before: only to be written anew is no news."""
        is_news = chunk.reset and spans < self._spans
        self._spans = spans
        return f"{self.path.name} was replaced, and holds less now: read again from the start" if is_news else None

    def payload(self, span: Span, reference: Reference, joined: tuple[Reference, ...] = ()) -> Payload:
        """What the span carried, out of the file as it was read last. Raises SourceVanished, UnreadableSource."""
        entries = self._group().entries
        if reference.item >= len(entries) or entries[reference.item].span.span_id != span.span_id:
            raise SourceVanished(f"{self.path} has changed: the record of this span is not there any more")
        return entries[reference.item].payload()

    def _group(self) -> Group:
        state = self._stamp()
        if self._built is None or self._built[0] != state:
            self._built = (state, self.build(self._all().records).group)
        return self._built[1]

    def _stamp(self) -> tuple[int, int, int]:
        try:
            about = self.path.stat()
        except OSError as error:
            raise SourceVanished(f"{self.path} has been deleted or moved") from error
        return about.st_ino, about.st_size, about.st_mtime_ns
