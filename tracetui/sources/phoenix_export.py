"""What leaves Phoenix as a file: data frames of spans (CSV, JSON lines), pages of its REST API, annotations.

docs/formats/phoenix-export.md has the shapes. All of them become the same: a span with flat OpenInference attributes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from tracetui.model import Json, Payload, Score, ScoreSource, Span
from tracetui.semconv.attributes import RawEvent, RawSpan, interpret, unfold
from tracetui.semconv.json_text import opened
from tracetui.semconv.nested_keys import flatten_keys
from tracetui.semconv.scalars import text_of
from tracetui.sources.csv_rows import CsvHeader, cells_of, delimiter_of, header_line
from tracetui.sources.export_file import SOMETHING_ELSE, ExportFile, RowGiven
from tracetui.sources.export_values import Row, fingerprint, moment, number, table, text
from tracetui.sources.head import Head
from tracetui.sources.lines import describe_shape
from tracetui.sources.phoenix_cells import parse_literal

_STATUS: dict[Json, int] = {"OK": 1, "ERROR": 2, "STATUS_CODE_OK": 1, "STATUS_CODE_ERROR": 2, 1: 1, 2: 2}
_SOURCES: dict[str, ScoreSource] = {"HUMAN": "human", "LLM": "llm", "CODE": "code"}
_INDEX = "index"
_ATTRIBUTES = "attributes."
_SPAN_ID, _TRACE_ID = "context.span_id", "context.trace_id"
_LISTS = (
    "llm.input_messages", "llm.output_messages", "llm.prompts", "llm.tools", "retrieval.", "reranker.", "embedding.",
    "tag.tags", "metadata", "llm.prompt_template.variables",
)  # fmt: skip
"""Columns whose cells are lists or objects; in all others JSON is a text that somebody sent."""
_PARTS = (".score", ".label", ".explanation")
_MICROSECOND = 1_000
_NOTE = "note"
NO_SPAN = "no span of Phoenix: it has no trace and span id"


class PhoenixExport(ExportFile):
    """One file of spans or of annotations. An annotation names its span only: the index knows its trace."""

    format = "phoenix-export"
    _name = "score"

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self._name = path.stem

    @staticmethod
    def recognise(head: Head) -> bool:
        """Whether the header, or the first record or the rows of its page, are Phoenix's."""
        names = frame_header(head.shape.head).names if head.shape.form == "lines" else ()
        if names:
            has_span = _SPAN_ID in names or (names[0] == _INDEX and "score" in names)
            return has_span and ("span_kind" in names or "score" in names or "label" in names)
        if not head.objects:
            return _mentions_span(head)
        return any(_is_known(row) for record in head.objects[:3] for row in _rows_of(record)[:3])

    def find_header(self, path: Path) -> CsvHeader:
        """The header of a data frame; without names where the file is JSON."""
        shape = describe_shape(path)
        header = frame_header(shape.head) if shape.form == "lines" else CsvHeader()
        return header if {_SPAN_ID, _INDEX} & set(header.names) else CsvHeader()

    def notes(self) -> Iterable[str]:
        """What was assumed."""
        yield from super().notes()
        yield "costs are those that the instrumentation recorded, else computed: Phoenix's own are not in its exports"

    def map_row(self, row: Row, line: int) -> RowGiven:
        """A span with the evaluations that were joined to it, or an annotation."""
        return FrameRows(self._name).map_row(row)

    def unfold_row(self, row: Row, span: Span) -> Payload:
        """The attributes and events of the row."""
        return FrameRows(self._name).unfold_row(row)


class FrameRows:
    """What rows of spans and annotations mean, whatever file they stand in. `name` is that of evaluations without one."""

    def __init__(self, name: str) -> None:
        self._name = name

    def map_row(self, row: Row) -> RowGiven:
        """A span with the evaluations that were joined to it, or an annotation."""
        if _is_annotation(row):
            return _annotation(row)
        raw = raw_span(row)
        if raw is None:
            return _evaluation(row, self._name) or RowGiven(skipped=NO_SPAN)
        span = interpret(raw)
        return RowGiven(span, tuple(_joined(row, span)))

    def unfold_row(self, row: Row) -> Payload:
        """The attributes and events of the row."""
        raw = raw_span(row)
        return Payload() if raw is None else unfold(raw)


def frame_header(head: bytes) -> CsvHeader:
    """The header of a data frame: its index may come first without a name, or once more under a name that is there."""
    line = header_line(head)
    written = line.decode("utf-8", "replace")
    if written.lstrip()[:1] in ("{", "["):
        return CsvHeader()
    delimiter = delimiter_of(written)
    try:
        names = cells_of(written, delimiter)
    except ValueError:
        return CsvHeader()
    if len(names) < 2 or not all(names[1:]):
        return CsvHeader()
    return CsvHeader((names[0] or _INDEX, *names[1:]), line, delimiter)


def _mentions_span(head: Head) -> bool:
    """The beginning of a record that is too large to be sampled."""
    return head.mentions("span_kind", "status_code", "context") or (
        head.mentions("data", "start_time_unix_nano", "trace_id") and not head.mentions("resourceSpans")
    )


def _rows_of(record: Row) -> list[Row]:
    page = record.get("data")
    rows = page if isinstance(page, list) else [record]
    return [row for row in rows if isinstance(row, dict)]


def _is_known(row: Row) -> bool:
    if _is_annotation(row):
        return True
    has_ids = isinstance(row.get("context"), dict) and "trace_id" in row["context"]
    if has_ids or _SPAN_ID in row:
        return "span_kind" in row and ("status_code" in row or "start_time" in row)
    return "start_time_unix_nano" in row and isinstance(row.get("attributes"), list) and "trace_id" in row


def _is_annotation(row: Row) -> bool:
    return "annotator_kind" in row and ("span_id" in row or "trace_id" in row) and "name" in row


def raw_span(row: Row) -> RawSpan | None:
    """The span of a row in any of the shapes; None where it has no ids."""
    context = table(row, "context")
    trace_id = text(context, "trace_id") or text(row, _TRACE_ID, "trace_id")
    span_id = text(context, "span_id") or text(row, _SPAN_ID, "span_id", _INDEX)
    if trace_id is None or span_id is None:
        return None
    status = table(row, "status")
    start = row.get("start_time", row.get("start_time_unix_nano"))
    end = row.get("end_time", row.get("end_time_unix_nano"))
    attributes = _attributes(row)
    kind = text(row, "span_kind")
    if kind is not None:
        attributes["openinference.span.kind"] = kind
    return RawSpan(
        trace_id=trace_id,
        span_id=span_id,
        parent_id=text(row, "parent_id", "parent_span_id"),
        name=text(row, "name") or "",
        start_ns=_time(start) or 0,
        end_ns=_time(end) or None,
        status_code=_STATUS.get(text(row, "status_code") or status.get("code"), 0),
        status_message=text(row, "status_message") or text_of(status.get("message")),
        attributes=attributes,
        events=tuple(_events(_cell(row.get("events")))),
    )


def _time(value: Json) -> int | None:
    """A moment in ns. Numbers of ns went through a float in Phoenix: what lies below microseconds is noise."""
    found = moment(value)
    is_text = isinstance(value, str) and not value.strip().isdigit()
    return found if found is None or is_text else round(found / _MICROSECOND) * _MICROSECOND


def _cell(value: Json) -> Json:
    value = opened(value)
    return parse_literal(value) if isinstance(value, str) else value


def _attributes(row: Row) -> dict[str, Json]:
    """Attributes under flat keys: those of a REST page as they are, of a data frame column by column, of OTLP by key."""
    found = row.get("attributes")
    if isinstance(found, list):
        return {
            str(item["key"]): _otlp_value(item.get("value"))
            for item in found
            if isinstance(item, dict) and "key" in item
        }
    if isinstance(found, dict):
        return flatten_keys(found)
    columns: dict[str, Json] = {}
    for key, value in row.items():
        name = key.removeprefix(_ATTRIBUTES)
        if name != key and value is not None and value != "":
            is_list = name.startswith(_LISTS)
            columns.update(flatten_keys({name: _cell(value)}) if is_list else {name: value})
    return columns


def _otlp_value(value: Json) -> Json:
    if not isinstance(value, dict):
        return value
    for key, item in value.items():
        if key in ("array_value", "arrayValue"):
            values = item.get("values") if isinstance(item, dict) else item
            return [_otlp_value(inner) for inner in values] if isinstance(values, list) else None
        if key in ("kvlist_value", "kvlistValue"):
            pairs = item.get("values") if isinstance(item, dict) else None
            return {
                str(pair.get("key")): _otlp_value(pair.get("value")) for pair in pairs or () if isinstance(pair, dict)
            }
        return item
    return None


def _events(found: Json) -> Iterator[RawEvent]:
    for event in found if isinstance(found, list) else ():
        if isinstance(event, dict):
            attributes = event.get("attributes")
            if isinstance(attributes, list):
                attributes = _attributes(event)
            at = _time(event.get("timestamp", event.get("time_unix_nano"))) or 0
            yield RawEvent(text_of(event.get("name")) or "", at, attributes if isinstance(attributes, dict) else {})


def _annotation(row: Row) -> RowGiven:
    if text(row, "name") == _NOTE:
        return SOMETHING_ELSE
    result = table(row, "result")
    made = _score(
        text(row, "trace_id") or "",
        text(row, "span_id"),
        text(row, "name") or "",
        (result.get("score"), result.get("label"), result.get("explanation")),
        source=_SOURCES.get((text(row, "annotator_kind") or "").upper(), "api"),
        author=text(row, "user_id", "identifier"),
        time_ns=moment(row.get("updated_at")) or moment(row.get("created_at")) or 0,
        identity=text(row, "id"),
    )
    return RowGiven(scores=(made,)) if made is not None else RowGiven(skipped="an annotation without a result")


def _evaluation(row: Row, name: str) -> RowGiven | None:
    """A row of an evaluation's own data frame: `score`, `label`, `explanation`, and the span as the index."""
    span_id = text(row, _SPAN_ID, _INDEX)
    if span_id is None or not {"score", "label", "explanation"} & row.keys():
        return None
    given = (row.get("score"), row.get("label"), row.get("explanation"))
    made = _score("", span_id, text(row, "name") or name, given, source="llm")
    return RowGiven(scores=(made,)) if made is not None else RowGiven(skipped="an evaluation without a result")


def _joined(row: Row, span: Span) -> Iterator[Score]:
    """Evaluations that were joined to a data frame of spans: `<name>.score`, `.label`, `.explanation`."""
    names = {
        key.rpartition(".")[0] for key in row if key.endswith(_PARTS) and not key.startswith((_ATTRIBUTES, "context."))
    }
    for name in sorted(names):
        given = tuple(row.get(f"{name}{part}") for part in _PARTS)
        made = _score(span.trace_id, span.span_id, name, given, source="llm")
        if made is not None:
            yield made


def _score(
    trace_id: str,
    span_id: str | None,
    name: str,
    given: tuple[Any, ...],
    *,
    source: ScoreSource,
    author: str | None = None,
    time_ns: int = 0,
    identity: str | None = None,
) -> Score | None:
    value, label, comment = number(given[0]), text_of(given[1]), text_of(given[2])
    if value is None and label is None:
        return None
    content = fingerprint(trace_id, span_id or "", name, author or "", repr(given), str(time_ns))
    made = f"phoenix-{identity or ''}-{content[:16]}"
    return Score(made, trace_id, span_id, name, value, label, comment, source, author, time_ns)
