"""tracecraft's JSONL files: a run a line, as its store and its exporter write them. docs/formats/tracecraft.md."""

from __future__ import annotations

from tracetui.model import Json, Payload, Span
from tracetui.sources.head import Head
from tracetui.sources.record_file import Given, RecordFile
from tracetui.sources.tracecraft_run import spans_of_run
from tracetui.wire.reasons import describe


class TracecraftJsonlSource(RecordFile):
    """One file of runs."""

    format = "tracecraft-jsonl"

    @staticmethod
    def recognise(head: Head) -> bool:
        """Whether a record is a run with its steps and its totals."""
        return head.any_object_has("id", "start_time", "steps", "total_tokens", "error_count")

    def map(self, record: Json, line: int) -> Given:
        """The spans of a run."""
        if not isinstance(record, dict) or "start_time" not in record:
            return Given(skipped=(describe(record, "a run of tracecraft"),))
        skipped: list[str] = []
        parts = spans_of_run(record, skipped.append)
        return Given(tuple(part.span for part in parts), skipped=tuple(skipped))

    def unfold(self, record: Json, item: int, span: Span, raw: str) -> Payload:
        """What the run or the step carried."""
        return spans_of_run(record, lambda _: None)[item].payload()
