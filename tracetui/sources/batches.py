"""Batches of model providers: OpenAI's input, output and error files, Anthropic's requests and results; and answers as
objects of their own (OpenAI's stored completions and responses). One line is one call and one trace.

A file of requests and a file of answers are joined by `custom_id`: the request stands in for the call until its answer
is read, and then gives it its messages. docs/formats/batches.md.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from tracetui.model import Json, Kind, Payload, Span, Status, Usage
from tracetui.semconv.chat import Request, parse_request, parse_response, parse_tools
from tracetui.sources.export_file import ExportFile, RowGiven
from tracetui.sources.export_values import Row, error_text, moment, row_id, table, text, value
from tracetui.sources.head import Head
from tracetui.store.trace_facts import stand_in_id

_OBJECTS = ("chat.completion", "response", "text_completion")
_FOREIGN = ("latency_ms", "duration_ms", "latency", "timestamp", "ts", "cost", "cost_usd", "request", "prompt")
"""Keys that no provider writes: with one of them an answer is a line of somebody's own log."""
_FAILED = {"errored": "", "canceled": "canceled", "expired": "expired before it was processed"}
_NAMES: dict[Kind, str] = {"generation": "chat", "embedding": "embeddings"}


class BatchFile(ExportFile):
    """One file of requests, of results, or of stored answers."""

    format = "batches"

    @staticmethod
    def recognise(head: Head) -> bool:
        """Whether the first record is a line of a batch or an answer of OpenAI's."""
        if head.columns:
            return False
        if not head.objects:
            return head.mentions("custom_id", "response") or head.mentions("custom_id", "result")
        return any(_is_known(_first(record)) for record in head.objects[:3])

    def is_row(self, record: Row) -> bool:
        """Answers are lists of data; embeddings within a line are not."""
        return "custom_id" in record or record.get("object") in _OBJECTS

    def notes(self) -> Iterable[str]:
        """What was assumed."""
        yield from super().notes()
        yield "batches record no durations, Anthropic's no times at all: such calls stand at the start of 1970"
        yield "requests and results in different files are joined by custom_id; open them together"

    def map_row(self, row: Row, line: int) -> RowGiven:
        """A request, a result or an answer."""
        custom_id = text(row, "custom_id")
        if custom_id is not None and "result" in row:
            return RowGiven(_anthropic(custom_id, table(row, "result")))
        if custom_id is not None and ("response" in row or row.get("error")):
            return RowGiven(_openai(custom_id, row))
        if custom_id is not None and ("body" in row or "params" in row):
            return RowGiven(_request(custom_id, row))
        if row.get("object") in _OBJECTS:
            return RowGiven(_answer_alone(row))
        return RowGiven(skipped="no line of a batch and no stored answer")

    def unfold_row(self, row: Row, span: Span) -> Payload:
        """The request where the line has it, and the answer."""
        asked = value(row, "body", "params")
        request = parse_request(asked) if asked is not None else _stored_request(row)
        answered = _answer_of(row)
        output = parse_response(answered).messages if answered is not None else ()
        return Payload(request.messages or None, output or None, request.tools, _about(row))


def _first(record: Row) -> Row:
    rows = record.get("data")
    if record.get("object") == "list" and isinstance(rows, list) and rows and isinstance(rows[0], dict):
        found: Row = rows[0]
        return found
    return record


def _is_known(row: Row) -> bool:
    if "custom_id" in row:
        return any(key in row for key in ("response", "result", "body", "params"))
    if row.get("object") not in _OBJECTS or any(key in row for key in _FOREIGN):
        return False
    return isinstance(row.get("choices"), list) or isinstance(row.get("output"), list)


def _answer_of(row: Row) -> Json:
    """The provider's own answer in a line; None where there is none."""
    if row.get("object") in _OBJECTS and "custom_id" not in row:
        return row
    if "result" in row:
        return table(row, "result").get("message")
    return table(row, "response").get("body")


def _about(row: Row) -> Row:
    """Everything of a line that is neither request nor answer."""
    hidden = ("body", "params", "choices", "output", "result", "messages", "tools")
    kept = {key: item for key, item in row.items() if key not in hidden and item is not None}
    if isinstance(kept.get("response"), dict):
        kept["response"] = {key: item for key, item in kept["response"].items() if key != "body"}
    return kept


def _stored_request(row: Row) -> Request:
    """A stored answer can have its messages and its tools beside it."""
    said = {key: row[key] for key in ("messages", "input", "instructions") if row.get(key)}
    found = parse_request(said) if said else Request()
    return Request(found.messages, parse_tools(row.get("tools")))


def _span(identity: str, answered: Json, status: Status, message: str | None, metadata: Row) -> Span:
    body = answered if isinstance(answered, dict) else {}
    answer = parse_response(body) if body else parse_response(None)
    kind: Kind = "embedding" if _holds_embeddings(body) else "generation"
    word = _NAMES[kind]
    start_ns = moment(body.get("created")) or moment(body.get("created_at")) or 0
    if status == "success" and answer.is_refusal and kind == "generation":
        status = "refused"
    return Span(
        trace_id=identity,
        span_id=identity,
        kind=kind,
        name=f"{word} {answer.model}" if answer.model else word,
        start_ns=start_ns,
        end_ns=moment(body.get("completed_at")),
        status=status,
        status_message=message,
        model=answer.model,
        provider=None,
        finish_reason=answer.finish_reason,
        usage=answer.usage or Usage(),
        user_id=text(metadata, "user_id", "user") or text(body, "user", "input_user"),
        session_id=text(metadata, "session_id", "conversation_id"),
        feature=text(metadata, "feature"),
        metadata=metadata,
        service_tier=answer.service_tier,
        response_id=answer.response_id,
    )


def _holds_embeddings(body: Row) -> bool:
    data = body.get("data")
    return isinstance(data, list) and bool(data) and isinstance(data[0], dict) and "embedding" in data[0]


def _batched(span: Span, provider: str) -> Span:
    """A call of a batch is sold at the batch's price, whatever tier the answer names."""
    return msgspec.structs.replace(span, provider=provider, service_tier="batch")


def _openai(custom_id: str, row: Row) -> Span:
    response = table(row, "response")
    body = table(response, "body")
    code = response.get("status_code")
    said = error_text(row.get("error")) or error_text(body.get("error"))
    failed = said is not None or (isinstance(code, int) and code >= 400) or not body
    message = (said or f"status {code}" if code else said or "no response") if failed else None
    span = _span(custom_id, body, "error" if failed else "success", message, table(body, "metadata"))
    return _batched(span, "openai")


def _anthropic(custom_id: str, result: Row) -> Span:
    word = text(result, "type") or ""
    failed = word in _FAILED
    message = (error_text(result.get("error")) or _FAILED[word] or word) if failed else None
    span = _span(custom_id, result.get("message"), "error" if failed else "success", message, {})
    return _batched(span, "anthropic")


def _request(custom_id: str, row: Row) -> Span:
    """A request without its answer: it stands in for the call, running as far as this file knows."""
    body = table(row, "body", "params")
    is_anthropic = "params" in row
    model = text(body, "model")
    kind: Kind = "embedding" if "embeddings" in (text(row, "url") or "") else "generation"
    metadata = table(body, "metadata")
    return Span(
        trace_id=custom_id,
        span_id=stand_in_id(custom_id),
        kind=kind,
        name=f"{_NAMES[kind]} {model}" if model else _NAMES[kind],
        status="running",
        model=model,
        provider="anthropic" if is_anthropic else "openai",
        user_id=text(metadata, "user_id", "user") or text(body, "user", "safety_identifier"),
        session_id=text(metadata, "session_id"),
        feature=text(metadata, "feature"),
        metadata=metadata,
        service_tier="batch",
    )


def _answer_alone(row: Row) -> Span:
    error = error_text(row.get("error"))
    status: Status = "error" if error or row.get("status") == "failed" else "success"
    if row.get("status") in ("in_progress", "queued"):
        status = "running"
    identity = text(row, "id") or row_id(row)
    span = _span(identity, row, status, error, table(row, "metadata"))
    return msgspec.structs.replace(span, provider="openai")
