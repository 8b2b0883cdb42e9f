"""CSV that developers write by hand, or dump from a table of theirs: one row a model call, under names of their own.

Columns are understood as those of hand-rolled JSON lines are (docs/formats/handrolled.md); a cell is text, so what reads
as a number, a boolean or JSON is taken for one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from msgspec.structs import replace

from tracetui.model import Json, Weight
from tracetui.semconv.own_fields import weight_of
from tracetui.sources.base import Batch
from tracetui.sources.columns import Mapping, is_about_calls
from tracetui.sources.columns.values import Row
from tracetui.sources.csv_file import find_header, read_rows
from tracetui.sources.csv_rows import CsvHeader, read_header
from tracetui.sources.cursors import FilePosition
from tracetui.sources.head import Head
from tracetui.sources.jsonl import JsonlSource, Learnt, learner_of, mapping_for
from tracetui.sources.jsonl_sample import Sample
from tracetui.sources.lines import Chunk, describe_shape

_NUMBER = re.compile(r"-?(?:0|[1-9]\d{0,14})(\.\d{1,15})?(?:[eE][+-]?\d{1,3})?")
_WORDS: dict[str, Json] = {"true": True, "false": False, "null": None, "NULL": None, "\\N": None}
_SAMPLED = 200
_WEIGHT, _KEPT_FOR = "weight", "kept_for"
"""Columns of our own export of a sample. Others may have a weight of something else, and not both."""


class CsvTable(JsonlSource):
    """One CSV file of calls; scores are saved beside it. Raises UnreadableSource where it cannot be read."""

    format = "csv"

    def __init__(self, path: Path, mappings: Sequence[Mapping] = (), learnt: object = None) -> None:
        self._header = find_header(path)
        super().__init__(path, mappings, learnt)

    @staticmethod
    def recognise(head: Head) -> bool:
        """Whether the columns are about calls of a model, or the user says how they are mapped."""
        if not head.columns:
            return False
        user = mapping_for(head.path, head.mappings, CsvTable.format)
        if user is not None and user.fields:
            return True
        header = read_header(head.shape.head)
        records = tuple(_first_rows(head.path, header))
        rows = [row for data in records if not isinstance(row := _row(data, header), str)]
        learner = learner_of(head.path, rows, user, CsvTable.format)
        head.learnt = Learnt(Sample(head.shape, head.path.stat().st_size, records), learner)
        return is_about_calls(learner.mapping, learner.names)

    def take_sample(self) -> Sample:
        """The first rows."""
        rows = tuple(_first_rows(self.path, self._header))
        return Sample(describe_shape(self.path), self.path.stat().st_size, rows)

    def load_row(self, data: bytes) -> Row | str:
        """The cells of a row under their names, or why it is no row."""
        return _row(data, self._header)

    def _batch(self, chunk: Chunk, position: FilePosition) -> Batch:
        batch = super()._batch(chunk, position)
        if not {_WEIGHT, _KEPT_FOR} <= set(self._header.names):
            return batch
        trace_ids = {place.position: span.trace_id for place, span in zip(batch.references, batch.spans, strict=True)}
        weights: dict[str, Weight] = {}
        for record in chunk.records:
            trace_id, row = trace_ids.get(record.position), self.load_row(record.data)
            if trace_id is not None and not isinstance(row, str):
                weight = weight_of(trace_id, row.get(_WEIGHT), row.get(_KEPT_FOR))
                weights |= {} if weight is None else {trace_id: weight}
        return replace(batch, weights=tuple(weights.values()))

    def _records(self, cursor: str | None) -> Iterator[Chunk]:
        for header, chunk in read_rows(self.path, cursor, self._header):
            self._header = header
            yield chunk


def _first_rows(path: Path, header: CsvHeader) -> Iterator[bytes]:
    left = _SAMPLED
    for _, chunk in read_rows(path, None, header):
        rows = [record.data for record in chunk.records[:left]]
        yield from rows
        left -= len(rows)
        if left <= 0:
            return


def _row(data: bytes, header: CsvHeader) -> Row | str:
    try:
        return {name: _typed(cell) for name, cell in header.object_of(data).items()}
    except ValueError as error:
        return str(error)


def _typed(cell: Json) -> Json:
    """What a cell reads as. Digits that no number keeps (leading zeros, sixteen and more) stay text."""
    if not isinstance(cell, str):
        return cell
    if cell in _WORDS:
        return _WORDS[cell]
    found = _NUMBER.fullmatch(cell)
    if found is None:
        return cell
    return int(cell) if found[1] is None and cell.lstrip("-").isdigit() else float(cell)
