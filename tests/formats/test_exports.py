"""Every exported sample holds exactly what its `expected.json` says, however it is wrapped, and no damage stops a reader."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import tracetui
from tests.formats.exports_checking import DATA, check, expected, paths_of, totals, wrapped
from tracetui.sources.csv_rows import CsvHeader
from tracetui.sources.export_file import ExportFile
from tracetui.sources.head import Head
from tracetui.workspace.formats import FORMATS, find_format

FORMAT_OF = {
    "langfuse": "langfuse", "langfuse_more": "langfuse", "langsmith": "langsmith", "helicone": "helicone",
    "datadog": "datadog-llmobs", "braintrust": "braintrust", "weave": "weave", "clickhouse": "clickhouse-otel",
    "litellm": "litellm", "batches": "batches", "agents_traces": "openai-agents-traces",
}  # fmt: skip
MAY_DIFFER = {
    # A trace that has only its own row is shown as one span that stands in for it.
    "1793700000000-lf-traces-export-clx0rental.jsonl": ("spans",),
    "1793700000000-lf-traces-export-clx0rental.csv": ("spans",),
    # A rating is a score; a call that belongs to a named session has the session's name.
    "data.jsonl": ("scores", "samples.name"),
    "data.csv": ("scores", "samples.name"),
    # `metadata.user` is a user.
    "openai-stored-completions.json": ("users",),
}
KEYS = [(folder, key) for folder in FORMAT_OF for key in expected(folder)]
LINES = [
    ("langfuse", "1793700000000-lf-observations-export-clx0rental.jsonl"), ("langsmith", "list_runs.jsonl"),
    ("helicone", "data.jsonl"), ("datadog", "attributes.jsonl"), ("braintrust", "project-logs.jsonl"),
    ("weave", "calls.jsonl"), ("clickhouse", "otel_traces.jsonl"), ("litellm", "spend_logs.jsonl"),
    ("litellm", "standard_logging.jsonl"), ("batches", "openai-batch-output.jsonl"),
    ("batches", "anthropic-batch-results.jsonl"), ("agents_traces", "openai_agents/traces.jsonl"),
]  # fmt: skip
ROWS = [
    ("langfuse", "1793700000000-lf-observations-export-clx0rental.csv"), ("langsmith", "runs.csv"),
    ("helicone", "data.csv"), ("braintrust", "project-logs.csv"), ("weave", "calls-flat.csv"),
    ("litellm", "spend_logs.csv"), ("tables", "llm_traces/llm_traces.csv"),
]  # fmt: skip


@pytest.mark.parametrize(("folder", "key"), KEYS)
def test_each_sample_holds_what_is_expected(folder: str, key: str) -> None:
    check(folder, key, MAY_DIFFER.get(key, ()))


@pytest.mark.parametrize(("folder", "key"), KEYS)
def test_each_sample_is_recognised(folder: str, key: str) -> None:
    for path in paths_of(folder, key):
        for file in [path] if path.is_file() else path.rglob("*.jsonl"):
            found = find_format(Head(file))
            assert found is not None
            assert found.load().format == FORMAT_OF[folder]


@pytest.mark.parametrize("how", ["gz", "bom", "no final newline", "array", "array with a trailing comma", "utf-16"])
@pytest.mark.parametrize(("folder", "name"), LINES)
def test_lines_mean_the_same_however_they_are_wrapped(folder: str, name: str, how: str, tmp_path: Path) -> None:
    path = DATA / folder / name
    assert totals(wrapped(path, tmp_path, how)) == totals(path)


@pytest.mark.parametrize("how", ["gz", "bom", "crlf", "no final newline", "utf-16"])
@pytest.mark.parametrize(("folder", "name"), ROWS)
def test_rows_mean_the_same_however_they_are_wrapped(folder: str, name: str, how: str, tmp_path: Path) -> None:
    path = DATA / folder / name
    assert totals(wrapped(path, tmp_path, how)) == totals(path)


@pytest.mark.parametrize(("folder", "name"), LINES + ROWS[:-1])
def test_rows_that_come_again_are_counted_once(folder: str, name: str, tmp_path: Path) -> None:
    path = DATA / folder / name
    assert totals(wrapped(path, tmp_path, "twice")) == totals(path)


@pytest.mark.parametrize(("folder", "name"), LINES)
def test_a_broken_line_is_skipped_and_counted(folder: str, name: str, tmp_path: Path) -> None:
    path = DATA / folder / name
    whole = totals(path)
    damaged = tmp_path / "damaged.jsonl"
    damaged.write_bytes(path.read_bytes().rstrip(b"\n") + b'\n{"id": "x", "cut\n\xff\xfe\n[1, 2]\n"text"\n')
    assert totals(damaged) == {**whole, "skipped": 4}


@pytest.mark.parametrize(("folder", "name"), [*LINES, *ROWS[:-1]])
def test_a_file_that_grows_gives_the_same_in_the_end(folder: str, name: str, tmp_path: Path) -> None:
    path = DATA / folder / name
    lines = path.read_bytes().splitlines(keepends=True)
    growing = tmp_path / path.name
    growing.write_bytes(b"".join(lines[: len(lines) // 2]))
    workspace = tracetui.open(growing)
    try:
        before = workspace.stats()["spans"]
        with growing.open("ab") as file:
            file.write(b"".join(lines[len(lines) // 2 :]))
        workspace.catch_up()
        stats = workspace.stats()
    finally:
        workspace.close()
    whole = totals(path)
    assert before < stats["spans"]
    assert {name: stats[name] for name in ("spans", "traces", "tokens", "scores")} == {
        name: whole[name] for name in ("spans", "traces", "tokens", "scores")
    }


@pytest.mark.parametrize(("folder", "name"), LINES)
def test_a_rating_is_kept_beside_the_file_and_read_again(folder: str, name: str, tmp_path: Path) -> None:
    path = DATA / folder / name
    copy = tmp_path / "copy.jsonl"
    copy.write_bytes(path.read_bytes())
    workspace = tracetui.open(copy)
    trace = next(iter(workspace.traces()))
    workspace.score(trace.trace_id, None, "mine", value=4, author="ada")
    workspace.close()
    assert totals(copy)["scores"]["mine"]["count"] == 1
    assert copy.read_bytes() == path.read_bytes()


CLASSES = [
    row.load()
    for row in FORMATS
    if row.family == "text" and isinstance(row.load(), type) and issubclass(row.load(), ExportFile)
]
TABLES = DATA / "tables" / "helicone"
RECORDS: dict[str, list[Any]] = {
    FORMAT_OF[folder]: [json.loads(line) for line in (DATA / folder / name).read_bytes().splitlines()[:8]]
    for folder, name in LINES
} | {
    "helicone-tables": [
        row
        for name in ("request.csv", "response.csv", "feedback.csv")
        for row in [dict(one) for one in csv.DictReader(io.StringIO((TABLES / name).read_text()))][:4]
    ]
}
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)


@st.composite
def mutated(draw: st.DrawFn) -> tuple[type[ExportFile], Any]:
    """A record of a format with some values, at any depth, replaced by anything."""
    kind = draw(st.sampled_from([one for one in CLASSES if one.format in RECORDS]))
    record = json.loads(json.dumps(draw(st.sampled_from(RECORDS[kind.format]))))
    for _ in range(draw(st.integers(1, 4))):
        place = record
        while isinstance(place, dict) and place:
            key = draw(st.sampled_from(sorted(place)))
            if isinstance(place[key], dict) and place[key] and draw(st.booleans()):
                place = place[key]
                continue
            if draw(st.booleans()):
                place[key] = draw(VALUES)
            else:
                del place[key]
            break
    return kind, record


@settings(max_examples=400, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(mutated())
def test_no_record_breaks_a_reader_and_none_is_lost_in_silence(case: tuple[type[ExportFile], Any]) -> None:
    kind, record = case
    source = kind.__new__(kind)
    source.header = CsvHeader()
    given_ = source.map(record, 1)
    assert given_.spans or given_.scores or given_.skipped or given_.other
    for item, span in enumerate(given_.spans):
        payload = source.unfold(record, item, span, "raw")
        assert payload.raw
        assert span.trace_id
        assert span.span_id
        assert all(-(2**63) <= (at or 0) < 2**63 for at in (span.start_ns, span.end_ns, span.ttft_ns))
        json.dumps(span.metadata)


@settings(max_examples=200)
@given(st.sampled_from(CLASSES), VALUES)
def test_any_json_is_told_apart_or_skipped(kind: type[ExportFile], value: Any) -> None:
    source = kind.__new__(kind)
    source.header = CsvHeader()
    given_ = source.map(value, 1)
    assert given_.spans or given_.scores or given_.skipped or given_.other
