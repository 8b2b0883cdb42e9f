"""Files that a platform exports: rows of spans, one a line, in an array, in CSV, or many within a saved API answer.

A format says which keys of an answer hold rows, what one row gives, and what its span carried. A row gives one span at
most; the place of a span among those of its record is its `Reference.item`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import ClassVar

import msgspec
from msgspec import Struct

from tracetui.model import Json, Payload, Score, Span
from tracetui.sources.csv_file import CsvFile
from tracetui.sources.record_file import OTHER, Given

Row = dict[str, Json]


class RowGiven(Struct, frozen=True):
    """What one row gave: a span, scores, or a reason why it gave nothing. `is_other`: it is about something else.
    `version` is how new the span is, a text that sorts."""

    span: Span | None = None
    scores: tuple[Score, ...] = ()
    skipped: str | None = None
    is_other: bool = False
    version: str | None = None


NOT_A_ROW = RowGiven(skipped="no JSON object")
SOMETHING_ELSE = RowGiven(is_other=True)


class ExportFile(CsvFile):
    """A file of rows, or of API answers that hold rows."""

    _unrolled: tuple[Json, list[Row]] | None = None
    pages: ClassVar[tuple[str, ...]] = ("data",)
    """Keys of an answer under which a list of rows stands."""

    def rows(self, record: Json) -> Iterator[Json]:
        """The rows of a record: itself, or those of the list in an answer."""
        if isinstance(record, dict):
            for key in self.pages:
                listed = record.get(key)
                if isinstance(listed, list) and not self.is_row(record):
                    yield from listed
                    return
        yield record

    def is_row(self, record: Row) -> bool:
        """Whether an object is a row itself, although it has a list under a key of answers."""
        return False

    def map_row(self, row: Row, line: int) -> RowGiven:
        """What one row gives; `line` is where its record stands. Raises nothing."""
        raise NotImplementedError

    def unfold_row(self, row: Row, span: Span) -> Payload:
        """What the span of a row carried, without the raw record."""
        raise NotImplementedError

    def map(self, record: Json, line: int) -> Given:
        """What a record gives, all its rows together."""
        spans: list[Span] = []
        of_spans: list[Row] = []
        versions: list[str | None] = []
        scores: list[Score] = []
        skipped: list[str] = []
        other = seen = 0
        for row in self.rows(record):
            seen += 1
            given = self.map_row(row, line) if isinstance(row, dict) else NOT_A_ROW
            if given.span is not None:
                spans.append(given.span)
                of_spans.append(row)
                versions.append(given.version)
            scores += given.scores
            if given.skipped is not None:
                skipped.append(given.skipped)
            other += given.is_other
        self._unrolled = (record, of_spans)
        if not seen:
            return OTHER
        known = tuple(versions) if any(versions) else ()
        return Given(tuple(spans), tuple(scores), tuple(skipped), other, known)

    def unfold(self, record: Json, item: int, span: Span, raw: str) -> Payload:
        """The payload of the row at `item`; its raw text is the row's own where the record holds many."""
        rows = self._rows_of_spans(record)
        if item >= len(rows):
            return Payload(raw=raw)
        text = raw if rows[item] is record else json.dumps(rows[item], ensure_ascii=False)
        return msgspec.structs.replace(self.unfold_row(rows[item], span), raw=text)

    def _rows_of_spans(self, record: Json) -> list[Row]:
        """The rows of a record that gave a span; those of the last record are kept."""
        known = self._unrolled
        if known is not None and known[0] is record:
            return known[1]
        # Another thread mapped another record in the meantime.
        return [row for row in self.rows(record) if isinstance(row, dict) and self.map_row(row, 0).span is not None]
