"""On which file system a file lies."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

import tracetui
from tracetui.errors import NotWritable
from tracetui.sources.sqlite_table import SqliteTableSource
from tracetui.sources.sqlite_write import can_be_written
from tracetui.store import mounts
from tracetui.store.connection import open_existing_store, open_store
from tracetui.store.mounts import file_system, is_network

MOUNTS = r"""/dev/sda1 / ext4 rw 0 0
server:/home /home nfs4 rw,vers=4.2 0 0
tmpfs /home/me/fast tmpfs rw 0 0
me@host:/x /mnt/my\040disk fuse.sshfs rw 0 0
broken
"""


@pytest.mark.parametrize(
    ("path", "kind", "shared"),
    [
        ("/srv/traces.db", "ext4", False),
        ("/home/me/traces.db", "nfs4", True),
        ("/home/me/fast/traces.db", "tmpfs", False),
        ("/homes/traces.db", "ext4", False),
        ("/mnt/my disk/traces.db", "fuse.sshfs", True),
    ],
)
def test_the_longest_mount_point_says_where_a_file_lies(path: str, kind: str, shared: bool) -> None:
    assert file_system(Path(path), MOUNTS) == kind
    assert is_network(kind) is shared


def test_without_a_table_nothing_is_known() -> None:
    assert file_system(Path("/x"), "") is None
    assert not is_network(None)


@pytest.fixture
def on_nfs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A directory that is mounted from another machine, as the kernel's table has it."""
    shared, table = tmp_path / "shared", tmp_path / "mounts"
    shared.mkdir()
    table.write_text(f"/dev/sda1 / ext4 rw 0 0\nserver:/x {shared} nfs4 rw 0 0\n")
    monkeypatch.setattr(mounts, "MOUNTS", table)
    return shared


def journal_mode(path: Path) -> str:
    with closing(sqlite3.connect(path)) as conn:
        return str(conn.execute("PRAGMA journal_mode").fetchone()[0])


def test_a_store_that_is_made_on_a_network_file_system_is_not_in_wal_mode(on_nfs: Path, tmp_path: Path) -> None:
    for folder, mode in ((on_nfs, "delete"), (tmp_path, "wal")):
        open_store(folder / "new.db").close()
        assert journal_mode(folder / "new.db") == mode


def test_a_store_in_wal_mode_is_not_written_on_a_network_file_system(on_nfs: Path, tmp_path: Path) -> None:
    open_store(tmp_path / "made.db").close()
    path = Path(shutil.copy(tmp_path / "made.db", on_nfs))
    before = path.read_bytes()
    for open_it in (open_store, open_existing_store):
        with pytest.raises(NotWritable, match=r"WAL mode on a network file system \(nfs4\) gets damaged"):
            open_it(path)
    assert path.read_bytes() == before
    with tracetui.open(path) as workspace:
        assert workspace.trace_count() == 0


def test_a_rating_of_another_tools_database_in_wal_mode_goes_beside_it_there(on_nfs: Path) -> None:
    path = on_nfs / "calls.db"
    with closing(sqlite3.connect(path)) as conn:
        conn.execute(
            "CREATE TABLE calls (id INTEGER PRIMARY KEY, ts INTEGER, model TEXT, prompt TEXT, completion TEXT)"
        )
        conn.execute("INSERT INTO calls VALUES (1, 1795168800, 'gpt-4o', 'x', 'y')")
        conn.commit()
        assert can_be_written(path)
        conn.execute("PRAGMA journal_mode = WAL")
    assert not can_be_written(path)
    assert "calls.db.scores.jsonl" in SqliteTableSource(path).describe().scores_go


def test_an_index_is_kept_in_memory_where_the_cache_is_on_a_network_file_system(
    on_nfs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRACETUI_CACHE_DIR", str(on_nfs))
    open_store(tmp_path / "made.db").close()
    with tracetui.open(tmp_path / "made.db") as workspace:
        assert workspace.notice == (
            "the index is kept in memory only: the cache lies on a network file system (nfs4);"
            " set TRACETUI_CACHE_DIR to a local one"
        )
    assert not list(on_nfs.rglob("*.index"))
