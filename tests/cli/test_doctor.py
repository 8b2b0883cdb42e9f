"""`tracetui doctor`: what it finds, how it ends, and that nothing private is in what it prints."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tracetui.config import cache_dir
from tracetui.doctor import sources as sources_module
from tracetui.workspace import open_workspace

from .conftest import LINES, ROOT, T0, Run, has_no_controls, write_lines

SAMPLES = ROOT / "sample_traces"
KEYS = {"healthy", "versions", "terminal", "places", "config", "ports", "sources", "findings"}


def whats(document: dict[str, list[dict[str, str]]], weight: str | None = None) -> list[str]:
    return [one["what"] for one in document["findings"] if weight in (None, one["weight"])]


def test_a_machine_in_order_is_healthy_and_nothing_is_made_by_looking(process: Run, empty_home: Path) -> None:
    ended = process("doctor", "--json")
    assert (ended.code, ended.err) == (0, "")
    document = ended.json
    assert document.keys() == KEYS
    assert (document["healthy"], document["sources"], whats(document, "mend")) == (True, [], [])
    assert list(empty_home.iterdir()) == []


def test_for_people_it_is_sections_of_lines(call: Run, source: Path) -> None:
    ended = call("doctor", source)
    assert ended.code == 0
    assert [line for line in ended.out.splitlines() if line and line[0] != " "] == [
        "versions", "terminal", "places", "config", "ports", "traces.jsonl", "found",
    ]  # fmt: skip
    assert "holds        2 traces, 4 spans, 2 model calls" in ended.out


def test_the_health_of_a_source_is_counted(call: Run, tmp_path: Path) -> None:
    more = [
        {"trace_id": "u", "span_id": "running", "kind": "agent", "name": "a", "start_ns": T0, "status": "running"},
        {"trace_id": "u", "span_id": "silent", "parent_id": "running", "kind": "generation", "name": "g",
         "start_ns": T0, "end_ns": T0 + 5, "model": "gpt-5-mini", "input": "x" * 9000},
        {"trace_id": "u", "span_id": "odd", "parent_id": "running", "kind": "generation", "name": "g", "start_ns": T0,
         "end_ns": T0 + 5, "model": "gpt-5-mini", "usage": {"input": 1, "output": 1, "inconsistent": True}},
    ]  # fmt: skip
    (found,) = call("doctor", write_lines(tmp_path / "traces.jsonl", [*LINES, *more]), "--json").json["sources"]
    counts = found["counts"]
    assert {name: counts[name] for name in ("spans", "calls", "orphans", "missing_usage")} == {
        "spans": 7, "calls": 4, "orphans": 1, "missing_usage": 1,
    }  # fmt: skip
    assert counts["never_ended"] == (1 if os.stat(tmp_path).st_mtime_ns - 3600 * 10**9 > T0 else 0)
    assert {"model": "acme-7b", "reason": "unknown model", "calls": 1} in found["unpriced"]
    assert (found["biggest"][0]["span_id"], found["biggest"][0]["bytes"] > 9000) == ("silent", True)
    assert found["index"]["name"].endswith(".index")
    assert (found["formats"], found["complete"]) == ({"tracetui-jsonl": 1}, True)


def test_a_prompt_that_was_sent_again_is_a_digest_and_a_number(call: Run, tmp_path: Path) -> None:
    system = "You are a careful assistant of a bank. " * 300
    calls = [
        {"trace_id": f"t{n}", "span_id": f"s{n}", "kind": "generation", "name": "g", "start_ns": T0 + n, "end_ns": T0 + n,
         "model": "gpt-5-mini", "usage": {"input": 3000, "output": 1},
         "input": [{"role": "system", "content": system}, {"role": "user", "content": f"question {n}"}]}
        for n in range(4)
    ]  # fmt: skip
    document = call("doctor", write_lines(tmp_path / "calls.jsonl", calls), "--json").json
    prompts = document["sources"][0]["prompts"]
    assert (prompts["calls"], [prefix["calls"] for prefix in prompts["prefixes"]]) == (4, [3])
    assert prompts["repeated_bytes"] >= 3 * 11_000
    assert 8000 < prompts["repeated_tokens"] <= 9000
    assert any("had been sent before" in what for what in whats(document))
    assert "bank" not in json.dumps(document)


def test_a_store_of_ours_is_checked_and_measured(call: Run, tmp_path: Path) -> None:
    store = tmp_path / "traces.db"
    shutil.copy(SAMPLES / "support.db", store)
    store.chmod(0o644)
    document = call("doctor", store, "--json").json
    (found,) = document["sources"]
    (database,) = found["databases"]
    assert (database["name"], database["check"], database["open"]) == ("traces.db", "ok", True)
    assert (len(found["biggest"]), found["measured"]) == (5, 1031)
    assert "traces.db: a store of prompts that other users may read" in whats(document, "note")
    store.chmod(0o600)
    assert not call("doctor", store, "--json").json["sources"][0]["databases"][0]["open"]


def test_the_biggest_rows_of_a_table_that_somebody_made_are_found(call: Run, tmp_path: Path) -> None:
    path = tmp_path / "calls.db"
    with closing(sqlite3.connect(path)) as conn, conn:
        conn.execute("CREATE TABLE llm_calls (id TEXT, model TEXT, prompt TEXT, response BLOB, created_at INTEGER)")
        rows = [(f"c{n}", "gpt-5-mini", "é" * n * 1_000, b"x" * n, 1_795_000_000 + n) for n in range(1, 8)]
        conn.executemany("INSERT INTO llm_calls VALUES (?, ?, ?, ?, ?)", rows)
    (found,) = call("doctor", path, "--json").json["sources"]
    assert [row["bytes"] for row in found["biggest"]] == [2 + 10 + n * 2_001 for n in (7, 6, 5, 4, 3)]
    assert found["biggest"][0]["span_id"] == "c7"


def test_free_pages_are_worth_a_vacuum(call: Run, tmp_path: Path) -> None:
    store = tmp_path / "traces.db"
    shutil.copy(SAMPLES / "support.db", store)
    with closing(sqlite3.connect(store)) as conn, conn:
        conn.execute("UPDATE payloads SET raw = hex(randomblob(2000))")
        conn.execute("UPDATE payloads SET raw = NULL")
    document = call("doctor", store, "--json").json
    assert {"sqlite3 traces.db VACUUM"} == {one["remedy"] for one in document["findings"] if "free" in one["what"]}


def test_a_damaged_store_has_to_be_mended(call: Run, tmp_path: Path) -> None:
    store = tmp_path / "traces.db"
    content = bytearray((SAMPLES / "support.db").read_bytes())
    content[4096 * 20 : 4096 * 40] = b"\xff" * 4096 * 20
    store.write_bytes(content)
    ended = call("doctor", store, "--json")
    assert ended.code == 1
    assert not ended.json["healthy"]
    assert "traces.db: the database is damaged" in whats(ended.json, "mend")


def test_a_damaged_store_in_a_directory_hides_nothing_else_of_it(call: Run, tmp_path: Path) -> None:
    folder = tmp_path / "traces"
    folder.mkdir()
    content = bytearray((SAMPLES / "support.db").read_bytes())
    content[4096 * 20 : 4096 * 40] = b"\xff" * 4096 * 20
    (folder / "damaged.db").write_bytes(content)
    shutil.copy(SAMPLES / "handrolled.db", folder)
    write_lines(folder / "calls.jsonl", LINES)
    ended = call("doctor", folder, "--json")
    assert (ended.code, whats(ended.json, "mend")) == (1, ["damaged.db: the database is damaged"])
    (found,) = ended.json["sources"]
    assert (found["error"], {file["name"]: file["check"] for file in found["databases"]}) == (
        None, {"damaged.db": "damaged", "handrolled.db": "ok"},
    )  # fmt: skip
    assert found["formats"] == {"tracetui-jsonl": 1, "sqlite-table": 1}
    assert found["counts"]["spans"] > 4


def test_what_cannot_be_read_has_to_be_mended_and_hides_no_other_source(call: Run, source: Path) -> None:
    text = source.with_name("notes.txt")
    text.write_text("just some words\n" * 20)
    ended = call("doctor", text, source, "--json")
    assert ended.code == 1
    first, second = ended.json["sources"]
    assert first["error"].startswith("notes.txt: ")
    assert second["counts"]["spans"] == 4


@pytest.mark.parametrize("words", [["missing.db"], ["--jsn"], ["--map", "missing.toml"]])
def test_wrong_use_ends_with_2(call: Run, words: list[str]) -> None:
    ended = call("doctor", *words)
    assert (ended.code, ended.out) == (2, "")


def test_a_file_of_ours_that_others_can_read_ends_with_1_and_the_command_that_mends_it(call: Run, source: Path) -> None:
    assert call("doctor", source).code == 0
    next((cache_dir() / "index").glob("*.index")).chmod(0o644)
    ended = call("doctor")
    assert ended.code == 1
    assert 'chmod -R go= "$TRACETUI_CACHE_DIR"' in ended.out


def test_a_wrong_configuration_is_a_sentence_and_the_sources_are_examined(
    call: Run, source: Path, empty_home: Path
) -> None:
    place = empty_home / "tracetui" / "config" / "config.toml"
    place.parent.mkdir(parents=True)
    place.write_text('[ui]\nthem = "light"\n')
    ended = call("doctor", source, "--json")
    assert (ended.code, ended.json["config"]["state"]) == (1, "wrong")
    assert 'unknown key "them" in [ui]: did you mean theme?' in ended.json["config"]["problems"][0]
    assert str(empty_home) not in ended.out
    assert ended.json["sources"][0]["counts"]["spans"] == 4


@pytest.mark.parametrize(
    "text", ['[keys]\nno-such-action = "x"\n', '[[redact]]\nregex = "("\n', '[prices]\npath = "missing.toml"\n']
)
def test_every_part_of_the_configuration_is_tried(call: Run, empty_home: Path, text: str) -> None:
    place = empty_home / "tracetui" / "config" / "config.toml"
    place.parent.mkdir(parents=True)
    place.write_text(text)
    ended = call("doctor", "--json")
    assert (ended.code, ended.json["config"]["state"], len(ended.json["config"]["problems"])) == (1, "wrong", 1)


def test_a_wal_store_on_a_network_file_system_has_to_be_mended(
    call: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = tmp_path / "traces.db"
    assert call("import", "--into", store).code == 0
    monkeypatch.setattr(sources_module, "load_mounts", lambda: f"server:/x {tmp_path} nfs4 rw 0 0\n")
    ended = call("doctor", store, "--json")
    assert ended.code == 1
    assert "on a network file system (nfs4)" in whats(ended.json, "mend")[0]


def test_what_takes_too_long_is_left_out_and_said(call: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("READ_S", "COUNT_S", "SIZE_S", "CHECK_S", "PROMPTS_S"):
        monkeypatch.setattr(sources_module, name, -1.0)
    store = tmp_path / "traces.db"
    shutil.copy(SAMPLES / "support.db", store)
    ended = call("doctor", store, "--json")
    assert ended.code == 0
    (found,) = ended.json["sources"]
    assert (found["databases"][0]["check"], found["prompts"]["calls"]) == ("unfinished", 0)
    assert any("not finished in time" in what for what in whats(ended.json))


def texts_of(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from texts_of(key)
            yield from texts_of(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from texts_of(inner)


def private_texts(call: Run, path: Path) -> set[str]:
    """Every text of a source that is eight characters or more, but for ids, models and our own words."""
    found: set[str] = set()
    with open_workspace([path], wait=True) as workspace:
        ids = set(workspace.trace_ids())
        ids |= {node.span.span_id for trace_id in ids for node in workspace.tree(trace_id).nodes}
    for trace_id in sorted(ids & {line["trace_id"] for line in call("ls", path, "--json").lines}):
        found |= set(texts_of(call("show", path, trace_id, "--json").json))
    models = {model for line in call("ls", path, "--json").lines for model in line["models"]}
    return {text for text in found if len(text) >= 8 and text not in ids | models | OUR_WORDS}


OUR_WORDS = {
    "span_id", "parent_id", "trace_id", "status_message", "cache_read", "cache_write", "reasoning", "inconsistent",
    "session_id", "children", "metadata", "duration_ms", "provider", "finish_reason", "unknown model", "generation",
    "generations", "status", "tool_calls", "start", "unpriced", "no usage", "cost_usd", "temperature", "messages", "attributes",
}  # fmt: skip


@pytest.mark.parametrize("name", ["support.db", "calls.jsonl", "agent.otlp.jsonl", "handrolled.db"])
@pytest.mark.parametrize("form", [[], ["--json"]])
def test_no_text_of_a_sample_store_is_in_what_is_printed(
    call: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, form: list[str]
) -> None:
    folder = tmp_path / "maria-m" / "secret-project"
    folder.mkdir(parents=True)
    path = shutil.copy(SAMPLES / name, folder / name)
    monkeypatch.setenv("HOME", str(tmp_path / "maria-m"))
    monkeypatch.setenv("USER", "maria-m")
    ended = call("doctor", path, *form)
    assert name in ended.out
    said = ended.out + ended.err
    private = private_texts(call, Path(path))
    assert len(private) > 60
    assert {text for text in (*private, "maria-m", "secret-project") if text in said} == set()


def test_no_text_of_a_hostile_trace_is_in_it_or_acts_on_the_terminal(call: Run, hostile: Path) -> None:
    for form in ([], ["--json"]):
        ended = call("doctor", hostile, *form)
        assert ended.code == 0
        assert has_no_controls(ended.out)
        assert "evil" not in ended.out


def test_a_path_is_whole_only_where_it_is_asked_for(call: Run, source: Path, empty_home: Path) -> None:
    text = source.with_name("notes.txt")
    text.write_text("just some words\n" * 20)
    assert str(source.parent) not in call("doctor", source, text).out
    shown = call("doctor", source, text, "--paths").out
    assert str(source) in shown
    assert str(empty_home / "tracetui" / "cache") in shown


def test_the_doctor_loads_no_screen() -> None:
    from .test_main import modules_after

    assert "textual" not in {name.split(".")[0] for name in modules_after("doctor")}
