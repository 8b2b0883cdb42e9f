"""The logging proxy: a call goes on to its server as it came, the answer comes back as it comes, and a copy is stored.

What is stored never delays or fails a call: copies are made after the bytes have gone on, and a call that cannot be stored is
counted as lost. What passes, and where, is in `targets`; headers are in `proxy_headers`.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator
from concurrent.futures import Future
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from starlette.responses import JSONResponse
from starlette.types import Message, Receive, Scope, Send

from tracetui.collector.desk import Desk
from tracetui.collector.listen import Dialect
from tracetui.collector.proxy_call import Call, Keeping
from tracetui.collector.proxy_headers import Raw, answered_on, asked_on
from tracetui.collector.proxy_span import begun_of, captured_of
from tracetui.collector.sessions import Sessions
from tracetui.collector.targets import Target, find_target
from tracetui.collector.upstream import Pool, Upstream, timeouts
from tracetui.collector.writer import Busy
from tracetui.errors import WrongUse
from tracetui.wire.room import Room

if TYPE_CHECKING:
    import httpx2


_SHOWN_AFTER_S = 1.0
"""How long a call runs until it is shown while it does: most are over by then, and are written once."""


class ClientGone(Exception):
    """The sender went away before its request was whole."""


class Proxy:
    """One for each collector."""

    def __init__(self, desk: Desk, upstreams: dict[Dialect, Upstream], keeping: Keeping) -> None:
        self._desk = desk
        self._pools = {dialect: Pool(upstream) for dialect, upstream in upstreams.items()}
        self._keeping = keeping
        self._total = Room(keeping.together)
        self._sessions = Sessions()
        self._reading = threading.Lock()  # reading a large body takes many times its size
        self._warming: list[asyncio.Task[Any]] = []

    def find(self, scope: Scope) -> Target | None:
        """Where a request goes on to; None for one that is for the collector itself."""
        return find_target(scope)

    def open(self) -> None:
        """Begin to make ready what the first call needs."""
        self._warming = [asyncio.ensure_future(pool.ready()) for pool in self._pools.values()]

    async def close(self) -> None:
        """Close the connections."""
        await asyncio.gather(*self._warming, return_exceptions=True)
        for pool in self._pools.values():
            await pool.close()

    async def pass_on(self, target: Target, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass one request on, and its answer back."""
        pool = self._pools[target.dialect]
        call = self.make_call(
            scope["method"], target.path, scope["query_string"], scope["headers"], pool.upstream
        )  # fmt: skip
        passage = Passage(call, pool, receive, send)
        showing = asyncio.ensure_future(self._show(call, passage))
        showing.add_done_callback(lambda task: task.cancelled() or task.exception())  # a defect is told at the end
        try:
            await passage.run(target, scope)
        finally:
            showing.cancel()
            await self._record(call)

    def make_call(self, method: str, path: str, query: bytes, headers: Raw, upstream: Upstream) -> Call:
        """A call that has just come, in its place within its session."""
        call = Call(method, path, query, headers, upstream, self._total, self._keeping)
        self._sessions.place(call)
        return call

    async def _show(self, call: Call, passage: Passage) -> None:
        """Store a call that takes long as running. That it cannot be is said when it ends."""
        if call.kind is not None:
            await asyncio.sleep(_SHOWN_AFTER_S)
            await passage.is_sent.wait()
            await asyncio.to_thread(self._submit_begun, call)

    def _submit_begun(self, call: Call) -> None:
        with self._reading:
            captured = begun_of(call)
        with suppress(Busy):  # only its being shown while it runs is lost: `_record` stores the call when it has ended
            self._desk.writer.submit(captured)

    async def _record(self, call: Call) -> None:
        """Store a call of a model. A server that ends meanwhile waits for it here."""
        call.ended()
        if call.kind is None:
            call.release()
            self._desk.counters.add(ignored=1)
            return
        work = asyncio.get_running_loop().run_in_executor(None, self._submit, call)
        while not work.done():
            with suppress(asyncio.CancelledError):
                await asyncio.shield(work)

    def _submit(self, call: Call) -> None:
        try:
            with self._reading:
                captured = captured_of(call)
            stored = self._desk.writer.submit(captured)
        except Busy as error:
            self._lost(call, str(error))
        except Exception as error:  # noqa: BLE001  the answer has gone out; a defect in reading it must not touch the call
            self._lost(call, f"a defect of the collector ({type(error).__name__})")
        else:
            stored.add_done_callback(lambda done: self._stored(call, done))

    def _stored(self, call: Call, done: Future[None]) -> None:
        if done.cancelled() or (error := done.exception()) is None:
            call.release()
        else:
            self._lost(
                call, str(error) if isinstance(error, Busy) else f"a defect of the collector ({type(error).__name__})"
            )

    def _lost(self, call: Call, reason: str) -> None:
        call.release()
        self._desk.counters.trouble = reason
        self._desk.counters.add(lost=1)


class Passage:
    """The way of one call there and back."""

    def __init__(self, call: Call, pool: Pool, receive: Receive, send: Send) -> None:
        self._call = call
        self._pool = pool
        self._receive = receive
        self._send = send
        self.is_sent = asyncio.Event()
        """Whether the request is whole: from then on all that the sender can still do is go away."""

    async def run(self, target: Target, scope: Scope) -> None:
        """Until the answer is whole, the sender goes away, or the server is told to end."""
        forward = asyncio.ensure_future(self._forward(target, scope))
        watch = asyncio.ensure_future(self._until_gone())
        try:
            await asyncio.wait({forward, watch}, return_when=asyncio.FIRST_COMPLETED)
            self._call.is_cancelled |= not forward.done()
        except asyncio.CancelledError:
            self._call.failure = "the collector was stopped before the answer was whole"
            raise
        finally:
            forward.cancel()
            watch.cancel()
            await asyncio.gather(forward, watch, return_exceptions=True)
        if not forward.cancelled() and (defect := forward.exception()) is not None:
            self._call.failure = f"a defect of the collector ({type(defect).__name__})"
            raise defect

    async def _until_gone(self) -> None:
        await self.is_sent.wait()
        while (await self._receive())["type"] != "http.disconnect":
            pass

    async def _forward(self, target: Target, scope: Scope) -> None:
        import httpx2

        try:
            transport = await self._pool.ready()
            answer = await transport.handle_async_request(self._request(target, scope))
        except ClientGone:
            self._call.is_cancelled = True
            return
        except httpx2.HTTPError as error:
            await self._say_unanswered(_why_unanswered(self._call.upstream.host, error))
            return
        except WrongUse as error:
            await self._say_unanswered(str(error))
            return
        finally:
            self.is_sent.set()
        try:
            await self._answer(answer)
        finally:
            await answer.aclose()

    def _request(self, target: Target, scope: Scope) -> httpx2.Request:
        import httpx2

        upstream = self._pool.upstream
        headers = scope["headers"]
        has_body = any(name in (b"content-length", b"transfer-encoding") for name, _ in headers)
        if not has_body:
            self.is_sent.set()
        query = b"?" + scope["query_string"] if scope["query_string"] else b""
        raw_target = upstream.path.encode("latin-1", "replace") + target.raw_path + query
        return httpx2.Request(
            scope["method"],
            upstream.origin,
            headers=asked_on(headers, upstream.host.encode("idna" if not upstream.host.isascii() else "ascii")),
            content=self._body() if has_body else None,
            extensions={"target": raw_target, "timeout": timeouts()},
        )

    async def _body(self) -> AsyncIterator[bytes]:
        """The body of the request, piece by piece."""
        more = True
        while more:
            message: Message = await self._receive()
            if message["type"] == "http.disconnect":
                raise ClientGone
            piece, more = message.get("body", b""), message.get("more_body", False)
            if piece:
                yield piece
                self._call.request.take(piece)
        self.is_sent.set()

    async def _answer(self, answer: httpx2.Response) -> None:
        import httpx2

        call, send = self._call, self._send
        headers = answer.headers.raw
        call.answered(answer.status_code, [(name.lower(), value) for name, value in headers])
        start = {
            "type": "http.response.start",
            "status": answer.status_code,
            "headers": answered_on(headers, call.span_id),
        }
        await send(start)
        try:
            async for piece in answer.aiter_raw():
                at_ns = call.elapsed_ns()
                await send({"type": "http.response.body", "body": piece, "more_body": True})
                call.took(piece, at_ns)
        except httpx2.HTTPError as error:
            # Nothing more is sent: the server then cuts the connection, and the sender sees what we saw.
            call.failure = f"{call.upstream.host} broke off its answer ({_plain(error)})"
            return
        await send({"type": "http.response.body", "body": b""})

    async def _say_unanswered(self, sentence: str) -> None:
        call = self._call
        call.failure, call.status = sentence, 502
        body: dict[str, Any] = {"message": sentence, "type": "upstream_unreachable"}
        if call.upstream.dialect == "anthropic":
            answer = JSONResponse({"type": "error", "error": body}, 502)
        else:
            answer = JSONResponse({"error": {**body, "param": None, "code": "upstream_unreachable"}}, 502)
        answer.headers["helicone-id"] = call.span_id
        await self._send({"type": "http.response.start", "status": 502, "headers": answer.raw_headers})
        await self._send({"type": "http.response.body", "body": answer.body})


def _why_unanswered(host: str, error: Exception) -> str:
    import httpx2

    if isinstance(error, httpx2.ConnectError | httpx2.ConnectTimeout | httpx2.ProxyError):
        return f"{host} cannot be reached ({_plain(error)}); check the network, or the address of the upstream"
    return f"{host} broke off before it answered ({_plain(error)}); try again"


def _plain(error: Exception) -> str:
    """Kind and text of an error of the client, which names no header and no address with a query."""
    text = str(error).partition("\n")[0]
    return f"{type(error).__name__}: {text}" if text else type(error).__name__
