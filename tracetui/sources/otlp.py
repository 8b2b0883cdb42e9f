"""OTLP in files: lines of the Collector's `file` exporter, requests written by hand or by curl, and the objects that
Python's ConsoleSpanExporter prints. docs/formats/otlp.md.

Only summaries are kept; the request that a span lies in is loaded again by its place in the file.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path

import msgspec

from tracetui.errors import UnreadableSource
from tracetui.model import Payload, Score, Span, Weight
from tracetui.semconv.attributes import interpret, unfold
from tracetui.semconv.evaluations import scores_of
from tracetui.semconv.own_fields import KEPT_FOR, WEIGHT, weight_of
from tracetui.semconv.raw import LogEvent, RawSpan
from tracetui.sources.base import Batch, Block, Joined, Place, Reference, Skipped, Stored
from tracetui.sources.cursors import FilePosition, dump_position
from tracetui.sources.head import Head
from tracetui.sources.lines import Chunk, Record, Shape, describe_shape
from tracetui.sources.lines_again import load_record
from tracetui.sources.lines_objects import find_end, find_objects
from tracetui.sources.lines_plain import stored_objects
from tracetui.sources.lines_shape import open_file
from tracetui.sources.lines_streams import UTF8_BOM, TextStream
from tracetui.sources.otlp_console import CONSOLE_HEAD, decode_console, span_of
from tracetui.sources.scored_file import SKIPS_KEPT, ScoredFile, wrapping_note
from tracetui.wire.otlp_json import DecodedLine, decode_full, decode_log, decode_summary
from tracetui.wire.otlp_values import loads

_OBJECT = re.compile(rb"^[\s\[\x1e\0]*\{", re.MULTILINE)
_REQUEST = re.compile(rb'(?<!\\)"resource_?(?:[Ss]pans|[Ll]ogs|[Mm]etrics|[Pp]rofiles)"\s*:\s*(?:\[|null)')
_GROUP = re.compile(rb'(?<!\\)"(?:scopeSpans|scope_spans|instrumentationLibrarySpans)"\s*:\s*\[')
_SPAN = re.compile(rb'(?<!\\)"(?:startTimeUnixNano|start_time_unix_nano)"\s*:')
_KEYS_WITHIN = 2048
_LOOKED_AT = 1 << 20
_OUR_WORDS = (
    b"span_kind internal server client producer consumer trace_state links trace_id span_id attributes resource scope name"
    b" time_ns body dropped_attributes_count dropped_events_count dropped_links_count"
)
"""Keys and values that a payload has beside those of its request."""


class OtlpSource(ScoredFile):
    """One file of OTLP requests or of printed spans, in any wrapping; scores are saved beside it."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        shape = describe_shape(path)
        self.format = format_of(path, shape) or "otlp-jsonl"
        self._wrapping = shape.wrapping
        self._is_console = self.format == "otel-console"

    @staticmethod
    def recognise(head: Head) -> bool:
        """Whether the first kilobytes look like OTLP; the end of the first line is not needed.

        Raises UnreadableSource where it is OTLP of a kind that is not read.
        """
        if head.shape.form == "protobuf":
            raise UnreadableSource(
                f"{head.path}: looks like OTLP as protobuf, which is not read; set `format: json` in the Collector's exporter"
            )
        return format_of(head.path, head.shape) is not None

    def notes(self) -> Iterable[str]:
        """Through what it is read."""
        return wrapping_note(self._wrapping)

    def _batch(self, chunk: Chunk, position: FilePosition) -> Batch:
        gathered = _Gathered()
        decode = decode_console if self._is_console else decode_summary
        for record in chunk.records:
            gathered.add(record, decode(record.data))
        return Batch(
            dump_position(position),
            chunk.done,
            chunk.total,
            spans=tuple(gathered.spans),
            references=tuple(gathered.references),
            scores=tuple(gathered.scores),
            joined=tuple(gathered.joined),
            weights=tuple(gathered.weights.values()),
            skipped=tuple(gathered.skipped[:SKIPS_KEPT]),
            skipped_count=gathered.skipped_count,
            duplicates=gathered.duplicates,
            replaced=gathered.replaced,
            incomplete=chunk.incomplete,
            other=gathered.other + chunk.text_lines,
            reset=chunk.reset,
            notice=chunk.notice,
        )

    def payload(self, span: Span, reference: Reference, joined: tuple[Reference, ...] = ()) -> Payload:
        """Load the request of the span again, and the log records that belong to it. Raises UnreadableSource."""
        raw = self._load_span(span, reference)
        events = [event for place in joined if (event := self._load_event(span, place)) is not None]
        return unfold(raw, events)

    def _load_span(self, span: Span, reference: Reference) -> RawSpan:
        found: list[RawSpan] = []

        def is_right(data: bytes) -> bool:
            raw = self._decode_full(data, reference.item)
            if raw is None or raw.trace_id != span.trace_id or span.span_id not in (raw.span_id, raw.parent_id):
                return False
            found.append(raw)
            return True

        load_record(self.path, reference.position, reference.length, is_right)
        return found[0]

    def _decode_full(self, data: bytes, item: int) -> RawSpan | None:
        try:
            if self._is_console:
                return span_of(loads(data), data.decode("utf-8", "replace"))
            return decode_full(data, item)
        except (LookupError, ValueError, RecursionError, msgspec.MsgspecError):
            return None

    def stored(self) -> Stored:
        """The requests, and the words that are in no request."""
        return partial(_stored_requests, self.path)

    def _load_event(self, span: Span, reference: Reference) -> LogEvent | None:
        """A log record of the span; None where it is not there any more, which takes nothing from the rest."""
        found: list[LogEvent] = []

        def is_right(data: bytes) -> bool:
            try:
                event = decode_log(data, reference.item)
            except (LookupError, ValueError, RecursionError, msgspec.MsgspecError):
                return False
            found.append(event)
            return event.trace_id == span.trace_id and event.span_id == span.span_id

        try:
            load_record(self.path, reference.position, reference.length, is_right)
        except UnreadableSource:
            return None
        return found[-1]


def _stored_requests(path: Path, places: Sequence[Place]) -> Iterator[Block]:
    yield from stored_objects(path, places)
    yield Block(_OUR_WORDS, (0,), (range(len(places)),))


class _Gathered:
    """What the records of a chunk gave, a span that comes twice once."""

    def __init__(self) -> None:
        self.spans: list[Span] = []
        self.references: list[Reference] = []
        self.scores: list[Score] = []
        self.joined: list[Joined] = []
        self.weights: dict[str, Weight] = {}
        self.skipped: list[Skipped] = []
        self.skipped_count = self.duplicates = self.replaced = self.other = 0
        self._places: dict[tuple[str, str], int] = {}

    def add(self, record: Record, decoded: DecodedLine) -> None:
        """Take in one decoded record."""
        for item, raw in zip(decoded.items, decoded.spans, strict=True):
            self._add_span(interpret(raw), Reference(record.position, record.length, item))
            if raw.events:
                self.scores += scores_of(raw)
            if WEIGHT in raw.attributes:
                self._add_weight(raw)
        for item, event in zip(decoded.event_items, decoded.events, strict=True):
            reference = Reference(record.position, record.length, item)
            self.joined.append(Joined(event.trace_id, event.span_id, reference))
            self.scores += scores_of(event)
        self.other += decoded.other
        self.replaced += decoded.replaced
        if decoded.reason is not None:
            self.skipped_count += 1
            self.skipped.append(Skipped(record.line, decoded.reason))
        elif decoded.bad:
            self.skipped.append(Skipped(record.line, f"{decoded.bad} of its spans have no ids"))

    def _add_weight(self, raw: RawSpan) -> None:
        found = weight_of(raw.trace_id, raw.attributes[WEIGHT], raw.attributes.get(KEPT_FOR))
        if found is not None:
            self.weights[raw.trace_id] = found

    def _add_span(self, span: Span, reference: Reference) -> None:
        """The later of two wins, unless it is still running and the earlier had ended."""
        key = (span.trace_id, span.span_id)
        place = self._places.setdefault(key, len(self.spans))
        if place == len(self.spans):
            self.spans.append(span)
            self.references.append(reference)
            return
        has_ended = self.spans[place].end_ns is not None
        self.duplicates += has_ended
        if span.end_ns is not None or not has_ended:
            self.spans[place] = span
            self.references[place] = reference


def format_of(path: Path, shape: Shape) -> str | None:
    """The name of the format by the beginning of a file: the first object that is whole, or that shows its keys,
    decides. None where it is no OTLP."""
    head = shape.head
    for match in _OBJECT.finditer(head):
        start = match.end() - 1
        end = find_end(head, start)
        keys = head[start : start + _KEYS_WITHIN] if end < 0 else head[start : min(end, start + _KEYS_WITHIN)]
        if CONSOLE_HEAD.search(keys):
            return "otel-console"
        if _REQUEST.search(keys) or _GROUP.search(keys) or _SPAN.search(keys):
            return "otlp-json" if _is_one_object(path, shape) else "otlp-jsonl"
        if end >= 0:
            return None
    return None


def _is_one_object(path: Path, shape: Shape) -> bool:
    """Whether a file of objects over several lines has only one. One that is longer than what is looked at is alone."""
    if shape.form != "objects":
        return False
    with open_file(path) as file:
        text = TextStream(file, path.stat().st_size, shape.wrapping).read_exactly(_LOOKED_AT)
    found = find_objects(text.removeprefix(UTF8_BOM), is_array=False, is_last=False)
    return len(found.spans) + found.is_open <= 1
