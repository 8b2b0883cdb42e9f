"""Records that are sent in pieces → spans, by the mapping that also reads their platform's exports."""

from __future__ import annotations

import msgspec

from tracetui.collector.captured import Protocol
from tracetui.collector.drafts import ReadPiece
from tracetui.model import Json, Payload, Span
from tracetui.semconv.scalars import number_of
from tracetui.sources import langfuse, langsmith
from tracetui.sources.export_values import between, moment, table


def _langfuse(fields: dict[str, Json]) -> tuple[Span, Payload] | None:
    """An observation, or a trace, which stands in. What was never created has the time at which it was spoken of."""
    since = fields.get("createdAt")
    if "traceId" in fields:
        row = {**fields, "startTime": fields.get("startTime") or since}
        span = langfuse.observation_row(row).span
    else:
        row = {**fields, "timestamp": fields.get("timestamp") or since, "latency": _seconds(fields)}
        span = langfuse.trace_row(row).span
        if span is not None and span.feature is None:
            # The name of a trace is on no span of it; it is what the application calls the feature.
            span = msgspec.structs.replace(span, feature=span.name)
    return None if span is None else (span, langfuse.unfold_row(row, span))


def _seconds(fields: dict[str, Json]) -> float | None:
    """How long a decorated function ran that became the trace itself."""
    start_ns = moment(fields.get("start_time"))
    lasted = between(start_ns, fields.get("end_time")) if start_ns is not None else None
    return lasted / 1e9 if lasted is not None else None


def _langsmith(fields: dict[str, Json]) -> tuple[Span, Payload] | None:
    """A run. Its cost stands with its usage."""
    usage = table(table(fields, "outputs"), "usage_metadata") or table(
        table(table(fields, "extra"), "metadata"), "usage_metadata"
    )
    row = {**fields, **{cost: usage[key] for key, cost in _COSTS.items() if number_of(usage.get(key)) is not None}}
    span = langsmith.map_run(row).span
    if span is None:
        return None
    return span, langsmith.unfold_run(fields)


_COSTS = {"total_cost": "total_cost", "input_cost": "prompt_cost", "output_cost": "completion_cost"}
"""Keys of a usage in which a program sets a cost → those of a run."""

READERS: dict[Protocol, ReadPiece] = {"langfuse": _langfuse, "langsmith": _langsmith}
"""A record as far as it has come → its span and payload; None while it is too little for one."""
