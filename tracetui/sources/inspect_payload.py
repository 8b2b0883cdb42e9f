"""What a span of an Inspect AI log carried: messages, tools and the rest, with its attachments put back. Pure."""

from __future__ import annotations

from tracetui.model import Content, Json, Payload
from tracetui.semconv.chat import parse_tools
from tracetui.sources.cells import dict_of
from tracetui.sources.inspect_messages import messages_of, resolved
from tracetui.sources.inspect_sample import objects_in
from tracetui.sources.inspect_spans import Node

_OF_CALLS = ("id", "error", "view", "truncated", "working_time")
_OF_SAMPLES = (
    "messages", "scores", "target", "metadata", "model_usage", "store", "error", "total_time", "working_time",
)  # fmt: skip


def payload_of(node: Node, sample: dict[str, Json], raw: str) -> Payload:
    """What a span carried, its attachments put back."""
    source = resolved(node.source, sample)
    events = tuple(resolved(event, sample) for event in node.events)
    if node.source is sample:
        said: Content = messages_of(source.get("input"), sample)
        answered: Content = messages_of(_answer(source.get("output")), sample)
        return Payload(said, answered, (), {key: source[key] for key in _OF_SAMPLES if key in source}, events, raw)
    if node.span.kind == "generation":
        asked = source.get("input") or _referred(source.get("input_refs"), sample)
        answered = messages_of(_answer(source.get("output")), sample)
        tools = parse_tools(source.get("tools")) if source.get("tools") else ()
        attributes = {
            key: source[key] for key in ("config", "tool_choice", "error", "retries", "call") if source.get(key)
        }
        return Payload(messages_of(asked, sample), answered, tools, attributes, events, raw)
    if node.source.get("event") in ("tool", "subtask"):
        attributes = {key: source[key] for key in _OF_CALLS if source.get(key) is not None}
        return Payload(source.get("arguments", source.get("input")), source.get("result"), (), attributes, events, raw)
    attributes = {key: source[key] for key in ("type", "metadata") if source.get(key) is not None}
    return Payload(attributes=attributes, events=events, raw=raw)


def _answer(output: Json) -> Json:
    choices = objects_in(dict_of(output).get("choices"))
    return [choice["message"] for choice in choices if choice.get("message") is not None] or dict_of(output).get(
        "completion"
    )


def _referred(refs: Json, sample: dict[str, Json]) -> Json:
    """Messages that an event refers to by ranges of the sample's pool."""
    pool = dict_of(sample.get("events_data")).get("messages")
    if not isinstance(pool, list) or not isinstance(refs, list):
        return None
    found: list[Json] = []
    for pair in refs:
        if isinstance(pair, list) and len(pair) == 2 and all(type(place) is int for place in pair):
            found += pool[max(0, pair[0]) : max(0, pair[1])]
    return found
