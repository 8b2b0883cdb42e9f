"""What every protocol's file works with: a body within limits, storing and waiting for the commit, and the counts."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

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

    async def store(self, captured: Captured) -> None:
        """Return when it is on disk. Raises Refusal where the sender has to come again."""
        if captured.is_empty:
            return
        try:
            await asyncio.wrap_future(self.writer.submit(captured))
        except Busy as error:
            raise Refusal(503, str(error), retry_after_s=_COME_AGAIN_S) from error
