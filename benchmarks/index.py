"""Time one indexing run, and the floor: `orjson.loads` of each record of the same source, one thread.

python -m benchmarks.index FILE        prints {"index_s": …, "floor_s": …, "first_s": …}
"""

from __future__ import annotations

import json
import os
import sqlite3
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path

import orjson


def records(path: Path) -> Iterator[bytes | str]:
    """The lines of a file, or the attributes of each span of a Phoenix store."""
    if path.suffix == ".db":
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as conn:
            yield from (attributes for (attributes,) in conn.execute("SELECT attributes FROM spans ORDER BY id"))
    else:
        with path.open("rb") as file:
            yield from file


def floor(found: Iterable[bytes | str]) -> float:
    """Seconds that parsing each record takes, nothing else."""
    begin = time.perf_counter()
    for record in found:
        orjson.loads(record)
    return time.perf_counter() - begin


def index(path: Path) -> tuple[float, float]:
    """Seconds until everything is indexed and priced, and until the first rows can be shown."""
    from tracetui.workspace import open_workspace

    begin = time.perf_counter()
    workspace = open_workspace([path])
    first = 0.0
    while workspace.poll(0.15).indexing:
        if not first and workspace.trace_ids(limit=1):
            first = time.perf_counter() - begin
    workspace.catch_up()
    whole = time.perf_counter() - begin
    workspace.close()
    return whole, first or whole


if __name__ == "__main__":
    source = Path(sys.argv[1])
    floor(records(source))
    floor_s = floor(records(source))
    with tempfile.TemporaryDirectory(prefix="tracetui-index-") as cache:
        os.environ["TRACETUI_CACHE_DIR"] = cache
        index_s, first_s = index(source)
    print(json.dumps({"index_s": index_s, "floor_s": floor_s, "first_s": first_s}))
