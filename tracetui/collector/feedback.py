"""`POST /feedback`: a rating of a trace as an application calls it, and LangSmith's feedback, which has the same address."""

from __future__ import annotations

import time
import uuid

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tracetui.collector.captured import Captured, Correction
from tracetui.collector.desk import Desk
from tracetui.collector.refusal import Refusal
from tracetui.model import Json, Score
from tracetui.sources.export_values import score, text
from tracetui.sources.langsmith import map_feedback
from tracetui.wire.langfuse_batch import read_document
from tracetui.wire.otlp_request import BadRequest


def routes(desk: Desk) -> list[Route]:
    """The address of feedback."""

    async def feedback(request: Request) -> Response:
        async with desk.body(request) as body:
            given = _object(body)
            found = map_feedback(given).scores if "key" in given else tuple(_rating(given))
            if not found:
                raise Refusal(422, "feedback needs trace_id and rating", is_malformed=True)
            await desk.store(Captured(scores=found))
        if "key" in given:
            return JSONResponse(given)
        return JSONResponse({"id": found[0].id, "trace_id": found[0].trace_id}, 201)

    async def correct(request: Request) -> Response:
        async with desk.body(request) as body:
            given = _object(body)
            correction = Correction(request.path_params["score_id"], _changes(given))
            await desk.store(Captured(corrections=(correction,)))
        return JSONResponse({**given, "id": correction.score_id})

    return [
        Route("/feedback", feedback, methods=["POST"]),
        Route("/feedback/{score_id}", correct, methods=["PATCH"]),
    ]


def _changes(given: dict[str, Json]) -> dict[str, Json]:
    """The fields of a score that a correction of LangSmith sets."""
    new = score("", None, "", given["score"] if given.get("score") is not None else given.get("value"))
    changes: dict[str, Json] = {} if new is None else {"value": new.value, "label": new.label}
    return {**changes, "comment": text(given, "comment")} if given.get("comment") is not None else changes


def _object(body: bytes) -> dict[str, Json]:
    try:
        given = read_document(body)
    except BadRequest as error:
        raise Refusal(400, str(error), is_malformed=True) from error
    if not isinstance(given, dict):
        raise Refusal(400, "feedback is a JSON object", is_malformed=True)
    return given


def _rating(given: dict[str, Json]) -> list[Score]:
    """`{trace_id, rating, comment}`, and where they are given `span_id`, `name` and `user_id`. The last one counts."""
    trace_id = text(given, "trace_id", "traceId")
    if trace_id is None:
        return []
    found = score(
        trace_id,
        text(given, "span_id", "spanId"),
        text(given, "name") or "user_rating",
        given.get("rating", given.get("score", given.get("value"))),
        source="human",
        comment=text(given, "comment"),
        author=text(given, "user_id", "userId", "user"),
        time_ns=time.time_ns(),
        identity=uuid.uuid4().hex,
    )
    return [found] if found is not None else []
