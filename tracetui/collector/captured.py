"""What one request gave, whatever its protocol: the form in which it goes to the writer."""

from __future__ import annotations

from typing import Literal, TypeAlias

from msgspec import Struct

from tracetui.model import Json, Payload, Score, Span
from tracetui.semconv.raw import LogEvent, RawSpan

Protocol: TypeAlias = Literal["langfuse", "langsmith"]


class Whole(Struct, frozen=True):
    """A span that was sent complete, with what it carries.

    `is_attempt`: another one may have its id (a call that was tried again): the latest has it, the others keep one
    that is made of it.
    """

    span: Span
    payload: Payload
    is_attempt: bool = False


class Piece(Struct, frozen=True):
    """A part of a record that is sent in pieces, in any order: `fields` are set where they are newer than what is there.

    `stamp` sorts as text; pieces without one are taken in the order of arrival. `trace_id` "" is that of its span or parent.
    """

    protocol: Protocol
    trace_id: str
    span_id: str
    fields: dict[str, Json]
    stamp: str = ""


class Correction(Struct, frozen=True):
    """New values of a score that was sent before, by its id: some of `value`, `label` and `comment`."""

    score_id: str
    changes: dict[str, Json]


class Addition(Struct, frozen=True):
    """Metadata that are added to a span of which only the id is known."""

    span_id: str
    metadata: dict[str, Json]


class Captured(Struct, frozen=True):
    """Everything of one request that is to be stored."""

    spans: tuple[RawSpan, ...] = ()
    events: tuple[LogEvent, ...] = ()
    wholes: tuple[Whole, ...] = ()
    pieces: tuple[Piece, ...] = ()
    scores: tuple[Score, ...] = ()
    corrections: tuple[Correction, ...] = ()
    additions: tuple[Addition, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to store."""
        return not any(getattr(self, field) for field in self.__struct_fields__)
