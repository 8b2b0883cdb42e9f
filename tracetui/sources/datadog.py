"""Datadog LLM Observability: saved pages of its Export API, and what its SDKs send. docs/formats/datadog.md."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec

from tracetui.model import (
    MODEL_CALLS,
    Content,
    Cost,
    Json,
    Kind,
    Message,
    Payload,
    Score,
    Span,
    Status,
    Text,
    ToolCall,
    ToolResult,
    Unknown,
    Usage,
)
from tracetui.semconv.chat import parse_tools
from tracetui.semconv.json_text import opened
from tracetui.semconv.scalars import duration_of, number_of, text_of
from tracetui.semconv.usage import count, split_usage
from tracetui.sources.export_file import ExportFile, RowGiven
from tracetui.sources.export_values import Row, after, listed, moment, recorded, score, table, text
from tracetui.sources.head import Head
from tracetui.sources.record_file import Given

_KINDS: dict[str, Kind] = {
    "llm": "generation", "agent": "agent", "workflow": "chain", "task": "chain", "tool": "tool",
    "embedding": "embedding", "retrieval": "retriever", "experiment": "span",
}  # fmt: skip
_NO_PARENT = frozenset({"undefined", "", "0"})
_NANO_DOLLARS = 1e9
_PARTS = ("estimated_input_cost", "estimated_output_cost")
_IN_TAGS = {"user_id": ("user_id", "user_handle"), "session_id": ("session_id",), "environment": ("env",),
            "feature": ("feature",)}  # fmt: skip
_OWN_TAGS = frozenset({"service", "env", "ml_app", "error", "source", "language", "version", "user_id", "user_handle",
                       "session_id", "feature", "error_type"})  # fmt: skip


class DatadogExport(ExportFile):
    """One file of spans."""

    format = "datadog-llmobs"

    @staticmethod
    def recognise(head: Head) -> bool:
        """Whether the first record is a page, a span, its attributes, or what an SDK sends."""
        if head.columns:
            return False
        if not head.objects:
            return head.mentions("ml_app", "span_kind") or head.mentions("ml_app", "spans")
        return any(any(map(_is_known, _spans(record))) for record in head.objects[:3])

    def notes(self) -> Iterable[str]:
        """What was assumed."""
        yield from super().notes()
        yield "tokens and costs of llm and embedding spans only: agents and workflows can carry sums"
        yield "Datadog exports no finish reason and no error message: refusals are unknown, errors show their type"

    def map(self, record: Json, line: int) -> Given:
        """A page also says whether it is whole."""
        given = super().map(record, line)
        meta = record.get("meta") if isinstance(record, dict) else None
        if isinstance(meta, dict) and meta.get("status") == "timeout":
            reason = "this page is not whole: the server ran out of time (status timeout); ask for it again"
            return msgspec.structs.replace(given, skipped=(*given.skipped, reason))
        return given

    def rows(self, record: Json) -> Iterator[Json]:
        """The attributes of each span."""
        if not isinstance(record, dict):
            yield record
            return
        yield from _spans(record)

    def map_row(self, row: Row, line: int) -> RowGiven:
        """A span from its attributes."""
        return map_span(row)

    def unfold_row(self, row: Row, span: Span) -> Payload:
        """Messages where there are any, else the value."""
        return unfold_span(row)


def map_span(row: Row) -> RowGiven:
    """A span from its attributes."""
    trace_id, span_id = _identity(row, "trace_id"), _identity(row, "span_id")
    if trace_id is None or span_id is None:
        return RowGiven(skipped="no span of Datadog, or one without ids")
    start_ns = moment(row.get("start_ns"))
    if start_ns is None:
        return RowGiven(skipped="a span without a start time")
    meta = table(row, "meta")
    word = text(row, "span_kind") or text(meta, "kind", "span.kind")
    kind = _KINDS.get(word or "", "span")
    metrics, tags = table(row, "metrics"), _tags(row)
    parent_id = _identity(row, "parent_id")
    is_call = kind in MODEL_CALLS
    metadata = {**table(meta, "metadata"), **table(row, "metadata")}
    prompt = table(table(row, "input") or table(meta, "input"), "prompt") or table(metadata, "prompt")
    status = _status(row)
    usage = _usage(metrics) if is_call else Usage()
    span = Span(
        trace_id=trace_id,
        span_id=span_id,
        parent_id=None if parent_id in _NO_PARENT or parent_id == span_id else parent_id,
        kind=kind,
        name=text(row, "name") or word or "span",
        start_ns=start_ns,
        end_ns=after(start_ns, row.get("duration"), 1.0),
        ttft_ns=duration_of(metrics.get("time_to_first_token"), 1e9),
        status=status,
        status_message=_error(row, meta, tags) if status == "error" else None,
        model=text(row, "model_name") or text(meta, "model_name"),
        provider=_lower(text(row, "model_provider") or text(meta, "model_provider")),
        usage=usage,
        cost=_cost(metrics, usage) if is_call else Cost(),
        prompt_name=text(prompt, "id", "name"),
        prompt_version=text(prompt, "version"),
        release=_tag(tags, ("version",)),
        tool_name=text(row, "name") if kind == "tool" else None,
        tags=tuple(f"{key}:{value}" if value else key for key, value in tags if key not in _OWN_TAGS),
        metadata=metadata if word in _KINDS or word is None else {**metadata, "span_kind": word},
        user_id=_tag(tags, _IN_TAGS["user_id"]),
        session_id=text(row, "session_id") or _tag(tags, _IN_TAGS["session_id"]),
        environment=_tag(tags, _IN_TAGS["environment"]),
        feature=_tag(tags, _IN_TAGS["feature"]) or text(row, "ml_app"),
    )
    return RowGiven(span, _scores(row, trace_id, span_id))


def unfold_span(row: Row) -> Payload:
    """Messages where there are any, else the value."""
    meta = table(row, "meta")
    offered = listed(row, "tool_definitions") or listed(meta, "tool_definitions")
    attributes = {key: item for key, item in row.items() if key not in ("input", "output", "tool_definitions")}
    return Payload(
        _content(table(row, "input") or table(meta, "input")),
        _content(table(row, "output") or table(meta, "output")),
        parse_tools(offered),
        attributes,
    )


def _spans(record: Row) -> Iterator[Json]:
    """The attributes of the spans in a page, a resource, what an SDK sends, or the record itself."""
    data = record.get("data")
    if isinstance(data, list):
        for item in data:
            yield from _spans(item) if isinstance(item, dict) else (item,)
    elif isinstance(data, dict):
        yield from _spans(data)
    elif isinstance(record.get("attributes"), dict) and "span_id" not in record:
        attributes = record["attributes"]
        if isinstance(attributes.get("spans"), list):
            yield from _sent(attributes)
        else:
            yield attributes
    elif isinstance(record.get("spans"), list) and "span_id" not in record:
        yield from _sent(record)
    else:
        yield record


def _sent(envelope: Row) -> Iterator[Json]:
    """Spans as SDKs send them, with what stands once for all of them."""
    common = {key: envelope[key] for key in ("ml_app", "session_id") if envelope.get(key) is not None}
    common_tags = listed(envelope, "tags")
    for span in envelope["spans"]:
        if isinstance(span, dict):
            yield {**common, **span, "tags": [*common_tags, *listed(span, "tags")]}
        else:
            yield span


def _is_known(row: Json) -> bool:
    if not isinstance(row, dict) or "span_id" not in row or "trace_id" not in row or "start_ns" not in row:
        return False
    return "span_kind" in row or "ml_app" in row or isinstance(row.get("meta"), dict)


def _identity(row: Row, key: str) -> str | None:
    """An id as text. Decimal ids have 64 bits: a float would have lost digits, so it is none."""
    found = row.get(key)
    return None if isinstance(found, float) else text_of(found)


def _tags(row: Row) -> list[tuple[str, str]]:
    """Tags are `key:value`, split at the first colon; keys repeat."""
    found: list[tuple[str, str]] = []
    for tag in listed(row, "tags"):
        if isinstance(tag, str) and tag:
            key, _, value = tag.partition(":")
            found.append((key, value))
    return found


def _tag(tags: list[tuple[str, str]], keys: tuple[str, ...]) -> str | None:
    return next((value for wanted in keys for key, value in tags if key == wanted and value), None)


def _lower(word: str | None) -> str | None:
    return word.lower() if word else None


def _status(row: Row) -> Status:
    return "error" if text(row, "status") == "error" else "success" if "duration" in row else "running"


def _error(row: Row, meta: Row, tags: list[tuple[str, str]]) -> str | None:
    error = table(meta, "error") or table(row, "error")
    kind = text(error, "type") or text(meta, "error.type") or _tag(tags, ("error_type",))
    said = text(error, "message") or text(meta, "error.message")
    return f"{kind}: {said}" if kind and said else said or kind


def _usage(metrics: Row) -> Usage:
    before = count(metrics.get("input_tokens"))
    read, write = count(metrics.get("cache_read_input_tokens")), count(metrics.get("cache_write_input_tokens"))
    fresh = count(metrics.get("non_cached_input_tokens"))
    return split_usage(
        input=fresh if fresh is not None else before,
        output=count(metrics.get("output_tokens")),
        cache_read=read,
        cache_write=write,
        reasoning=count(metrics.get("reasoning_output_tokens")),
        total=count(metrics.get("total_tokens")),
        cached_in_input=fresh is None,
    )


def _cost(metrics: Row, usage: Usage) -> Cost:
    """Datadog counts billionths of a dollar."""
    total = number_of(metrics.get("estimated_total_cost"))
    if total is None:
        parts = [cost for key in _PARTS if (cost := number_of(metrics.get(key))) is not None]
        total = sum(parts) if parts else None
    return recorded(None if total is None else total / _NANO_DOLLARS, usage)


def _scores(row: Row, trace_id: str, span_id: str) -> tuple[Score, ...]:
    found: list[Score | None] = []
    for name, about in table(row, "evaluation").items():
        about = opened(about)
        if isinstance(about, dict):
            given, comment = about.get("value"), text(about, "reasoning", "assessment")
        else:
            given, comment = about, None
        found.append(score(trace_id, span_id, name, given, comment=comment))
    return tuple(one for one in found if one is not None)


_NOTHING_SAID: tuple[Row, ...] = ({}, {"content": "", "role": ""}, {"content": ""})
"""What a tracer sends as the answer of a call that failed."""


def _content(side: Row) -> Content:
    messages = [given for given in listed(side, "messages") if given not in _NOTHING_SAID]
    if messages:
        return tuple(map(_message, messages))
    documents = side.get("documents")
    found = side.get("value")
    if found in (None, "") and documents:
        return documents
    return opened(found) if found != "" else None


def _message(given: Json) -> Message:
    if not isinstance(given, dict):
        return Message("other", (Unknown(given),))
    parts: list[Text | ToolCall | ToolResult | Unknown] = []
    content = given.get("content")
    if isinstance(content, str) and content:
        parts.append(Text(content))
    elif content not in (None, ""):
        parts.append(Unknown(content))
    for call in listed(given, "tool_calls"):
        if isinstance(call, dict):
            parts.append(ToolCall(text(call, "tool_id", "id"), text(call, "name") or "", opened(call.get("arguments"))))
        else:
            parts.append(Unknown(call))
    for result in listed(given, "tool_results"):
        if isinstance(result, dict):
            parts.append(ToolResult(text(result, "tool_id", "id"), result.get("result"), False, text(result, "name")))
        else:
            parts.append(Unknown(result))
    return Message(text(given, "role") or "user", tuple(parts))
