"""What any program may have put into the cells of a tracetui store costs a span at most, and is said."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.formats.every_format import ROOT
from tracetui.sources import tracetui_store
from tracetui.store.schema import SPAN_COLUMNS
from tracetui.workspace import open_workspace, origin

DEEP = "[" * 10_000 + "]" * 10_000


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """A store with two traces that plain SQL wrote."""
    path = tmp_path / "traces.db"
    shutil.copy(ROOT / "sample_traces" / "support.db", path)
    with closing(sqlite3.connect(path)) as conn, conn:
        for table in ("spans", "payloads", "traces", "scores", "stale"):
            conn.execute(f"DELETE FROM {table}")
        for name in ("good", "odd"):
            conn.execute("INSERT INTO spans (trace_id, span_id, name, start_ns) VALUES (?, 's', ?, 1)", (name, name))
            conn.execute("INSERT INTO payloads (trace_id, span_id, input) VALUES (?, 's', '\"hi\"')", (name,))
    return path


def write(store: Path, sql: str, *values: Any) -> None:
    with closing(sqlite3.connect(store)) as conn, conn:
        conn.execute(sql, values)


COLUMNS = [name for name in SPAN_COLUMNS if name not in ("trace_id", "span_id")]


@pytest.mark.parametrize("value", ["words", b"\xff\xfe", 1.5], ids=["text", "bytes", "fraction"])
def test_a_cell_of_another_type_costs_its_span_and_is_said(value: Any, store: Path) -> None:
    """SQLite keeps a text also in a column of integers."""
    skipped = 0
    for number, column in enumerate(COLUMNS):
        write(store, f"INSERT INTO spans (trace_id, span_id, start_ns) VALUES ('odd', 'n{number}', 1)")
        write(store, f"UPDATE spans SET {column} = ? WHERE span_id = 'n{number}'", value)
        kind = "integer" if column.endswith(("_ns", "_tokens")) or column == "usage_inconsistent" else "text"
        kind = "number" if column == "cost_usd" else kind
        skipped += isinstance(value, bytes) or (kind == "integer") or (kind == "number" and isinstance(value, str))
    with open_workspace([store], wait=True) as workspace:
        (health,) = workspace.health()
        assert health.skipped == skipped > 0
        assert all(" must be " in reason for reason in health.reasons)
        assert {trace.name for trace in workspace.traces()} >= {"good"}
        assert workspace.totals().traces == 2


@pytest.mark.parametrize("column", ["input", "output", "tools", "attributes", "events"])
def test_ten_thousand_levels_in_a_payload_are_shown_as_text(column: str, store: Path) -> None:
    write(store, f"UPDATE payloads SET {column} = ?", DEEP)
    with open_workspace([store], wait=True) as workspace:
        assert workspace.payload("good", "s").raw


@pytest.mark.parametrize("column", ["tags", "metadata"])
def test_ten_thousand_levels_in_a_span_are_read_around(column: str, store: Path) -> None:
    write(store, f"UPDATE spans SET {column} = ? WHERE trace_id = 'odd'", DEEP)
    with open_workspace([store], wait=True) as workspace:
        assert workspace.totals().traces == 2
        assert workspace.tree("odd").nodes


def test_a_counter_that_is_no_number_is_read_around(store: Path) -> None:
    with open_workspace([store], wait=True) as workspace:
        workspace.score("good", None, "ok", value=1)
    write(store, "INSERT INTO traces SELECT 'x', 'x', 1, 2, 'success', NULL, NULL, 1, 0, 0, 0, 0, 0, NULL, NULL, NULL, NULL,"
          " NULL, NULL, NULL, 0, 0, 0, 0, NULL, NULL, NULL, NULL, '[]', 'words'")  # fmt: skip
    with open_workspace([store], wait=True) as workspace:
        assert {trace.name for trace in workspace.traces()} >= {"good", "odd"}


def test_a_schema_that_is_no_text_is_a_sentence(store: Path) -> None:
    from tracetui.errors import UnreadableSource

    store.write_bytes(store.read_bytes().replace(b"parent_id TEXT", b"parent\xffid TEXT"))
    with pytest.raises(UnreadableSource, match=r"traces\.db"):
        open_workspace([store])


def test_what_is_skipped_is_counted_once_however_often_a_store_is_tried(
    store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two stores with a trace in common are copied; of this one reading fails behind its first traces, again and again."""
    copy = tmp_path / "copy.db"
    monkeypatch.setattr(origin, "_AGAIN_S", 0.0)
    monkeypatch.setattr(tracetui_store, "_TRACES_A_BATCH", 5)
    for number in range(40):
        write(store, "INSERT INTO spans (trace_id, span_id, start_ns) VALUES (?, 's', ?)", f"t{number:02}", 90 - number)
    for number in (0, 22):
        write(store, "UPDATE spans SET model = x'ff' WHERE trace_id = ?", f"t{number:02}")
    shutil.copy(store, copy)
    whole = tracetui_store.TracetuiStore._batch
    fails = [True]

    def fail_late(self: Any, trace_ids: list[str], *given: Any) -> Any:
        if fails[0] and "t30" in trace_ids:
            raise sqlite3.DatabaseError("database disk image is malformed")
        return whole(self, trace_ids, *given)

    monkeypatch.setattr(tracetui_store.TracetuiStore, "_batch", fail_late)
    for _ in range(2):
        with open_workspace([store, copy]) as workspace:
            for _ in range(20):
                workspace.poll(60.0)
            assert [health.skipped for health in workspace.health()] == [2, 2]
    fails[0] = False
    with open_workspace([store, copy], wait=True) as workspace:
        assert [health.skipped for health in workspace.health()] == [2, 2]
        assert workspace.totals().traces == 40
