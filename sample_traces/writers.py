"""Write invented traces in four forms: as tracetui keeps them, as a Collector does, and as people do by hand."""

from __future__ import annotations

import json
import sqlite3
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

Span = dict[str, Any]


def write_store(path: Path, traces: list[list[Span]], scores: list[dict[str, Any]]) -> None:
    """A tracetui store. The spans go in by plain SQL, as any program would write them; tracetui then rolls them up."""
    from tracetui.model import Score
    from tracetui.store.connection import open_store
    from tracetui.store.scores import save_score

    conn = open_store(path)
    conn.execute("BEGIN")
    for spans in traces:
        for span in spans:
            _insert_span(conn, span)
    conn.execute("COMMIT")
    known = {span["trace_id"] for spans in traces for span in spans}
    for score in scores:
        if score["trace_id"] in known:
            save_score(conn, "scores", Score(**score))
    _roll_up(conn)
    conn.execute("PRAGMA journal_mode = DELETE")
    conn.execute("VACUUM")
    conn.close()


def _insert_span(conn: sqlite3.Connection, span: Span) -> None:
    tokens = span.get("tokens", {})
    columns = {
        key: span.get(key)
        for key in (
            "trace_id", "span_id", "parent_id", "kind", "name", "start_ns", "end_ns", "ttft_ns", "status",
            "status_message", "model", "provider", "finish_reason", "user_id", "session_id", "feature", "environment",
            "prompt_name", "prompt_version", "release", "tool_name",
        )
    }  # fmt: skip
    columns |= {f"{bucket}_tokens": tokens.get(bucket) for bucket in ("input", "cache_read", "output", "reasoning")}
    if span.get("feature"):
        columns["tags"] = json.dumps([span["feature"], "v" + str(span["release"])])
        columns["metadata"] = json.dumps({"region": "eu-west-1", "channel": "web"})
    marks = ", ".join("?" * len(columns))
    conn.execute(f"INSERT INTO spans ({', '.join(columns)}) VALUES ({marks})", tuple(columns.values()))
    conn.execute(
        "INSERT INTO payloads (trace_id, span_id, input, output, tools, attributes) VALUES (?, ?, ?, ?, ?, ?)",
        (
            span["trace_id"], span["span_id"], _json(span.get("input")), _json(span.get("output")),
            _json(span.get("tools") or None), _json({"service.name": "spoke-and-chain"}),
        ),
    )  # fmt: skip


def _roll_up(conn: sqlite3.Connection) -> None:
    from tracetui.store.write import load_entries, write_spans
    from tracetui.workspace.pricer import Pricer

    pricer = Pricer()
    for (trace_id,) in conn.execute("SELECT trace_id FROM stale").fetchall():
        entries = list(load_entries(conn, trace_id, False))
        for entry in entries:
            entry.span = pricer.price(entry.span)
            entry.is_new = True
        write_spans(conn, entries, is_index=False)


def write_otlp(path: Path, traces: list[list[Span]]) -> None:
    """OTLP JSON lines, one request a trace, with OpenTelemetry GenAI attributes; children come before parents."""
    with path.open("w", encoding="utf-8") as out:
        for spans in traces:
            resource = {"attributes": _attributes({"service.name": "spoke-and-chain", "service.version": "2026.11"})}
            scope = {
                "scope": {"name": "spoke.agent", "version": "3"},
                "spans": [_otlp_span(s) for s in reversed(spans)],
            }
            line = {"resourceSpans": [{"resource": resource, "scopeSpans": [scope]}]}
            out.write(json.dumps(line, ensure_ascii=False, separators=(",", ":")) + "\n")


_OPERATIONS = {
    "agent": "invoke_agent", "chain": "invoke_workflow", "generation": "chat", "tool": "execute_tool",
    "retriever": "retrieval", "embedding": "embeddings",
}  # fmt: skip


def _otlp_span(span: Span) -> dict[str, Any]:
    tokens = span.get("tokens", {})
    values = {
        "gen_ai.operation.name": _OPERATIONS[span["kind"]],
        "gen_ai.conversation.id": span["session_id"],
        "user.id": span["user_id"],
        "feature": span.get("feature"),
        "gen_ai.provider.name": span.get("provider"),
        "gen_ai.request.model": span.get("model"),
        "gen_ai.response.model": span.get("model") if span.get("output") else None,
        "gen_ai.usage.input_tokens": tokens.get("input", 0) + tokens.get("cache_read", 0) if tokens else None,
        "gen_ai.usage.cache_read.input_tokens": tokens.get("cache_read"),
        "gen_ai.usage.output_tokens": tokens.get("output"),
        "gen_ai.usage.reasoning.output_tokens": tokens.get("reasoning"),
        "gen_ai.response.time_to_first_chunk": span["ttft_ns"] / 1e9 if "ttft_ns" in span else None,
        "gen_ai.response.finish_reasons": [span["finish_reason"]] if "finish_reason" in span else None,
        "error.type": span["status_message"].split(":")[0] if "status_message" in span else None,
    }
    if span["kind"] == "tool":
        values |= {"gen_ai.tool.name": span["name"], "gen_ai.tool.call.arguments": _json(span.get("input"))}
        values["gen_ai.tool.call.result"] = _json(span.get("output"))
    elif span["kind"] == "generation":
        values["gen_ai.input.messages"] = _json([_genai_message(item) for item in span["input"]])
        if span.get("output"):
            values["gen_ai.output.messages"] = _json([_genai_message(item) for item in span["output"]])
        values["gen_ai.tool.definitions"] = _json([tool["function"] for tool in span["tools"]] or None)
    elif span["kind"] == "retriever":
        values["gen_ai.retrieval.query.text"] = span["input"]["query"]
        values["gen_ai.retrieval.documents"] = _json(span["output"])
    failed = span["status"] == "error"
    return {
        "traceId": span["trace_id"], "spanId": span["span_id"], "parentSpanId": span["parent_id"] or "",
        "name": span["name"], "kind": 1, "startTimeUnixNano": str(span["start_ns"]),
        "endTimeUnixNano": str(span["end_ns"] or 0),
        "attributes": _attributes({key: value for key, value in values.items() if value is not None}),
        "status": {"code": 2, "message": span["status_message"]} if failed else {},
    }  # fmt: skip


def _genai_message(item: dict[str, Any]) -> dict[str, Any]:
    parts: list[dict[str, Any]] = []
    for part in item.get("parts", []):
        kind = {"thinking": "reasoning"}.get(part["type"], part["type"])
        parts.append({"type": kind, "content": part["text"]})
    content = item.get("content")
    if item["role"] == "tool":
        parts.append({"type": "tool_call_response", "id": item["tool_call_id"], "response": content})
    elif isinstance(content, str):
        parts.append({"type": "text", "content": content})
    elif isinstance(content, list):
        parts.append({"type": "text", "content": content[0]["text"]})
        data = content[1]["image_url"]["url"].split(",", 1)[1]
        parts.append({"type": "blob", "modality": "image", "mime_type": "image/png", "content": data})
    for call in item.get("tool_calls", []):
        arguments = json.loads(call["function"]["arguments"])
        parts.append({"type": "tool_call", "id": call["id"], "name": call["function"]["name"], "arguments": arguments})
    return {"role": item["role"], "parts": parts}


def _attributes(values: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"key": key, "value": _value(value)} for key, value in values.items()]


def _value(value: Any) -> dict[str, Any]:
    if isinstance(value, int):
        return {"intValue": str(value)}
    if isinstance(value, float):
        return {"doubleValue": value}
    if isinstance(value, list):
        return {"arrayValue": {"values": [_value(item) for item in value]}}
    return {"stringValue": str(value)}


def write_calls(path: Path, traces: list[list[Span]]) -> None:
    """A log that somebody wrote by hand: one model call a line, OpenAI-shaped request and response."""
    with path.open("w", encoding="utf-8") as out:
        for span in _generations(traces):
            out.write(json.dumps(_call(span), ensure_ascii=False) + "\n")


def _generations(traces: list[list[Span]]) -> list[Span]:
    return [span for spans in traces for span in spans if span["kind"] == "generation" and span["end_ns"]]


def _call(span: Span) -> dict[str, Any]:
    tokens = span.get("tokens", {})
    answer = _openai_message(span)
    usage = {
        "prompt_tokens": tokens.get("input", 0) + tokens.get("cache_read", 0),
        "completion_tokens": tokens.get("output", 0),
        "prompt_tokens_details": {"cached_tokens": tokens.get("cache_read", 0)},
        "completion_tokens_details": {"reasoning_tokens": tokens.get("reasoning", 0)},
    }
    row: dict[str, Any] = {
        "ts": _iso(span["start_ns"]), "trace_id": span["trace_id"], "user": span["user_id"],
        "session_id": span["session_id"], "feature": "support-chat" if span["tools"] else "docs-search",
        "latency_ms": (span["end_ns"] - span["start_ns"]) // 10**6,
        "request": {"model": span["model"], "messages": [_openai_input(item) for item in span["input"]], "tools": span["tools"]},
        "prompt_version": span["prompt_version"],
    }  # fmt: skip
    if span["status"] == "error":
        return row | {"error": span["status_message"]}
    reason = {"refusal": "content_filter"}.get(span["finish_reason"], span["finish_reason"])
    choice = {"index": 0, "message": answer, "finish_reason": reason}
    return row | {
        "ttft_ms": span["ttft_ns"] // 10**6,
        "response": {"model": span["model"], "choices": [choice], "usage": usage},
    }


def _openai_input(item: dict[str, Any]) -> dict[str, Any]:
    return item if "content" in item else {"role": item["role"], "content": _text(item)}


def _openai_message(span: Span) -> dict[str, Any]:
    output = span.get("output") or [{"role": "assistant", "content": None}]
    item = output[0]
    return item if "content" in item else {"role": "assistant", "content": _text(item)}


def _text(item: dict[str, Any]) -> str:
    return "\n".join(part["text"] for part in item["parts"] if part["type"] != "thinking")


def write_handrolled(path: Path, traces: list[list[Span]]) -> None:
    """The table that everybody makes in the end."""
    conn = sqlite3.connect(path)
    conn.execute(
        "CREATE TABLE llm_traces (id INTEGER PRIMARY KEY, ts TEXT NOT NULL, trace_id TEXT, feature TEXT, user_id TEXT,"
        " session_id TEXT, model TEXT, prompt TEXT, response TEXT, input_tokens INTEGER, output_tokens INTEGER,"
        " cached_tokens INTEGER, latency_ms INTEGER, ttft_ms INTEGER, cost_usd REAL, status TEXT, error TEXT,"
        " prompt_version TEXT, metadata TEXT)"
    )
    for span in _generations(traces):
        row = _call(span)
        usage = row.get("response", {}).get("usage", {})
        conn.execute(
            "INSERT INTO llm_traces (ts, trace_id, feature, user_id, session_id, model, prompt, response, input_tokens,"
            " output_tokens, cached_tokens, latency_ms, ttft_ms, cost_usd, status, error, prompt_version, metadata)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                row["ts"], row["trace_id"], row["feature"], row["user"], row["session_id"], span["model"],
                _json(row["request"]["messages"]), _json(_openai_message(span)) if span.get("output") else None,
                usage.get("prompt_tokens"), usage.get("completion_tokens"),
                usage.get("prompt_tokens_details", {}).get("cached_tokens"), row["latency_ms"], row.get("ttft_ms"),
                None, {"success": "ok"}.get(span["status"], span["status"]), row.get("error"),
                row["prompt_version"], _json({"region": "eu-west-1"}),
            ),
        )  # fmt: skip
    conn.commit()
    conn.execute("VACUUM")
    conn.close()


def _json(value: Any) -> str | None:
    return None if value is None else json.dumps(value, ensure_ascii=False)


def _iso(ns: int) -> str:
    return datetime.fromtimestamp(ns // 10**9, UTC).strftime("%Y-%m-%dT%H:%M:%S") + f".{ns % 10**9 // 10**6:03d}Z"
