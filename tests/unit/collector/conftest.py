"""A collector on a port of its own over an empty store, and captured requests of real SDKs to replay."""

from __future__ import annotations

import base64
import http.client
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.unit.collector.upstream_server import Upstream
from tracetui.collector.listen import Address, Listening, listen
from tracetui.model import Payload, Span
from tracetui.workspace import open_workspace

DATA = Path(__file__).parents[2] / "data" / "collector"
EXPECTED: dict[str, dict[str, Any]] = json.loads((DATA / "expected.json").read_text())
NUMBERS = ("traces", "spans", "users", "sessions")
MAPPINGS = ("kinds", "statuses", "models", "tokens")
Settled = Callable[[], list[tuple[Span, Payload]]]


class Answer(NamedTuple):
    """What a server answered."""

    status: int
    body: bytes
    headers: dict[str, str]

    @property
    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)


class Client:
    """Sends to one collector, a connection for each request."""

    def __init__(self, address: Address) -> None:
        self.address = address

    def send(self, method: str, path: str, body: bytes | None = None, **headers: str) -> Answer:
        """Send a request; underscores in the names of headers stand for dashes."""
        connection = http.client.HTTPConnection(self.address.host, self.address.port, timeout=30)
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request(method, path, body, named)
        response = connection.getresponse()
        answer = Answer(response.status, response.read(), {key.lower(): item for key, item in response.getheaders()})
        connection.close()
        return answer

    def post_json(self, path: str, document: Any, **headers: str) -> Answer:
        """POST a JSON document."""
        return self.send("POST", path, json.dumps(document).encode(), content_type="application/json", **headers)

    def replay(self, name: str, *, backwards: bool = False) -> list[Answer]:
        """Send what an SDK sent, byte for byte, where it was answered with success."""
        found = captured(name)
        return [self.send_captured(one) for one in (reversed(found) if backwards else found)]

    def send_captured(self, one: dict[str, Any]) -> Answer:
        """Send one captured request."""
        path = one["path"] + (f"?{one['query']}" if one["query"] else "")
        return self.send(one["method"], path, base64.b64decode(one["body_base64"]), **one["headers"])


def captured(name: str) -> list[dict[str, Any]]:
    """The requests of one capture that were answered with success (or whose answer nobody wrote down)."""
    rows = [json.loads(line) for line in (DATA / f"{name}.jsonl").read_text().splitlines()]
    return [row for row in rows if row["status"] is None or row["status"] < 300]


def totals(store: Path) -> dict[str, Any]:
    """What `tracetui stats --json` says of a store."""
    with open_workspace([store]) as workspace:
        workspace.catch_up()
        return workspace.stats()


def without_zeros(found: dict[str, Any]) -> dict[str, Any]:
    """The same without counts of nothing."""
    return {key: value for key, value in found.items() if value}


def check_totals(store: Path, name: str, **other: Any) -> None:
    """Compare a store with what the program sent that was captured."""
    expected = {**EXPECTED[name], **other}
    found = totals(store)
    for key in NUMBERS:
        assert (key, found[key]) == (key, expected[key])
    for key in MAPPINGS:
        assert (key, without_zeros(found[key])) == (key, without_zeros(expected[key]))
    if "scores" in expected:
        assert sum(score["count"] for score in found["scores"].values()) == expected["scores"]
    if "recorded_usd" in expected:
        assert found["cost"]["recorded_usd"] == pytest.approx(expected["recorded_usd"])


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """Where the collector writes."""
    return tmp_path / "dev.db"


@pytest.fixture
def start(store: Path) -> Iterator[Callable[..., Listening]]:
    """Start collectors that end with the test."""
    running: list[Listening] = []

    def begin(**options: Any) -> Listening:
        running.append(listen(store, Address(port=0), **options))
        return running[-1]

    yield begin
    for one in running:
        one.close()


@pytest.fixture
def collector(start: Callable[..., Listening]) -> Listening:
    """A collector on the loopback."""
    return start()


@pytest.fixture
def client(collector: Listening) -> Client:
    """Sends to it."""
    return Client(collector.address)


@pytest.fixture
def upstream() -> Iterator[Upstream]:
    """A model's server."""
    server = Upstream()
    yield server
    server.close()


@pytest.fixture
def proxied(start: Callable[..., Listening], upstream: Upstream) -> Listening:
    """A collector that passes the calls of both SDKs on to it."""
    return start(upstreams={"openai": upstream.url, "anthropic": upstream.url})


@pytest.fixture
def caller(proxied: Listening) -> Client:
    """Calls through it."""
    return Client(proxied.address)


@pytest.fixture
def settled(proxied: Listening, store: Path) -> Settled:
    """Ends the collector, so that everything is stored, and gives the spans with what they carried, by start."""

    def end() -> list[tuple[Span, Payload]]:
        proxied.close()
        with open_workspace([store]) as workspace:
            workspace.catch_up()
            ids = [trace.trace_id for trace in workspace.traces()]
            spans = [node.span for trace_id in ids for node in workspace.trace(trace_id).nodes]
            return [(span, workspace.payload(span.trace_id, span.span_id)) for span in sorted(spans, key=_begin)]

    return end


def _begin(span: Span) -> int:
    return span.start_ns
