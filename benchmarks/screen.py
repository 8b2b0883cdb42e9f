"""Driving the screen in a pseudo-terminal: until something is on it, how long a key takes, what it costs."""

from __future__ import annotations

import os
import re
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

from benchmarks.terminal import Program

Condition = Callable[[str], bool]

ROW = re.compile(r"│[▌ ][●✕⊘▸] ")
"""A row of the list: the border, the cursor's edge or a blank, and the sign of a status."""
KEYS = 60
BARE_LIST = (["-m", "benchmarks.floor_app", "list"], lambda text: "row 1" in text)
WIDE, MIDDLE = (160, 45), (120, 30)
"""Three panes beside each other; two, of which the tree takes the list's place."""


@contextmanager
def program(*command: str, size: tuple[int, int] = WIDE) -> Iterator[Program]:
    """A Python program on a terminal that is ended at the end of the block."""
    running = Program([sys.executable, *command], *size)
    try:
        yield running
    finally:
        running.close()


def wait_for(running: Program, condition: Condition, timeout_s: float = 60.0) -> float:
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
    return ROW.search(text) is not None


def first_rows(command: list[str], runs: int = 9) -> tuple[float, float]:
    """Medians of the ms from the start of the process to the first rows, and of the floor to its line: in turn, so that
    what else the machine does is in both."""
    ours, bare = [], []
    for _ in range(runs):
        bare.append(start_ms(["-m", "benchmarks.floor_app"], lambda text: "bare floor" in text))
        ours.append(start_ms(command, has_rows))
    return median(ours), median(bare)


def start_ms(command: list[str], condition: Condition) -> float:
    """Milliseconds from the start of a process until its screen fulfils a condition."""
    with program(*command) as running:
        wait_for(running, condition)
        return (time.perf_counter() - running.started) * 1000


def key_times(command: list[str], condition: Condition, runs: int = 3) -> tuple[float, float, float, float]:
    """(p95 of the ms from a key to the first output that follows, that of a bare list, resident MiB of both): runs in
    turn."""
    ours, bare = [], []
    for _ in range(runs):
        bare.append(_keys(*BARE_LIST, KEYS // runs))
        ours.append(_keys(command, condition, KEYS // runs))
    times, bare_times = ([time for run in found for time in run[0]] for found in (ours, bare))
    rss, bare_rss = (median(run[1] for run in found) for found in (ours, bare))
    return p95(times), p95(bare_times), rss, bare_rss


def p95(times: list[float]) -> float:
    """The time that one in twenty takes longer than."""
    return sorted(times)[int(len(times) * 0.95)]


def bare_keys(count: int) -> list[float]:
    """What a key costs in a bare list of 100 rows, some times."""
    return _keys(*BARE_LIST, count)[0]


def _keys(command: list[str], condition: Condition, count: int) -> tuple[list[float], float]:
    with program(*command) as running:
        wait_for(running, condition)
        settle(running, at_most_s=60.0)
        return press(running, "j", count), running.rss_mib()


def press(running: Program, key: str, count: int) -> list[float]:
    """Milliseconds from each of some presses of a key to the first output that follows."""
    times = []
    for _ in range(count):
        settle(running, 0.12, 2.0)
        begin, seen = time.perf_counter(), running.last_output
        running.write(key)
        while running.last_output == seen and time.perf_counter() - begin < 5:
            running.pump(0.001)
        times.append((running.last_output - begin) * 1000)
    return times


def type_filter(running: Program, text: str) -> None:
    """Put a filter into the bar, at once as a paste does, and send it."""
    running.write("/")
    wait_for(running, lambda shown: re.search(r"^ / ", shown, re.M) is not None)
    settle(running, 0.15, 2.0)
    running.write(text + "\r")


def cpu_s(pid: int) -> float:
    """Seconds of a processor that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
