"""A writer beside the program: spans at a steady rate, each committed on its own, into a store or at the end of a file.

Not through tracetui: plain SQL, plain lines, as a program of a user's would. Each new trace is a mark.
"""

from __future__ import annotations

import json
import multiprocessing
import random
import sqlite3
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from multiprocessing.sharedctypes import Synchronized
from pathlib import Path
from typing import Any

from benchmarks.make_traces import dumps, flat

SPANS_IN_TRACE = 100
OPEN_TRACES = 4
"""So many traces get spans at a time, so that what is listed changes as well as grows."""
_WORDS = ["where", "is", "my", "order", "parcel", "sent", "to", "the", "wrong", "address", "please", "help", "when"]
_SPAN = (
    "INSERT INTO spans (trace_id, span_id, parent_id, kind, name, start_ns, end_ns, status, status_message, model,"
    " provider, input_tokens, output_tokens, user_id, session_id) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
_PAYLOAD = "INSERT INTO payloads (trace_id, span_id, input, output) VALUES (?, ?, ?, ?)"


@dataclass
class Told:
    """What the writer says, across processes: spans and traces that are committed, and when the last trace was."""

    spans: Synchronized[int] = field(default_factory=lambda: multiprocessing.Value("q", 0))
    traces: Synchronized[int] = field(default_factory=lambda: multiprocessing.Value("q", 0))
    marked_at: Synchronized[float] = field(default_factory=lambda: multiprocessing.Value("d", 0.0))


def write(path: Path, newest_ns: int, rate: int, seconds: float, told: Told) -> None:
    """The writer's process: a span when it is due. Its times follow `newest_ns`, so that new traces come first."""
    put, begin, base = (_into_store if path.suffix == ".db" else _into_file)(path), time.monotonic(), newest_ns + 1
    for number, span in enumerate(spans(7)):
        due = begin + number / rate
        if due - begin >= seconds:
            return
        time.sleep(max(0.0, due - time.monotonic()))
        span["start_ns"] = base + int((time.monotonic() - begin) * 1e9)
        span["end_ns"] = span["start_ns"] + 10**6 * (1 + number % 900)
        put(span)
        if span["parent_id"] is None:
            told.marked_at.value = time.monotonic()
            told.traces.value += 1
        told.spans.value += 1


def spans(seed: int) -> Iterator[dict[str, Any]]:
    """Endless spans without their times: the root of a trace first, later ones under it while newer traces begin."""
    made, number = random.Random(seed), 0
    while True:
        newest = number // SPANS_IN_TRACE
        if number % SPANS_IN_TRACE == 0:
            yield _span(made, newest, number, None)
        else:
            yield _span(made, made.randrange(max(0, newest - OPEN_TRACES + 1), newest + 1), number, "r")
        number += 1


def _span(made: random.Random, trace: int, number: int, parent: str | None) -> dict[str, Any]:
    generation = parent is not None and number % 3 > 0
    span: dict[str, Any] = {
        "trace_id": f"soak-{trace:08d}", "span_id": f"{number:016x}", "parent_id": None,
        "kind": "generation" if generation else "tool" if parent else "agent", "name": "answer" if generation else "soak",
        "status": "success", "user_id": f"user-{trace % 500}", "session_id": f"soak-session-{trace // 8}",
    }  # fmt: skip
    if parent is None:
        span["span_id"] = f"root-{trace:08d}"
    else:
        span["parent_id"] = f"root-{trace:08d}"
    if generation:
        history = [{"role": role, "content": " ".join(made.choices(_WORDS, k=60))} for role in ("system", "user")]
        span |= {"model": "gpt-5-mini", "provider": "openai", "messages": history, "response": "on its way " * 20}
        span |= {"input": made.randrange(50, 2000), "cache_read": 0, "output": made.randrange(10, 400)}
    if made.random() < 0.02:
        span |= {"status": "error", "error": "ToolError: upstream answered 503"}
    return span


def _into_store(path: Path) -> Callable[[dict[str, Any]], None]:
    conn = sqlite3.connect(path, timeout=30)
    keys = ("trace_id", "span_id", "parent_id", "kind", "name", "start_ns", "end_ns", "status", "error", "model",
            "provider", "input", "output", "user_id", "session_id")  # fmt: skip

    def put(span: dict[str, Any]) -> None:
        conn.execute(_SPAN, [span.get(key) for key in keys])
        messages = json.dumps(span["messages"]) if "messages" in span else None
        conn.execute(_PAYLOAD, (span["trace_id"], span["span_id"], messages, span.get("response")))
        conn.commit()

    return put


def _into_file(path: Path) -> Callable[[dict[str, Any]], None]:
    file = path.open("ab", buffering=0)

    def put(span: dict[str, Any]) -> None:
        file.write(dumps(flat(span)) + b"\n")

    return put
