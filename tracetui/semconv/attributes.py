"""A span as it was sent → its summary (`interpret`) and its payload (`unfold`), whatever dialect it speaks.

`interpret` runs for every span of a file while it is indexed, so it looks keys up and parses no messages. Each dialect
is a file of tables beside this one; docs/formats/otlp.md shows them to users.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import Any

from tracetui.model import Content, Cost, Json, Kind, Payload, Span, Status, Usage
from tracetui.semconv import genai_events
from tracetui.semconv.chat import is_refusal, parse_response
from tracetui.semconv.dialect import Dialect
from tracetui.semconv.facts import DIALECTS, Facts, gather, is_answer, is_needed, reading_of, tells_refusal
from tracetui.semconv.json_text import opened
from tracetui.semconv.langfuse import LANGFUSE
from tracetui.semconv.openllmetry import REQUEST_KINDS
from tracetui.semconv.raw import LogEvent, RawEvent, RawSpan
from tracetui.semconv.times import iso_nanoseconds
from tracetui.semconv.usage import count, is_anthropic, split_usage, usage_of
from tracetui.semconv.usage_buckets import usage_of_buckets

__all__ = ["FIRST_TOKEN_EVENTS", "LogEvent", "RawEvent", "RawSpan", "interpret", "is_answer", "is_needed", "unfold"]

FIRST_TOKEN_EVENTS = frozenset(
    {
        "First Token Stream Event",
        "gen_ai.content.completion.chunk",
        "llm.content.completion.chunk",
        "ai.stream.firstChunk",
    }
)
"""Events that mark the first token; where there are several, the first counts."""

_NO_USAGE = Usage()
_NO_COST = Cost()
_COUNTS = ("input", "output", "cache_read", "cache_write", "total")
_DETAILS = ("cache_read", "cache_write", "reasoning")
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
    reading = reading_of(raw.attributes, raw.scope)
    facts = gather(raw.attributes, reading.rows)
    found = facts.found
    kind = _kind(found)
    finish = _finish(facts)
    provider = _provider(found)
    model = _text(found.get("model"))
    if model is None and "parameters" in found:
        model = _model_of_parameters(found["parameters"])
    span_id, parent_id, end_ns = raw.span_id, raw.parent_id, raw.end_ns
    if "span_type" in found and found["span_type"] == "pending_span" and parent_id is not None:
        span_id, parent_id, end_ns = parent_id, _pending_parent(found), None
    elif "is_root" in found and found["is_root"] is True:
        parent_id = None
    status = _status(raw, found, end_ns, finish)
    name = raw.name
    tool_name = _text(found.get("tool_name"))
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
        usage=_usage(found, provider),
        cost=_cost(found),
        user_id=_text(found.get("user")),
        session_id=_text(found.get("session")),
        feature=_text(found.get("feature")) or (_text(facts.metadata.get("feature")) if facts.metadata else None),
        environment=_text(found.get("environment")) or _environment(raw.resource),
        prompt_name=_text(found.get("prompt_name")),
        prompt_version=_text(found.get("prompt_version")),
        release=_text(found.get("release")) or _release(raw.resource),
        tool_name=name if tool_name is None and kind == "tool" else tool_name,
        tags=_tags(found.get("tags")),
        metadata=facts.metadata,
        service_tier=_text(found.get("service_tier")),
        response_id=_text(found.get("response_id")),
    )


def unfold(raw: RawSpan, events: Sequence[LogEvent] = ()) -> Payload:
    """The payload of a span. `events` are log records of its trace and span id: messages of some instrumentations."""
    dialects = reading_of(raw.attributes, raw.scope).dialects
    spoken = sorted([*_span_events(raw), *events], key=lambda event: event.time_ns)
    said, answered = _first_input(dialects, raw), _first_output(dialects, raw)
    if not _is_conversation(said):
        said = genai_events.input_of(spoken) or said
    if not _is_conversation(answered):
        answered = genai_events.output_of(spoken) or answered
    tools = next((found for dialect in dialects if (found := dialect.read_tools(raw.attributes))), ())
    return Payload(
        input=said,
        output=answered,
        tools=tools or genai_events.tools_of(spoken),
        attributes=_all_attributes(raw),
        events=(*map(_event_json, raw.events), *map(_event_json, events)),
        raw=raw.raw,
    )


def _first_input(dialects: tuple[Dialect, ...], raw: RawSpan) -> Content:
    found = (dialect.read_input(raw.attributes) for dialect in dialects)
    return next((content for content in found if content is not None and content != ()), None)


def _first_output(dialects: tuple[Dialect, ...], raw: RawSpan) -> Content:
    found = (dialect.read_output(raw.attributes) for dialect in dialects)
    return next((content for content in found if content is not None and content != ()), None)


def _is_conversation(content: Content) -> bool:
    """Whether messages were found; a system prompt alone leaves room for more."""
    return isinstance(content, tuple) and any(message.role != "system" for message in content)


def _span_events(raw: RawSpan) -> list[LogEvent]:
    return [
        LogEvent(raw.trace_id, raw.span_id, event.name, event.time_ns, None, event.attributes)
        for event in raw.events
        if genai_events.is_message_event(event.name)
    ]


def _event_json(event: RawEvent | LogEvent) -> dict[str, Json]:
    seen: dict[str, Json] = {"name": event.name, "time_ns": event.time_ns, "attributes": event.attributes}
    return {**seen, "body": event.body} if isinstance(event, LogEvent) and event.body is not None else seen


def _all_attributes(raw: RawSpan) -> dict[str, Json]:
    """The span's own attributes, and those of its resource and the scope's name under keys of their own."""
    found = dict(raw.attributes)
    if raw.resource:
        found.setdefault("resource", raw.resource)
    if raw.scope:
        found.setdefault("scope", raw.scope)
    return found


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


def _text(value: Json) -> str | None:
    if isinstance(value, str):
        return value or None
    if value is None or isinstance(value, bool | dict | list):
        return None
    return str(value)


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
    return _text(value)


def _status(raw: RawSpan, found: dict[str, Json], end_ns: int | None, finish: str | None) -> Status:
    if raw.status_code == 2 or found.get("level") == "ERROR":
        return "error"
    if raw.status_code == 0 and ("error_type" in found or any(event.name == "exception" for event in raw.events)):
        return "error"
    if (finish is not None and is_refusal(finish)) or "refusal" in found or _refuses(found):
        return "refused"
    return "running" if end_ns is None else "success"


def _refuses(found: dict[str, Json]) -> bool:
    for fact in ("answer", "genai_answer"):
        answer = found.get(fact)
        if answer is not None and (not isinstance(answer, str) or tells_refusal(answer)):
            return parse_response(answer).is_refusal
    return False


def _status_message(raw: RawSpan, found: dict[str, Json], status: Status) -> str | None:
    message = raw.status_message or _text(found.get("error_message"))
    if message is not None or status != "error":
        return message
    for event in raw.events:
        if event.name == "exception":
            kind, said = _text(event.attributes.get("exception.type")), _text(event.attributes.get("exception.message"))
            return f"{kind}: {said}" if kind and said else said or kind
    return _text(found.get("error_type"))


def _ttft(raw: RawSpan, found: dict[str, Json]) -> int | None:
    if "ttft_s" in found:
        return _duration(found["ttft_s"], 1e9)
    if "ttft_ms" in found:
        return _duration(found["ttft_ms"], 1e6)
    at = found.get("ttft_at")
    moment = iso_nanoseconds(at) if isinstance(at, str) else None
    if moment is None and raw.events:
        moments = [event.time_ns for event in raw.events if event.name in FIRST_TOKEN_EVENTS and event.time_ns]
        moment = min(moments, default=None)
    return moment - raw.start_ns if moment is not None and moment >= raw.start_ns else None


def _duration(value: Json, unit_ns: float) -> int | None:
    number = _number(value)
    return round(number * unit_ns) if number is not None and number < 1e9 else None


def _number(value: Json) -> float | None:
    """A finite number that is not negative."""
    if isinstance(value, str):
        try:
            value = float(value)
        except ValueError:
            return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if math.isfinite(number) and number >= 0 else None


def _usage(found: dict[str, Json], provider: str | None) -> Usage:
    if "usage" in found:
        usage = usage_of_buckets(opened(found["usage"]))
        if usage is not None:
            return usage
    if "usage_raw" in found and not any(name in found for name in _DETAILS):
        usage = usage_of(opened(found["usage_raw"]))
        if usage is not None:
            return usage
    if not any(name in found for name in _COUNTS):
        return _NO_USAGE
    exclusive = "vercel_kind" in found and is_anthropic(provider)
    fresh = count(found.get("fresh"))
    cache_write = count(found.get("cache_write"))
    if exclusive and cache_write is None:
        cache_write = _anthropic_cache_write(found.get("provider_metadata"))
    return split_usage(
        input=fresh if fresh is not None else count(found.get("input")),
        output=count(found.get("output")),
        cache_read=count(found.get("cache_read")),
        cache_write=cache_write,
        reasoning=count(found.get("reasoning")),
        total=count(found.get("total")),
        cached_in_input=fresh is None and not exclusive,
    )


def _anthropic_cache_write(metadata: Json) -> int | None:
    """Vercel passes Anthropic's cache writes only inside the provider's metadata."""
    value: Any = opened(metadata)
    for key in ("anthropic", "usage"):
        value = value.get(key) if isinstance(value, dict) else None
    return count(value.get("cache_creation_input_tokens")) if isinstance(value, dict) else None


def _cost(found: dict[str, Json]) -> Cost:
    if "cost" in found:
        usd = _number(found["cost"])
    elif "costs" in found:
        usd = _sum_of_costs(opened(found["costs"]))
    elif "cost_input" in found or "cost_output" in found:
        parts = [number for key in ("cost_input", "cost_output") if (number := _number(found.get(key))) is not None]
        usd = sum(parts) if parts else None
    else:
        return _NO_COST
    return Cost(usd, "recorded") if usd is not None else _NO_COST


def _sum_of_costs(costs: Json) -> float | None:
    if not isinstance(costs, dict):
        return None
    total = _number(costs.get("total"))
    if total is not None:
        return total
    parts = [number for item in costs.values() if (number := _number(item)) is not None]
    return sum(parts) if parts else None


def _tags(value: Json) -> tuple[str, ...]:
    if value is None:
        return ()
    value = opened(value)
    if isinstance(value, str):
        value = [tag.strip() for tag in value.split(",")]
    if not isinstance(value, list):
        return ()
    return tuple(tag for item in value if (tag := _text(item)))


def _model_of_parameters(value: Json) -> str | None:
    """The model of a call that failed before it could be recorded elsewhere."""
    parameters = opened(value)
    return _text(parameters.get("model")) if isinstance(parameters, dict) else None


def _pending_parent(found: dict[str, Json]) -> str | None:
    parent = _text(found.get("pending_parent"))
    return parent.lower() if parent is not None and parent != _NO_PARENT else None


def _environment(resource: dict[str, Json]) -> str | None:
    for key in ("deployment.environment.name", "deployment.environment", *LANGFUSE.keys["environment"]):
        if key in resource:
            return _text(resource[key])
    return None


def _release(resource: dict[str, Json]) -> str | None:
    for key in (*LANGFUSE.keys["release"], "service.version"):
        if key in resource:
            return _text(resource[key])
    return None
