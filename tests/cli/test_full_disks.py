"""A disk that is full at each place where something is written: it is said, and what was there before is still there."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from .conftest import LINES, ROOT, Run, run_without_room, write_lines


@pytest.fixture
def many(tmp_path: Path) -> Path:
    lines = [{**LINES[1], "trace_id": f"t{number:03}", "output": "x" * 500} for number in range(200)]
    (tmp_path / "here").mkdir()
    return write_lines(tmp_path / "here" / "many.jsonl", lines)


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize("form", ["jsonl", "html"])
def test_an_export_is_whole_or_not_there(form: str, many: Path) -> None:
    ended = run_without_room("export", many, "-f", form, "-o", many.with_name("out"), room=8_192)
    assert ended.returncode == 2
    assert "File too large" in ended.stderr or "No space" in ended.stderr
    assert "Traceback" not in ended.stderr
    assert names_in(many.parent) == ["many.jsonl"]


def test_a_redacted_copy_that_has_no_room_is_said_and_can_be_repeated(many: Path, call: Run) -> None:
    copy = many.with_name("clean.db")
    ended = run_without_room("redact", many, "--into", copy)
    assert ended.returncode == 2
    assert f"tracetui: {copy}: cannot be written (" in ended.stderr
    assert call("redact", many, "--into", copy).code == 0
    assert len(call("ls", copy, "--json").lines) == 200


def test_a_pruning_that_has_no_room_changes_nothing(tmp_path: Path) -> None:
    store = Path(shutil.copy(ROOT / "sample_traces" / "support.db", tmp_path))
    ended = run_without_room("prune", store, "--keep", "1ms")
    assert ended.returncode == 2
    assert ended.stderr.startswith(f"tracetui: {store}: ")
    assert "Traceback" not in ended.stderr
    with closing(sqlite3.connect(store)) as conn:
        assert conn.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert conn.execute("SELECT count(*) FROM traces").fetchone() == (215,)
