"""Langfuse's API as far as its SDKs write: batches, scores, the auth check, prompts. (Spans of later SDKs are OTLP.)"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tracetui.collector.captured import Captured, Piece
from tracetui.collector.desk import Desk
from tracetui.collector.prompts import Prompts
from tracetui.collector.refusal import Refusal
from tracetui.model import Json, Score
from tracetui.sources.langfuse_rows import score_of
from tracetui.store.trace_facts import stand_in_id
from tracetui.wire.langfuse_batch import IngestionEvent, read_batch, read_document
from tracetui.wire.otlp_request import BadRequest

Read = TypeVar("Read")

_LOCAL = {"id": "local", "name": "local"}
_PROJECTS = {"data": [{**_LOCAL, "metadata": {}, "organization": _LOCAL}]}


def routes(desk: Desk, prompts: Prompts) -> list[Route]:
    """The addresses of Langfuse."""

    async def ingestion(request: Request) -> Response:
        async with desk.body(request) as body:
            events = _well_formed(lambda: read_batch(body))
            await desk.store(_captured(events))
        bad = [event for event in events if event.reason is not None]
        desk.counters.add(malformed=len(bad), ignored=sum(event.is_other for event in events))
        return JSONResponse(_told(events), 207)

    async def scores(request: Request) -> Response:
        async with desk.body(request) as body:
            given = _well_formed(lambda: read_document(body))
            listed = given if isinstance(given, list) else [given]
            found = [score for item in listed if isinstance(item, dict) and (score := _score(item)) is not None]
            if not found and listed:
                raise Refusal(400, "a score needs traceId, name and value", is_malformed=True)
            await desk.store(Captured(scores=tuple(found)))
        desk.counters.add(malformed=len(listed) - len(found))
        if isinstance(given, list):
            return JSONResponse({"message": "Accepted"}, 202)
        return JSONResponse({"id": found[0].id})

    async def prompt(request: Request) -> Response:
        asked = request.query_params
        found = prompts.find(request.path_params["name"], asked.get("version"), asked.get("label"))
        if found is None:
            message = f"Prompt not found: there is no such file in {prompts.folder}"
            return JSONResponse({"message": message, "error": "LangfuseNotFoundError"}, 404)
        return JSONResponse(found)

    async def projects(request: Request) -> Response:
        return JSONResponse(_PROJECTS)

    async def media(request: Request) -> Response:
        """Say of a file that it is known: it is not kept, and the sender must not wait for a place to put it."""
        async with desk.body(request) as body:
            given = _well_formed(lambda: read_document(body))
        desk.counters.add(ignored=1)
        known = given.get("sha256Hash") if isinstance(given, dict) else None
        return JSONResponse({"mediaId": str(known or "not-kept"), "uploadUrl": None}, 201)

    async def health(request: Request) -> Response:
        return JSONResponse({"status": "OK", "version": "3.0.0"})

    return [
        Route("/api/public/ingestion", ingestion, methods=["POST"]),
        Route("/api/public/scores", scores, methods=["POST"]),
        Route("/api/public/v2/prompts/{name:path}", prompt),
        Route("/api/public/media", media, methods=["POST"]),
        Route("/api/public/projects", projects),
        Route("/api/public/health", health),
    ]


def _well_formed(read: Callable[[], Read]) -> Read:
    try:
        return read()
    except BadRequest as error:
        raise Refusal(400, str(error), is_malformed=True) from error


def _captured(events: list[IngestionEvent]) -> Captured:
    sound = [event for event in events if event.reason is None]
    scores = [score for event in sound if event.thing == "score" and (score := _score(event.body)) is not None]
    pieces = [_piece(event) for event in sound if event.thing in ("trace", "observation")]
    return Captured(pieces=tuple(pieces), scores=tuple(scores))


def _piece(event: IngestionEvent) -> Piece:
    body = event.body
    if event.thing == "trace":
        return Piece("langfuse", body["id"], stand_in_id(body["id"]), body, event.stamp)
    return Piece("langfuse", body["traceId"], body["id"], body, event.stamp)


def _score(body: dict[str, Json]) -> Score | None:
    """A score as SDKs send it: the text of a category stands in `value`."""
    given = body.get("value")
    return score_of({**body, "stringValue": given} if isinstance(given, str) else body)


def _told(events: list[IngestionEvent]) -> dict[str, Json]:
    return {
        "successes": [{"id": event.id, "status": 201} for event in events if event.reason is None],
        "errors": [
            {"id": event.id, "status": 400, "message": event.reason, "error": "Bad Request"}
            for event in events
            if event.reason is not None
        ],
    }
