"""What happens to a file of any format while it is open: what is shown, counted and said, and that it heals.

Every fault is done to a sample of every format in the registry, and undone.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from tests.formats.every_format import samples
from tests.permissions import mode_of
from tracetui.errors import TracetuiError
from tracetui.workspace import Workspace, open_workspace, origin
from tracetui.workspace.formats import FORMATS

TITLES = [row.title for row in FORMATS]
TEXT = b'{"a": 1}\n{"b": 2}\n' * 50
IDLE = 2


def put_in_its_place(path: Path, content: bytes) -> None:
    """Rename another file over this one."""
    other = path.with_name("other")
    other.write_bytes(content)
    os.replace(other, path)


def of_another_database(folder: Path) -> bytes:
    path = folder / "unrelated"
    with closing(sqlite3.connect(path)) as conn, conn:
        conn.execute("CREATE TABLE unrelated (a, b)")
    content = path.read_bytes()
    path.unlink()
    return content


def become_directory(path: Path) -> None:
    path.unlink()
    path.mkdir()


def rotate(path: Path) -> None:
    """Rename it, and begin a new file of the same name."""
    os.replace(path, path.with_name(f"{path.name}.1"))
    path.touch()


def copy_and_truncate(path: Path) -> None:
    shutil.copy(path, path.with_name(f"{path.name}.1"))
    os.truncate(path, 0)


FAULTS: dict[str, Callable[[Path], object]] = {
    "deleted": Path.unlink,
    "truncated to nothing": lambda path: os.truncate(path, 0),
    "truncated to half": lambda path: os.truncate(path, path.stat().st_size // 2),
    "replaced by a text": lambda path: put_in_its_place(path, TEXT),
    "overwritten with a text": lambda path: path.write_bytes(TEXT),
    "replaced by a database": lambda path: put_in_its_place(path, of_another_database(path.parent)),
    "overwritten with zeros": lambda path: path.write_bytes(bytes(path.stat().st_size)),
    "replaced by a directory": become_directory,
    "copied and truncated": copy_and_truncate,
    "moved": lambda path: os.replace(path, path.with_name("moved")),
    "replaced by the same": lambda path: put_in_its_place(path, path.read_bytes()),
}
WAITED_FOR = ("opencode storage", "Genkit", "Vercel AI SDK DevTools", "opencode export")
"""Formats whose file is one document that is written anew: half of one is waited for."""


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """What could not be read is tried again at once."""
    monkeypatch.setattr(origin, "_AGAIN_S", 0.0)


def settle(workspace: Workspace) -> list[str]:
    """Poll until nothing happens; what was said meanwhile."""
    said: list[str] = []
    idle = 0
    for _ in range(40):
        changes = workspace.poll(0.5)
        said += changes.notices
        idle = 0 if changes.any or changes.indexing else idle + 1
        if idle == IDLE:
            return said
    raise AssertionError(f"never idle: {said[-3:]}")


def counts(workspace: Workspace) -> tuple[object, ...]:
    """What is shown: traces, spans, cost, tokens, scores, records that were skipped."""
    totals, stats = workspace.totals(), workspace.stats()
    scores = {name: found["count"] for name, found in stats["scores"].items()}
    cost = round(totals.cost_usd, 9)
    return totals.traces, totals.spans, totals.usage, cost, scores, workspace.skipped()


def load_first(workspace: Workspace) -> None:
    trace_id = workspace.trace_ids(None, "start")[0]
    workspace.payload(trace_id, workspace.tree(trace_id).nodes[0].span.span_id)


def restore(path: Path, content: bytes) -> None:
    if path.is_dir():
        path.rmdir()
    put_in_its_place(path, content)
    for name in (f"{path.name}.1", "moved"):
        path.with_name(name).unlink(missing_ok=True)


def rate(workspace: Workspace, path: Path) -> bytes:
    """Save a score; the file as it is with it."""
    workspace.score(workspace.trace_ids(None, "start")[0], None, "mine", value=1)
    if path.with_name(f"{path.name}-wal").exists():
        with closing(sqlite3.connect(path)) as conn:
            conn.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    settle(workspace)
    return path.read_bytes()


def test_there_is_a_sample_of_every_format() -> None:
    assert samples().keys() == set(TITLES)


@pytest.mark.parametrize("title", TITLES)
def test_a_file_that_is_changed_in_any_way_while_it_is_open_is_said_and_heals(title: str, tmp_path: Path) -> None:
    path = samples()[title].put(tmp_path)
    with open_workspace([path], wait=True) as workspace:
        content = rate(workspace, path)
        before = counts(workspace)
        for name, fault in FAULTS.items():
            fault(path)
            said = settle(workspace)
            assert all("\n" not in sentence and path.name in sentence for sentence in said), (name, said)
            assert len(said) <= 1, (name, said)
            assert said or counts(workspace)[:2] == before[:2], name
            if not said and name not in ("replaced by the same", "moved") and title not in WAITED_FOR:
                load_first(workspace)
            restore(path, content)
            settle(workspace)
            assert counts(workspace) == before, (name, said)
            load_first(workspace)
    with open_workspace([path], wait=True) as workspace:
        assert counts(workspace) == before


@pytest.mark.parametrize("title", TITLES)
def test_of_a_file_that_is_rotated_what_was_read_stays_or_it_is_said(title: str, tmp_path: Path) -> None:
    path = samples()[title].put(tmp_path)
    with open_workspace([path], wait=True) as workspace:
        rate(workspace, path)
        before = counts(workspace)
        rotate(path)
        said = settle(workspace)
        assert len(said) <= 1
        assert said or counts(workspace) == before
        if said and "was rotated: the rest" in said[0]:
            assert counts(workspace)[:2] == before[:2]
            load_first(workspace)


@pytest.mark.parametrize("title", TITLES)
def test_a_file_that_may_not_be_read_any_more_keeps_what_was_read_and_is_read_when_it_may_be(
    title: str, tmp_path: Path
) -> None:
    path = samples()[title].put(tmp_path)
    with open_workspace([path], wait=True) as workspace:
        rate(workspace, path)
        before = counts(workspace)
        with mode_of(path, 0):
            os.utime(path, ns=(1, 10**18))
            said = settle(workspace)
            assert counts(workspace) == before
            try:
                load_first(workspace)
            except TracetuiError as error:
                assert path.name in str(error)
                assert "ermission denied" in str(error)
        os.utime(path, ns=(1, 10**18 + 10**9))
        settle(workspace)
        assert counts(workspace) == before, said
        load_first(workspace)


@pytest.mark.parametrize("is_open", [True, False])
def test_another_store_in_the_place_of_a_tracetui_store_is_what_is_shown(is_open: bool, tmp_path: Path) -> None:
    """Also of traces that plain SQL wrote, which are copied into the index."""
    path, other = tmp_path / "traces.db", tmp_path / "other.db"
    for store, names in ((path, ("old", "older")), (other, ("new",))):
        shutil.copy(samples()[TITLES[0]].put(tmp_path), store)
        with closing(sqlite3.connect(store)) as conn, conn:
            for table in ("spans", "payloads", "traces", "scores", "stale"):
                conn.execute(f"DELETE FROM {table}")
            conn.executemany(
                "INSERT INTO spans (trace_id, span_id, name, start_ns, end_ns) VALUES (?, 's', ?, 1, 2)",
                [(name, name) for name in names],
            )
    with open_workspace([path], wait=True) as workspace:
        assert {trace.name for trace in workspace.traces()} == {"old", "older"}
        if is_open:
            os.replace(other, path)
            assert settle(workspace) == ["traces.db was replaced: read again from the start"]
            assert {trace.name for trace in workspace.traces()} == {"new"}
    if not is_open:
        os.replace(other, path)
    with open_workspace([path], wait=True) as workspace:
        assert {trace.name for trace in workspace.traces()} == {"new"}


def test_a_write_ahead_log_that_is_deleted_costs_what_was_in_it_and_no_more(tmp_path: Path) -> None:
    path = samples()["hand-rolled SQLite"].put(tmp_path)
    with closing(sqlite3.connect(path, isolation_level=None)) as conn:
        conn.execute("PRAGMA journal_mode = WAL").fetchone()
    with open_workspace([path], wait=True) as workspace:
        before = counts(workspace)
        with closing(sqlite3.connect(path, isolation_level=None)) as conn:
            conn.execute("PRAGMA wal_autocheckpoint = 0").fetchone()
            conn.execute("INSERT INTO llm_traces SELECT * FROM llm_traces WHERE rowid = 0")
            for name in ("-wal", "-shm"):
                path.with_name(path.name + name).unlink()
            settle(workspace)
            assert counts(workspace) == before
        settle(workspace)
    with open_workspace([path], wait=True) as workspace:
        assert counts(workspace) == before


@pytest.mark.parametrize("title", ["tracetui store", "hand-rolled SQLite", "Arize Phoenix", "MLflow"])
def test_no_rating_makes_a_file_anew_that_was_deleted(title: str, tmp_path: Path) -> None:
    path = samples()[title].put(tmp_path)
    with open_workspace([path], wait=True) as workspace:
        trace_id = workspace.trace_ids(None, "start")[0]
        path.unlink()
        try:
            place = workspace.score(trace_id, None, "mine", value=1).place
        except TracetuiError as error:
            place = str(error)
        assert path.name in place
        assert not path.exists()
