"""Every command, every export and the screen on each thing that is far too large: how long, and with how much memory.

python -m benchmarks.oversized_walk [NAME...] [--scale 1] [--save]      all of benchmarks.oversized where none is named

Each is made, indexed by the first command, and deleted again. `long` takes 10 GB of disk.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from benchmarks.machine import machine, save_section
from benchmarks.oversized import MONSTERS, Monster
from benchmarks.probe import probed
from benchmarks.screen import has_rows, p95, press, settle, type_filter, wait_for

FORMS = ("jsonl", "otlp", "csv", "markdown", "html", "langfuse-scores", "langsmith-feedback")
COMMANDS = ("ls", "stats", "cost", "show", "doctor")
TIMEOUT_S = 600.0
HEAD = [
    f"| what | rows ms | trace ms | key p95 ms | longest hold ms | filter ms | MiB | first ls s | {' | '.join(COMMANDS)} "
    f"| {' | '.join(FORMS)} | most MiB of a command |",
    "|" + " --- |" * (9 + len(COMMANDS) + len(FORMS)),
]


@dataclass(frozen=True)
class Ran:
    """A command that ended: seconds of a processor, MiB at most, and what is wrong with it, "" for nothing."""

    seconds: float
    mib: float
    wrong: str

    def cell(self) -> str:
        """For the table."""
        return self.wrong or f"{self.seconds:,.1f}"


def run(*words: str) -> Ran:
    """Run a command to its end, without what it prints."""
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(
            [sys.executable, "-m", "tracetui", *words], stdout=subprocess.DEVNULL, stderr=said, stdin=subprocess.DEVNULL
        )
        ending = threading.Timer(TIMEOUT_S, process.kill)
        ending.start()
        _, status, used = os.wait4(process.pid, 0)
        ending.cancel()
        process.returncode = os.waitstatus_to_exitcode(status)
    wrong = "" if process.returncode == 0 else f"**exit {process.returncode}**"
    return Ran(used.ru_utime + used.ru_stime, used.ru_maxrss / 1024, wrong)


def on_screen(path: Path, monster: Monster) -> list[str]:
    """Open it, its first trace and the span under the root, move, and filter."""
    with probed("open", "--fresh", str(path)) as (running, beats):
        begin = running.started
        wait_for(running, has_rows, TIMEOUT_S)
        rows_ms = (time.perf_counter() - begin) * 1000
        settle(running, 0.5)
        held_from = trace_from = time.perf_counter()
        for key in "lj":
            running.write(key)
            settle(running, 0.3)
        trace_ms = (running.last_output - trace_from) * 1000
        keys = press(running, "j", 20) + press(running, "J", 10)
        for key in ("G", "g", "\x1b", "\x1b"):
            press(running, key, 1)
        filter_from = time.perf_counter()
        type_filter(running, monster.query)
        with suppress(RuntimeError):
            wait_for(running, lambda text: " of " in text.splitlines()[1], 60)
        filter_ms = (time.perf_counter() - filter_from) * 1000
        figures = [rows_ms, trace_ms, p95(keys), beats.longest_ms(held_from), filter_ms, running.rss_mib()]
    return [f"{figure:,.0f}" for figure in figures]


def walk(name: str, folder: Path, scale: float) -> str:
    """The line of one of them."""
    monster = MONSTERS[name]
    path = monster.make(folder, int(monster.size * scale))
    first = run("ls", str(path))
    trace = (
        subprocess.run(
            [sys.executable, "-m", "tracetui", "ls", str(path), "--limit", "1", "--json"],
            capture_output=True,
            text=True,
        )
        .stdout.partition('"trace_id":"')[2]
        .partition('"')[0]
    )
    words = {name: [name, str(path)] for name in COMMANDS} | {"show": ["show", str(path), trace]}
    ran = [run(*words[name]) for name in COMMANDS]
    ran += [run("export", str(path), "-f", form) for form in FORMS]
    seen = on_screen(path, monster)
    cells = [name, *seen, first.cell(), *(one.cell() for one in ran), f"{max(one.mib for one in [first, *ran]):,.0f}"]
    (shutil.rmtree if path.is_dir() else os.unlink)(path)
    return f"| {' | '.join(cells)} |"


def main() -> None:
    """Print a line for each."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"some of {', '.join(MONSTERS)}")
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--save", action="store_true", help="write the section of RESULTS.md")
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="tracetui-oversized-"))
    os.environ |= {f"TRACETUI_{name}_DIR": str(folder / name) for name in ("CONFIG", "CACHE", "STATE", "DATA")}
    lines = list(HEAD)
    print(*lines, sep="\n", flush=True)
    try:
        for name in options.names or MONSTERS:
            lines.append(walk(name, folder, options.scale))
            print(lines[-1], flush=True)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    if options.save:
        about = "Commands in seconds of a processor; the screen in ms, `trace` until the first trace and its first span are drawn."
        command = f"python -m benchmarks.oversized_walk {' '.join(options.names)} --save".replace("  ", " ")
        save_section("Everything far too large", command, [machine(), "", about, "", *lines])


if __name__ == "__main__":
    main()
