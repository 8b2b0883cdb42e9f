"""Traces far larger, or odder, than anyone expects, from a seed: each is a file or a directory of a few lines of code.

python -m benchmarks.oversized FOLDER [NAME...]        make them; --scale 0.1 makes them smaller
"""

from __future__ import annotations

import argparse
import base64
import json
import random
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

T0 = 1_795_000_000 * 10**9
Row = dict[str, Any]
_WORDS = [
    "order",
    "refund",
    "shipping",
    "where",
    "is",
    "my",
    "parcel",
    "the",
    "a",
    "of",
    "policy",
    "answer",
    "返品",
    "café",
]


@dataclass(frozen=True)
class Monster:
    """One of them: how it is made, how many of its kind there are, and a filter that part of it matches."""

    make: Callable[[Path, int], Path]
    size: int
    query: str


def span(number: int, **more: Any) -> Row:
    """A span of the trace `t` under the first, if it says nothing else."""
    row = {"trace_id": "t", "span_id": f"s{number}", "parent_id": "s0" if number else None, "name": f"step {number % 50}",
           "start_ns": T0 + number * 10**6, "end_ns": T0 + number * 10**6 + 5 * 10**6}  # fmt: skip
    return row | more


def others() -> Iterator[Row]:
    """Small traces beside the large one, so that the list has something to move in."""
    for number in range(20):
        messages = [{"role": "user", "content": f"hello {number}"}]
        yield span(0, trace_id=f"small{number}", start_ns=T0 - 10**9 * (number + 1), end_ns=T0 - 10**9 * number, name="small",
                   kind="generation", model="gpt-5-mini", input=messages, output="hi",
                   usage={"input": 10, "output": 2})  # fmt: skip


def write(path: Path, rows: Iterable[Row]) -> Path:
    """The rows as lines of JSON."""
    with path.open("w") as file:
        file.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    return path


def lines(made: Callable[[int], Iterable[Row]]) -> Callable[[Path, int], Path]:
    """A maker of a file from one of rows."""

    def make(folder: Path, size: int) -> Path:
        return write(folder / f"{made.__name__}.jsonl", [*others(), *made(size)])

    return make


def spans(size: int) -> Iterator[Row]:
    """A trace of so many spans, of any shape."""
    made = random.Random(1)
    for number in range(size):
        parent = f"s{made.randrange(max(0, number - 40), number)}" if number else None
        kind = ("agent", "generation", "tool", "chain")[number % 4]
        yield span(
            number,
            parent_id=parent,
            kind=kind,
            status="error" if number % 500 == 7 else "success",
            output=f"out {number}",
        )


def depth(size: int) -> Iterator[Row]:
    """Each span within the one before."""
    for number in range(size):
        yield span(
            number, parent_id=f"s{number - 1}" if number else None, status="error" if number == size - 1 else "success"
        )


def children(size: int) -> Iterator[Row]:
    """So many children of one span."""
    for number in range(size + 1):
        yield span(number, status="error" if number % 100 == 99 else "success")


def sessions(size: int) -> Iterator[Row]:
    """A trace in each session."""
    for number in range(size):
        yield span(0, trace_id=f"t{number}", session_id=f"session-{number}", user_id=f"user-{number % 999}", name="turn",
                   start_ns=T0 + number * 10**9, end_ns=T0 + number * 10**9 + 10**8, kind="generation", model="gpt-5-mini",
                   usage={"input": 10, "output": number % 7}, status="error" if number % 100 == 5 else "success")  # fmt: skip


def text(size: int) -> str:
    """So many characters on one line."""
    pool = " ".join(random.Random(2).choices(_WORDS, k=20_000))
    return (pool * (size // len(pool) + 1))[:size]


def generation(number: int, **more: Any) -> Row:
    """A call of a model."""
    return span(number, kind="generation", model="gpt-5-mini", usage={"input": 1000, "output": 50}, name="chat", **more)


def payload(size: int) -> Iterator[Row]:
    """So many characters in one message."""
    yield span(0)
    yield generation(1, input=[{"role": "user", "content": text(size)}], output="short")


def answer(size: int) -> Iterator[Row]:
    """A tool's result of so many characters of JSON within one string."""
    yield span(0)
    one = json.dumps(
        {"id": 12345, "name": "parcel", "tags": ["a", "b"], "lines": {"n": 1.5, "text": "where is my order"}}
    )
    yield span(
        1, kind="tool", name="dump", input={"table": "orders"}, output="[" + ",".join([one] * (size // len(one))) + "]"
    )


def image(size: int) -> Iterator[Row]:
    """An image of so many bytes as base64 in a message."""
    url = "data:image/png;base64," + base64.b64encode(b"\x89PNG\r\n\x1a\n" + random.Random(3).randbytes(size)).decode()
    parts = [{"type": "text", "text": "what is this?"}, {"type": "image_url", "image_url": {"url": url}}]
    yield span(0)
    yield generation(1, input=[{"role": "user", "content": parts}], output="a parcel")


def tools(size: int) -> Iterator[Row]:
    """So many tool calls in a trace, each asked for by a model's answer, and as events of the root."""
    yield span(
        0,
        kind="agent",
        events=[{"name": "tool", "time": T0 + number, "attributes": {"n": number}} for number in range(size)],
    )
    for number in range(1, size + 1):
        yield span(number, kind="tool", name=f"tool_{number % 7}", input={"n": number}, output={"found": number, "note": "ok " * 20},
                   status="error" if number % 300 == 9 else "success")  # fmt: skip


def thread(size: int) -> Iterator[Row]:
    """A call with so many messages: questions, tool calls with their results, and answers."""
    messages: list[Row] = [{"role": "system", "content": "You are a careful assistant."}]
    for number in range((size - 1) // 4):
        call = {
            "id": f"call_{number}",
            "type": "function",
            "function": {"name": "find", "arguments": json.dumps({"n": number})},
        }
        messages += [{"role": "user", "content": f"question {number}: " + text(200)},
                     {"role": "assistant", "content": None, "tool_calls": [call]},
                     {"role": "tool", "tool_call_id": f"call_{number}", "content": json.dumps({"found": number})},
                     {"role": "assistant", "content": f"answer {number}: " + text(300)}]  # fmt: skip
    yield span(0)
    yield generation(1, input=messages, output="the end")
    yield generation(2, input=[*messages, {"role": "user", "content": "again"}], output="the end")


def scores(size: int) -> Iterator[Row]:
    """So many names of scores on one span."""
    yield span(0)
    yield generation(1, output="x", scores=[{"id": f"c{n}", "name": f"score {n}", "value": n % 5} for n in range(size)])


def ids(size: int) -> Iterator[Row]:
    """Traces, spans, sessions and users with ids of so many bytes."""
    for number in range(200):
        long = f"{number:04d}" + "é" * (size // 2 - 2)
        yield generation(0, trace_id=long, session_id=long, user_id=long, output="x") | {"span_id": long}


def files(folder: Path, size: int) -> Path:
    """So many files in a directory, a trace in each."""
    into = folder / "files"
    into.mkdir(exist_ok=True)
    for number in range(size):
        rows = [span(0, trace_id=f"t{number}", name=f"run {number % 30}", start_ns=T0 + number * 10**9, end_ns=T0 + number * 10**9 + 9**9),
                generation(1, trace_id=f"t{number}", output=f"out {number}", status="error" if number % 50 == 3 else "success")]  # fmt: skip
        write(into / f"run-{number:05d}.jsonl", rows)
    return into


def sparse(folder: Path, size: int) -> Path:
    """Lines, a hole of so many bytes that are zeros, and lines again."""
    path = write(folder / "sparse.jsonl", [*others(), *spans(50)])
    with path.open("r+b") as file:
        file.seek(size, 2)
        file.write(b"\n")
        file.writelines((json.dumps(row | {"trace_id": "after"}) + "\n").encode() for row in spans(50))
    return path


def long(folder: Path, size: int) -> Path:
    """So many bytes of lines."""
    path, block = folder / "long.jsonl", 2_000
    with path.open("wb") as file:
        number, body = 0, text(1_500)
        while file.tell() < size:
            rows = (span(0, trace_id=f"t{n}", start_ns=T0 + n * 10**9, end_ns=T0 + n * 10**9 + 10**8, kind="generation",
                         model="gpt-5-mini", input=body[n % 700 :], output=body[n % 900 :], usage={"input": 300, "output": 250},
                         status="error" if n % 100 == 5 else "success") for n in range(number, number + block))  # fmt: skip
            file.writelines((json.dumps(row, ensure_ascii=False) + "\n").encode() for row in rows)
            number += block
    return path


MONSTERS: dict[str, Monster] = {
    "spans": Monster(lines(spans), 33_000, "status:error"),
    "depth": Monster(lines(depth), 1_000, "depth:>500"),
    "children": Monster(lines(children), 5_000, "status:error"),
    "sessions": Monster(lines(sessions), 100_000, "session:session-4242"),
    "payload": Monster(lines(payload), 127_000_000, "model:gpt-5* spans:2"),
    "answer": Monster(lines(answer), 127_000_000, "tool:dump"),
    "image": Monster(lines(image), 5_000_000, "spans:2"),
    "tools": Monster(lines(tools), 6_700, "tool:tool_3"),
    "thread": Monster(lines(thread), 1_200, "spans:3"),
    "scores": Monster(lines(scores), 10_000, 'score."score 999":4'),
    "ids": Monster(lines(ids), 4_096, "session:0042*"),
    "files": Monster(files, 1_500, "status:error"),
    "sparse": Monster(sparse, 10 * 2**30, "trace:after"),
    "long": Monster(long, 10 * 2**30, "status:error"),
}
"""All of them, in full size."""


def main() -> None:
    """Make them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"some of {', '.join(MONSTERS)}")
    parser.add_argument("--scale", type=float, default=1.0)
    options = parser.parse_args()
    options.folder.mkdir(exist_ok=True)
    for name in options.names or MONSTERS:
        print(MONSTERS[name].make(options.folder, int(MONSTERS[name].size * options.scale)))


if __name__ == "__main__":
    main()
