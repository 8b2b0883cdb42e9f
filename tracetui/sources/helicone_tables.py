"""Dumps of the Postgres tables `request` and `response` of older Helicone servers, CSV or JSON.

The two are joined by the request's id: a request stands in for its call until the response is read, and then gives it its
user, its properties and its messages. docs/formats/helicone.md.
"""

from __future__ import annotations

from collections.abc import Iterable

from tracetui.model import Payload, Span, Status
from tracetui.semconv.chat import parse_content, parse_request, parse_response
from tracetui.semconv.scalars import duration_of, number_of
from tracetui.semconv.usage import count, split_usage, usage_of
from tracetui.sources.export_file import SOMETHING_ELSE, ExportFile, RowGiven
from tracetui.sources.export_values import Row, error_text, moment, table, text, value
from tracetui.sources.head import Head
from tracetui.store.trace_facts import is_stand_in, stand_in_id

_PENDING = -2


class HeliconeTables(ExportFile):
    """One dump of requests, or of responses."""

    format = "helicone-tables"

    @staticmethod
    def recognise(head: Head) -> bool:
        """Whether the columns are those of one of the tables."""
        rows = [dict.fromkeys(head.columns)] if head.columns else list(head.objects[:3])
        return any(_is_request(row) or _is_response(row) or _is_feedback(row) for row in rows)

    def notes(self) -> Iterable[str]:
        """What was assumed."""
        yield from super().notes()
        yield "tokens as the answer's body counts them; costs were not stored by these servers"
        yield "rows of `feedback` name a response, not a request, and are not shown"

    def map_row(self, row: Row, line: int) -> RowGiven:
        """A request that stands in, or the call itself with what its response says."""
        if _is_response(row):
            return _response(row)
        if _is_request(row):
            return _request(row)
        return SOMETHING_ELSE if _is_feedback(row) else RowGiven(skipped="no request and no response of Helicone")

    def unfold_row(self, row: Row, span: Span) -> Payload:
        """The body of the request, or of the response."""
        body = value(row, "body")
        attributes = {key: item for key, item in row.items() if key != "body" and item is not None}
        if is_stand_in(span):
            request = parse_request(body)
            return Payload(request.messages or body, None, request.tools, attributes)
        return Payload(None, parse_content(body, role="assistant"), (), attributes)


def _is_request(row: Row) -> bool:
    return "path" in row and "body" in row and ("helicone_org_id" in row or "helicone_user" in row)


def _is_response(row: Row) -> bool:
    return "request" in row and "body" in row and "delay_ms" in row and "created_at" in row


def _is_feedback(row: Row) -> bool:
    return "response_id" in row and "rating" in row and "model" not in row


def _request(row: Row) -> RowGiven:
    trace_id, start_ns = text(row, "id"), moment(row.get("created_at"))
    if trace_id is None or start_ns is None:
        return RowGiven(skipped="a request without an id or a time")
    properties = table(row, "properties")
    by_name = {key.lower(): item for key, item in properties.items()}
    provider = text(row, "provider")
    model = text(row, "model") or text(table(row, "body"), "model")
    return RowGiven(
        Span(
            trace_id=trace_id,
            span_id=stand_in_id(trace_id),
            kind="generation",
            name=f"chat {model}" if model else "chat",
            start_ns=start_ns,
            status="running",
            model=model,
            provider=provider.lower() if provider else None,
            user_id=text(row, "user_id"),
            session_id=text(by_name, "helicone-session-id"),
            feature=text(by_name, "feature"),
            environment=text(by_name, "environment"),
            prompt_name=text(row, "prompt_id"),
            metadata=properties,
        )
    )


def _response(row: Row) -> RowGiven:
    span_id, created_ns = text(row, "request"), moment(row.get("created_at"))
    if span_id is None or created_ns is None:
        return RowGiven(skipped="a response without its request or a time")
    body = value(row, "body")
    answer = parse_response(body)
    code = number_of(row.get("status"))
    start_ns = created_ns - (duration_of(row.get("delay_ms"), 1e6) or 0)
    is_pending = text(row, "status") == str(_PENDING)
    usage = usage_of(body) if isinstance(body, dict) else None
    if usage is None:
        usage = split_usage(input=count(row.get("prompt_tokens")), output=count(row.get("completion_tokens")))
    error = error_text(body.get("error")) if isinstance(body, dict) else None
    model = text(row, "model") or answer.model
    failed = error is not None or (text(row, "status") or "").startswith("-") or (code is not None and code >= 400)
    status: Status = "running" if is_pending else "error" if failed else "refused" if answer.is_refusal else "success"
    return RowGiven(
        Span(
            trace_id=span_id,
            span_id=span_id,
            kind="generation",
            name=f"chat {model}" if model else "chat",
            start_ns=start_ns,
            end_ns=None if is_pending else created_ns,
            ttft_ns=duration_of(row.get("time_to_first_token"), 1e6) or None,
            status=status,
            status_message=error,
            model=model,
            finish_reason=answer.finish_reason,
            usage=usage,
            response_id=text(row, "id"),
        )
    )
