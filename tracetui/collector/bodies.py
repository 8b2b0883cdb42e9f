"""The body of a request: read within limits of size and time, and inflated within a limit, so that no bomb goes off.

All bodies in memory together have a limit, too: beyond it senders are asked to come again.
"""

from __future__ import annotations

import asyncio
import io
import threading
from typing import TypeAlias

from msgspec import Struct
from starlette.requests import ClientDisconnect, Request

from tracetui.collector.refusal import Refusal
from tracetui.sources.lines_marks import Mark
from tracetui.sources.lines_streams import GzipStream, Stream, ZstdStream

_PIECE = 1 << 18


class Limits(Struct, frozen=True):
    """Bytes of one body as sent, of one inflated, of all together, and the seconds that one may take to arrive."""

    sent: int = 32 << 20
    inflated: int = 64 << 20
    together: int = 192 << 20
    seconds: float = 60.0


Opened: TypeAlias = "dict[str, type[GzipStream] | type[ZstdStream]]"
_STREAMS: Opened = {"gzip": GzipStream, "x-gzip": GzipStream, "zstd": ZstdStream}


class Bodies:
    """Reads bodies, and knows how many bytes of them are held, those that are still arriving or being inflated included."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._held = 0
        self._lock = threading.Lock()

    async def read(self, request: Request) -> bytes:
        """The body without its compression. Whoever has it calls `release` with its length. Raises Refusal."""
        declared = request.headers.get("content-length", "0")
        if declared.isdecimal() and int(declared) > self._limits.sent:
            raise Refusal(413, f"a body may have {self._limits.sent >> 20} MiB; send smaller batches")
        sent = bytearray()
        try:
            async with asyncio.timeout(self._limits.seconds):
                await self._receive(request, sent)
            return await self._opened(sent, request.headers.get("content-encoding", "").strip().lower())
        except TimeoutError as error:
            raise Refusal(408, f"the body did not arrive within {self._limits.seconds:g} s") from error
        except ClientDisconnect as error:
            raise Refusal(400, "the sender went away") from error
        finally:
            self.release(len(sent))

    def release(self, size: int) -> None:
        """A body is not held any more."""
        with self._lock:
            self._held -= size

    def hold(self, size: int) -> None:
        """Count bytes among those that are held, until they are released. Raises Refusal where they are too many."""
        with self._lock:
            if self._held + size > self._limits.together:
                raise Refusal(503, "too much is being received at once", retry_after_s=1)
            self._held += size

    async def _receive(self, request: Request, sent: bytearray) -> None:
        async for piece in request.stream():
            if len(sent) + len(piece) > self._limits.sent:
                raise Refusal(413, f"a body may have {self._limits.sent >> 20} MiB; send smaller batches")
            self.hold(len(piece))
            sent += piece

    async def _opened(self, sent: bytearray, encoding: str) -> bytes:
        if encoding not in ("", "identity"):
            return await asyncio.to_thread(self._inflate, bytes(sent), encoding)
        body = bytes(sent)
        sent.clear()  # what was held for it is held for the body now
        return body

    def _inflate(self, sent: bytes, encoding: str) -> bytes:
        kind = _STREAMS.get(encoding)
        if kind is None:
            raise Refusal(415, "this content-encoding is not read; use gzip, zstd or none")
        stream: Stream = kind(io.BytesIO(sent), len(sent), Mark(0, 0))
        inflated = bytearray()
        try:
            while piece := stream.read(_PIECE):
                if len(inflated) + len(piece) > self._limits.inflated:
                    most = self._limits.inflated >> 20
                    raise Refusal(413, f"an inflated body may have {most} MiB; send smaller batches")
                self.hold(len(piece))
                inflated += piece
            if stream.damage is not None:
                raise Refusal(400, stream.damage, is_malformed=True)
        except Refusal:
            self.release(len(inflated))
            raise
        return bytes(inflated)
