"""Helicone's API as far as its users rate calls: feedback, scores and properties by the id of a request.

docs/proxy.md; the id came back with the answer, in the header `Helicone-Id`.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tracetui.collector.captured import Addition, Captured
from tracetui.collector.desk import Desk
from tracetui.collector.refusal import Refusal
from tracetui.model import Json, Score
from tracetui.sources.export_values import score, table, text
from tracetui.wire.langfuse_batch import read_document
from tracetui.wire.otlp_request import BadRequest

_FEEDBACK = "helicone-score-feedback"
TAKEN = {"data": None, "error": None}
"""What a taken request is answered."""


def routes(desk: Desk) -> list[Route]:
    """The addresses of ratings."""

    async def feedback(request: Request) -> Response:
        return await _take(desk, request, lambda body: {_FEEDBACK: body.get("rating")})

    async def scores(request: Request) -> Response:
        return await _take(desk, request, lambda body: table(body, "scores"))

    async def evaluation(request: Request) -> Response:
        return await _take(desk, request, lambda body: {text(body, "name") or "": body.get("score")})

    async def add_property(request: Request) -> Response:
        async with desk.body(request) as body:
            given = read_object(body)
            key, value = text(given, "key"), given.get("value")
            if key is None:
                raise Refusal(400, "a property needs key and value", is_malformed=True)
            addition = Addition(request.path_params["span_id"], {key: value})
            await desk.store(Captured(additions=(addition,)))
        return JSONResponse(TAKEN)

    return [
        Route("/v1/request/{span_id}/property", add_property, methods=["PUT", "POST"]),
        Route("/v1/request/{span_id}/feedback", feedback, methods=["POST"]),
        Route("/v1/request/{span_id}/score", scores, methods=["POST"]),
        Route("/v1/evals/{span_id}", evaluation, methods=["POST"]),
    ]


async def _take(desk: Desk, request: Request, read: Callable[[dict[str, Json]], dict[str, Json]]) -> Response:
    async with desk.body(request) as body:
        found = _scores(request.path_params["span_id"], read(read_object(body)))
        if not found:
            raise Refusal(400, "a rating needs a number, true or false, or a word", is_malformed=True)
        await desk.store(Captured(scores=found))
    return JSONResponse(TAKEN)


def read_object(body: bytes) -> dict[str, Json]:
    """A body that is an object; {} for other JSON. Raises Refusal."""
    try:
        given = read_document(body)
    except BadRequest as error:
        raise Refusal(400, str(error), is_malformed=True) from error
    return given if isinstance(given, dict) else {}


def _scores(span_id: str, given: dict[str, Json]) -> tuple[Score, ...]:
    """Scores of a call of which only the id is known: it stands in for the trace's until that is."""
    now_ns = time.time_ns()
    made = [score(span_id, span_id, name, value, time_ns=now_ns) for name, value in given.items() if name]
    return tuple(one for one in made if one is not None)
