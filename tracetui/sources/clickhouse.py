"""Rows of `otel_traces`, the table of the OpenTelemetry Collector's ClickHouse exporter, as JSON lines or CSV.

Every attribute is text, also numbers and lists; what they mean is the business of the dialects. docs/formats/clickhouse.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from tracetui.model import Json, Payload, Span
from tracetui.semconv.attributes import RawEvent, RawSpan, interpret, unfold
from tracetui.semconv.json_text import opened
from tracetui.sources.export_file import ExportFile, RowGiven
from tracetui.sources.export_values import Row, after, listed, moment, table, text
from tracetui.sources.head import Head
from tracetui.wire.otlp_values import status_code

_STATUS = {"Unset": 0, "Ok": 1, "Error": 2}
_NO_ID = frozenset({"", "0" * 16, "0" * 32})


class ClickhouseExport(ExportFile):
    """One file of rows of spans."""

    format = "clickhouse-otel"

    @staticmethod
    def recognise(head: Head) -> bool:
        """Whether the first record, or the header, has the columns of the table."""
        if head.columns:
            return _is_known(dict.fromkeys(head.columns))
        if not head.objects:
            return head.mentions("TraceId", "SpanId", "SpanAttributes")
        return any(_is_known(_first(record)) for record in head.objects[:3])

    def is_row(self, record: Row) -> bool:
        """A row has no list under `data`."""
        return "SpanId" in record

    def notes(self) -> Iterable[str]:
        """What was assumed."""
        yield from super().notes()
        yield "times without a zone are UTC; rows of one trace and span id are one span, the last one read"

    def map_row(self, row: Row, line: int) -> RowGiven:
        """A span."""
        raw = _raw(row)
        if raw is None:
            return RowGiven(skipped="no row of otel_traces, or one without ids or a time")
        return RowGiven(interpret(raw))

    def unfold_row(self, row: Row, span: Span) -> Payload:
        """What the attributes say in their dialect."""
        raw = _raw(row)
        return unfold(raw) if raw is not None else Payload()


def _first(record: Row) -> Row:
    rows = record.get("data")
    return rows[0] if isinstance(rows, list) and rows and isinstance(rows[0], dict) else record


def _is_known(row: Row) -> bool:
    return "TraceId" in row and "SpanId" in row and "SpanAttributes" in row


def _raw(row: Row) -> RawSpan | None:
    trace_id, span_id = text(row, "TraceId"), text(row, "SpanId")
    start_ns = moment(row.get("Timestamp"))
    if trace_id in _NO_ID or span_id in _NO_ID or trace_id is None or span_id is None or start_ns is None:
        return None
    parent_id = text(row, "ParentSpanId")
    code = text(row, "StatusCode") or ""
    return RawSpan(
        trace_id=trace_id.lower(),
        span_id=span_id.lower(),
        parent_id=parent_id.lower() if parent_id and parent_id not in _NO_ID else None,
        name=text(row, "SpanName") or "",
        start_ns=start_ns,
        end_ns=after(start_ns, row.get("Duration"), 1),
        status_code=_STATUS.get(code, status_code(code)),
        status_message=text(row, "StatusMessage"),
        attributes=dict(_flat(table(row, "SpanAttributes"))),
        resource={"service.name": text(row, "ServiceName"), **dict(_flat(table(row, "ResourceAttributes")))},
        scope=text(row, "ScopeName") or "",
        events=tuple(_events(row)),
    )


def _flat(attributes: Row, above: str = "", deeper: int = 8) -> Iterator[tuple[str, Json]]:
    """Attributes under their dotted names: a column of JSON holds them as objects within objects."""
    for key, item in attributes.items():
        if isinstance(item, dict) and item and deeper:
            yield from _flat(item, f"{above}{key}.", deeper - 1)
        elif item is not None:
            yield above + key, item


def _events(row: Row) -> Iterator[RawEvent]:
    """Events are a list of objects, or a list for each of their columns."""
    for event in listed(row, "Events"):
        if isinstance(event, dict):
            yield _event(event.get("Name"), event.get("Timestamp"), event.get("Attributes"))
    names, times = listed(row, "Events.Name"), listed(row, "Events.Timestamp")
    attributes = listed(row, "Events.Attributes")
    for place, name in enumerate(names):
        at = times[place] if place < len(times) else None
        about = attributes[place] if place < len(attributes) else None
        yield _event(name, at, about)


def _event(name: Json, at: Json, about: Json) -> RawEvent:
    found = opened(about)
    return RawEvent(str(name or ""), moment(at) or 0, found if isinstance(found, dict) else {})
