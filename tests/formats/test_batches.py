from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import tracetui
from tests.formats.export_rows import span
from tests.formats.exports_checking import DATA
from tracetui.model import Usage
from tracetui.sources.batches import BatchFile

INPUT, OUTPUT = DATA / "batches" / "openai-batch-input.jsonl", DATA / "batches" / "openai-batch-output.jsonl"


@pytest.mark.parametrize("paths", [(INPUT, OUTPUT), (OUTPUT, INPUT)])
def test_a_request_and_its_answer_are_one_call_in_any_order(paths: tuple[Path, ...]) -> None:
    workspace = tracetui.open(*paths)
    assert workspace.stats()["spans"] == 11
    assert workspace.stats()["statuses"]["running"] == 0
    identity = "req-543ca622223511a8"
    payload = workspace.payload(identity, identity)
    assert "cargo bike" in str(payload.input)
    assert "two cargo bikes are free" in str(payload.output)
    assert payload.tools[0].name == "find_bike"
    workspace.close()


def test_requests_alone_are_calls_that_wait_for_their_answers() -> None:
    workspace = tracetui.open(INPUT)
    stats = workspace.stats()
    assert stats["statuses"]["running"] == stats["spans"] == stats["kinds"]["generation"]
    workspace.close()


def test_a_batch_is_bought_at_the_price_of_batches() -> None:
    workspace = tracetui.open(OUTPUT)
    prices = [
        node.span.cost.price or "" for trace in workspace.traces() for node in workspace.tree(trace.trace_id).nodes
    ]
    assert any("batch" in price for price in prices)
    workspace.close()


@pytest.mark.parametrize(
    ("result", "message"),
    [
        ({"type": "errored", "error": {"type": "error", "error": {"type": "invalid_request", "message": "no"}}}, "no"),
        ({"type": "canceled"}, "canceled"),
        ({"type": "expired"}, "expired before it was processed"),
    ],
)
def test_what_did_not_succeed_is_an_error(result: dict[str, Any], message: str) -> None:
    found = span(BatchFile, {"custom_id": "a", "result": result})
    assert (found.status, found.status_message, found.end_ns) == ("error", message, None)


def test_cached_tokens_stand_beside_anthropics_input() -> None:
    usage = {"input_tokens": 5, "cache_read_input_tokens": 7, "output_tokens": 2,
             "cache_creation_input_tokens": 4, "cache_creation": {"ephemeral_5m_input_tokens": 4}}  # fmt: skip
    message = {"id": "m", "type": "message", "role": "assistant", "model": "claude-sonnet-4-5", "content": [],
               "stop_reason": "end_turn", "usage": usage}  # fmt: skip
    found = span(BatchFile, {"custom_id": "a", "result": {"type": "succeeded", "message": message}})
    assert found.usage == Usage(5, 7, 4, 2)


def test_a_response_that_was_filtered_is_refused() -> None:
    body = {"object": "response", "id": "r", "created_at": 1793600031, "model": "gpt-5", "status": "incomplete",
            "incomplete_details": {"reason": "content_filter"}, "output": [],
            "usage": {"input_tokens": 5, "input_tokens_details": {"cached_tokens": 2}, "output_tokens": 1}}  # fmt: skip
    found = span(
        BatchFile, {"id": "x", "custom_id": "a", "response": {"status_code": 200, "body": body}, "error": None}
    )
    assert (found.status, found.usage, found.start_ns) == ("refused", Usage(3, 2, None, 1), 1793600031 * 10**9)


def test_an_embedding_is_told_by_its_answer() -> None:
    body = {"object": "list", "data": [{"object": "embedding", "embedding": [0.1]}], "model": "text-embedding-3-small",
            "usage": {"prompt_tokens": 5, "total_tokens": 5}}  # fmt: skip
    found = span(BatchFile, {"custom_id": "a", "response": {"status_code": 200, "body": body}, "error": None})
    assert (found.kind, found.model, found.usage.input) == ("embedding", "text-embedding-3-small", 5)


def test_a_line_of_ones_own_log_is_no_stored_answer(tmp_path: Path) -> None:
    from tracetui.sources.head import Head

    path = tmp_path / "log.jsonl"
    path.write_text('{"object": "chat.completion", "choices": [], "latency_ms": 12, "model": "m"}\n')
    assert not BatchFile.recognise(Head(path))
