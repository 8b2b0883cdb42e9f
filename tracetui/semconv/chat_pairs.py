"""Which result answers which tool call in a conversation, which calls and results stand alone, and which calls repeat.

Calls and results are numbered in the order in which they stand, those of the input first. Pure.
"""

from __future__ import annotations

from collections import Counter, defaultdict, deque
from collections.abc import Iterable, Iterator, Sequence

import msgspec
from msgspec import Struct

from tracetui.model import Content, Json, Message, ToolCall, ToolResult


class Pairs(Struct, frozen=True):
    """Calls and results of a conversation. `answers` has for each call the number of its result, or None.

    `unasked` are the numbers of results that answer no call here; `repeats` has for each call how many calls have its
    name and arguments, and which of them it is, from 1 on.
    """

    calls: tuple[ToolCall, ...] = ()
    results: tuple[ToolResult, ...] = ()
    answers: tuple[int | None, ...] = ()
    unasked: frozenset[int] = frozenset()
    repeats: tuple[tuple[int, int], ...] = ()

    @property
    def unanswered(self) -> tuple[int, ...]:
        """The numbers of the calls that have no result here."""
        return tuple(number for number, answer in enumerate(self.answers) if answer is None)


class Elsewhere(Struct, frozen=True):
    """The result of a call that stands in another span, and which span that is in words."""

    result: ToolResult
    place: str


class Context(Struct, frozen=True):
    """What the rest of the trace says about one span's messages.

    The first `shared` messages of its input are those of the call that `shared_with` names. `elsewhere` and `askers`
    go by the numbers of `Pairs`: results of unanswered calls found in other spans, and where a result's call was made.
    `is_running`: results may still come. `previous_id` is the call to compare the prompt with. `drifted` are all calls
    of the trace whose system prompt was changed since the call before.
    """

    place: str = ""
    shared: int = 0
    shared_with: str = ""
    elsewhere: dict[int, Elsewhere] = {}
    askers: dict[int, str] = {}
    is_running: bool = False
    previous_id: str | None = None
    previous: str = ""
    drifted: frozenset[str] = frozenset()


def messages_of(*contents: Content) -> list[Message]:
    """The messages of those contents that are conversations."""
    return [message for content in contents if isinstance(content, tuple) for message in content]


def pair_calls(messages: Iterable[Message]) -> Pairs:
    """Pair calls and results: by id where the call has one, else by name, in order; a result never precedes its call.

    An id that two calls have in common is taken by the first of them that has no result yet.
    """
    calls: list[ToolCall] = []
    results: list[ToolResult] = []
    answers: list[int | None] = []
    unasked: set[int] = set()
    waiting: defaultdict[tuple[str, str], deque[int]] = defaultdict(deque)
    for part in (part for message in messages for part in message.parts):
        if isinstance(part, ToolCall):
            waiting[_key(part)].append(len(calls))
            calls.append(part)
            answers.append(None)
        elif isinstance(part, ToolResult):
            call = _take(waiting, part)
            if call is None:
                unasked.add(len(results))
            else:
                answers[call] = len(results)
            results.append(part)
    return Pairs(tuple(calls), tuple(results), tuple(answers), frozenset(unasked), tuple(_repeats(calls)))


def _key(call: ToolCall) -> tuple[str, str]:
    return ("id", call.id) if call.id else ("name", call.name)


def _take(waiting: dict[tuple[str, str], deque[int]], result: ToolResult) -> int | None:
    """The call that waits for this result; one without an id or name answers whatever waits alone."""
    for kind, value in (("id", result.call_id), ("name", result.name), ("name", result.call_id)):
        queue = waiting.get((kind, value)) if value else None
        if queue:
            return queue.popleft()
    if result.call_id or result.name:
        return None
    open_queues = [queue for queue in waiting.values() if queue]
    return open_queues[0].popleft() if len(open_queues) == 1 else None


def _repeats(calls: Sequence[ToolCall]) -> Iterator[tuple[int, int]]:
    keys = [fingerprint(call) for call in calls]
    totals = Counter(keys)
    seen: Counter[tuple[str, bytes]] = Counter()
    for key in keys:
        seen[key] += 1
        yield totals[key], seen[key]


def fingerprint(call: ToolCall) -> tuple[str, bytes]:
    """Name and arguments of a call as a value to compare; the order of keys does not count."""
    return call.name, canonical(call.arguments)


def canonical(value: Json) -> bytes:
    """A JSON value as bytes that are equal for equal values, whatever the order of their keys."""
    try:
        return msgspec.json.encode(value, order="deterministic")
    except (UnicodeEncodeError, TypeError, ValueError, RecursionError):
        return repr(value).encode("utf-8", "backslashreplace")
