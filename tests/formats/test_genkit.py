from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.formats.source_reading import read_source
from tests.formats.transcript_truth import Files, text_of, truth
from tracetui.model import Text, Thinking, ToolCall, ToolResult
from tracetui.sources.genkit import GenkitSource
from tracetui.sources.head import Head
from tracetui.workspace.opening import open_source

DATA = Path(__file__).parents[1] / "data" / "genkit"
(TRACE,) = (DATA / ".genkit" / "traces").iterdir()


def test_the_sample_gives_what_was_noted_when_it_was_made() -> None:
    expected = truth(DATA / "expected.json")
    files = Files([open_source(TRACE)])
    spans = files.spans.values()
    assert len(spans) == expected["spans"]
    assert Counter(span.model for span in files.of_kind("generation")) == expected["models"]
    assert Counter(span.status for span in files.of_kind("tool")) == expected["tool_statuses"]
    assert files.tokens() == expected["tokens"]
    (call,) = files.of_kind("generation")
    payload = files.payload(call.trace_id, call.span_id)
    assert (text_of(payload.input), text_of(payload.output)) == ("Dessert?", "Eis")
    (root,) = files.of_kind("agent")
    assert (root.name, root.parent_id, root.start_ns) == ("menuFlow", None, 1782500000000250000)


def span(key: str, subtype: str, **fields: Any) -> dict[str, Any]:
    own = fields.pop("attributes", {})
    attributes = {"genkit:type": "action", "genkit:metadata:subtype": subtype, "genkit:name": key, **own}
    return {"spanId": key, "startTime": 1782500000000.0, "displayName": key, "attributes": attributes, **fields}


def written(path: Path, *spans: dict[str, Any]) -> Path:
    trace = {"displayName": "flow", "startTime": 1, "spans": {item["spanId"]: item for item in spans}}
    path.write_text(json.dumps(trace))
    return path


def test_an_old_file_without_a_trace_id_is_named_by_its_file_and_grows(tmp_path: Path) -> None:
    path = written(tmp_path / "abc123", span("a", "flow"))
    source = GenkitSource(path)
    reading = read_source(source)
    assert reading.spans["abc123", "a"].status == "running"
    written(path, span("a", "flow", endTime=1782500001000.0, status={"code": 2, "message": "boom"}), span("b", "model"))
    grown = read_source(source, reading.cursor)
    assert (grown.spans["abc123", "a"].status, grown.spans["abc123", "a"].status_message) == ("error", "boom")
    assert len(grown.spans) == 2
    assert not grown.notices
    path.write_text(path.read_text()[:-20])
    assert not source.changed(grown.cursor)


def test_the_answer_of_an_older_version_and_its_failure_are_understood(tmp_path: Path) -> None:
    answer = {"candidates": [{"message": {"role": "model", "content": [{"text": "old"}]}}]}
    attributes = {"genkit:output": json.dumps(answer), "genkit:state": "error"}
    files = Files([GenkitSource(written(tmp_path / "t", span("a", "model", attributes=attributes)))])
    assert files.spans["t", "a"].status == "error"
    assert text_of(files.payload("t", "a").output) == "old"


@pytest.mark.parametrize(
    ("subtype", "kind"),
    [("flow", "agent"), ("model", "generation"), ("tool", "tool"), ("embedder", "embedding"), ("retriever", "retriever"),
     ("reranker", "reranker"), ("evaluator", "evaluator"), ("prompt", "chain"), ("other", "span")],
)  # fmt: skip
def test_the_subtype_says_the_kind(tmp_path: Path, subtype: str, kind: str) -> None:
    (found,) = read_source(GenkitSource(written(tmp_path / "t", span("a", subtype)))).spans.values()
    assert found.kind == kind


def test_the_parts_of_messages_are_understood(tmp_path: Path) -> None:
    request = {
        "messages": [{"role": "tool", "content": [{"toolResponse": {"ref": "1", "name": "f", "output": "ok"}}]}],
        "tools": [{"name": "f", "description": "does", "inputSchema": {"type": "object"}}],
    }
    said = [{"reasoning": "hm"}, {"text": "well"}, {"toolRequest": {"ref": "2", "name": "f", "input": {"x": 1}}}]
    answer = {"message": {"role": "model", "content": said}, "finishReason": "stop"}
    attributes = {"genkit:input": json.dumps(request), "genkit:output": json.dumps(answer)}
    files = Files([GenkitSource(written(tmp_path / "t", span("a", "model", attributes=attributes)))])
    payload = files.payload("t", "a")
    assert isinstance(payload.input[0].parts[0], ToolResult)
    assert payload.output[0].parts == (Thinking("hm"), Text("well"), ToolCall("2", "f", {"x": 1}))
    assert payload.tools[0].name == "f"


@pytest.mark.parametrize(
    ("content", "is_one"),
    [
        (TRACE.read_text(), True),
        ('{"traceId":"t","spans":{"a":{"attributes":{"x":1}}}}', False),
        ('{"spans":[]}', False),
    ],
)
def test_it_is_recognised_by_its_attributes(tmp_path: Path, content: str, is_one: bool) -> None:
    path = tmp_path / "x"
    path.write_text(content)
    assert GenkitSource.recognise(Head(path)) is is_one


odd = (
    st.none() | st.booleans() | st.integers() | st.text(max_size=4) | st.lists(st.integers(), max_size=2) | st.floats()
)


@settings(max_examples=60)
@given(st.lists(st.tuples(st.integers(0, 9), st.sampled_from(
    ["spanId", "startTime", "endTime", "attributes", "status", "genkit:input", "genkit:output", "genkit:name", "parentSpanId"],
), odd), max_size=6))  # fmt: skip
def test_no_change_of_a_span_makes_reading_fail(tmp_path_factory: Any, changes: list[tuple[int, str, Any]]) -> None:
    trace = json.loads(TRACE.read_text())
    spans = list(trace["spans"].values())
    for number, key, value in changes:
        holder = spans[number % len(spans)]
        inner = holder["attributes"] if key.startswith("genkit:") and isinstance(holder["attributes"], dict) else holder
        inner[key] = value
    path = tmp_path_factory.mktemp("mutated") / "t"
    path.write_text(json.dumps(trace))
    source = GenkitSource(path)
    reading = read_source(source)
    for key, found in reading.spans.items():
        source.payload(found, reading.references[key])
