from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from .conftest import LINES, ROOT, SUPPORT, Run, write_lines

SAMPLES = ROOT / "sample_traces"


def test_traces_payloads_and_scores_are_copied_into_a_store_once(process: Run, source: Path) -> None:
    store = source.with_name("store.db")
    first = process("import", source, "--into", store, "--json")
    assert (first.code, first.err) == (0, "")
    assert first.json == {
        "store": str(store), "traces": 2, "spans": 4, "new_spans": 4, "scores": 1, "unreadable": 0,
    }  # fmt: skip
    again = process("import", source, "--into", store, "--json").json
    assert (again["spans"], again["new_spans"]) == (4, 0)
    kept, original = (process("show", where, SUPPORT, "--json").json for where in (store, source))
    for document in (kept, original):
        document["root"][0].pop("attributes")
    assert kept["trace"] == original["trace"]
    assert kept["root"][0]["children"][0]["input"] == original["root"][0]["children"][0]["input"]
    assert store.stat().st_mode & 0o777 == 0o600


def test_only_what_matches_is_copied(call: Run, source: Path) -> None:
    store = source.with_name("store.db")
    assert call("import", source, "--into", store, "-q", "user:maria").code == 0
    assert [trace["trace_id"] for trace in call("ls", store, "--json").lines] == [SUPPORT]


def test_for_people_the_counts_are_a_sentence(call: Run, source: Path) -> None:
    store = source.with_name("store.db")
    assert call("import", source, "--into", store).out == f"{store}: 2 traces, 4 spans (4 new), 1 scores\n"


def test_without_a_source_an_empty_store_is_made(call: Run, tmp_path: Path) -> None:
    store = tmp_path / "new.db"
    assert call("import", "--into", store).code == 0
    assert call("stats", store, "--json").json["traces"] == 0


def test_a_place_that_is_no_store_is_refused_and_left_alone(call: Run, source: Path) -> None:
    before = source.read_bytes()
    ended = call("import", source, "--into", source)
    assert (ended.code, ended.out) == (2, "")
    assert source.read_bytes() == before


@pytest.mark.parametrize("name", ["agent.otlp.jsonl", "calls.jsonl", "handrolled.db", "support.db"])
def test_an_export_goes_through_a_store_and_comes_out_as_the_same_bytes(call: Run, tmp_path: Path, name: str) -> None:
    source = shutil.copy(SAMPLES / name, tmp_path)
    lines = tmp_path / "lines.jsonl"
    lines.write_text(call("export", source, "-q", "since:2026-11-22", "-f", "jsonl").out)
    store = tmp_path / "store.db"
    assert call("import", lines, "--into", store).code == 0
    assert call("export", store, "-f", "jsonl").out == lines.read_text()


@pytest.mark.parametrize("form", ["jsonl", "otlp"])
@pytest.mark.parametrize("name", ["agent.otlp.jsonl", "calls.jsonl", "handrolled.db", "support.db"])
def test_an_export_adds_up_to_what_its_source_does(call: Run, tmp_path: Path, name: str, form: str) -> None:
    source = shutil.copy(SAMPLES / name, tmp_path)
    lines = tmp_path / "lines.jsonl"
    lines.write_text(call("export", source, "-q", "since:2026-11-22", "-f", form).out)
    again, original = (
        call("stats", lines, "--json").json,
        call("stats", source, "-q", "since:2026-11-22", "--json").json,
    )
    for stats in (again, original):
        del stats["sources"]
        stats["cost"] = {key: pytest.approx(value) for key, value in stats["cost"].items() if key != "reasons"}
        for score in stats["scores"].values():
            score["mean"] = pytest.approx(score["mean"])
    assert again == original


def test_half_of_an_emoji_is_stored_as_a_sign_for_what_is_missing(call: Run, tmp_path: Path) -> None:
    half = "cut \ud83d"
    line = {
        **LINES[1],
        "parent_id": None,
        "input": half,
        "output": {half: [half]},
        "attributes": {half: half},
        "raw": half,
    }
    store = tmp_path / "store.db"
    assert call("import", write_lines(tmp_path / "half.jsonl", [line]), "--into", store).code == 0
    shown = call("show", store, line["trace_id"], "--json").json["root"][0]
    assert shown["output"] == {"cut \ufffd": ["cut \ufffd"]}
