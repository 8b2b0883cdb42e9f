"""A batch of Langfuse's ingestion (SDK 2; later ones for scores): events that each set some fields of one thing.

An event's own id names a delivery; `body.id` is the identity of the trace, observation or score. Kept by id, sent in any order.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

from msgspec import Struct

from tracetui.model import Json
from tracetui.wire.otlp_request import BadRequest
from tracetui.wire.otlp_values import loads
from tracetui.wire.reasons import TOO_DEEP, not_json
from tracetui.wire.weight import MOST_BODY_BYTES, TOO_MANY, is_too_heavy

Thing: TypeAlias = Literal["trace", "observation", "score"]
_OBSERVATIONS = ("span", "generation", "event", "observation", "agent", "tool", "chain", "retriever", "embedding",
                 "evaluator", "guardrail")  # fmt: skip
_IGNORED = frozenset({"sdk-log", "dataset-run-item-create"})


class IngestionEvent(Struct, frozen=True):
    """One event: what it sets fields of. `reason` says why it makes no sense; `is_other`: it is about nothing we keep."""

    id: str
    thing: Thing | None = None
    stamp: str = ""
    body: dict[str, Json] = {}
    reason: str | None = None
    is_other: bool = False


def read_batch(body: bytes) -> list[IngestionEvent]:
    """The events of a request. Raises BadRequest where it is no batch."""
    document = read_document(body)
    batch = document.get("batch") if isinstance(document, dict) else None
    if not isinstance(batch, list):
        raise BadRequest('no batch: an object with a list "batch" is expected')
    return [_event(item) for item in batch]


def read_document(body: bytes) -> Json:
    """A body as JSON. Raises BadRequest."""
    if is_too_heavy(body, MOST_BODY_BYTES):
        raise BadRequest(TOO_MANY)
    try:
        return loads(body)
    except RecursionError as error:
        raise BadRequest(TOO_DEEP) from error
    except ValueError as error:
        raise BadRequest(not_json(body, error)) from error


def _event(item: Json) -> IngestionEvent:
    if not isinstance(item, dict):
        return IngestionEvent("", reason="an event must be an object")
    given = item.get("id")
    event_id = given if isinstance(given, str) else ""
    given, body = item.get("type"), item.get("body")
    kind = given if isinstance(given, str) else ""
    if kind in _IGNORED:
        return IngestionEvent(event_id, is_other=True)
    word = kind.rpartition("-")[0]
    if not isinstance(body, dict) or (word not in _OBSERVATIONS and word not in ("trace", "score")):
        return IngestionEvent(event_id, reason="an event needs a known type and a body")
    stamp = item.get("timestamp")
    fields = {**body, "createdAt": stamp} if isinstance(stamp, str) else dict(body)
    thing: Thing = "trace" if word == "trace" else "score" if word == "score" else "observation"
    if thing == "observation":
        fields.setdefault("type", word.upper())
    needed = ("traceId", "name") if thing == "score" else ("id", "traceId") if thing == "observation" else ("id",)
    lacking = [key for key in needed if not isinstance(fields.get(key), str) or not fields[key]]
    # A score of a session has no trace: it is well formed, and there is nothing here to attach it to.
    if thing == "score" and lacking == ["traceId"] and fields.get("sessionId"):
        return IngestionEvent(event_id, is_other=True)
    reason = f"the body lacks {' and '.join(lacking)}" if lacking else None
    return IngestionEvent(event_id, thing, stamp if isinstance(stamp, str) else "", fields, reason)
