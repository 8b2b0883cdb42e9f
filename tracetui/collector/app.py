"""The application behind the port: the gate, the addresses of every protocol, and what becomes of a refusal."""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from tracetui.collector import datadog, feedback, helicone, helicone_log, info, langfuse, langsmith, otlp
from tracetui.collector.cors import preflight, telling
from tracetui.collector.desk import Desk
from tracetui.collector.gate import Gate
from tracetui.collector.prompts import Prompts
from tracetui.collector.proxy import Proxy
from tracetui.collector.refusal import Refusal
from tracetui.collector.server import CROWDED
from tracetui.collector.targets import find_target

_CROWDED_S = 2


def make_app(desk: Desk, gate: Gate, prompts: Prompts, proxy: Proxy) -> ASGIApp:
    """Every protocol on one port."""
    routes = [
        *otlp.routes(desk),
        *langfuse.routes(desk, prompts),
        *langsmith.routes(desk),
        *datadog.routes(desk),
        *feedback.routes(desk),
        *helicone.routes(desk),
        *helicone_log.routes(desk, proxy),
        *info.routes(),
    ]

    async def take_defect(request: Request, error: Exception) -> Response:
        return JSONResponse({"message": desk.lament(error)}, 500)

    app = Starlette(routes=routes, exception_handlers={Exception: take_defect})

    async def guarded(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await _live(proxy, receive, send)
            return
        request = Request(scope, receive)
        response: Response | None = None
        target = proxy.find(scope)
        try:
            origin = gate.check_place(request.headers)
            if origin is not None:
                send = telling(send, origin)
                response = preflight(request.method, request.headers)
            if response is None:
                gate.check_token(request.headers, is_proxied=target is not None)
            if scope.get(CROWDED):
                raise Refusal(503, "too many connections are open", retry_after_s=_CROWDED_S, closes=True)
        except Refusal as refusal:
            desk.refuse(refusal)
            response = _worded(request, refusal)
        if response is not None:
            await response(scope, receive, send)
        elif target is not None:
            await proxy.pass_on(target, scope, receive, send)
        else:
            await app(scope, receive, send)

    async def take_refusal(request: Request, error: Exception) -> Response:
        assert isinstance(error, Refusal)
        desk.refuse(error)
        return _worded(request, error)

    app.add_exception_handler(Refusal, take_refusal)
    return guarded


async def _live(proxy: Proxy, receive: Receive, send: Send) -> None:
    """Open the proxy when the server begins, and close it when it ends."""
    await receive()
    proxy.open()
    await send({"type": "lifespan.startup.complete"})
    await receive()
    await proxy.close()
    await send({"type": "lifespan.shutdown.complete"})


def _worded(request: Request, refusal: Refusal) -> Response:
    """A refusal in the words of the protocol whose address was asked for."""
    if "/v1/" in request.url.path and request.url.path.rpartition("/")[2] in ("traces", "logs", "metrics"):
        return otlp.refused(request, refusal)
    if find_target(request.scope) is not None:
        return JSONResponse({"error": {"message": refusal.sentence, "type": "refused"}}, refusal.status)
    body = {"error": refusal.sentence, "message": refusal.sentence}
    return JSONResponse(body, refusal.status, refusal.headers)
