"""Make the data that is measured, once, in benchmarks/data: stores and files of 1k to 1M spans, and of 1 GB.

python -m benchmarks.build SIZE...        1k, 10k, 100k, 1m, 1gb
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.make_traces import Maker, Writer

DATA = Path(__file__).parent / "data"
_TRACES_AT_ONCE = 500


@dataclass(frozen=True)
class Size:
    """How many traces, of ten spans on average, and the median length of a prompt in characters."""

    traces: int
    payload: int = 60


SIZES = {
    "1k": Size(100),
    "10k": Size(1_000),
    "100k": Size(10_000),
    "1m": Size(100_000),
    "1gb": Size(7_600, 2_000),
}
"""By spans, with short texts, and one by bytes, with texts as they are."""


def made(name: str, make: Callable[[Path], None]) -> Path:
    """The file of this name in benchmarks/data; `make` writes it where it is missing, under another name until it is whole."""
    path = DATA / name
    if not path.exists():
        DATA.mkdir(exist_ok=True)
        part = path.with_name("part-" + name)
        for old in DATA.glob(part.name + "*"):
            old.unlink()
        make(part)
        part.rename(path)
    return path


def file_of(size: str, suffix: str) -> Path:
    """A hand-rolled log (`.jsonl`), OTLP lines (`.otlp.jsonl`) or table (`.db`) of a size."""

    def make(path: Path) -> None:
        writer = Writer(str(path), "mixed", False)
        for group in groups_of(size, 1):
            writer.write(group)
        writer.close()

    return made(f"{size}{suffix}", make)


def store_of(size: str) -> Path:
    """A tracetui store of a size: the traces of `file_of`, with their payloads whole where the size is one of bytes."""

    def make(path: Path) -> None:
        from tracetui.store.connection import open_store
        from tracetui.store.write import Entry, write_spans

        conn = open_store(path)
        conn.execute("PRAGMA synchronous = OFF")
        for group in groups_of(size, _TRACES_AT_ONCE):
            conn.execute("BEGIN")
            write_spans(conn, (Entry(_span(row)) for row in group), is_index=False)
            conn.executemany(
                "INSERT INTO payloads (trace_id, span_id, input, output) VALUES (?, ?, ?, ?)",
                (_payload(row, is_whole=size == "1gb") for row in group),
            )
            conn.execute("COMMIT")
        conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        conn.close()

    return made(f"{size}.tracetui.db", make)


def groups_of(size: str, traces: int) -> Iterator[list[dict[str, Any]]]:
    """The spans of a size, those of so many traces together."""
    wanted = SIZES[size]
    maker = Maker(1, 10.0, wanted.payload)
    for start in range(0, wanted.traces, traces):
        yield [span for number in range(start, min(start + traces, wanted.traces)) for span in maker.trace(number)]


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


def _payload(row: dict[str, Any], *, is_whole: bool) -> tuple[Any, ...]:
    given = row.get("messages") or row.get("arguments")
    if not is_whole and isinstance(given, list):
        given = given[-1:]
    answer = row.get("response") or row.get("result")
    said = json.dumps(given, ensure_ascii=False) if given else None
    return (row["trace_id"], row["span_id"], said, answer)


if __name__ == "__main__":
    from benchmarks.phoenix_store import phoenix_of

    for name in sys.argv[1:] or ["1k"]:
        print(store_of(name), file_of(name, ".jsonl"), file_of(name, ".otlp.jsonl"), sep="\n", flush=True)
        if name != "1m":  # 2 GB that say nothing which 1 GB does not say
            print(phoenix_of(name), flush=True)
