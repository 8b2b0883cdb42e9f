from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest

from .conftest import LINES, SEARCH, Run, has_no_controls, write_lines

FORMS = ["jsonl", "otlp", "csv", "markdown", "html"]


@pytest.mark.parametrize("form", FORMS)
def test_every_form_goes_to_stdout(call: Run, source: Path, form: str) -> None:
    ended = call("export", source, "-f", form)
    assert (ended.code, ended.err) == (0, "")
    assert "Where is my order?" in ended.out


def test_jsonl_that_is_exported_imported_and_exported_again_is_the_same_bytes(process: Run, source: Path) -> None:
    first, again = source.with_name("first.jsonl"), source.with_name("again.jsonl")
    assert process("export", source, "-f", "jsonl", "-o", first).code == 0
    assert process("export", first, "-f", "jsonl", "-o", again).code == 0
    assert again.read_bytes() == first.read_bytes()
    lines = [json.loads(line) for line in first.read_text().splitlines()]
    assert [line["span_id"] for line in lines] == [line["span_id"] for line in LINES]


def test_jsonl_from_a_store_goes_round_too(call: Run, source: Path) -> None:
    store, first = source.with_name("store.db"), source.with_name("first.jsonl")
    call("import", source, "--into", store)
    call("score", store, "0af7", "--name", "of_trace", "--label", "good", "--author", "ada")
    first.write_text(call("export", store, "-f", "jsonl").out)
    assert call("export", first, "-f", "jsonl").out == first.read_text()
    assert '"score":{"id":' in first.read_text()


def test_otlp_that_is_read_again_has_the_same_totals(call: Run, source: Path) -> None:
    path = source.with_name("exported.jsonl")
    path.write_text(call("export", source, "-f", "otlp").out)
    before, after = (call("stats", where, "--json").json for where in (source, path))
    assert after["sources"][0]["format"] == "otlp-jsonl"
    for key in ("traces", "spans", "kinds", "statuses", "trace_statuses", "tokens", "models", "users", "sessions"):
        assert after[key] == before[key], key
    for key in ("cost", "latency_ms", "ttft_ms", "start", "end"):
        assert after[key] == before[key], key


def test_csv_has_a_row_a_span(call: Run, source: Path) -> None:
    rows = list(csv.DictReader(io.StringIO(call("export", source, "-f", "csv").out)))
    assert [row["span_id"] for row in rows] == [line["span_id"] for line in LINES]


def test_a_filter_order_and_limit_choose_the_traces(call: Run, source: Path) -> None:
    words = ["export", source, "-f", "jsonl", "--limit", "1", "--sort", "-start"]
    assert {json.loads(line)["trace_id"] for line in call(*words).out.splitlines()} == {SEARCH}
    assert SEARCH not in call("export", source, "-f", "jsonl", "-q", "user:maria").out


def test_a_file_is_private_and_not_replaced_without_force(call: Run, source: Path) -> None:
    target = source.with_name("out.csv")
    first = call("export", source, "-f", "csv", "-o", target)
    assert (first.code, first.out) == (0, "")
    assert "2 traces" in first.err
    assert target.stat().st_mode & 0o777 == 0o600
    before = target.read_bytes()
    refused = call("export", source, "-f", "jsonl", "-o", target)
    assert (refused.code, target.read_bytes()) == (2, before)
    assert "--force" in refused.err
    assert call("export", source, "-f", "jsonl", "-o", target, "--force").code == 0
    assert target.read_text().startswith('{"tracetui":1,')


@pytest.mark.parametrize("target", [".", "nowhere/out.csv"])
def test_a_place_that_cannot_be_a_file_is_wrong_use(
    call: Run, source: Path, monkeypatch: pytest.MonkeyPatch, target: str
) -> None:
    monkeypatch.chdir(source.parent)
    assert call("export", source, "-f", "csv", "-o", target).code == 2


def test_an_export_that_fails_leaves_nothing_behind(call: Run, source: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.replace", fail)
    before = sorted(path.name for path in source.parent.iterdir())
    assert call("export", source, "-f", "csv", "-o", source.with_name("out.csv")).code == 2
    assert sorted(path.name for path in source.parent.iterdir()) == before


def test_an_export_may_replace_its_own_source(call: Run, source: Path) -> None:
    assert call("export", source, "-f", "jsonl", "-o", source, "--force").code == 0
    assert call("stats", source, "--json").json["spans"] == 4


@pytest.mark.parametrize("form", ["jsonl", "otlp", "markdown"])
def test_no_text_of_a_hostile_trace_acts_on_a_terminal(call: Run, hostile: Path, form: str) -> None:
    ended = call("export", hostile, "-f", form)
    assert ended.code == 0
    assert has_no_controls(ended.out)


def test_exporting_many_traces_holds_one_at_a_time(call: Run, tmp_path: Path) -> None:
    import tracemalloc

    def peak(traces: int) -> int:
        many = [{**LINES[3], "trace_id": f"t{number}", "output": "x" * 20_000} for number in range(traces)]
        path = write_lines(tmp_path / f"{traces}.jsonl", many)
        call("ls", path)
        tracemalloc.start()
        assert call("export", path, "-f", "jsonl", "-o", tmp_path / f"{traces}.out").code == 0
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most

    peak(2)
    assert peak(200) < peak(20) + 1_000_000
    assert (tmp_path / "200.out").stat().st_size > 4_000_000
