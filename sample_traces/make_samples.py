"""Make the sample traces of a support agent and a documentation bot of an invented shop that sells bicycles parts.

    python sample_traces/make_samples.py [FOLDER]

Same output every time: `support.db` (a tracetui store), `agent.otlp.jsonl` (OTLP JSON lines), `calls.jsonl` (a
hand-rolled log) and `handrolled.db` (a hand-rolled table). All people, orders and answers are invented.
"""

from __future__ import annotations

import json
import random
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from scenarios import DOCUMENTS, IMAGE_DATA, JUDGE_COMMENTS, SCENARIOS, SYSTEM_PROMPTS, TOOLS, USERS, Scenario

START_NS = int(datetime(2026, 11, 16, 7, 30, tzinfo=UTC).timestamp()) * 10**9
DAY_NS = 86_400 * 10**9
MS = 10**6
MODELS = {
    "openai": "gpt-5-mini-2025-08-07",
    "anthropic": "claude-sonnet-4-5-20250929",
    "google": "gemini-2.5-flash",
    "acme": "acme-private-7b",
}
Span = dict[str, Any]


class World:
    """Invents traces; every choice comes from one seeded generator."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.scores: list[dict[str, Any]] = []

    def identifier(self, bits: int) -> str:
        """A random id in hex."""
        return f"{self.random.getrandbits(bits):0{bits // 4}x}"

    def took(self, low_ms: int, high_ms: int) -> int:
        """A duration in ns, mostly near the lower bound."""
        return int(self.random.triangular(low_ms, high_ms, low_ms + (high_ms - low_ms) / 4) * MS)

    def sessions(self, count: int) -> Iterator[list[Span]]:
        """Traces of `count` conversations over eight days; a conversation has one to four turns."""
        for number in range(count):
            day = number * 8 // count
            start = START_NS + day * DAY_NS + int(self.random.betavariate(2, 2) * 12 * 3600 * 10**9)
            user = self.random.choice(USERS)
            session = f"conv-{1041 + number}"
            turns = self.random.choice([1, 1, 2, 2, 3, 4])
            for scenario in self.random.sample(SCENARIOS, k=min(turns, len(SCENARIOS))):
                yield self.turn(scenario, user, session, start, version="4" if day >= 5 else "3")
                start += self.took(40_000, 400_000)

    def turn(self, scenario: Scenario, user: str, session: str, start: int, version: str) -> list[Span]:
        """One question of a user and everything that its answer took."""
        trace = _Trace(self, user, session, version, start)
        name = "docs-bot" if scenario.documents else "support-agent"
        root = trace.add(None, "chain" if scenario.documents else "agent", name, feature=scenario.feature)
        root["input"] = [message("user", scenario.question)]
        if scenario.documents:
            trace.retrieve(root, scenario)
        trace.answer(root, scenario)
        self.rate(trace, root, scenario, version)
        return trace.spans

    def rate(self, trace: _Trace, root: Span, scenario: Scenario, version: str) -> None:
        """Some users rate, a judge samples; version 4 of the prompt promises what the policy does not say."""
        is_bad = root["status"] != "success" or (version == "4" and scenario.v4_answer is not None)
        if self.random.random() < 0.45:
            stars = self.random.choice([1, 1, 2] if is_bad else [4, 4, 5, 5, 3])
            comment = scenario.complaint if is_bad and stars == 1 else None
            self.score(trace, root, None, "user_rating", stars, comment, "human", root["user_id"])
        if self.random.random() < 0.35:
            grounded = 0.2 if is_bad else round(self.random.uniform(0.78, 0.99), 2)
            comment = JUDGE_COMMENTS["bad" if is_bad else "good"]
            self.score(trace, root, trace.last_generation(), "groundedness", grounded, comment, "llm", "judge-v2")
        if self.random.random() < 0.2:
            self.score(trace, root, None, "resolved", not is_bad, None, "api", None)

    def score(
        self, trace: _Trace, root: Span, span: Span | None, name: str, value: float | bool, comment: str | None,
        source: str, author: str | None,
    ) -> None:  # fmt: skip
        """Note a score, given some time after the answer."""
        self.scores.append(
            {
                "id": self.identifier(128), "trace_id": root["trace_id"], "span_id": span and span["span_id"],
                "name": name, "value": value, "comment": comment, "source": source, "author": author,
                "time_ns": trace.clock + self.took(5_000, 90_000),
            }
        )  # fmt: skip


class _Trace:
    """Spans of one trace while they are being invented; `clock` is the present of the invented program."""

    def __init__(self, world: World, user: str, session: str, version: str, start: int) -> None:
        self.world, self.user, self.session, self.version = world, user, session, version
        self.clock = start
        self.trace_id = world.identifier(128)
        self.spans: list[Span] = []

    def add(self, parent: Span | None, kind: str, name: str, **more: Any) -> Span:
        span: Span = {
            "trace_id": self.trace_id, "span_id": self.world.identifier(64),
            "parent_id": parent and parent["span_id"], "kind": kind, "name": name, "start_ns": self.clock,
            "end_ns": None, "status": "success", "user_id": self.user, "session_id": self.session,
            "environment": "production", "release": "2026.11." + ("2" if self.version == "4" else "1"), **more,
        }  # fmt: skip
        self.spans.append(span)
        return span

    def end(self, span: Span, took_ns: int) -> None:
        self.clock += took_ns
        span["end_ns"] = self.clock

    def last_generation(self) -> Span:
        return [span for span in self.spans if span["kind"] == "generation"][-1]

    def retrieve(self, root: Span, scenario: Scenario) -> None:
        """Embed the question, search, re-rank."""
        step = self.add(root, "retriever", "search_docs", tool_name="search_docs")
        step["input"] = {"query": scenario.question, "top_k": 4}
        embedding = self.add(step, "embedding", "embed question", provider="openai", model="text-embedding-3-small")
        embedding["input"] = scenario.question
        embedding["tokens"] = {"input": max(6, len(scenario.question) // 4), "output": 0}
        self.end(embedding, self.world.took(30, 160))
        documents = [DOCUMENTS[key] | {"id": key} for key in scenario.documents]
        step["output"] = [
            {"id": doc["id"], "score": round(0.93 - 0.08 * rank, 3), "content": doc["text"], "title": doc["title"]}
            for rank, doc in enumerate(documents)
        ]
        self.end(step, self.world.took(20, 90))

    def answer(self, root: Span, scenario: Scenario) -> None:
        """Call the model, run the tools that it asks for, and call it again, until it answers."""
        history = self.opening(scenario)
        for call in scenario.calls:
            call_id = "call_" + self.world.identifier(48)
            asked = self.generation(root, scenario, history)
            asked["output"] = [message("assistant", None, [tool_call(call_id, call.tool, call.arguments)])]
            asked["finish_reason"] = "tool_calls"
            self.finish_generation(asked, 40)
            self.tool(root, call.tool, call.arguments, call.result, call.error)
            history = [*history, *asked["output"], tool_message(call_id, call.error or call.result)]
        if scenario.fate == "retry":
            failed = self.generation(root, scenario, history)
            failed.update(status="error", status_message="RateLimitError: 429 too many requests, retry after 2 s")
            self.end(failed, self.world.took(80, 300))
            self.clock += 2000 * MS
        final = self.generation(root, scenario, history)
        self.close(root, final, scenario)

    def opening(self, scenario: Scenario) -> list[dict[str, Any]]:
        system = SYSTEM_PROMPTS["docs" if scenario.documents else self.version]
        if scenario.documents:
            found = "\n\n".join(
                f"[{key}] {DOCUMENTS[key]['title']}\n{DOCUMENTS[key]['text']}" for key in scenario.documents
            )
            system = system.replace("{documents}", found)
        user = message("user", scenario.question)
        if scenario.has_image:
            user["content"] = [
                {"type": "text", "text": scenario.question},
                {"type": "image_url", "image_url": {"url": "data:image/png;base64," + IMAGE_DATA}},
            ]
        return [message("system", system.replace("{customer}", self.user.split("@")[0].title())), user]

    def generation(self, root: Span, scenario: Scenario, history: list[dict[str, Any]]) -> Span:
        provider = scenario.provider
        span = self.add(root, "generation", f"chat {MODELS[provider].rsplit('-20', 1)[0]}")
        span.update(
            provider=provider, model=MODELS[provider], input=list(history), tools=[] if scenario.documents else TOOLS
        )
        span.update(
            prompt_name="docs-answer" if scenario.documents else "answer",
            prompt_version="2" if scenario.documents else self.version,
        )
        return span

    def finish_generation(self, span: Span, words: int) -> None:
        prompt = 1_150 + sum(len(json.dumps(item)) for item in span["input"]) // 4
        cached = 1_024 if self.world.random.random() < 0.55 else 0
        thinking = self.world.random.randrange(60, 400) if span["provider"] != "acme" else 0
        span["tokens"] = {
            "input": prompt - cached,
            "cache_read": cached,
            "output": words * 2 + thinking,
            "reasoning": thinking,
        }
        took = self.world.took(600 + words * 8, 2_600 + words * 25)
        span["ttft_ns"] = took // 4
        self.end(span, took)

    def tool(self, root: Span, name: str, arguments: dict[str, Any], result: Any, error: str | None) -> None:
        span = self.add(root, "tool", name, tool_name=name, input=arguments)
        if error is None:
            span["output"] = result
        else:
            span.update(status="error", status_message=error, output={"error": error})
        self.end(span, 30_000 * MS if error and "Timeout" in error else self.world.took(40, 900))

    def close(self, root: Span, final: Span, scenario: Scenario) -> None:
        """Write the answer into the last generation and the root; one fate leaves both unfinished."""
        text = scenario.v4_answer if self.version == "4" and scenario.v4_answer else scenario.answer
        if scenario.fate == "running":
            root["status"] = final["status"] = "running"
            return
        parts = [{"type": "thinking", "text": scenario.thinking}] if scenario.thinking else []
        final["output"] = [message("assistant", text, thinking=parts)]
        final["finish_reason"] = "stop"
        if scenario.fate == "refused":
            final.update(status="refused", finish_reason="refusal")
            final["output"] = [{"role": "assistant", "parts": [{"type": "refusal", "text": text}]}]
        self.finish_generation(final, len(text.split()))
        if scenario.fate == "error":
            root.update(status="error", status_message="AnswerError: the tool failed and no answer was sent")
        root["output"] = [message("assistant", text)]
        self.end(root, self.world.took(2, 20))


def message(
    role: str, content: str | None, calls: list[Any] | None = None, thinking: list[Any] | None = None
) -> dict[str, Any]:
    """A message in the shape of the OpenAI API, or in ours where the model thought."""
    if thinking:
        return {"role": role, "parts": [*thinking, {"type": "text", "text": content}]}
    return {"role": role, "content": content} | ({"tool_calls": calls} if calls else {})


def tool_call(call_id: str, name: str, arguments: dict[str, Any]) -> dict[str, Any]:
    """A tool call in the shape of the OpenAI API."""
    text = json.dumps(arguments, ensure_ascii=False)
    return {"id": call_id, "type": "function", "function": {"name": name, "arguments": text}}


def tool_message(call_id: str, result: Any) -> dict[str, Any]:
    """The result of a tool as the next message."""
    text = result if isinstance(result, str) else json.dumps(result, ensure_ascii=False)
    return {"role": "tool", "tool_call_id": call_id, "content": text}


def main(folder: Path) -> None:
    """Make the four files anew."""
    from writers import write_calls, write_handrolled, write_otlp, write_store

    for name in ("support.db", "handrolled.db"):
        (folder / name).unlink(missing_ok=True)
    world = World(7)
    traces = list(world.sessions(100))
    orphan = traces[31]
    orphan.remove(next(span for span in orphan if span["parent_id"] is None))
    write_store(folder / "support.db", traces, world.scores)
    write_otlp(folder / "agent.otlp.jsonl", list(World(11).sessions(12)))
    write_calls(folder / "calls.jsonl", list(World(13).sessions(16)))
    write_handrolled(folder / "handrolled.db", list(World(17).sessions(16)))


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parent))
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
