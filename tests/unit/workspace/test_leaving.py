"""Traces that leave a store are noticed by whoever has it open, and no number of theirs comes back."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tracetui.errors import NotFound
from tracetui.model import Weight
from tracetui.store import retention
from tracetui.store.connection import open_store, transaction
from tracetui.store.retention import Seen, drop_traces
from tracetui.store.sampling import Decision, apply_decisions
from tracetui.workspace import Workspace, open_workspace
from tracetui.workspace.importing import import_into
from tracetui.workspace.pruning import pruning

Write = Callable[..., None]


def leave(path: Path, *trace_ids: str) -> None:
    conn = open_store(path)
    with transaction(conn):
        drop_traces(conn, trace_ids)
    conn.close()


def arranged(path: Path) -> None:
    """Add up what plain SQL wrote, as a pruning does."""
    with pruning(path, is_dry=False) as pruner:
        pruner.plan(None)


def test_traces_that_leave_are_changes(workspace: Workspace, write: Write, traces_db: Path) -> None:
    for name in ("a", "b", "c"):
        write(name, "root")
    arranged(traces_db)
    workspace.catch_up()
    assert workspace.totals().traces == 3
    leave(traces_db, "a", "c")
    assert workspace.poll().trace_ids >= {"a", "c"}
    assert workspace.trace_ids() == ["b"]
    with pytest.raises(NotFound):
        workspace.tree("a")
    assert not workspace.poll().any


def test_the_newest_trace_does_not_hide_what_comes_after_it(
    workspace: Workspace, write: Write, traces_db: Path
) -> None:
    write("a", "root")
    arranged(traces_db)
    workspace.catch_up()
    leave(traces_db, "a")
    write("b", "root")
    arranged(traces_db)
    assert workspace.poll().trace_ids >= {"a", "b"}


def test_copies_in_the_index_go_as_well(workspace: Workspace, write: Write, traces_db: Path) -> None:
    write("a", "root")
    workspace.catch_up()
    assert workspace.trace_ids() == ["a"]
    arranged(traces_db)
    leave(traces_db, "a")
    workspace.catch_up()
    assert workspace.trace_ids() == []


def test_copies_in_the_index_go_when_nobody_looked(write: Write, traces_db: Path) -> None:
    write("a", "root")
    open_workspace([traces_db], wait=True).close()
    arranged(traces_db)
    leave(traces_db, "a")
    with open_workspace([traces_db], wait=True) as workspace:
        assert workspace.trace_ids() == []


@pytest.mark.parametrize("logged", [10_000, 2])
def test_they_leave_a_store_that_is_copied(
    write: Write, traces_db: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, logged: int
) -> None:
    """Stores with a trace in common are read from the index; also where more left than the store remembers."""
    monkeypatch.setattr(retention, "_LOGGED", logged)
    for number in range(8):
        write(f"t{number}", "root", start_ns=time.time_ns())
    arranged(traces_db)
    other = tmp_path / "other.db"
    other.write_bytes(b"")
    open_store(other).close()
    with open_workspace([traces_db], wait=True) as workspace:
        import_into(workspace, other, "trace:t0")
    with open_workspace([traces_db, other], wait=True) as workspace:
        assert workspace.totals().traces == 8
        for number in range(1, 7):
            leave(traces_db, f"t{number}")
        workspace.catch_up()
        assert sorted(workspace.trace_ids()) == ["t0", "t7"]


@pytest.mark.parametrize("is_copied", [False, True])
def test_a_trace_that_is_kept_for_others_is_a_change_as_well(
    write: Write, traces_db: Path, tmp_path: Path, is_copied: bool
) -> None:
    """Nothing of it is new, but sums are."""
    sources = [traces_db]
    write("a", "root")
    arranged(traces_db)
    if is_copied:
        sources.append(tmp_path / "twin.db")
        with open_workspace([traces_db], wait=True) as workspace:
            import_into(workspace, sources[1])
    with open_workspace(sources, wait=True) as workspace:
        assert workspace.totals().traces == 1
        for path in sources:
            conn = open_store(path)
            with transaction(conn):
                apply_decisions(conn, [Decision(Seen("a", 1), Weight("a", 10.0, "rate"))])
            conn.close()
        assert workspace.poll().trace_ids == {"a"}
        workspace.catch_up()
        assert (workspace.totals().traces, workspace.totals().is_estimate) == (10, True)
        assert not workspace.poll().any
