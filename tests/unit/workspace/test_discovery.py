"""What there is to open: the usual places of each system, and the files of the present folder."""

from __future__ import annotations

import os
import shutil
import sqlite3
from itertools import count
from pathlib import Path

import pytest

from tracetui.workspace.discovery import NOT_LOOKED_AT, Discovered, discover
from tracetui.workspace.places import PLACES, Surroundings

SAMPLES = Path(__file__).parents[3] / "sample_traces"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    path = tmp_path / "someone"
    (path / "work").mkdir(parents=True)
    return path


def looked(home: Path, system: str = "linux", seconds: float = 60, **environ: str) -> Discovered:
    return discover(Surroundings(home, home / "work", environ, system), seconds)


def put(path: Path, age: int = 0) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix == ".db":
        conn = sqlite3.connect(path)
        conn.execute("CREATE TABLE t (x)")
        conn.commit()
        conn.close()
    else:
        path.write_text("{}\n")
    os.utime(path, (1_700_000_000 - age,) * 2)
    return path


@pytest.mark.parametrize(
    ("system", "place", "title"),
    [
        ("linux", ".phoenix/phoenix.db", "Arize Phoenix"),
        ("linux", "work/mlflow.db", "MLflow"),
        ("linux", ".config/io.datasette.llm/logs.db", "llm"),
        ("darwin", "Library/Application Support/io.datasette.llm/logs.db", "llm"),
        ("linux", ".promptfoo/promptfoo.db", "promptfoo"),
        ("linux", "work/logs/2026_task.eval", "Inspect AI"),
        ("linux", ".claude/projects/-home-x/a.jsonl", "Claude Code"),
        ("linux", ".config/claude/projects/-home-x/a.jsonl", "Claude Code"),
        ("linux", ".codex/sessions/2026/11/25/rollout-x.jsonl", "Codex CLI"),
        ("linux", ".codex/archived_sessions/rollout-x.jsonl", "Codex CLI"),
        ("linux", ".gemini/tmp/shop/chats/session-x.jsonl", "Gemini CLI"),
        ("linux", ".local/share/goose/sessions/sessions.db", "goose"),
        ("darwin", "Library/Application Support/goose/sessions/sessions.db", "goose"),
        ("linux", ".local/share/opencode/opencode-beta.db", "opencode"),
        ("darwin", ".local/share/opencode/opencode.db", "opencode"),
        ("linux", ".config/Code/User/globalStorage/github.copilot-chat/agent-traces.db", "Copilot agent traces"),
        ("darwin", "Library/Application Support/Cursor/User/globalStorage/github.copilot-chat/agent-traces.db", "Copilot agent traces"),
        ("linux", "work/.genkit/traces/abc", "Genkit"),
        ("linux", "work/.devtools/generations.json", "Vercel AI SDK DevTools"),
        ("linux", "work/.aider.llm.history", "aider"),
    ],
)  # fmt: skip
def test_each_tool_is_found_where_it_keeps_its_traces(home: Path, system: str, place: str, title: str) -> None:
    path = put(home / place)
    (found,) = looked(home, system).found
    assert found.format == title
    assert str(path).startswith(found.path)
    assert (found.files is not None) == (found.path != str(path))
    assert found.modified_ns == path.stat().st_mtime_ns


@pytest.mark.parametrize(
    ("variable", "value", "file"),
    [
        ("PHOENIX_WORKING_DIR", "{}/p", "p/phoenix.db"),
        ("PHOENIX_SQL_DATABASE_URL", "sqlite:///{}/other.db", "other.db"),
        ("MLFLOW_TRACKING_URI", "sqlite:///{}/runs.db", "runs.db"),
        ("LLM_USER_PATH", "{}/l", "l/logs.db"),
        ("PROMPTFOO_CONFIG_DIR", "{}/f", "f/promptfoo.db"),
        ("INSPECT_LOG_DIR", "{}/i", "i/x.eval"),
        ("CLAUDE_CONFIG_DIR", "{}/none, {}/c", "c/projects/x/y.jsonl"),
        ("CODEX_HOME", "{}/x", "x/sessions/2026/11/25/r.jsonl"),
        ("GOOSE_PATH_ROOT", "{}/g", "g/data/sessions/sessions.db"),
        ("OPENCODE_DATA_DIR", "{}/o", "o/opencode.db"),
        ("XDG_CONFIG_HOME", "{}/k", "k/io.datasette.llm/logs.db"),
        ("XDG_DATA_HOME", "{}/d", "d/goose/sessions/sessions.db"),
    ],
)
def test_a_variable_says_another_place(home: Path, tmp_path: Path, variable: str, value: str, file: str) -> None:
    path = put(tmp_path / file)
    put(home / ".phoenix/phoenix.db")
    found = looked(home, **{variable: value.replace("{}", str(tmp_path))}).found
    assert any(str(path).startswith(one.path) for one in found)
    is_phoenix_elsewhere = variable == "PHOENIX_WORKING_DIR"
    assert any(one.path.startswith(str(home)) for one in found) is not is_phoenix_elsewhere


def test_a_server_elsewhere_is_no_file(home: Path) -> None:
    assert (
        looked(home, MLFLOW_TRACKING_URI="http://localhost:5000", PHOENIX_SQL_DATABASE_URL="postgresql://x").found == ()
    )


def test_files_of_the_present_folder_are_recognised_and_the_newest_is_first(home: Path) -> None:
    for age, name in enumerate(("support.db", "calls.jsonl", "agent.otlp.jsonl", "handrolled.db")):
        shutil.copy(SAMPLES / name, home / "work" / name)
        os.utime(home / "work" / name, (1_700_000_000 - age,) * 2)
    put(home / "work" / "package.json")
    put(home / "work" / "deeper" / "calls.jsonl")
    put(home / ".claude/projects/x/y.jsonl", age=-5)
    found = looked(home).found
    titles = ["Claude Code", "tracetui store", "hand-rolled JSONL", "OTLP JSON", "hand-rolled SQLite"]
    assert [one.format for one in found] == titles


def test_when_time_is_short_stores_are_listed_unseen_and_the_rest_is_counted(home: Path) -> None:
    shutil.copy(SAMPLES / "support.db", home / "work" / "support.db")
    put(home / "work" / "package.json")
    put(home / ".claude/projects/x/y.jsonl")
    discovered = looked(home, seconds=0)
    assert {one.format: one.is_partial for one in discovered.found} == {NOT_LOOKED_AT: False, "Claude Code": True}
    assert discovered.unseen == 1


def test_a_folder_that_takes_too_long_is_left_in_the_middle(home: Path) -> None:
    for number in range(50):
        put(home / f".claude/projects/p{number}/y.jsonl")
    ticks = count()
    (found,) = discover(Surroundings(home, home / "work", {}, "linux"), 20, lambda: next(ticks)).found
    assert found.is_partial
    assert found.files is not None
    assert 0 < found.files < 50


def test_folders_that_are_empty_and_files_that_are_none_are_left_out(home: Path) -> None:
    (home / ".claude/projects").mkdir(parents=True)
    (home / "work/logs").mkdir()
    put(home / "work/logs/server.txt")
    (home / ".phoenix").mkdir()
    (home / ".phoenix/phoenix.db").write_text("no database at all")
    assert looked(home).found == ()


def test_what_is_new_in_a_write_ahead_log_makes_a_database_new(home: Path) -> None:
    put(home / ".phoenix/phoenix.db", age=1000)
    put(home / ".phoenix/phoenix.db-wal", age=10)
    (found,) = looked(home).found
    assert found.modified_ns == (1_700_000_000 - 10) * 10**9


def test_every_place_is_on_the_page_about_sources() -> None:
    page = (Path(__file__).parents[3] / "docs" / "sources.md").read_text()
    assert [place.title for place in PLACES if place.title not in page] == []
    assert [place.variable for place in PLACES if place.variable and place.variable not in page] == []
