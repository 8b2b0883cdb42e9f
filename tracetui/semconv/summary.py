"""The summary of a span. Runs for every span of a file while it is indexed: it looks keys up and parses no messages."""

from __future__ import annotations

import re

from tracetui.model import Json, Kind, Span, Status
from tracetui.semconv.chat import is_refusal, parse_response
from tracetui.semconv.facts import DIALECTS, Facts, gather, reading_of, tells_refusal
from tracetui.semconv.json_text import opened
from tracetui.semconv.langfuse import LANGFUSE
from tracetui.semconv.money import cost_from, usage_from
from tracetui.semconv.openllmetry import REQUEST_KINDS
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
_USERS = ("user_id", "userId", "user.id")
_SESSIONS = ("session_id", "sessionId", "thread_id", "conversation_id")
_FEATURES = ("feature",)
_NO_PARENT = "0" * 16


def interpret(raw: RawSpan) -> Span:
    """The summary of a span. Needs only the attributes for which `is_needed` holds."""
    reading = reading_of(raw.attributes, raw.scope)
    facts = gather(raw.attributes, reading.rows)
    found = facts.found
    kind = _kind(found)
    metadata = facts.metadata
    finish = _finish(facts)
    provider = _provider(found)
    model = text_of(found.get("model"))
    if model is None and "parameters" in found:
        model = _model_of_parameters(found["parameters"])
    span_id, parent_id, end_ns = raw.span_id, raw.parent_id, raw.end_ns
    if "span_type" in found and found["span_type"] == "pending_span" and parent_id is not None:
        span_id, parent_id, end_ns = parent_id, _pending_parent(found), None
    elif "is_root" in found and found["is_root"] is True:
        parent_id = None
    status = _status(raw, found, kind, end_ns, finish)
    name = raw.name
    tool_name = text_of(found.get("tool_name"))
    return Span(
        trace_id=raw.trace_id,
        span_id=span_id,
        parent_id=parent_id,
        kind=kind,
        name=name,
        start_ns=raw.start_ns,
        end_ns=end_ns,
        ttft_ns=_ttft(raw, found),
        status=status,
        status_message=_status_message(raw, found, status),
        model=model,
        provider=provider,
        finish_reason=finish,
        usage=usage_from(found, provider),
        cost=cost_from(found),
        user_id=text_of(found.get("user")) or _from_metadata(metadata, _USERS),
        session_id=text_of(found.get("session")) or _from_metadata(metadata, _SESSIONS),
        feature=text_of(found.get("feature")) or _from_metadata(metadata, _FEATURES),
        environment=text_of(found.get("environment")) or _environment(raw.resource),
        prompt_name=text_of(found.get("prompt_name")),
        prompt_version=text_of(found.get("prompt_version")),
        release=text_of(found.get("release")) or _release(raw.resource),
        tool_name=name if tool_name is None and kind == "tool" else tool_name,
        tags=_tags(found.get("tags")),
        metadata=metadata,
        service_tier=text_of(found.get("service_tier")),
        response_id=text_of(found.get("response_id")),
    )


def _kind(found: dict[str, Json]) -> Kind:
    for fact, words in _KIND_WORDS:
        word = found.get(fact)
        if isinstance(word, str):
            kind = words.get(word) or words.get(word.lower())
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


def _from_metadata(metadata: dict[str, Json], keys: tuple[str, ...]) -> str | None:
    return next((text for key in keys if (text := text_of(metadata.get(key)))), None) if metadata else None


def _provider(found: dict[str, Json]) -> str | None:
    """In lower case; of Vercel's `openai.chat` the first word."""
    value = found.get("provider")
    if not isinstance(value, str):
        return None
    return value.lower().partition(".")[0] if "vercel_kind" in found else value.lower()


def _finish(facts: Facts) -> str | None:
    value = facts.found.get("finish")
    if value is None:
        value = facts.metadata.get("finish_reason")
    if value is None:
        answer = facts.found.get("genai_answer")
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
    if raw.status_code == 0 and ("error_type" in found or any(event.name == "exception" for event in raw.events)):
        return "error"
    if kind == "generation" and (is_refusal(finish) or "refusal" in found or _refuses(found)):
        return "refused"
    return "running" if end_ns is None else "success"


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
    if value is None:
        return ()
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


def _environment(resource: dict[str, Json]) -> str | None:
    for key in ("deployment.environment.name", "deployment.environment", *LANGFUSE.keys["environment"]):
        if key in resource:
            return text_of(resource[key])
    return None


def _release(resource: dict[str, Json]) -> str | None:
    for key in (*LANGFUSE.keys["release"], "service.version"):
        if key in resource:
            return text_of(resource[key])
    return None
