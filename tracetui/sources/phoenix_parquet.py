"""Data frames of Phoenix's spans as Parquet."""

from __future__ import annotations

from pathlib import Path

from tracetui.model import Payload, Span
from tracetui.sources.export_file import Row, RowGiven
from tracetui.sources.head import Head
from tracetui.sources.parquet_file import ParquetFile, parquet_footer
from tracetui.sources.phoenix_export import FrameRows


class PhoenixParquet(ParquetFile):
    """One Parquet file of spans or evaluations."""

    format = "phoenix-export"

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self._frame = FrameRows(path.stem)

    @staticmethod
    def recognise(head: Head) -> bool:
        """Whether it is Parquet, and the names of its columns are those of a data frame of spans."""
        footer = parquet_footer(head)
        return b"context.span_id" in footer and (b"span_kind" in footer or b"score" in footer)

    def map_row(self, row: Row) -> RowGiven:
        """A span with the evaluations that were joined to it, or an annotation."""
        return self._frame.map_row(row)

    def unfold_row(self, row: Row, span: Span) -> Payload:
        """The attributes and events of the row."""
        return self._frame.unfold_row(row)
