"""Long cells of tables: cut where somebody only looks at them, whole for everything else."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tracetui.model import Message, Payload, Text
from tracetui.sources import lines_cut, raw_text, sqlite_rows
from tracetui.workspace import open_workspace

PLAIN = "where is my parcel, 返品? " * 100
MESSAGES = json.dumps([{"role": "user", "content": PLAIN}, {"role": "assistant", "content": "there"}])
COLUMNS = "model TEXT, prompt TEXT, response TEXT, prompt_tokens INTEGER"


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with monkeypatch.context() as patched:
        for name, value in {
            "LONG": 1_000,
            "KEPT": 100,
            "KEPT_LATER": 20,
            "BLOCK": 64,
            "_FEW": 4,
            "_SAMPLE": 50,
        }.items():
            patched.setattr(lines_cut, name, value)
        patched.setattr(raw_text, "LONG", 1_000)
        yield


def table(folder: Path, prompt: str | bytes, *, tail: str = "", encoding: str = "UTF-8") -> Path:
    path = folder / "calls.db"
    with closing(sqlite3.connect(path)) as conn:
        conn.execute(f"PRAGMA encoding = '{encoding}'")
        conn.execute(f"CREATE TABLE calls (id INTEGER PRIMARY KEY, {COLUMNS}){tail}")
        conn.execute("INSERT INTO calls VALUES (1, 'gpt-5-mini', ?, 'because', 3)", (prompt,))
        conn.commit()
    return path


def store(folder: Path, prompt: str) -> Path:
    from tracetui.store.connection import open_store

    path = folder / "traces.db"
    with closing(open_store(path)) as conn:
        conn.execute("INSERT INTO spans (trace_id, span_id, name, start_ns) VALUES ('t', 's', 'chat', 1)")
        conn.execute(
            "INSERT INTO payloads (trace_id, span_id, input, output) VALUES ('t', 's', ?, '\"because\"')", (prompt,)
        )
        conn.commit()
    return path


def looked_at(path: Path) -> tuple[Payload, Payload]:
    """The payload as it is shown, and as it is."""
    with open_workspace([path], wait=True) as workspace:
        [trace] = workspace.traces()
        where = trace.trace_id, str(trace.root_id)
        return workspace.glance(*where), workspace.payload(*where)


def said(payload: Payload) -> str:
    assert isinstance(payload.input, tuple)
    first = payload.input[0]
    assert isinstance(first, Message)
    assert isinstance(first.parts[0], Text)
    return first.parts[0].text


@pytest.mark.parametrize("prompt", [PLAIN, MESSAGES, PLAIN.encode()], ids=["text", "messages", "blob"])
def test_a_long_cell_of_a_table_is_cut_on_the_screen_only(tmp_path: Path, prompt: str | bytes) -> None:
    glance, whole = looked_at(table(tmp_path, prompt))
    assert said(glance).startswith("where is my parcel, ")
    assert "more, left out here" in said(glance)
    assert len(said(glance)) < 200
    assert glance.left_out > 2_000
    assert glance.output == whole.output
    assert (said(whole), whole.left_out) == (PLAIN, 0)


def test_a_long_cell_of_a_store_is_cut_on_the_screen_only(tmp_path: Path) -> None:
    glance, whole = looked_at(store(tmp_path, MESSAGES))
    assert "more, left out here" in said(glance)
    assert glance.left_out > 2_000
    assert isinstance(glance.input, tuple)
    assert isinstance(whole.input, tuple)
    assert glance.input[1] == whole.input[1]
    assert said(whole) == PLAIN
    assert "left out here" in glance.raw
    assert "left out here" not in whole.raw


@pytest.mark.parametrize("more", [{"encoding": "UTF-16le"}, {"tail": " WITHOUT ROWID"}])
def test_a_cell_that_cannot_be_read_in_blocks_is_shown_whole(tmp_path: Path, more: dict[str, str]) -> None:
    glance, whole = looked_at(table(tmp_path, PLAIN, **more))
    assert (said(glance), glance.left_out) == (said(whole), 0) == (PLAIN, 0)


def test_a_short_row_is_never_cut(tmp_path: Path) -> None:
    glance, whole = looked_at(table(tmp_path, "where is my parcel? " * 20))
    assert (glance.left_out, glance) == (0, whole)


def test_a_table_is_recognised_by_the_beginnings_of_its_longest_cells(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite_rows, "_LONGEST", 20)
    path = table(tmp_path, PLAIN)
    with closing(sqlite3.connect(path)) as conn:
        [row] = sqlite_rows.sample_rows(conn, sqlite_rows.find_tables(conn)[0])
    assert row == {"id": 1, "model": "gpt-5-mini", "prompt": PLAIN[:20], "response": "because", "prompt_tokens": 3}
    assert said(looked_at(path)[1]) == PLAIN


@pytest.mark.parametrize("make", [table, store])
def test_who_has_no_use_for_raw_gets_none_of_a_long_row(tmp_path: Path, make: Callable[[Path, str], Path]) -> None:
    with open_workspace([make(tmp_path, MESSAGES)], wait=True) as workspace:
        [trace] = workspace.traces()
        where = trace.trace_id, str(trace.root_id)
        carried, whole = workspace.carried(*where), workspace.payload(*where)
    assert (carried.raw, bool(whole.raw)) == ("", True)
    assert carried.input == whole.input


def test_who_has_no_use_for_raw_gets_none_of_a_long_line(tmp_path: Path) -> None:
    path = tmp_path / "calls.jsonl"
    rows = [
        {"id": "long", "model": "gpt-5-mini", "prompt": PLAIN, "response": "so", "prompt_tokens": 3},
        {"id": "short", "model": "gpt-5-mini", "prompt": "why?", "response": "so", "prompt_tokens": 3},
    ]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    with open_workspace([path], wait=True) as workspace:
        raws = {said(workspace.carried(trace.trace_id, str(trace.root_id)))[:4]: workspace.carried(trace.trace_id, str(trace.root_id)).raw
                for trace in workspace.traces()}  # fmt: skip
    assert raws["wher"] == ""
    assert json.loads(raws["why?"]) == rows[1]
