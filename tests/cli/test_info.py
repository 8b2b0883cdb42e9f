from __future__ import annotations

from pathlib import Path

from .conftest import Run

KEYS = {
    "path", "format", "writable", "scores_go", "skipped", "duplicates", "replaced", "incomplete", "other", "reasons",
    "warnings", "notes", "mapping", "traces", "spans",
}  # fmt: skip


def test_what_was_recognised_and_what_was_odd_is_json(process: Run, source: Path) -> None:
    with source.open("a") as file:
        file.write("not json\n")
    ended = process("info", source, "--json")
    assert (ended.code, ended.err) == (0, "")
    document = ended.json
    assert document.keys() == KEYS
    assert (document["path"], document["format"], document["writable"]) == (str(source), "tracetui-jsonl", True)
    assert (document["traces"], document["spans"], document["skipped"]) == (2, 4, 1)
    assert "not JSON" in document["reasons"][0]
    assert "traces.jsonl.scores.jsonl" in document["scores_go"]


def test_for_people_it_is_lines(call: Run, source: Path) -> None:
    ended = call("info", source)
    assert ended.code == 0
    assert "format      tracetui-jsonl" in ended.out
    assert "2 traces, 4 spans" in ended.out


def test_records_with_bytes_that_are_no_text_are_said_to_be_that(call: Run, tmp_path: Path) -> None:
    path = tmp_path / "calls.jsonl"
    path.write_bytes(b'{"model":"gpt-5-mini","prompt":"\xff","response":"b","prompt_tokens":3}\n')
    assert "1 (records with broken characters, which are shown as \ufffd)" in call("info", path).out


def test_the_guessed_mapping_of_a_hand_rolled_log_is_toml_that_can_be_given_back(call: Run, tmp_path: Path) -> None:
    path = tmp_path / "calls.jsonl"
    path.write_text('{"ts":"2026-11-20T10:00:00Z","model":"gpt-5-mini","prompt":"hi","response":"ho","latency_ms":5}\n')
    document = call("info", path, "--json").json
    assert document["format"] == "jsonl"
    mapping = tmp_path / "mapping.toml"
    mapping.write_text(document["mapping"])
    assert call("ls", path, "--map", mapping, "--json").lines == call("ls", path, "--json").lines
    mapping.write_text(call("info", path).out)
    assert call("ls", path, "--map", mapping, "--json").lines == call("ls", path, "--json").lines


def test_several_sources_are_described_one_after_the_other(call: Run, source: Path, hostile: Path) -> None:
    assert [entry["path"] for entry in call("info", source, hostile, "--json").lines] == [str(source), str(hostile)]
