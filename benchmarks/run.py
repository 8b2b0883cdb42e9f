"""Measure what tracetui promises, beside floors of the same run, and print the tables.

python -m benchmarks.run [SIZE...] [--only PART,...] [--save]

Sizes are 1k, 10k, 100k, 1m spans and 1gb of text (default: all but 1k); --save writes RESULTS.md. Parts: list, files,
live, totals (at each size), search (of 1gb, else of the largest size), monsters, commands.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator

from benchmarks import adding_up, files, live, monsters, searching, startup
from benchmarks.build import SIZES, store_of
from benchmarks.machine import RESULTS, machine
from benchmarks.result import HEAD, Result, growth
from benchmarks.screen import first_rows, has_rows, key_times

GROWTH = "How it grows"
DEFAULT = ["10k", "100k", "1m", "1gb"]
INTRO = """# Results

Made by `make bench` (`python -m benchmarks.run --save`), with its floors in the same run, in turn. Sizes: 10k, 100k and 1m
spans (a tenth as many traces) with short texts, and 1 GB with texts as they are. The floor of what is on the screen is a
Textual program with one line, or with a list of 100 rows; that of indexing is `orjson.loads` of the same records on one
thread; that of searching is `grep -ic` over the same text. A small file is indexed in the time that Python needs to load
what prices calls.
"""


def list_(size: str) -> Iterator[Result]:
    """Opening a tracetui store, and moving in its list."""
    opened = ["-m", "tracetui", "open", "--fresh", str(store_of(size))]
    rows_ms, bare_ms = first_rows(opened)
    yield Result("first rows, tracetui store", size, rows_ms, "ms", bare_ms, 1.6)
    key, bare_key, rss, bare_rss = key_times(opened, has_rows)
    yield Result("a key in the list, p95", size, key, "ms", bare_key, 2)
    yield Result("resident memory", size, rss, "MiB", bare_rss, 4)


AT_EACH_SIZE: dict[str, Callable[[str], Iterator[Result]]] = {
    "list": list_,
    "files": files.measure,
    "live": live.measure,
    "totals": adding_up.measure,
}
PARTS = (*AT_EACH_SIZE, "search", "monsters", "commands")


def measure(sizes: list[str], parts: list[str]) -> Iterator[Result]:
    """All lines."""
    for size in sizes:
        for part, measured in AT_EACH_SIZE.items():
            if part in parts:
                yield from measured(size)
    if "search" in parts:
        yield from searching.measure("1gb" if "1gb" in sizes else sizes[-1])
    if "monsters" in parts:
        yield from monsters.measure()
    if "commands" in parts:
        yield from startup.measure(sizes[0])


def save(lines: list[str]) -> None:
    """Write the first part of RESULTS.md; the sections of other benchmarks stay."""
    text = RESULTS.read_text()
    others = re.search(rf"^## (?!{GROWTH}$)", text, re.M)
    RESULTS.write_text("\n".join([INTRO, *lines, "", text[others.start() :] if others else ""]).rstrip() + "\n")


def main() -> None:
    """Print the tables, and keep them with `--save`."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sizes", nargs="*", choices=[*SIZES, []], metavar="SIZE")
    parser.add_argument("--only", default=",".join(PARTS), help="parts, separated by commas")
    parser.add_argument("--save", action="store_true", help="write RESULTS.md")
    options = parser.parse_args()
    sizes = [size for size in SIZES if size in (options.sizes or DEFAULT)]
    cache = os.environ["TRACETUI_CACHE_DIR"] = tempfile.mkdtemp(prefix="tracetui-bench-")
    state = os.environ["TRACETUI_STATE_DIR"] = tempfile.mkdtemp(prefix="tracetui-bench-")  # nothing is remembered
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # as on a user's machine, where modules are compiled once
    begin, head, results = time.monotonic(), machine(), []
    print(head, "", *HEAD, sep="\n", flush=True)
    try:
        for result in measure(sizes, options.only.split(",")):
            results.append(result)
            print(result.line(), flush=True)
    finally:
        shutil.rmtree(cache, ignore_errors=True)
        shutil.rmtree(state, ignore_errors=True)
    grown = growth(results, sizes)
    print("", *grown, "", f"{(time.monotonic() - begin) / 60:.1f} minutes", sep="\n")
    if options.save:
        save([head, "", *HEAD, *(result.line() for result in results), "", f"## {GROWTH}", "", *grown])


if __name__ == "__main__":
    main()
