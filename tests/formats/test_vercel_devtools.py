"""DevTools of Vercel's AI SDK: one document, written anew at each step."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.formats.source_reading import read_source, without_zeros
from tests.formats.store_samples import DATA, read_whole
from tracetui.model import Message, Text, ToolCall
from tracetui.sources.head import Head
from tracetui.sources.record_file import RecordFile
from tracetui.sources.vercel_devtools import VercelDevtoolsSource
from tracetui.workspace.formats import find_format

STEPS = DATA / "vercel_devtools" / "generations.json"
FILES = [(STEPS, VercelDevtoolsSource)]


@pytest.mark.parametrize(("path", "kind"), FILES)
def test_the_document_is_recognised_and_its_totals_are_right(
    path: Path, kind: type[RecordFile], tmp_path: Path
) -> None:
    found = find_format(Head(path))
    assert found is not None
    assert found.load() is kind
    truth = json.loads((path.parent / "expected.json").read_text())
    reading, payloads = read_whole(kind(path))
    facts: Any = reading.facts()
    assert facts["traces"] == truth["traces"]
    assert facts["kinds"]["generation"] == truth["generations"]
    assert facts["kinds"]["tool"] == truth["tools"]
    assert facts["models"] == truth["models"]
    assert facts["tokens"] == without_zeros(truth["tokens"])
    generations = [span for span in reading.spans.values() if span.kind == "generation"]
    assert sum(span.status == "error" for span in generations) == truth.get("errors", 0)
    assert all(payload.raw for payload in payloads)


@pytest.mark.parametrize(("path", "kind"), FILES)
def test_a_document_that_is_written_anew_is_no_news_but_what_is_in_it(
    path: Path, kind: type[RecordFile], tmp_path: Path
) -> None:
    copy = tmp_path / path.name
    shutil.copy(path, copy)
    source = kind(copy)
    reading = read_source(source)
    document = json.loads(copy.read_text())
    text = json.dumps({**document, "extra": "x" * 50}, indent=1)
    copy.write_text(text[:-20])
    assert not source.changed(reading.cursor)
    copy.write_text(text)
    assert source.changed(reading.cursor)
    again = read_source(source, reading.cursor)
    assert again.notices == []
    assert again.batches[0].reset
    assert again.spans == reading.spans


def steps_file(folder: Path, *steps: dict[str, Any]) -> Path:
    path = folder / "generations.json"
    own = [{"id": f"s{number}", "run_id": "r", "step_number": number, "model_id": "m", "started_at": f"2026-11-23T09:00:0{number}Z", **step}
           for number, step in enumerate(steps, 1)]  # fmt: skip
    path.write_text(json.dumps({"runs": [{"id": "r", "started_at": "2026-11-23T09:00:00Z"}], "steps": own}))
    return path


def test_a_tool_lasts_until_the_next_step_and_has_its_result() -> None:
    source = VercelDevtoolsSource(STEPS)
    reading = read_source(source)
    tool = next(span for span in reading.spans.values() if span.kind == "tool")
    payload = source.payload(tool, reading.references[tool.trace_id, tool.span_id])
    assert payload.input == {"city": "Ghent"}
    assert payload.output == {"city": "Ghent", "temp": 21, "note": "warm"}
    assert tool.duration_ns == 0


@pytest.mark.parametrize(
    ("usage", "provider", "counts"),
    [
        (
            {"inputTokens": 100, "cachedInputTokens": 40, "outputTokens": 9, "reasoningTokens": 4},
            "openai",
            (60, 40, 9, 4),
        ),
        ({"inputTokens": 100, "cachedInputTokens": 40, "outputTokens": 9}, "anthropic.messages", (100, 40, 9, None)),
        ({"inputTokens": {"total": 100, "cacheRead": 40}, "outputTokens": {"total": 9}}, None, (60, 40, 9, None)),
        ({"inputTokens": {"total": None}, "outputTokens": None}, None, (None, None, None, None)),
        (None, None, (None, None, None, None)),
    ],
)
def test_usage_of_every_version(
    tmp_path: Path, usage: Any, provider: str | None, counts: tuple[int | None, ...]
) -> None:
    path = steps_file(tmp_path, {"duration_ms": 1, "usage": json.dumps(usage), "provider": provider})
    span = next(s for s in read_source(VercelDevtoolsSource(path)).spans.values() if s.kind == "generation")
    assert (span.usage.input, span.usage.cache_read, span.usage.output, span.usage.reasoning) == counts


def test_a_step_runs_until_it_has_a_duration_and_a_filtered_one_is_refused(tmp_path: Path) -> None:
    refused = {"duration_ms": 1, "output": json.dumps({"finishReason": "content-filter", "content": []})}
    path = steps_file(tmp_path, refused, {"duration_ms": None})
    spans = read_source(VercelDevtoolsSource(path)).spans
    assert [(span.kind, span.status) for span in spans.values()] == [
        ("agent", "running"),
        ("generation", "refused"),
        ("generation", "running"),
    ]


def test_a_streamed_answer_is_put_together(tmp_path: Path) -> None:
    call = {"toolCallId": "c", "toolName": "t", "input": '{"a": 1}'}
    output = {"textParts": [{"id": "1", "text": "Hello"}], "reasoningParts": [], "toolCalls": [call]}
    source = VercelDevtoolsSource(steps_file(tmp_path, {"duration_ms": 1, "output": json.dumps(output)}))
    reading = read_source(source)
    payload = source.payload(reading.spans["r", "s1"], reading.references["r", "s1"])
    assert payload.output == (Message("assistant", (Text("Hello"), ToolCall("c", "t", {"a": 1}))),)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


def mutate(value: Any, place: list[int], new: Any) -> Any:
    """The value with something deep within it replaced."""
    if not place or not isinstance(value, dict | list) or not value:
        return new
    if isinstance(value, dict):
        key = sorted(value)[place[0] % len(value)]
        return {**value, key: mutate(value[key], place[1:], new)}
    index = place[0] % len(value)
    return [*value[:index], mutate(value[index], place[1:], new), *value[index + 1 :]]


@settings(max_examples=60)
@given(st.sampled_from(FILES), st.lists(st.integers(0, 20), min_size=1, max_size=6), JSON)
def test_no_document_is_fatal(file: tuple[Path, type[RecordFile]], place: list[int], new: Any) -> None:
    path, kind = file
    source = kind(path)
    document = mutate(json.loads(path.read_text()), place, new)
    given_ = source.map(document, 1)
    assert given_.spans or given_.skipped or document.get("steps") in ({}, [])
    for item, span in enumerate(given_.spans):
        source.unfold(document, item, span, "")
