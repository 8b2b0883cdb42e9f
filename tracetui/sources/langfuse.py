"""Langfuse's exports (CSV, JSON, JSONL), downloads of one trace, pages of its API, and the folders of its blob storage.

One file holds observations, traces or scores; together they are the whole truth, joined by ids. A trace's own row stands
in for the trace until an observation of it is read. docs/formats/langfuse.md has the columns.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from tracetui.model import MODEL_CALLS, Content, Cost, Json, Kind, Payload, Span, Status, ToolDefinition, Usage
from tracetui.semconv.chat import is_refusal, parse_content, parse_request, parse_response
from tracetui.semconv.json_text import opened, parse_scalar_text
from tracetui.semconv.scalars import duration_of
from tracetui.sources.export_file import SOMETHING_ELSE, ExportFile, Row, RowGiven
from tracetui.sources.export_values import after, between, listed, moment, recorded, table, tags_of, text
from tracetui.sources.head import Head
from tracetui.sources.langfuse_rows import column_scores, cost_of, score_of, usage_of_row
from tracetui.store.trace_facts import is_stand_in, stand_in_id

_KINDS: dict[str, Kind] = {
    "GENERATION": "generation", "SPAN": "span", "EVENT": "event", "AGENT": "agent", "TOOL": "tool", "CHAIN": "chain",
    "RETRIEVER": "retriever", "EVALUATOR": "evaluator", "EMBEDDING": "embedding", "GUARDRAIL": "guardrail",
}  # fmt: skip
_IDS = ("id", "span_id", "spanId")
_PARENTS = ("parentObservationId", "parent_observation_id", "parent_span_id", "parentSpanId")
_OWN = ("usageDetails", "usage_details", "costDetails", "cost_details", "provided_model_name")
_TRACE_IDS = ("traceId", "trace_id")
_STARTS = ("startTime", "start_time")
_TRACE_SIGNS = ("bookmarked", "public", "htmlPath", "externalId", "external_id", "userId", "user_id")
_PROVIDERS = ("gen_ai.provider.name", "gen_ai.system", "llm.provider", "llm.system")


class LangfuseExport(ExportFile):
    """One file of Langfuse's observations, traces or scores."""

    format = "langfuse"

    @staticmethod
    def recognise(head: Head) -> bool:
        """Whether the first record, or the header, is of one of the three tables or of a download."""
        if head.columns:
            return _is_known(dict.fromkeys(head.columns, "?"))
        return any(_is_whole(record) or _is_known(_first_row(record)) for record in head.objects[:3]) or (
            not head.objects
            and (
                head.mentions("trace", "bookmarked", "projectId")
                or head.mentions("traceId", "parentObservationId")
                or head.mentions("trace_id", "parent_observation_id")
            )
        )

    def notes(self) -> Iterable[str]:
        """What was assumed."""
        yield from super().notes()
        yield "tokens and costs of generations and embeddings only: agents and spans repeat what is below them"
        yield "a cost of 0 beside tokens is no price; Langfuse keeps no finish reason, so few refusals are known"

    def rows(self, record: Json) -> Iterator[Json]:
        """The rows of a page; of a download or a trace by id the trace, its observations and its scores."""
        if not isinstance(record, dict):
            yield record
        elif isinstance(record.get("trace"), dict) and isinstance(record.get("observations"), list):
            yield from _whole_trace(record["trace"], record["observations"])
        elif isinstance(record.get("data"), list):
            for row in record["data"]:
                yield from self.rows(row) if isinstance(row, dict) and "data" not in row else (row,)
        elif _is_trace(record) and any(isinstance(item, dict) for item in listed(record, "observations")):
            yield from _whole_trace(record, record["observations"])
        else:
            yield record

    def map_row(self, row: Row, line: int) -> RowGiven:
        """An observation, a trace that stands in, or a score."""
        return map_row(row)

    def unfold_row(self, row: Row, span: Span) -> Payload:
        """Input, output, tools, and everything else of the row as attributes."""
        return unfold_row(row, span)


def map_row(row: Row) -> RowGiven:
    """An observation, a trace that stands in, or a score, as exports and the API have them."""
    if _is_score(row):
        found = score_of(row)
        return RowGiven(scores=(found,)) if found is not None else SOMETHING_ELSE
    if _is_observation(row):
        return observation_row(row)
    if _is_trace(row):
        return trace_row(row)
    return RowGiven(skipped="neither an observation nor a trace nor a score of Langfuse")


def unfold_row(row: Row, span: Span) -> Payload:
    """Input, output, tools, and everything else of the row as attributes."""
    said, answered = _unpacked(row.get("input")), _unpacked(row.get("output"))
    attributes = {key: item for key, item in row.items() if key not in ("input", "output") and item is not None}
    return Payload(
        parse_content(_without_settings(said)),
        parse_content(answered, role="assistant" if not is_stand_in(span) else "user"),
        _tools(said, row),
        attributes,
    )


def _whole_trace(trace: Row, observations: list[Json]) -> Iterator[Json]:
    yield {key: item for key, item in trace.items() if key not in ("observations", "scores")}
    user = {key: trace[key] for key in ("userId", "sessionId") if trace.get(key) is not None}
    for observation in observations:
        yield {**user, **observation} if isinstance(observation, dict) else observation
    for given in listed(trace, "scores"):
        if isinstance(given, dict):
            yield {"traceId": trace.get("id"), **given}


def _first_row(record: Row) -> Row:
    rows = record.get("data")
    if isinstance(rows, list):
        return rows[0] if rows and isinstance(rows[0], dict) else {}
    return record


def _is_known(row: Row) -> bool:
    return (
        (_is_observation(row) and (any(key in row for key in _PARENTS[:2]) or _has(row, _OWN) or _is_type(row)))
        or (_is_score(row) and ("dataType" in row or "data_type" in row))
        or _is_trace(row)
    )


def _is_whole(record: Row) -> bool:
    trace = record.get("trace")
    return isinstance(trace, dict) and isinstance(record.get("observations"), list) and _is_trace(trace)


def _has(row: Row, keys: tuple[str, ...]) -> bool:
    return any(key in row for key in keys)


def _is_observation(row: Row) -> bool:
    return _has(row, _TRACE_IDS) and _has(row, _STARTS) and _has(row, _IDS)


def _is_type(row: Row) -> bool:
    """Whether a row's type is one of Langfuse's words, which are in capitals."""
    word = row.get("type")
    return isinstance(word, str) and word in _KINDS


def _is_score(row: Row) -> bool:
    """Scores have a value and a source; observations have neither."""
    if _has(row, _STARTS) or "name" not in row:
        return False
    return "dataType" in row or "data_type" in row or ("value" in row and "source" in row)


def _is_trace(row: Row) -> bool:
    if _has(row, _TRACE_IDS) or not ("id" in row and "timestamp" in row):
        return False
    return sum(key in row for key in _TRACE_SIGNS) >= 2


def observation_row(row: Row) -> RowGiven:
    """A row that is known to be an observation."""
    trace_id, span_id = text(row, *_TRACE_IDS), text(row, *_IDS)
    start_ns = moment(row.get("startTime") or row.get("start_time"))
    if trace_id is None or span_id is None:
        return RowGiven(skipped="an observation without an id or a trace id")
    if start_ns is None:
        return RowGiven(skipped="an observation without a start time")
    kind = _KINDS.get((text(row, "type") or "").upper(), "span")
    end_ns = moment(row.get("endTime") or row.get("end_time"))
    if end_ns is None and kind == "event":
        end_ns = start_ns
    metadata = _metadata(row)
    status = _status(row, kind, end_ns, metadata)
    is_call = kind in MODEL_CALLS
    span = Span(
        trace_id=trace_id,
        span_id=span_id,
        parent_id=text(row, *_PARENTS),
        kind=kind,
        name=text(row, "name") or kind,
        start_ns=start_ns,
        end_ns=end_ns,
        ttft_ns=_ttft(row, start_ns),
        status=status,
        status_message=text(row, "statusMessage", "status_message"),
        model=text(row, "model", "providedModelName", "provided_model_name"),
        provider=_provider(metadata),
        finish_reason=text(metadata, "finish_reason"),
        usage=usage_of_row(row) if is_call else Usage(),
        cost=recorded(cost_of(row)) if is_call else Cost(),
        user_id=text(row, "userId", "user_id"),
        session_id=text(row, "sessionId", "session_id"),
        feature=text(metadata, "feature"),
        environment=text(row, "environment"),
        prompt_name=text(row, "promptName", "prompt_name"),
        prompt_version=text(row, "promptVersion", "prompt_version"),
        release=text(row, "release"),
        tool_name=text(row, "name") if kind == "tool" else None,
        tags=tags_of(row, "traceTags", "trace_tags", "tags"),
        metadata=metadata,
    )
    return RowGiven(span, column_scores(row, trace_id, span_id), version=text(row, "updatedAt", "updated_at"))


def trace_row(row: Row) -> RowGiven:
    """A trace's own row: a span that stands in for the trace."""
    trace_id, start_ns = text(row, "id"), moment(row.get("timestamp"))
    if trace_id is None or start_ns is None:
        return RowGiven(skipped="a trace without an id or a time")
    metadata = _metadata(row)
    span = Span(
        trace_id=trace_id,
        span_id=stand_in_id(trace_id),
        name=text(row, "name") or "trace",
        start_ns=start_ns,
        end_ns=after(start_ns, row.get("latency"), 1e9),
        user_id=text(row, "userId", "user_id"),
        session_id=text(row, "sessionId", "session_id"),
        feature=text(metadata, "feature"),
        environment=text(row, "environment"),
        release=text(row, "release"),
        tags=tags_of(row, "tags"),
        metadata=metadata,
    )
    return RowGiven(span, column_scores(row, trace_id, None), version=text(row, "updatedAt", "updated_at"))


def _metadata(row: Row) -> dict[str, Json]:
    found = _unpacked(row.get("metadata"))
    names, values = listed(row, "metadata_names"), listed(row, "metadata_values")
    if names and found is None:
        found = {str(name): value for name, value in zip(names, values, strict=False)}
    if not isinstance(found, dict):
        return {} if found in (None, "") else {"metadata": found}
    return {key: opened(item) for key, item in found.items()}


def _provider(metadata: Row) -> str | None:
    found = text(metadata, "provider", "ls_provider") or text(table(metadata, "attributes"), *_PROVIDERS)
    return found.lower() if found else None


def _ttft(row: Row, start_ns: int) -> int | None:
    at = between(start_ns, row.get("completionStartTime") or row.get("completion_start_time"))
    return at if at is not None else duration_of(row.get("timeToFirstToken") or row.get("time_to_first_token"), 1e9)


def _status(row: Row, kind: Kind, end_ns: int | None, metadata: Row) -> Status:
    if text(row, "level") == "ERROR":
        return "error"
    if kind == "generation" and (is_refusal(text(metadata, "finish_reason")) or _refuses(row.get("output"))):
        return "refused"
    return "running" if end_ns is None else "success"


def _refuses(output: Json) -> bool:
    if isinstance(output, str):
        if "refusal" not in output:
            return False
        output = _unpacked(output)
    return _tells_refusal(output, 4) and parse_response(output).is_refusal


def _tells_refusal(output: Json, deeper: int) -> bool:
    """Whether it can be worth while to understand an answer: one of its objects speaks of a refusal or a finish."""
    if isinstance(output, dict):
        return any(output.get(sign) for sign in _SIGNS) or (
            deeper > 0 and any(_tells_refusal(item, deeper - 1) for item in output.values() if type(item) in _NESTED)
        )
    if isinstance(output, list):
        return deeper > 0 and any(_tells_refusal(item, deeper - 1) for item in output if type(item) in _NESTED)
    return False


_NESTED = (dict, list)
_SIGNS = ("refusal", "finish_reason", "finishReason", "stop_reason", "stopReason", "promptFeedback")


def _unpacked(found: Json) -> Json:
    """JSON text opened; a download writes even plain text as JSON text, in quotes."""
    if isinstance(found, str) and found[:1] == '"' and found[-1:] == '"':
        found = parse_scalar_text(found)
    return opened(found)


def _without_settings(said: Json) -> Content:
    if isinstance(said, dict) and isinstance(said.get("messages"), list):
        return parse_request({key: item for key, item in said.items() if key != "tools"}).messages or said
    return said


def _tools(said: Json, row: Row) -> tuple[ToolDefinition, ...]:
    if isinstance(said, dict) and "tools" in said:
        return parse_request(said).tools
    offered = table(row, "toolDefinitions", "tool_definitions")
    return tuple(ToolDefinition(name, None, opened(item)) for name, item in offered.items())
