"""An hour of reading: the screen open on what grows, a writer beside it, and a user at the keys.

python -m benchmarks.soak_reading [store|jsonl] [--minutes 60] [--rate 50] [--seed 1] [--save]

The store has 100,000 traces, the file 10,000, before the writer adds to it, with plain SQL or plain lines. The user does
what users do, from a seed: moves, opens traces and tabs, scrolls, filters, searches, finds, looks at views, rates. A key's
time is until the first output that follows, from a screen that is quiet; a commit's is until the list counts the trace,
also where a filter is on or another order, in which it is counted less often.
Exits 1 where the screen does not say at the end what was written, a rating is missing, or memory grew (as in
benchmarks.soak).
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import random
import re
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from benchmarks.build import file_of, store_of
from benchmarks.growing import Told, write
from benchmarks.machine import machine, save_section
from benchmarks.make_traces import EPOCH_NS
from benchmarks.screen import cpu_s, has_rows, program, settle, wait_for
from benchmarks.soak import grown
from benchmarks.terminal import Program, decode_keys

SECONDS_TO_RATE = 20.0
PATIENCE_S = 30.0
SLOW_MS = 150.0
"""A key that takes longer is told on stderr."""
LISTED = re.compile(r"─ Traces (?:[\d,]+ of )?([\d,]+) ")
SPANS = re.compile(r" ([\d,]+) (?:sp|spans) ")
STRIP = re.compile(r" = \d?▌")
SAVED = re.compile(r"saved \w+ = (\d)")

ACTS: list[tuple[int, str]] = [
    (12, "jjjj"), (6, "kk"), (3, "<ctrl+d><ctrl+d>"), (2, "G<ctrl+u>g"), (4, "l1JJKK"), (4, "ljjj2h"), (3, "lj3456h"),
    (2, "l*t=t-h"), (3, "<tab><tab>jj<ctrl+d>G<esc>"), (2, "<tab><tab>/parcel<enter>nn<esc><esc>"), (3, "/<ctrl+u>status:error<enter>jj"),
    (2, "/<ctrl+u>model:gpt* cost:>0.001<enter>j"), (2, "/<ctrl+u>parcel<enter>jj"), (4, "\\jj\\"), (2, "$jj<tab>jj<esc>"), (2, "Cjj<esc>"),
    (2, "cjj<esc>"), (1, "Uj<esc>"), (2, "sjj<enter>S"), (2, "Fjj"), (2, "x}x{"), (1, "?jj<esc>"), (1, "mwmmmw"), (2, "zz"),
    (1, ":tot<esc>"),
]  # fmt: skip
"""Keys that are pressed one after the other, and how often of all."""


@dataclass
class Minute:
    """What was measured in one minute, in ms and MiB."""

    keys: list[float] = field(default_factory=list)
    commits: list[float] = field(default_factory=list)
    memory: list[float] = field(default_factory=list)


class Reader:
    """The user, and what the screen did."""

    def __init__(self, running: Program, told: Told, seed: int, traces: int) -> None:
        self.running, self.told, self.made, self.traces = running, told, random.Random(seed), traces
        self.minute, self.asked, self.rated_at, self.seen, self.doing = Minute(), 0, 0.0, 0, "r"
        self.missed: list[str] = []
        self.waits_for: float | None = None
        """When the trace was committed that is to be counted next."""

    def act(self) -> None:
        """One thing, and back to the list."""
        if time.monotonic() - self.rated_at > SECONDS_TO_RATE:
            self.doing, self.rated_at = "r", time.monotonic()
            self.rate()
        else:
            (keys,) = self.made.choices([keys for _, keys in ACTS], [often for often, _ in ACTS])
            self.doing = keys
            for key in decode_keys(keys):
                self.press(key)
        self.back()

    def press(self, key: str) -> None:
        """One key on a screen that is quiet, timed."""
        self.look(self.made.uniform(0.1, 0.4))
        settle(self.running, 0.05, 0.5)
        begin, seen = time.perf_counter(), self.running.last_output
        self.running.write(key)
        while self.running.last_output == seen and time.perf_counter() - begin < 5:
            self.running.pump(0.001)
        if self.running.last_output != seen:  # some keys change nothing: up, at the top
            took = (self.running.last_output - begin) * 1000
            self.minute.keys.append(took)
            if took > SLOW_MS:
                shown = self.running.text().splitlines()
                print(f"slow: {took:,.0f} ms for {key!r} of {self.doing} · {shown[0]} · {shown[-1]}", file=sys.stderr)

    def rate(self) -> None:
        """A rating of the trace under the cursor: counted once the screen says that it is saved."""
        value = str(self.made.randrange(1, 6))
        self.press("r")
        self.until("a strip or no rows", lambda text: " = ▌" in text or not has_rows(text))
        if " = ▌" not in self.running.text():  # a search came to its end with nothing to rate
            self.press("\\")
            self.until("rows", has_rows)
            self.press("r")
            if not self.until("a strip", lambda text: " = ▌" in text):
                return
        self.press(value)
        if not self.until("the value", lambda text: f" = {value}▌" in text):
            return
        self.running.write("\r")
        self.asked += 1
        self.until("saved", lambda text: (found := SAVED.search(text)) is not None and found[1] == value)

    def until(self, what: str, condition: Callable[[str], bool]) -> bool:
        """Go on reading until the screen is so; told, and a fault, where it does not come to be."""
        begin = time.monotonic()
        while not condition(self.running.text()):
            self.pump()
            if time.monotonic() - begin > PATIENCE_S:
                self.missed.append(what)
                print(f"no {what}:\n{self.running.text()}", file=sys.stderr)
                return False
        return True

    def back(self) -> None:
        """To the list. A busy program must not read an escape together with the key that follows: that is another key."""
        for _ in range(20):
            self.running.write("\x1b")
            self.look(0.5)
            settle(self.running, 0.1, 2.0)
            if LISTED.search(self.running.text()) and not STRIP.search(self.running.text()):
                break
        else:
            self.missed.append("the list")
            print(f"not back at the list:\n{self.running.text()}", file=sys.stderr)
        self.minute.memory.append(self.running.rss_mib())

    def look(self, seconds: float) -> None:
        """Read what is drawn for so long; the newest mark is timed where the list is on the screen."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            self.pump()

    def pump(self) -> None:
        """Read once, and see whether the trace that is waited for is counted on the screen."""
        self.running.pump(0.01)
        if self.running.exit is not None:
            raise SystemExit(f"the program ended with {self.running.exit}:\n{self.running.text()}")
        if self.waits_for is None and self.told.traces.value > self.seen:
            self.seen, self.waits_for = self.told.traces.value, self.told.marked_at.value
        if self.waits_for is None:
            return
        listed = number(LISTED, self.running.text())
        if listed < 0:  # a view lies over the list
            self.waits_for = None
        elif listed >= self.traces + self.seen:
            self.minute.commits.append(max(0.0, self.running.last_output - self.waits_for) * 1000)
            self.waits_for = None


def number(pattern: re.Pattern[str], text: str) -> int:
    """The count that a screen says, or -1."""
    found = pattern.search(text)
    return int(found[1].replace(",", "")) if found else -1


HEAD = [
    "| minute | memory MiB | processor % | keys | key p50, p95, most ms | commit on screen p50, p95, most ms | written |",
    "| --- | --- | --- | --- | --- | --- | --- |",
]


def of(times: list[float]) -> str:
    """p50, p95 and the most of some ms."""
    times = sorted(times)
    return f"{median(times):,.0f}, {times[int(len(times) * 0.95)]:,.0f}, {times[-1]:,.0f}" if times else "none"


def soak(source: Path, minutes: float, rate: int, seed: int) -> tuple[list[str], list[str]]:
    """The lines of the table, and what went wrong."""
    traces, spans, newest_ns = there(source)
    told, lines, memory = Told(), list(HEAD), []
    with program("-m", "tracetui", "open", "--fresh", str(source)) as running:
        wait_for(running, has_rows)
        wait_for(running, lambda text: number(SPANS, text) == spans, 300)
        settle(running, 1.0)
        writer = multiprocessing.Process(target=write, args=(source, newest_ns, rate, minutes * 60, told), daemon=True)
        writer.start()
        reader = Reader(running, told, seed, traces)
        begin = time.monotonic()
        while writer.is_alive():
            reader.minute = Minute()
            minute, used = time.monotonic(), cpu_s(running.pid)
            while writer.is_alive() and time.monotonic() - minute < 60:
                reader.act()
            share = (cpu_s(running.pid) - used) / (time.monotonic() - minute) * 100
            memory.append(max(reader.minute.memory))
            lines.append(row(reader.minute, (time.monotonic() - begin) / 60, share, told))
            print(lines[-1], flush=True)
        wrong = counted(running, traces + told.traces.value, spans + told.spans.value)
        wrong += [f"not seen: {', '.join(reader.missed)}"] if reader.missed else []
        wrong += grown(memory, told.traces.value)
    said = f"{told.spans.value:,} spans and {told.traces.value:,} traces written, {reader.asked} ratings"
    lines += ["", f"{said}; of {rate * minutes * 60:,.0f} spans asked for."]
    return lines, wrong + kept(source, traces + told.traces.value, spans + told.spans.value, reader.asked)


def row(minute: Minute, at: float, share: float, told: Told) -> str:
    """One minute."""
    return (
        f"| {at:.1f} | {max(minute.memory):,.1f} | {share:.0f} | {len(minute.keys)} | {of(minute.keys)} "
        f"| {of(minute.commits)} | {told.spans.value:,} |"
    )


def counted(running: Program, traces: int, spans: int) -> list[str]:
    """Whether the screen comes to say what was written; the filter is taken away first."""
    for key in decode_keys("<esc><esc><esc>/<ctrl+u><enter>"):
        running.write(key)
        settle(running, 0.3, 2.0)
    try:
        wait_for(running, lambda text: (number(LISTED, text), number(SPANS, text)) == (traces, spans), 30)
    except RuntimeError:
        text = running.text()
        return [
            f"the screen says {number(LISTED, text):,} traces of {traces:,}, {number(SPANS, text):,} spans of {spans:,}"
        ]
    return []


def stats(source: Path) -> dict[str, int]:
    """What `stats --json` says."""
    out = subprocess.run(
        [sys.executable, "-m", "tracetui", "stats", str(source), "--json"], check=True, capture_output=True
    )
    found = json.loads(out.stdout)
    return {name: found[name] for name in ("traces", "spans")}


def kept(source: Path, traces: int, spans: int, asked: int) -> list[str]:
    """Whether the command counts the same, and every rating that was asked for is where ratings are kept."""
    found = stats(source)
    if source.suffix == ".db":
        with closing(sqlite3.connect(source)) as conn:
            (ratings,) = conn.execute("SELECT count(*) FROM scores").fetchone()
    else:
        ratings = len(Path(f"{source}.scores.jsonl").read_text().splitlines())
    return [
        *([f"stats counts {found}"] if found != {"traces": traces, "spans": spans} else []),
        *([f"{ratings} ratings are kept of {asked}"] if ratings != asked else []),
    ]


def there(source: Path) -> tuple[int, int, int]:
    """Traces, spans, and the newest start in nanoseconds before anything is written."""
    found = stats(source)
    return found["traces"], found["spans"], EPOCH_NS + found["traces"] * 30 * 10**9


def copy_of(what: str, folder: Path) -> Path:
    """The source, copied to where it may grow."""
    made = store_of("1m") if what == "store" else file_of("100k", ".jsonl")
    return Path(shutil.copy(made, folder / f"soak{made.suffix}"))


def main() -> None:
    """Print a line a minute and the verdict."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", nargs="?", choices=("store", "jsonl"), default="store")
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--rate", type=int, default=50, help="spans a second")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--save", action="store_true", help="write the section of RESULTS.md")
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="tracetui-soak-"))
    os.environ |= {f"TRACETUI_{name}_DIR": str(folder / name) for name in ("CONFIG", "CACHE", "STATE", "DATA")}
    try:
        source = copy_of(options.what, folder)
        print(*HEAD, sep="\n", flush=True)
        lines, wrong = soak(source, options.minutes, options.rate, options.seed)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    verdict = "; ".join(wrong) or "every count and every rating is there, memory within bounds"
    print(*lines[-1:], verdict, sep="\n")
    if options.save:
        about = f"{options.rate} spans a second, each committed on its own, and a user at the keys: {verdict}."
        command = f"python -m benchmarks.soak_reading {options.what} --minutes {options.minutes:g} --save"
        save_section(f"An hour of reading: {options.what}", command, [machine(), "", about, "", *lines])
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
