"""Names and ids as long as a file system and a trace allow, and names of scores without end."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from .conftest import Run

CALL = {"trace_id": "t", "model": "gpt-5-mini", "prompt": "why?", "response": "so", "prompt_tokens": 3}


def write(path: Path, *rows: dict[str, object]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


@pytest.mark.parametrize("letter", ["a", "é"])
def test_a_file_whose_name_is_as_long_as_can_be_is_read_and_rated_and_exported_to(
    call: Run, tmp_path: Path, letter: str
) -> None:
    name = letter * (240 // len(letter.encode()))
    path = write(tmp_path / f"{name}.jsonl", CALL)
    ended = call("score", path, "t", "--name", "rating", "--value", "4")
    assert (ended.code, path.with_name(path.name).exists()) == (0, True)
    assert json.loads(call("ls", path, "--json").out)["scores"][0]["value"] == 4
    assert "too long for one beside it" in call("info", path).out
    target = tmp_path / f"{name}.csv"
    assert call("export", path, "-f", "csv", "-o", target).code == 0
    assert target.read_text().startswith("trace_id,")


def test_a_name_that_no_file_can_have_is_refused_in_a_sentence(call: Run, tmp_path: Path) -> None:
    path = write(tmp_path / "calls.jsonl", CALL)
    ended = call("export", path, "-f", "csv", "-o", tmp_path / ("a" * 400))
    assert (ended.code, ended.err) == (
        2, "tracetui: aaaaaaaaaaaaaaaaaaaa…: a name of 400 bytes is too long for a file; give a shorter one\n"
    )  # fmt: skip


def test_of_a_very_long_id_a_sentence_has_its_beginning(call: Run, tmp_path: Path) -> None:
    ids = [f"{number}{'é' * 2_000}" for number in (10, 11)]
    path = write(tmp_path / "calls.jsonl", *(CALL | {"trace_id": identity} for identity in ids))
    assert call("show", path, ids[0]).code == call("show", path, "11").code == 0
    assert [json.loads(call("ls", path, "--json", "-q", f"trace:{ids[1]}").out)["trace_id"]] == [ids[1]]
    several, none = call("show", path, "1"), call("show", path, f"{ids[0]}x")
    assert several.code == none.code == 2
    assert "is the beginning of several ids (" in several.err
    assert len(several.err) < 600
    assert "éé… (2,003 characters) in calls.jsonl" in none.err
    assert len(none.err) < 300


def test_of_very_many_names_of_scores_stats_shows_the_first_and_says_how_many_there_are(
    call: Run, tmp_path: Path
) -> None:
    span = {"trace_id": "t", "span_id": "s", "name": "chat", "start_ns": 1, "tracetui": 1,
            "scores": [{"id": f"c{n}", "name": f"score {n:03d}", "value": n} for n in range(120)]}  # fmt: skip
    path = write(tmp_path / "spans.jsonl", {"tracetui": 1, **span})
    printed = call("stats", path).out
    assert "score score 049" in printed
    assert "score score 050" not in printed
    assert "… 70 more names; --json has all 120" in printed
    assert len(json.loads(call("stats", path, "--json").out)["scores"]) == 120
