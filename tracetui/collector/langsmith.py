"""LangSmith's API as far as its SDK writes: runs alone, in batches and in multipart bodies, and feedback."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tracetui.collector.captured import Captured, Piece
from tracetui.collector.desk import Desk
from tracetui.collector.refusal import Refusal
from tracetui.sources.langsmith import map_feedback
from tracetui.wire.langsmith_runs import SentRuns, read_batch, read_multipart, read_run
from tracetui.wire.otlp_request import BadRequest

INFO = {
    "version": "0.12.0",
    "instance_flags": {"zstd_compression_enabled": True},
    "batch_ingest_config": {
        "use_multipart_endpoint": True,
        "size_limit": 100,
        "size_limit_bytes": 20 << 20,
        "scale_up_qsize_trigger": 1000,
        "scale_up_nthreads_limit": 16,
        "scale_down_nempty_trigger": 4,
    },
}
"""What `GET /info` answers to LangSmith's SDK."""
_STAMPS = {"post": "1", "patch": "2"}
"""What a patch sets stays, also where the post comes later."""


def routes(desk: Desk) -> list[Route]:
    """The addresses of LangSmith; `/feedback` is in `feedback`, `/info` in `info`."""

    async def multipart(request: Request) -> Response:
        kind = request.headers.get("content-type", "")
        return await _take(desk, request, lambda body: read_multipart(body, kind))

    async def batch(request: Request) -> Response:
        return await _take(desk, request, read_batch)

    async def post(request: Request) -> Response:
        return await _take(desk, request, lambda body: read_run(body, "post"))

    async def patch(request: Request) -> Response:
        return await _take(desk, request, lambda body: read_run(body, "patch", request.path_params["run_id"]))

    async def sessions(request: Request) -> Response:
        name = request.query_params.get("name", "default")
        project = {"id": "00000000-0000-0000-0000-000000000000", "name": name, "start_time": "2020-01-01T00:00:00Z"}
        return JSONResponse([{**project, "tenant_id": project["id"]}])

    return [
        Route("/runs/multipart", multipart, methods=["POST"]),
        Route("/runs/batch", batch, methods=["POST"]),
        Route("/runs", post, methods=["POST"]),
        Route("/runs/{run_id}", patch, methods=["PATCH"]),
        Route("/sessions", sessions),
    ]


async def _take(desk: Desk, request: Request, read: Callable[[bytes], SentRuns]) -> Response:
    async with desk.body(request) as body:
        try:
            sent = await asyncio.to_thread(read, body)
        except BadRequest as error:
            raise Refusal(422, str(error), is_malformed=True) from error
        await desk.store(captured_of(sent))
    desk.counters.add(malformed=sent.bad, ignored=sent.other)
    return JSONResponse({}, 202)


def captured_of(sent: SentRuns) -> Captured:
    """Runs as pieces of records, feedback as scores."""
    pieces = [Piece("langsmith", run.trace_id, run.run_id, run.fields, _STAMPS[run.verb]) for run in sent.runs]
    scores = [score for given in sent.feedback for score in map_feedback(given).scores]
    return Captured(pieces=tuple(pieces), scores=tuple(scores))
