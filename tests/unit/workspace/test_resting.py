"""Files of a directory that were read before are opened when something of them is wanted, and are read when they grow."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from tracetui.model import Score
from tracetui.sources.head import Head
from tracetui.sources.rewritten_file import RewrittenFile
from tracetui.sources.scored_file import ScoredFile
from tracetui.sources.sidecar import SidecarScores
from tracetui.workspace import Workspace, folder, open_workspace
from tracetui.workspace.formats import FORMATS, Format, find_format

FILES = 25


def write_call(path: Path, name: str) -> None:
    call = {
        "trace_id": name,
        "name": name,
        "model": "gpt-5",
        "prompt": f"why {name}?",
        "completion": "because",
        "prompt_tokens": 9,
    }
    with path.open("a") as file:
        file.write(json.dumps(call) + "\n")


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    path = tmp_path / "runs"
    path.mkdir()
    for number in range(FILES):
        write_call(path / f"{number}.jsonl", f"run-{number}")
    open_workspace([path], wait=True).close()
    return path


@pytest.fixture
def recognised(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the files that are looked at."""
    found: list[str] = []

    def find(head: Head) -> Format | None:
        found.append(head.path.name)
        return find_format(head)

    monkeypatch.setattr(folder, "find_format", find)
    monkeypatch.setattr(
        "tracetui.workspace.opening._FIRST_S", 0.0
    )  # as many files as are found before the index is open
    return found


def read_again(path: Path) -> Workspace:
    return open_workspace([path], wait=True)


def test_files_that_were_read_before_are_not_recognised_again(runs: Path, recognised: list[str]) -> None:
    with read_again(runs) as workspace:
        assert workspace.totals().traces == len(workspace.sources) == FILES
        assert [health.format for health in workspace.health()] == ["jsonl"] * FILES
        stats = workspace.stats()
    assert [(source["files"], source["writable"]) for source in stats["sources"]] == [(FILES, True)]
    assert len(recognised) == 1


def test_a_file_that_grew_is_recognised_and_read_on(runs: Path, recognised: list[str]) -> None:
    write_call(runs / "3.jsonl", "more")
    with read_again(runs) as workspace:
        assert workspace.totals().traces == FILES + 1
    assert "3.jsonl" in recognised


def test_a_file_that_grows_while_it_rests_is_read_on(runs: Path, recognised: list[str]) -> None:
    with read_again(runs) as workspace:
        write_call(runs / "3.jsonl", "more")
        workspace.catch_up()
        assert workspace.totals().traces == FILES + 1


def test_a_payload_and_a_rating_of_a_resting_file_are_as_of_any(runs: Path, recognised: list[str]) -> None:
    with read_again(runs) as workspace:
        for number in range(FILES):
            tree = workspace.tree(f"run-{number}")
            payload = workspace.payload(tree.trace.trace_id, str(tree.trace.root_id))
            assert payload.input is not None
        workspace.score("run-7", None, "user_rating", value=4)
        assert [score.value for score in workspace.tree("run-7").trace.scores] == [4]


def test_a_score_that_came_beside_a_resting_file_is_read(runs: Path, recognised: list[str]) -> None:
    SidecarScores(runs / "4.jsonl").write(Score("s", "run-4", None, "user_rating", 2.0, None, None, "human", "me", 1))
    with read_again(runs) as workspace:
        assert [score.value for score in workspace.tree("run-4").trace.scores] == [2]


def test_a_file_of_another_kind_in_the_place_of_a_resting_one_is_read_as_what_it_is(
    runs: Path, recognised: list[str]
) -> None:
    with read_again(runs) as workspace:
        path = runs / "5.jsonl"
        path.unlink()
        span = {"traceId": "5b8efff798038103d269b633813fc60c", "spanId": "eee19b7ec3c1b174", "name": "chat",
                "startTimeUnixNano": "1544712660000000000", "endTimeUnixNano": "1544712661000000000"}  # fmt: skip
        path.write_text(json.dumps({"resourceSpans": [{"scopeSpans": [{"spans": [span]}]}]}) + "\n")
        workspace.catch_up()
        assert workspace.totals().traces == FILES
        assert "5b8efff798038103d269b633813fc60c" in {trace.trace_id for trace in workspace.traces()}


def test_a_resting_file_that_becomes_something_else_is_said_and_hides_nothing(
    runs: Path, recognised: list[str]
) -> None:
    with read_again(runs) as workspace:
        (runs / "6.jsonl").write_text("no traces any more\n")
        os.utime(runs / "6.jsonl", (1, 1))
        workspace.catch_up()
        assert any(
            "holds no traces any more" in warning for health in workspace.health() for warning in health.warnings
        )
        assert workspace.totals().traces == FILES


def test_a_format_that_looks_at_other_files_as_well_does_not_tell_rest_by_its_own() -> None:
    forms = [row.load() for row in FORMATS if row.family == "text"]
    told = [form for form in forms if issubclass(form, ScoredFile) and form.tells_rest]
    assert told
    for form in told:
        # A rewritten file waits longer than any other, and never shorter.
        assert form.changed in (ScoredFile.changed, RewrittenFile.changed), form
