#!/usr/bin/env python3
"""Make LLM traces of any size, with the truth about them.

    make_traces.py OUT [--traces 1000] [--seed 1] [--spans 10] [--payload 2000]
                   [--dialect openinference|genai|mixed] [--rate R] [--seconds S] [--append]

OUT's suffix chooses the form:
    .otlp.jsonl   OTLP JSON lines, as the OpenTelemetry Collector's file exporter writes them
                  (one ExportTraceServiceRequest a line, hex ids, int64 as strings);
                  OpenInference attributes, OpenTelemetry GenAI ones, or half of each
    .jsonl        a hand-rolled flat log, one span a line
    .db           a hand-rolled SQLite table `llm_traces`, the same columns

`--spans` is the mean number of spans of a trace (heavy tail, up to 500), `--payload` the median size
of a prompt in characters (heavy tail: the 99th percentile is about 30 times that, a few reach 1 MB).
With `--rate` traces are appended live at R spans a second for S seconds, stamped with the present time.

Prints the truth as one JSON object: traces, spans, kinds, statuses, tokens by bucket (input is fresh),
recorded cost, generations without a recorded cost, users, sessions, models. Same seed, same output.
Needs only the standard library; uses orjson where it is installed.
"""

from __future__ import annotations

import argparse
import json
import math
import random
import sqlite3
import sys
import time
from collections import Counter

try:
    import orjson

    def dumps(value: object) -> bytes:
        return orjson.dumps(value)
except ImportError:

    def dumps(value: object) -> bytes:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


EPOCH_NS = 1_795_000_000 * 10**9
MODELS = [
    ("anthropic", "claude-sonnet-4-5-20250929", 3.0, 15.0),
    ("openai", "gpt-5-mini", 0.25, 2.0),
    ("openai", "gpt-4.1", 2.0, 8.0),
    ("gcp.gemini", "gemini-2.5-flash", 0.3, 2.5),
    ("acme", "acme-private-7b", 0.0, 0.0),
]
FEATURES = ["support-chat", "search", "summarise", "triage", "report"]
TOOLS = ["search_orders", "get_weather", "run_sql", "send_email", "lookup_policy"]
WORDS = [
    "order",
    "refund",
    "shipping",
    "invoice",
    "policy",
    "customer",
    "answer",
    "question",
    "context",
    "search",
    "result",
    "summary",
    "error",
    "timeout",
    "retry",
    "token",
    "model",
    "prompt",
    "system",
    "assistant",
    "please",
    "thanks",
    "the",
    "a",
    "of",
    "to",
    "and",
    "in",
    "is",
    "for",
    "with",
    "on",
    "that",
    "this",
    "was",
    "not",
    "are",
    "be",
    "as",
    "at",
    "by",
    "from",
    "or",
    "an",
    "it",
    "返品",
    "配送",
    "café",
    "naïve",
    "😀",
    "über",
    "straße",
    "número",
]
COLUMNS = [
    "ts",
    "trace_id",
    "span_id",
    "parent_id",
    "kind",
    "name",
    "feature",
    "user_id",
    "session_id",
    "model",
    "provider",
    "messages",
    "response",
    "tool_calls",
    "arguments",
    "result",
    "input_tokens",
    "cache_read_tokens",
    "output_tokens",
    "cost_usd",
    "latency_ms",
    "ttft_ms",
    "status",
    "error",
    "prompt_name",
    "prompt_version",
    "tags",
    "end_ts",
]


class Maker:
    def __init__(self, seed: int, spans: float, payload: int) -> None:
        self.random = random.Random(seed)
        self.mean_spans, self.payload = spans, payload
        pool = random.Random(7)
        self.pool = " ".join(pool.choices(WORDS, k=200_000))
        self.truth = Counter()
        self.kinds, self.statuses, self.models = Counter(), Counter(), Counter()
        self.users, self.sessions = set(), set()
        self.recorded = 0.0

    def text(self, median: float) -> str:
        size = min(int(median * math.exp(self.random.gauss(0, 1.45))) + 8, 1_000_000)
        start = self.random.randrange(len(self.pool) - 1000)
        whole = self.pool[start : start + size]
        return whole + self.pool * ((size - len(whole)) // len(self.pool) + 1) if len(whole) < size else whole

    def trace(self, number: int, start_ns: int | None = None) -> list[dict]:
        """The spans of one trace, parents first; times in ns, tokens in disjoint buckets."""
        r = self.random
        trace_id = f"{r.getrandbits(128):032x}"
        feature, user = r.choice(FEATURES), f"user-{r.randrange(5000)}"
        session = f"sess-{number // 4}"
        count = max(1, min(500, int(self.mean_spans * math.exp(r.gauss(-0.32, 0.8)))))
        at = start_ns if start_ns is not None else EPOCH_NS + number * 30 * 10**9
        root = self.span(trace_id, None, "agent", feature, at, feature, user, session)
        spans, history = (
            [root],
            [
                {"role": "system", "content": "You are a careful assistant. " + self.text(self.payload / 8)},
                {"role": "user", "content": self.text(self.payload / 4)},
            ],
        )
        clock, parent = at + 10**6, root
        for index in range(count - 1):
            turn = index % 3
            if turn == 2 or (index == 0 and r.random() < 0.3):
                span = self.tool(trace_id, parent, clock, feature, user, session)
                history.append({"role": "tool", "content": span["result"][:2000], "tool_call_id": f"call_{index}"})
            else:
                span = self.generation(trace_id, parent, clock, feature, user, session, history[-12:])
                history.append({"role": "assistant", "content": span["response"]})
                if r.random() < 0.4:
                    history.append({"role": "user", "content": self.text(self.payload / 4)})
            clock = span["end_ns"] + r.randrange(10**5, 10**7)
            spans.append(span)
            if r.random() < 0.1 and len(spans) < count:
                parent = self.span(trace_id, r.choice(spans[:5]), "chain", "step", clock, feature, user, session)
                parent["end_ns"] = clock + 10**8
                spans.append(parent)
        root["end_ns"] = clock
        for span in spans:
            self.count(span)
        self.truth["traces"] += 1
        return spans

    def span(
        self, trace_id: str, parent: dict | None, kind: str, name: str, at: int, feature: str, user: str, session: str
    ) -> dict:
        return {
            "trace_id": trace_id,
            "span_id": f"{self.random.getrandbits(64):016x}",
            "parent_id": parent["span_id"] if parent else None,
            "kind": kind,
            "name": name,
            "start_ns": at,
            "end_ns": at + 10**6,
            "feature": feature,
            "user_id": user,
            "session_id": session,
            "status": "success",
        }

    def tool(self, trace_id: str, parent: dict, at: int, feature: str, user: str, session: str) -> dict:
        r = self.random
        span = self.span(trace_id, parent, "tool", r.choice(TOOLS), at, feature, user, session)
        span["arguments"] = {"query": self.text(60), "limit": r.randrange(1, 50)}
        span["result"] = self.text(self.payload / 2)
        span["end_ns"] = at + r.randrange(10**6, 2 * 10**9)
        if r.random() < 0.02:
            span.update(status="error", error="ToolError: upstream answered 503")
        return span

    def generation(
        self, trace_id: str, parent: dict, at: int, feature: str, user: str, session: str, history: list[dict]
    ) -> dict:
        r = self.random
        provider, model, price_in, price_out = r.choice(MODELS)
        span = self.span(trace_id, parent, "generation", "answer", at, feature, user, session)
        response = self.text(self.payload / 3)
        prompt = sum(len(m["content"]) for m in history) // 4 + 5
        cached = prompt // 2 if r.random() < 0.4 else 0
        took = r.randrange(2 * 10**8, 6 * 10**9)
        span.update(
            provider=provider,
            model=model,
            messages=list(history),
            response=response,
            input=prompt - cached,
            cache_read=cached,
            output=len(response) // 4 + 1,
            end_ns=at + took,
            ttft_ns=took // 5,
            prompt_name=f"{feature}-prompt",
            prompt_version=str(r.randrange(1, 4)),
            tags=[feature, "v" + str(r.randrange(3))],
        )
        if r.random() < 0.3:
            span["tool_calls"] = [
                {"id": f"call_{r.randrange(10**6)}", "name": r.choice(TOOLS), "arguments": {"query": self.text(40)}}
            ]
        if r.random() < 0.5 and price_in:
            span["cost_usd"] = round(
                (span["input"] * price_in + cached * price_in / 10 + span["output"] * price_out) / 1e6, 8
            )
        fate = r.random()
        if fate < 0.02:
            span.update(status="error", error="APIStatusError: 529 overloaded", response="", output=0)
        elif fate < 0.03:
            span.update(status="refused", response="I can't help with that.")
        return span

    def count(self, span: dict) -> None:
        self.truth["spans"] += 1
        self.kinds[span["kind"]] += 1
        self.statuses[span["status"]] += 1
        self.users.add(span["user_id"])
        self.sessions.add(span["session_id"])
        if span["kind"] == "generation":
            self.models[span["model"]] += 1
            for bucket in ("input", "cache_read", "output"):
                self.truth[bucket] += span[bucket]
            if "cost_usd" in span:
                self.recorded += span["cost_usd"]
                self.truth["priced"] += 1

    def report(self) -> dict:
        t = self.truth
        return {
            "traces": t["traces"],
            "spans": t["spans"],
            "kinds": dict(self.kinds),
            "statuses": dict(self.statuses),
            "tokens": {k: t[k] for k in ("input", "cache_read", "output")},
            "recorded_usd": round(self.recorded, 6),
            "recorded": t["priced"],
            "users": len(self.users),
            "sessions": len(self.sessions),
            "models": dict(self.models),
        }


def iso(ns: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(ns // 10**9)) + f".{ns % 10**9 // 1000:06d}Z"


def flat(span: dict) -> dict:
    row = {
        "ts": iso(span["start_ns"]),
        "end_ts": iso(span["end_ns"]),
        "latency_ms": (span["end_ns"] - span["start_ns"]) / 1e6,
    }
    for key in (
        "trace_id",
        "span_id",
        "parent_id",
        "kind",
        "name",
        "feature",
        "user_id",
        "session_id",
        "model",
        "provider",
        "messages",
        "response",
        "tool_calls",
        "arguments",
        "result",
        "cost_usd",
        "status",
        "error",
        "prompt_name",
        "prompt_version",
        "tags",
    ):
        if span.get(key) is not None:
            row[key] = span[key]
    if "ttft_ns" in span:
        row["ttft_ms"] = span["ttft_ns"] / 1e6
    if span["kind"] == "generation":
        row["usage"] = {"input": span["input"], "cache_read": span["cache_read"], "output": span["output"]}
    return row


def value(v: object) -> dict:
    if isinstance(v, bool):
        return {"boolValue": v}
    if isinstance(v, int):
        return {"intValue": str(v)}
    if isinstance(v, float):
        return {"doubleValue": v}
    if isinstance(v, list):
        return {"arrayValue": {"values": [value(x) for x in v]}}
    return {"stringValue": v if isinstance(v, str) else json.dumps(v, ensure_ascii=False)}


def openinference(span: dict) -> dict:
    a: dict = {
        "openinference.span.kind": {"generation": "LLM"}.get(span["kind"], span["kind"].upper()),
        "session.id": span["session_id"],
        "user.id": span["user_id"],
        "metadata": {"feature": span["feature"]},
    }
    if span["kind"] == "generation":
        a |= {
            "llm.model_name": span["model"],
            "llm.provider": span["provider"],
            "llm.token_count.prompt": span["input"] + span["cache_read"],
            "llm.token_count.completion": span["output"],
            "llm.token_count.prompt_details.cache_read": span["cache_read"],
            "llm.prompt_template.version": span["prompt_version"],
            "tag.tags": span["tags"],
        }
        for i, m in enumerate(span["messages"]):
            a[f"llm.input_messages.{i}.message.role"], a[f"llm.input_messages.{i}.message.content"] = (
                m["role"],
                m["content"],
            )
        a["llm.output_messages.0.message.role"], a["llm.output_messages.0.message.content"] = (
            "assistant",
            span["response"],
        )
        for i, call in enumerate(span.get("tool_calls", [])):
            p = f"llm.output_messages.0.message.tool_calls.{i}.tool_call."
            a |= {p + "id": call["id"], p + "function.name": call["name"], p + "function.arguments": call["arguments"]}
        if span["status"] == "refused":
            a["llm.finish_reason"] = "refusal"
        if "cost_usd" in span:
            a["llm.cost.total"] = span["cost_usd"]
    elif span["kind"] == "tool":
        a |= {"tool.name": span["name"], "input.value": span["arguments"], "output.value": span["result"]}
    return a


def genai(span: dict) -> dict:
    a: dict = {"gen_ai.conversation.id": span["session_id"], "user.id": span["user_id"], "feature": span["feature"]}
    if span["kind"] == "generation":
        parts = [{"role": m["role"], "parts": [{"type": "text", "content": m["content"]}]} for m in span["messages"]]
        out = [{"type": "text", "content": span["response"]}] + [
            {"type": "tool_call", **c} for c in span.get("tool_calls", [])
        ]
        finish = {"refused": "content_filter", "error": "error"}.get(span["status"], "stop")
        a |= {
            "gen_ai.operation.name": "chat",
            "gen_ai.provider.name": span["provider"],
            "gen_ai.request.model": span["model"],
            "gen_ai.response.model": span["model"],
            "gen_ai.usage.input_tokens": span["input"] + span["cache_read"],
            "gen_ai.usage.cache_read.input_tokens": span["cache_read"],
            "gen_ai.usage.output_tokens": span["output"],
            "gen_ai.input.messages": parts,
            "gen_ai.output.messages": [{"role": "assistant", "parts": out, "finish_reason": finish}],
            "gen_ai.response.finish_reasons": [finish],
            "gen_ai.response.time_to_first_chunk": span["ttft_ns"] / 1e9,
        }
        if "cost_usd" in span:
            a["gen_ai.usage.cost"] = span["cost_usd"]
    elif span["kind"] == "tool":
        a |= {
            "gen_ai.operation.name": "execute_tool",
            "gen_ai.tool.name": span["name"],
            "gen_ai.tool.call.arguments": span["arguments"],
            "gen_ai.tool.call.result": span["result"],
        }
    elif span["kind"] == "agent":
        a |= {"gen_ai.operation.name": "invoke_agent", "gen_ai.agent.name": span["name"]}
    return a


def otlp(spans: list[dict], dialect: str) -> dict:
    attributes = openinference if dialect == "openinference" else genai
    rows = []
    for s in spans:
        row = {
            "traceId": s["trace_id"],
            "spanId": s["span_id"],
            "parentSpanId": s["parent_id"] or "",
            "name": s["name"],
            "kind": 1,
            "startTimeUnixNano": str(s["start_ns"]),
            "endTimeUnixNano": str(s["end_ns"]),
            "attributes": [{"key": k, "value": value(v)} for k, v in attributes(s).items()],
            "status": {"code": 2, "message": s["error"]} if s["status"] == "error" else {"code": 1},
        }
        rows.append(row)
    return {
        "resourceSpans": [
            {
                "resource": {"attributes": [{"key": "service.name", "value": {"stringValue": "shop-" + dialect}}]},
                "scopeSpans": [{"scope": {"name": "made." + dialect}, "spans": rows}],
            }
        ]
    }


def sql_row(span: dict) -> tuple:
    row = flat(span)
    usage = row.pop("usage", {})
    row |= {
        "input_tokens": usage.get("input"),
        "cache_read_tokens": usage.get("cache_read"),
        "output_tokens": usage.get("output"),
    }
    return tuple(
        json.dumps(row[c], ensure_ascii=False) if isinstance(row.get(c), (list, dict)) else row.get(c) for c in COLUMNS
    )


class Writer:
    def __init__(self, path: str, dialect: str, append: bool) -> None:
        self.path, self.dialect, self.number = path, dialect, 0
        if path.endswith(".db"):
            self.db = sqlite3.connect(path)
            self.db.executescript(
                f"PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; CREATE TABLE IF NOT EXISTS llm_traces ({', '.join(COLUMNS)});"
            )
        else:
            self.file = open(path, "ab" if append else "wb", buffering=1 << 20)

    def write(self, spans: list[dict]) -> None:
        self.number += 1
        if self.path.endswith(".db"):
            self.db.executemany(f"INSERT INTO llm_traces VALUES ({','.join('?' * len(COLUMNS))})", map(sql_row, spans))
            if self.number % 500 == 0:
                self.db.commit()
        elif self.path.endswith(".otlp.jsonl"):
            dialect = self.dialect if self.dialect != "mixed" else ("openinference", "genai")[self.number % 2]
            self.file.write(dumps(otlp(spans, dialect)) + b"\n")
        else:
            self.file.write(b"".join(dumps(flat(s)) + b"\n" for s in spans))

    def flush(self) -> None:
        self.db.commit() if self.path.endswith(".db") else self.file.flush()

    def close(self) -> None:
        self.flush()
        self.db.close() if self.path.endswith(".db") else self.file.close()


def main() -> None:
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("out")
    parser.add_argument("--traces", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--spans", type=float, default=10)
    parser.add_argument("--payload", type=int, default=2000)
    parser.add_argument("--dialect", choices=("openinference", "genai", "mixed"), default="mixed")
    parser.add_argument("--rate", type=float)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--append", action="store_true")
    o = parser.parse_args()
    maker, writer = Maker(o.seed, o.spans, o.payload), Writer(o.out, o.dialect, o.append or bool(o.rate))
    if o.rate:
        begin, sent = time.monotonic(), 0
        while time.monotonic() - begin < o.seconds:
            spans = maker.trace(sent, time.time_ns())
            for span in spans:
                writer.write([span])
                writer.flush()
                sent += 1
                time.sleep(max(0.0, begin + sent / o.rate - time.monotonic()))
    else:
        for number in range(o.traces):
            writer.write(maker.trace(number))
    writer.flush()
    json.dump(maker.report(), sys.stdout, indent=1)
    print()


if __name__ == "__main__":
    main()
