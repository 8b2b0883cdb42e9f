from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.terminal.terminal import Terminal
from tracetui.workspace.formats import FORMATS

from .conftest import COMMAND, ROOT, Run, environment, has_no_controls


@pytest.fixture
def folder(tmp_path: Path, empty_home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a store, beside a home with transcripts."""
    path = tmp_path / "work"
    path.mkdir()
    shutil.copy(ROOT / "sample_traces" / "support.db", path / "support.db")
    shutil.copytree(ROOT / "tests" / "data" / "claude_code" / "projects", empty_home / ".claude" / "projects")
    monkeypatch.chdir(path)
    return path


def test_sources_are_listed_with_format_size_and_age(call: Run, folder: Path, empty_home: Path) -> None:
    ended = call("sources")
    assert (ended.code, ended.err) == (0, "")
    assert all(
        word in ended.out
        for word in ("tracetui store", "2.1 MB", "support.db", "Claude Code", "~/.claude/projects", "ago")
    )
    lines = {line["format"]: line for line in call("sources", "--json").lines}
    assert lines["tracetui store"]["path"] == str(folder / "support.db")
    assert lines["tracetui store"]["files"] is None
    assert lines["Claude Code"]["files"] == 7
    page = (ROOT / "docs" / "json.md").read_text()
    assert " ".join(lines["Claude Code"]) in page


def test_every_format_is_listed_with_how_it_is_recognised(call: Run) -> None:
    text = call("sources", "--formats").out
    assert all(row.title in text and row.how in text for row in FORMATS)
    lines = call("sources", "--formats", "--json").lines
    assert [line["format"] for line in lines] == [row.title for row in FORMATS]


def test_without_anything_to_open_it_is_said_what_to_do(
    call: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "nothing").mkdir()
    monkeypatch.chdir(tmp_path / "nothing")
    assert call("sources").code == 0
    ended = call("open")
    assert (ended.code, ended.out) == (2, "")
    assert "name a source" in ended.err


def test_open_without_a_source_and_without_a_terminal_prints_the_list(process: Run, folder: Path) -> None:
    ended = process("open")
    assert ended.code == 2
    assert "support.db" in ended.out
    assert "tracetui open PATH" in ended.err


def test_the_name_of_a_file_does_not_act_on_the_terminal(call: Run, folder: Path) -> None:
    (folder / "support.db").rename(folder / "evil\x1b[31m\u202e.db")
    assert has_no_controls(call("sources").out)
    assert json.loads(call("sources", "--json").out.splitlines()[0])


def test_what_is_chosen_from_the_list_is_opened(folder: Path) -> None:
    terminal = Terminal([*COMMAND, "open"], size=(110, 30), environ=environment())
    try:
        terminal.until("What there is to open")
        terminal.until("support.db")
        is_first = "support.db" in terminal.text.splitlines()[1]
        terminal.type("\r" if is_first else "j\r")
        terminal.until("Traces 215")
        terminal.type("Q")
        assert terminal.until_ended() == 0
    finally:
        terminal.close()
