"""Helicone's manual log: calls, tools and other steps that the program tells afterwards."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.collector.conftest import Client, Settled
from tests.unit.collector.test_proxy import ANSWER, ASKED
from tests.unit.collector.upstream_server import Upstream
from tests.unit.wire.test_answer_stream import ANTHROPIC, CHAT
from tracetui.model import Text

TIMING = {
    "startTime": {"seconds": 1_795_000_000, "milliseconds": 250},
    "endTime": {"seconds": 1_795_000_002, "milliseconds": 0},
}
META = {"Helicone-Session-Id": "s1", "Helicone-Session-Path": "/a/b", "Helicone-User-Id": "maria", "Helicone-Auth": "Bearer sk-log-12345"}  # fmt: skip


def logged(
    asked: Any = ASKED, url: str = "https://api.openai.com/v1/chat/completions", **answered: Any
) -> dict[str, Any]:
    return {
        "providerRequest": {"url": url, "json": asked, "meta": META},
        "providerResponse": {"status": 200, "headers": {}, **answered},
        "timing": TIMING,
    }


def test_a_call_is_stored_as_if_it_had_passed(caller: Client, upstream: Upstream, settled: Settled) -> None:
    answer = caller.post_json("/custom/v1/log", logged(json=ANSWER), authorization="Bearer sk-log-12345")
    assert (answer.status, answer.json) == (200, {"data": None, "error": None})
    ((span, payload),) = settled()
    assert (span.trace_id, span.name, span.user_id, span.kind) == ("s1", "b", "maria", "generation")
    assert (span.model, span.provider, span.usage.input) == ("gpt-5-2026", "openai", 3)
    assert (span.start_ns, span.duration_ns, span.ttft_ns) == (1_795_000_000_250_000_000, 1_750_000_000, None)
    assert (payload.input[0].parts, payload.output[0].parts) == ((Text("hi"),), (Text("hello"),))
    assert "sk-log" not in payload.raw + str(payload.attributes)
    assert upstream.asked == []


@pytest.mark.parametrize(
    ("path", "body", "provider", "tokens"),
    [("/oai/v1/log", CHAT, "openai", 3), ("/anthropic/v1/log", ANTHROPIC, "anthropic", 9)],
)
def test_the_text_of_a_stream_is_read_as_one(
    caller: Client, upstream: Upstream, settled: Settled, path: str, body: bytes, provider: str, tokens: int
) -> None:
    given = logged(url=f"https://api.{provider}.com/v1/messages", textBody=body.decode())
    given["timing"] = {**TIMING, "timeToFirstToken": 120}
    assert caller.post_json(path, given).status == 200
    ((span, _),) = settled()
    assert (span.provider, span.usage.input, span.ttft_ns) == (provider, tokens, 120_000_000)
    assert upstream.asked == []


@pytest.mark.parametrize(
    ("asked", "kind", "name", "said"),
    [
        ({"_type": "tool", "toolName": "get_order", "input": {"id": 7}}, "tool", "get_order", {"id": 7}),
        ({"_type": "vector_db", "databaseName": "books", "query": "x"}, "retriever", "books", "x"),
        ({"_type": "data", "name": "clean", "a": 1}, "span", "clean", {"_type": "data", "name": "clean", "a": 1}),
    ],
)
def test_steps_of_the_program_have_their_own_kind(
    caller: Client, settled: Settled, asked: dict[str, Any], kind: str, name: str, said: Any
) -> None:
    given = logged(asked, "custom-model-nopath", json={"status": "shipped"})
    assert caller.post_json("/v1/trace/custom/v1/log", given).status == 200
    ((span, payload),) = settled()
    assert (span.kind, span.name, span.model, span.provider) == (kind, name, None, None)
    assert (payload.input, payload.output) == (said, {"status": "shipped"})


def test_a_model_of_ones_own_has_no_provider(caller: Client, settled: Settled) -> None:
    caller.post_json(
        "/custom/v1/log", logged({"model": "mine", "messages": []}, "custom-model-nopath", json={"choices": []})
    )
    ((span, _),) = settled()
    assert (span.kind, span.model, span.provider) == ("generation", "mine", None)


def test_a_failed_call_is_an_error(caller: Client, settled: Settled) -> None:
    caller.post_json("/custom/v1/log", logged(json={"error": {"message": "no"}}, status=429))
    ((span, _),) = settled()
    assert (span.status, span.status_message) == ("error", "no")


@pytest.mark.parametrize("document", [[], {}, {"providerRequest": {}}, {"providerRequest": 5}])
def test_what_is_no_call_is_refused(caller: Client, document: Any) -> None:
    assert caller.post_json("/custom/v1/log", document).status == 400


@pytest.mark.parametrize(
    "timing", [{}, {"startTime": {"seconds": 1e300}}, {"startTime": {"seconds": "x"}, "endTime": 5}]
)
def test_odd_times_are_those_of_the_log(caller: Client, settled: Settled, timing: Any) -> None:
    caller.post_json("/custom/v1/log", {**logged(json=ANSWER), "timing": timing})
    ((span, _),) = settled()
    assert span.start_ns > 1_700_000_000_000_000_000
