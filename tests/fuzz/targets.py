"""THE table of fuzz targets: every parser of what a stranger wrote, as a function of bytes that may fail in no way.

An input is the bytes of a file, a body or a text; where a target has a choice to make (which address, which database),
the first bytes make it. What is read is written, too: into an index or a store in memory, where a number or a text that
SQLite does not take shows itself.
"""

from __future__ import annotations

import asyncio
import base64
import gzip
import json
import sqlite3
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import closing, suppress
from functools import cache
from pathlib import Path
from typing import Any

from msgspec import Struct

from tests.fuzz import databases, exports, reading
from tests.fuzz.reading import folder, pricer, read_file
from tracetui.config import Config, parse_config
from tracetui.errors import FilterError, TracetuiError
from tracetui.pricing.own import load_own_prices
from tracetui.query import compile_filter, complete
from tracetui.redaction.redactor import make_redactor
from tracetui.sources.columns.toml import read_mappings
from tracetui.store.connection import open_store
from tracetui.wire.answer_stream import AnswerStream
from tracetui.wire.inflate import READABLE, opening
from tracetui.wire.room import Room
from tracetui.wire.sse import EventLines

DATA = Path(__file__).parents[1] / "data"
NOW_NS = 1_795_000_000 * 10**9
_MOST = 24_000
"""Bytes of a sample of which a first input is made; of a larger one it is its beginning."""


class Target(Struct, frozen=True):
    """What is done with an input, and the inputs to begin with. `run` may raise nothing at all. `head`: how many bytes stand
    before the JSON of an input; None where that shows. `room`: bytes of its corpus, compressed."""

    run: Callable[[bytes], None]
    seeds: Callable[[], Iterator[bytes]]
    head: int | None = None
    room: int = 40_000


def clear_up() -> None:
    """Close and remove what the targets of this process keep while they run."""
    if _collector.cache_info().currsize:
        _collector()[1].conn.close()
    if _loop.cache_info().currsize:
        _loop().close()
    for kept in (_collector, _loop):
        kept.cache_clear()
    exports.clear_up()
    reading.clear_up()


def _file(data: bytes) -> None:
    path = folder() / "input"
    path.unlink(missing_ok=True)
    path.write_bytes(data)
    read_file(path)


_TEXTS = (".jsonl", ".json", ".ndjson", ".csv", ".md", ".txt", ".history", "")
_PACKED = (".eval", ".gz", ".zst", ".bin", ".parquet")


def _samples(*places: str, kinds: tuple[str, ...] = _TEXTS) -> Callable[[], Iterator[bytes]]:
    def seeds() -> Iterator[bytes]:
        for place in places:
            for path in sorted((DATA / place).rglob("*")):
                if path.is_file() and path.suffix in kinds and path.name != "expected.json":
                    yield path.read_bytes()[: None if path.suffix in _PACKED else _MOST]

    return seeds


# What is sent to the collector: the whole way from a request to what is stored.

_ADDRESSES = (
    ("POST", "/v1/traces", "application/x-protobuf"), ("POST", "/v1/traces", "application/json"),
    ("POST", "/v1/logs", "application/x-protobuf"), ("POST", "/v1/logs", "application/json"),
    ("POST", "/api/public/ingestion", "application/json"), ("POST", "/runs/batch", "application/json"),
    ("POST", "/runs/multipart", "multipart/form-data; boundary=x"), ("POST", "/runs", "application/json"),
    ("PATCH", "/runs/0", "application/json"), ("POST", "/feedback", "application/json"), ("PATCH", "/feedback/0", "application/json"),
    ("POST", "/api/public/scores", "application/json"), ("POST", "/api/public/media", "application/json"),
    ("POST", "/api/v2/llmobs", "application/json"),
    ("PUT", "/v0.4/traces", "application/msgpack"), ("POST", "/api/intake/llm-obs/v2/eval-metric", "application/json"),
    ("POST", "/v1/request/1/feedback", "application/json"), ("POST", "/v1/request/1/score", "application/json"),
    ("PUT", "/v1/request/1/property", "application/json"), ("POST", "/custom/v1/log", "application/json"),
    ("POST", "/oai/v1/log", "application/json"), ("POST", "/anthropic/v1/log", "application/json"),
)  # fmt: skip


class _AtOnce:
    """A writer that writes at once, into memory, and takes back what it wrote before."""

    def __init__(self) -> None:
        self.path = folder() / "store.db"
        open_store(self.path).close()
        with closing(sqlite3.connect(self.path)) as on_disk:
            self.conn = sqlite3.connect(":memory:", check_same_thread=False)
            self.conn.isolation_level = None
            on_disk.backup(self.conn)

    def submit(self, captured: Any) -> Future[None]:
        from tracetui.collector.storing import store_captured

        done: Future[None] = Future()
        store_captured(self.conn, self.path, [captured], pricer().price)
        done.set_result(None)
        return done


@cache
def _collector() -> tuple[Any, _AtOnce]:
    from tracetui.collector.app import make_app
    from tracetui.collector.bodies import Limits
    from tracetui.collector.counters import Counters
    from tracetui.collector.desk import Desk
    from tracetui.collector.gate import Gate
    from tracetui.collector.prompts import Prompts
    from tracetui.collector.proxy import Proxy
    from tracetui.collector.proxy_call import Keeping

    class Strict(Desk):
        def lament(self, error: Exception) -> str:
            raise error

    writer = _AtOnce()
    desk = Strict(writer, Counters(), Limits(1 << 20, 4 << 20))  # type: ignore[arg-type]
    app = make_app(desk, Gate(token=None, loopback_only=True), Prompts(folder()), Proxy(desk, {}, Keeping()))
    return app, writer


@cache
def _loop() -> asyncio.AbstractEventLoop:
    return asyncio.new_event_loop()


def send(method: str, path: str, kind: str, body: bytes) -> int:
    """Send a request to a collector within this process; the status of its answer. A defect of it is raised."""
    app, writer = _collector()
    statuses: list[int] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    async def answer(message: Any) -> None:
        if message["type"] == "http.response.start":
            statuses.append(message["status"])

    headers = [(b"host", b"localhost"), (b"content-type", kind.encode()), (b"content-length", str(len(body)).encode())]
    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": method, "path": path, "query_string": b"",
        "raw_path": path.encode(), "root_path": "", "scheme": "http", "headers": headers, "server": ("localhost", 1), "client": ("localhost", 2),
    }  # fmt: skip
    writer.conn.execute("BEGIN")
    try:
        _loop().run_until_complete(app(scope, receive, answer))
    finally:
        if writer.conn.in_transaction:
            writer.conn.execute("ROLLBACK")
    return statuses[0]


def _collect(data: bytes) -> None:
    if data:
        status = send(*_ADDRESSES[data[0] % len(_ADDRESSES)], data[1:])
        assert status < 500, status


def _collect_only(*numbers: int) -> Callable[[bytes], None]:
    def run(data: bytes) -> None:
        if data:
            assert send(*_ADDRESSES[numbers[data[0] % len(numbers)]], data[1:]) < 500

    return run


def _as_sent(row: dict[str, Any], method: str, address: str, kind: str) -> bytes | None:
    """The body of a captured request, inflated; None where it was sent to another address, or in another form."""
    declared = row["headers"].get("content-type", "")
    is_same = row["path"].endswith(address) or (method == "PATCH" and row["path"].startswith(address[:-1]))
    if row["method"] != method or not is_same or not declared.startswith(kind.partition(";")[0]):
        return None
    body = base64.b64decode(row["body_base64"])
    coding = row["headers"].get("content-encoding", "")
    body = b"".join(opening(coding).feed(body))
    boundary = declared.partition("boundary=")[2].strip('"')
    return body.replace(boundary.encode(), b"x") if boundary else body


def _captured_seeds(*numbers: int) -> Callable[[], Iterator[bytes]]:
    """What SDKs sent, under the addresses of those numbers (none: all)."""
    wanted = numbers or tuple(range(len(_ADDRESSES)))

    def seeds() -> Iterator[bytes]:
        for path in [*sorted((DATA / "collector").glob("*.jsonl")), *sorted((DATA / "proxy").glob("*.jsonl"))]:
            for line in path.read_text().splitlines():
                row = json.loads(line)
                if "body_base64" not in row:
                    continue
                for place, number in enumerate(wanted):
                    body = _as_sent(row, *_ADDRESSES[number])
                    if body is not None and len(body) < _MOST:
                        yield bytes([place]) + body
        for place in range(len(wanted)):
            yield (
                bytes([place])
                + b'{"json": {"messages": [{"role": "user", "content": "hi"}]}, "rating": true, "key": "a", "value": "b"}'
            )

    return seeds


# Texts that somebody typed or wrote down.


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace")


def _filter(data: bytes) -> None:
    text = _text(data)[:300]
    complete(text, len(text), lambda *_: [])
    try:
        filter_ = compile_filter(text, now_ns=NOW_NS)
    except FilterError as error:
        assert 0 <= error.start < error.end
        assert str(error)
        return
    if filter_ is not None:
        for sql, parameters in (
            (filter_.trace_sql, filter_.trace_params),
            (filter_.span_sql, filter_.span_params),
        ):
            assert sql.count("?") == len(parameters)


def _filter_seeds() -> Iterator[bytes]:
    from tracetui.query import FIELDS

    for field in FIELDS:
        name = field.name if field.key == "none" else f"{field.name}.x"
        for value in ("a", "*b*", '="c d"', ">1", "1..2", "a,b", "$0.01", "2.5M", "today", "2026-11-20", "/x+/"):
            yield f"{name}:{value}".encode()
    yield from (
        b"root(status:error) OR -any(kind:tool name:x)",
        b"all(cost:>$0.01) is:error has:user @a.b:c",
        b'"a b" -/x[0-9]/',
    )


def _settings(data: bytes) -> None:
    path = folder() / "some.toml"
    path.write_bytes(data)
    text = _text(data)
    for read in (lambda: parse_config(text, path), lambda: read_mappings(path), lambda: load_own_prices(path)):
        try:
            read()
        except TracetuiError as error:
            assert str(error)


def _settings_seeds() -> Iterator[bytes]:
    for page in (*sorted((DATA.parents[1] / "docs").rglob("*.md")), *sorted(DATA.rglob("*.toml"))):
        pieces = page.read_text().split("```toml\n")[1:] if page.suffix == ".md" else [page.read_text()]
        yield from (piece.partition("```")[0].encode() for piece in pieces)


def _stream(data: bytes) -> None:
    """The first byte says in how large pieces the rest comes."""
    if not data:
        return
    size = 1 + data[0] * 2
    pieces = [data[start : start + size] for start in range(1, len(data), size)]
    lines, stream = EventLines(1_000), AnswerStream(Room(10_000), 1_000)
    for piece in pieces:
        assert all(len(found) <= 1_000 for found in lines.feed(piece))
        stream.feed(piece)
    list(lines.end())
    stream.end()
    stream.body()


def _stream_seeds() -> Iterator[bytes]:
    for event in (
        '{"id":"1","model":"m","choices":[{"index":0,"delta":{"role":"assistant","content":"a","tool_calls":[{"index":0,"id":"c","function":{"name":"n","arguments":"{"}}]}}]}',
        '{"choices":[],"usage":{"prompt_tokens":1,"completion_tokens":2}}', "[DONE]",
        '{"type":"message_start","message":{"model":"m","usage":{"input_tokens":1}}}',
        '{"type":"content_block_start","index":0,"content_block":{"type":"tool_use","id":"t","name":"n","input":{}}}',
        '{"type":"content_block_delta","index":0,"delta":{"type":"input_json_delta","partial_json":"{\\"a\\""}}',
        '{"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":3}}',
        '{"type":"response.output_text.delta","delta":"x","output_index":0,"content_index":0}',
        '{"type":"response.completed","response":{"id":"r","output":[{"type":"message","content":[]}],"usage":{"input_tokens":1}}}',
    ):  # fmt: skip
        yield b"\xff" + f"event: x\ndata: {event}\n\n".encode() * 2


def _inflate(data: bytes) -> None:
    if data:
        codings = sorted(READABLE)
        stream = opening(codings[data[0] % len(codings)])
        said = sum(map(len, stream.feed(data[1:])))
        assert stream.damage is None or said < 1 << 24


def _inflate_seeds() -> Iterator[bytes]:
    import zlib

    for number, coding in enumerate(sorted(READABLE)):
        yield bytes([number]) + (gzip.compress(b"abc" * 9) if "gzip" in coding else zlib.compress(b"abc" * 9))


@cache
def _redactor() -> Any:
    return make_redactor(Config())


def _redact(data: bytes) -> None:
    text = _text(data)
    with suppress(ValueError, RecursionError):
        text = json.loads(text)
    once = _redactor().redact(text)
    assert repr(_redactor().redact(once)) == repr(once)


def _redact_seeds() -> Iterator[bytes]:
    yield b'{"a": "mail me@example.org, card 4111 1111 1111 1111, key sk-proj-Ab1Cd2Ef3Gh4Ij5Kl6Mn7Op8Qr9St0"}'
    yield b'{"authorization": "Bearer abc.def.ghi", "iban": "DE89370400440532013000", "tel": "+49 30 1234567", "ip": "10.0.0.1"}'


_TRANSCRIPTS = ("claude_code", "claude_code_public", "codex_cli", "codex_exec", "gemini_cli", "goose", "goose_more", "opencode", "opencode_more", "copilot", "aider", "aider_more", "agno", "openai_agents", "langgraph")  # fmt: skip
_TOOLS = ("exports", "genkit", "tracecraft", "vercel_devtools", "promptfoo", "phoenix", "mlflow", "llm")
TARGETS: dict[str, Target] = {
    "transcripts": Target(_file, _samples(*_TRANSCRIPTS)),
    "exports": Target(_file, _samples(*_TOOLS)),
    "handrolled": Target(_file, _samples("handrolled", "malformed")),
    "otlp-files": Target(_file, _samples("otlp")),
    "archives": Target(_file, _samples("inspect_ai", "malformed", "otlp", kinds=(*_PACKED, ".json"))),
    "parquet": Target(exports.parquet, exports.parquet_seeds, head=exports.HEAD),
    "gzip": Target(exports.gzipped, exports.gzip_seeds(_samples("otlp", "handrolled")), head=exports.HEAD),
    **{f"sqlite-{name}": Target(*both, head=databases.HEAD, room=15_000) for name, both in databases.databases().items()},
    "otlp-protobuf": Target(_collect_only(0, 2), _captured_seeds(0, 2)),
    "otlp-json": Target(_collect_only(1, 3), _captured_seeds(1, 3)),
    "collector": Target(_collect, _captured_seeds()),
    "filter": Target(_filter, _filter_seeds),
    "settings": Target(_settings, _settings_seeds),
    "streams": Target(_stream, _stream_seeds),
    "inflate": Target(_inflate, _inflate_seeds),
    "redaction": Target(_redact, _redact_seeds),
}  # fmt: skip
