"""Time one indexing run, and the floor: `orjson.loads` of each line of the same file, one thread.

python -m benchmarks.index FILE        prints {"index_s": …, "floor_s": …, "first_s": …}
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from pathlib import Path

import orjson


def floor(path: Path) -> float:
    """Seconds that parsing each line takes, nothing else."""
    begin = time.perf_counter()
    with path.open("rb") as file:
        for line in file:
            orjson.loads(line)
    return time.perf_counter() - begin


def index(path: Path) -> tuple[float, float]:
    """Seconds until everything is indexed and priced, and until the first rows can be shown."""
    from tracetui.workspace import open_workspace

    os.environ["TRACETUI_CACHE_DIR"] = tempfile.mkdtemp(prefix="tracetui-index-")
    begin = time.perf_counter()
    workspace = open_workspace([path])
    first = 0.0
    while workspace.poll(0.15).indexing:
        if not first and workspace.trace_ids(limit=1):
            first = time.perf_counter() - begin
    workspace.catch_up()
    return time.perf_counter() - begin, first


if __name__ == "__main__":
    source = Path(sys.argv[1])
    floor(source)
    floor_s = floor(source)
    index_s, first_s = index(source)
    print(json.dumps({"index_s": index_s, "floor_s": floor_s, "first_s": first_s}))
