from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tracetui.store.connection import open_store
from tracetui.workspace import Workspace, open_workspace


@pytest.fixture
def traces_db(tmp_path: Path) -> Path:
    """A tracetui store that another program fills with plain SQL."""
    path = tmp_path / "traces.db"
    open_store(path).close()
    return path


@pytest.fixture
def write(traces_db: Path) -> Iterator[Callable[..., None]]:
    """Insert a span, and its payload where one is given, as another program would."""
    conn = sqlite3.connect(traces_db)

    def insert(trace_id: str, span_id: str, **columns: object) -> None:
        given = {key: columns.pop(key) for key in ("input", "output") if key in columns}
        row = {"trace_id": trace_id, "span_id": span_id, "start_ns": 1_000, "end_ns": 2_000, **columns}
        marks = ", ".join("?" * len(row))
        conn.execute(f"INSERT INTO spans ({', '.join(row)}) VALUES ({marks})", tuple(row.values()))
        if given:
            conn.execute(
                "INSERT INTO payloads (trace_id, span_id, input, output) VALUES (?, ?, ?, ?)",
                (trace_id, span_id, *(json.dumps(given.get(key)) for key in ("input", "output"))),
            )
        conn.commit()

    yield insert
    conn.close()


@pytest.fixture
def workspace(traces_db: Path) -> Iterator[Workspace]:
    """The store, opened."""
    opened = open_workspace([traces_db])
    yield opened
    opened.close()
