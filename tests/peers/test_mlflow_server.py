"""Beside a real MLflow: what `mlflow.get_trace` shows of our ratings, and that neither disturbs the other."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

import tracetui
from tests.formats.source_reading import read_source
from tests.peers.conftest import free_port, peer, serving, wait_for
from tracetui.errors import NotWritable
from tracetui.sources.mlflow import MlflowSource
from tracetui.workspace import Workspace

PROGRAM = Path(__file__).with_name("mlflow_program.py")


def start(command: str, uri: str, argument: str, home: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [str(peer("mlflow", "python")), str(PROGRAM), command, uri, argument],
        env={**os.environ, "HOME": str(home), "MLFLOW_DISABLE_TELEMETRY": "true", "GIT_PYTHON_REFRESH": "quiet"},
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=home,
    )  # fmt: skip


def result(process: subprocess.Popen[str]) -> Any:
    out, errors = process.communicate(timeout=180)
    assert process.returncode == 0, errors[-2000:]
    return json.loads(out.strip().splitlines()[-1])


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[str]]:
    """A store that MLflow made, and the traces in it."""
    folder = tmp_path_factory.mktemp("mlflow")
    traces = result(start("make", f"sqlite:///{folder}/mlflow.db", "3", folder))
    return folder / "mlflow.db", traces


def told(path: Path, trace_id: str, name: str) -> list[dict[str, Any]]:
    found = result(start("read", f"sqlite:///{path}", trace_id, path.parent))
    assert found is not None, "MLflow could not read the trace"
    return [item for item in found if item["name"] == name]


def test_what_mlflow_wrote_is_read(store: tuple[Path, list[str]]) -> None:
    path, traces = store
    reading = read_source(MlflowSource(path))
    assert {trace_id for trace_id, _ in reading.spans} == set(traces)
    calls = [span for span in reading.spans.values() if span.kind == "generation"]
    assert {(span.usage.input, span.usage.output, span.status) for span in calls} == {(9, 2, "success")}
    assert {span.user_id for span in reading.spans.values()} == {"user-0", "user-1", "user-2"}
    assert all("shift:night" in span.tags for span in reading.spans.values())


@pytest.mark.parametrize(
    ("name", "value", "label", "expected"),
    [
        ("helpful", True, None, True),
        ("stars", 4.5, None, 4.5),
        ("tone", None, 'warm "✓"', 'warm "✓"'),
        ("both", 2.0, "poor", 2.0),
    ],
)
def test_a_rating_is_shown_by_get_trace(
    store: tuple[Path, list[str]], name: str, value: float | bool | None, label: str | None, expected: object
) -> None:
    path, traces = store
    with closing(tracetui.open(path)) as workspace:
        span_id = workspace.tree(traces[0]).nodes[0].span.span_id
        workspace.score(traces[0], span_id, name, value=value, label=label, comment="why", author="ada")
    (shown,) = told(path, traces[0], name)
    assert (shown["value"], shown["source"], shown["author"]) == (expected, "HUMAN", "ada")
    assert (shown["comment"], shown["span_id"], shown["valid"]) == ("why", span_id, True)


def test_a_rating_is_found_by_search_traces(store: tuple[Path, list[str]]) -> None:
    path, traces = store
    with closing(tracetui.open(path)) as workspace:
        workspace.score(traces[2], None, "found", value=True)
    assert result(start("search", f"sqlite:///{path}", "feedback.found = 'true'", path.parent)) == [traces[2]]


def test_an_edit_and_an_undo_leave_mlflow_able_to_read(store: tuple[Path, list[str]]) -> None:
    path, traces = store
    with closing(tracetui.open(path)) as workspace:
        workspace.score(traces[1], None, "edited", value=1.0, author="ada")
        workspace.score(traces[1], None, "edited", value=0.0, author="ada")
        assert [item["value"] for item in told(path, traces[1], "edited") if item["valid"]] == [0.0]
        workspace.undo()
        assert [item["value"] for item in told(path, traces[1], "edited") if item["valid"]] == [1.0]


def rate(workspace: Workspace, trace_id: str) -> None:
    """As a user would: a rating that had to wait too long is saved again."""
    for _ in range(10):
        try:
            workspace.score(trace_id, None, "busy", value=1.0, author="ada")
        except NotWritable:
            continue
        return


@pytest.fixture(scope="module")
def server(store: tuple[Path, list[str]]) -> Iterator[str]:
    path, _ = store
    port = free_port()
    command = [
        str(peer("mlflow", "mlflow")), "server", "--backend-store-uri", f"sqlite:///{path}", "--host", "127.0.0.1",
        "--port", str(port), "--workers", "1",
    ]  # fmt: skip
    env = {"HOME": str(path.parent), "MLFLOW_DISABLE_TELEMETRY": "true"}
    with serving(command, f"http://127.0.0.1:{port}/health", env, path.parent / "log"):
        yield f"http://127.0.0.1:{port}"


def test_traces_arrive_while_the_server_writes_and_we_rate(store: tuple[Path, list[str]], server: str) -> None:
    path, _ = store
    source = MlflowSource(path)
    cursor = read_source(source).cursor
    seen: set[tuple[str, str]] = set()
    with start("make", server, "30", path.parent) as writer, closing(tracetui.open(path)) as workspace:

        def look() -> bool:
            nonlocal cursor
            if source.changed(cursor):
                reading = read_source(source, cursor)
                cursor = reading.cursor
                for trace_id, span_id in reading.spans.keys() - seen:
                    if span_id != trace_id:
                        seen.add((trace_id, span_id))
                        workspace.catch_up()
                        workspace.score(trace_id, None, "busy", value=1.0, author="ada")
            return writer.poll() is not None

        wait_for(look, "the writer's end")
        made = result(writer)
        wait_for(lambda: look() and len({trace for trace, _ in seen if trace in made}) == 30, "all traces")
    assert {trace for trace, _ in seen} >= set(made)
    assert len([item for item in told(path, made[-1], "busy") if item["valid"]]) == 1
    source.close()
