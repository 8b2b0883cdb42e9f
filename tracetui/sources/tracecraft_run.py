"""A run of tracecraft (`AgentRun`, as its stores write it) → spans. The run is the root, its steps lie under it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

from msgspec import Struct

from tracetui.model import Content, Cost, Json, Kind, Payload, Span, Usage
from tracetui.semconv.chat import parse_content, parse_messages
from tracetui.semconv.scalars import duration_of, number_of, text_of
from tracetui.semconv.usage import count, split_usage, usage_of
from tracetui.sources.cells import MS, Dict, dict_of, list_of, raw_text, time_ns

_KINDS: dict[str, Kind] = {
    "agent": "agent", "llm": "generation", "tool": "tool", "retrieval": "retriever", "guardrail": "guardrail",
    "evaluation": "evaluator", "workflow": "chain", "error": "event", "memory": "span",
}  # fmt: skip
_SAID = ("messages", "prompt", "input", "query", "text")
_ANSWERED = ("message", "messages", "content", "response", "result", "output", "completion", "text")
_DEEPEST = 400


class Part(Struct, frozen=True):
    """One span of a run, and what loads its payload."""

    span: Span
    payload: Callable[[], Payload]


def spans_of_run(run: Dict, complain: Callable[[str], None]) -> list[Part]:
    """The spans of a run; none where it has no id, and then `complain` gets the reason."""
    trace_id = text_of(run.get("id"))
    if trace_id is None:
        complain("a run without an id")
        return []
    steps = [_step(trace_id, run, step, parent, complain) for step, parent in _walk(run, trace_id)]
    parts = [part for part in steps if part is not None]
    return [_root(trace_id, run, [part.span for part in parts], complain), *parts]


def _walk(run: Dict, root_id: str) -> Iterator[tuple[Dict, str]]:
    """Each step with the id of what it lies under, without recursion."""
    waiting = [(step, root_id, 0) for step in reversed(list_of(run.get("steps")))]
    while waiting:
        step, above, depth = waiting.pop()
        if not isinstance(step, dict):
            continue
        yield step, above
        if depth < _DEEPEST:
            own = text_of(step.get("id")) or above
            waiting += [(child, own, depth + 1) for child in reversed(list_of(step.get("children")))]


def _times(record: Dict) -> tuple[int | None, int | None]:
    start = time_ns(record.get("start_time"))
    end = time_ns(record.get("end_time"))
    lasted = duration_of(record.get("duration_ms"), MS)
    if end is None and start is not None and lasted is not None:
        end = start + lasted
    return start, end if end is None or start is None else max(start, end)


def _root(trace_id: str, run: Dict, steps: list[Span], complain: Callable[[str], None]) -> Part:
    start, end = _times(run)
    if start is None:
        complain("start_time of a run is no time")
    failed = run.get("error") is not None
    own: Usage = Usage()
    usd = number_of(run.get("total_cost_usd"))
    if not any(span.usage.is_recorded for span in steps):
        own = split_usage(total=count(run.get("total_tokens")) or None)
    has_cost = any(span.cost.usd is not None for span in steps) or not usd
    span = Span(
        trace_id=trace_id,
        span_id=trace_id,
        kind="agent",
        name=text_of(run.get("name")) or "run",
        start_ns=start or 0,
        end_ns=end,
        status="error" if failed else "running" if end is None else "success",
        status_message=_message(run) if failed else None,
        usage=own,
        cost=Cost() if has_cost else Cost(usd, "recorded"),
        user_id=text_of(run.get("user_id")),
        session_id=text_of(run.get("session_id")),
        feature=text_of(dict_of(run.get("attributes")).get("feature")),
        environment=text_of(run.get("environment")),
        tags=tuple(text for tag in list_of(run.get("tags")) if (text := text_of(tag))),
        metadata=_metadata(run),
    )
    return Part(span, partial(_run_payload, run))


def _metadata(run: Dict) -> Dict:
    names = ("description", "agent_name", "agent_id", "cloud_provider", "cloud_trace_id", "project_id")
    found = {name: run[name] for name in names if run.get(name) is not None}
    return {**found, **dict_of(run.get("attributes"))}


def _message(record: Dict) -> str | None:
    kind, said = text_of(record.get("error_type")), text_of(record.get("error"))
    return f"{kind}: {said}" if kind and said and not said.startswith(kind) else said or kind


def _step(trace_id: str, run: Dict, step: Dict, above: str, complain: Callable[[str], None]) -> Part | None:
    step_id = text_of(step.get("id"))
    start, end = _times(step)
    if step_id is None or start is None:
        complain("a step without an id or a start_time")
        return None
    word = str(step.get("type") or "")
    kind = _KINDS.get(word, "span")
    failed = step.get("error") is not None
    attributes = dict_of(step.get("attributes"))
    usd = number_of(step.get("cost_usd"))
    name = text_of(step.get("name")) or word or "step"
    span = Span(
        trace_id=trace_id,
        span_id=step_id,
        parent_id=text_of(step.get("parent_id")) or above,
        kind=kind,
        name=name,
        start_ns=start,
        end_ns=end,
        status="error" if failed or word == "error" else "running" if end is None else "success",
        status_message=_message(step) if failed else None,
        model=text_of(step.get("model_name")),
        provider=text_of(step.get("model_provider")),
        usage=_usage(step, attributes),
        cost=Cost() if usd is None else Cost(usd, "recorded"),
        session_id=text_of(run.get("session_id")),
        tool_name=name if kind == "tool" else None,
        metadata={} if word in _KINDS and kind != "span" else {"type": word},
    )
    return Part(span, partial(_step_payload, step, kind))


def _usage(step: Dict, attributes: Dict) -> Usage:
    """The step's own counts; what was read from a cache is only told by attributes, and is part of the input."""
    prefix = "gen_ai.usage."
    told = {key.removeprefix(prefix): value for key, value in attributes.items() if key.startswith(prefix)}
    found = usage_of(told) or Usage()
    own_input, own_output = count(step.get("input_tokens")), count(step.get("output_tokens"))
    if own_input is None and own_output is None:
        return found
    cached = (found.cache_read or 0) + (found.cache_write or 0)
    is_inside = own_input is not None and cached <= own_input
    return split_usage(
        input=own_input,
        output=own_output,
        cache_read=found.cache_read if is_inside else None,
        cache_write=found.cache_write if is_inside else None,
        reasoning=found.reasoning,
    )


def _run_payload(run: Dict) -> Payload:
    known = ("steps", "input", "output")
    return Payload(
        parse_content(run.get("input"), role="user"),
        parse_content(run.get("output"), role="assistant"),
        attributes={key: value for key, value in run.items() if key not in known and value not in (None, [], {})},
        raw=raw_text({**run, "steps": len(list_of(run.get("steps")))}),
    )


def _step_payload(step: Dict, kind: Kind) -> Payload:
    inputs, outputs = step.get("inputs"), step.get("outputs")
    is_call = kind == "generation"
    attributes = dict(dict_of(step.get("attributes")))
    if step.get("streaming_chunks"):
        attributes["streaming_chunks"] = step["streaming_chunks"]
    shown = {key: value for key, value in step.items() if key != "children"}
    return Payload(
        _spoken(inputs, _SAID, "user") if is_call else inputs or None,
        _spoken(outputs, _ANSWERED, "assistant") if is_call else outputs or None,
        attributes=attributes,
        raw=raw_text(shown),
    )


def _spoken(value: Json, names: tuple[str, ...], role: str) -> Content:
    """The conversation in what a call was given, where one of the usual names has it and nothing else stands there."""
    if not isinstance(value, dict) or not value:
        return value or None
    whole = parse_content(value, role=role)
    if isinstance(whole, tuple):
        return whole
    name = next((name for name in names if value.get(name) is not None), None)
    if name is None or (len(value) > 1 and not isinstance(value[name], list)):
        return value
    return parse_messages(value[name], role)
