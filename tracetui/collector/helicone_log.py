"""Helicone's manual log: a call that did not pass here, told afterwards by the program that made it.

The document has what passing would have shown: request with its headers (`meta`), answer, times. `_type` in the request
says that it was a tool, a vector database or something else of the program's own. docs/proxy.md.
"""

from __future__ import annotations

import asyncio

import msgspec
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tracetui.collector.captured import Captured, Whole
from tracetui.collector.desk import Desk
from tracetui.collector.helicone import TAKEN, read_object
from tracetui.collector.listen import Dialect
from tracetui.collector.proxy import Proxy
from tracetui.collector.proxy_call import KINDS, Call
from tracetui.collector.proxy_headers import Raw
from tracetui.collector.proxy_span import captured_of
from tracetui.collector.refusal import Refusal
from tracetui.collector.upstream import Upstream
from tracetui.model import Json, Kind, Payload, Span
from tracetui.semconv.scalars import number_of
from tracetui.sources.export_values import Row, table, text, value

_PATHS: dict[str, Dialect] = {
    "/custom/v1/log": "openai",
    "/v1/trace/custom/v1/log": "openai",
    "/v1/trace/log": "openai",
    "/oai/v1/log": "openai",
    "/anthropic/v1/log": "anthropic",
}
_OWN: dict[str, tuple[Kind, str]] = {"tool": ("tool", "toolName"), "vector_db": ("retriever", "databaseName"), "data": ("span", "name")}  # fmt: skip
"""`_type` → kind, and the key of the name."""
_NO_ADDRESS = "custom-model-nopath"


def routes(desk: Desk, proxy: Proxy) -> list[Route]:
    """The addresses of the log."""

    async def log(request: Request) -> Response:
        async with desk.body(request) as body:
            given = read_object(body)
            asked, answered = table(given, "providerRequest"), table(given, "providerResponse")
            if not asked:
                raise Refusal(400, "a logged call needs providerRequest", is_malformed=True)
            call = _call(proxy, _PATHS[request.url.path], asked, answered, table(given, "timing"))
            try:
                captured = await asyncio.to_thread(captured_of, call)
                await desk.store(_as_told(captured, asked))
            finally:
                call.release()
        return JSONResponse(TAKEN, headers={"helicone-id": call.span_id})

    return [Route(path, log, methods=["POST"]) for path in _PATHS]


def _call(proxy: Proxy, dialect: Dialect, asked: Row, answered: Row, timing: Row) -> Call:
    """The call as if it had passed."""
    address = text(asked, "url") or _NO_ADDRESS
    host, path = _parts(address)
    call = proxy.make_call(
        "POST", path, b"", _headers(table(asked, "meta")), Upstream(dialect, "https", host, None, "")
    )
    call.request.take(msgspec.json.encode(asked.get("json")))
    said, kind = _said(answered)
    status = number_of(answered.get("status"))
    call.answered(
        round(status) if status is not None else 200, [(b"content-type", kind), *_headers(table(answered, "headers"))]
    )
    start_ns, end_ns = _moment(table(timing, "startTime")), _moment(table(timing, "endTime"))
    first_ms = number_of(timing.get("timeToFirstToken"))
    call.took(said, 0)
    call.ttft_ns = round(first_ms * 1e6) if first_ms is not None else None
    call.ended()
    if start_ns is not None:
        call.start_ns, call.end_ns = start_ns, end_ns if end_ns is not None and end_ns >= start_ns else None
    return call


def _parts(address: str) -> tuple[str, str]:
    """Host and path of an address. A model of the program's own has none: it is taken for a chat."""
    scheme, found, rest = address.partition("://")
    if not found or scheme not in ("http", "https"):
        return address, "/chat/completions"
    host, _, path = rest.partition("/")
    path = "/" + path.partition("?")[0]
    return host, path if any(path.endswith(end) for end, _, _ in KINDS) else path.rstrip("/") + "/chat/completions"


def _said(answered: Row) -> tuple[bytes, bytes]:
    """The answer's bytes and their type; the text of a stream is read as one."""
    whole = answered.get("json")
    if whole is not None:
        return msgspec.json.encode(whole), b"application/json"
    told = answered.get("textBody")
    said = told.encode("utf-8", "replace") if isinstance(told, str) else b""
    is_stream = said.lstrip().startswith((b"data:", b"event:"))
    return said, b"text/event-stream" if is_stream else b"text/plain"


def _headers(given: Row) -> Raw:
    found = {key.lower(): text(given, key) for key in given}
    return [
        (key.encode("utf-8", "replace"), item.encode("utf-8", "replace"))
        for key, item in found.items()
        if item is not None and key not in ("content-type", "content-encoding")
    ]


def _moment(given: Row) -> int | None:
    seconds, milliseconds = number_of(given.get("seconds")), number_of(given.get("milliseconds"))
    if seconds is None or seconds > 1e10:
        return None
    return round(seconds) * 10**9 + round((milliseconds or 0) * 10**6)


def _as_told(captured: Captured, asked: Row) -> Captured:
    """A tool, a retriever or a step under its own name and kind; a call of a model as it is, without a provider where its
    address names none."""
    (whole,) = captured.wholes
    body = table(asked, "json")
    kind, key = _OWN.get(text(body, "_type") or "", (None, ""))
    if kind is None:
        is_named = "://" in (text(asked, "url") or "")
        return captured if is_named else _replaced(whole, {"provider": None}, whole.payload)
    name = text(body, key)
    changes: dict[str, Json] = {"kind": kind, "name": name or kind, "model": None, "provider": None}
    if kind == "tool":
        changes["tool_name"] = name
    payload = msgspec.structs.replace(
        whole.payload, input=value(body, "input", "query") or body, output=_output(whole.payload.raw), tools=()
    )
    return _replaced(whole, changes, payload)


def _replaced(whole: Whole, changes: dict[str, Json], payload: Payload) -> Captured:
    span: Span = msgspec.structs.replace(whole.span, **changes)
    return Captured(wholes=(Whole(span, payload, is_attempt=True),))


def _output(raw: str) -> Json:
    return msgspec.json.decode(raw)["response"]
