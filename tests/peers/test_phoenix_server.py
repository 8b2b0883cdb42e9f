"""Beside a real Phoenix server: what it shows of our ratings, and that neither disturbs the other."""

from __future__ import annotations

import shutil
import sqlite3
from base64 import b64encode
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

import tracetui
from tests.formats.databases import unpack
from tests.formats.source_reading import read_source
from tests.peers.conftest import ask, free_port, peer, serving, wait_for
from tracetui.model import Score
from tracetui.sources.phoenix import PhoenixSource

TRACE, SPAN = "6b16a30f9f86057681d47ef27397962d", "58567a01a63c6b95"
PROJECT = "bookshop-assistant"
SERVED = "Phoenix's annotations in phoenix.db, through its server"
WRITTEN = "Phoenix's annotations in phoenix.db"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """The address of a server on the sample's database, and that database."""
    folder = tmp_path_factory.mktemp("phoenix")
    path = unpack("phoenix/phoenix.db", folder)
    port = free_port()
    env = {
        "PHOENIX_WORKING_DIR": str(folder), "PHOENIX_PORT": str(port), "PHOENIX_GRPC_PORT": str(free_port()),
        "PHOENIX_HOST": "127.0.0.1", "PHOENIX_TELEMETRY_ENABLED": "false", "HOME": str(folder),
    }  # fmt: skip
    address = f"http://127.0.0.1:{port}"
    with serving([str(peer("phoenix", "phoenix")), "serve"], f"{address}/healthz", env, folder / "log"):
        yield address, path


@pytest.fixture
def address(server: tuple[str, Path]) -> str:
    return server[0]


@pytest.fixture
def path(server: tuple[str, Path]) -> Path:
    return server[1]


def by_rest(address: str, name: str, span_id: str = SPAN) -> list[dict[str, Any]]:
    answer = ask(f"{address}/v1/projects/{PROJECT}/span_annotations?limit=100&span_ids={span_id}")
    return [item for item in answer["data"] if item["name"] == name]


def by_graphql(address: str, path: Path, name: str) -> list[dict[str, Any]]:
    with closing(sqlite3.connect(path)) as conn:
        row_id = conn.execute("SELECT id FROM spans WHERE span_id = ?", (SPAN,)).fetchone()[0]
    query = "query($id: ID!) { node(id: $id) { ... on Span { spanAnnotations { name label score explanation annotatorKind identifier } } } }"
    answer = ask(
        f"{address}/graphql", {"query": query, "variables": {"id": b64encode(f"Span:{row_id}".encode()).decode()}}
    )
    return [item for item in answer["data"]["node"]["spanAnnotations"] if item["name"] == name]


def test_a_rating_goes_through_the_server_and_is_shown_by_it(address: str, path: Path) -> None:
    with closing(tracetui.open(path)) as workspace:
        saved = workspace.score(TRACE, SPAN, "served", value=0.5, label="half", comment="why ✓", author="ada")
        assert saved.place == SERVED
        (rest,) = by_rest(address, "served")
        assert rest["result"] == {"label": "half", "score": 0.5, "explanation": "why ✓"}
        (graph,) = by_graphql(address, path, "served")
        assert (graph["score"], graph["annotatorKind"], graph["identifier"]) == (0.5, "HUMAN", "tracetui:ada")
        workspace.score(TRACE, SPAN, "served", value=1.0, author="ada")
        workspace.catch_up()
        assert [item["result"]["score"] for item in by_rest(address, "served")] == [1.0]
        workspace.undo()
        assert [item["result"]["score"] for item in by_rest(address, "served")] == [0.5]
        workspace.undo()
        assert by_rest(address, "served") == []


def test_a_rating_of_a_trace_is_shown(address: str, path: Path) -> None:
    with closing(tracetui.open(path)) as workspace:
        assert workspace.score(TRACE, None, "whole", value=True).place == SERVED
    answer = ask(f"{address}/v1/projects/{PROJECT}/trace_annotations?limit=100&trace_ids={TRACE}")
    assert [item["result"]["score"] for item in answer["data"] if item["name"] == "whole"] == [1.0]


def test_a_row_written_beside_the_server_is_shown_at_once(
    address: str, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tracetui.sources.phoenix.find_servers", lambda _: [])
    with closing(tracetui.open(path)) as workspace:
        assert workspace.score(TRACE, SPAN, "written", value=False, comment="no", author="bo").place == WRITTEN
    assert [item["result"]["score"] for item in by_rest(address, "written")] == [0.0]
    assert [item["explanation"] for item in by_graphql(address, path, "written")] == ["no"]


def test_a_copy_is_never_rated_in_the_original(address: str, path: Path, tmp_path: Path) -> None:
    with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(tmp_path / "phoenix.db")) as copy:
        source.backup(copy)
    with closing(tracetui.open(tmp_path / "phoenix.db")) as workspace:
        assert workspace.score(TRACE, SPAN, "copied", value=1.0).place == WRITTEN
    assert by_rest(address, "copied") == []


def test_spans_arrive_while_the_server_writes_and_none_is_lost_while_we_rate(address: str, path: Path) -> None:
    source = PhoenixSource(path)
    cursor = read_source(source).cursor
    seen: set[str] = set()
    sent: set[str] = set()

    def look() -> bool:
        nonlocal cursor
        if source.changed(cursor):
            reading = read_source(source, cursor)
            cursor = reading.cursor
            seen.update(span_id for trace_id, span_id in reading.spans if trace_id.startswith("f00d"))
        return seen == sent

    for number in range(60):
        spans = [_span(number, item) for item in range(5)]
        ask(f"{address}/v1/projects/{PROJECT}/spans", {"data": spans})
        sent.update(span["context"]["span_id"] for span in spans)
        source.write_score(
            Score(f"{number:032x}", TRACE, SPAN, f"busy {number}", 1.0, author="ada", time_ns=number + 1)
        )
        look()
    wait_for(look, "all spans")
    assert len(by_rest(address, "busy 59")) == 1
    source.close()


def _span(number: int, item: int) -> dict[str, Any]:
    return {
        "name": "call", "span_kind": "LLM", "status_code": "OK",
        "context": {"trace_id": f"f00d{number:028x}", "span_id": f"{number:08x}{item + 1:08x}"},
        "start_time": "2026-11-25T10:00:00Z", "end_time": "2026-11-25T10:00:01Z",
        "attributes": {"llm.model_name": "gpt-4o-mini", "llm.token_count.prompt": 10, "llm.token_count.completion": 2},
    }  # fmt: skip


def test_what_the_server_wrote_itself_is_read_like_the_sample(address: str, path: Path, tmp_path: Path) -> None:
    shutil.copy(path, tmp_path / "only-the-file.db")
    fresh = read_source(PhoenixSource(path))
    assert any(trace_id.startswith("f00d") for trace_id, _ in fresh.spans), "what is in the write-ahead log counts"
    calls = [span for span in fresh.spans.values() if span.trace_id.startswith("f00d")]
    assert {(span.kind, span.model, span.usage.input, span.usage.output) for span in calls} == {
        ("generation", "gpt-4o-mini", 10, 2)
    }
