"""Measure what tracetui promises, as ratios against floors of the same run, and print the table.

python -m benchmarks.run [SIZE...] [--save]        sizes 1k, 100k, 1m (default: 1k 100k); --save writes RESULTS.md
"""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from benchmarks.build import file_of, store_of
from benchmarks.machine import machine
from benchmarks.terminal import Program

ROOT = Path(__file__).parent.parent
ROW = r"│[▌ ][●✕⊘▸] "
"""A row of the list: the border, the cursor's edge or a blank, and the sign of a status."""
KEYS = 60
FILTERS = [
    "",
    "status:error",
    "model:gpt-5* cost:>0.0001",
    "user:user-42",
    "is:refused OR latency:>5s",
    "tag:v1 tokens:>400",
]


@dataclass
class Result:
    """One line of the table. `budget` is for the ratio where there is a floor, else for the measure itself."""

    what: str
    size: str
    measured: float
    unit: str
    floor: float | None
    budget: float

    @property
    def ratio(self) -> float:
        return self.measured / self.floor if self.floor else self.measured

    def line(self) -> str:
        floor = "–" if self.floor is None else f"{self.floor:,.1f} {self.unit}"
        shown = f"{self.ratio:.2f} ×" if self.floor else f"{self.measured:,.0f} {self.unit}"
        budget = f"≤ {self.budget:g} ×" if self.floor else f"≤ {self.budget:,.0f} {self.unit}"
        verdict = "yes" if self.ratio <= self.budget else "**no**"
        return f"| {self.what} | {self.size} | {self.measured:,.1f} {self.unit} | {floor} | {shown} | {budget} | {verdict} |"


@contextmanager
def program(*command: str, size: tuple[int, int] = (160, 45)) -> Iterator[Program]:
    """A terminal program that is ended at the end of the block."""
    running = Program([sys.executable, *command], *size)
    try:
        yield running
    finally:
        running.close()


def wait_for(running: Program, condition: Callable[[str], bool], timeout_s: float = 60.0) -> float:
    """Milliseconds until the screen fulfils a condition."""
    begin = time.perf_counter()
    while not condition(running.text()):
        running.pump(0.002)
        if time.perf_counter() - begin > timeout_s or running.exit is not None:
            raise RuntimeError(f"not met in {timeout_s} s; the screen was:\n{running.text()}")
    return (time.perf_counter() - begin) * 1000


def settle(running: Program, quiet_s: float = 0.4, at_most_s: float = 20.0) -> None:
    """Let the program finish drawing."""
    begin = time.perf_counter()
    while time.perf_counter() - max(begin, running.last_output) < quiet_s:
        running.pump(0.02)
        if time.perf_counter() - begin > at_most_s:
            return


def has_rows(text: str) -> bool:
    """Whether a row of the list is on the screen."""
    import re

    return re.search(ROW, text) is not None


def first_rows(command: list[str], runs: int = 9) -> tuple[float, float]:
    """Medians of the ms from the start of the process to the first rows, and of the floor to its line: in turn, so that
    what else the machine does is in both."""
    ours, bare = [], []
    for _ in range(runs):
        bare.append(_start_ms(["-m", "benchmarks.floor_app"], lambda text: "bare floor" in text))
        ours.append(_start_ms(command, has_rows))
    return median(ours), median(bare)


def _start_ms(command: list[str], condition: Callable[[str], bool]) -> float:
    with program(*command) as running:
        wait_for(running, condition)
        return (time.perf_counter() - running.started) * 1000


def key_times(command: list[str], condition: Callable[[str], bool]) -> tuple[float, float]:
    """(p95 of the time from a key to the first output that follows, resident MiB)."""
    with program(*command) as running:
        wait_for(running, condition)
        settle(running, at_most_s=60.0)
        times = []
        for _ in range(KEYS):
            settle(running, 0.12, 2.0)
            begin, seen = time.perf_counter(), running.last_output
            running.write("j")
            while running.last_output == seen and time.perf_counter() - begin < 5:
                running.pump(0.001)
            times.append((running.last_output - begin) * 1000)
        times.sort()
        return times[int(len(times) * 0.95)], running.rss_mib()


def indexing(path: Path) -> tuple[float, float, float]:
    """(seconds to index, seconds of an orjson loop, seconds to the first rows), each in a process of its own."""
    out = subprocess.run(
        [sys.executable, "-m", "benchmarks.index", str(path)], check=True, capture_output=True, text=True
    )
    found = json.loads(out.stdout)
    return found["index_s"], found["floor_s"], found["first_s"]


def live(store: Path) -> tuple[float, float]:
    """(ms from a commit of another program to the screen, percent of a core at 50 spans a second)."""
    copy = Path(tempfile.mkdtemp()) / "live.db"
    shutil.copy(store, copy)
    with program("-m", "tracetui", "open", str(copy)) as running:
        wait_for(running, has_rows)
        settle(running)
        times = []
        conn = sqlite3.connect(copy)
        for number in range(8):
            settle(running, 0.3, 2.0)
            _insert(conn, f"live-{number}", f"arrived-{number}")
            times.append(wait_for(running, lambda text, n=number: f"arrived-{n}" in text, 5.0))
        before, begin = cpu_s(running.pid), time.perf_counter()
        for number in range(250):
            _insert(conn, f"rate-{number // 5}", "steady")
            until = begin + (number + 1) / 50
            while time.perf_counter() < until:
                running.pump(0.005)
        share = (cpu_s(running.pid) - before) / (time.perf_counter() - begin) * 100
        conn.close()
    shutil.rmtree(copy.parent)
    return sorted(times)[-1], share


def _insert(conn: sqlite3.Connection, trace_id: str, name: str) -> None:
    """A span of now, or of after all others where the data is of the days to come."""
    (newest,) = conn.execute("SELECT max(start_ns) FROM traces").fetchone()
    now = max(time.time_ns(), (newest or 0) + time.monotonic_ns() % 10**15)
    row = (trace_id, f"s{now}", name, now, now + 10**6)
    conn.execute("INSERT INTO spans (trace_id, span_id, name, start_ns, end_ns) VALUES (?, ?, ?, ?, ?)", row)
    conn.commit()


def cpu_s(pid: int) -> float:
    """Seconds of a processor that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def totals(store: Path) -> float:
    """The slowest of the filters, in ms, the best of three each."""
    import tracetui

    workspace = tracetui.open(store)
    slowest = 0.0
    for text in FILTERS:
        times = []
        for _ in range(3):
            begin = time.perf_counter()
            workspace.totals(text)
            times.append((time.perf_counter() - begin) * 1000)
        slowest = max(slowest, min(times))
    workspace.close()
    return slowest


def measure(size: str) -> Iterator[Result]:
    """All lines of one size."""
    bare_key, bare_rss = key_times(["-m", "benchmarks.floor_app", "list"], lambda text: "row 1" in text)
    store = store_of(size)
    opened = ["-m", "tracetui", "open", "--fresh", str(store)]
    rows_ms, bare_ms = first_rows(opened)
    yield Result("first rows, tracetui store", size, rows_ms, "ms", bare_ms, 1.6)
    key, rss = key_times(opened, has_rows)
    yield Result("a key in the list, p95", size, key, "ms", bare_key, 2)
    yield Result("resident memory", size, rss, "MiB", bare_rss, 4)
    if size != "1m":
        for suffix in (".otlp.jsonl", ".jsonl"):
            path = file_of(size, suffix)
            index_s, floor_s, first_s = indexing(path)
            what = f"indexing {suffix} ({path.stat().st_size / 1e6:,.0f} MB)"
            yield Result(what, size, index_s, "s", floor_s, 2)
            yield Result(f"first rows while indexing {suffix}", size, first_s * 1000, "ms", None, 1000)
            again = ["-m", "tracetui", "open", str(path)]
            _start_ms(again, has_rows)
            rows_ms, bare_ms = first_rows(again, 5)
            yield Result(f"opening {suffix} again", size, rows_ms, "ms", bare_ms, 1.6)
    latest, share = live(store)
    yield Result("a commit of another program, on screen", size, latest, "ms", None, 300)
    yield Result("processor at 50 spans/s", size, share, "%", None, 15)
    yield Result("totals of the slowest filter", size, totals(store), "ms", None, 300)


def main() -> None:
    """Print the table, and keep it with `--save`."""
    sizes = [name for name in sys.argv[1:] if not name.startswith("-")] or ["1k", "100k"]
    os.environ["TRACETUI_CACHE_DIR"] = tempfile.mkdtemp(prefix="tracetui-bench-")
    os.environ["TRACETUI_STATE_DIR"] = tempfile.mkdtemp(prefix="tracetui-bench-")  # no place remembered from before
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # as on a user's machine, where modules are compiled once
    head = machine()
    lines = [
        "| what | spans | measured | floor | ratio or value | budget | reached |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    print(head, *lines, sep="\n", flush=True)
    for size in sizes:
        for result in measure(size):
            lines.append(result.line())
            print(lines[-1], flush=True)
    if "--save" in sys.argv:
        intro = "# Results\n\nMade by `make bench` (`python -m benchmarks.run 1k 100k 1m --save`).\n"
        intro += "A file of 12 MB is indexed in the time that Python needs to load what prices calls.\n"
        kept = ROOT / "benchmarks" / "RESULTS.md"
        _, heading, others = kept.read_text().partition("\n## ")  # sections of other benchmarks
        kept.write_text("\n".join([intro, head, "", *lines, ""]) + heading + others)
    shutil.rmtree(os.environ["TRACETUI_CACHE_DIR"], ignore_errors=True)


if __name__ == "__main__":
    main()
