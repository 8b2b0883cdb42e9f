"""`GET /info`: LangSmith's SDK and Datadog's tracer ask the same address; one object answers both."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tracetui.collector import datadog, langsmith


def routes() -> list[Route]:
    """The address."""

    async def info(request: Request) -> Response:
        return JSONResponse({**datadog.INFO, **langsmith.INFO})

    return [Route("/info", info)]
