"""Rows → spans, as a mapping says. Compiled once, so that the work of each row is small.

The summary of a span reads no more of a row than it needs: a conversation stays the bytes that it is. What the span
carried is made of the row again (payload.py) when somebody looks at it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

from msgspec import Struct

from tracetui.model import Kind, Score, Span, Status, Usage
from tracetui.semconv.chat import Response, parse_response
from tracetui.sources.columns.access import getter, id_getter, raw_getter, text_getter
from tracetui.sources.columns.clock import Clock, compile_clock
from tracetui.sources.columns.mapping import Mapping
from tracetui.sources.columns.money import compile_cost, compile_usage
from tracetui.sources.columns.outcome import Outcome, compile_outcome
from tracetui.sources.columns.ratings import Target, compile_ratings
from tracetui.sources.columns.rest import compile_metadata, compile_tags
from tracetui.sources.columns.values import Row, compact_json, load_json, opened
from tracetui.sources.columns.words import kind_of

_ROOTS = frozenset({"0", "-1", "null", "none", "root"})
_NO_ANSWER = Response()


class MappedRow(Struct, frozen=True, gc=False):
    """What one row says. `is_open`: it is not finished and may be written again in its place. `is_timed`: the row
    itself says when it began; otherwise the span stands where its row does."""

    span: Span
    scores: tuple[Score, ...] = ()
    is_open: bool = False
    is_timed: bool = True


class Latest(Struct):
    """When the row before began, 0 where none said it."""

    start_ns: int = 0


class Mapper:
    """A compiled mapping. Call it with a row and the row's number or key; it gives a MappedRow, or None where the row
    says nothing of a call. The number 0 is for a row that is looked at again.

    `name` is the file's or table's, for the ids of rows that have none. Rows are used up: what was Raw may be decoded.
    """

    def __init__(
        self, mapping: Mapping, name: str, names: Collection[str] | None = None, latest: Latest | None = None
    ) -> None:
        self.mapping = mapping
        self.name = name
        here = mapping if names is None else mapping.narrowed(names)
        self._trace_id = id_getter(here, "trace_id")
        self._span_id = id_getter(here, "span_id")
        self._parent_id = id_getter(here, "parent_id")
        self._kind = _compile_kind(here)
        self._clock = compile_clock(here)
        self._outcome = compile_outcome(here)
        self._usage = compile_usage(here, mapping)
        self._cost = compile_cost(here)
        self._metadata = compile_metadata(here)
        self._tags = compile_tags(here)
        self._ratings = compile_ratings(here)
        self._output = raw_getter(here, "output")
        self._input = raw_getter(here, "input")
        self._arguments = raw_getter(here, "tool_arguments")
        self._has_usage = mapping.has("usage", "input_tokens", "output_tokens", "total_tokens")
        self._says_end = mapping.has("end", "duration")
        self._text = {field: text_getter(here, field) for field in _TEXTS}
        self._shows = _compile_shows(here)
        self._latest = latest or Latest()

    def narrowed(self, names: Collection[str]) -> Mapper:
        """The same for rows that have these columns and no others: nothing is looked for that is not there."""
        return Mapper(self.mapping, self.name, names, self._latest)

    def __call__(self, row: Row, number: int | str) -> MappedRow | None:
        """The span of a row, and the scores in it."""
        text = self._text
        model = text["model"](row)
        kind, word = self._kind(row)
        if kind is None and model is None and not self._shows(row):
            return None
        kind = self._kind_of_row(row, model, kind, word)
        outcome = self._outcome(row)
        usage = self._usage(row)
        answer = self._answer(row, outcome, usage, model) if kind in _ANSWERING else _NO_ANSWER
        recorded = self._clock(row)
        clock = self._times(recorded, number)
        status = self._status(row, outcome, answer, clock)
        label = f"{self.name}:{number}"
        model = model or answer.model
        tool_name = text["tool_name"](row)
        name = text["name"](row)
        parent = self._parent_id(row)
        metadata = self._metadata(row)
        if word is not None and kind_of(word) is None:
            metadata = {**metadata, "kind": word}
        # In the order of its fields: to find 27 fields by their names costs more than all that is read for them.
        span = Span(
            self._trace_id(row) or label,
            self._span_id(row) or label,
            None if parent is None or parent in _ROOTS else parent,
            kind,
            name or _default_name(kind, model, tool_name),
            clock.start_ns or 0,
            clock.end_ns,
            clock.ttft_ns,
            status,
            outcome.message or (answer.error if status == "error" else None),
            model,
            text["provider"](row),
            outcome.finish_reason or answer.finish_reason,
            usage if usage.is_recorded or answer.usage is None else answer.usage,
            self._cost(row),
            text["user_id"](row),
            text["session_id"](row),
            text["feature"](row),
            text["environment"](row),
            text["prompt_name"](row),
            text["prompt_version"](row),
            text["release"](row),
            tool_name or (name if kind == "tool" else None),
            self._tags(row),
            metadata,
            text["service_tier"](row) or answer.service_tier,
            text["response_id"](row) or answer.response_id,
        )
        scores = () if self._ratings is None else self._ratings(row, _target(span, label))
        is_open = status == "running" or (self._says_end and clock.end_ns is None)
        return MappedRow(span, scores, is_open, recorded.start_ns is not None)

    def _kind_of_row(self, row: Row, model: str | None, kind: Kind | None, word: str | None) -> Kind:
        if kind is not None:
            return kind
        if word is not None:
            return "generation" if model is not None and self._has_usage else "span"
        if self.mapping.kind is not None:
            return self.mapping.kind  # type: ignore[return-value]
        if model is None:
            return "tool" if self._is_tool(row) else "generation"
        lowered = model.lower()
        return "embedding" if "embed" in lowered else "reranker" if "rerank" in lowered else "generation"

    def _is_tool(self, row: Row) -> bool:
        """A row without a model that names a tool, or has a tool's arguments and no prompt."""
        if self._text["tool_name"](row) is not None:
            return True
        return self._arguments(row) is not None and self._input(row) is None

    def _times(self, clock: Clock, number: int | str) -> Clock:
        """Rows without any time stand where the row before them does, or in their order at 1970."""
        if clock.start_ns is not None:
            if number:
                self._latest.start_ns = clock.start_ns
            return clock
        start = self._latest.start_ns or (number if isinstance(number, int) else 1)
        return Clock(
            start, None if clock.length_ns is None else start + clock.length_ns, clock.ttft_ns, clock.length_ns
        )

    def _status(self, row: Row, outcome: Outcome, answer: Response, clock: Clock) -> Status:
        status = outcome.status
        if status == "error" or status == "running":
            return status
        if answer.is_refusal:
            return "refused"
        if status is not None:
            return status
        if answer.error is not None and not answer.messages:
            return "error"
        is_open = self._says_end and clock.end_ns is None and self._output(row) is None
        return "running" if is_open and outcome.finish_reason is None else "success"

    def _answer(self, row: Row, outcome: Outcome, usage: Usage, model: str | None) -> Response:
        """What only the answer itself tells, read only where it is an object that could tell more than columns did."""
        value = self._output(row)
        if value is None:
            return _NO_ANSWER
        data = _json_bytes(value)
        is_known = outcome.finish_reason is not None and usage.is_recorded and model is not None
        if not data or (is_known and b"refusal" not in data):
            return _NO_ANSWER
        loaded = opened(load_json(data))  # from the bytes: what was looked into before is half open
        return parse_response(loaded) if isinstance(loaded, dict | list) else _NO_ANSWER


_TEXTS = (
    "name", "model", "provider", "user_id", "session_id", "feature", "environment", "prompt_name", "prompt_version",
    "release", "tool_name", "service_tier", "response_id",
)  # fmt: skip
_ANSWERING = frozenset({"generation", "guardrail", "embedding", "reranker"})


def compile_mapping(mapping: Mapping, name: str = "rows") -> Mapper:
    """Compile a mapping for the rows of a table or file called `name`."""
    return Mapper(mapping, name)


def _json_bytes(value: Any) -> bytes:
    """The object or array that a value is, as bytes of JSON; b"" where it is plain text."""
    if isinstance(value, dict | list):
        return compact_json(value).encode("utf-8", "replace")
    if isinstance(value, bool | int | float):
        return b""
    if isinstance(value, str):
        return value.encode("utf-8", "replace") if value[:1] in ("{", "[") or value[:2] in ('"{', '"[') else b""
    data = bytes(value)
    return data if data[:1] in (b"{", b"[") or data[:2] in (b'"{', b'"[') else b""


def _compile_kind(mapping: Mapping) -> Callable[[Row], tuple[Kind | None, str | None]]:
    get = getter(mapping, "kind")
    if not mapping.has("kind"):
        return lambda _: (None, None)

    def kind(row: Row) -> tuple[Kind | None, str | None]:
        value = get(row)
        if not isinstance(value, str) or not value:
            return None, None
        return kind_of(value), value

    return kind


def _compile_shows(mapping: Mapping) -> Callable[[Row], bool]:
    """Whether a row without model and kind has anything else of a call."""
    gets = [raw_getter(mapping, field) for field in _SIGNS if mapping.has(field)]

    def shows(row: Row) -> bool:
        return any(get(row) is not None for get in gets)

    return shows


_SIGNS = (
    "input", "output", "usage", "input_tokens", "output_tokens", "total_tokens", "tool_name", "tool_arguments",
    "tool_result", "tool_calls", "parent_id", "cost", "trace_id", "status", "error",
)  # fmt: skip


def _default_name(kind: Kind, model: str | None, tool_name: str | None) -> str:
    if tool_name is not None:
        return tool_name
    if kind == "generation":
        return f"chat {model}" if model else "chat"
    return f"{kind} {model}" if model else kind


def _target(span: Span, row: str) -> Target:
    return Target(span.trace_id, span.span_id, row, span.end_ns or span.start_ns)
