"""Other tools on the same data: terminal programs on 1 GB, and servers that take in the same spans.

python -m benchmarks.peers [SIZE] [--only NAME,...] [--save]        SIZE as of benchmarks.run (default: 1gb)

Each has an environment of its own below .venv/peers, which `make bench-peers` installs; lnav is what the system has. What
is not there, cannot read the data, or takes longer than two minutes is said in its row.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from benchmarks.build import SIZES, file_of, store_of
from benchmarks.machine import machine, save_section
from benchmarks.peer_servers import servers
from benchmarks.screen import WIDE, has_rows, settle
from benchmarks.searching import PHRASE
from benchmarks.terminal import Program, decode_keys
from benchmarks.tracecraft_file import tracecraft_of
from tests.peers.conftest import PEERS

_PATIENCE_S = 120.0
_LONGEST = 16_000_000
"""No line is longer."""
_HEAD = [
    "| program | version | reads | first rows | memory then | the other end | search, all hits | memory at the end |",
    "| --- | --- | --- | --- | --- | --- | --- | --- |",
]


class GivenUp(Exception):
    """Why a figure is missing."""


@dataclass(frozen=True)
class Truth:
    """What is in the file: the first and the last line, and how many lines have the phrase."""

    first: dict[str, str]
    last: dict[str, str]
    hits: int


@dataclass(frozen=True)
class Step:
    """Keys, and what is on the screen when the program has done what they ask for. `keys` go out one by one;
    once a second where the program goes only as far as it has read."""

    keys: tuple[str, ...]
    is_done: Callable[[str, Truth], bool]
    is_repeated: bool = False


@dataclass(frozen=True)
class Viewer:
    """A terminal program. `before` is typed before there are rows; a step that is None it has not got."""

    name: str
    command: tuple[str, ...]
    source: Callable[[str], Path]
    has_rows: Callable[[str, Truth], bool]
    other_end: Step | None
    search: Step | None
    before: Step | None = None
    version: tuple[str, ...] = ()


def _says(key: str, of: str = "last") -> Callable[[str, Truth], bool]:
    return lambda text, truth: getattr(truth, of)[key] in text


def _jsonl(size: str) -> Path:
    return file_of(size, ".jsonl")


def _has_hits(text: str, truth: Truth) -> bool:
    return f"{truth.hits:,} hits" in text or f"{truth.hits} hits" in text


_OPEN = (sys.executable, "-m", "tracetui", "open", "--fresh")
_INDEXED = Step((), lambda text, _: has_rows(text) and "indexing" not in text)
_TO_THE_OLDEST = Step(("G",), _says("trace_id", "first"))
_FILTER = Step(
    ("/", f'"{PHRASE}"\r'), lambda text, _: re.search(r"Traces [\d,]+ of", text) is not None and has_rows(text)
)
_SQL_ROWS = "select trace_id, start_ns from traces order by start_ns desc limit 100"
_SQL_HITS = f"select count(*) || ' hits' from payloads where input like '%{PHRASE}%' or output like '%{PHRASE}%'"
_HARLEQUIN = ("harlequin/bin/harlequin", "-a", "sqlite", "-r")


def _has_editor(text: str, _: Truth) -> bool:
    return "Data Catalog" in text and "Query Editor" in text


VIEWERS = (
    Viewer(
        "tracetui", _OPEN, _jsonl, lambda text, _: has_rows(text), _INDEXED, None,
        version=(sys.executable, "-m", "tracetui", "--version"),
    ),
    Viewer("tracetui, again", _OPEN, _jsonl, lambda text, _: has_rows(text), _TO_THE_OLDEST, _FILTER),
    Viewer("tracetui", _OPEN, store_of, lambda text, _: has_rows(text), _TO_THE_OLDEST, _FILTER),
    Viewer("lnav", ("lnav", "-N"), _jsonl, lambda text, _: '"ts":"' in text, Step(("g",), _says("ts", "first")),
           Step(("/", PHRASE + "\r"), _has_hits), version=("lnav", "-V")),
    Viewer("toolong", ("toolong/bin/tl",), _jsonl, _says("ts"), Step(("<home>",), _says("ts", "first")), None),
    Viewer("visidata", ("visidata/bin/vd",), _jsonl, _says("span_id", "first"), Step(("G",), _says("span_id"), True), None),
    Viewer(
        "harlequin", _HARLEQUIN, store_of, lambda text, truth: truth.last["trace_id"][:12] in text, None, None,
        before=Step((_SQL_ROWS, "\n"), _has_editor),
    ),
    Viewer(
        "harlequin, counting hits", _HARLEQUIN, store_of, lambda text, _: re.search(r"\d+ hits", text) is not None, None,
        None, before=Step((_SQL_HITS, "\n"), _has_editor),
    ),
    Viewer(
        "tracecraft", ("tracecraft/bin/tracecraft", "tui"), tracecraft_of,
        lambda text, _: re.search(r"│ [✓✕]  ", text) is not None, None, None,
    ),
)  # fmt: skip


def measure(viewer: Viewer, size: str, truth: Truth) -> list[str]:
    """The cells of a program."""
    program = viewer.command[0] if "/" not in viewer.command[0] else str(PEERS / viewer.command[0])
    if viewer.command is _OPEN:
        program = sys.executable
    if shutil.which(program) is None:
        return ["–", "–", "not installed", "", "", "", ""]
    path = viewer.source(size)
    cells = [_version(viewer, program), f"{path.name}, {path.stat().st_size / 1e6:,.0f} MB"]
    running = Program([program, *viewer.command[1:], str(path)], *WIDE)
    try:
        _until(running, lambda text: (viewer.before.is_done if viewer.before else viewer.has_rows)(text, truth))
        if viewer.before is not None:
            _type(running, viewer.before.keys)
            _until(running, lambda text: viewer.has_rows(text, truth))
        cells += [f"{time.perf_counter() - running.started:.2f} s", f"{running.rss_mib():,.0f} MiB"]
        for step in (viewer.other_end, viewer.search):
            cells.append(_take(running, step, truth))
        cells.append(f"{running.rss_mib():,.0f} MiB")
    except GivenUp as error:
        cells.append(str(error))
    finally:
        running.close()
    return [*cells, *[""] * (7 - len(cells))]


def _take(running: Program, step: Step | None, truth: Truth) -> str:
    if step is None:
        return "–"
    settle(running, 0.3, 2.0)
    begin = time.perf_counter()
    try:
        _type(running, step.keys)
        _until(running, lambda text: step.is_done(text, truth), step.keys if step.is_repeated else ())
    except GivenUp as error:
        return str(error)
    return f"{time.perf_counter() - begin:.2f} s"


def _type(running: Program, keys: tuple[str, ...]) -> None:
    for text in keys:
        for key in decode_keys(text) if text.startswith("<") else [text]:
            running.write(key)
            settle(running, 0.15, 1.0)


def _until(running: Program, is_done: Callable[[str], bool], again: tuple[str, ...] = ()) -> None:
    begin = typed = time.perf_counter()
    while not is_done(running.text()):
        running.pump(0.002)
        if again and time.perf_counter() - typed > 1:
            _type(running, again)
            typed = time.perf_counter()
        if running.exit is not None:
            raise GivenUp(f"it ended with {running.exit}")
        if time.perf_counter() - begin > _PATIENCE_S:
            raise GivenUp(f"> {_PATIENCE_S:.0f} s, {running.rss_mib():,.0f} MiB")


def _version(viewer: Viewer, program: str) -> str:
    if viewer.version:
        said = subprocess.run(viewer.version, check=False, capture_output=True, text=True).stdout
        return (re.findall(r"\d+\.\d[\w.]*", said) or ["–"])[0]
    if program == sys.executable:
        return ""
    question = f"import importlib.metadata as m; print(m.version({viewer.name.partition(',')[0]!r}))"
    python = Path(program).with_name("python")
    return subprocess.run([str(python), "-c", question], check=False, capture_output=True, text=True).stdout.strip()


def truth_of(path: Path) -> Truth:
    """What is in a file."""
    with path.open("rb") as file:
        first = file.readline()
        file.seek(max(0, path.stat().st_size - _LONGEST))
        last = file.read().splitlines()[-1]
    found = subprocess.run(["grep", "-ic", PHRASE, str(path)], check=False, capture_output=True, text=True).stdout
    return Truth(json.loads(first), json.loads(last), int(found))


def main() -> None:
    """Print the tables, and keep them with `--save`."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("size", nargs="?", default="1gb", choices=SIZES)
    parser.add_argument("--only", help="names, separated by commas; `servers` are the servers")
    parser.add_argument("--save", action="store_true", help="write the section of RESULTS.md")
    options = parser.parse_args()
    home = Path(tempfile.mkdtemp(prefix="tracetui-peers-"))
    os.environ |= {f"TRACETUI_{name}_DIR": str(home / name) for name in ("CONFIG", "CACHE", "STATE", "DATA")}
    os.environ["HOME"] = str(home)
    wanted = options.only.split(",") if options.only else None
    try:
        if wanted != ["servers"]:
            table = viewers(options.size, wanted)
            lines = [_machine(), "", *table, "", NOTE]
            if options.save:
                save_section("Other tools on the same data", f"python -m benchmarks.peers {options.size} --save", lines)
        if wanted is None or "servers" in wanted:
            table = servers(home)
            lines = [_machine(), "", *table, "", SERVERS_NOTE]
            print("", *lines, sep="\n")
            if options.save:
                save_section(
                    "Servers that take the same spans", "python -m benchmarks.peers --only servers --save", lines
                )
    finally:
        shutil.rmtree(home, ignore_errors=True)


def _machine() -> str:
    """The machine, and what it was busy with in the last quarter of an hour: about one, where nothing else ran."""
    return f"{machine()}, load {os.getloadavg()[2]:.1f}"


def viewers(size: str, wanted: list[str] | None) -> list[str]:
    """The table of the terminal programs."""
    truth, lines = truth_of(_jsonl(size)), list(_HEAD)
    print(machine(), "", *lines, sep="\n", flush=True)
    for viewer in VIEWERS:
        if wanted is None or viewer.name.partition(",")[0] in wanted:
            lines.append(f"| {viewer.name} | {' | '.join(measure(viewer, size, truth))} |")
            print(lines[-1], flush=True)
    return lines


NOTE = (
    "Lines of lnav and toolong, cells of VisiData and rows of harlequin are what stands in the file: no traces, no trees, "
    "no costs. The other end is the oldest trace, or the other end of the file; where tracetui reads the file for the first "
    "time it is when all is indexed. toolong marks what it searches for only in the lines that it shows, VisiData does not show how "
    "far it is; TraceCraft reads its own files only, and its filter looks at names."
)

SERVERS_NOTE = (
    "One client sends two batches of 512 spans as OTLP protobuf. Each figure is from the start of the server, or of sending, "
    "on. The first page is asked for over HTTP; for tracetui it is `ls --json`, with the start of Python in it."
)

if __name__ == "__main__":
    main()
