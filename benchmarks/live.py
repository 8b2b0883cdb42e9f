"""Another program writes while the screen is open: how soon it shows, and what a steady trickle costs."""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from benchmarks.build import store_of
from benchmarks.result import Result
from benchmarks.screen import cpu_s, has_rows, program, settle, wait_for

SHOWN_MS, PERCENT = 300, 15
_RATE = 50
_COMMITS = 8
_SPANS = 250


def measure(size: str) -> Iterator[Result]:
    """Both lines of a size."""
    with tempfile.TemporaryDirectory() as folder:
        store = shutil.copy(store_of(size), Path(folder) / "live.db")
        with program("-m", "tracetui", "open", str(store)) as running, closing(sqlite3.connect(store)) as conn:
            wait_for(running, has_rows)
            settle(running)
            times = []
            for number in range(_COMMITS):
                settle(running, 0.3, 2.0)
                _insert(conn, f"live-{number}", f"arrived-{number}")
                times.append(wait_for(running, lambda text, n=number: f"arrived-{n}" in text, 20.0))
            before, begin = cpu_s(running.pid), time.perf_counter()
            for number in range(_SPANS):
                _insert(conn, f"rate-{number // 5}", "steady")
                until = begin + (number + 1) / _RATE
                while time.perf_counter() < until:
                    running.pump(0.005)
            share = (cpu_s(running.pid) - before) / (time.perf_counter() - begin) * 100
    yield Result("a commit of another program, on screen", size, max(times), "ms", None, SHOWN_MS)
    yield Result("processor at 50 spans/s", size, share, "%", None, PERCENT)


def _insert(conn: sqlite3.Connection, trace_id: str, name: str) -> None:
    """A span of now, or of after all others where the data is of the days to come."""
    (newest,) = conn.execute("SELECT max(start_ns) FROM traces").fetchone()
    now = max(time.time_ns(), (newest or 0) + time.monotonic_ns() % 10**15)
    row = (trace_id, f"s{now}", name, now, now + 10**6)
    conn.execute("INSERT INTO spans (trace_id, span_id, name, start_ns, end_ns) VALUES (?, ?, ?, ?, ?)", row)
    conn.commit()
