"""What holds when programs are killed, work at the same time, or lose the file: tried with real processes."""

from __future__ import annotations

import sqlite3
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import tracetui

from .conftest import COMMAND, LINES, Run, environment, write_lines

TRACE = LINES[0]["trace_id"]


def as_lines(path: Path, process: Run) -> Path:
    return write_lines(path.with_suffix(".jsonl"), LINES)


def as_store(path: Path, process: Run) -> Path:
    store = path.with_suffix(".db")
    assert process("import", as_lines(path, process), "--into", store).code == 0
    return store


def as_table(path: Path, process: Run) -> Path:
    table = path.with_suffix(".sqlite")
    conn = sqlite3.connect(table)
    conn.execute("CREATE TABLE calls (id, trace_id, timestamp, model, prompt, response)")
    conn.execute(
        "INSERT INTO calls VALUES ('s1', ?, '2026-11-20T10:00:00Z', 'gpt-5-mini', 'Where?', 'Here.')", (TRACE,)
    )
    conn.commit()
    conn.close()
    return table


KINDS = pytest.mark.parametrize("make", [as_lines, as_store, as_table])
Make = Callable[[Path, Run], Path]


def start(*words: object, **more: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [*COMMAND, *map(str, words)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, env={**environment(), **more}
    )


def scores_of(path: Path) -> list[tuple[Any, ...]]:
    with tracetui.open(path) as workspace:
        workspace.catch_up()
        found = [score for trace in workspace.traces() for score in trace.scores if score.name == "ok"]
    return sorted((score.author or "", score.value) for score in found)


@KINDS
def test_a_score_that_was_said_to_be_saved_survives_a_kill(make: Make, tmp_path: Path, process: Run) -> None:
    path = make(tmp_path / "traces", process)
    rating = start("score", path, TRACE, "--name", "ok", "--value", "1", PYTHONUNBUFFERED="1")
    assert rating.stdout is not None
    assert rating.stdout.readline()
    rating.kill()
    rating.communicate()
    assert [value for _, value in scores_of(path)] == [1.0]


@KINDS
def test_two_raters_at_the_same_time_keep_a_score_each(make: Make, tmp_path: Path, process: Run) -> None:
    path = make(tmp_path / "traces", process)
    raters = [
        start("score", path, TRACE, "--name", "ok", "--value", value, LOGNAME=name, USER=name)
        for name in ("ada", "bob")
        for value in (1, 2)
    ]
    assert [rater.wait(timeout=60) for rater in raters] == [0, 0, 0, 0]
    for rater in raters:
        rater.communicate()
    assert [author for author, _ in scores_of(path)] == ["ada", "bob"]


@KINDS
def test_a_file_that_vanishes_while_it_is_open_is_said_and_what_was_read_stays(
    make: Make, tmp_path: Path, process: Run
) -> None:
    path = make(tmp_path / "traces", process)
    with tracetui.open(path) as workspace:
        before = workspace.stats()["spans"]
        path.rename(tmp_path / "elsewhere")
        (tmp_path / "elsewhere").unlink()
        workspace.catch_up()
        assert workspace.stats()["spans"] == before
        assert any(health.warnings for health in workspace.health())
