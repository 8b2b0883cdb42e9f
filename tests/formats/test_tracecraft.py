"""tracecraft's stores: files that tracecraft 0.2.1 itself wrote."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.formats.source_reading import read_source
from tests.formats.store_samples import DATA, SAMPLES, read_whole, run_elsewhere, run_here
from tracetui.model import Message, Text
from tracetui.sources.base import Source
from tracetui.sources.head import Head
from tracetui.sources.tracecraft import TracecraftStore
from tracetui.sources.tracecraft_jsonl import TracecraftJsonlSource
from tracetui.sources.tracecraft_run import spans_of_run
from tracetui.workspace.formats import find_format

LINES = DATA / "tracecraft" / "tracecraft.jsonl"
RUNS = [json.loads(line) for line in LINES.read_text().splitlines()]


@pytest.fixture(params=["db", "jsonl"])
def source(request: pytest.FixtureRequest, tmp_path: Path) -> Source:
    if request.param == "db":
        return TracecraftStore(SAMPLES["tracecraft-tracecraft"].unpack(tmp_path))
    return TracecraftJsonlSource(LINES)


def test_the_lines_are_recognised() -> None:
    found = find_format(Head(LINES))
    assert found is not None
    assert found.title == "tracecraft JSONL"


def test_both_stores_give_what_was_saved(source: Source) -> None:
    facts = read_source(source).facts()
    assert facts["traces"] == len(RUNS)
    assert facts["kinds"] == {"agent": 13, "generation": 12, "tool": 6, "retriever": 6, "span": 6, "guardrail": 6}
    assert facts["statuses"] == {"success": 44, "error": 2, "running": 3}
    assert facts["tokens"] == {"input": 815, "output": 145}


def test_costs_are_recorded_where_the_step_has_one(source: Source) -> None:
    spans = read_source(source).spans.values()
    costs = [span.cost.usd for span in spans if span.kind == "generation"]
    assert costs.count(0.0001) == 3
    assert costs.count(None) == 9
    assert all(span.cost.usd is None for span in spans if span.kind != "generation")


def test_a_run_has_its_user_its_session_its_tags_and_its_environment(source: Source) -> None:
    run = next(span for span in read_source(source).spans.values() if span.tags)
    assert (run.user_id, run.session_id, run.environment, run.tags, run.feature) == (
        "u-1", "s-1", "production", ("beta", "shop"), "orders",
    )  # fmt: skip


def test_what_a_call_was_given_and_what_it_answered_are_messages(source: Source) -> None:
    reading, payloads = read_whole(source)
    calls = [
        payload
        for span, payload in zip(reading.spans.values(), payloads, strict=True)
        if span.name == "chat" and span.trace_id == RUNS[0]["id"]
    ]
    assert calls[0].input == (
        Message("system", (Text("Be brief."),)),
        Message("user", (Text("Where is order BX-100?"),)),
    )
    assert calls[0].output == (Message("assistant", (Text("It left the warehouse yesterday."),)),)
    assert calls[1].attributes["streaming_chunks"] == ["Se", "nt."]


def test_a_failed_tool_says_why(source: Source) -> None:
    failed = [span for span in read_source(source).spans.values() if span.status == "error"]
    assert [(span.kind, span.status_message) for span in failed] == [
        ("tool", "TimeoutError: order service is down"),
        ("agent", "AuthError: no API key"),
    ]


def test_a_run_without_readable_data_is_made_of_its_rows(tmp_path: Path) -> None:
    store = SAMPLES["tracecraft-tracecraft"].unpack(tmp_path)
    whole = read_source(TracecraftStore(store)).facts()
    run_here(store, "UPDATE traces SET data = '{'")
    reading = read_source(TracecraftStore(store))
    assert reading.facts()["tokens"] == whole["tokens"]
    assert reading.facts()["kinds"] == whole["kinds"]
    assert reading.facts()["skipped"] == len(RUNS)


def test_a_run_that_is_saved_again_replaces_what_was_known_and_nothing_is_read_anew(tmp_path: Path) -> None:
    store = SAMPLES["tracecraft-tracecraft"].unpack(tmp_path)
    source = TracecraftStore(store)
    reading = read_source(source)
    conn = sqlite3.connect(store)
    run_id, text = conn.execute("SELECT id, data FROM traces WHERE end_time IS NULL").fetchone()
    conn.close()
    run = json.loads(text)
    run["end_time"] = "2026-11-20T09:05:01Z"
    data = json.dumps(run).replace("'", "''")
    run_elsewhere(
        store,
        f"REPLACE INTO traces (id, name, start_time, end_time, data) VALUES ('{run_id}', 'support', '', '', '{data}')",
    )
    again = read_source(source, reading.cursor)
    assert {key[0] for key in again.spans} == {run_id}
    assert again.spans[run_id, run_id].status == "success"
    assert not again.batches[0].reset


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


@settings(max_examples=60)
@given(st.sampled_from(RUNS), st.dictionaries(st.sampled_from(sorted(RUNS[0])), JSON, max_size=4),
       st.dictionaries(st.sampled_from(sorted(RUNS[0]["steps"][0])), JSON, max_size=4))  # fmt: skip
def test_no_run_is_fatal_and_none_is_lost_silently(
    run: dict[str, Any], fields: dict[str, Any], step: dict[str, Any]
) -> None:
    mutated = {**run, **fields}
    if "steps" not in fields:
        mutated["steps"] = [{**own, **step} for own in run["steps"]]
    reasons: list[str] = []
    parts = spans_of_run(mutated, reasons.append)
    assert parts or reasons
    for part in parts:
        part.payload()
