"""LiteLLM: rows of `LiteLLM_SpendLogs` (JSON, CSV) and lines of the standard logging payload. docs/formats/litellm.md."""

from __future__ import annotations

import re
from collections.abc import Iterable

from tracetui.model import Cost, Json, Kind, Payload, Span, Status, Usage
from tracetui.semconv.chat import parse_content, parse_response, parse_tools
from tracetui.semconv.scalars import number_of
from tracetui.semconv.usage import usage_of
from tracetui.sources.export_file import ExportFile, RowGiven
from tracetui.sources.export_values import Row, listed, moment, row_id, table, text, texts, truth, value
from tracetui.sources.head import Head

_NAMES: dict[Kind, str] = {"generation": "chat", "embedding": "embeddings", "reranker": "rerank", "tool": "tool"}
_SESSIONS = ("session_id", "thread_id", "conversation_id", "sessionId")
_MADE = re.compile(r"[0-9a-fA-F]{8}-?(?:[0-9a-fA-F]{4}-?){3}[0-9a-fA-F]{12}")
"""An id that a program made, for the calls of one trace. Any other session_id is a conversation that a caller named."""
_USERS = ("user_id", "userId")


class LitellmExport(ExportFile):
    """One file of calls through LiteLLM."""

    format = "litellm"
    pages = ("data", "logs")

    @staticmethod
    def recognise(head: Head) -> bool:
        """Whether the first record, or the header, is a row of spend logs or a logging payload."""
        if head.columns:
            return _is_known(dict.fromkeys(head.columns))
        if not head.objects:
            return head.mentions("call_type", "startTime")
        return any(_is_known(_first(record)) for record in head.objects[:3])

    def is_row(self, record: Row) -> bool:
        """A call is never an answer of the API."""
        return "call_type" in record

    def notes(self) -> Iterable[str]:
        """What was assumed."""
        yield from super().notes()
        yield "rows of one session_id that is a UUID are one trace (the proxy makes it for a call and its retries); any other session_id is a session"
        yield "prompt_tokens contains the cached tokens of every provider; a spend of 0 beside tokens is an unknown price, unless the cache answered"

    def map_row(self, row: Row, line: int) -> RowGiven:
        """A call."""
        if not _is_known(row):
            return RowGiven(skipped="no call of LiteLLM")
        start_ns = moment(row.get("startTime"))
        if start_ns is None:
            return RowGiven(skipped="a call without a start time")
        span_id = text(row, "request_id", "id", "litellm_call_id") or row_id(row)
        metadata = table(row, "metadata")
        kind = _kind(text(row, "call_type") or "")
        end_ns = moment(row.get("endTime"))
        answer = parse_response(_stored(row, "response"))
        status = _status(row, metadata, kind, answer.is_refusal)
        usage = _usage(row, metadata, status)
        model = text(row, "model_group", "model")
        logged = table(metadata, "spend_logs_metadata")
        word = _NAMES[kind]
        group = text(row, "session_id", "trace_id")
        trace_id = group if group is not None and _MADE.fullmatch(group) else None
        span = Span(
            trace_id=trace_id or span_id,
            span_id=span_id,
            kind=kind,
            name=text(row, "mcp_namespaced_tool_name") or (f"{word} {model}" if model else word),
            start_ns=start_ns,
            end_ns=end_ns,
            ttft_ns=_ttft(row, start_ns, end_ns),
            status=status,
            status_message=_error(row, metadata) if status == "error" else None,
            model=model,
            provider=_lower(text(row, "custom_llm_provider")),
            finish_reason=answer.finish_reason,
            usage=usage,
            cost=_cost(row, usage),
            user_id=text(row, "end_user") or text(logged, *_USERS),
            session_id=(group if trace_id is None else None)
            or text(logged, *_SESSIONS)
            or text(table(metadata, "requester_metadata"), *_SESSIONS),
            feature=text(logged, "feature") or text(metadata, "feature"),
            environment=text(logged, "environment", "env"),
            tool_name=text(row, "mcp_namespaced_tool_name"),
            tags=texts(listed(row, "request_tags")),
            metadata={**{key: item for key, item in metadata.items() if key != "usage_object"}, **logged},
            response_id=answer.response_id,
        )
        return RowGiven(span)

    def unfold_row(self, row: Row, span: Span) -> Payload:
        """The stored messages and answer, in the shape of OpenAI's; `{}` was not stored."""
        request = table(row, "proxy_server_request")
        request = table(request, "body") or request
        said = _stored(row, "messages")
        if said is None:
            said = {key: item for key, item in request.items() if key != "tools"} or None
        offered = request.get("tools") or table(row, "model_parameters").get("tools")
        attributes = {key: item for key, item in row.items() if key not in ("messages", "response")}
        return Payload(
            parse_content(said),
            parse_content(_stored(row, "response"), role="assistant"),
            parse_tools(offered),
            attributes,
        )


def _first(record: Row) -> Row:
    for key in LitellmExport.pages:
        rows = record.get(key)
        if isinstance(rows, list) and rows and isinstance(rows[0], dict) and "call_type" not in record:
            found: Row = rows[0]
            return found
    return record


def _is_known(row: Row) -> bool:
    return "call_type" in row and "startTime" in row and ("spend" in row or "response_cost" in row)


def _stored(row: Row, key: str) -> Json:
    found = value(row, key)
    return None if found in ({}, [], "{}", "[]") else found


def _kind(call_type: str) -> Kind:
    word = call_type.lower()
    if "embedding" in word:
        return "embedding"
    if "rerank" in word:
        return "reranker"
    return "tool" if "mcp_tool" in word else "generation"


def _status(row: Row, metadata: Row, kind: Kind, refused: bool) -> Status:
    word = text(row, "status") or text(metadata, "status")
    if word == "failure" or text(row, "error_str"):
        return "error"
    return "refused" if refused and kind == "generation" else "success"


def _error(row: Row, metadata: Row) -> str | None:
    about = table(metadata, "error_information") or table(row, "error_information")
    said, word = text(about, "error_message"), text(about, "error_class")
    if said and word and word not in said:
        return f"{word}: {said}"
    return said or text(row, "error_str") or word


def _lower(word: str | None) -> str | None:
    return word.lower() if word else None


def _usage(row: Row, metadata: Row, status: Status) -> Usage:
    more = table(metadata, "additional_usage_values")
    counts = {key: row.get(key) for key in ("prompt_tokens", "completion_tokens", "total_tokens")}
    own = {key: item for key, item in table(metadata, "usage_object").items() if item is not None}
    usage = usage_of({**counts, **more, **own}) or Usage()
    return Usage() if status == "error" and not usage.total else usage


def _cost(row: Row, usage: Usage) -> Cost:
    usd = next((usd for key in ("spend", "response_cost") if (usd := number_of(row.get(key))) is not None), None)
    if usd or (usd is not None and truth(row.get("cache_hit"))):
        return Cost(usd, "recorded")
    return Cost()


def _ttft(row: Row, start_ns: int, end_ns: int | None) -> int | None:
    """The start of the answer is its end where nothing was streamed."""
    at = moment(row.get("completionStartTime"))
    return at - start_ns if at is not None and at != end_ns and at >= start_ns else None
