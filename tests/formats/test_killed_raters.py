"""A score that a source said to have saved is there after the program was killed, whichever tool the store is of."""

from __future__ import annotations

import gzip
import lzma
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.formats.source_reading import read_source
from tracetui.workspace.opening import open_source

DATA = Path(__file__).parents[1] / "data"
ROOT = Path(__file__).parents[2]
STORES = {
    "llm": "llm/logs.db.gz",
    "promptfoo": "promptfoo/promptfoo.db.gz",
    "tracecraft": "tracecraft/tracecraft.db.gz",
    "agno, in a file beside it": "agno/agno.db.gz",
    "phoenix": "phoenix/phoenix.db.xz",
    "mlflow": "mlflow/mlflow.db.xz",
}
RATE = """
import os, signal, sys
from pathlib import Path
from tracetui.model import Score
from tracetui.workspace.opening import open_source
source = open_source(Path(sys.argv[1]))
score = Score("score-1", sys.argv[2], sys.argv[3] or None, "user_rating", value=1.0, author="ada", time_ns=10**18)
seen = []
def count(frame, event, what):
    if event == "c_call" and what.__name__ in ("execute", "write", "fsync"):
        seen.append(what)
        if len(seen) == int(sys.argv[4]):
            os.kill(os.getpid(), signal.SIGKILL)
sys.setprofile(count)
source.write_score(score)
os.kill(os.getpid(), signal.SIGKILL)
"""
_UNPACK: dict[str, Callable[[bytes], bytes]] = {".gz": gzip.decompress, ".xz": lzma.decompress}


def rate_and_die(path: Path, trace_id: str, step: int = 0) -> None:
    """Rate in a process that is killed before a step of writing, or (0) when the score was said to be saved."""
    command = [sys.executable, "-c", RATE, str(path), trace_id, "", str(step)]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, check=False)
    assert ended.returncode == -signal.SIGKILL, ended.stderr.decode()


@pytest.fixture(params=STORES)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    packed = DATA / STORES[request.param]
    path = tmp_path / packed.stem
    path.write_bytes(_UNPACK[packed.suffix](packed.read_bytes()))
    return path


def ratings_in(path: Path) -> list[float | None]:
    reading = read_source(open_source(path))
    return [score.value for score in reading.scores if score.name == "user_rating" and score.author == "ada"]


def test_a_score_that_was_saved_survives_a_kill_right_after(store: Path) -> None:
    trace_id = next(iter(read_source(open_source(store)).spans.values())).trace_id
    rate_and_die(store, trace_id)
    assert ratings_in(store) == [1.0]
    assert is_sound(store)


@pytest.mark.parametrize("step", [2, 5, 7, 8, 10])
def test_a_kill_while_a_score_is_saved_leaves_the_store_sound(store: Path, step: int) -> None:
    spans = read_source(open_source(store)).spans
    trace_id = next(iter(spans.values())).trace_id
    rate_and_die(store, trace_id, step)
    assert ratings_in(store) in ([], [1.0])
    assert is_sound(store)
    assert read_source(open_source(store)).spans.keys() == spans.keys()


def is_sound(path: Path) -> bool:
    conn = sqlite3.connect(path)
    try:
        return bool(conn.execute("PRAGMA integrity_check").fetchone() == ("ok",))
    finally:
        conn.close()
