"""The summary of a span. Runs for every span of a file while it is indexed: it looks keys up and parses no messages."""

from __future__ import annotations

import re

from tracetui.model import Json, Kind, Span, Status
from tracetui.semconv.chat import is_refusal, parse_response
from tracetui.semconv.facts import DIALECTS, gather, reading_of, tells_refusal
from tracetui.semconv.json_text import opened
from tracetui.semconv.langfuse import LANGFUSE
from tracetui.semconv.money import cost_from, usage_from
from tracetui.semconv.openllmetry import REQUEST_KINDS
from tracetui.semconv.own_fields import with_fields
from tracetui.semconv.raw import RawSpan
from tracetui.semconv.scalars import duration_of, text_of
from tracetui.semconv.times import iso_nanoseconds

FIRST_TOKEN_EVENTS = frozenset(
    {
        "First Token Stream Event",
        "gen_ai.content.completion.chunk",
        "llm.content.completion.chunk",
        "ai.stream.firstChunk",
    }
)
"""Events that mark the first token; where there are several, the first counts."""

_LANGSMITH_KINDS: dict[str, Kind] = {
    "llm": "generation",
    "chain": "chain",
    "tool": "tool",
    "retriever": "retriever",
    "embedding": "embedding",
    "agent": "agent",
}
_FINISH = re.compile(r'"finish_reason"\s*:\s*"([^"]{1,64})"')
_NO_PARENT = "0" * 16


def interpret(raw: RawSpan) -> Span:
    """The summary of a span. Needs only the attributes for which `is_needed` holds."""
    facts = gather(raw.attributes, reading_of(raw.attributes, raw.scope).rows)
    found, metadata = facts.found, facts.metadata
    texts = {_TEXTS[fact]: text_of(value) for fact, value in found.items() if fact in _TEXTS}
    if "session_id" in texts or "user_id" in texts:
        _forget_scrubbed(texts)
    kind = _kind(found)
    finish = _finish(found, metadata)
    provider = _provider(found)
    span_id, parent_id, end_ns = _place(raw, found)
    status = _status(raw, found, kind, end_ns, finish)
    if metadata:
        _fill_from_metadata(texts, metadata)
    if raw.resource:
        _fill_from_resource(texts, raw.resource)
    if kind == "tool" and not texts.get("tool_name"):
        texts["tool_name"] = raw.name
    if "parameters" in found and not texts.get("model"):
        texts["model"] = _model_of_parameters(found["parameters"])
    text = texts.get
    # In the order of its fields: to find 27 fields by their names takes several times as long.
    span = Span(
        raw.trace_id,
        span_id,
        parent_id,
        kind,
        raw.name,
        raw.start_ns,
        end_ns,
        _ttft(raw, found),
        status,
        _status_message(raw, found, status),
        text("model"),
        provider,
        finish,
        usage_from(found, provider),
        cost_from(found),
        text("user_id"),
        text("session_id"),
        text("feature"),
        text("environment"),
        text("prompt_name"),
        text("prompt_version"),
        text("release"),
        text("tool_name"),
        _tags(found["tags"]) if "tags" in found else (),
        metadata,
        text("service_tier"),
        text("response_id"),
    )
    return with_fields(span, opened(found["own_fields"])) if "own_fields" in found else span


_TEXTS = {
    "model": "model",
    "user": "user_id",
    "session": "session_id",
    "feature": "feature",
    "environment": "environment",
    "release": "release",
    "prompt_name": "prompt_name",
    "prompt_version": "prompt_version",
    "tool_name": "tool_name",
    "service_tier": "service_tier",
    "response_id": "response_id",
}
"""Facts that are texts → the field of a span."""
_IN_METADATA = {
    "user_id": ("user_id", "userId", "user.id"),
    "session_id": ("session_id", "sessionId", "thread_id", "conversation_id"),
    "feature": ("feature",),
}
_IN_RESOURCE = {
    "environment": ("deployment.environment.name", "deployment.environment", *LANGFUSE.keys["environment"]),
    "release": (*LANGFUSE.keys["release"], "service.version"),
}


def _forget_scrubbed(texts: dict[str, str | None]) -> None:
    """Logfire replaces values that look secret, and to it a session does: every trace would be of one session."""
    for field in ("session_id", "user_id"):
        if (texts.get(field) or "").startswith("[Scrubbed due to "):
            texts[field] = None


def _fill_from_metadata(texts: dict[str, str | None], metadata: dict[str, Json]) -> None:
    for field, keys in _IN_METADATA.items():
        if not texts.get(field):
            texts[field] = next((text for key in keys if (text := text_of(metadata.get(key)))), None)


def _fill_from_resource(texts: dict[str, str | None], resource: dict[str, Json]) -> None:
    for field, keys in _IN_RESOURCE.items():
        if field not in texts:
            for key in keys:
                if key in resource:
                    texts[field] = text_of(resource[key])
                    break


def _place(raw: RawSpan, found: dict[str, Json]) -> tuple[str, str | None, int | None]:
    """Span id, parent and end. Logfire announces a running span with a span of its own below it; Langfuse says which
    span is a root although it names a parent that does not exist."""
    if "span_type" in found and found["span_type"] == "pending_span" and raw.parent_id is not None:
        return raw.parent_id, _pending_parent(found), None
    if "is_root" in found and found["is_root"] is True:
        return raw.span_id, None, raw.end_ns
    return raw.span_id, raw.parent_id, raw.end_ns


def _kind(found: dict[str, Json]) -> Kind:
    for fact, words in _KIND_WORDS:
        word = found.get(fact)
        if isinstance(word, str):
            kind = words.get(word) or words.get(word.lower()) or words.get(word.upper())
            if kind is not None:
                return kind
    operation = found.get("vercel_kind")
    if isinstance(operation, str):
        return _vercel(operation)
    if "genai_kind" in found or "openinference_kind" in found or "langfuse_kind" in found:
        return "span"
    return "generation" if "model" in found and ("input" in found or "output" in found) else "span"


_KIND_WORDS: tuple[tuple[str, dict[str, Kind]], ...] = (
    *((dialect.kind_fact, dialect.kinds) for dialect in DIALECTS if dialect.kind_fact and dialect.kinds),
    ("request_kind", REQUEST_KINDS),
    ("langsmith_kind", _LANGSMITH_KINDS),
)
_vercel = next(dialect.kind_of for dialect in DIALECTS if dialect.kind_of is not None)


def _provider(found: dict[str, Json]) -> str | None:
    """In lower case; of Vercel's `openai.chat` the first word."""
    value = found.get("provider")
    if not isinstance(value, str):
        return None
    return value.lower().partition(".")[0] if "vercel_kind" in found else value.lower()


def _finish(found: dict[str, Json], metadata: dict[str, Json]) -> str | None:
    value = found.get("finish")
    if value is None and metadata:
        value = metadata.get("finish_reason")
    if value is None:
        answer = found.get("genai_answer")
        last = _FINISH.findall(answer) if isinstance(answer, str) else None
        return last[-1] if last else None
    if isinstance(value, str) and value[:1] == "[":
        value = opened(value)
    if isinstance(value, list):
        value = value[0] if value else None
    return text_of(value)


def _status(raw: RawSpan, found: dict[str, Json], kind: Kind, end_ns: int | None, finish: str | None) -> Status:
    if raw.status_code == 2 or found.get("level") == "ERROR":
        return "error"
    if raw.status_code == 0 and ("error_type" in found or (raw.events and _has_exception(raw))):
        return "error"
    if kind == "generation" and (is_refusal(finish) or "refusal" in found or _refuses(found)):
        return "refused"
    return "running" if end_ns is None else "success"


def _has_exception(raw: RawSpan) -> bool:
    return any(event.name == "exception" for event in raw.events)


def _refuses(found: dict[str, Json]) -> bool:
    for fact in ("answer", "genai_answer"):
        answer = found.get(fact)
        if answer is not None and (not isinstance(answer, str) or tells_refusal(answer)):
            return parse_response(answer).is_refusal
    return False


def _status_message(raw: RawSpan, found: dict[str, Json], status: Status) -> str | None:
    message = raw.status_message or text_of(found.get("error_message"))
    if message is not None or status != "error":
        return message
    for event in raw.events:
        if event.name == "exception":
            kind, said = (
                text_of(event.attributes.get("exception.type")),
                text_of(event.attributes.get("exception.message")),
            )
            return f"{kind}: {said}" if kind and said else said or kind
    return text_of(found.get("error_type"))


def _ttft(raw: RawSpan, found: dict[str, Json]) -> int | None:
    if "ttft_s" in found:
        return duration_of(found["ttft_s"], 1e9)
    if "ttft_ms" in found:
        return duration_of(found["ttft_ms"], 1e6)
    at = found.get("ttft_at")
    moment = iso_nanoseconds(at) if isinstance(at, str) else None
    if moment is None and raw.events:
        moments = [event.time_ns for event in raw.events if event.name in FIRST_TOKEN_EVENTS and event.time_ns]
        moment = min(moments, default=None)
    return moment - raw.start_ns if moment is not None and moment >= raw.start_ns else None


def _tags(value: Json) -> tuple[str, ...]:
    value = opened(value)
    if isinstance(value, str):
        value = [tag.strip() for tag in value.split(",")]
    if not isinstance(value, list):
        return ()
    return tuple(tag for item in value if (tag := text_of(item)))


def _model_of_parameters(value: Json) -> str | None:
    """The model of a call that failed before it could be recorded elsewhere."""
    parameters = opened(value)
    return text_of(parameters.get("model")) if isinstance(parameters, dict) else None


def _pending_parent(found: dict[str, Json]) -> str | None:
    parent = text_of(found.get("pending_parent"))
    return parent.lower() if parent is not None and parent != _NO_PARENT else None
