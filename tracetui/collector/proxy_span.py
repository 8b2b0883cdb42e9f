"""A call that passed through the proxy → the span that is stored. Keys are taken out of everything first."""

from __future__ import annotations

from typing import TypeAlias

import msgspec

from tracetui.collector.captured import Captured, Whole
from tracetui.collector.proxy_call import SAMPLE, Call, Kept, Streamed
from tracetui.model import Content, Json, Payload, Span, Status, Usage
from tracetui.semconv.chat import Request, Response, parse_content, parse_request, parse_response
from tracetui.sources.export_values import error_text
from tracetui.text import size as bytes_size
from tracetui.wire.inflate import Opening, Plain, opening
from tracetui.wire.otlp_values import loads

_KEY = b"[KEY]"
_CUT = "…"
Body: TypeAlias = Json
"""A body as JSON; text where it is other text; None where it is nothing that can be read."""


def captured_of(call: Call) -> Captured:
    """What is stored of a call that has ended."""
    return Captured(wholes=(_whole(call),))


def begun_of(call: Call) -> Captured:
    """What is shown of a call that is still running: its request, which is whole."""
    asked, note = _request_body(call)
    request = parse_request(asked) if isinstance(asked, dict) else Request()
    span = msgspec.structs.replace(_span(call, request, Response(), None), status="running", status_message=None)
    return Captured(wholes=(Whole(span, _payload(call, span, (asked, request), (None, Response()), {"request_body": note}), is_attempt=True),))  # fmt: skip


def _whole(call: Call) -> Whole:
    asked, asked_note = _request_body(call)
    answered, answered_note = _answer_body(call)
    request = parse_request(asked) if isinstance(asked, dict) else Request()
    response = parse_response(answered) if isinstance(answered, dict) else Response()
    span = _span(call, request, response, answered)
    notes = {"request_body": asked_note, "response_body": answered_note}
    return Whole(span, _payload(call, span, (asked, request), (answered, response), notes), is_attempt=True)


def _span(call: Call, request: Request, response: Response, answered: Body) -> Span:
    kind, operation = call.kind or ("span", call.path)
    told = call.told
    model = told.model or response.model or request.model
    status, message = _status(call, response, answered)
    by_name = {name.lower(): value for name, value in told.metadata.items()}
    return Span(
        trace_id=call.trace_id,
        span_id=call.span_id,
        parent_id=call.parent_id,
        kind=kind,
        name=_name(call, f"{operation} {model}" if model else operation),
        start_ns=call.start_ns,
        end_ns=call.end_ns,
        ttft_ns=call.ttft_ns,
        status=status,
        status_message=message,
        model=model,
        provider=call.upstream.provider,
        finish_reason=response.finish_reason,
        usage=response.usage or Usage(),
        user_id=told.user_id,
        session_id=told.session_id,
        feature=by_name.get("feature"),
        environment=by_name.get("environment"),
        prompt_name=told.prompt_name,
        prompt_version=told.prompt_version,
        metadata=dict(_clean_values(call, told.metadata)),
        service_tier=response.service_tier,
        response_id=response.response_id,
    )


def _name(call: Call, plain: str) -> str:
    """The session's own name for its first call, the last step of the path for the others."""
    if call.is_first and call.told.session_name:
        return call.told.session_name
    return call.told.path.rpartition("/")[2] if call.told.path else plain


def _status(call: Call, response: Response, answered: Body) -> tuple[Status, str | None]:
    if call.is_cancelled:
        return "error", "cancelled by the client before the answer was whole"
    if call.failure is not None:
        return "error", _clean_text(call, call.failure)
    error = error_text(answered.get("error")) if isinstance(answered, dict) else None
    if call.status is not None and call.status >= 400:
        said = error or (answered[:500] if isinstance(answered, str) and answered else None)
        return "error", said or f"HTTP status {call.status}"
    if error is not None or response.error is not None:
        return "error", error or response.error
    if isinstance(call.answer, Streamed) and not call.answer.answer.is_whole and call.answer.opened.damage is None:
        return "error", "the stream ended before the answer was whole"
    return ("refused" if response.is_refusal else "success"), None


def _payload(
    call: Call, span: Span, asked: tuple[Body, Request], answered: tuple[Body, Response], notes: dict[str, str | None]
) -> Payload:
    request, response = asked[1], answered[1]
    is_call = span.kind in ("generation", "embedding")
    output: Content = response.messages or (None if response.error or span.kind == "embedding" else answered[0])
    if not isinstance(output, tuple) and is_call and span.kind != "embedding":
        output = parse_content(output, role="assistant")
    hidden = call.told.omit_answer
    return Payload(
        None if call.told.omit_request else (request.messages or asked[0]),
        None if hidden else output,
        () if call.told.omit_request else request.tools,
        _attributes(call, request, response, notes),
        (),
        _raw(call, None if call.told.omit_request else asked[0], None if hidden else answered[0]),
    )


def _attributes(call: Call, request: Request, response: Response, notes: dict[str, str | None]) -> dict[str, Json]:
    """What there is to know besides, under OpenTelemetry's names where it has some."""
    found: dict[str, Json] = {
        "gen_ai.operation.name": call.kind[1] if call.kind else None,
        "gen_ai.request.model": request.model,
        "gen_ai.response.model": response.model,
        "gen_ai.request.stream": True if request.is_stream or call.is_streamed else None,
        "parameters": request.parameters or None,
        "http.request.method": call.method,
        "url.path": _clean_text(call, call.path),
        "url.query": _clean_text(call, call.query) or None,
        "server.address": call.upstream.host,
        "http.response.status_code": call.status,
        "http.request.body.size": call.request.size,
        "http.response.body.size": call.answer.size,
        "http.request.headers": _clean_values(call, call.request_headers),
        "http.response.headers": _clean_values(call, call.answer_headers),
        **notes,
        "usage": _usage_note(call, response),
        "is_cancelled": True if call.is_cancelled else None,
        **_clean_values(call, call.told.attributes),
    }
    return {name: value for name, value in found.items() if value is not None}


def _usage_note(call: Call, response: Response) -> str | None:
    if not call.is_streamed or response.usage is not None:
        return None
    hint = "" if call.upstream.dialect == "anthropic" else "; a program asks for it with stream_options.include_usage"
    return f"the stream had no token counts{hint}"


def _raw(call: Call, asked: Body, answered: Body) -> str:
    """Both bodies as they were sent; the answer as one body where it was streamed."""
    return msgspec.json.encode({"request": asked, "response": answered}).decode()


def _request_body(call: Call) -> tuple[Body, str | None]:
    return _body(call, call.request, call.request_headers, "request")


def _answer_body(call: Call) -> tuple[Body, str | None]:
    if isinstance(call.answer, Kept):
        return _body(call, call.answer, call.answer_headers, "answer")
    streamed = call.answer
    body = streamed.answer.body()
    clean: Body = msgspec.json.decode(_clean(call, msgspec.json.encode(body))) if body is not None else None
    is_cut = streamed.room.is_full or streamed.answer.lost_events
    note = "truncated: what was said is kept up to a limit" if is_cut else streamed.opened.damage
    if note is None and streamed.answer.malformed:
        note = f"{streamed.answer.malformed} events of the stream were not JSON and are left out"
    return clean, note


def _body(call: Call, kept: Kept, headers: dict[str, str], what: str) -> tuple[Body, str | None]:
    """A body that was not streamed, and what there is to say about it."""
    opened = opening(headers.get("content-encoding", ""))
    data, is_cut = _inflated(opened, kept)
    if opened.damage is not None:
        return None, opened.damage
    note = f"truncated: {bytes_size(len(data))} of the {what}'s {bytes_size(kept.size)} are kept" if is_cut else None
    clean = _clean(call, data)
    try:
        return loads(clean), note
    except (ValueError, RecursionError):
        return _text_of(clean, headers.get("content-type", ""), kept.size, note)


def _inflated(opened: Opening, kept: Kept) -> tuple[bytes, bool]:
    """What a body says as far as there is room for it, and whether that is not all."""
    if isinstance(opened, Plain):
        return (whole := kept.bytes()), len(whole) < kept.size
    data = bytearray()
    for piece in opened.feed(kept.bytes()):
        if not kept.room.take(len(piece)):
            return bytes(data[:SAMPLE]), True
        data += piece
    return bytes(data), kept.is_cut


def _text_of(data: bytes, content_type: str, size: int, note: str | None) -> tuple[Body, str | None]:
    """What is no JSON: text as it is, anything else as what it was."""
    if not data:
        return None, note
    kind = content_type.partition(";")[0].strip().lower()
    if kind.startswith(("multipart/", "audio/", "image/", "video/")) or kind == "application/octet-stream":
        return None, f"{kind}, {bytes_size(size)}, not kept"
    return data.decode("utf-8", "replace") + (_CUT if note else ""), note


def _clean(call: Call, data: bytes) -> bytes:
    for secret in call.secrets:
        data = data.replace(secret, _KEY)
    return data


def _clean_text(call: Call, text: str) -> str:
    return _clean(call, text.encode("utf-8", "replace")).decode("utf-8", "replace")


def _clean_values(call: Call, values: dict[str, str]) -> dict[str, str]:
    return {name: _clean_text(call, value) for name, value in values.items()}
