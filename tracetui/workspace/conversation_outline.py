"""One generation of a trace as digests of its messages, so that a long trace can be compared without keeping it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from typing import TypeAlias

from msgspec import Struct

from tracetui.errors import TracetuiError
from tracetui.model import Message, Node, Payload, Span, Text
from tracetui.semconv.chat import dump_messages
from tracetui.semconv.chat_pairs import canonical, messages_of, pair_calls

Load: TypeAlias = Callable[[str], Payload]
"""Gives what the span of that id carried; raises TracetuiError."""

_SYSTEM = frozenset({"system", "developer"})
_LETTERS = 20_000
_AKIN = 0.4
"""Share of words that two system prompts have in common where one was made from the other."""


class Outline(Struct, frozen=True):
    """One generation: digests of its input's messages and of its system prompt, and the ids of calls and results.

    `words` are those of the system prompt, the first thousands of them: they tell one that was changed from another.
    """

    span_id: str
    number: int
    end_ns: int | None
    agent: str | None
    messages: tuple[bytes, ...] = ()
    system: bytes | None = None
    words: frozenset[str] = frozenset()
    asked: frozenset[str] = frozenset()
    answered: frozenset[str] = frozenset()


def outline_call(span: Span, number: int, agent: str | None, payload: Payload) -> Outline:
    """Digest one generation."""
    given = messages_of(payload.input)
    pairs = pair_calls(messages_of(payload.input, payload.output))
    system = tuple(message for message in given if message.role in _SYSTEM)
    return Outline(
        span.span_id,
        number,
        span.end_ns,
        agent,
        tuple(digest(message) for message in given),
        hashlib.blake2b(b"".join(map(digest, system)), digest_size=16).digest() if system else None,
        frozenset(word for message in system for word in _words(message)),
        frozenset(call.id for call in pairs.calls if call.id),
        frozenset(result.call_id for result in pairs.results if result.call_id),
    )


def _words(message: Message) -> list[str]:
    text = " ".join(part.text for part in message.parts if isinstance(part, Text))
    return text[:_LETTERS].split()


def are_akin(one: Outline, other: Outline) -> bool:
    """Whether two calls have the same system prompt, or one that is half the same: steps of one task, not of two."""
    if one.system == other.system:
        return True
    both = len(one.words & other.words)
    return both > 0 and both >= _AKIN * (len(one.words) + len(other.words) - both)


def digest(message: Message) -> bytes:
    """16 bytes that are equal for equal messages."""
    return hashlib.blake2b(canonical(dump_messages((message,))), digest_size=16).digest()


def shared_prefix(one: Sequence[bytes], other: Sequence[bytes]) -> int:
    """How many of the first messages are the same."""
    count = 0
    for mine, theirs in zip(one, other, strict=False):
        if mine != theirs:
            break
        count += 1
    return count


def start_of(node: Node) -> tuple[int, str]:
    """What spans are ordered by."""
    return node.span.start_ns, node.span.span_id


def loaded(load: Load, span_id: str) -> Payload:
    """What a span carried; nothing where that cannot be had."""
    try:
        return load(span_id)
    except TracetuiError:
        return Payload()
