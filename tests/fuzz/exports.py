"""Fuzz targets of files that others compress: Parquet and gzip, with their bytes damaged and with odd contents."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import Any
from unittest.mock import patch

from tests.fuzz.reading import folder, read_file

DATA = Path(__file__).parents[1] / "data"
_AS_IT_IS, _PACKED = 0, 1
"""The first byte of an input: its rest is the file, or what is packed into one."""
HEAD = 1


@cache
def _duckdb() -> Any:
    """One for all inputs: it takes longer to begin than to read."""
    import duckdb

    conn = duckdb.connect(":memory:", config={"threads": 1, "autoinstall_known_extensions": False})
    conn.execute("SET TimeZone = 'UTC'")
    return conn


def clear_up() -> None:
    """Close what reading Parquet keeps."""
    if _duckdb.cache_info().currsize:
        _duckdb().close()
        _duckdb.cache_clear()


@contextmanager
def _at_hand() -> Iterator[None]:
    conn = _duckdb()
    with patch("duckdb.connect", lambda *_, **__: conn.cursor()):
        yield


def parquet(data: bytes) -> None:
    """Read a Parquet file of these bytes, or of the rows in these lines of JSON."""
    if not data:
        return
    import duckdb

    path, conn = folder() / "input.parquet", _duckdb()
    path.unlink(missing_ok=True)
    path.write_bytes(data[1:])
    if data[0] % 2 == _PACKED:
        rows = folder() / "rows.jsonl"
        path.rename(rows)
        with suppress(duckdb.Error), closing(conn.cursor()) as cursor:
            cursor.execute("CREATE OR REPLACE TEMP TABLE rows AS SELECT * FROM read_json_auto(?)", [str(rows)])
            cursor.execute(f"COPY rows TO '{path}' (FORMAT parquet)")
    if path.exists():
        with _at_hand():
            read_file(path)


def parquet_seeds() -> Iterator[bytes]:
    """The samples, and their first rows as JSON."""
    for path in sorted((DATA / "exports").rglob("*.parquet")):
        yield bytes([_AS_IT_IS]) + path.read_bytes()
        with closing(_duckdb().cursor()) as cursor:
            rows = cursor.execute(
                f"SELECT to_json(t) FROM read_parquet('{path}', hive_partitioning = false) AS t LIMIT 2"
            )
            for (row,) in rows.fetchall():
                yield bytes([_PACKED]) + json.dumps(json.loads(row)).encode()


def gzipped(data: bytes) -> None:
    """Read a file of these bytes as gzip, or what they are packed into: two members, the second of them cut off."""
    if not data:
        return
    path, content = folder() / "input.gz", data[1:]
    path.unlink(missing_ok=True)
    if data[0] % 2 == _PACKED:
        half = len(content) // 2
        cut = data[0] // 2 * 8
        whole = gzip.compress(content[:half], mtime=0) + gzip.compress(content[half:], mtime=0)
        content = whole[: len(whole) - cut] if cut else whole
    path.write_bytes(content)
    read_file(path)


def gzip_seeds(texts: Callable[[], Iterator[bytes]]) -> Callable[[], Iterator[bytes]]:
    """Texts, packed by us, and packed as they may be found."""

    def seeds() -> Iterator[bytes]:
        for text in texts():
            yield bytes([_PACKED]) + text[:8_000]
            yield bytes([_AS_IT_IS]) + gzip.compress(text[:8_000], mtime=0)

    return seeds
