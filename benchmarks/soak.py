"""The screen open and the collector beside it, for minutes: nothing may be lost, and memory may not grow without bound.

python -m benchmarks.soak [--minutes 10] [--rate 500] [--save]

A client in a process of its own sends `--rate` spans a second to `tracetui open --listen` in a pseudo-terminal. Every
few seconds an answer, with which a batch is committed, is a mark: the time until the list says that it has so many traces
is what the last column tells. Exits 1 where spans are missing at the end, the rate was not held, a mark was not reached
before the next one, or memory grew between the second quarter and the last by more than a tenth and what the list's ids
need.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import re
import shutil
import sqlite3
import sys
import tempfile
import time
import urllib.request
from contextlib import closing
from dataclasses import dataclass, field
from multiprocessing.sharedctypes import Synchronized
from pathlib import Path

from benchmarks.machine import machine, save_section
from benchmarks.otlp_load import SPANS_IN_TRACE, Client, endless
from benchmarks.screen import cpu_s, program, wait_for
from benchmarks.terminal import Program
from tests.peers.conftest import free_port

BATCHES_A_SECOND = 10
MARK_EVERY_S = 5.0
GROWTH = 1.1
BYTES_A_TRACE = 600
"""The list keeps the id of every trace, and for a moment twice, when it is asked for again."""
HELD = 0.95
_LISTED = re.compile(r"Traces ([\d,]+)")


@dataclass
class Told:
    """What the client says, across processes. At the last mark so many traces were answered for, at that time of the
    monotonic clock."""

    acknowledged: Synchronized[int] = field(default_factory=lambda: multiprocessing.Value("q", 0))
    repeated: Synchronized[int] = field(default_factory=lambda: multiprocessing.Value("q", 0))
    marks: Synchronized[int] = field(default_factory=lambda: multiprocessing.Value("q", 0))
    marked: Synchronized[int] = field(default_factory=lambda: multiprocessing.Value("q", 0))
    marked_at: Synchronized[float] = field(default_factory=lambda: multiprocessing.Value("d", 0.0))


def send(port: int, rate: int, seconds: float, told: Told) -> None:
    """The client's process: a batch of whole traces when it is due, and the marks."""
    client, spans = Client("127.0.0.1", port), rate // BATCHES_A_SECOND
    begin = next_mark = time.monotonic()
    for number, body in enumerate(endless(spans, 1)):
        due = begin + number / BATCHES_A_SECOND
        if due - begin >= seconds:
            break
        time.sleep(max(0.0, due - time.monotonic()))
        client.send(body)
        told.acknowledged.value += spans
        told.repeated.value = client.repeated
        if time.monotonic() >= next_mark and due - begin < seconds - MARK_EVERY_S:
            next_mark += MARK_EVERY_S
            told.marked_at.value, told.marked.value = time.monotonic(), told.acknowledged.value // SPANS_IN_TRACE
            told.marks.value += 1


@dataclass
class Watch:
    """Looks at the screen while the client sends."""

    running: Program
    store: Path
    told: Told
    memory: list[float] = field(default_factory=list)
    latencies_ms: list[float] = field(default_factory=list)
    missed: int = 0

    def look(self, seconds: float) -> None:
        """Read what is drawn for so long, and time the marks."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            if self.running.exit is not None:
                raise SystemExit(f"the program ended with {self.running.exit}:\n{self.running.text()}")
            self.running.pump(0.02)
            self._look_for_mark()
        self.memory.append(self.running.rss_mib())

    def _look_for_mark(self) -> None:
        seen, set_ = len(self.latencies_ms) + self.missed, self.told.marks.value
        if set_ > seen + 1:
            self.missed += 1
        elif set_ == seen + 1 and self._listed() >= self.told.marked.value:
            drawn = max(0.0, self.running.last_output - self.told.marked_at.value)
            self.latencies_ms.append(drawn * 1000)

    def _listed(self) -> int:
        """How many traces the list says that it has."""
        found = _LISTED.search(self.running.text())
        return int(found[1].replace(",", "")) if found else 0

    def committed(self) -> int:
        """Spans in the store."""
        with closing(sqlite3.connect(f"file:{self.store}?mode=ro", uri=True)) as conn:
            (found,) = conn.execute("SELECT count(*) FROM spans").fetchone()
            return int(found)


HEAD = [
    "| minute | memory MiB | processor % | acknowledged | committed | sent again | on screen after ms: last, most |",
    "| --- | --- | --- | --- | --- | --- | --- |",
]


def soak(folder: Path, minutes: float, rate: int) -> tuple[list[str], list[str]]:
    """The lines of the table, and what went wrong."""
    port, store, told = free_port(), folder / "soak.db", Told()
    lines = list(HEAD)
    with program("-m", "tracetui", "open", str(store), "--listen", f"127.0.0.1:{port}", "--grpc", "off") as running:
        wait_for(running, lambda text: f":{port}" in text)
        wait_until_healthy(port)
        running.write("F")  # without following the cursor stays on its trace, and what is new is above the screen
        wait_for(running, lambda text: "FOLLOW" in text)
        client = multiprocessing.Process(target=send, args=(port, rate, minutes * 60, told), daemon=True)
        client.start()
        watch, begin = Watch(running, store, told), time.monotonic()
        while client.is_alive():
            minute, used, seen = time.monotonic(), cpu_s(running.pid), len(watch.latencies_ms)
            while client.is_alive() and time.monotonic() - minute < 60:
                watch.look(2.0)
            share = (cpu_s(running.pid) - used) / (time.monotonic() - minute) * 100
            lines.append(row(watch, (time.monotonic() - begin) / 60, share, seen))
            print(lines[-1], flush=True)
        client.join()
        return lines, faults(watch, client.exitcode, minutes * 60 / (time.monotonic() - begin))


def row(watch: Watch, minute: float, share: float, seen: int) -> str:
    """One minute."""
    times = watch.latencies_ms[seen:]
    drawn = f"{times[-1]:,.0f}, {max(times):,.0f}" if times else "none seen"
    told = watch.told
    return (
        f"| {minute:.1f} | {watch.memory[-1]:,.1f} | {share:.0f} | {told.acknowledged.value:,} | {watch.committed():,} "
        f"| {told.repeated.value} | {drawn} |"
    )


def faults(watch: Watch, code: int | None, held: float) -> list[str]:
    """Everything that may not be. `held` is the share of the rate at which the client could send."""
    acknowledged, committed = watch.told.acknowledged.value, watch.committed()
    return [
        *([f"the client ended with {code}"] if code else []),
        *([f"{acknowledged - committed:,} acknowledged spans are missing"] if committed != acknowledged else []),
        *([f"the rate was held to {held:.0%}"] if held < HELD else []),
        *([f"{watch.missed} marks were not reached before the next"] if watch.missed else []),
        *grown(watch.memory, acknowledged // SPANS_IN_TRACE),
    ]


def grown(memory: list[float], traces: int) -> list[str]:
    """What is wrong with the MiB of memory while so many traces came, at a steady rate."""
    quarter = max(1, len(memory) // 4)
    early, late = max(memory[quarter : 2 * quarter] or memory), max(memory[-quarter:])
    allowed = GROWTH * early + traces / 2 * BYTES_A_TRACE / 2**20
    return [f"memory grew from {early:,.0f} to {late:,.0f} MiB"] if late > allowed else []


def wait_until_healthy(port: int) -> None:
    """Until the collector answers."""
    for _ in range(500):
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/api/public/health", timeout=5).close()
        except OSError:
            time.sleep(0.02)
        else:
            return
    raise SystemExit("the collector does not answer")


def main() -> None:
    """Print a line a minute and the verdict."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--rate", type=int, default=500, help="spans a second, in tens")
    parser.add_argument("--save", action="store_true", help="write the section of RESULTS.md")
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="tracetui-soak-"))
    os.environ |= {f"TRACETUI_{name}_DIR": str(folder / name) for name in ("CONFIG", "CACHE", "STATE", "DATA")}
    print(*HEAD, sep="\n", flush=True)
    try:
        lines, wrong = soak(folder, options.minutes, options.rate)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    verdict = "; ".join(wrong) or "nothing lost, the screen kept up, memory within bounds"
    print(verdict)
    if options.save:
        about = f"{options.rate} spans a second to `open --listen` with the screen open: {verdict}."
        command = f"python -m benchmarks.soak --minutes {options.minutes:g} --rate {options.rate} --save"
        save_section("A soak with the screen open", command, [machine(), "", about, "", *lines])
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
