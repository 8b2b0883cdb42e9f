"""Files of records that come as JSON or as CSV: a row of CSV is a record whose cells stand under the header's names.

Everything else (tail, rotation, gz and zst, scores beside the file) is that of every file of records. A format whose
tool exports both says once what a record means.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from tracetui.errors import SourceVanished, UnreadableSource
from tracetui.model import Json
from tracetui.sources.csv_rows import CsvHeader, read_header
from tracetui.sources.lines import Chunk, Form, describe_shape, is_at_start, read_records
from tracetui.sources.record_file import RecordFile


def find_header(path: Path) -> CsvHeader:
    """The header of a file; without names where it is JSON. Raises UnreadableSource."""
    shape = describe_shape(path)
    return read_header(shape.head) if shape.form == "lines" else CsvHeader()


def read_rows(
    path: Path, cursor: str | None, header: CsvHeader, find: Callable[[Path], CsvHeader] = find_header
) -> Iterator[tuple[CsvHeader, Chunk]]:
    """The records since a cursor without the header, and the header that they stand under: `header`, until another
    file with one of its own takes the place of the one that was read. `find` looks for that."""
    if is_at_start(cursor):
        header = _header_of(path, header, find)
    for chunk in read_records(path, cursor, _form_of(path, header, find)):
        if chunk.reset or chunk.notice is not None:
            header = _header_of(path, header, find)
        if header.names:
            chunk.records = [record for record in chunk.records if not header.is_it(record.data)]
        yield header, chunk


def _header_of(path: Path, header: CsvHeader, find: Callable[[Path], CsvHeader]) -> CsvHeader:
    """The header of the file that is there now; one that is empty yet will have the one before."""
    return header if describe_shape(path).form == "empty" else find(path)


def _form_of(path: Path, header: CsvHeader, find: Callable[[Path], CsvHeader]) -> Form | None:
    """How the file that is there now is split: it may be another one than that with the header."""
    try:
        return "csv" if find(path).names else None
    except (UnreadableSource, SourceVanished):
        return "csv" if header.names else None


class CsvFile(RecordFile):
    """A file of JSON records or CSV rows. `header` has no names where the file is JSON."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.header = self.find_header(path)

    def find_header(self, path: Path) -> CsvHeader:
        """The header of a file; without names where it is JSON. Raises UnreadableSource."""
        return find_header(path)

    def _chunks(self, cursor: str | None) -> Iterator[Chunk]:
        for header, chunk in read_rows(self.path, cursor, self.header, self.find_header):
            self.header = header
            yield chunk

    def parse(self, data: bytes) -> Json:
        """The object that a record is. Raises ValueError, RecursionError."""
        return self.header.object_of(data) if self.header.names else super().parse(data)

    def _unread(self, data: bytes, error: ValueError) -> str:
        return str(error) if self.header.names else super()._unread(data, error)
