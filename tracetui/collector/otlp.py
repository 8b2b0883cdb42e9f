"""OTLP over HTTP: `/v1/traces` and `/v1/logs`, and their answers: 200 with a partial success, or google.rpc.Status.

Metrics are answered and not kept, so that a program that sends all three signals logs no errors.
"""

from __future__ import annotations

import asyncio

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tracetui.collector.captured import Captured
from tracetui.collector.desk import Desk
from tracetui.collector.refusal import Refusal
from tracetui.wire import otlp_request as wire

_PROTOBUF, _JSON = "application/x-protobuf", "application/json"
NO_IDS = "without a trace id or a span id"
"""Why spans and records of a request are rejected that was taken."""
_CODES = {
    400: wire.INVALID_ARGUMENT,
    401: wire.UNAUTHENTICATED,
    403: wire.PERMISSION_DENIED,
    408: wire.DEADLINE_EXCEEDED,
    413: wire.RESOURCE_EXHAUSTED,
    415: wire.INVALID_ARGUMENT,
}


def routes(desk: Desk) -> list[Route]:
    """The addresses of OTLP."""

    async def traces(request: Request) -> Response:
        return await _answer(desk, request, "traces")

    async def logs(request: Request) -> Response:
        return await _answer(desk, request, "logs")

    async def metrics(request: Request) -> Response:
        async with desk.body(request):
            desk.counters.add(ignored=1)
            return _taken(request, "metrics", 0)

    return [
        Route("/v1/traces", traces, methods=["POST"]),
        Route("/v1/logs", logs, methods=["POST"]),
        Route("/v1/metrics", metrics, methods=["POST"]),
        Route("/api/public/otel/v1/traces", traces, methods=["POST"]),
    ]


def refused(request: Request, refusal: Refusal) -> Response:
    """A refusal as `google.rpc.Status`, in the encoding of the request."""
    code = code_of(refusal)
    if _is_json(request):
        return JSONResponse({"code": code, "message": refusal.sentence}, refusal.status, refusal.headers)
    body = wire.status_bytes(code, refusal.sentence)
    return Response(body, refusal.status, refusal.headers, _PROTOBUF)


def code_of(refusal: Refusal) -> int:
    """The code of a refusal, as `google.rpc.Status` and gRPC have it."""
    return _CODES.get(refusal.status, wire.UNAVAILABLE)


async def _answer(desk: Desk, request: Request, signal: str) -> Response:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind not in (_PROTOBUF, "application/protobuf", _JSON):
        raise Refusal(415, f"OTLP comes as {_PROTOBUF} or {_JSON}")
    async with desk.body(request) as body:
        sent = await asyncio.to_thread(read, body, signal, is_json=kind == _JSON)
        await desk.store(Captured(spans=sent.spans, events=sent.events))
        desk.counters.add(malformed=sent.bad, ignored=sent.other)
        return _taken(request, signal, sent.bad)


def read(body: bytes, signal: str, *, is_json: bool) -> wire.OtlpRequest:
    """What a body of traces or logs holds. Raises Refusal."""
    from tracetui.wire import otlp_protobuf

    try:
        if is_json:
            return wire.read_json(body)
        return otlp_protobuf.read_traces(body) if signal == "traces" else otlp_protobuf.read_logs(body)
    except wire.BadRequest as error:
        raise Refusal(400, str(error), is_malformed=True) from error


def _taken(request: Request, signal: str, rejected: int) -> Response:
    if _is_json(request):
        return JSONResponse(wire.partial_success(signal, rejected, NO_IDS))
    return Response(wire.partial_success_bytes(rejected, NO_IDS), media_type=_PROTOBUF)


def _is_json(request: Request) -> bool:
    return request.headers.get("content-type", "").lower().startswith(_JSON)
