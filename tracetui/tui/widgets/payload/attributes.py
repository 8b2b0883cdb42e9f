"""Everything the source said about a span, key by key, and its events."""

from __future__ import annotations

from collections.abc import Iterator

from tracetui.model import Json, Span
from tracetui.text import inert, iso
from tracetui.tui.lines.document import Block, Inks
from tracetui.tui.lines.palette import Ink
from tracetui.tui.widgets.payload import paper
from tracetui.tui.widgets.payload.json_text import write_json
from tracetui.tui.widgets.payload.subject import How, Subject

_SHORT = 160


def draw_attributes(subject: Subject, how: How) -> list[Block]:
    """Attributes sorted by key, then metadata, events and the span's own times and ids."""
    if subject.payload is None:
        return []
    blocks = _section("attributes", subject.payload.attributes)
    if subject.node.span.metadata:
        blocks += _section("metadata", subject.node.span.metadata)
    for number, event in enumerate(subject.payload.events, start=1):
        blocks += _section(f"event {number}", event)
    return [*blocks, *_section("span", _span_facts(subject.node.span))]


def _section(title: str, values: dict[str, Json]) -> list[Block]:
    blocks = [paper.heading(title, "strong", "" if values else "none captured")]
    before = ""
    for key, value in sorted(_leaves(values)):
        blocks += _entry(key, value, _shared_prefix(before, key))
        before = key
    return [*blocks, paper.blank()]


def _leaves(values: dict[str, Json], prefix: str = "") -> Iterator[tuple[str, Json]]:
    """Keys joined by dots down to what is not an object."""
    for key, value in values.items():
        if isinstance(value, dict) and value:
            yield from _leaves(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value


def _shared_prefix(before: str, key: str) -> int:
    """Length of the leading dotted parts that `key` has in common with the key before it."""
    length = 0
    for mine, other in zip(key.split("."), before.split("."), strict=False):
        if mine != other:
            break
        length += len(mine) + 1
    return min(length, key.rfind(".") + 1)


def _entry(key: str, value: Json, shared: int) -> list[Block]:
    name: list[Ink] = [(inert(key[:shared]), "faint"), (inert(key[shared:]), "json-key"), ("  ", "text")]
    if isinstance(value, str):
        if len(value) <= _SHORT and "\n" not in value:
            return [Inks(*name, (inert(value), "text") if value else ("(empty)", "faint"))]
        return [Inks(*name), *paper.value(value)]
    text = write_json(value, compact=True)
    if len(text) > _SHORT:
        return [Inks(*name), *paper.value(value)]
    tone = "json-number" if isinstance(value, int | float) and not isinstance(value, bool) else "json-word"
    return [Inks(*name, (inert(text), "text" if isinstance(value, list | dict) else tone))]


def _span_facts(span: Span) -> dict[str, Json]:
    facts = {
        "trace_id": span.trace_id, "span_id": span.span_id, "parent_id": span.parent_id, "name": span.name,
        "start": iso(span.start_ns), "end": iso(span.end_ns), "environment": span.environment, "release": span.release,
        "service_tier": span.service_tier, "response_id": span.response_id, "feature": span.feature,
        "prompt.name": span.prompt_name, "prompt.version": span.prompt_version,
    }  # fmt: skip
    return {key: value for key, value in facts.items() if value is not None}
