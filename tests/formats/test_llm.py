"""llm's logs.db against what `llm logs list --json` says of the same file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.formats.databases import rows_of
from tests.formats.source_reading import Reading, read_source
from tests.formats.store_samples import DATA, SAMPLES, run_here
from tracetui.model import Media, Message, Payload, Text, Thinking, ToolCall, ToolResult, Unknown
from tracetui.sources.llm import LlmSource

FORMS = [("llm-logs", "expected.json"), ("llm-legacy", "legacy.expected.json")]


def expected_of(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((DATA / "llm" / name).read_text())
    return found


def payload_of(source: LlmSource, reading: Reading, span_id: str) -> Payload:
    key = next(key for key in reading.spans if key[1] == span_id)
    return source.payload(reading.spans[key], reading.references[key])


def texts(messages: Any, role: str) -> list[str]:
    return [
        part.text for message in messages if message.role == role for part in message.parts if isinstance(part, Text)
    ]


@pytest.mark.parametrize(("name", "expected"), FORMS)
def test_the_sums_are_those_of_llm_itself(name: str, expected: str, tmp_path: Path) -> None:
    truth = expected_of(expected)
    reading = read_source(LlmSource(SAMPLES[name].unpack(tmp_path)))
    facts = reading.facts()
    assert facts["traces"] == truth["conversations"]
    assert facts["kinds"] == {"generation": truth["responses"], "tool": truth["tool_calls"]}
    assert facts["models"] == truth["by_model"]
    tokens: Any = facts["tokens"]
    assert tokens["input"] + tokens["cache_read"] == truth["input_tokens"]
    assert tokens["output"] == truth["output_tokens"]
    assert tokens["cache_read"] == 137
    assert tokens["reasoning"] == 1221


@pytest.mark.parametrize(("name", "expected"), FORMS)
def test_each_response_is_told_with_its_prompt_its_answer_and_its_calls(
    name: str, expected: str, tmp_path: Path
) -> None:
    source = LlmSource(SAMPLES[name].unpack(tmp_path))
    reading = read_source(source)
    for row in expected_of(expected)["rows"]:
        span = reading.spans[row["conversation_id"], row["id"]]
        payload = payload_of(source, reading, row["id"])
        said = texts(payload.input, "user")
        if row["prompt_prefix"]:
            assert said[-1].startswith(row["prompt_prefix"]) or row["prompt_prefix"] in "\n".join(said)
        assert "".join(texts(payload.output, "assistant")).startswith(row["response_prefix"])
        assert isinstance(payload.output, tuple)
        calls = [part.name for message in payload.output for part in message.parts if isinstance(part, ToolCall)]
        assert calls == row["tool_calls"]
        assert span.model == row["model"]
        assert (span.usage.input or 0) + (span.usage.cache_read or 0) == row["input_tokens"]


@pytest.mark.parametrize(("name", "_expected"), FORMS)
def test_a_tool_has_its_arguments_its_result_and_its_exception(name: str, _expected: str, tmp_path: Path) -> None:
    source = LlmSource(SAMPLES[name].unpack(tmp_path))
    reading = read_source(source)
    failed = next(span for span in reading.spans.values() if span.kind == "tool" and span.name == "broken")
    assert (failed.status, failed.status_message) == ("error", "ValueError: kaputt 💥")
    payload = payload_of(source, reading, failed.span_id)
    assert payload.input == {"x": "fermentation"}
    assert payload.output == "Error: kaputt 💥"
    caller = reading.spans[failed.trace_id, str(failed.parent_id)]
    assert failed.start_ns == caller.end_ns
    assert failed.end_ns is not None
    assert failed.end_ns > failed.start_ns


@pytest.mark.parametrize(("name", "_expected"), FORMS)
def test_attachments_schemas_fragments_and_tools_are_shown(name: str, _expected: str, tmp_path: Path) -> None:
    source = LlmSource(SAMPLES[name].unpack(tmp_path))
    reading = read_source(source)
    payloads = [
        payload_of(source, reading, span.span_id) for span in reading.spans.values() if span.kind == "generation"
    ]
    parts = [part for payload in payloads for message in payload.input for part in message.parts]
    assert Media("image", "image/png", None, "/home/demo/llm/p.png") in parts
    assert any("Items may be returned" in text for payload in payloads for text in texts(payload.input, "user"))
    assert any("Items may be returned" in text for payload in payloads for text in texts(payload.input, "system"))
    assert sum("schema" in payload.attributes for payload in payloads) == 3
    assert any(isinstance(part, ToolResult) for part in parts)
    assert {tool.name for payload in payloads for tool in payload.tools} >= {"get_order", "broken"}


def test_a_conversation_is_told_from_its_beginning(tmp_path: Path) -> None:
    for number, (name, _) in enumerate(FORMS):
        folder = tmp_path / str(number)
        folder.mkdir()
        source = LlmSource(SAMPLES[name].unpack(folder))
        reading = read_source(source)
        trace_id = min(reading.spans)[0]
        calls = sorted(
            (span for span in reading.spans.values() if span.trace_id == trace_id), key=lambda span: span.start_ns
        )
        roles = [[message.role for message in payload_of(source, reading, span.span_id).input] for span in calls]
        assert roles[2] == ["system", "user", "assistant", "user", "assistant", "user"]


def test_redacted_reasoning_is_not_drawn_as_nothing(tmp_path: Path) -> None:
    source = LlmSource(SAMPLES["llm-logs"].unpack(tmp_path))
    reading = read_source(source)
    span = next(span for span in reading.spans.values() if span.model == "shop-think")
    output = payload_of(source, reading, span.span_id).output
    assert isinstance(output, tuple)
    assert Unknown({"type": "reasoning", "redacted": True}) in output[0].parts


def test_an_upgraded_file_has_both_forms(tmp_path: Path) -> None:
    store = SAMPLES["llm-logs"].unpack(tmp_path)
    old = SAMPLES["llm-legacy"].unpack(tmp_path)
    tables = ("conversations", "tool_calls", "tool_results", "tool_responses", "prompt_fragments")
    copies = [f"INSERT OR IGNORE INTO {table} SELECT * FROM o.{table}" for table in tables]
    columns = [row[1] for row in rows_of(old, "PRAGMA table_info(responses)")]
    names = ", ".join(columns)
    run_here(store, f"ATTACH '{old}' AS o", *copies, f"INSERT INTO responses ({names}) SELECT {names} FROM o.responses",
             "UPDATE responses SET reasoning = 'hm' WHERE rowid = 1")  # fmt: skip
    source = LlmSource(store)
    reading = read_source(source)
    assert reading.facts()["traces"] == 70
    assert reading.facts()["kinds"] == {"generation": 96, "tool": 10}
    ((first,),) = rows_of(store, "SELECT id FROM responses WHERE rowid = 1")
    output = payload_of(source, reading, first).output
    assert isinstance(output, tuple)
    assert output[0].parts[0] == Thinking("hm")


def test_a_response_without_a_conversation_is_a_trace_of_its_own(tmp_path: Path) -> None:
    store = SAMPLES["llm-legacy"].unpack(tmp_path)
    run_here(store, "UPDATE responses SET conversation_id = NULL WHERE rowid <= 3")
    reading = read_source(LlmSource(store))
    assert reading.facts()["kinds"] == {"generation": 48, "tool": 5}
    assert reading.facts()["traces"] == 37


def test_a_turn_that_is_added_shows_with_its_thread(tmp_path: Path) -> None:
    store = SAMPLES["llm-logs"].unpack(tmp_path)
    source = LlmSource(store)
    reading = read_source(source)
    thread = min(reading.spans)[0]
    run_here(
        store,
        "INSERT INTO messages VALUES ('b2:new', 'b2:16dbb3342a589d5bdc9554064a731db6', 'assistant', NULL)",
        "INSERT INTO parts (message_hash, position, type, text) VALUES ('b2:new', 0, 'text', 'Fresh')",
        "INSERT INTO turns (id, thread_id, parent_message_hash, tip_message_hash, model, datetime_utc, duration_ms)"
        f" VALUES ('01zz', '{thread}', 'b2:16dbb3342a589d5bdc9554064a731db6', 'b2:new', 'shop-mini',"
        " '2026-11-20T10:00:00+00:00', 5)",
    )
    again = read_source(source, reading.cursor)
    assert {key[0] for key in again.spans} == {thread}
    assert (thread, "01zz") in again.spans
    assert payload_of(source, again, "01zz").output == (Message("assistant", (Text("Fresh"),)),)
