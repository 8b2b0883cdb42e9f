"""Datadog LLM Observability, agentless and as the agent: spans, evaluations, and what a tracer asks an agent besides."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TypeVar

import msgspec
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tracetui.collector.captured import Captured, Whole
from tracetui.collector.desk import Desk
from tracetui.collector.refusal import Refusal
from tracetui.model import Json, Score, Span
from tracetui.semconv.chat import is_refusal
from tracetui.sources.datadog import map_span, unfold_span
from tracetui.sources.export_values import moment, score, table, text
from tracetui.wire.llmobs import SentSpans, read_apm, read_evaluations, read_events
from tracetui.wire.otlp_request import BadRequest

Read = TypeVar("Read")

INFO = {
    "endpoints": ["/v0.4/traces", "/evp_proxy/v2/", "/evp_proxy/v4/"],
    "span_meta_structs": True,
    "client_drop_p0s": False,
    "config": {},
}
"""What `GET /info` answers to a tracer that looks for an agent."""
_EVENTS = ("/api/v2/llmobs", "/evp_proxy/{version}/api/v2/llmobs", "/api/intake/llm-obs/{version}/trace/spans",
           "/evp_proxy/{proxy}/api/intake/llm-obs/{version}/trace/spans")  # fmt: skip
_EVALUATIONS = (
    "/api/intake/llm-obs/{version}/eval-metric",
    "/evp_proxy/{proxy}/api/intake/llm-obs/{version}/eval-metric",
)
_NOT_KEPT = ("/telemetry/proxy/api/v2/apmtelemetry", "/v0.7/config", "/v0.6/stats")
_VALUES = ("score_value", "boolean_value", "categorical_value")


def routes(desk: Desk) -> list[Route]:
    """The addresses of Datadog."""

    async def events(request: Request) -> Response:
        await _take(desk, request, read_events)
        return JSONResponse({}, 202)

    async def apm(request: Request) -> Response:
        await _take(desk, request, read_apm)
        return JSONResponse({"rate_by_service": {}})

    async def evaluations(request: Request) -> Response:
        async with desk.body(request) as body:
            metrics = _well_formed(read_evaluations, body)
            scores = [found for metric in metrics if (found := _score(metric)) is not None]
            await desk.store(Captured(scores=tuple(scores)))
        desk.counters.add(ignored=len(metrics) - len(scores))
        return JSONResponse({}, 202)

    async def not_kept(request: Request) -> Response:
        async with desk.body(request):
            return JSONResponse({})

    both = ["POST", "PUT"]
    return [
        *(Route(path, events, methods=["POST"]) for path in _EVENTS),
        *(Route(path, evaluations, methods=["POST"]) for path in _EVALUATIONS),
        Route("/v0.4/traces", apm, methods=both),
        *(Route(path, not_kept, methods=both) for path in _NOT_KEPT),
    ]


async def _take(desk: Desk, request: Request, read: Callable[[bytes], SentSpans]) -> None:
    async with desk.body(request) as body:
        sent = await asyncio.to_thread(_well_formed, read, body)
        wholes = [whole for row in sent.rows if (whole := _whole(row)) is not None]
        await desk.store(Captured(wholes=tuple(wholes)))
    desk.counters.add(malformed=sent.bad + len(sent.rows) - len(wholes), ignored=sent.other)


def _well_formed(read: Callable[[bytes], Read], body: bytes) -> Read:
    try:
        return read(body)
    except BadRequest as error:
        raise Refusal(400, str(error), is_malformed=True) from error


def _whole(row: dict[str, Json]) -> Whole | None:
    """A span with what exports do not have: its finish reason, and the task, which is no chain of ours."""
    span = map_span(row).span
    if span is None:
        return None
    finish = text(table(table(row, "meta"), "metadata"), "finish_reason")
    changes: dict[str, Json] = {"finish_reason": finish} if finish is not None else {}
    if is_refusal(finish) and span.status == "success":
        changes["status"] = "refused"
    if row.get("span_kind") == "task":
        changes["kind"] = "span"
    whole: Span = msgspec.structs.replace(span, **changes)
    return Whole(whole, unfold_span(row))


def _score(metric: dict[str, Json]) -> Score | None:
    """An evaluation; None where it names its span by a tag, or has a value that is no score (JSON)."""
    span = table(table(metric, "join_on"), "span")
    trace_id, span_id, name = text(span, "trace_id"), text(span, "span_id"), text(metric, "label")
    if trace_id is None or span_id is None or name is None:
        return None
    given = next((metric[key] for key in _VALUES if metric.get(key) is not None), None)
    comment = text(metric, "reasoning", "assessment")
    return score(trace_id, span_id, name, given, comment=comment, time_ns=moment(metric.get("timestamp_ms")))
