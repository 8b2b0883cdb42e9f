"""Files, folders and caches that cannot be written: everything is shown, and where a rating went is said and true."""

from __future__ import annotations

import os
import sqlite3
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from tests.formats.every_format import samples
from tests.permissions import mode_of
from tracetui.config import cache_dir, data_dir
from tracetui.errors import NotWritable
from tracetui.workspace import open_workspace
from tracetui.workspace.formats import FORMATS

TITLES = [row.title for row in FORMATS]
STORE = TITLES[0]


def list_files(folder: Path) -> list[str]:
    return sorted(os.listdir(folder))


@pytest.mark.parametrize("title", TITLES)
def test_a_rating_of_what_cannot_be_written_is_kept_elsewhere_and_that_is_said(title: str, tmp_path: Path) -> None:
    folder = tmp_path / "traces"
    folder.mkdir()
    path = samples()[title].put(folder)
    before, beside = path.read_bytes(), list_files(path.parent)
    with ExitStack() as stack:
        stack.enter_context(mode_of(path, 0o444))
        stack.enter_context(mode_of(path.parent, 0o555))
        with open_workspace([path], wait=True) as workspace:
            trace_id = workspace.trace_ids(None, "start")[0]
            workspace.payload(trace_id, workspace.tree(trace_id).nodes[0].span.span_id)
            (description,) = workspace.descriptions()
            if title == STORE:
                assert "cannot be written" in description.scores_go
                with pytest.raises(NotWritable, match=r"support\.db: .* cannot be written"):
                    workspace.score(trace_id, None, "mine", value=1)
            else:
                place = workspace.score(trace_id, None, "mine", value=1).place
                assert str(data_dir()) in place
                assert str(data_dir()) in description.scores_go
        with open_workspace([path], wait=True) as workspace:
            assert ("mine" in workspace.stats()["scores"]) is (title != STORE)
    assert (path.read_bytes(), list_files(path.parent)) == (before, beside)


@pytest.mark.parametrize("title", [row.title for row in FORMATS if row.family == "sqlite"])
def test_a_database_in_wal_mode_can_be_read_where_nothing_can_be_written_and_is_followed(
    title: str, tmp_path: Path
) -> None:
    folder = tmp_path / "traces"
    folder.mkdir()
    path = samples()[title].put(folder)
    with closing(sqlite3.connect(path)) as conn:
        conn.execute("PRAGMA journal_mode = WAL").fetchone()
    with mode_of(folder, 0o555), open_workspace([path], wait=True) as workspace:
        spans = workspace.totals().spans
        assert spans > 0
        path.write_bytes(path.read_bytes())  # as somebody else may who can write it
        workspace.catch_up()
        assert workspace.totals().spans == spans


@pytest.mark.parametrize("title", ["hand-rolled JSONL", "hand-rolled SQLite", "MLflow", STORE])
def test_without_a_cache_that_can_be_written_everything_is_shown_and_that_is_said(title: str, tmp_path: Path) -> None:
    path = samples()[title].put(tmp_path)
    cache_dir().mkdir(parents=True, exist_ok=True)
    with mode_of(cache_dir(), 0o555), open_workspace([path], wait=True) as workspace:
        assert workspace.totals().traces > 0
        assert workspace.notice is not None
        assert "kept in memory only: the cache cannot be written" in workspace.notice
        trace_id = workspace.trace_ids(None, "start")[0]
        workspace.score(trace_id, None, "mine", value=1)
        assert workspace.stats()["scores"]["mine"]["count"] == 1
