"""Which traces and spans a search through texts may pass over: those of which what is stored shows that a text is not in
them."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from tracetui.errors import TracetuiError
from tracetui.query import Filter, Sieve, sieve_for
from tracetui.sources.base import Block, Place, Reference, Searchable, Source, Stored
from tracetui.sources.blocks import blocks_of
from tracetui.sources.sifting_process import Numbers, SiftingProcess, look_through

_SUMMARY = (
    "name", "model", "provider", "status_message", "tool_name", "finish_reason", "user_id", "session_id", "feature",
    "environment", "prompt_name", "prompt_version", "release", "tags", "metadata",
)  # fmt: skip
_JOINED_TEXTS = "group_concat(" + " || char(10) || ".join(f"coalesce({name}, '')" for name in _SUMMARY) + ", char(10))"
_SUMMARIES = f"SELECT trace_id, CAST({_JOINED_TEXTS} AS BLOB) FROM spans GROUP BY trace_id"
_REMARKS = (
    "SELECT trace_id, CAST(group_concat(coalesce(comment, '') || char(10) || coalesce(label, ''), char(10)) AS BLOB)"
    " FROM scores WHERE trace_id IN (SELECT trace_id FROM temp.chosen) GROUP BY trace_id"
)
_PLACES = "SELECT origin_id, trace_id, span_id, position, length FROM spans"
_FURTHER = (
    "SELECT origin_id, trace_id, NULL, position, length FROM main.joined"
    " WHERE trace_id IN (SELECT trace_id FROM temp.chosen)"
)

_WORTH_S = 0.7
"""Seconds of looking through that are worth a process: it takes a quarter of a second to start."""
_AHEAD = 3

Find = Callable[[int], Source]
"""The source with this number. Raises NotFound."""
_Key = tuple[str, str | None]
"""A trace and one of its spans, None for any of them."""


@dataclass(frozen=True)
class Sifting:
    """What is to be looked through of some traces. `has_been_asked`: a process is at it, or has been."""

    texts: list[tuple[bytes, _Key]]
    stores: list[tuple[Stored, list[Place], list[_Key]]]
    has_been_asked: bool


class Sifter:
    """Sifts the traces in the temporary table `chosen` of a connection, to which its views are limited.

    Where it takes long it has a process look through what is stored, which is asked for some tables of traces before the
    first of them is needed. To be closed.
    """

    def __init__(self, filter_: Filter, find: Find) -> None:
        self._find = find
        parts = dict.fromkeys((*filter_.needed, *(part for one in filter_.sought for part in one.parts)))
        self._sieves = {part: sieve for part in parts if (sieve := sieve_for(part))}
        self._needed = [part for part in filter_.needed if part in self._sieves]
        self._sought = {
            (one.mode, one.pattern): [part for part in one.parts if part in self._sieves] for one in filter_.sought
        }
        self._held: dict[str, set[_Key]] | None = None
        self._process: SiftingProcess | None = None
        self._spent_s = 0.0

    @property
    def ahead(self) -> int:
        """How many siftings may be begun beside the one that is finished next."""
        return _AHEAD if self._process is not None and self._process.is_ready else 0

    def begin(self, conn: sqlite3.Connection) -> Sifting | None:
        """Begin to look through what is stored of the chosen traces; None where that cannot be done."""
        if not self._sieves:
            return None
        texts: list[tuple[bytes, _Key]] = []
        for sql in (_SUMMARIES, _REMARKS):
            texts += [(text, (trace_id, None)) for trace_id, text in conn.execute(sql)]
        try:
            stores = [(self._stored(origin_id), *own) for origin_id, own in _places(conn).items()]
        except TracetuiError:
            return None  # the question itself tells what is wrong
        if self._process is None or not self.ahead:
            return Sifting(texts, stores, False)
        for stored, places, _ in stores:
            self._process.ask(stored, places, tuple(self._sieves))
        return Sifting(texts, stores, True)

    def _stored(self, origin_id: int) -> Stored:
        source = self._find(origin_id)
        if not isinstance(source, Searchable):
            raise TracetuiError(f"{source.path}: its bytes do not tell what is in its texts")
        return source.stored()

    def finish(self, sifting: Sifting | None) -> set[str] | None:
        """Of the traces of one sifting, those that may have all texts that are needed; None where that cannot be said
        of any. They are to be finished in the order in which they were begun."""
        self._held = None if sifting is None else self._look_through(sifting)
        if self._held is None:
            return None
        passed = [{trace_id for trace_id, _ in self._held[part]} for part in self._needed]
        return set.intersection(*passed) if passed else None

    def _look_through(self, sifting: Sifting) -> dict[str, set[_Key]] | None:
        sieves = tuple(self._sieves.values())
        texts = partial(_blocks, [text for text, _ in sifting.texts])
        held: list[set[_Key]] = [set() for _ in sieves]
        _add(held, look_through(texts, (), sieves), [key for _, key in sifting.texts])
        # All answers are fetched, since each belongs to the question that was asked first of those that are left.
        process = self._process if sifting.has_been_asked else None
        answers = [None if process is None else process.answer() for _ in sifting.stores]
        try:
            for (stored, places, keys), numbers in zip(sifting.stores, answers, strict=True):
                _add(held, numbers or self._look_through_here(stored, places, sieves), keys)
        except TracetuiError:
            return None
        return dict(zip(self._sieves, held, strict=True))

    def _look_through_here(self, stored: Stored, places: list[Place], sieves: Sequence[Sieve]) -> Numbers:
        begin = time.monotonic()
        numbers = look_through(stored, places, sieves)
        self._spent_s += time.monotonic() - begin
        return numbers

    def lacks(self, trace_id: str, span_id: str, mode: str, pattern: str) -> bool:
        """Whether it is known of a span of the traces of which sifting was finished last that `has_text` is not true
        of it."""
        if self._held is None:
            return False
        own, any_span = (trace_id, span_id), (trace_id, None)
        held = (self._held[part] for part in self._sought.get((mode, pattern), ()))
        return any(own not in keys and any_span not in keys for keys in held)

    def has_done(self, traces: int, of: int) -> None:
        """Take note of how far it is: where much is left, a process is started for it."""
        if self._process is None and self._spent_s / traces * (of - traces) > _WORTH_S:
            self._process = SiftingProcess()

    def close(self) -> None:
        """End the process."""
        if self._process is not None:
            self._process.close()


def _add(held: list[set[_Key]], numbers: Numbers, keys: Sequence[_Key]) -> None:
    """Add to what is known of each text whose the places are that may hold it."""
    for own, found in zip(held, numbers, strict=True):
        own.update(keys[number] for number in found)


def _blocks(texts: list[bytes], _: Sequence[Place]) -> Iterator[Block]:
    return blocks_of((text, (number,)) for number, text in enumerate(texts))


def _places(conn: sqlite3.Connection) -> dict[int, tuple[list[Place], list[_Key]]]:
    """Where the chosen traces have records, by the number of the source, and whose they are."""
    found: dict[int, tuple[list[Place], list[_Key]]] = {}
    for sql in (_PLACES, _FURTHER):
        for origin_id, trace_id, span_id, position, length in conn.execute(sql):
            places, keys = found.setdefault(origin_id, ([], []))
            places.append(Place(trace_id, span_id or "", Reference(position, length)))
            keys.append((trace_id, span_id))
    return found
