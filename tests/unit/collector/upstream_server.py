"""A model's server on the loopback that answers as a test says, and remembers what it was asked."""

from __future__ import annotations

import http.server
import json
import select
import threading
from collections.abc import Callable
from typing import Any, NamedTuple


class Asked(NamedTuple):
    """One request as it came."""

    method: str
    target: str
    headers: list[tuple[str, str]]
    body: bytes

    def header(self, name: str) -> str | None:
        """The value of a header."""
        return next((value for key, value in self.headers if key.lower() == name), None)


class Exchange:
    """A request, and the connection to answer it on."""

    def __init__(self, handler: http.server.BaseHTTPRequestHandler, asked: Asked) -> None:
        self._handler = handler
        self.asked = asked

    def send(self, data: bytes) -> None:
        """Send bytes as they are."""
        self._handler.wfile.write(data)
        self._handler.wfile.flush()

    def head(self, status: int, headers: dict[str, str]) -> None:
        """Send the head of an answer."""
        lines = [f"HTTP/1.1 {status} Said", *(f"{name}: {value}" for name, value in headers.items()), "", ""]
        self.send("\r\n".join(lines).encode())

    def whole(self, body: bytes, status: int = 200, **headers: str) -> None:
        """Send a whole answer."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.head(status, {"content-type": "application/json", **named, "content-length": str(len(body))})
        self.send(body)

    def chunk(self, data: bytes) -> None:
        """Send a piece of an answer whose head said `transfer-encoding: chunked`; nothing ends it."""
        self.send(b"%x\r\n%s\r\n" % (len(data), data))

    def events(self, pieces: list[bytes], **headers: str) -> None:
        """Send a stream of events."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.head(200, {"content-type": "text/event-stream", **named, "transfer-encoding": "chunked"})
        for piece in pieces:
            self.chunk(piece)
        self.chunk(b"")

    def send_until_held(self, piece: bytes, count: int, sent: list[int], is_held: threading.Event) -> None:
        """Send a piece so many times; tell when the other side takes no more for a while."""
        connection = self._handler.connection
        connection.setblocking(False)
        for _ in range(count):
            left = memoryview(piece)
            while left:
                _, writable, _ = select.select([], [connection], [], 0.5)
                if writable:
                    left = left[connection.send(left) :]
                else:
                    is_held.set()
            sent.append(len(piece))
        connection.setblocking(True)

    def wait_until_gone(self) -> None:
        """Return when the other side has closed the connection."""
        self._handler.connection.settimeout(30)
        try:
            while self._handler.connection.recv(1 << 16):
                pass
        except ConnectionError:
            pass

    def cut(self) -> None:
        """Close the connection in the middle."""
        self._handler.close_connection = True
        self._handler.connection.shutdown(2)


class Server(http.server.ThreadingHTTPServer):
    """Takes many connections at once."""

    request_queue_size = 256
    daemon_threads = True


class Upstream:
    """The server. `answer` is called for each request, in a thread of its connection."""

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self.answer: Callable[[Exchange], Any] = lambda exchange: exchange.whole(b"{}")
        self._server = Server(("127.0.0.1", 0), self._handler())
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def close(self) -> None:
        """Stop."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def answers(self, document: Any, status: int = 200, **headers: str) -> None:
        """Answer every request with a JSON document."""
        body = json.dumps(document).encode()
        self.answer = lambda exchange: exchange.whole(body, status, **headers)

    def streams(self, pieces: list[bytes], **headers: str) -> None:
        """Answer every request with events."""
        self.answer = lambda exchange: exchange.events(pieces, **headers)

    def _handler(self) -> type[http.server.BaseHTTPRequestHandler]:
        upstream = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def handle_one_request(self) -> None:
                self.raw_requestline = self.rfile.readline(1 << 16)
                if not self.raw_requestline or not self.parse_request():
                    self.close_connection = True
                    return
                asked = Asked(self.command, self.path, list(self.headers.items()), self._body())
                upstream.asked.append(asked)
                upstream.answer(Exchange(self, asked))

            def _body(self) -> bytes:
                if self.headers.get("transfer-encoding") == "chunked":
                    body = b""
                    while size := int(self.rfile.readline(), 16):
                        body += self.rfile.read(size)
                        self.rfile.readline()
                    self.rfile.readline()
                    return body
                return self.rfile.read(int(self.headers.get("content-length") or 0))

        return Handler
