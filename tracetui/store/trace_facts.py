"""What some stores say about a trace in a record of its own, apart from its spans: its user, session, tags, release.

Such a record travels as a span that stands in for the trace (`stand_in_id`). While nothing else of the trace is known it
is shown as its only span. As soon as there is a real one the stand-in goes, and what it said is on all spans of the trace:
whoever comes first, the result is the same.
"""

from __future__ import annotations

from typing import Any

import msgspec

from tracetui.model import Payload, Span

_PREFIX = "trace:"
_OF_ROOTS = ("provider", "model", "prompt_name", "prompt_version")
_FIELDS = ("user_id", "session_id", "environment", "release", "feature")


def stand_in_id(trace_id: str) -> str:
    """The span id of the record that stands in for a trace."""
    return _PREFIX + trace_id


def is_stand_in(span: Span) -> bool:
    """Whether a span only stands in for its trace."""
    return span.span_id.startswith(_PREFIX) and span.span_id == _PREFIX + span.trace_id


def with_facts(span: Span, facts: Span) -> Span:
    """A span with what the trace's own record says; the same span where that adds nothing."""
    changes: dict[str, Any] = {}
    for field in _FIELDS:
        found = getattr(facts, field)
        if found is not None and found != getattr(span, field):
            changes[field] = found
    tags = tuple(dict.fromkeys((*span.tags, *facts.tags)))
    if tags != span.tags:
        changes["tags"] = tags
    if span.parent_id is None:
        metadata = {**facts.metadata, **span.metadata}
        if metadata != span.metadata:
            changes["metadata"] = metadata
        for field in _OF_ROOTS:
            if getattr(span, field) is None and getattr(facts, field) is not None:
                changes[field] = getattr(facts, field)
    return msgspec.structs.replace(span, **changes) if changes else span


def with_older(span: Span, older: Span) -> Span:
    """A span that is read again, with what its trace's own record said and it does not say itself."""
    changes = {
        field: getattr(older, field)
        for field in _FIELDS
        if getattr(span, field) is None and getattr(older, field) is not None
    }
    return msgspec.structs.replace(span, **changes) if changes else span


def with_said(payload: Payload, said: Payload) -> Payload:
    """The payload of a root with what its trace's own record has and it lacks: a request that is kept apart from its
    answer, the input of a whole trace."""
    return msgspec.structs.replace(
        payload,
        input=said.input if payload.input in (None, ()) else payload.input,
        output=said.output if payload.output in (None, ()) else payload.output,
        tools=payload.tools or said.tools,
    )
