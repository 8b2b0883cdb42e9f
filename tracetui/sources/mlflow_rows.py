"""Rows of an MLflow tracking store → spans and scores. docs/formats/mlflow.md says where each fact stands."""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import Struct

from tracetui.model import Content, Cost, Json, Kind, Payload, Score, ScoreSource, Span, Status, ToolDefinition, Usage
from tracetui.semconv.attributes import RawEvent, RawSpan, interpret, unfold
from tracetui.semconv.chat import Response, parse_content, parse_request, parse_response, parse_tools
from tracetui.semconv.json_text import opened, parse_json_text, parse_scalar_text
from tracetui.semconv.scalars import number_of, text_of
from tracetui.semconv.times import nanoseconds
from tracetui.semconv.usage import count, split_usage

BROKEN = "its content is not a JSON object; the rest of the span is shown"
KINDS: dict[str, Kind] = {
    "AGENT": "agent", "CHAIN": "chain", "WORKFLOW": "chain", "TASK": "chain", "LLM": "generation",
    "CHAT_MODEL": "generation", "TOOL": "tool", "RETRIEVER": "retriever", "EMBEDDING": "embedding",
    "RERANKER": "reranker", "GUARDRAIL": "guardrail", "EVALUATOR": "evaluator",
}  # fmt: skip
_SOURCES: dict[str, ScoreSource] = {"HUMAN": "human", "LLM_JUDGE": "llm", "AI_JUDGE": "llm", "CODE": "code"}
_STATUS = {"OK": 1, "ERROR": 2}
_TRACE_STATUS: dict[str, Status] = {"ERROR": "error", "IN_PROGRESS": "running"}
_MS = 1_000_000
_YES = ("1", "true", "True", "")
_PRIVATE = "mlflow."
_ENVIRONMENTS = ("environment", "deployment.environment")
ID_KEY, LABEL_KEY = "tracetui.id", "tracetui.label"
"""Keys in the metadata of an assessment of ours."""


class SpanRow(Struct, frozen=True):
    """One span: a row of `spans`, or an entry of a trace's `traces.json`."""

    row_id: int
    trace_id: str
    span_id: str
    parent_id: str | None
    name: str | None
    type: str | None
    status: str | None
    start_ns: int | None
    end_ns: int | None
    content: str | None
    cost: float | None = None
    model: str | None = None
    provider: str | None = None


class TraceRow(Struct, frozen=True):
    """What a trace says about all its spans."""

    trace_id: str
    experiment: str | None = None
    start_ms: int | None = None
    duration_ms: int | None = None
    status: str | None = None
    name: str | None = None
    session: str | None = None
    request: str | None = None
    response: str | None = None
    tags: dict[str, str] = {}
    metadata: dict[str, str] = {}


class AssessmentRow(Struct, frozen=True):
    """One valid assessment."""

    assessment_id: str
    trace_id: str
    name: str | None
    value: str | None
    error: str | None
    updated_ms: int | None
    source_type: str | None
    source_id: str | None
    span_id: str | None
    rationale: str | None
    metadata: str | None


def content_of(row: SpanRow) -> dict[str, Json]:
    """The JSON of a span; {} where it is none."""
    value = parse_json_text(row.content or "")
    return value if isinstance(value, dict) else {}


def attributes_of(content: dict[str, Json]) -> dict[str, Json]:
    """The attributes, each of which is JSON within a text."""
    found = content.get("attributes")
    if not isinstance(found, dict):
        return {}
    return {key: parse_scalar_text(value) if isinstance(value, str) else value for key, value in found.items()}


def raw_span(row: SpanRow, content: dict[str, Json], attributes: dict[str, Json]) -> RawSpan:
    """The span in the form of every dialect; what MLflow itself wrote is looked at afterwards."""
    status = content.get("status")
    message = status.get("message") if isinstance(status, dict) else content.get("status_message")
    return RawSpan(
        trace_id=row.trace_id,
        span_id=row.span_id,
        parent_id=row.parent_id or None,
        name=row.name or "",
        start_ns=row.start_ns or 0,
        end_ns=row.end_ns,
        status_code=_STATUS.get((row.status or "").upper().removeprefix("STATUS_CODE_"), 0),
        status_message=text_of(message),
        attributes=attributes,
        events=tuple(_events(content.get("events"))),
        raw=msgspec.json.encode(row).decode("utf-8", "replace"),
    )


def _events(listed: Json) -> list[RawEvent]:
    found = listed if isinstance(listed, list) else []
    return [
        RawEvent(
            text_of(event.get("name")) or "",
            nanoseconds(event.get("time_unix_nano", event.get("timestamp"))) or 0,
            event["attributes"] if isinstance(event.get("attributes"), dict) else {},
        )
        for event in found
        if isinstance(event, dict)
    ]


def span_of(row: SpanRow, trace: TraceRow) -> Span:
    """The summary of a span, with what its trace says."""
    content = content_of(row)
    attributes = attributes_of(content)
    span = interpret(raw_span(row, content, attributes))
    word = row.type or text_of(attributes.get("mlflow.spanType")) or ""
    kind = KINDS.get(word.upper(), "span") if word.upper() not in ("", "UNKNOWN") else span.kind
    output = attributes.get("mlflow.spanOutputs")
    is_call = kind in ("generation", "embedding")
    response = parse_response(output) if is_call and output is not None else Response()
    status: Status = "refused" if response.is_refusal and span.status in ("success", "running") else span.status
    prompt = _prompt(attributes.get("mlflow.linkedPrompts"))
    if prompt == (None, None) and (kind == "generation" or row.parent_id is None):
        prompt = _prompt(trace.tags.get("mlflow.linkedPrompts"))
    span = msgspec.structs.replace(
        span,
        kind=kind,
        status=status,
        model=row.model or text_of(attributes.get("mlflow.llm.model")) or span.model or response.model,
        provider=_lower(row.provider or text_of(attributes.get("mlflow.llm.provider"))) or span.provider,
        finish_reason=response.finish_reason or span.finish_reason,
        usage=_usage(attributes.get("mlflow.chat.tokenUsage"), response.usage) or span.usage,
        cost=_cost(row.cost, attributes.get("mlflow.llm.cost")) or span.cost,
        prompt_name=prompt[0] or span.prompt_name,
        prompt_version=prompt[1] or span.prompt_version,
        tool_name=(row.name or None) if kind == "tool" else None,
        response_id=response.response_id or span.response_id,
        service_tier=response.service_tier or span.service_tier,
    )
    return _with_trace(span, trace)


def _with_trace(span: Span, trace: TraceRow) -> Span:
    own = {key: value for key, value in (*trace.metadata.items(), *trace.tags.items()) if not key.startswith(_PRIVATE)}
    metadata = {**own, **span.metadata}
    if trace.experiment:
        metadata.setdefault("project", trace.experiment)
    return msgspec.structs.replace(
        span,
        user_id=trace.metadata.get("mlflow.trace.user") or span.user_id,
        session_id=trace.session or trace.metadata.get("mlflow.trace.session") or span.session_id,
        environment=next((own[key] for key in _ENVIRONMENTS if own.get(key)), span.environment),
        tags=tuple(
            key if value in _YES else f"{key}:{value}"
            for key, value in sorted(trace.tags.items())
            if not key.startswith(_PRIVATE)
        )
        or span.tags,
        metadata=metadata,
    )


def whole_trace(trace: TraceRow) -> Span:
    """A trace of which no span is there (yet), as one span with the id of the trace."""
    start_ns = (trace.start_ms or 0) * _MS
    status = _TRACE_STATUS.get(trace.status or "", "success")
    is_open = status == "running" or trace.duration_ms is None
    prompt = _prompt(trace.tags.get("mlflow.linkedPrompts"))
    span = Span(
        trace_id=trace.trace_id,
        span_id=trace.trace_id,
        kind="span",
        name=trace.name or trace.tags.get("mlflow.traceName") or "",
        start_ns=start_ns,
        end_ns=None if is_open else start_ns + (trace.duration_ms or 0) * _MS,
        status="running" if is_open and status == "success" else status,
        usage=_usage(opened(trace.metadata.get("mlflow.trace.tokenUsage")), None) or Usage(),
        cost=_cost(None, opened(trace.metadata.get("mlflow.trace.cost"))) or Cost(),
        prompt_name=prompt[0],
        prompt_version=prompt[1],
    )
    return _with_trace(span, trace)


def payload_of(row: SpanRow) -> Payload:
    """What a span carried."""
    content = content_of(row)
    attributes = attributes_of(content)
    payload = unfold(raw_span(row, content, attributes))
    said: Content = parse_content(attributes.get("mlflow.spanInputs"))
    answered: Content = parse_content(attributes.get("mlflow.spanOutputs"), role="assistant")
    return msgspec.structs.replace(
        payload,
        input=payload.input if said is None else said,
        output=payload.output if answered is None else answered,
        tools=_tools(attributes) or payload.tools,
    )


def preview_of(trace: TraceRow) -> Payload:
    """What is known of a trace without spans: the beginnings of its request and response."""
    raw = msgspec.json.encode(trace).decode()
    return Payload(input=parse_content(trace.request), output=parse_content(trace.response, role="assistant"), raw=raw)


def _tools(attributes: dict[str, Json]) -> tuple[ToolDefinition, ...]:
    offered = attributes.get("mlflow.chat.tools")
    if offered:
        return parse_tools(offered)
    said = attributes.get("mlflow.spanInputs")
    return parse_request(said).tools if isinstance(said, dict) and said.get("tools") else ()


def _usage(recorded: Json, raw: Usage | None) -> Usage | None:
    """MLflow's count, in which the input has the cached tokens; reasoning is only in the answer's own usage."""
    if not isinstance(recorded, dict) or count(recorded.get("input_tokens", recorded.get("output_tokens"))) is None:
        return raw
    return split_usage(
        input=count(recorded.get("input_tokens")),
        output=count(recorded.get("output_tokens")),
        cache_read=count(recorded.get("cache_read_input_tokens")),
        cache_write=count(recorded.get("cache_creation_input_tokens")),
        reasoning=raw.reasoning if raw is not None else None,
        total=count(recorded.get("total_tokens")),
        cached_in_input=True,
    )


def _cost(column: float | None, attribute: Json) -> Cost | None:
    usd = number_of(column)
    if usd is None and isinstance(attribute, dict):
        usd = number_of(attribute.get("total_cost"))
    return None if usd is None else Cost(usd, "recorded")


def _prompt(linked: Json) -> tuple[str | None, str | None]:
    listed = opened(linked)
    first = listed[0] if isinstance(listed, list) and listed else None
    if not isinstance(first, dict):
        return None, None
    return text_of(first.get("name")), text_of(first.get("version"))


def _lower(text: str | None) -> str | None:
    return text.lower() if text else None


def score_of(row: AssessmentRow) -> Score:
    """An assessment as a score. A judge that failed is a score without a value, its error as the comment."""
    value = parse_scalar_text(row.value or "null")
    own = parse_json_text(row.metadata or "")
    own = own if isinstance(own, dict) else {}
    number: float | bool | None = None
    label = text_of(own.get(LABEL_KEY))
    if isinstance(value, bool):
        number = value
    elif isinstance(value, int | float) and abs(value) < float("inf"):
        number = float(value)
    elif isinstance(value, str):
        label = value or None
    elif isinstance(value, list | dict):
        label = msgspec.json.encode(value).decode()
    return Score(
        id=text_of(own.get(ID_KEY)) or f"{row.assessment_id}@{row.updated_ms}",
        trace_id=row.trace_id,
        span_id=row.span_id or None,
        name=row.name or "",
        value=number,
        label=label,
        comment=row.rationale or _failure(row.error),
        source=_SOURCES.get((row.source_type or "").upper(), "api"),
        author=row.source_id or None,
        time_ns=(row.updated_ms or 0) * _MS if isinstance(row.updated_ms, int) else 0,
    )


def _failure(error: str | None) -> str | None:
    value = parse_json_text(error or "")
    if not isinstance(value, dict):
        return error or None
    code, message = text_of(value.get("error_code")), text_of(value.get("error_message"))
    return f"{code}: {message}" if code and message else message or code


def integer(value: Any) -> int | None:
    """A whole number, None for anything else."""
    return value if isinstance(value, int) and not isinstance(value, bool) else None
