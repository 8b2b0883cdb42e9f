"""What the tests of a format ask of a source: everything that reading gave, added up."""

from __future__ import annotations

from collections import Counter

from msgspec import Struct

from tracetui.model import Score, Span
from tracetui.sources.base import Batch, Joined, Reference, Skipped, Source


class Reading(Struct):
    """The batches of one reading, and what they come to."""

    batches: list[Batch]
    spans: dict[tuple[str, str], Span]
    references: dict[tuple[str, str], Reference]

    @property
    def cursor(self) -> str:
        return self.batches[-1].cursor

    @property
    def skipped(self) -> list[Skipped]:
        return [skip for batch in self.batches for skip in batch.skipped]

    @property
    def scores(self) -> list[Score]:
        return [score for batch in self.batches for score in batch.scores]

    @property
    def joined(self) -> list[Joined]:
        return [joined for batch in self.batches for joined in batch.joined]

    @property
    def notices(self) -> list[str]:
        return [batch.notice for batch in self.batches if batch.notice]

    def facts(self) -> dict[str, object]:
        """The sums under the names of `expected.json`, nothing that is zero."""
        spans = self.spans.values()
        usage: Counter[str] = Counter()
        for span in spans:
            for bucket in ("input", "cache_read", "cache_write", "output", "reasoning"):
                usage[bucket] += getattr(span.usage, bucket) or 0
        facts = {
            "traces": len({span.trace_id for span in spans}),
            "spans": len(spans),
            "kinds": dict(Counter(span.kind for span in spans)),
            "statuses": dict(Counter(span.status for span in spans)),
            "models": dict(Counter(span.model for span in spans if span.kind == "generation" and span.model)),
            "tokens": dict(usage),
            "skipped": sum(batch.skipped_count for batch in self.batches),
            "duplicates": sum(batch.duplicates for batch in self.batches),
            "replaced_lines": sum(batch.replaced for batch in self.batches),
            "incomplete_tail": self.batches[-1].incomplete if self.batches else 0,
            "other_signal_lines": sum(batch.other for batch in self.batches),
        }
        return without_zeros(facts)


def read_source(source: Source, cursor: str | None = None) -> Reading:
    """Read to the present end; the spans that are left when later ones replaced earlier ones."""
    reading = Reading(list(source.read(cursor)), {}, {})
    for batch in reading.batches:
        for span, reference in zip(batch.spans, batch.references, strict=True):
            reading.spans[span.trace_id, span.span_id] = span
            reading.references[span.trace_id, span.span_id] = reference
    return reading


def without_zeros(facts: dict[str, object]) -> dict[str, object]:
    """The facts that say something, at any depth."""
    slim = {key: without_zeros(value) if isinstance(value, dict) else value for key, value in facts.items()}
    return {key: value for key, value in slim.items() if value}
