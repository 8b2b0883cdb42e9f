"""Directories of traces: newest first, some at a time, and files that appear while they are open."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tracetui.errors import UnreadableSource
from tracetui.model import Score
from tracetui.store.scores import save_score
from tracetui.workspace import open_workspace
from tracetui.workspace.folder import Folder


def write_call(path: Path, name: str, mtime: int = 1_700_000_000) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    call = {"id": name, "name": name, "model": "gpt-5", "prompt": "hi", "completion": "ho", "timestamp": mtime}
    path.write_text(json.dumps(call) + "\n")
    os.utime(path, (mtime, mtime))
    return path


def names(workspace: object) -> set[str]:
    return {trace.name for trace in workspace.traces()}  # type: ignore[attr-defined]


def test_files_of_all_levels_are_found_newest_first(tmp_path: Path) -> None:
    write_call(tmp_path / "old.jsonl", "old", 1_600_000_000)
    write_call(tmp_path / "a" / "b" / "new.jsonl", "new", 1_700_000_000)
    (tmp_path / "notes.txt").write_text("nothing of the kind")
    with open_workspace([tmp_path], wait=True) as workspace:
        assert [source.path.name for source in workspace.sources] == ["new.jsonl", "old.jsonl"]
        assert names(workspace) == {"new", "old"}


def test_a_file_that_appears_later_is_read(tmp_path: Path) -> None:
    write_call(tmp_path / "first.jsonl", "first")
    (tmp_path / "later.jsonl").touch()
    with open_workspace([tmp_path], wait=True) as workspace:
        write_call(tmp_path / "later.jsonl", "later")
        write_call(tmp_path / "deep" / "third.jsonl", "third")
        workspace.catch_up()
        assert names(workspace) == {"first", "later", "third"}


def test_the_index_of_a_directory_serves_again_when_files_were_added(tmp_path: Path) -> None:
    write_call(tmp_path / "first.jsonl", "first")
    open_workspace([tmp_path], wait=True).close()
    write_call(tmp_path / "second.jsonl", "second", 1_700_000_100)
    with open_workspace([tmp_path]) as workspace:
        assert names(workspace) == {"first"}
        workspace.catch_up()
        assert names(workspace) == {"first", "second"}


def test_a_payload_is_loaded_from_a_file_that_was_not_come_to_yet(tmp_path: Path) -> None:
    for number in range(3):
        write_call(tmp_path / f"{number}.jsonl", f"call {number}", 1_700_000_000 + number)
    open_workspace([tmp_path], wait=True).close()
    with open_workspace([tmp_path / "2.jsonl"]):
        pass
    workspace = open_workspace([tmp_path])
    workspace._live.sources.clear()
    workspace._origins.clear()
    for trace in workspace.traces():
        assert workspace.payload(trace.trace_id, str(trace.root_id)).output
    workspace.close()


def test_thousands_of_files_at_rest_are_asked_in_turn_and_none_is_forgotten(tmp_path: Path) -> None:
    for number in range(300):
        write_call(tmp_path / f"{number}.jsonl", f"call {number}", 1_700_000_000 + number)
    with open_workspace([tmp_path], wait=True) as workspace:
        assert workspace.totals().traces == 300
        for origin in workspace._live.origins:
            origin.changed_at_s = None
        with (tmp_path / "7.jsonl").open("a") as file:
            file.write(json.dumps({"id": "late", "name": "late", "model": "gpt-5", "prompt": "x"}) + "\n")
        changed = [workspace.poll().trace_ids for _ in range(4)]
        assert sum(map(len, changed)) == 1


def test_many_files_are_one_line_of_the_report(tmp_path: Path) -> None:
    for number in range(30):
        write_call(tmp_path / f"{number}.jsonl", f"call {number}")
    with (tmp_path / "29.jsonl").open("a") as file:
        file.write("broken\n")
    with open_workspace([tmp_path], wait=True) as workspace:
        (report,) = workspace.reports()
    assert (report.files, report.health.skipped, report.health.path) == (30, 1, str(tmp_path))
    assert report.health.reasons == ("29.jsonl: line 2: no JSON",)


def test_a_directory_without_traces_says_so(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("nothing of the kind")
    with pytest.raises(UnreadableSource, match="none of its 1 files"):
        open_workspace([tmp_path])


@pytest.mark.parametrize("name", [".genkit/traces/abc", ".devtools/generations.json", ".aider.llm.history"])
def test_a_project_is_looked_through_for_hidden_places_of_traces(tmp_path: Path, name: str) -> None:
    write_call(tmp_path / name, "found")
    write_call(tmp_path / ".git" / "calls.jsonl", "not ours")
    write_call(tmp_path / ".genkit" / "traces_idx" / "index.json", "an index")
    with open_workspace([tmp_path], wait=True) as workspace:
        assert names(workspace) == {"found"}


@pytest.mark.parametrize("name", [".genkit", ".hidden"])
def test_a_hidden_folder_that_is_named_is_opened(tmp_path: Path, name: str) -> None:
    write_call(tmp_path / name / "calls.jsonl", "found")
    with open_workspace([tmp_path / name], wait=True) as workspace:
        assert names(workspace) == {"found"}


def test_a_program_is_no_log_unless_it_is_named(tmp_path: Path) -> None:
    write_call(tmp_path / "calls.jsonl", "a call")
    program = write_call(tmp_path / "writer.py", "a line of code")
    with open_workspace([tmp_path], wait=True) as workspace:
        assert names(workspace) == {"a call"}
    with open_workspace([program], wait=True) as workspace:
        assert names(workspace) == {"a line of code"}


def test_what_was_deleted_or_renamed_since_the_last_time_is_not_counted_any_more(tmp_path: Path) -> None:
    write_call(tmp_path / "kept.jsonl", "kept")
    write_call(tmp_path / "gone.jsonl", "gone")
    before = write_call(tmp_path / "before.jsonl", "renamed")
    before.write_text('{"model": "gpt-5", "prompt": "hi", "completion": "ho", "input_tokens": 3, "name": "renamed"}\n')
    with open_workspace([tmp_path], wait=True) as workspace:
        gone = next(trace for trace in workspace.traces() if trace.name == "gone")
        workspace._live.index(lambda conn: save_score(conn, "scores", Score("1", gone.trace_id, None, "good", 1.0)))
        assert workspace.totals().traces == 3
    (tmp_path / "gone.jsonl").unlink()
    before.rename(tmp_path / "after.jsonl")
    with open_workspace([tmp_path], wait=True) as workspace:
        assert sorted(trace.name for trace in workspace.traces()) == ["kept", "renamed"]
        assert workspace.stats()["scores"] == {}


def test_what_is_deleted_while_it_is_open_stays_on_the_screen(tmp_path: Path) -> None:
    write_call(tmp_path / "kept.jsonl", "kept")
    gone = write_call(tmp_path / "gone.jsonl", "gone")
    with open_workspace([tmp_path], wait=True) as workspace:
        gone.unlink()
        workspace.catch_up()
        assert names(workspace) == {"kept", "gone"}


def test_a_file_that_goes_away_while_the_directory_is_listed_is_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_call(tmp_path / "kept.jsonl", "kept")
    write_call(tmp_path / "short.tmp", "short")
    list_files = Folder._files

    def files(folder: Folder) -> Iterator[os.DirEntry[str]]:
        entries = list(list_files(folder))
        (tmp_path / "short.tmp").unlink(missing_ok=True)
        return iter(entries)

    monkeypatch.setattr(Folder, "_files", files)
    with open_workspace([tmp_path], wait=True) as workspace:
        assert names(workspace) == {"kept"}
