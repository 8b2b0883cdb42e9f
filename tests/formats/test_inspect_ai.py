"""Logs that inspect-ai 0.3.285 wrote; `expected.json` has what the tool itself says of them."""

from __future__ import annotations

import gzip
import io
import json
import shutil
import zipfile
from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import tracetui
from tests.formats.databases import DATA
from tests.formats.source_reading import read_source
from tracetui.errors import UnreadableSource
from tracetui.model import Message, Score, Text, ToolCall, ToolResult
from tracetui.sources.head import Head
from tracetui.sources.inspect_log import InspectLog
from tracetui.sources.inspect_payload import payload_of
from tracetui.sources.inspect_sample import Eval
from tracetui.sources.inspect_scores import scores_of
from tracetui.sources.inspect_spans import nodes_of
from tracetui.workspace.formats import find_format

LOGS = {
    log["file"].split("_")[-1].split(".")[0]: log
    for log in json.loads((DATA / "inspect_ai" / "expected.json").read_text())["logs"]
}
FILES = {
    "orders.eval": LOGS["hw6fPmq8Fewxa3pQGHcscY"],
    "flaky.eval": LOGS["VVRchZonFYQ2BZR5BU9PRL"],
    "faq.json": LOGS["NyWuiQSZFPtfr3x3YkC8V4"],
}
SAMPLE: dict[str, Any] = {
    "id": "s1", "epoch": 2, "uuid": "u1", "input": "hi", "started_at": "2026-11-20T10:00:00+00:00",
    "completed_at": "2026-11-20T10:00:02+00:00", "scores": {"match": {"value": "C", "explanation": "yes"}},
    "events": [
        {"event": "model", "uuid": "m1", "model": "openai/gpt-4o", "input": [{"role": "user", "content": "attachment://a"}],
         "timestamp": "2026-11-20T10:00:00+00:00", "completed": "2026-11-20T10:00:01+00:00",
         "output": {"choices": [{"message": {"role": "assistant", "content": "no"}, "stop_reason": "content_filter"}],
                    "usage": {"input_tokens": 5, "output_tokens": 2, "input_tokens_cache_read": 7}}},
    ],
    "attachments": {"a": "a long text"},
}  # fmt: skip
HEAD = {
    "version": 2,
    "status": "success",
    "eval": {"eval_id": "e", "run_id": "r", "task": "t", "task_id": "i", "model": "m"},
}


def archive(
    path: Path, *samples: dict[str, Any], head: dict[str, Any] | None = None, method: int = zipfile.ZIP_DEFLATED
) -> Path:
    with zipfile.ZipFile(path, "w", method) as file:
        file.writestr("_journal/start.json", json.dumps({"version": 2, "eval": HEAD["eval"]}))
        for sample in samples:
            file.writestr(f"samples/{sample['id']}_epoch_{sample['epoch']}.json", json.dumps(sample))
        if head is not None:
            file.writestr("header.json", json.dumps(head))
    return path


@pytest.mark.parametrize("name", FILES)
def test_it_is_recognised_by_its_content(name: str, tmp_path: Path) -> None:
    path = tmp_path / "x"
    shutil.copy(DATA / "inspect_ai" / name, path)
    found = find_format(Head(path))
    assert found is not None
    assert found.title.startswith("Inspect AI")


def test_another_archive_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "x.zip"
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("a.txt", "a")
    assert find_format(Head(path)) is None


@pytest.mark.parametrize(("name", "log"), FILES.items())
def test_samples_calls_tokens_and_scores_are_those_of_inspect(name: str, log: dict[str, Any]) -> None:
    reading = read_source(InspectLog(DATA / "inspect_ai" / name))
    spans = reading.spans.values()
    kinds = Counter(span.kind for span in spans)
    assert len({span.trace_id for span in spans}) == log["samples"]
    assert kinds["generation"] == log["event_kinds"]["model"]
    assert kinds["tool"] == log["event_kinds"].get("tool", 0)
    assert kinds["chain"] == log["event_kinds"]["span_begin"] + log["samples"]
    (usage,) = log["usage"].values()
    assert sum(span.usage.input or 0 for span in spans) == usage["input_tokens"]
    assert sum(span.usage.cache_read or 0 for span in spans) == usage["input_tokens_cache_read"]
    assert sum(span.usage.output or 0 for span in spans) == usage["output_tokens"]
    assert sum(span.parent_id is None and span.status == "error" for span in spans) == log["sample_errors"]
    found = Counter((score.name, score.label or score.value) for score in reading.scores)
    assert found == Counter((key, value) for row in log["sample_rows"] for key, value in row["scores"].items())


def test_a_call_has_its_conversation_its_tools_and_its_calls() -> None:
    source = InspectLog(DATA / "inspect_ai" / "orders.eval")
    reading = read_source(source)
    calls = [key for key, span in reading.spans.items() if span.kind == "generation"]
    first, second = (source.payload(reading.spans[key], reading.references[key]) for key in calls[:2])
    assert isinstance(first.input, tuple)
    assert [message.role for message in first.input] == ["system", "user"]
    assert first.input[0].parts[0] == Text(
        "You are the support assistant of a small independent bookshop. Be brief, kind and exact. Never promise a delivery"
        " date that the order tool did not return."
    )
    assert [tool.name for tool in first.tools] == ["get_order"]
    assert isinstance(first.output, tuple)
    assert next(part for part in first.output[0].parts if isinstance(part, ToolCall)).arguments == {
        "order_id": "BX-1017"
    }
    assert isinstance(second.input, tuple)
    assert isinstance(second.input[-1].parts[0], ToolResult)


def test_a_tool_is_within_the_span_that_was_opened_for_it() -> None:
    source = InspectLog(DATA / "inspect_ai" / "orders.eval")
    reading = read_source(source)
    key, tool = next((key, span) for key, span in reading.spans.items() if span.kind == "tool")
    assert reading.spans[tool.trace_id, tool.parent_id or ""].name == "get_order"
    payload = source.payload(tool, reading.references[key])
    assert payload.input == {"order_id": "BX-1017"}
    assert "Stoner" in str(payload.output)


def test_what_failed_says_why() -> None:
    spans = read_source(InspectLog(DATA / "inspect_ai" / "flaky.eval")).spans.values()
    messages = {span.status_message for span in spans if span.status == "error"}
    assert messages == {"RuntimeError('solver crashed ✂')"}


def test_a_sample_has_its_run_task_tags_and_epoch() -> None:
    run = Eval.of({**HEAD, "eval": {**HEAD["eval"], "tags": ["nightly"]}})
    root, call = (node.span for node in nodes_of(SAMPLE, run))
    assert (root.name, root.session_id, root.feature, root.tags) == ("t/s1 (epoch 2)", "r", "t", ("nightly",))
    assert (call.status, call.provider, call.usage.input, call.usage.cache_read) == ("refused", "openai", 5, 7)
    assert payload_of(nodes_of(SAMPLE, run)[1], SAMPLE, "").input == (Message("user", (Text("a long text"),)),)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (True, (True, None)),
        (0.5, (0.5, None)),
        ("C", (None, "C")),
        ([1, 2], (None, "[1, 2]")),
        ({"a": 1}, (None, '{"a": 1}')),
    ],
)
def test_every_kind_of_score_is_kept(value: object, expected: tuple[object, object]) -> None:
    (score,) = scores_of({"scores": {"x": {"value": value}}}, "t")
    assert (score.value, score.label) == expected


def test_a_log_without_events_shows_its_answer() -> None:
    sample = {
        **SAMPLE, "events": [], "messages": [{"role": "user", "content": "hi"}, {"role": "assistant", "content": "ho"}],
        "output": {"model": "m", "choices": [{"message": {"role": "assistant", "content": "ho"}, "stop_reason": "stop"}]},
        "model_usage": {"m": {"input_tokens": 3, "output_tokens": 4}},
    }  # fmt: skip
    nodes = nodes_of(sample, Eval.of(HEAD))
    assert [node.span.kind for node in nodes] == ["chain", "generation"]
    assert nodes[1].span.usage.output == 4
    assert payload_of(nodes[1], sample, "").input == (Message("user", (Text("hi"),)),)


def test_a_run_in_progress_grows(tmp_path: Path) -> None:
    path = archive(tmp_path / "run.eval", SAMPLE)
    source = InspectLog(path)
    first = read_source(source)
    assert len(first.spans) == 2
    assert not source.changed(first.cursor)
    archive(path, SAMPLE, {**SAMPLE, "id": 7, "uuid": "u2"})
    assert source.changed(first.cursor)
    second = read_source(source, first.cursor)
    assert {span.trace_id for span in second.spans.values()} == {"u2"}
    archive(path, {**SAMPLE, "scores": {"match": {"value": "I"}}}, {**SAMPLE, "id": 7, "uuid": "u2"}, head=HEAD)
    third = read_source(source, second.cursor)
    assert third.batches[0].forget == {"u1"}
    assert [score.label for score in third.scores] == ["I"]
    archive(path, SAMPLE)
    assert "lost samples" in read_source(source, third.cursor).notices[0]


def test_an_archive_that_is_being_written_is_said_and_read_later(tmp_path: Path) -> None:
    path = archive(tmp_path / "run.eval", SAMPLE)
    whole = path.read_bytes()
    source = InspectLog(path)
    cursor = read_source(source).cursor
    path.write_bytes(whole[:-30])
    with pytest.raises(UnreadableSource, match="not whole"):
        read_source(source, cursor)
    path.write_bytes(whole)
    assert read_source(source, cursor).batches


@pytest.mark.parametrize("wrap", [bytes, gzip.compress, lambda data: b"\xef\xbb\xbf" + data])
def test_json_logs_are_read_however_they_are_wrapped(tmp_path: Path, wrap: Any) -> None:
    path = tmp_path / "log.json"
    document = {**HEAD, "samples": [SAMPLE, 5, {"id": 1}, {**SAMPLE, "uuid": None, "id": 3}]}
    path.write_bytes(wrap(json.dumps(document, indent=2).encode()))
    assert InspectLog.recognise(Head(path))
    reading = read_source(InspectLog(path))
    assert {span.trace_id for span in reading.spans.values()} == {"u1", "e/3/2"}
    assert [skip.reason for skip in reading.skipped] == ["not a sample: no id and epoch"] * 2


def test_a_damaged_sample_is_skipped_with_its_reason(tmp_path: Path) -> None:
    path = tmp_path / "log.eval"
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("header.json", json.dumps(HEAD))
        file.writestr("samples/1_epoch_1.json", '{"id": 1')
        file.writestr("samples/s1_epoch_2.json", json.dumps(SAMPLE))
    reading = read_source(InspectLog(path))
    assert len(reading.spans) == 2
    assert "samples/1_epoch_1.json" in reading.skipped[0].reason


def test_a_member_that_inflates_without_end_is_skipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tracetui.sources.inspect_archive.LARGEST", 100_000)
    path = archive(tmp_path / "log.eval", {**SAMPLE, "filler": "x" * 1_000_000})
    reading = read_source(InspectLog(path))
    assert not reading.spans
    assert "larger than" in reading.skipped[0].reason


def test_ratings_go_beside_the_log(tmp_path: Path) -> None:
    path = archive(tmp_path / "log.eval", SAMPLE, head=HEAD)
    before = path.read_bytes()
    with closing(tracetui.open(tmp_path)) as workspace:
        workspace.score("u1", None, "quality", value=1.0)
        workspace.catch_up()
        assert workspace.stats()["scores"]["quality"]["count"] == 1
        workspace.undo()
    assert path.read_bytes() == before
    assert (tmp_path / "log.eval.scores.jsonl").exists()
    assert isinstance(read_source(InspectLog(path)).scores[0], Score)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(
        ["event", "uuid", "span_id", "id", "type", "name", "output", "usage", "choices", "message", "input", "events", "timestamp", "scores", "value", "error", "attachments", "input_refs", "events_data", "messages", "tool_calls", "function"]
    ), inner, max_size=5),
    max_leaves=25,
)  # fmt: skip
EVENT = st.fixed_dictionaries(
    {"event": st.sampled_from(["model", "tool", "span_begin", "span_end", "step", "score", "state", "x"])},
    optional=dict.fromkeys(("id", "uuid", "span_id", "parent_id", "name", "type", "action", "output", "input", "events", "error", "timestamp", "function"), JSON),
)  # fmt: skip


@settings(max_examples=150)
@given(events=st.lists(EVENT, max_size=8) | JSON, rest=st.dictionaries(st.sampled_from(
    ["messages", "output", "scores", "attachments", "events_data", "error", "metadata", "model_usage", "input", "started_at"]), JSON))  # fmt: skip
def test_no_sample_breaks_the_reader(events: object, rest: dict[str, Any]) -> None:
    sample = {"id": 1, "epoch": 1, **rest, "events": events}
    nodes = nodes_of(sample, Eval.of({}))
    assert nodes[0].span.parent_id is None
    for node in nodes:
        payload_of(node, sample, "")
    scores_of(sample, "t")


def test_an_archive_of_a_later_version_of_zip_is_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "later.eval"
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("header.json", json.dumps(HEAD))
    content = bytearray(path.read_bytes())
    content[content.index(b"PK\x01\x02") + 6] = 64  # the version that is needed to extract
    path.write_bytes(content)
    with pytest.raises(UnreadableSource, match=r"version 6\.4"):
        read_source(InspectLog(path))


@settings(max_examples=60)
@given(data=st.data())
def test_no_archive_breaks_the_reader(data: st.DataObject, tmp_path_factory: pytest.TempPathFactory) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("header.json", json.dumps(HEAD))
        file.writestr("samples/s1_epoch_2.json", json.dumps(SAMPLE))
    content = bytearray(buffer.getvalue())
    for _ in range(data.draw(st.integers(1, 6))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    path = tmp_path_factory.getbasetemp() / "mutated.eval"
    path.write_bytes(content)
    try:
        reading = read_source(InspectLog(path))
    except UnreadableSource:
        return
    assert reading.spans or reading.skipped or not reading.batches[0].total
