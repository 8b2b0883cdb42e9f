"""`phoenix.db` as Phoenix 20 wrote it; `expected.json` has what Phoenix's own API says of the same file."""

from __future__ import annotations

import json
import sqlite3
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import tracetui
from tests.formats.databases import DATA, change, drop_indexes, rows_of, unpack
from tests.formats.source_reading import read_source
from tracetui.errors import NotWritable
from tracetui.model import Message, Score, ToolCall
from tracetui.semconv.attributes import unfold
from tracetui.sources.base import Batch
from tracetui.sources.phoenix import PhoenixSource
from tracetui.sources.phoenix_rows import SpanRow, span_of, summary_tree, whole_span
from tracetui.workspace import read_ahead

EXPECTED = json.loads((DATA / "phoenix" / "expected.json").read_text())
PROJECTS = [project for project in EXPECTED["projects"].values() if project["spans"]]
KINDS = {"LLM": "generation", "PROMPT": "span"}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return unpack("phoenix/phoenix.db", tmp_path)


@pytest.fixture
def source(path: Path) -> PhoenixSource:
    return PhoenixSource(path)


def score(number: int = 1, *, value: float | bool | None = 1.0, author: str = "ada", trace: bool = False) -> Score:
    sample = EXPECTED["samples"][0]
    span_id = None if trace else sample["tree"][0]["span_id"]
    return Score(
        f"{number:032x}", sample["trace_id"], span_id, "quality", value, None, "why", "human", author, number * 10**9
    )


def annotations(path: Path) -> list[tuple[object, ...]]:
    sql = "SELECT label, score, explanation, annotator_kind, identifier, source FROM span_annotations WHERE name = 'quality'"
    return rows_of(path, sql)


def test_what_is_left_of_a_big_store_is_read_in_another_process(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The other process goes on from the cursor of the first batch, with a source of its own."""
    begun: list[str] = []

    def elsewhere(source: PhoenixSource, cursor: str, _: object) -> Iterator[Batch]:
        begun.append(cursor)
        with closing(PhoenixSource(source.path)) as other:
            yield from other.read(cursor)

    monkeypatch.setattr(read_ahead, "_BIG", 1)
    monkeypatch.setattr(read_ahead, "_read_elsewhere", elsewhere)
    with closing(PhoenixSource(path)) as whole, closing(PhoenixSource(path)) as source:
        expected = read_source(whole)
        found = [span for batch in read_ahead.read_source(source, None, ()) for span in batch.spans]
    assert len(begun) == 1
    assert {(span.trace_id, span.span_id): span for span in found} == expected.spans


def test_spans_traces_and_kinds_are_those_of_phoenix(source: PhoenixSource) -> None:
    spans = read_source(source).spans.values()
    kinds: Counter[str] = Counter()
    for project in PROJECTS:
        for word, count in project["spans_by_kind"].items():
            kinds[KINDS.get(word, word.lower())] += count
    assert len(spans) == sum(project["spans"] for project in PROJECTS)
    assert len({span.trace_id for span in spans}) == sum(project["traces"] for project in PROJECTS)
    assert Counter(span.kind for span in spans) == kinds
    assert sum(span.status == "error" for span in spans) == sum(p["spans_by_status"]["ERROR"] for p in PROJECTS)
    assert Counter(span.metadata["project"] for span in spans) == {
        name: project["spans"] for name, project in EXPECTED["projects"].items() if project["spans"]
    }


def test_tokens_and_costs_are_phoenix_s_with_nested_calls_once(path: Path) -> None:
    with_embeddings = 443
    with closing(tracetui.open(path)) as workspace:
        totals = workspace.totals()
    usage = totals.usage
    prompt = (usage.input or 0) + (usage.cache_read or 0) + (usage.cache_write or 0)
    assert prompt == sum(project["tokens"]["input"] for project in PROJECTS) + with_embeddings
    assert usage.output == sum(project["tokens"]["output"] for project in PROJECTS)
    ((once,),) = rows_of(
        path,
        "SELECT sum(total_cost) FROM span_costs c JOIN spans s ON s.id = c.span_rowid WHERE NOT EXISTS"
        " (SELECT 1 FROM spans i WHERE i.parent_id = s.span_id AND i.span_kind = 'LLM' AND s.span_kind = 'LLM')",
    )
    assert totals.recorded_usd == pytest.approx(once)


def test_annotations_are_scores(source: PhoenixSource) -> None:
    found: Counter[str] = Counter()
    for project in PROJECTS:
        found.update(project["span_annotations_by_name"])
        found.update(project["trace_annotations_by_name"])
    counts = Counter(score.name for score in read_source(source).scores)
    assert {name: counts[name] for name in found} == found
    assert counts["relevance"] == 10, "those of retrieved documents"
    assert counts["satisfaction"] == 3, "those of sessions"


def test_sessions_and_users_are_on_the_spans(source: PhoenixSource) -> None:
    spans = read_source(source).spans.values()
    assert len({span.session_id for span in spans if span.session_id}) == sum(p["sessions"] for p in PROJECTS)
    assert any(span.user_id == "maria.santos" for span in spans)


@pytest.mark.parametrize("call", [call for sample in EXPECTED["samples"] for call in sample["llm_spans"]])
def test_a_call_has_its_messages_model_and_usage(source: PhoenixSource, call: dict[str, object]) -> None:
    reading = read_source(source)
    (key,) = [key for key in reading.spans if key[1] == call["span_id"]]
    span = reading.spans[key]
    payload = source.payload(span, reading.references[key])
    assert span.model == call["model"]
    assert span.usage.cache_read == call["cache_read"]
    assert span.usage.cache_write == call["cache_write"]
    assert span.usage.output == call["output_tokens"]
    assert isinstance(payload.input, tuple)
    users = [message for message in payload.input if message.role == "user"]
    assert str(users[0].parts[0]).find(str(call["first_user_prefix"])[:20]) >= 0
    assert payload.output is not None


def test_a_tool_call_that_stands_twice_in_a_message_is_shown_once(source: PhoenixSource) -> None:
    reading = read_source(source)
    key = next(key for key in reading.spans if key[1] == "264cb9f40ef16a0f")
    output = source.payload(reading.spans[key], reading.references[key]).output
    assert isinstance(output, tuple)
    calls = [part for message in output for part in message.parts if isinstance(part, ToolCall)]
    assert [(call.name, call.arguments) for call in calls] == [("get_order", {"order_id": "BX-2088"})]


def test_new_spans_costs_and_annotations_appear(path: Path, source: PhoenixSource) -> None:
    cursor = read_source(source).cursor
    assert not source.changed(cursor)
    columns = (
        "trace_rowid, parent_id, name, span_kind, start_time, attributes, events, status_code, status_message,"
        " cumulative_error_count, cumulative_llm_token_count_prompt, cumulative_llm_token_count_completion"
    )
    change(
        path,
        f"INSERT INTO spans (span_id, end_time, {columns}) SELECT 'feedfeedfeedfeed', '1970-01-01 00:00:00.000000',"
        f" {columns} FROM spans WHERE id = 3",
    )
    assert source.changed(cursor)
    grown = read_source(source, cursor)
    assert [(span.span_id, span.status) for span in grown.spans.values()] == [("feedfeedfeedfeed", "running")]
    change(
        path,
        "INSERT INTO span_costs (span_rowid, trace_rowid, span_start_time, total_cost)"
        " SELECT id, trace_rowid, start_time, 0.5 FROM spans WHERE span_id = 'feedfeedfeedfeed'",
        "UPDATE span_annotations SET score = 0.25 WHERE id = 1",
    )
    changed = read_source(source, grown.cursor)
    assert {span.cost.usd for span in changed.spans.values() if span.span_id == "feedfeedfeedfeed"} == {0.5}
    assert changed.batches[0].forget, "the whole trace is given again"
    assert [found.value for found in changed.scores] == [0.25]


def test_a_deleted_annotation_is_retracted_and_deleted_traces_are_noticed(path: Path, source: PhoenixSource) -> None:
    reading = read_source(source)
    change(path, "DELETE FROM span_annotations WHERE id = 1")
    after = read_source(source, reading.cursor)
    assert [len(batch.retracted) for batch in after.batches] == [1]
    change(path, "DELETE FROM spans WHERE trace_rowid = 1", "DELETE FROM traces WHERE id = 1")
    again = read_source(source, after.cursor)
    assert again.batches[0].reset
    assert "deleted" in again.notices[0]


def test_a_wrapping_llm_span_counts_what_is_within_it(path: Path) -> None:
    change(
        path,
        "UPDATE spans SET attributes = json_set(attributes, '$.llm.token_count.prompt', 9999)"
        " WHERE span_id = '4870d24221674ebc'",
    )
    reading = read_source(PhoenixSource(path))
    by_id = {span.span_id: span for span in reading.spans.values()}
    assert by_id["4870d24221674ebc"].usage == by_id["48fd69d333c14374"].usage


def test_a_rating_is_a_row_that_phoenix_shows(path: Path, source: PhoenixSource) -> None:
    saved = source.write_score(score())
    assert saved.place == "Phoenix's annotations in phoenix.db"
    assert annotations(path) == [(None, 1.0, "why", "HUMAN", "tracetui:ada", "APP")]
    source.write_score(score(2, trace=True))
    read = {found.id: found for found in read_source(PhoenixSource(path)).scores}
    assert read[score().id] == score()
    assert read[score(2).id].span_id is None


def test_raters_stand_beside_each_other_and_an_edit_replaces_one_s_own(path: Path, source: PhoenixSource) -> None:
    for number, author in ((1, "ada"), (2, "bo"), (3, "ada")):
        source.write_score(score(number, value=float(number), author=author))
    assert [(row[1], row[4]) for row in annotations(path)] == [(3.0, "tracetui:ada"), (2.0, "tracetui:bo")]


def test_undo_brings_the_earlier_rating_back_and_then_takes_the_row_away(path: Path) -> None:
    with closing(tracetui.open(path)) as workspace:
        trace_id, span_id = score().trace_id, score().span_id
        workspace.score(trace_id, span_id, "quality", value=False, author="ada")
        workspace.score(trace_id, span_id, "quality", value=True, author="ada")
        workspace.undo()
        assert [row[1] for row in annotations(path)] == [0.0]
        workspace.catch_up()
        workspace.undo()
        assert annotations(path) == []


def test_another_reader_sees_an_undo_as_a_retraction(path: Path, source: PhoenixSource) -> None:
    other = PhoenixSource(path)
    source.write_score(score(1))
    source.write_score(score(2, value=0.0))
    first = read_source(other)
    source.retract_score(score(2, value=0.0))
    second = read_source(other, first.cursor)
    assert [found.id for found in second.scores] == [score(1).id]
    assert [item for batch in second.batches for item in batch.retracted] == [score(2).id]


def test_a_rating_that_was_edited_in_phoenix_is_not_taken_back(path: Path, source: PhoenixSource) -> None:
    source.write_score(score())
    change(path, "UPDATE span_annotations SET score = 0.3 WHERE name = 'quality'")
    with pytest.raises(NotWritable, match="edited in Phoenix"):
        source.retract_score(score())
    edited = [found for found in read_source(source).scores if found.name == "quality"]
    assert [(found.value, found.author) for found in edited] == [(0.3, "ada")]
    assert edited[0].id != score().id


def test_the_name_of_notes_is_refused(source: PhoenixSource) -> None:
    with pytest.raises(NotWritable, match="notes"):
        source.write_score(Score("1", score().trace_id, None, "note", 1.0))


def test_a_rating_waits_for_a_writer_and_reading_does_not(path: Path, source: PhoenixSource) -> None:
    writer = sqlite3.connect(path, check_same_thread=False)
    writer.execute("BEGIN IMMEDIATE")
    assert read_source(source).spans
    ended = threading.Timer(0.1, writer.rollback)
    ended.start()
    source.write_score(score())
    ended.join()
    writer.close()
    assert len(annotations(path)) == 1


def test_reading_changes_nothing_and_leaves_no_lock(path: Path, source: PhoenixSource) -> None:
    before = path.read_bytes()
    read_source(source)
    change(path, "PRAGMA user_version = 0")
    source.close()
    assert len(before) == path.stat().st_size


@pytest.mark.parametrize(
    "statements",
    [
        ("DROP TABLE span_cost_details", "DROP TABLE span_costs"),
        ("DROP TABLE span_annotations", "DROP TABLE trace_annotations"),
        ("DROP TABLE document_annotations", "DROP TABLE project_session_annotations"),
        ("PRAGMA foreign_keys = OFF", "DROP TABLE project_sessions"),
        ("DROP TABLE users",),
        ("UPDATE spans SET attributes = '{\"llm\": ' WHERE id = 5",),
        ("UPDATE spans SET events = 'x', attributes = '[1]' WHERE id < 9",),
    ],
)
def test_an_older_or_damaged_database_gives_what_it_has(path: Path, statements: tuple[str, ...]) -> None:
    drop_indexes(path)
    change(path, *statements)
    reading = read_source(PhoenixSource(path))
    assert len(reading.spans) == 495
    assert all("not a JSON object" in skip.reason for skip in reading.skipped)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(
        ["llm", "token_count", "prompt", "message", "input_messages", "role", "content", "metadata", "session", "id", "tag", "tags", "output", "value", "a.b"]
    ), inner, max_size=4),
    max_leaves=20,
)  # fmt: skip


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(attributes=JSON, events=JSON, kind=st.none() | st.text(max_size=6), times=st.text(max_size=20))
def test_no_row_breaks_the_reader(attributes: object, events: object, kind: str | None, times: str) -> None:
    row = SpanRow(
        1, "b" * 16, None, None, kind, times, times, json.dumps(attributes), json.dumps(events), None, None, "a" * 32,
        "p", None, None, 0,
    )  # fmt: skip
    assert span_of(row, summary_tree(row)).span_id == "b" * 16
    payload = unfold(whole_span(row, "raw"))
    assert payload.input is None or isinstance(payload.input, tuple | list | dict | str | int | float | bool)
    assert not isinstance(payload.input, tuple) or all(isinstance(item, Message) for item in payload.input)
