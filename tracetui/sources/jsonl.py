"""JSON lines that developers write by hand: one object a model call, under names of their own.

Also an array of such objects, or objects over several lines, compressed or not. Columns are found by their names, or as
the user's mapping says (docs/formats/handrolled.md). Last in line: any format with a name of its own goes before.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

from msgspec import Struct

from tracetui.model import Payload, Span
from tracetui.sources.base import Batch, Description, Reference, Skipped, Stored
from tracetui.sources.columns import Families, Learner, MappedRow, Mapping, is_about_calls, is_for, mapping_toml, unfold
from tracetui.sources.columns.values import Row, load_row
from tracetui.sources.cursors import FilePosition, dump_position
from tracetui.sources.head import Head
from tracetui.sources.jsonl_sample import Sample, take_sample
from tracetui.sources.lines import Chunk, Record, read_records
from tracetui.sources.lines_again import load_record
from tracetui.sources.lines_plain import stored_objects
from tracetui.sources.raw_text import raw_text
from tracetui.sources.scored_file import SKIPS_KEPT, ScoredFile, wrapping_note

_SIGNS = re.compile(rb'"(?:model|modelName|model_name|messages|prompt_?[tT]okens|completion|usage)"\s*:')
_FEW = 50
_GROWN = 4
_SHORT = 4096
_NO_CALL = "nothing of a model call in it"


class Learnt(Struct, frozen=True):
    """All that the columns of a small file can be understood from, and how they were."""

    sample: Sample
    learner: Learner


class JsonlSource(ScoredFile):
    """One file of hand-rolled JSON; scores are saved beside it. Raises UnreadableSource where it cannot be read.

    `learnt` is what recognising it gave."""

    format = "jsonl"

    def __init__(self, path: Path, mappings: Sequence[Mapping] = (), learnt: object = None) -> None:
        super().__init__(path)
        self._user = mapping_for(path, mappings, self.format)
        known = learnt if isinstance(learnt, Learnt) else None
        self._sample = self.take_sample() if known is None else known.sample
        self._learner = self._learn() if known is None else known.learner
        self._families = Families()
        self._line = 0
        self._description: tuple[Mapping, str] | None = None

    @staticmethod
    def recognise(head: Head) -> bool:
        """Whether the first records are about calls of a model, or the user says how they are mapped."""
        sample = head.sample
        if sample.shape.form not in ("lines", "objects", "array") or b"{" not in sample.shape.head:
            return False
        user = mapping_for(head.path, head.mappings, JsonlSource.format)
        if user is not None and user.fields:
            return True
        rows = _rows(sample)
        if not rows:
            return _SIGNS.search(sample.shape.head) is not None
        learner = learner_of(head.path, rows, user, JsonlSource.format)
        head.learnt = Learnt(sample, learner) if sample.is_all else None
        return is_about_calls(learner.mapping, learner.names)

    def take_sample(self) -> Sample:
        """Records from which the columns are understood."""
        return take_sample(self.path)

    def load_row(self, data: bytes) -> Row | str:
        """The columns of one record, or why it has none."""
        return load_row(data)

    def _learn(self) -> Learner:
        loaded = (self.load_row(record) for record in self._sample.records)
        rows = [row for row in loaded if not isinstance(row, str) and row]
        return learner_of(self.path, rows, self._user, self.format)

    def describe(self) -> Description:
        """Say how the columns were understood and where scores go."""
        mapping = self._learner.mapping
        if self._description is None or self._description[0] is not mapping:
            self._description = (mapping, mapping_toml(mapping))
        notes = [*mapping.notes, *wrapping_note(self._sample.shape.wrapping)]
        if mapping.unused:
            notes.append(f"into the metadata: {', '.join(mapping.unused)}")
        return Description(
            str(self.path),
            self.format,
            self._sidecar.writable,
            self._sidecar.place(),
            self._description[1],
            tuple(notes),
        )

    def _chunks(self, cursor: str | None) -> Iterator[Chunk]:
        notice = self._look_again() if cursor is not None else None
        self._line = 0
        for chunk in self._records(cursor if notice is None else None):
            if chunk.reset:
                self._line = 0
                self._learn_anew()
            if notice is not None:
                chunk.reset, chunk.notice = True, notice
                notice = None
            if chunk.reset:
                self._families = Families()
            yield chunk

    def _records(self, cursor: str | None) -> Iterator[Chunk]:
        return read_records(self.path, cursor)

    def _learn_anew(self) -> None:
        """Understand the columns of a file that took the place of the one before; a file without rows tells nothing."""
        sample = self.take_sample()
        if sample.records:
            self._sample = sample
            self._learner = self._learn()

    def _look_again(self) -> str | None:
        """Guess the mapping anew where it was guessed from few rows and there are many now."""
        if len(self._sample.records) >= _FEW or self._size() < _GROWN * max(1, self._sample.size):
            return None
        self._sample = self.take_sample()
        learner = self._learn()
        if learner.mapping.meaning == self._learner.mapping.meaning:
            return None
        self._learner = learner
        return f"{self.path.name}: its columns are understood better with more lines; read again from the start"

    def _batch(self, chunk: Chunk, position: FilePosition) -> Batch:
        found: list[MappedRow] = []
        references: list[Reference] = []
        skipped: list[Skipped] = []
        replaced = 0
        incomplete = chunk.incomplete
        map_row = self._learner.map_safely
        for record in chunk.records:
            row = self.load_row(record.data)
            mapped = row if isinstance(row, str) else map_row(row, self._number(record))
            if (mapped is None or isinstance(mapped, str)) and chunk.is_unsure(record):
                incomplete = 1
                continue
            if mapped is None or isinstance(mapped, str):
                skipped.append(Skipped(record.line, mapped or _NO_CALL))
                continue
            found.append(mapped)
            references.append(Reference(record.position, record.length))
            replaced += _is_damaged(record)
        rows = self._families.join(self._learner.mapping, found)
        return Batch(
            dump_position(position),
            chunk.done,
            chunk.total,
            spans=tuple([row.span for row in rows]),
            references=tuple(references),
            scores=tuple([score for row in rows for score in row.scores]),
            skipped=tuple(skipped[:SKIPS_KEPT]),
            skipped_count=len(skipped),
            replaced=replaced,
            incomplete=incomplete,
            other=chunk.text_lines,
            reset=chunk.reset,
            notice=chunk.notice,
            has_families=Families.are_named_by(self._learner.mapping),
        )

    def _number(self, record: Record) -> int | str:
        """The line, which names records without an id; where several share one, the place in the text as well."""
        is_first, self._line = record.line != self._line, record.line
        return record.line if is_first else f"{record.line}:{record.position}"

    def payload(self, span: Span, reference: Reference, joined: tuple[Reference, ...] = ()) -> Payload:
        """Load the record of the span again. Raises SourceVanished, UnreadableSource."""
        found: list[tuple[Row, bytes]] = []

        def is_right(data: bytes) -> bool:
            row = self.load_row(data)
            if isinstance(row, str):
                return False
            mapped = self._learner.map(row, 0)
            if mapped is None or not _is_row_of(mapped, span):
                return False
            found.append((row, data))
            return True

        load_record(self.path, reference.position, reference.length, is_right)
        row, data = found.pop()
        raw = raw_text(data)
        del data  # a long record is held as few times as can be
        return unfold(self._learner.mapping, row, span.kind, raw)

    def stored(self) -> Stored:
        """The lines."""
        return partial(stored_objects, self.path)


def _is_row_of(row: MappedRow, span: Span) -> bool:
    """Whether a row that was read again is the one of `span`. A row without a time was given one by its place."""
    return row.span.model == span.model and (not row.is_timed or row.span.start_ns == span.start_ns)


def _is_damaged(record: Record) -> bool:
    """Whether a short line is no UTF-8. Long ones are not looked through: that would cost as much as to read them."""
    if record.length > _SHORT or record.data.isascii():
        return False
    try:
        record.data.decode()
    except UnicodeDecodeError:
        return True
    return False


def mapping_for(path: Path, mappings: Sequence[Mapping], form: str) -> Mapping | None:
    """The user's own mapping for a file, where there is one."""
    return next((mapping for mapping in mappings if is_for(mapping, path.name, form)), None)


def _rows(sample: Sample) -> list[Row]:
    rows = (load_row(record) for record in sample.records)
    return [row for row in rows if not isinstance(row, str) and row]


def learner_of(path: Path, rows: list[Row], user: Mapping | None, form: str) -> Learner:
    """What the columns of some rows mean."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    return Learner(path.name, names, rows, format=form, user=user)
