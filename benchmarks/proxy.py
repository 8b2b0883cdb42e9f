"""Measure what the logging proxy adds to a call: time to the first byte and to the last, beside a direct client.

python -m benchmarks.proxy [--save]       a model's server on the loopback, each of the three in a process of its own
"""

from __future__ import annotations

import asyncio
import http.client
import json
import os
import platform
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from urllib.parse import urlsplit

CALLS = 300
EVENTS = 20
PAUSE_S = 0.002
BUDGET_MS = 5.0
RESULTS = Path(__file__).with_name("PROXY.md")
PATHS = {"whole": "/v1/embeddings", "stream": "/v1/chat/completions", "large": "/v1/responses"}
ANSWER = json.dumps(
    {"object": "list", "data": [], "model": "m", "usage": {"prompt_tokens": 3, "total_tokens": 3}}
).encode()
REQUEST = {"model": "m", "stream": True, "messages": [{"role": "user", "content": "word " * 400}]}


async def serve() -> None:
    """The model's server: a whole answer, or a stream with pauses."""
    server = await asyncio.start_server(_serve_one, "127.0.0.1", 0, limit=1 << 24)
    print(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", flush=True)
    await server.serve_forever()


async def _serve_one(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while True:
        try:
            head = await reader.readuntil(b"\r\n\r\n")
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()
            return
        length = re.search(rb"content-length: *(\d+)", head, re.IGNORECASE)
        await reader.readexactly(int(length[1]) if length else 0)
        if PATHS["stream"].encode() not in head:
            start = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n" % len(ANSWER)
            writer.write(start + ANSWER)
            continue
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n")
        for number in range(EVENTS):
            event = {
                "object": "chat.completion.chunk",
                "model": "m",
                "choices": [{"index": 0, "delta": {"content": "word "}}],
            }
            data = f"data: {json.dumps(event)}\n\n".encode() if number < EVENTS - 1 else b"data: [DONE]\n\n"
            writer.write(b"%x\r\n%s\r\n" % (len(data), data))
            await asyncio.sleep(PAUSE_S)
        writer.write(b"0\r\n\r\n")


@contextmanager
def process(*command: str) -> Iterator[str]:
    """A process, and the address that it prints."""
    with subprocess.Popen([sys.executable, *command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as running:  # fmt: skip
        assert running.stdout is not None
        found = None
        while found is None:
            found = re.search(r"http://127\.0\.0\.1:\d+", running.stdout.readline())
        yield found[0]
        running.kill()


class Caller:
    """One kept connection."""

    def __init__(self, base: str) -> None:
        parts = urlsplit(base)
        assert parts.hostname is not None
        self._connection = http.client.HTTPConnection(parts.hostname, parts.port)
        self._prefix = parts.path

    def call(self, path: str, body: bytes) -> tuple[float, float]:
        """(ms to the first byte of the body, ms to the last)."""
        begin = time.perf_counter()
        self._connection.request("POST", self._prefix + path, body, {"content-type": "application/json"})
        response = self._connection.getresponse()
        response.read(1)
        first = time.perf_counter()
        response.read()
        return (first - begin) * 1000, (time.perf_counter() - begin) * 1000


def measure(direct: str, proxied: str) -> Iterator[str]:
    """A line for each kind of call, direct and proxied calls in turn."""
    bodies = {"whole": json.dumps(REQUEST).encode(), "stream": json.dumps(REQUEST).encode(), "large": json.dumps({**REQUEST, "input": "word " * 200_000}).encode()}  # fmt: skip
    names = {"whole": "whole answer", "stream": f"stream of {EVENTS} events", "large": "request of 1 MB"}
    callers = {"direct": Caller(direct), "proxied": Caller(proxied)}
    for kind, path in PATHS.items():
        times: dict[str, list[tuple[float, float]]] = {"direct": [], "proxied": []}
        for number in range(CALLS + 20):
            for way, caller in callers.items():
                taken = caller.call(path, bodies[kind])
                if number >= 20:
                    times[way].append(taken)
        for place, what in ((0, "first byte"), (1, "last byte")):
            floor, got = ([one[place] for one in times[way]] for way in ("direct", "proxied"))
            added = median(got) - median(floor)
            verdict = "–" if place else "yes" if added < BUDGET_MS else "**no**"
            yield f"| {names[kind]}, {what} | {median(floor):.2f} ms | {median(got):.2f} ms | {added:.2f} ms | {_p95(got) - _p95(floor):.2f} ms | {verdict} |"


def _p95(values: list[float]) -> float:
    return sorted(values)[int(len(values) * 0.95)]


def main() -> None:
    """Print the table, and keep it with `--save`."""
    if sys.argv[1:] == ["serve"]:
        asyncio.run(serve())
        return
    head = f"{datetime.now(UTC):%Y-%m-%d}, {os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}, {CALLS} calls each"
    lines = [
        head,
        "",
        "| what | direct | through the proxy | added, median | added, p95 | < 5 ms |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    store = Path(tempfile.mkdtemp(prefix="tracetui-bench-")) / "dev.db"
    print(*lines, sep="\n", flush=True)
    with (
        process("-m", "benchmarks.proxy", "serve") as upstream,
        process("-m", "tracetui", "proxy", "0", "--into", str(store), "--openai-upstream", upstream) as proxy,
    ):
        for line in measure(upstream, proxy + "/openai"):
            lines.append(line)
            print(line, flush=True)
    if "--save" in sys.argv:
        RESULTS.write_text(
            "# The delay that the logging proxy adds\n\nMade by `python -m benchmarks.proxy --save`.\n\n"
            + "\n".join(lines)
            + "\n"
        )


if __name__ == "__main__":
    main()
