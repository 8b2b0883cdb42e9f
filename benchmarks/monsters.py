"""Traces far larger than one expects: how fast each opens, what keys in it cost, how long the screen is held up."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.build import made
from benchmarks.make_traces import EPOCH_NS, WORDS
from benchmarks.probe import probed
from benchmarks.result import Result
from benchmarks.screen import MIDDLE, bare_keys, has_rows, p95, press, settle, wait_for
from benchmarks.terminal import Program

OPENS_MS, HELD_MS, KEY_TIMES = 1_000, 50, 2
TREE = re.compile(r"│[▌ ][▾ ][⬢✦ƒ]")
"""The root, in the tree."""
_KEYS = 45
_RUNS = 3
_TIMEOUT_S = 120.0


@dataclass(frozen=True)
class Monster:
    """A file of one trace, its spans, and what is on the screen when it is open."""

    name: str
    spans: int
    rows: Callable[[int], Iterator[dict[str, Any]]]

    def path(self) -> Path:
        return made(f"{self.name.replace(' ', '-').replace(',', '')}.jsonl", self._write)

    def _write(self, path: Path) -> None:
        with path.open("w") as file:
            for row in self.rows(self.spans):
                file.write(json.dumps(row) + "\n")

    def is_open(self, text: str) -> bool:
        """Whether all of its tree is on the screen."""
        return f"Spans {self.spans:,}" in text and TREE.search(text) is not None


def _span(number: int, parent: int | None, **more: Any) -> dict[str, Any]:
    start = EPOCH_NS + number * 1000
    return {
        "trace_id": "m", "span_id": f"s{number}", "parent_id": None if parent is None else f"s{parent}",
        "kind": "agent" if parent is None else "tool" if number % 3 else "generation", "name": f"step {number}",
        "start_ns": start, "end_ns": start + 10**6, **more,
    }  # fmt: skip


def _bushy(spans: int) -> Iterator[dict[str, Any]]:
    """Ten children for each span."""
    return (_span(number, (number - 1) // 10 if number else None, input=f"call {number}") for number in range(spans))


def _deep(spans: int) -> Iterator[dict[str, Any]]:
    return (_span(number, number - 1 if number else None, input=f"call {number}") for number in range(spans))


def _wide(spans: int) -> Iterator[dict[str, Any]]:
    return (_span(number, 0 if number else None, input=f"call {number}") for number in range(spans))


def _long(spans: int) -> Iterator[dict[str, Any]]:
    """A root that says little, and a call whose prompt is one line of 127 MB."""
    yield _span(0, None, input="begin")
    said = " ".join(WORDS[:40]) + " "
    messages = [{"role": "user", "content": said * (127_000_000 // len(said))}]
    yield _span(3, 0, kind="generation", model="gpt-4.1", messages=messages, response="done")


MONSTERS = (
    Monster("33,000 spans", 33_000, _bushy),
    Monster("depth 1,000", 1_001, _deep),
    Monster("5,000 children", 5_001, _wide),
    Monster("127 MB on a line", 2, _long),
)


def measure(monsters: tuple[Monster, ...] = MONSTERS) -> Iterator[Result]:
    """All lines of all monsters. Each is indexed before: what is measured is a trace that is opened from the list."""
    for monster in monsters:
        path = str(monster.path())
        subprocess.run([sys.executable, "-m", "tracetui", "ls", path], check=True, capture_output=True)
        opened, held, keys, bare = [], [], [], []
        for _ in range(_RUNS):
            bare += bare_keys(_KEYS // _RUNS)
            with probed("open", "--fresh", path, size=MIDDLE) as (running, beats):
                wait_for(running, has_rows, _TIMEOUT_S)
                settle(running, 0.5)
                begin = time.perf_counter()
                opened.append(_open(running, monster))
                settle(running)
                keys += press(running, "J" if monster.spans == 2 else "j", _KEYS // _RUNS)
                press(running, "G", 1)
                press(running, "g", 1)
                held.append(beats.longest_ms(begin))
        yield Result("opens", monster.name, median(opened), "ms", None, OPENS_MS)
        yield Result("a key in it, p95", monster.name, p95(keys), "ms", p95(bare), KEY_TIMES)
        yield Result("longest hold of the screen", monster.name, median(held), "ms", None, HELD_MS)


def _open(running: Program, monster: Monster) -> float:
    """Milliseconds from the key that opens a trace until its tree is drawn; of the long line, until its text is."""
    begin = time.perf_counter()
    running.write("\r")
    wait_for(running, monster.is_open, _TIMEOUT_S)
    if monster.spans == 2:
        settle(running)
        begin = time.perf_counter()
        running.write("j")
        wait_for(running, lambda text: " ".join(WORDS[:2]) in text, _TIMEOUT_S)
    return (time.perf_counter() - begin) * 1000
