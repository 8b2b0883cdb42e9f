"""Fuzz targets of databases, one for each program that writes them: odd values, columns that are gone, damaged pages.

A database is a sample with few rows and small pages, so that many are tried in a second. The first byte of an input says
what is done to it: to a cell (0), to pages (1), or to its schema (2), with a change to the result in what is left.
"""

from __future__ import annotations

import gzip
import io
import lzma
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from functools import cache, partial
from pathlib import Path
from typing import Any

from tests.fuzz.reading import folder, read_file, read_store

DATA = Path(__file__).parents[1] / "data"
HEAD = 5
"""Bytes before the value of a cell."""
_ROWS = 6
_CELL, _PAGES, _SCHEMA = 0, 1, 2
_KEPT = f'rowid IN (SELECT rowid FROM "{{table}}" ORDER BY rowid LIMIT {_ROWS})'
_KEPT_OF_OURS = "trace_id IN (SELECT trace_id FROM traces ORDER BY rowid LIMIT 2)"
_STALE = "INSERT INTO stale (trace_id) SELECT trace_id FROM traces ORDER BY rowid LIMIT 1"
"""So that one trace is read into an index, and one where it lies."""
_SAMPLES = {
    "tracetui": "../../sample_traces/support.db",
    "phoenix": "phoenix/phoenix.db.xz",
    "mlflow": "mlflow/mlflow.db.xz",
    "handrolled": "handrolled/llm_traces.db",
    "llm": "llm/logs.db.gz",
    "llm-legacy": "llm/legacy.db.gz",
    "promptfoo": "promptfoo/promptfoo.db.gz",
    "openai-agents": "openai_agents/conversations.db.gz",
    "agno": "agno/agno.db.gz",
    "langgraph": "langgraph/checkpoints.db.gz",
    "goose": "goose/sessions.db.gz",
    "opencode": "opencode/opencode.db.gz",
    "copilot": "copilot/agent-traces.db.gz",
    "tracecraft": "tracecraft/tracecraft.db.gz",
}
DATABASES = tuple(_SAMPLES)


@cache
def content_of(name: str) -> bytes:
    """A sample with the first rows of each table, as small as it can be."""
    packed = (DATA / _SAMPLES[name]).read_bytes()
    unpack: Callable[[bytes], bytes] = {".gz": gzip.decompress, ".xz": lzma.decompress}.get(_SAMPLES[name][-3:], bytes)
    path = folder() / "sample.db"
    path.write_bytes(unpack(packed))
    with closing(sqlite3.connect(path, isolation_level=None)) as conn:
        triggers = conn.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for trigger, _ in triggers:
            conn.execute(f'DROP TRIGGER "{trigger}"')
        tables = list(dict.fromkeys(table for table, _ in _columns(conn)))
        for table in sorted(tables, key=lambda table: table == "traces"):
            with suppress(sqlite3.Error):
                kept = _KEPT_OF_OURS if name == "tracetui" else _KEPT.format(table=table)
                conn.execute(f'DELETE FROM "{table}" WHERE NOT ({kept})')
        for _, sql in triggers:
            conn.execute(sql)
        if name == "tracetui":
            conn.execute(_STALE)
        conn.execute("PRAGMA journal_mode = DELETE").fetchone()
        conn.execute("PRAGMA page_size = 1024")
        conn.execute("VACUUM")
    content = path.read_bytes()
    path.unlink()
    return content


def _columns(conn: sqlite3.Connection) -> list[tuple[str, str]]:
    sql = "SELECT name FROM sqlite_master WHERE type = 'table' AND sql NOT LIKE 'CREATE VIRTUAL%' AND name NOT LIKE '%_fts%'"
    names = [name for (name,) in conn.execute(sql)]
    return [(name, row[1]) for name in names for row in conn.execute(f'PRAGMA table_info("{name}")')]


@cache
def _cells(name: str) -> list[tuple[str, str]]:
    with closing(sqlite3.connect(":memory:")) as conn:
        conn.deserialize(content_of(name))
        return _columns(conn)


def _odd(kind: int, content: bytes) -> Any:
    """A value of a cell: text, bytes, a whole number, a fraction, none."""
    text = content.decode("utf-8", "replace")
    whole = int.from_bytes(content[:8], "little", signed=True)
    return (text, content, whole, float(whole) / 7, None, text, text, float("inf"))[kind % 8]


def changed(name: str, data: bytes) -> bytes:
    """A sample after the change that an input asks for."""
    return _changed(name, content_of(name), data)


def _changed(name: str, content: bytes, data: bytes) -> bytes:
    """A database after the change that an input asks for."""
    kind, rest = data[0] % 3, data[1:]
    if kind == _PAGES:
        return _with_pages(content, rest)
    if len(rest) < HEAD - 1:
        return content
    table, column = _cells(name)[int.from_bytes(rest[:2], "little") % len(_cells(name))]
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as conn:
        conn.deserialize(content)
        with suppress(sqlite3.Error):
            if kind == _CELL:
                conn.execute(
                    f'UPDATE OR IGNORE "{table}" SET "{column}" = ?'
                    f' WHERE rowid IN (SELECT rowid FROM "{table}" LIMIT ? OFFSET ?)',
                    (_odd(rest[3], rest[4:]), 1 + rest[2] % 3, rest[2] // 8),
                )
            elif rest[2] % 2:
                conn.execute(f'ALTER TABLE "{table}" DROP COLUMN "{column}"')
            else:
                conn.execute(f'ALTER TABLE "{table}" RENAME COLUMN "{column}" TO "other"')
        content = conn.serialize()
    return _changed(name, content, rest[3:]) if kind == _SCHEMA else content


def _with_pages(content: bytes, data: bytes) -> bytes:
    """Again and again a place (3 bytes), a length (1), and the bytes that come to stand there."""
    pages, rest = bytearray(content), io.BytesIO(data)
    while len(head := rest.read(4)) == 4:
        at = int.from_bytes(head[:3], "little") % len(pages)
        piece = rest.read(1 + head[3] % 32)[: len(pages) - at]
        pages[at : at + len(piece)] = piece
    return bytes(pages)


def run(name: str, data: bytes) -> None:
    """Read the database of that name after the change that an input asks for."""
    if not data:
        return
    path = folder() / "input.db"
    for beside in ("", "-wal", "-shm", "-journal"):
        Path(f"{path}{beside}").unlink(missing_ok=True)
    path.write_bytes(changed(name, data))
    (read_store if name == "tracetui" else read_file)(path)


def seeds(name: str) -> Iterator[bytes]:
    """Each column with its first own value, each column gone, and the beginning of some pages as it is."""
    content = content_of(name)
    with closing(sqlite3.connect(":memory:")) as conn:
        conn.deserialize(content)
        conn.text_factory = bytes
        for number, (table, column) in enumerate(_cells(name)):
            at = number.to_bytes(2, "little")
            row = conn.execute(f'SELECT "{column}" FROM "{table}" WHERE "{column}" IS NOT NULL').fetchone()
            if row is not None:
                value = row[0] if isinstance(row[0], bytes) else str(row[0]).encode()
                yield bytes([_CELL]) + at + b"\0\0" + value[:4_000]
                yield bytes([_SCHEMA]) + at + b"\1" + bytes([_CELL]) + at + b"\0\0"
    for at in range(0, min(len(content), 40_960), 1_024):
        yield bytes([_PAGES]) + at.to_bytes(3, "little") + b"\x07" + content[at : at + 8]


def databases() -> dict[str, tuple[Callable[[bytes], None], Callable[[], Iterator[bytes]]]]:
    """Of each database what is done with an input, and the inputs to begin with."""
    return {name: (partial(run, name), partial(seeds, name)) for name in DATABASES}
