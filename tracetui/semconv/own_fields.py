"""What our own exports say of a span that no attribute of any convention says.

`tracetui.fields` is a JSON object of fields of `model.Span`, only those that a reader of the other attributes would get
otherwise: a span that succeeded although nobody recorded its end, usage that contradicts itself, a user that is known not
to be one. `tracetui.weight` and `tracetui.kept_for` are what sampling decided of its trace.
"""

from __future__ import annotations

import msgspec

from tracetui.model import Json, Span, Weight

FIELDS = "tracetui.fields"
WEIGHT, KEPT_FOR = "tracetui.weight", "tracetui.kept_for"
_MOST_WEIGHT = 1e9
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


def weight_of(trace_id: str, weight: Json, kept_for: Json) -> Weight | None:
    """What sampling decided of a trace, as an export says it; None where that is no number from 1 up."""
    if isinstance(weight, bool) or not isinstance(weight, int | float) or not 1 <= weight <= _MOST_WEIGHT:
        return None
    return Weight(trace_id, float(weight), kept_for if isinstance(kept_for, str) and kept_for else "rate")
