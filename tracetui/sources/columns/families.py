"""Rows that name their parents but no trace: a trace is the oldest ancestor and all that came of it."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from tracetui.sources.columns.mapper import MappedRow
from tracetui.sources.columns.mapping import Mapping


class Families:
    """Parents of the rows read so far.

    A parent may be written after its children. Where it is known in time (the same batch, or before) they share its
    trace; a parent that is not there yet, or never comes, gives the trace its id. What comes of it when the parent is
    read later is the index's to put together (`Batch.has_families`).
    """

    def __init__(self) -> None:
        self._parents: dict[str, str | None] = {}

    @staticmethod
    def are_named_by(mapping: Mapping) -> bool:
        """Whether rows name their parents and no trace."""
        return mapping.has("parent_id") and not mapping.has("trace_id")

    def join(self, mapping: Mapping, rows: Sequence[MappedRow]) -> Sequence[MappedRow]:
        """The rows of one batch with their traces; as they are where the mapping says what the trace is."""
        if not self.are_named_by(mapping):
            return rows
        for row in rows:
            self._parents[row.span.span_id] = row.span.parent_id
        return [_in_trace(row, self._oldest(row.span.span_id)) for row in rows]

    def _oldest(self, span_id: str) -> str:
        seen = {span_id}
        while (parent := self._parents.get(span_id)) is not None and parent not in seen:
            seen.add(parent)
            span_id = parent
        return span_id


def _in_trace(row: MappedRow, trace_id: str) -> MappedRow:
    return msgspec.structs.replace(
        row,
        span=msgspec.structs.replace(row.span, trace_id=trace_id),
        scores=tuple(msgspec.structs.replace(score, trace_id=trace_id) for score in row.scores),
    )
