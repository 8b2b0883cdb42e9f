"""The sample traces are what their script makes, and hold what a reader should find."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

import tracetui

SAMPLES = Path(__file__).parents[2] / "sample_traces"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("samples")
    subprocess.run([sys.executable, str(SAMPLES / "make_samples.py"), str(folder)], check=True)
    return folder


@pytest.mark.parametrize("name", ["agent.otlp.jsonl", "calls.jsonl"])
def test_the_script_makes_the_same_lines_again(made: Path, name: str) -> None:
    assert (made / name).read_bytes() == (SAMPLES / name).read_bytes()


@pytest.mark.parametrize("name", ["support.db", "handrolled.db"])
def test_the_script_makes_the_same_rows_again(made: Path, name: str) -> None:
    dumps = []
    for folder in (made, SAMPLES):
        conn = sqlite3.connect(f"file:{folder / name}?mode=ro", uri=True)
        dumps.append([line for line in conn.iterdump() if "sqlite_sequence" not in line])
        conn.close()
    assert dumps[0] == dumps[1]


def test_there_is_everything_that_one_should_have_seen_once() -> None:
    workspace = tracetui.open(SAMPLES / "support.db")
    found = {
        "status:error": 1, "is:refused": 1, "is:running": 1, "is:unpriced": 1, "cached:>0": 10, "reasoning:>0": 10,
        "ttft:>0": 10, "version:3": 20, "version:4": 20, "is:rated": 20, "返品": 1, "🚚": 1, "kind:retriever": 5,
        "tool:get_order": 20, "score.user_rating:<=2": 1, "has:session": 100,
    }  # fmt: skip
    for filter_, at_least in found.items():
        assert len(workspace.trace_ids(filter_)) >= at_least, filter_
    assert any(
        node.is_orphan
        for trace in workspace.traces("-root(kind:agent OR kind:chain)")
        for node in workspace.tree(trace.trace_id).nodes
    )
    workspace.close()


def test_the_newer_prompt_is_worse() -> None:
    workspace = tracetui.open(SAMPLES / "support.db")
    older, newer = (workspace.stats(f"version:{version}")["scores"]["user_rating"]["mean"] for version in (3, 4))
    assert newer < older - 0.3
    workspace.close()
