"""Searching the text of a gigabyte, on the screen, beside `grep -ic` over the same text in the same run."""

from __future__ import annotations

import re
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from benchmarks.build import file_of, store_of
from benchmarks.probe import probed
from benchmarks.result import Result
from benchmarks.screen import has_rows, settle, type_filter, wait_for

PHRASE = "timeout retry token"
"""Stands in one text of a hundred."""
FIRST_MS, TIMES, HELD_MS = 300, 3, 50
_PATIENCE_S = 600.0
_RUNS = 3
_ENOUGH_S = 30.0
"""A search that takes longer is measured once."""
_SEARCHING = re.compile(r"searching \d|searching…")
_LISTED = re.compile(r"Traces ([\d,]+) of")


@dataclass(frozen=True)
class Search:
    """Milliseconds from the key that begins a search until the first hit is on the screen, seconds until it is at its
    end, the longest hold of the screen in ms, and how many traces were found."""

    first_ms: float
    whole_s: float
    held_ms: float
    hits: int


def grep(text: Path) -> float:
    """Seconds that `grep -ic` takes, in the locale of the user."""
    begin = time.perf_counter()
    subprocess.run(["grep", "-ic", PHRASE, str(text)], check=False, capture_output=True)
    return time.perf_counter() - begin


def search(path: Path) -> Search:
    """One search in a source that was opened before."""
    with probed("open", str(path), "--fresh") as (running, beats):
        wait_for(running, has_rows, _PATIENCE_S)
        settle(running, 1.0, _PATIENCE_S)
        type_filter(running, f'"{PHRASE}"')
        begin = time.perf_counter()
        wait_for(running, lambda text: bool(_SEARCHING.search(text) or _LISTED.search(text)))
        wait_for(running, has_rows, _PATIENCE_S)
        first_ms = (time.perf_counter() - begin) * 1000
        wait_for(running, lambda text: _LISTED.search(text) is not None, _PATIENCE_S)
        whole_s = time.perf_counter() - begin
        found = _LISTED.search(running.text())
        return Search(first_ms, whole_s, beats.longest_ms(begin), int(found[1].replace(",", "")) if found else 0)


def measure(size: str) -> Iterator[Result]:
    """All lines of a size: of a hand-rolled file that is indexed, and of a tracetui store with the same texts."""
    text = file_of(size, ".jsonl")
    grep(text)
    amount = f"{text.stat().st_size / 1e6:,.0f} MB"
    for name, path in ((".jsonl", text), ("tracetui store", store_of(size))):
        index = [sys.executable, "-m", "tracetui", "ls", str(path), "--limit", "1"]
        subprocess.run(index, check=True, capture_output=True)
        searches, floors = [], []
        for _ in range(_RUNS):
            floors.append(grep(text))
            searches.append(search(path))
            if searches[-1].whole_s > _ENOUGH_S:
                break
        first, whole, held = (median(getattr(one, of) for one in searches) for of in ("first_ms", "whole_s", "held_ms"))
        is_whole = size == "1gb"  # a smaller one is searched before it is drawn
        floor, times = median(floors), TIMES if is_whole else None
        yield Result(f"text search in a {name}, first hit", size, first, "ms", None, FIRST_MS, amount)
        yield Result(f"text search in a {name}, all hits", size, whole, "s", floor, times, amount)
        yield Result(f"longest hold of the screen, text search in a {name}", size, held, "ms", None, HELD_MS, amount)
