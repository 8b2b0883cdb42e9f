"""`mlflow.db` as MLflow 3.17 wrote it; `expected.json` has what its own API says of the same file."""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import tracetui
from tests.formats.databases import DATA, change, drop_indexes, rows_of, unpack
from tests.formats.source_reading import read_source
from tracetui.errors import NotWritable
from tracetui.model import Score, ToolCall
from tracetui.sources.mlflow import MlflowSource
from tracetui.sources.mlflow_rows import KINDS, AssessmentRow, SpanRow, TraceRow, payload_of, score_of, span_of

EXPECTED = json.loads((DATA / "mlflow" / "expected.json").read_text())
TOTALS = EXPECTED["totals"]
TRACE = "tr-e737d3ba2a7485a3e23362f84f4eb866"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return unpack("mlflow/mlflow.db", tmp_path)


@pytest.fixture
def source(path: Path) -> MlflowSource:
    return MlflowSource(path)


def score(number: int = 1, value: float | bool | None = 1.0, label: str | None = None, author: str = "ada") -> Score:
    return Score(
        f"{number:032x}",
        TRACE,
        None,
        "quality",
        value,
        label,
        "why",
        "human",
        author,
        (1_800_000_000_000 + number) * 10**6,
    )


def rows(path: Path) -> list[tuple[object, ...]]:
    sql = "SELECT value, source_type, source_id, valid, overrides, aggregate_value, is_numeric_value FROM assessments WHERE name = 'quality' ORDER BY created_timestamp"
    return rows_of(path, sql)


def test_spans_kinds_and_statuses_are_those_of_mlflow(source: MlflowSource) -> None:
    spans = read_source(source).spans.values()
    kinds: Counter[str] = Counter()
    for experiment in EXPECTED["experiments"].values():
        for word, count in experiment["spans_by_kind"].items():
            kinds[KINDS.get(word, "span")] += count
    assert len(spans) == TOTALS["spans"]
    assert Counter(span.kind for span in spans) == kinds
    assert sum(span.status == "error" for span in spans) == TOTALS["error_spans"]
    projects = {name: count["spans"] for name, count in EXPECTED["experiments"].items() if count["spans"]}
    assert Counter(span.metadata["project"] for span in spans) == projects


def test_totals_are_those_of_mlflow_and_embeddings(path: Path) -> None:
    with_embeddings = 420
    with closing(tracetui.open(path)) as workspace:
        totals = workspace.totals()
    usage = totals.usage
    assert totals.traces == TOTALS["traces"]
    assert usage.cache_read == TOTALS["cache_read_input_tokens"]
    assert usage.cache_write == TOTALS["cache_creation_input_tokens"]
    assert usage.output == TOTALS["output_tokens"]
    prompt = (usage.input or 0) + (usage.cache_read or 0) + (usage.cache_write or 0)
    assert prompt == TOTALS["input_tokens"] + with_embeddings
    assert totals.recorded_usd == pytest.approx(TOTALS["cost"])


@pytest.mark.parametrize("trace", EXPECTED["traces"][::4], ids=lambda trace: trace["trace_id"][:12])
def test_a_trace_has_its_session_user_cost_and_root(path: Path, trace: dict[str, object]) -> None:
    with closing(tracetui.open(path)) as workspace:
        (found,) = workspace.page([str(trace["trace_id"])])
    cost = trace["cost"]
    assert (found.name, found.session_id, found.user_id) == (trace["root"], trace["session"], trace["user"])
    assert found.spans == trace["spans"]
    assert found.recorded_usd == pytest.approx(cost["total_cost"] if isinstance(cost, dict) else 0)


def test_assessments_are_scores_and_what_is_overridden_is_not(source: MlflowSource) -> None:
    scores = read_source(source).scores
    counts = Counter(score.name for score in scores)
    overridden = 1
    assert sum(counts.values()) == TOTALS["assessments"] - overridden
    by_name = {score.name: score for score in scores}
    assert (by_name["correctness2"].value, by_name["correctness2"].source) == (True, "human")
    assert by_name["correctness"].source == "llm"
    assert by_name["toxicity"].comment == "RATE_LIMIT: judge was rate limited"
    assert by_name["relevance"].span_id is not None
    assert by_name["aspects"].label == '{"tone":"warm","ok":true}'


def test_a_call_has_its_messages_tools_and_calls(source: MlflowSource) -> None:
    reading = read_source(source)
    key = next(
        key
        for key, span in reading.spans.items()
        if key[1] == "f263ecdef3131986" or span.model == "claude-haiku-4-5-20251001"
    )
    payload = source.payload(reading.spans[key], reading.references[key])
    assert isinstance(payload.input, tuple)
    assert [message.role for message in payload.input][:2] == ["system", "user"]
    assert "get_order" in {tool.name for tool in payload.tools}
    assert isinstance(payload.output, tuple)
    calls = [part for message in payload.output for part in message.parts if isinstance(part, ToolCall)]
    assert [(call.name, call.arguments) for call in calls] == [("get_order", {"order_id": "BX-2088"})]
    assert reading.spans[key].finish_reason == "tool_use"


def test_a_prompt_is_on_its_calls(source: MlflowSource) -> None:
    spans = [span for span in read_source(source).spans.values() if span.prompt_name]
    assert {(span.prompt_name, span.prompt_version) for span in spans} == {("support-answer", "2")}
    assert any(span.kind == "generation" for span in spans)


def test_a_trace_in_progress_shows_and_then_finishes(path: Path, source: MlflowSource) -> None:
    cursor = read_source(source).cursor
    assert not source.changed(cursor)
    change(
        path,
        "INSERT INTO trace_info (request_id, experiment_id, timestamp_ms, status, db_payload_generation, trace_name)"
        " VALUES ('tr-new', 1, 1800000000000, 'IN_PROGRESS', 1, 'agent')",
    )
    assert source.changed(cursor)
    first = read_source(source, cursor)
    assert [(span.name, span.status) for span in first.spans.values()] == [("agent", "running")]
    change(
        path,
        "INSERT INTO spans (trace_id, experiment_id, span_id, name, type, status, start_time_unix_nano,"
        " end_time_unix_nano, content) VALUES ('tr-new', 1, 'aaaaaaaaaaaaaaaa', 'root', 'AGENT', 'OK',"
        " 1800000000000000000, 1800000001000000000, '{}')",
        "UPDATE trace_info SET status = 'OK', execution_time_ms = 1000 WHERE request_id = 'tr-new'",
        "INSERT INTO trace_request_metadata (request_id, key, value) VALUES ('tr-new', 'mlflow.trace.user', 'eve')",
    )
    second = read_source(source, first.cursor)
    last = second.batches[-2]
    assert [(span.span_id, span.status, span.user_id) for span in last.spans] == [
        ("aaaaaaaaaaaaaaaa", "success", "eve")
    ]
    assert last.forget == {"tr-new"}
    assert not [span for batch in read_source(source, second.cursor).batches for span in batch.spans]


def test_late_tags_and_deletions_are_noticed(path: Path, source: MlflowSource) -> None:
    cursor = read_source(source).cursor
    change(path, f"INSERT INTO trace_tags (request_id, key, value) VALUES ('{TRACE}', 'shift', 'night')")
    tagged = read_source(source, cursor)
    assert {span.trace_id for span in tagged.spans.values()} == {TRACE}
    assert all("shift:night" in span.tags for span in tagged.spans.values())
    change(path, f"DELETE FROM spans WHERE trace_id = '{TRACE}'")
    assert "deleted" in read_source(source, tagged.cursor).notices[0]


@pytest.mark.parametrize(
    ("value", "label", "stored", "number", "is_numeric"),
    [
        (True, None, "true", 1.0, 0),
        (4.5, None, "4.5", 4.5, 1),
        (None, 'a "b" é', '"a \\"b\\" \\u00e9"', None, 0),
        (2.0, "poor", "2.0", 2.0, 1),
    ],
)
def test_a_rating_is_a_row_that_mlflow_reads(
    path: Path,
    source: MlflowSource,
    value: float | bool | None,
    label: str | None,
    stored: str,
    number: float,
    is_numeric: int,
) -> None:
    given_score = score(value=value, label=label)
    assert source.write_score(given_score).place == "MLflow's assessments in mlflow.db"
    assert rows(path) == [(stored, "HUMAN", "ada", 1, None, number, is_numeric)]
    assert given_score in read_source(MlflowSource(path)).scores


def test_an_edit_overrides_and_undo_makes_the_earlier_one_valid_again(path: Path, source: MlflowSource) -> None:
    other = MlflowSource(path)
    source.write_score(score(1))
    source.write_score(score(2, author="bo"))
    first = read_source(other)
    source.write_score(score(3, value=0.0))
    assert [(row[2], row[3]) for row in rows(path)] == [("ada", 0), ("bo", 1), ("ada", 1)]
    edited = read_source(other, first.cursor)
    assert ([found.id for found in edited.scores], edited.batches[-1].retracted) == ([score(3).id], ())
    source.retract_score(score(3, value=0.0))
    assert [(row[2], row[3]) for row in rows(path)] == [("ada", 1), ("bo", 1), ("ada", 0)]
    undone = read_source(other, edited.cursor)
    assert undone.batches[-1].retracted == (score(3).id,)
    source.retract_score(score(1))
    assert read_source(other, undone.cursor).batches[-1].retracted == (score(1).id,)


def test_ratings_reach_the_workspace_and_undo_takes_them_back(path: Path) -> None:
    with closing(tracetui.open(path)) as workspace:
        workspace.score(TRACE, None, "quality", value=1.0, author="ada")
        workspace.score(TRACE, None, "quality", value=0.0, author="ada")
        workspace.catch_up()
        workspace.undo()
        workspace.catch_up()
        assert workspace.stats("score.quality:1")["scores"]["quality"]["count"] == 1


def test_what_mlflow_could_not_read_is_refused(source: MlflowSource) -> None:
    with pytest.raises(NotWritable, match="250"):
        source.write_score(Score("1", TRACE, None, "n" * 251, 1.0))
    with pytest.raises(NotWritable, match="deleted"):
        source.write_score(Score("1", "tr-none", None, "n", 1.0))


@pytest.mark.parametrize("form", ["3", "2"])
def test_spans_in_a_file_are_read(path: Path, source: MlflowSource, tmp_path: Path, form: str) -> None:
    span = {
        "3": {
            "span_id": "qqqqqqqqqqo=", "parent_span_id": None, "name": "root", "start_time_unix_nano": 18 * 10**17,
            "end_time_unix_nano": 18 * 10**17 + 5, "status": {"code": "STATUS_CODE_ERROR", "message": "no"},
        },
        "2": {
            "context": {"span_id": "0xaaaaaaaaaaaaaaaa", "trace_id": "0x1"}, "parent_id": None, "name": "root",
            "start_time": 18 * 10**17, "end_time": 18 * 10**17 + 5, "status_code": "ERROR", "status_message": "no",
        },
    }[form]  # fmt: skip
    attributes = {"mlflow.spanType": '"TOOL"', "mlflow.spanInputs": '{"a": 1}', "mlflow.spanOutputs": '"done"'}
    folder = tmp_path / "artifacts"
    folder.mkdir()
    (folder / "traces.json").write_text(json.dumps({"spans": [{**span, "attributes": attributes}]}))
    change(
        path,
        f"DELETE FROM spans WHERE trace_id = '{TRACE}'",
        f"UPDATE trace_tags SET value = '{folder}' WHERE request_id = '{TRACE}' AND key = 'mlflow.artifactLocation'",
    )
    reading = read_source(MlflowSource(path))
    (found,) = [found for found in reading.spans.values() if found.trace_id == TRACE]
    assert (found.span_id, found.kind, found.status, found.status_message) == (
        "aaaaaaaaaaaaaaaa",
        "tool",
        "error",
        "no",
    )
    payload = source.payload(found, reading.references[TRACE, found.span_id])
    assert (payload.input, payload.output) == ({"a": 1}, "done")


def test_a_file_that_comes_after_its_trace_is_read(path: Path, tmp_path: Path) -> None:
    folder = tmp_path / "artifacts"
    change(
        path,
        f"DELETE FROM spans WHERE trace_id = '{TRACE}'",
        f"UPDATE trace_tags SET value = '{folder}' WHERE request_id = '{TRACE}' AND key = 'mlflow.artifactLocation'",
    )
    source = MlflowSource(path)
    first = read_source(source)
    assert (TRACE, TRACE) in first.spans
    assert not source.changed(first.cursor)
    folder.mkdir()
    (folder / "traces.json").write_text(json.dumps({"spans": [{"span_id": "0xaa", "name": "root", "end_time": 5}]}))
    assert source.changed(first.cursor)
    second = read_source(source, first.cursor)
    assert set(second.spans) == {(TRACE, "aa")}
    assert second.batches[0].forget == {TRACE}
    assert not source.changed(second.cursor)


def test_a_trace_whose_spans_are_elsewhere_shows_its_preview(path: Path) -> None:
    change(path, f"DELETE FROM spans WHERE trace_id = '{TRACE}'")
    source = MlflowSource(path)
    reading = read_source(source)
    span = reading.spans[TRACE, TRACE]
    assert (span.name, span.usage.cache_write, span.cost.origin) == ("support_agent", None, None)
    assert source.payload(span, reading.references[TRACE, TRACE]).input is not None


@pytest.mark.parametrize(
    "statements",
    [
        ("ALTER TABLE spans DROP COLUMN total_cost", "ALTER TABLE spans DROP COLUMN model_provider"),
        ("DROP TABLE trace_tags",),
        ("DROP TABLE assessments",),
        ("ALTER TABLE trace_info DROP COLUMN session_id",),
        ("UPDATE spans SET content = '{\"attributes\": ' WHERE rowid < 4",),
    ],
)
def test_an_older_or_damaged_store_gives_what_it_has(path: Path, statements: tuple[str, ...]) -> None:
    drop_indexes(path)
    change(path, *statements)
    source = MlflowSource(path)
    reading = read_source(source)
    assert len(reading.spans) == TOTALS["spans"]
    assert all("not a JSON object" in skip.reason for skip in reading.skipped)
    costs = sum(span.cost.usd or 0 for span in reading.spans.values() if span.cost.origin == "recorded")
    assert costs == pytest.approx(TOTALS["cost"], rel=0.05)


def test_a_writer_is_never_kept_waiting_by_a_reader(path: Path, source: MlflowSource) -> None:
    writer = sqlite3.connect(path, timeout=0)
    for number, _ in enumerate(source.read(None)):
        writer.execute("INSERT INTO trace_tags (request_id, key, value) VALUES (?, ?, '1')", (TRACE, f"t{number}"))
        writer.commit()
    writer.close()


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(
        ["attributes", "mlflow.spanInputs", "mlflow.spanOutputs", "mlflow.chat.tokenUsage", "input_tokens", "status", "events", "message", "messages", "role", "content", "mlflow.linkedPrompts", "name"]
    ), inner, max_size=4),
    max_leaves=20,
)  # fmt: skip


@settings(max_examples=150)
@given(
    content=JSON,
    kind=st.none() | st.sampled_from(["LLM", "CHAT_MODEL", "X", "UNKNOWN"]),
    tags=st.dictionaries(st.text(), st.text()),
)
def test_no_row_breaks_the_reader(content: object, kind: str | None, tags: dict[str, str]) -> None:
    if isinstance(content, dict) and isinstance(content.get("attributes"), dict):
        attributes = {key: json.dumps(value) for key, value in content["attributes"].items()}
        content = {**content, "attributes": attributes}
    row = SpanRow(1, "tr-1", "b" * 16, None, None, kind, None, None, None, json.dumps(content))
    assert span_of(row, TraceRow("tr-1", tags=tags, metadata=tags)).trace_id == "tr-1"
    assert payload_of(row).raw


@settings(max_examples=100)
@given(value=JSON, raw=st.text())
def test_no_assessment_breaks_the_reader(value: object, raw: str) -> None:
    for text in (json.dumps(value), raw):
        found = score_of(AssessmentRow("a-1", "tr-1", None, text, text, None, None, None, None, None, text))
        assert found.trace_id == "tr-1"
