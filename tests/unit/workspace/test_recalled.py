"""A file that was opened before shows what its index has before it is looked at, and is looked at all the same."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from tracetui.config import cache_dir
from tracetui.errors import UnreadableSource
from tracetui.sources.base import Searchable
from tracetui.workspace import Workspace, open_workspace, opening

OTLP = Path(__file__).parents[2] / "data" / "otlp"
CALL = {"model": "gpt-5-mini", "prompt": "why?", "response": "because", "prompt_tokens": 12, "completion_tokens": 3}


def write(path: Path, *rows: dict[str, object]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def read_once(path: Path) -> Path:
    open_workspace([path], wait=True).close()
    return path


def opened(path: Path) -> Workspace:
    return open_workspace([path])


@pytest.fixture
def calls(tmp_path: Path) -> Path:
    return write(tmp_path / "calls.jsonl", CALL, {**CALL, "prompt_tokens": 30})


@pytest.fixture
def unseeing(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    def find_nothing(head: object) -> None:
        raise AssertionError("the file is looked at")

    return lambda: monkeypatch.setattr(opening, "find_format", find_nothing)


@pytest.mark.parametrize("name", ["calls.jsonl", "calls.db"])
def test_a_second_opening_has_rows_before_it_looks_at_the_file(
    name: str, tmp_path: Path, unseeing: Callable[[], None]
) -> None:
    path = tmp_path / name
    if path.suffix == ".db":
        conn = sqlite3.connect(path)
        conn.execute(
            "CREATE TABLE calls (id INTEGER PRIMARY KEY, model TEXT, prompt TEXT, response TEXT, prompt_tokens INTEGER)"
        )
        conn.execute(
            "INSERT INTO calls VALUES (1, 'gpt-5-mini', 'why?', 'because', 3), (2, 'gpt-5-mini', 'how?', 'so', 4)"
        )
        conn.commit()
        conn.close()
    else:
        write(path, CALL, CALL)
    read_once(path)
    unseeing()
    with opened(path) as workspace:
        assert workspace.totals().traces == 2


def test_a_file_that_nobody_wrote_to_is_not_recognised_again(calls: Path, unseeing: Callable[[], None]) -> None:
    read_once(calls)
    unseeing()
    with opened(calls) as workspace:
        workspace.catch_up()
        assert workspace.descriptions()[0].format == "jsonl"
        assert workspace.health()[0].warnings == ()


def test_a_file_that_somebody_wrote_to_is_recognised_again(calls: Path, unseeing: Callable[[], None]) -> None:
    read_once(calls)
    unseeing()
    with opened(calls) as workspace:
        os.utime(calls, ns=(1, 1))
        with pytest.raises(AssertionError, match="looked at"):
            workspace.catch_up()


def test_what_was_added_meanwhile_is_read_on(calls: Path) -> None:
    read_once(calls)
    with calls.open("a") as file:
        file.write(json.dumps({**CALL, "prompt_tokens": 100}) + "\n")
    with opened(calls) as workspace:
        assert workspace.totals().usage.input == 42
        workspace.catch_up()
        assert workspace.totals().usage.input == 142
        assert workspace.health()[0].warnings == ()


def test_a_search_looks_through_what_is_stored_as_in_any_file(calls: Path) -> None:
    read_once(calls)
    with opened(calls) as workspace:
        assert isinstance(workspace.sources[0], Searchable)
        assert len(workspace.trace_ids('"because"')) == 2
        assert workspace.trace_ids('"no such words anywhere"') == []


def test_a_file_in_the_place_of_another_is_recognised_anew(calls: Path, tmp_path: Path) -> None:
    read_once(calls)
    write(tmp_path / "other", {"notes": "of no call"}).replace(calls)
    with pytest.raises(UnreadableSource, match="without model calls that are recognised"):
        opened(calls)


def test_other_mappings_are_another_opening(calls: Path, unseeing: Callable[[], None]) -> None:
    from tracetui.sources.columns import Mapping

    read_once(calls)
    unseeing()
    with pytest.raises(AssertionError, match="looked at"):
        open_workspace([calls], mappings=[Mapping("calls.jsonl")])


def test_columns_that_mean_something_else_now_are_read_from_the_start_and_that_is_said(calls: Path) -> None:
    read_once(calls)
    row = {"model": "gpt-5-mini", "input_tokens": 7, "output_tokens": 1, "prompt": "why?", "response": "because"}
    write(calls, row, row, row)
    with opened(calls) as workspace:
        workspace.catch_up()
        assert (workspace.totals().traces, workspace.totals().usage.input) == (3, 21)
        assert "read again from the start" in " ".join(workspace.health()[0].warnings)
    with opened(calls) as workspace:
        workspace.catch_up()
        assert (workspace.totals().traces, workspace.totals().usage.input) == (3, 21)
        assert workspace.health()[0].warnings == ()


def test_another_format_in_the_same_file_is_read_as_such(calls: Path) -> None:
    read_once(calls)
    calls.write_bytes((OTLP / "sdk-lines.jsonl").read_bytes())
    with opened(calls) as workspace:
        workspace.catch_up()
        assert workspace.descriptions()[0].format == "otel-console"
        assert {node.span.model for node in workspace.tree(workspace.trace_ids()[0]).nodes} != {"gpt-5-mini"}


def test_a_file_that_became_unreadable_says_so_and_keeps_its_rows(calls: Path) -> None:
    read_once(calls)
    with opened(calls) as workspace:
        write(calls, {"notes": "of no call"})
        workspace.poll()
        assert "without model calls" in " ".join(workspace.health()[0].warnings)
        assert "without model calls" in " ".join(workspace.descriptions()[0].notes)
        assert workspace.totals().traces == 2


def test_a_file_that_was_deleted_is_not_there(calls: Path) -> None:
    read_once(calls)
    calls.unlink()
    with pytest.raises(UnreadableSource, match="no such file"):
        opened(calls)


@pytest.mark.parametrize("text", [b"", b"{", b'{"file": [1, 2], "format": 3, "mapping": null}', b"\xff\xfe"])
def test_a_damaged_note_is_no_note(text: bytes, calls: Path) -> None:
    read_once(calls)
    (note,) = (cache_dir() / "index").glob("*.source")
    note.write_bytes(text)
    with opened(calls) as workspace:
        assert workspace.totals().traces == 2
    assert b"jsonl" in note.read_bytes()


def test_the_note_is_private_and_has_no_value_of_the_file(calls: Path, usual_umask: None) -> None:
    read_once(calls)
    (note,) = (cache_dir() / "index").glob("*.source")
    assert note.stat().st_mode & 0o777 == 0o600
    assert b"because" not in note.read_bytes()
    assert [entry.name for entry in os.scandir(note.parent) if entry.name.startswith(note.name)] == [note.name]


def test_a_store_needs_no_note(tmp_path: Path) -> None:
    from tracetui.store.connection import open_store

    open_store(tmp_path / "traces.db").close()
    read_once(tmp_path / "traces.db")
    assert not list((cache_dir() / "index").glob("*.source"))
