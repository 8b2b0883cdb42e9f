"""Totals of filters that read no text: how long they take, and how long the screen is held up meanwhile."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks.build import store_of
from benchmarks.probe import probed
from benchmarks.result import Result
from benchmarks.screen import has_rows, settle, type_filter, wait_for

TOTALS_MS, HELD_MS = 300, 50
FILTERS = [
    "",
    "status:error",
    "model:gpt-5* cost:>0.0001",
    "user:user-42",
    "is:refused OR latency:>5s",
    "tag:v1 tokens:>400",
]
_RUNS = 3
_STATUS = re.compile(r"^ [\d,]+ traces?  ", re.M)


def measure(size: str) -> Iterator[Result]:
    """Both lines of a size."""
    store = store_of(size)
    text, took = slowest(store)
    yield Result("totals of the slowest filter", size, took, "ms", None, TOTALS_MS, text)
    yield Result("longest hold of the screen, totals", size, longest_hold(store), "ms", None, HELD_MS)


def slowest(store: Path) -> tuple[str, float]:
    """The filter whose totals take longest, and the ms: the best of three each."""
    import tracetui

    workspace = tracetui.open(store)
    found: dict[str, float] = {}
    for text in FILTERS:
        times = []
        for _ in range(_RUNS):
            begin = time.perf_counter()
            workspace.totals(text)
            times.append((time.perf_counter() - begin) * 1000)
        found[text] = min(times)
    workspace.close()
    return max(found.items(), key=lambda item: item[1])


def longest_hold(store: Path) -> float:
    """The longest hold in ms while the filters are put on one after the other, and their totals drawn."""
    with probed("open", "--fresh", str(store)) as (running, beats):
        wait_for(running, has_rows)
        settle(running, 1.0)
        begin = time.perf_counter()
        for text in FILTERS[1:]:
            type_filter(running, text)
            settle(running)
            wait_for(running, lambda shown: _STATUS.search(shown) is not None)
            running.write("/\x15\r")  # empties the bar
            settle(running)
        return beats.longest_ms(begin)
