"""Parts of LangSmith's bulk export, Parquet files in folders by day."""

from __future__ import annotations

from tracetui.model import Payload, Span
from tracetui.sources.export_file import Row, RowGiven
from tracetui.sources.head import Head
from tracetui.sources.langsmith import NOTES, map_run, unfold_run
from tracetui.sources.parquet_file import ParquetFile, parquet_footer


class LangsmithParquet(ParquetFile):
    """One Parquet file of runs, whose inputs, outputs and details are JSON text."""

    format = "langsmith"

    @staticmethod
    def recognise(head: Head) -> bool:
        """Whether it is Parquet, and the names of its columns are those of runs."""
        footer = parquet_footer(head)
        return b"run_type" in footer and (b"dotted_order" in footer or b"trace_id" in footer)

    def map_row(self, row: Row) -> RowGiven:
        """A run with its aggregated feedback."""
        return map_run(row)

    def unfold_row(self, row: Row, span: Span) -> Payload:
        """Inputs, outputs, tools, events, and everything else as attributes."""
        return unfold_run(row)

    def notes(self) -> tuple[str, ...]:
        """What was assumed."""
        return (*super().notes(), *NOTES)
