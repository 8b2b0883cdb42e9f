"""Helicone's request table: page downloads (JSONL, CSV), its export script, answers of its query API.

One row is one call that went through the proxy. There are no spans: each row is a trace, and rows of one
`Helicone-Session-Id` are a session. docs/formats/helicone.md has the columns and how input tokens are read.
"""

from __future__ import annotations

from collections.abc import Iterable

from tracetui.model import Cost, Json, Kind, Payload, Score, Span, Status, ToolDefinition, Usage
from tracetui.semconv.chat import Request, Response, parse_content, parse_request, parse_response
from tracetui.semconv.json_text import opened
from tracetui.semconv.scalars import number_of
from tracetui.semconv.usage import count, is_anthropic, split_usage, usage_of
from tracetui.sources.export_file import ExportFile, RowGiven
from tracetui.sources.export_values import Row, after, error_text, moment, recorded, score, table, text, truth
from tracetui.sources.head import Head

_NO_CACHE = "00000000-0000-0000-0000-000000000000"
_BODIES = ("request_body", "request_properties", "properties")
_CUSTOM: dict[str, Kind] = {"tool": "tool", "vector_db": "retriever"}
_ABSENT_BODY = "helicone_message"
_PENDING = -2


class HeliconeExport(ExportFile):
    """One file of requests."""

    format = "helicone"

    @staticmethod
    def recognise(head: Head) -> bool:
        """Whether the first record, or the header, is a row of the request table."""
        if head.columns:
            return _is_known(dict.fromkeys(head.columns))
        if not head.objects:
            return head.mentions("request_created_at", "response_id")
        return any(_is_known(_first(record)) for record in head.objects[:3])

    def notes(self) -> Iterable[str]:
        """What was assumed."""
        yield from super().notes()
        yield "tokens as the answer itself counts them; without the answer, input contains the cached part unless the numbers or the provider (Anthropic) say otherwise"
        yield "a cost of 0 beside tokens is an unknown price, unless Helicone's cache answered"

    def map_row(self, row: Row, line: int) -> RowGiven:
        """A call of a model, of a tool or of a vector database."""
        span_id, start_ns = text(row, "request_id", "response_id"), moment(row.get("request_created_at"))
        if span_id is None or not _is_known(row):
            return RowGiven(skipped="no request of Helicone")
        if start_ns is None:
            return RowGiven(skipped="a request without a time")
        asked, answered = _body(row, "request_body"), _body(row, "response_body")
        answer = parse_response(answered) if isinstance(answered, dict) else Response()
        properties = {**table(row, "request_properties"), **table(row, "properties"), **_twice(row)}
        by_name = {key.lower(): item for key, item in properties.items()}
        kind = _kind(row, asked)
        usage = _usage(row, answered)
        span = Span(
            trace_id=span_id,
            span_id=span_id,
            kind=kind,
            name=_name(row, asked, by_name, kind),
            start_ns=start_ns,
            end_ns=_end(row, start_ns),
            ttft_ns=_ttft(row),
            status=_status(row, answer, kind),
            status_message=error_text(answered.get("error")) if isinstance(answered, dict) else None,
            model=text(row, "model", "request_model", "response_model") if kind not in ("tool", "retriever") else None,
            provider=_provider(row),
            finish_reason=answer.finish_reason,
            usage=usage,
            cost=_cost(row, usage),
            user_id=text(row, "request_user_id"),
            session_id=text(by_name, "helicone-session-id"),
            feature=text(by_name, "feature"),
            environment=text(by_name, "environment"),
            prompt_name=text(row, "prompt_id"),
            prompt_version=text(row, "prompt_version"),
            tool_name=text(asked, "toolName") if kind == "tool" and isinstance(asked, dict) else None,
            metadata=properties,
            response_id=text(row, "response_id"),
        )
        return RowGiven(span, _scores(row, span_id))

    def unfold_row(self, row: Row, span: Span) -> Payload:
        """The bodies of the call in their provider's shape; a body that was not exported is not drawn as one."""
        asked, answered = _body(row, "request_body"), _body(row, "response_body")
        attributes = {key: item for key, item in row.items() if key not in ("request_body", "response_body")}
        for name, key in (("request_body", "request"), ("response_body", "response")):
            if _is_absent(opened(row.get(name))):
                attributes[f"{key} body"] = "not exported"
        is_call = span.kind in ("generation", "embedding")
        request = parse_request(asked) if is_call and asked is not None else Request()
        offered: tuple[ToolDefinition, ...] = request.tools
        return Payload(
            request.messages or asked,
            parse_content(answered, role="assistant") if is_call else answered,
            offered,
            attributes,
        )


def _first(record: Row) -> Row:
    rows = record.get("data")
    return rows[0] if isinstance(rows, list) and rows and isinstance(rows[0], dict) else record


def _is_known(row: Row) -> bool:
    return "response_id" in row and "request_created_at" in row and any(key in row for key in _BODIES)


def _body(row: Row, key: str) -> Json:
    """A body as JSON; None where it was not exported. The export script's CSV doubles its quotes twice."""
    found = opened(row.get(key))
    if isinstance(found, str) and found.startswith('{""'):
        found = opened(found.replace('""', '"'))
    if isinstance(found, dict) and isinstance(found.get("streamed_data"), dict | list):
        found = found["streamed_data"]
    return None if found in ("", {}, []) or _is_absent(found) else found


def _is_absent(found: Json) -> bool:
    return isinstance(found, dict) and _ABSENT_BODY in found


def _twice(row: Row) -> Row:
    """Properties as the export script's CSV writes them."""
    found = row.get("request_properties")
    body = _body(row, "request_properties") if isinstance(found, str) else None
    return body if isinstance(body, dict) else {}


def _kind(row: Row, asked: Json) -> Kind:
    if isinstance(asked, dict):
        custom = _CUSTOM.get(text(asked, "_type") or "")
        if custom is not None:
            return custom
    path = (text(row, "request_path") or "").partition("?")[0].rstrip("/")
    return "embedding" if path.endswith(("/embeddings", ":embedContent", ":batchEmbedContents")) else "generation"


def _name(row: Row, asked: Json, by_name: Row, kind: Kind) -> str:
    if kind == "tool" and isinstance(asked, dict) and (name := text(asked, "toolName")):
        return name
    path = text(by_name, "helicone-session-path")
    last = path.rstrip("/").rpartition("/")[2] if path else None
    named = text(by_name, "helicone-session-name")
    model = text(row, "model", "request_model", "response_model")
    word = "embeddings" if kind == "embedding" else "chat"
    return named or last or (f"{word} {model}" if model and kind != "retriever" else kind)


def _provider(row: Row) -> str | None:
    found = text(row, "provider")
    return found.lower() if found else None


def _end(row: Row, start_ns: int) -> int | None:
    if _code(row) == _PENDING:
        return None
    end_ns = after(start_ns, row.get("delay_ms"), 1e6)
    if end_ns is None:
        end_ns = moment(row.get("response_created_at"))
    return end_ns if end_ns is None or end_ns >= start_ns else None


def _ttft(row: Row) -> int | None:
    """0 is an answer that was not streamed."""
    found = number_of(row.get("time_to_first_token"))
    return round(found * 1e6) if found and found < 1e9 else None


def _code(row: Row) -> int | None:
    found = text(row, "response_status")
    try:
        return int(float(found)) if found is not None else None
    except (ValueError, OverflowError):
        return None


def _status(row: Row, answer: Response, kind: Kind) -> Status:
    code = _code(row)
    if code == _PENDING:
        return "running"
    if answer.error is not None or (code is not None and (code >= 400 or code < 0)):
        return "error"
    return "refused" if kind == "generation" and answer.is_refusal else "success"


def _usage(row: Row, answered: Json) -> Usage:
    """The answer's own count; else the row's, of which only the numbers tell whether the cached part is inside."""
    own = usage_of(answered, _provider(row)) if isinstance(answered, dict) else None
    if own is not None:
        return own
    before, after_ = count(row.get("prompt_tokens")), count(row.get("completion_tokens"))
    read, write = count(row.get("prompt_cache_read_tokens")), count(row.get("prompt_cache_write_tokens"))
    if not any((before, after_, read, write)):
        return Usage()
    cached = (read or 0) + (write or 0)
    total = count(row.get("total_tokens"))
    proved = total == (before or 0) + (after_ or 0) + cached and cached > 0
    exclusive = (before or 0) < cached or proved or is_anthropic(_provider(row))
    return split_usage(input=before, output=after_, cache_read=read, cache_write=write, cached_in_input=not exclusive)


def _cost(row: Row, usage: Usage) -> Cost:
    usd = next((usd for key in ("cost", "costUSD") if (usd := number_of(row.get(key))) is not None), None)
    from_cache = text(row, "cache_reference_id") not in (None, _NO_CACHE)
    if from_cache:
        return recorded(usd)
    return recorded(usd, usage) if usd else Cost()


def _scores(row: Row, span_id: str) -> tuple[Score, ...]:
    found: list[Score | None] = []
    rating = truth(row.get("feedback_rating"))
    if rating is not None:
        at = moment(row.get("feedback_created_at"))
        found.append(
            score(
                span_id,
                span_id,
                "feedback_rating",
                rating,
                source="human",
                time_ns=at,
                identity=text(row, "feedback_id"),
            )
        )
    for name, given in table(row, "scores").items():
        is_typed = isinstance(given, dict)
        value = given.get("value") if is_typed else given
        if is_typed and text(given, "valueType") == "boolean":
            value = {"1": True, "0": False}.get(str(value), truth(value))
        found.append(score(span_id, span_id, name, value))
    return tuple(one for one in found if one is not None)
