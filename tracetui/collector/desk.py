"""What every protocol's file works with: a body within limits, storing and waiting for the commit, and the counts."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

from starlette.requests import Request

from tracetui.collector.bodies import Bodies, Limits
from tracetui.collector.captured import Captured
from tracetui.collector.counters import Counters
from tracetui.collector.refusal import Refusal
from tracetui.collector.writer import Busy, Writer

_COME_AGAIN_S = 1


class Desk:
    """One for each collector."""

    def __init__(self, writer: Writer, counters: Counters, limits: Limits) -> None:
        self.writer = writer
        self.counters = counters
        self._bodies = Bodies(limits)

    @asynccontextmanager
    async def body(self, request: Request) -> AsyncIterator[bytes]:
        """The body of a request, held while it is worked on. Raises Refusal."""
        body = await self._bodies.read(request)
        try:
            yield body
        finally:
            self._bodies.release(len(body))

    @contextmanager
    def whole(self, body: bytes) -> Iterator[bytes]:
        """A body that somebody else received and inflated, held while it is worked on. Raises Refusal."""
        self._bodies.hold(len(body))
        try:
            yield body
        finally:
            self._bodies.release(len(body))

    def refuse(self, refusal: Refusal) -> None:
        """Count a request that is not taken."""
        self.counters.last_refusal = refusal.sentence
        self.counters.add(**({"malformed": 1} if refusal.is_malformed else {"refused": 1}))

    def lament(self, error: Exception) -> str:
        """Count a request that a defect lost; gives the sentence, without the error's own text, which may be of a prompt."""
        sentence = f"a defect of the collector ({type(error).__name__})"
        self.counters.trouble = f"a request was lost: {sentence}"
        self.counters.add(malformed=1)
        return sentence

    def store_now(self, captured: Captured) -> None:
        """As `store`, for threads."""
        if captured.is_empty:
            return
        try:
            self.writer.submit(captured).result()
        except Busy as error:
            raise _come_again(error) from error

    async def store(self, captured: Captured) -> None:
        """Return when it is on disk. Raises Refusal where the sender has to come again."""
        if captured.is_empty:
            return
        try:
            await asyncio.wrap_future(self.writer.submit(captured))
        except Busy as error:
            raise _come_again(error) from error


def _come_again(error: Busy) -> Refusal:
    return Refusal(503, str(error), retry_after_s=_COME_AGAIN_S)
