"""Sources that are indexed: how fast, how soon the first rows can be shown, and opening them again."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from benchmarks.build import file_of
from benchmarks.phoenix_store import phoenix_of
from benchmarks.result import Result
from benchmarks.screen import first_rows, has_rows, start_ms

TIMES, FIRST_MS, AGAIN_TIMES = 2, 1_000, 1.6
_BIG = 300_000_000
"""Bytes of a file that is indexed once; smaller ones are indexed three times."""


def measure(size: str) -> Iterator[Result]:
    """All lines of a size, of each form."""
    for form in (".jsonl", ".otlp.jsonl", "phoenix"):
        if form == "phoenix" and size == "1m":
            continue  # 2 GB that say nothing which 1 GB does not say
        path = phoenix_of(size) if form == "phoenix" else file_of(size, form)
        yield from _measure(form, size, path)


def _measure(form: str, size: str, path: Path) -> Iterator[Result]:
    amount = f"{path.stat().st_size / 1e6:,.0f} MB"
    runs = [_index(path) for _ in range(1 if path.stat().st_size > _BIG else 3)]
    index_s, floor_s, first_s = (median(run[key] for run in runs) for key in ("index_s", "floor_s", "first_s"))
    yield Result(f"indexing {form}", size, index_s, "s", floor_s, TIMES, amount)
    yield Result(f"first rows while indexing {form}", size, first_s * 1000, "ms", None, FIRST_MS, amount)
    again = ["-m", "tracetui", "open", "--fresh", str(path)]
    subprocess.run([sys.executable, "-m", "tracetui", "ls", str(path), "--limit", "1"], check=True, capture_output=True)
    start_ms(again, has_rows)
    rows_ms, bare_ms = first_rows(again, 5)
    yield Result(f"opening {form} again", size, rows_ms, "ms", bare_ms, AGAIN_TIMES, amount)


def _index(path: Path) -> dict[str, float]:
    """What one process found that indexed a file and did nothing else before; the floor is measured in it, too."""
    command = [sys.executable, "-m", "benchmarks.index", str(path)]
    found: dict[str, float] = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    return found
