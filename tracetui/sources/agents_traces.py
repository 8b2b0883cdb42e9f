"""Traces of the OpenAI Agents SDK as its exporters send them, a trace or a span a line. docs/formats/agents-traces.md."""

from __future__ import annotations

from collections.abc import Iterable

from tracetui.model import Json, Kind, Payload, Span, Status, Usage
from tracetui.semconv.chat import parse_content, parse_response, parse_tools
from tracetui.semconv.json_text import opened
from tracetui.semconv.usage import usage_of
from tracetui.sources.export_file import ExportFile, RowGiven
from tracetui.sources.export_values import Row, moment, table, text, value
from tracetui.sources.head import Head
from tracetui.store.trace_facts import is_stand_in, stand_in_id

_KINDS: dict[str, Kind] = {
    "agent": "agent", "function": "tool", "generation": "generation", "response": "generation", "guardrail": "guardrail",
    "handoff": "span", "mcp_tools": "span", "custom": "span", "transcription": "generation", "speech": "generation",
    "speech_group": "span", "task": "chain", "turn": "chain",
}  # fmt: skip
_OBJECTS = ("trace", "trace.span")


class AgentsTraces(ExportFile):
    """One file of traces and spans."""

    format = "openai-agents-traces"

    @staticmethod
    def recognise(head: Head) -> bool:
        """Whether the first record is a trace or a span of the SDK."""
        if head.columns:
            return False
        if not head.objects:
            return head.mentions("span_data", "started_at")
        return any(_is_known(_first(record)) for record in head.objects[:3])

    def notes(self) -> Iterable[str]:
        """What was assumed."""
        yield from super().notes()
        yield "input_tokens contains the cached tokens; group_id is the session"

    def map_row(self, row: Row, line: int) -> RowGiven:
        """A span, or what is said of a whole trace."""
        if row.get("object") == "trace":
            return _trace(row)
        trace_id, span_id = text(row, "trace_id"), text(row, "id")
        start_ns = moment(row.get("started_at"))
        if row.get("object") != "trace.span" or trace_id is None or span_id is None:
            return RowGiven(skipped="no trace and no span of the Agents SDK")
        if start_ns is None:
            return RowGiven(skipped="a span without a start time")
        data = table(row, "span_data")
        word = text(data, "type") or "custom"
        kind = _KINDS.get(word, "span")
        output = _output(data)
        answer = parse_response(output) if kind == "generation" else None
        end_ns = moment(row.get("ended_at"))
        usage = (usage_of(table(data, "usage")) or (answer.usage if answer else None)) if kind == "generation" else None
        own = table(table(data, "response"), "metadata")
        span = Span(
            trace_id=trace_id,
            span_id=span_id,
            parent_id=text(row, "parent_id"),
            kind=kind,
            name=_name(data, word),
            start_ns=start_ns,
            end_ns=end_ns,
            status=_status(row, end_ns, answer is not None and answer.is_refusal),
            status_message=_error(row),
            model=(text(data, "model") or (answer.model if answer else None)) if kind == "generation" else None,
            finish_reason=answer.finish_reason if answer else None,
            usage=usage or Usage(),
            tool_name=text(data, "name") if kind == "tool" else None,
            metadata={**own, **({} if word in _KINDS else {"span_type": word})},
            response_id=text(data, "response_id") or (answer.response_id if answer else None),
        )
        return RowGiven(span)

    def unfold_row(self, row: Row, span: Span) -> Payload:
        """Messages of model calls; input and output of tools; everything else as attributes."""
        data = table(row, "span_data")
        if is_stand_in(span):
            return Payload(attributes=row)
        is_call = span.kind == "generation"
        said, answered = value(data, "input"), _output(data)
        offered = data.get("tools") if is_call else None
        attributes = {key: item for key, item in data.items() if key not in ("input", "output") and item is not None}
        return Payload(
            parse_content(said) if is_call else said,
            parse_content(answered, role="assistant") if is_call else answered,
            parse_tools(offered or table(data, "response").get("tools")) if is_call else (),
            attributes,
        )


def _first(record: Row) -> Row:
    rows = record.get("data")
    return rows[0] if isinstance(rows, list) and rows and isinstance(rows[0], dict) else record


def _is_known(row: Row) -> bool:
    if row.get("object") == "trace":
        return "workflow_name" in row or "group_id" in row
    return row.get("object") == "trace.span" and "span_data" in row


def _trace(row: Row) -> RowGiven:
    trace_id = text(row, "id", "trace_id")
    if trace_id is None:
        return RowGiven(skipped="a trace without an id")
    metadata = table(row, "metadata")
    return RowGiven(
        Span(
            trace_id=trace_id,
            span_id=stand_in_id(trace_id),
            name=text(row, "workflow_name") or "trace",
            status="running",
            user_id=text(metadata, "user_id", "user"),
            session_id=text(row, "group_id"),
            feature=text(metadata, "feature"),
            environment=text(metadata, "environment", "env"),
            metadata=metadata,
        )
    )


def _output(data: Row) -> Json:
    found = value(data, "output")
    return found if found is not None else table(data, "response") or None


def _name(data: Row, word: str) -> str:
    if word == "handoff":
        return f"handoff to {text(data, 'to_agent') or '?'}"
    return text(data, "name") or (f"{word} {model}" if (model := text(data, "model")) else word)


def _status(row: Row, end_ns: int | None, refused: bool) -> Status:
    if row.get("error"):
        return "error"
    return "running" if end_ns is None else "refused" if refused else "success"


def _error(row: Row) -> str | None:
    error = opened(row.get("error"))
    return text(error, "message") if isinstance(error, dict) else error if isinstance(error, str) else None
