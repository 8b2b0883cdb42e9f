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
from tracetui.query import FIELDS, FLAGS

TOTALS_MS, HELD_MS = 300, 50
TYPED = [
    "status:error",
    "model:gpt-5* cost:>0.0001",
    "user:user-42",
    "is:refused OR latency:>5s",
    "tag:v1 tokens:>400",
]
"""Filters that are put on on the screen, too."""


def every_filter() -> list[str]:
    """Each field and each flag that reads no text, as it is and negated; and what is made of several."""
    terms = [field.example for field in FIELDS if field.type != "payload"] + [f"is:{flag.name}" for flag in FLAGS]
    return [
        "",
        *TYPED,
        *terms,
        *(f"-{term}" for term in terms),
        "name:answer",
        "name:/ans.er/",
        "has:tag",
        "has:metadata",
        "latency:1s..2s",
        "session:sess-1*",
        "all(latency:<5s)",
        "root(user:user-1*) -any(tool:x)",
        "any(status:error) any(model:gpt-5*)",
        "(kind:tool status:error) OR (kind:generation cost:>0.001)",
        "model:*mini* OR user:user-1* OR tag:v2",
        "model:claude* -status:error tokens:>10 session:sess-2*",
        "since:2020-01-01 status:error",
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
    """The filter whose totals take longest, and the ms: the best of three each. The first one of all notes where
    spans lie, which the screen does once."""
    import tracetui

    workspace = tracetui.open(store)
    found: dict[str, float] = {}
    for text in every_filter():
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
        for text in TYPED:
            type_filter(running, text)
            settle(running)
            wait_for(running, lambda shown: _STATUS.search(shown) is not None)
            type_filter(running, "\x15")  # empties the bar
            settle(running)
        return beats.longest_ms(begin)
