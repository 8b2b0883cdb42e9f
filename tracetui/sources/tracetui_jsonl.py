"""Our own JSONL form: a line a span with everything it carried (docs/jsonl.md). Written by `tracetui export`, and by
any program that likes.

Each line stands for itself: it begins with `"tracetui": 1`, so that lines can be picked with grep and files joined
with cat. A line without a `span_id`, or with a `score`, is a score.
"""

from __future__ import annotations

import hashlib
import json
import re
from datetime import UTC, datetime, timedelta
from operator import attrgetter
from typing import Any

import msgspec
from msgspec import Struct

from tracetui.errors import UnreadableSource
from tracetui.model import KINDS, Content, Json, Payload, Score, ScoreSource, Span, ToolDefinition, Weight
from tracetui.semconv.chat import parse_content, parse_tools
from tracetui.semconv.json_text import without_surrogates
from tracetui.semconv.own_fields import weight_of
from tracetui.sources.base import Batch, Reference, Skipped
from tracetui.sources.cursors import FilePosition, dump_position
from tracetui.sources.head import Head
from tracetui.sources.lines import Chunk, Record
from tracetui.sources.lines_again import load_record
from tracetui.sources.raw_text import raw_text
from tracetui.sources.scored_file import ScoredFile

MARK = "tracetui"
"""The first key of every line."""
VERSION = 1

_FIRST_KEY = re.compile(rb'[\s\x1e\[]*\{\s*"tracetui"\s*:\s*\d')
_NEVER = -(2**63)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_OWN_TOOL_KEYS = frozenset(ToolDefinition.__struct_fields__)
_REPORTED = 20


class LineScore(Struct, frozen=True):
    """A score as it stands in a line; its target is the line's."""

    name: str
    id: str | None = None
    value: float | bool | None = None
    label: str | None = None
    comment: str | None = None
    source: ScoreSource = "human"
    author: str | None = None
    time_ns: int = 0


class SpanLine(Span, frozen=True, kw_only=True):
    """A line that is a span, without its payload. `start` and `end` are ISO 8601, for those who have no nanoseconds;
    `weight` and `kept_for` are what sampling decided of its trace."""

    tracetui: int
    start_ns: int = _NEVER
    start: str | None = None
    end: str | None = None
    scores: tuple[LineScore, ...] = ()
    score: LineScore | None = None
    weight: float | None = None
    kept_for: str = "rate"


class ScoreLine(Struct, frozen=True):
    """A line that is a score of a trace, or of a span of it."""

    tracetui: int
    trace_id: str
    score: LineScore
    span_id: str | None = None


_decoder = msgspec.json.Decoder(SpanLine)
_span_fields = attrgetter(*Span.__struct_fields__)


class TracetuiJsonlSource(ScoredFile):
    """One file of our JSONL form, in any wrapping; scores are saved beside it."""

    format = "tracetui-jsonl"

    @staticmethod
    def recognise(head: Head) -> bool:
        """Whether the first record begins with our key."""
        return _FIRST_KEY.match(head.shape.head) is not None

    def _batch(self, chunk: Chunk, position: FilePosition) -> Batch:
        return _batch_of_lines(chunk, dump_position(position))

    def payload(self, span: Span, reference: Reference, joined: tuple[Reference, ...] = ()) -> Payload:
        """Load the line of the span again. Where the line has no `raw`, the line itself is it."""
        mark = json.dumps(span.span_id, ensure_ascii=False).encode("utf-8", "replace")

        def is_right(line: bytes) -> bool:
            return mark in line or b"\\" in line  # an id may be written with escapes

        data = load_record(self.path, reference.position, reference.length, is_right)
        try:
            return payload_of(_parsed(data), raw_text(data))
        except ValueError as error:
            raise UnreadableSource(f"{self.path}: the line of span {span.span_id} is {error}; read it again") from error


def payload_of(line: dict[str, Json], text: str) -> Payload:
    """What a line says its span carried; `text` is the line."""
    attributes, events, raw = line.get("attributes"), line.get("events"), line.get("raw")
    return Payload(
        input=_content(line, "input", "user"),
        output=_content(line, "output", "assistant"),
        tools=_tools(line.get("tools")),
        attributes=attributes if isinstance(attributes, dict) else {},
        events=tuple(event for event in events if isinstance(event, dict)) if isinstance(events, list) else (),
        raw=raw if isinstance(raw, str) else text,
    )


def _content(line: dict[str, Json], name: str, role: str) -> Content:
    """`input` is taken for a conversation where it is one in any provider's shape, `input_value` never."""
    if f"{name}_value" in line:
        return line[f"{name}_value"]
    return parse_content(line.get(name), role=role)


def _tools(value: Json) -> tuple[ToolDefinition, ...]:
    if isinstance(value, list) and all(isinstance(tool, dict) and tool.keys() <= _OWN_TOOL_KEYS for tool in value):
        try:
            return msgspec.convert(value, tuple[ToolDefinition, ...])
        except msgspec.ValidationError:
            return parse_tools(value)
    return parse_tools(value)


def _batch_of_lines(chunk: Chunk, cursor: str) -> Batch:
    spans: list[Span] = []
    references: list[Reference] = []
    scores: list[Score] = []
    skipped: list[Skipped] = []
    skipped_count = 0
    weights: dict[str, Weight] = {}
    for record in chunk.records:
        try:
            line = _read_line(record)
        except ValueError as error:
            skipped_count += 1
            if len(skipped) < _REPORTED:
                skipped.append(Skipped(record.line, str(error)))
            continue
        scores += _scores_of(line)
        if isinstance(line, SpanLine) and line.score is None:
            spans.append(Span(*_span_fields(line)))
            references.append(Reference(record.position, record.length))
            if (weight := weight_of(line.trace_id, line.weight, line.kept_for)) is not None:
                weights[line.trace_id] = weight
    return Batch(
        cursor=cursor,
        done=chunk.done,
        total=chunk.total,
        spans=tuple(spans),
        references=tuple(references),
        scores=tuple(scores),
        weights=tuple(weights.values()),
        skipped=tuple(skipped),
        skipped_count=skipped_count,
        other=chunk.text_lines,
        incomplete=chunk.incomplete,
        reset=chunk.reset,
        notice=chunk.notice,
    )


def _read_line(record: Record) -> SpanLine | ScoreLine:
    """Read one line. Raises ValueError, whose text is the reason why it gives nothing."""
    try:
        line: SpanLine | ScoreLine = _decoder.decode(record.data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        line = _read_with_care(record.data)
    if line.tracetui > VERSION:
        raise ValueError(f"of version {line.tracetui}, and this tracetui knows {VERSION}; upgrade tracetui")
    if isinstance(line, ScoreLine) or line.score is not None:
        return line
    if line.weight is not None and weight_of(line.trace_id, line.weight, line.kept_for) is None:
        raise ValueError("with a weight that is no number from 1 up")
    return _timed(line) if line.start_ns == _NEVER or line.end else line


def _read_with_care(data: bytes) -> SpanLine | ScoreLine:
    """As the decoder does it, for lines that it refuses: null for absent, a kind of one's own, NaN, a lone surrogate."""
    value = {key: without_surrogates(inner) for key, inner in _parsed(data).items() if inner is not None}
    if MARK not in value:
        raise ValueError(f'without "{MARK}": {VERSION}')
    if value.get("kind") not in KINDS:
        value["kind"] = "span"
    kind: type[SpanLine | ScoreLine] = ScoreLine if "score" in value else SpanLine
    try:
        return msgspec.convert(value, kind)
    except msgspec.ValidationError as error:
        raise ValueError(str(error)) from error


def _parsed(data: bytes) -> dict[str, Json]:
    """The object on a line. Raises ValueError."""
    try:
        value = msgspec.json.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        try:
            value = json.loads(data.decode("utf-8", "replace"))
        except ValueError as error:
            raise ValueError(f"not JSON ({error})") from error
        except RecursionError as error:
            raise ValueError("nested too deeply to be read") from error
    if not isinstance(value, dict):
        raise ValueError("no JSON object")
    return value


def _timed(line: SpanLine) -> SpanLine:
    """A span with its times from `start` and `end`. Raises ValueError where there is no start."""
    if line.start_ns == _NEVER and line.start is None:
        raise ValueError("without start_ns")
    changes: dict[str, Any] = {}
    if line.start is not None and line.start_ns == _NEVER:
        changes["start_ns"] = _nanoseconds(line.start)
    if line.end is not None and line.end_ns is None:
        changes["end_ns"] = _nanoseconds(line.end)
    return msgspec.structs.replace(line, **changes)


def _nanoseconds(text: str) -> int:
    """ISO 8601 → ns since the epoch; a time without a zone is UTC. Raises ValueError."""
    moment = datetime.fromisoformat(text)
    moment = moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
    return (moment - _EPOCH) // timedelta(microseconds=1) * 1000


def _scores_of(line: SpanLine | ScoreLine) -> list[Score]:
    scores = [line.score] if line.score is not None else []
    if isinstance(line, SpanLine):
        scores += line.scores
    return [_score(line.trace_id, line.span_id, score) for score in scores]


def _score(trace_id: str, span_id: str | None, given: LineScore) -> Score:
    identity = given.id or hashlib.sha256(msgspec.json.encode((trace_id, span_id, given))).hexdigest()[:32]
    return Score(
        identity,
        trace_id,
        span_id,
        given.name,
        given.value,
        given.label,
        given.comment,
        given.source,
        given.author,
        given.time_ns,
    )
