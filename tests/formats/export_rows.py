"""Rows by hand, for what the samples do not have: each is a sample's row with some values replaced."""

from __future__ import annotations

import json
from typing import Any

from tests.formats.exports_checking import DATA
from tracetui.model import Payload, Score, Span
from tracetui.sources.csv_rows import CsvHeader
from tracetui.sources.export_file import ExportFile
from tracetui.sources.record_file import Given


def row_of(folder: str, file: str, number: int = 0, /, **changes: Any) -> dict[str, Any]:
    """A row of a sample; a value of `...` takes the key away."""
    row: dict[str, Any] = json.loads((DATA / folder / file).read_bytes().splitlines()[number])
    for key, value in changes.items():
        if value is ...:
            row.pop(key, None)
        else:
            row[key] = value
    return row


def source_of(kind: type[ExportFile]) -> ExportFile:
    """A source without a file, to ask what a record gives."""
    source = kind.__new__(kind)
    source.header = CsvHeader()
    return source


def given(kind: type[ExportFile], record: Any) -> Given:
    """What a record gives."""
    return source_of(kind).map(record, 1)


def span(kind: type[ExportFile], record: Any) -> Span:
    """The only span of a record."""
    (found,) = given(kind, record).spans
    return found


def scores(kind: type[ExportFile], record: Any) -> list[Score]:
    """The scores of a record."""
    return list(given(kind, record).scores)


def payload(kind: type[ExportFile], record: Any) -> Payload:
    """What the only span of a record carried."""
    return source_of(kind).unfold(record, 0, span(kind, record), "raw")
