"""Files of records that come as JSON or as CSV: a row of CSV is a record whose cells stand under the header's names.

Everything else (tail, rotation, gz and zst, scores beside the file) is that of every file of records. A format whose
tool exports both says once what a record means.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from tracetui.model import Json
from tracetui.sources.csv_rows import CsvHeader, read_header
from tracetui.sources.lines import Chunk, describe_shape, read_records
from tracetui.sources.record_file import RecordFile


class CsvFile(RecordFile):
    """A file of JSON records or CSV rows. `header` has no names where the file is JSON."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.header = self._find_header()

    def _find_header(self) -> CsvHeader:
        shape = describe_shape(self.path)
        return read_header(shape.head) if shape.form == "lines" else CsvHeader()

    def _chunks(self, cursor: str | None) -> Iterator[Chunk]:
        if cursor is None:
            self.header = self._find_header()
        for chunk in read_records(self.path, cursor, "csv" if self.header.names else None):
            if chunk.reset:
                self.header = self._find_header()
            if self.header.names:
                chunk.records = [record for record in chunk.records if not self.header.is_it(record.data)]
            yield chunk

    def parse(self, data: bytes) -> Json:
        """The object that a record is. Raises ValueError, RecursionError."""
        return self.header.object_of(data) if self.header.names else super().parse(data)

    def _unread(self, data: bytes, error: ValueError) -> str:
        return str(error) if self.header.names else super()._unread(data, error)
