"""What a command costs before it does anything: `--help`, `ls` and `show`, beside Python with click alone."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from benchmarks.build import store_of
from benchmarks.result import Result

HELP_TIMES = 2
_RUNS = 15
_HEAVY = ("textual", "genai_prices")


def took_ms(*command: str) -> float:
    """Milliseconds that a Python program takes from start to end."""
    begin = time.perf_counter()
    subprocess.run([sys.executable, *command], check=True, capture_output=True)
    return (time.perf_counter() - begin) * 1000


def heavy_after(*words: str) -> list[str]:
    """Which of the heavy modules a command has loaded when it ends."""
    program = (
        "import sys\nfrom tracetui.cli.main import main\nsys.argv[1:] = sys.argv[2:]\n"
        f"try:\n    main({list(words)!r})\nexcept SystemExit:\n"
        f"    print('\\n' + ' '.join(name for name in {_HEAVY!r} if name in sys.modules))\n"
    )
    done = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
    return done.stdout.splitlines()[-1].split()


def measure(size: str) -> Iterator[Result]:
    """All lines; the commands read a store of a size."""
    store = str(store_of(size))
    trace = _some_trace(store_of(size))
    commands = {
        "tracetui --help": (["--help"], HELP_TIMES),
        "tracetui ls": (["ls", store, "--limit", "20"], None),
        "tracetui show": (["show", store, trace], None),
    }
    for words, _ in commands.values():
        took_ms("-m", "tracetui", *words)
    times: dict[str, list[float]] = {what: [] for what in commands}
    floors: list[float] = []
    for _ in range(_RUNS):
        floors.append(took_ms("-c", "import click"))
        for what, (words, _) in commands.items():
            times[what].append(took_ms("-m", "tracetui", *words))
    for what, (_, budget) in commands.items():
        yield Result(what, size, median(times[what]), "ms", median(floors), budget)
    for what, (words, _) in commands.items():
        yield Result(f"heavy modules that {what} loads", size, float(len(heavy_after(*words))), "", None, 0)


def _some_trace(store: Path) -> str:
    import tracetui

    workspace = tracetui.open(store)
    (trace_id,) = workspace.trace_ids(limit=1)
    workspace.close()
    return trace_id
