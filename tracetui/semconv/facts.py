"""Which attributes tell what: one pass over a span's attributes gathers its facts, whatever dialects it mixes.

A span's own dialect comes first and the others fill what it leaves out. Keys are looked up, never searched for: what a
key tells is worked out once and remembered.
"""

from __future__ import annotations

from msgspec import Struct

from tracetui.model import Content, Json
from tracetui.semconv.chat import parse_content
from tracetui.semconv.dialect import METADATA, Attributes, Dialect, Rows, merge
from tracetui.semconv.genai import GENAI
from tracetui.semconv.json_text import opened, parse_scalar_text
from tracetui.semconv.langfuse import LANGFUSE
from tracetui.semconv.logfire import LOGFIRE
from tracetui.semconv.openinference import OPENINFERENCE
from tracetui.semconv.openllmetry import OPENLLMETRY
from tracetui.semconv.own_fields import FIELDS, KEPT_FOR, WEIGHT
from tracetui.semconv.vercel import VERCEL

GENAI_ANSWER = "gen_ai.output.messages"
_INPUTS = ("input", "prompt")
_OUTPUTS = ("output", "completion", "response")


def _plain_input(attributes: Attributes) -> Content:
    return next((parse_content(attributes[key]) for key in _INPUTS if attributes.get(key) is not None), None)


def _plain_output(attributes: Attributes) -> Content:
    found = (attributes[key] for key in _OUTPUTS if attributes.get(key) is not None)
    return next((parse_content(value, role="assistant") for value in found), None)


COMMON = Dialect(
    name="common",
    keys={
        "feature": ("feature",),
        "error_type": ("error.type",),
        "environment": ("deployment.environment.name", "deployment.environment"),
        "release": ("service.version",),
        "langsmith_kind": ("langsmith.span.kind",),
        "tags": ("langsmith.span.tags", "tags"),
        "session": ("langsmith.trace.session_id", "session_id"),
        "sign": ("langfuse.trace.name", "traceloop.workflow.name"),
        "answer": ("output.value", "langfuse.observation.output"),
        "genai_answer": (GENAI_ANSWER,),
        "own_fields": (FIELDS,),
        "own_weight": (WEIGHT,),
        "own_reason": (KEPT_FOR,),
    },
    prefixes=(("langsmith.metadata.", METADATA),),
    read_input=_plain_input,
    read_output=_plain_output,
)
"""Keys that belong to no dialect or to all of them. The answers are looked into only for a refusal and, where nothing
else tells it, a finish reason."""

REFUSAL_SIGNS = ("efusal", "lockReason")
"""One of these stands in every answer that declines: `"refusal": "…"`, `"type": "refusal"`, `"blockReason"`."""
DIALECTS = (LANGFUSE, OPENINFERENCE, VERCEL, OPENLLMETRY, LOGFIRE, GENAI)
_REMEMBERED = 20_000
_NO_RANK = 1 << 30
_ENTRY = -1
_JSON_ENTRY = -2


class Reading(Struct, frozen=True):
    """The dialects of a span in the order in which they are asked, and their keys."""

    dialects: tuple[Dialect, ...]
    rows: Rows


class Facts(Struct, frozen=True):
    """What the attributes say: each fact's best value, as it was sent, and the metadata."""

    found: dict[str, Json]
    metadata: dict[str, Json]


def _reading(first: Dialect) -> Reading:
    order = (first, *(dialect for dialect in DIALECTS if dialect is not first), COMMON)
    return Reading(order, merge(order))


_READINGS = {dialect.name: _reading(dialect) for dialect in DIALECTS}
_PREFIXES = tuple((prefix, dialect) for dialect in (*DIALECTS, COMMON) for prefix, _ in dialect.prefixes)


def reading_of(attributes: Attributes, scope: str) -> Reading:
    """The dialect of a span by the keys that only it uses, the scope as a hint."""
    if "langfuse.observation.type" in attributes or scope == "langfuse-sdk" or "langfuse.trace.name" in attributes:
        return _READINGS["langfuse"]
    if "openinference.span.kind" in attributes:
        return _READINGS["openinference"]
    if "ai.operationId" in attributes:
        return _READINGS["vercel"]
    if (
        "traceloop.span.kind" in attributes
        or "traceloop.workflow.name" in attributes
        or "llm.request.type" in attributes
    ):
        return _READINGS["openllmetry"]
    if "logfire.span_type" in attributes or scope == "pydantic-ai":
        return _READINGS["logfire"]
    return _READINGS["genai"]


def gather(attributes: Attributes, rows: Rows) -> Facts:
    """The best value of every fact. Empty texts and null tell nothing."""
    found: dict[str, Json] = {}
    ranks: dict[str, int] = {}
    entries: dict[str, Json] = {}
    for key, value in attributes.items():
        try:
            row = rows[key]
        except KeyError:
            row = _classify(key, rows)
        if row is None or value is None or value == "":
            continue
        fact, rank = row
        if rank < 0:
            entries[fact] = parse_scalar_text(value) if rank == _JSON_ENTRY and isinstance(value, str) else value
        elif rank < ranks.get(fact, _NO_RANK):
            found[fact] = value
            ranks[fact] = rank
    metadata = opened(found["metadata"]) if "metadata" in found else None
    if isinstance(metadata, dict):
        entries = {**metadata, **entries}
    return Facts(found, entries)


FINISH_KEYS = frozenset(key for dialect in DIALECTS for key in dialect.keys.get("finish", ()))
"""Every key that tells a finish reason."""


def is_needed(key: str) -> bool:
    """Whether `interpret` looks at an attribute of this key; the others need not be decoded while indexing."""
    rows = _READINGS["genai"].rows
    try:
        return rows[key] is not None
    except KeyError:
        return _classify(key, rows) is not None


def is_answer(key: str) -> bool:
    """Whether this attribute can be long, and is needed only where `tells_refusal` holds for it (or, of
    `GENAI_ANSWER`, where no finish reason is recorded elsewhere)."""
    return key == GENAI_ANSWER or key in COMMON.keys["answer"]


def tells_refusal(answer: str) -> bool:
    """Whether an answer in JSON may say that the model declined; the cheap test before it is parsed."""
    return any(sign in answer for sign in REFUSAL_SIGNS)


def _classify(key: str, rows: Rows) -> tuple[str, int] | None:
    """What a key tells that stands in no table: an entry of the metadata, an indexed refusal, nothing."""
    row: tuple[str, int] | None = None
    for prefix, dialect in _PREFIXES:
        if key.startswith(prefix):
            row = (key[len(prefix) :], _JSON_ENTRY if dialect is LANGFUSE else _ENTRY)
            break
    if row is None and key.startswith(("gen_ai.completion.", "llm.output_messages.")):
        if key.endswith(".refusal"):
            row = ("refusal", 0)
        elif key.endswith(".finish_reason"):
            row = ("finish", _NO_RANK - 1)
    if len(rows) < _REMEMBERED:
        rows[key] = row
    return row
