"""What LangSmith's SDK sends: runs alone, in batches, or in multipart bodies with a part for each large field.

A run is sent twice, when it starts (post) and when it ends (patch), in any order; null in a patch means unchanged.
"""

from __future__ import annotations

import re
from typing import Literal, TypeAlias

from msgspec import Struct

from tracetui.model import Json
from tracetui.wire.langfuse_batch import read_document
from tracetui.wire.otlp_request import BadRequest
from tracetui.wire.weight import MOST_BODY_BYTES, TOO_MANY, weigh

Verb: TypeAlias = Literal["post", "patch"]
_ORDER = re.compile(r"(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)(\d*)Z")
_HIDDEN = ("LANGSMITH_", "LANGCHAIN_")
_REMOVED = "[removed]"
_PARTS = frozenset({"inputs", "outputs", "events", "extra", "error", "serialized"})


class SentRun(Struct, frozen=True):
    """One post or patch of a run: the fields that it sets. `trace_id` "" where the sender did not say it."""

    verb: Verb
    run_id: str
    trace_id: str
    fields: dict[str, Json]


class SentRuns(Struct, frozen=True):
    """What a request holds; `bad` parts had no id or were no JSON objects, `other` parts (attachments) are not kept."""

    runs: tuple[SentRun, ...] = ()
    feedback: tuple[dict[str, Json], ...] = ()
    bad: int = 0
    other: int = 0


def read_run(body: bytes, verb: Verb, run_id: str | None = None) -> SentRuns:
    """The body of `POST /runs` or `PATCH /runs/{id}`. Raises BadRequest."""
    document = read_document(body)
    if isinstance(document, dict) and run_id is not None:
        document = {**document, "id": run_id}
    found = _run(document, verb)
    if found is None:
        raise BadRequest("a run is an object with an id")
    return SentRuns((found,))


def read_batch(body: bytes) -> SentRuns:
    """The body of `/runs/batch`: `{"post": [run…], "patch": [run…]}`. Raises BadRequest."""
    document = read_document(body)
    if not isinstance(document, dict) or not document.keys() & {"post", "patch"}:
        raise BadRequest('no batch of runs: an object with lists "post" and "patch" is expected')
    listed = {verb: document.get(verb) or [] for verb in _VERBS}
    if not all(isinstance(items, list) for items in listed.values()):
        raise BadRequest('no batch of runs: "post" and "patch" are lists')
    sent = [_run(item, verb) for verb, items in listed.items() for item in items]
    runs = tuple(run for run in sent if run is not None)
    return SentRuns(runs, bad=len(sent) - len(runs))


_VERBS: tuple[Verb, Verb] = ("post", "patch")


def read_multipart(body: bytes, content_type: str) -> SentRuns:
    """The body of `/runs/multipart`, with its content type. Raises BadRequest."""
    from tracetui.wire.multipart import read_parts

    whole: dict[tuple[str, str], dict[str, Json]] = {}
    feedback: list[dict[str, Json]] = []
    bad = other = 0
    left = MOST_BODY_BYTES  # for all parts together: each may be too small to be looked at alone
    for name, data in read_parts(body, content_type):
        what, _, rest = name.partition(".")
        run_id, _, field = rest.partition(".")
        if what == "attachment" or (field and field not in _PARTS):
            other += 1
            continue
        left -= weigh(data)
        if left < 0:
            raise BadRequest(TOO_MANY)
        try:
            value = read_document(data)
        except BadRequest:
            bad += 1
            continue
        if what == "feedback" and isinstance(value, dict):
            feedback.append({"id": rest, **value})
        elif what in _VERBS and run_id and (field or isinstance(value, dict)):
            whole.setdefault((what, run_id), {}).update({field: value} if field else value)
        else:
            bad += 1
    runs = [
        _run({**fields, "id": run_id}, "post" if verb == "post" else "patch")
        for (verb, run_id), fields in whole.items()
    ]
    return SentRuns(tuple(run for run in runs if run is not None), tuple(feedback), bad, other)


def _run(document: Json, verb: Verb) -> SentRun | None:
    if not isinstance(document, dict) or not isinstance(document.get("id"), str) or not document["id"]:
        return None
    fields = {key: item for key, item in document.items() if item is not None}
    run_id: str = fields["id"]
    order = fields.get("dotted_order")
    path = order.split(".") if isinstance(order, str) and order else []
    if path and "start_time" not in fields:
        start = _ORDER.match(path[-1])
        if start is not None:
            fields["start_time"] = "{}-{}-{}T{}:{}:{}.{}Z".format(*start.groups()[:6], start[7] or "0")
    trace_id = fields.get("trace_id") or (path[0].partition("Z")[2] if path else None)
    if not trace_id and verb == "post" and "parent_run_id" not in fields:
        trace_id = run_id
    _clean(fields)
    return SentRun(verb, run_id, trace_id if isinstance(trace_id, str) else "", fields)


def _clean(fields: dict[str, Json]) -> None:
    """Take out what is the process's and not the run's: its environment, and headers, which may hold keys."""
    extra, inputs = fields.get("extra"), fields.get("inputs")
    metadata = extra.get("metadata") if isinstance(extra, dict) else None
    if isinstance(extra, dict) and isinstance(metadata, dict):
        kept = {key: item for key, item in metadata.items() if not key.startswith(_HIDDEN)}
        fields["extra"] = {**extra, "metadata": kept}
    if isinstance(inputs, dict) and isinstance(inputs.get("extra_headers"), dict):
        fields["inputs"] = {**inputs, "extra_headers": dict.fromkeys(inputs["extra_headers"], _REMOVED)}
