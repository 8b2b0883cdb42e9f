"""The real SDKs make one small agent run, and `tracetui stats` and `show` say what it was."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest

from tests.sdks.conftest import Collector, run_program
from tests.sdks.fake_models import ANSWER, ARGUMENTS, REFUSED

RESULT = {"order": 1042, "state": "shipped"}
OPENAI_TOKENS = {"input": 62, "cache_read": 188, "cache_write": 0, "output": 30, "reasoning": 8}
CLAUDE_TOKENS = {"input": 62, "cache_read": 188, "cache_write": 16, "output": 30, "reasoning": 0}
UNSPLIT_TOKENS = {"input": 250, "cache_read": 0, "cache_write": 0, "output": 30, "reasoning": 0}
"""Vercel's SDK leaves the details of the counts out of the spans of `generateText`."""
AGENT_RUN = {"agent": 1, "generation": 3, "tool": 1}
DATADOG_AGENT = {"DD_LLMOBS_ENABLED": "1", "DD_LLMOBS_AGENTLESS_ENABLED": "0", "DD_TRACE_AGENT_URL": "{url}"}
"""As in docs/collector.md."""


class Sdk(NamedTuple):
    """A program, the environment it runs in, what it is told, and what it sends."""

    program: str
    environment: str
    connect: str
    kinds: dict[str, int] = AGENT_RUN
    failed: int = 1
    traces: int = 1
    tokens: dict[str, int] = OPENAI_TOKENS
    model: str = "gpt-4.1-mini"
    is_scored: bool = False
    has_first_token: bool = True
    more: dict[str, str] = {}

    def __str__(self) -> str:
        return f"{self.program}-{'agent' if self.more is DATADOG_AGENT else self.connect}"


SDKS = [
    Sdk("anthropic_openinference", "anthropic", "otel", tokens=CLAUDE_TOKENS, model="claude-sonnet-4-5"),
    Sdk("openai_genai", "openai", "otel"),
    Sdk("traceloop_run", "traceloop", "otel", more={"TRACELOOP_BASE_URL": "{url}"}),
    # The call of an agent that fails is a second agent.
    Sdk("logfire_pydantic_ai", "logfire", "otel", {"span": 1, "agent": 2, "generation": 3, "tool": 1}, failed=2),
    # A tool is only a span to version 2, and the agent is the trace.
    Sdk("langfuse_v2", "langfuse2", "langfuse", {"generation": 3, "span": 1}, is_scored=True),
    Sdk("langfuse_current", "langfuse", "langfuse", is_scored=True),
    Sdk("langsmith_run", "langsmith", "langsmith", {"chain": 1, "generation": 3, "tool": 1}, is_scored=True),
    # Two nodes of a graph around the calls; the call that failed is a trace of its own.
    Sdk("langchain_agent", "langchain", "langsmith", {"chain": 4, "generation": 3, "tool": 1}, traces=2),
    Sdk("ddtrace_run", "ddtrace", "datadog", is_scored=True),
    Sdk("ddtrace_run", "ddtrace", "", is_scored=True, more=DATADOG_AGENT),
    Sdk("vercel_ai", "vercel", "otel", {"span": 1, "chain": 2, "generation": 3, "tool": 1}, failed=2, tokens=UNSPLIT_TOKENS),
]  # fmt: skip


STREAMING = ("openai_genai", "langfuse_v2", "langfuse_current", "langsmith_run")
STREAMED = [
    *[sdk for sdk in SDKS if sdk.program in STREAMING],
    *[sdk._replace(has_first_token=False) for sdk in SDKS if sdk.program == "anthropic_openinference"],
    # Nor has a stream the reasoning part with these.
    *[sdk._replace(tokens={**OPENAI_TOKENS, "reasoning": 0}) for sdk in SDKS if sdk.program == "traceloop_run"],
    *[sdk._replace(has_first_token=False) for sdk in SDKS if sdk.connect == "datadog"],
    *[sdk._replace(tokens=OPENAI_TOKENS) for sdk in SDKS if sdk.program == "vercel_ai"],
    Sdk("proxied", "openai", "openai", {"generation": 3}),
    Sdk("proxied", "anthropic", "anthropic", {"generation": 3}, tokens=CLAUDE_TOKENS, model="claude-sonnet-4-5"),
]
"""What can stream; whether the time to the first token is sent differs."""


def spans(nodes: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Every span of a tree, in its order."""
    for node in nodes:
        yield node
        yield from spans(node["children"])


def parts(content: Any, kind: str) -> list[dict[str, Any]]:
    """The parts of messages that are of a kind."""
    return [part for message in content for part in message["parts"] if part["type"] == kind]


def without_zeros(counts: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in counts.items() if value}


def send(collector: Collector, sdk: Sdk, models_url: str) -> None:
    told = collector.variables(sdk.connect) if sdk.connect else {}
    told |= {name: value.format(url=f"http://{collector.address}") for name, value in sdk.more.items()}
    run_program(sdk.program, sdk.environment, models_url, collector.folder, told)


@pytest.mark.parametrize("sdk", SDKS, ids=str)
def test_an_agent_run_is_told_as_it_was(collector: Collector, models_url: str, sdk: Sdk) -> None:
    send(collector, sdk, models_url)
    found = collector.stats()
    assert found["traces"] == sdk.traces
    assert without_zeros(found["kinds"]) == sdk.kinds
    assert without_zeros(found["statuses"]) == {"success": sum(sdk.kinds.values()) - sdk.failed, "error": sdk.failed}
    assert found["tokens"] == sdk.tokens
    assert found["models"] == {sdk.model: 2, f"{sdk.model}-fails": 1}
    assert (found["users"], found["sessions"]) == (1, 1)
    rated = {"user_rating": {"count": 1, "mean": 1.0, "labels": {}}} if sdk.is_scored else {}
    assert found["scores"] == rated
    traces = collector.traces()
    assert {(trace["trace"]["user_id"], trace["trace"]["session_id"]) for trace in traces} == {("ada", "session-7")}
    check_steps(
        sorted((step for trace in traces for step in spans(trace["root"])), key=lambda step: str(step["start"]))
    )


@pytest.mark.parametrize("sdk", STREAMED, ids=str)
def test_a_streamed_answer_is_told_as_a_whole_one(collector: Collector, models_url: str, sdk: Sdk) -> None:
    send(collector, sdk._replace(more={**sdk.more, "STREAM": "1"}), models_url)
    found = collector.stats()
    assert without_zeros(found["kinds"]) == sdk.kinds
    assert (found["tokens"], found["statuses"]["error"]) == (sdk.tokens, sdk.failed)
    (trace,) = collector.traces()
    first, second, _ = [step for step in spans(trace["root"]) if step["kind"] == "generation"]
    (call,) = parts(first["output"], "tool_call")
    assert (call["name"], call["arguments"]) == ("find_order", ARGUMENTS)
    assert ANSWER in (second["output"] if isinstance(second["output"], str) else texts(second["output"]))
    assert [step["ttft_ms"] is not None for step in (first, second)] == [sdk.has_first_token] * 2


def texts(content: Any) -> list[str]:
    return [part["text"] for part in parts(content, "text")]


def check_steps(steps: list[dict[str, Any]]) -> None:
    """A call of the tool, the tool, the answer, and the call that failed, each with what was said."""
    first, second, failed = [step for step in steps if step["kind"] == "generation"]
    (call,) = parts(first["output"], "tool_call")
    assert (call["name"], call["arguments"]) == ("find_order", ARGUMENTS)
    (told,) = parts(second["input"], "tool_result")
    assert in_json(told["content"]) == RESULT
    assert texts(second["output"]) == [ANSWER]
    assert failed["status"] == "error"
    assert REFUSED in failed["status_message"]
    assert ANSWER not in json.dumps(failed["output"])
    (tool,) = [
        step for step in steps if step["input"] == ARGUMENTS or step["input"] == {"args": [], "kwargs": ARGUMENTS}
    ]
    assert RESULT in (tool["output"], in_json((tool["output"].get("output") or {}).get("content")))


def in_json(content: Any) -> Any:
    return json.loads(content) if isinstance(content, str) else content


def test_the_snippet_of_langfuse_2_runs_unchanged(collector: Collector, models_url: str) -> None:
    send(collector, Sdk("langfuse_snippet", "langfuse2", "langfuse"), models_url)
    found = collector.stats()
    assert (found["traces"], found["spans"], without_zeros(found["kinds"])) == (1, 1, {"generation": 1})
    assert (found["tokens"]["input"], found["tokens"]["output"]) == (100, 20)
    assert (found["models"], found["users"], found["sessions"]) == ({"claude-sonnet-4-5": 1}, 1, 1)
    assert found["scores"] == {"user_rating": {"count": 1, "mean": 1.0, "labels": {}}}


@pytest.mark.parametrize("environment", ["langfuse2", "langfuse"])
def test_a_prompt_comes_from_its_file_and_its_call_names_the_version(
    collector: Collector, models_url: str, environment: str
) -> None:
    (collector.folder / "prompts").mkdir()
    (collector.folder / "prompts" / "answer-v3.txt").write_text("Say where {{order}} is.")
    send(collector, Sdk("langfuse_prompt", environment, "langfuse"), models_url)
    (trace,) = collector.traces()
    (call,) = [step for step in spans(trace["root"]) if step["kind"] == "generation"]
    assert call["prompt"] == {"name": "answer-v3", "version": "3"}
    assert "Say where 1042 is." in json.dumps(call["input"])


@pytest.mark.parametrize(
    ("name", "model", "tokens"),
    [("openai", "gpt-4.1-mini", OPENAI_TOKENS), ("anthropic", "claude-sonnet-4-5", CLAUDE_TOKENS)],
)
def test_the_variable_that_connect_prints_sends_a_package_through_the_proxy(
    collector: Collector, models_url: str, name: str, model: str, tokens: dict[str, int]
) -> None:
    send(collector, Sdk("proxied", name, name), models_url)
    found = collector.stats()
    assert without_zeros(found["kinds"]) == {"generation": 3}
    assert found["models"] == {model: 2, f"{model}-fails": 1}
    assert (found["tokens"], found["statuses"]["error"]) == (tokens, 1)
    (trace,) = collector.traces()
    assert (trace["trace"]["user_id"], trace["trace"]["session_id"]) == ("ada", "session-7")
    first, second, failed = spans(trace["root"])
    (call,) = parts(first["output"], "tool_call")
    assert (call["name"], call["arguments"]) == ("find_order", ARGUMENTS)
    assert texts(second["output"]) == [ANSWER]
    assert REFUSED in failed["status_message"]
