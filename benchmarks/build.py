"""Make the data that is measured, once, in benchmarks/data: stores and files of 1k, 100k and 1M spans.

python -m benchmarks.build SIZE...        1k, 100k, 1m
"""

from __future__ import annotations

import contextlib
import io
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.make_traces import Maker

DATA = Path(__file__).parent / "data"
SIZES = {"1k": 100, "100k": 10_000, "1m": 100_000}
"""Traces of each size; a trace has ten spans on average."""


def file_of(size: str, suffix: str, payload: int = 2000) -> Path:
    """A hand-rolled log (`.jsonl`), OTLP lines (`.otlp.jsonl`) or table (`.db`) of a size, made where it is missing."""
    path = DATA / f"{size}-{payload}{suffix}"
    if not path.exists():
        DATA.mkdir(exist_ok=True)
        command = [
            sys.executable,
            "-m",
            "benchmarks.make_traces",
            str(path),
            "--traces",
            str(SIZES[size]),
            "--payload",
            str(payload),
        ]
        truth = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        path.with_name(path.name + ".truth").write_text(truth)
    return path


def store_of(size: str) -> Path:
    """A tracetui store of a size with short payloads, made where it is missing."""
    path = DATA / f"{size}.tracetui.db"
    if path.exists():
        return path
    from tracetui.store.connection import open_store
    from tracetui.store.write import Entry, write_spans

    DATA.mkdir(exist_ok=True)
    part = path.with_suffix(".part")
    part.unlink(missing_ok=True)
    conn = open_store(part)
    conn.execute("PRAGMA synchronous = OFF")
    maker = Maker(1, 14.0, 200)
    for group in _groups(maker, SIZES[size], 500):
        conn.execute("BEGIN")
        write_spans(conn, (Entry(_span(row)) for row in group), is_index=False)
        conn.executemany(
            "INSERT INTO payloads (trace_id, span_id, input, output) VALUES (?, ?, ?, ?)", map(_payload, group)
        )
        conn.execute("COMMIT")
    conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    conn.close()
    part.rename(path)
    return path


def _groups(maker: Maker, traces: int, size: int) -> Iterator[list[dict[str, Any]]]:
    for start in range(0, traces, size):
        yield [span for number in range(start, min(start + size, traces)) for span in maker.trace(number)]


def _span(row: dict[str, Any]) -> Any:
    from tracetui.model import Cost, Span, Usage

    cost = Cost(row["cost_usd"], "recorded") if "cost_usd" in row else Cost()
    return Span(
        row["trace_id"], row["span_id"], row["parent_id"], row["kind"], row["name"], row["start_ns"], row["end_ns"],
        row.get("ttft_ns"), row["status"], row.get("error"), row.get("model"), row.get("provider"), None,
        Usage(row.get("input"), row.get("cache_read"), None, row.get("output")), cost, row["user_id"],
        row["session_id"], row["feature"], None, row.get("prompt_name"), row.get("prompt_version"), None, None,
        tuple(row.get("tags", ())),
    )  # fmt: skip


def _payload(row: dict[str, Any]) -> tuple[Any, ...]:
    given = row.get("messages") or row.get("arguments")
    answer = row.get("response") or row.get("result")
    return (row["trace_id"], row["span_id"], json.dumps(given)[:400] if given else None, answer)


if __name__ == "__main__":
    for name in sys.argv[1:] or ["1k"]:
        with contextlib.redirect_stdout(io.StringIO()):
            paths = (
                [store_of(name)]
                if name == "1m"
                else [store_of(name), file_of(name, ".jsonl"), file_of(name, ".otlp.jsonl")]
            )
        print(*paths, sep="\n")
