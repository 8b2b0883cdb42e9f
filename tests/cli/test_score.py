from __future__ import annotations

import json
from pathlib import Path

import pytest

from tracetui.cli.score import parse_value
from tracetui.errors import WrongUse

from .conftest import SUPPORT, Run

KEYS = ["id", "trace_id", "span_id", "name", "value", "label", "comment", "source", "author", "time", "place"]


def test_a_score_is_saved_beside_the_file_and_seen_by_the_next_command(process: Run, source: Path) -> None:
    before = source.read_bytes()
    ended = process("score", source, "0af7", "--name", "user_rating", "--value", "4", "--comment", "too slow")
    beside = source.with_name("traces.jsonl.scores.jsonl")
    assert (ended.code, ended.err) == (0, "")
    assert "user_rating 4" in ended.out
    assert str(beside) in ended.out
    assert source.read_bytes() == before
    assert json.loads(beside.read_text())["comment"] == "too slow"
    (trace,) = process("ls", source, "-q", "user:maria", "--json").lines
    assert {(score["name"], score["span_id"], score["value"]) for score in trace["scores"]} == {
        ("user_rating", None, 4.0),
        ("user_rating", "b7ad6b7169203331", 2.0),
    }


def test_json_has_the_score_and_its_place(call: Run, source: Path) -> None:
    document = call(
        "score",
        source,
        "b7ad6b7169203332",
        "--name",
        "ok",
        "--value",
        "true",
        "--by",
        "code",
        "--author",
        "ci",
        "--json",
    ).json
    assert list(document) == KEYS
    assert (document["trace_id"], document["span_id"]) == (SUPPORT, "b7ad6b7169203332")
    assert (document["value"], document["label"], document["source"], document["author"]) == (True, None, "code", "ci")


def test_a_category_is_a_label(call: Run, source: Path) -> None:
    document = call("score", source, "0af7", "--name", "topic", "--label", "refund", "--json").json
    assert (document["value"], document["label"]) == (None, "refund")


def test_the_author_of_the_configuration_signs(call: Run, source: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = source.parent / "config"
    folder.mkdir()
    (folder / "config.toml").write_text('[ui]\nauthor = "ada"\n')
    monkeypatch.setenv("TRACETUI_CONFIG_DIR", str(folder))
    assert call("score", source, "0af7", "--name", "x", "--value", "1", "--json").json["author"] == "ada"


@pytest.mark.parametrize(
    "words",
    [
        ["--name", "x"],
        ["--name", "x", "--value", "1", "--label", "a"],
        ["--value", "1"],
        ["--name", "x", "--value", "good"],
        ["--name", "x", "--value", "nan"],
        ["--name", " ", "--value", "1"],
        ["--name", "x", "--value", "1", "--by", "nobody"],
    ],
)
def test_what_is_no_score_is_refused_and_nothing_is_written(call: Run, source: Path, words: list[str]) -> None:
    ended = call("score", source, "0af7", *words)
    assert (ended.code, ended.out) == (2, "")
    assert not source.with_name("traces.jsonl.scores.jsonl").exists()


@pytest.mark.parametrize(
    ("text", "value"), [("4", 4.0), ("-0.5", -0.5), ("1e3", 1000.0), ("true", True), ("False", False)]
)
def test_a_value_is_a_number_or_a_boolean(text: str, value: float | bool) -> None:
    parsed = parse_value(text)
    assert parsed == value
    assert type(parsed) is type(value)


@pytest.mark.parametrize("text", ["", "yes", "inf", "-inf", "4/5"])
def test_any_other_value_is_wrong_use(text: str) -> None:
    with pytest.raises(WrongUse, match="--label"):
        parse_value(text)
