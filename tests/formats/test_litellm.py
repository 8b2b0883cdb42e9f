from __future__ import annotations

from typing import Any

import pytest

from tests.formats.export_rows import payload, row_of, span
from tests.formats.exports_checking import check, expected
from tracetui.model import Usage
from tracetui.sources.litellm import LitellmExport

NAME = "spend_logs.jsonl"


def call(**changes: Any) -> dict[str, Any]:
    return row_of("litellm", NAME, 1, **changes)


def test_a_dump_of_the_table_holds_what_is_expected() -> None:
    name = "litellm_spendlogs/LiteLLM_SpendLogs.csv"
    # Two of the samples are of traces whose id is in no column.
    sample, *_ = expected("tables")[name]["samples"]
    check("tables", name, ("samples",))
    assert sample["span"].startswith("chatcmpl-")


@pytest.mark.parametrize(
    ("session", "is_trace"),
    [("7b8a493aeb9e16d2ed183a98cf1afc49", True), ("aaaaaaaa-aaaa-aaaa-b511-2890986fe17e", True), ("sess-03", False)],
)
def test_a_session_that_a_caller_named_is_a_session(session: str, is_trace: bool) -> None:
    found = span(LitellmExport, call(session_id=session))
    assert (found.trace_id == session, found.session_id == session) == (is_trace, not is_trace)


def test_an_answer_that_was_not_streamed_has_no_first_token() -> None:
    row = call()
    assert span(LitellmExport, row).ttft_ns == 711_000_000
    assert span(LitellmExport, {**row, "completionStartTime": row["endTime"]}).ttft_ns is None


@pytest.mark.parametrize(("hit", "usd"), [("True", 0.0), ("False", None), ("None", None), ("", None)])
def test_nothing_spent_is_free_only_where_the_cache_answered(hit: str, usd: float | None) -> None:
    assert span(LitellmExport, call(spend=0.0, cache_hit=hit)).cost.usd == usd


def test_what_was_not_stored_is_not_empty() -> None:
    found = payload(LitellmExport, call(messages={}, response={}))
    assert (found.input, found.output) == (None, None)


def test_the_prompt_may_be_kept_in_the_request() -> None:
    request = {"model": "m", "messages": [{"role": "user", "content": "hi"}]}
    found = payload(LitellmExport, call(messages="{}", proxy_server_request=request))
    assert "hi" in str(found.input)


def test_cached_tokens_of_any_provider_are_inside_the_prompt() -> None:
    usage = {
        "prompt_tokens": 10,
        "completion_tokens": 2,
        "cache_read_input_tokens": 6,
        "cache_creation_input_tokens": 1,
    }
    row = call(prompt_tokens=10, completion_tokens=2, total_tokens=12, metadata={"usage_object": usage})
    assert span(LitellmExport, row).usage == Usage(3, 6, 1, 2)


@pytest.mark.parametrize(
    ("word", "kind"),
    [("acompletion", "generation"), ("aembedding", "embedding"), ("arerank", "reranker"), ("call_mcp_tool", "tool"),
     ("anthropic_messages", "generation"), ("image_generation", "generation")],
)  # fmt: skip
def test_the_type_of_the_call_is_the_kind(word: str, kind: str) -> None:
    assert span(LitellmExport, call(call_type=word)).kind == kind
