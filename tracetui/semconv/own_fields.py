"""The attribute `tracetui.fields`: what our own export says of a span that no attribute of any convention says.

A JSON object of fields of `model.Span`, only those that a reader of the other attributes would get otherwise: a span
that succeeded although nobody recorded its end, usage that contradicts itself, a user that is known not to be one.
"""

from __future__ import annotations

import msgspec

from tracetui.model import Json, Span

FIELDS = "tracetui.fields"
_TOLD_OTHERWISE = frozenset({"trace_id", "span_id", "parent_id", "cost"})
"""Ids are OTLP's own; a recorded cost is an attribute, and a computed one is computed anew by whoever reads."""
NAMES = tuple(name for name in Span.__struct_fields__ if name not in _TOLD_OTHERWISE)


def fields_to_tell(span: Span, understood: Span) -> dict[str, Json]:
    """The fields of a span that were understood otherwise."""
    return {name: getattr(span, name) for name in NAMES if getattr(span, name) != getattr(understood, name)}


def with_fields(span: Span, told: Json) -> Span:
    """The span with these fields as they were told; as it is where they are not what a span has."""
    if not isinstance(told, dict):
        return span
    known = {name: told[name] for name in NAMES if name in told}
    try:
        return msgspec.convert({**msgspec.to_builtins(span), **known}, Span)
    except (msgspec.ValidationError, RecursionError):
        return span
