"""Sessions of the OpenAI Agents SDK against what was put into them."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

from tests.formats.source_reading import Reading, read_source
from tests.formats.store_samples import DATA, SAMPLES, run_here
from tracetui.model import Refusal, Usage
from tracetui.sources.openai_agents import OpenAIAgentsSource


@pytest.fixture
def store(tmp_path: Path) -> Path:
    return SAMPLES["openai_agents-conversations"].unpack(tmp_path)


def add_items(store: Path, session: str, *items: object) -> None:
    for item in items:
        text = json.dumps(item).replace("'", "''")
        run_here(
            store,
            f"INSERT OR IGNORE INTO agent_sessions (session_id) VALUES ('{session}')",
            f"INSERT INTO agent_messages (session_id, message_data, created_at) VALUES ('{session}', '{text}', '2026-11-24 10:00:00')",
        )


def spans_of(reading: Reading, session: str) -> list[tuple[str, str, str]]:
    return [(span.kind, span.name, span.status) for span in reading.spans.values() if span.session_id == session]


def test_each_session_has_its_turns_its_calls_and_its_tools(store: Path) -> None:
    reading = read_source(OpenAIAgentsSource(store))
    sessions = json.loads((DATA / "openai_agents" / "expected.json").read_text())["sessions"]
    for session, truth in sessions.items():
        kinds = Counter(kind for kind, _, _ in spans_of(reading, session))
        types = truth["types"]
        assert kinds["agent"] == types["user"]
        assert kinds["tool"] == types["function_call"]
        assert kinds["generation"] == types["message"] + types["function_call"]
    assert {span.session_id for span in reading.spans.values()} == set(sessions)


def test_a_tool_call_has_its_arguments_and_its_result(store: Path) -> None:
    source = OpenAIAgentsSource(store)
    reading = read_source(source)
    key = next(key for key, span in reading.spans.items() if span.kind == "tool")
    payload = source.payload(reading.spans[key], reading.references[key])
    assert payload.input == {"order_id": "BX-2088"}
    assert payload.output == {"order_id": "BX-1017", "status": "in_transit", "carrier": "DPD", "eta": None}


def test_items_of_one_response_are_one_call(store: Path) -> None:
    told = {"provider_data": {"model": "m", "response_id": "r1"}}
    add_items(
        store, "s", {"role": "user", "content": "hi"},
        {"type": "reasoning", "summary": [{"type": "summary_text", "text": "hm"}], **told},
        {"type": "function_call", "call_id": "c1", "name": "a", "arguments": "{}", **told},
        {"type": "function_call", "call_id": "c2", "name": "transfer_to_billing", "arguments": "{}", **told},
        {"type": "function_call_output", "call_id": "c1", "output": "x"},
        {"type": "message", "role": "assistant", "content": [{"type": "refusal", "refusal": "no"}]},
    )  # fmt: skip
    source = OpenAIAgentsSource(store)
    reading = read_source(source)
    assert spans_of(reading, "s") == [
        ("agent", "hi", "success"),
        ("generation", "m", "success"),
        ("tool", "a", "success"),
        ("tool", "transfer_to_billing", "success"),
        ("generation", "generation", "refused"),
    ]
    refused = next(key for key, span in reading.spans.items() if span.status == "refused")
    output = source.payload(reading.spans[refused], reading.references[refused]).output
    assert isinstance(output, tuple)
    assert output[0].parts == (Refusal("no"),)


def test_a_turn_without_an_answer_is_a_trace_of_its_own(store: Path) -> None:
    add_items(store, "s", {"role": "user", "content": "one"}, {"role": "user", "content": "two"})
    reading = read_source(OpenAIAgentsSource(store))
    assert [name for _, name, _ in spans_of(reading, "s")] == ["one", "two"]


def test_an_advanced_session_has_the_tokens_of_each_turn(store: Path) -> None:
    add_items(store, "s", {"role": "user", "content": "hi"}, {"role": "assistant", "content": "ho"})
    run_here(
        store,
        "CREATE TABLE message_structure (id INTEGER PRIMARY KEY, session_id, message_id, branch_id, user_turn_number)",
        "CREATE TABLE turn_usage (id INTEGER PRIMARY KEY, session_id, branch_id, user_turn_number, requests, input_tokens,"
        " output_tokens, total_tokens, input_tokens_details, output_tokens_details)",
        "INSERT INTO message_structure SELECT id, session_id, id, 'main', 1 FROM agent_messages WHERE session_id = 's'",
        """INSERT INTO turn_usage VALUES (1, 's', 'main', 1, 1, 100, 20, 120, '{"cached_tokens": 40}', '{"reasoning_tokens": 5}')""",
    )
    reading = read_source(OpenAIAgentsSource(store))
    root = next(span for span in reading.spans.values() if span.session_id == "s" and span.kind == "agent")
    assert root.usage == Usage(input=60, cache_read=40, output=20, reasoning=5)


def test_tables_may_have_names_of_their_own(store: Path) -> None:
    whole = read_source(OpenAIAgentsSource(store)).spans
    run_here(
        store, "ALTER TABLE agent_messages RENAME TO my_messages", "ALTER TABLE agent_sessions RENAME TO my_sessions"
    )
    assert read_source(OpenAIAgentsSource(store)).spans == whole
