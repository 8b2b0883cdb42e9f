"""Sample databases of other tools: kept compressed, unpacked for each test that may change them."""

from __future__ import annotations

import lzma
import sqlite3
from contextlib import closing
from pathlib import Path

DATA = Path(__file__).parent.parent / "data"


def unpack(name: str, folder: Path) -> Path:
    """`tests/data/<name>.xz` as a file of its own in `folder`."""
    path = folder / Path(name).name
    path.write_bytes(lzma.decompress((DATA / f"{name}.xz").read_bytes()))
    return path


def change(path: Path, *statements: str) -> None:
    """What another program does to the database: each statement, and committed in the end."""
    with closing(sqlite3.connect(path)) as conn:
        for statement in statements:
            conn.execute(statement)
        conn.commit()


def rows_of(path: Path, sql: str) -> list[tuple[object, ...]]:
    """What another program finds in the database."""
    with closing(sqlite3.connect(path)) as conn:
        return conn.execute(sql).fetchall()


def drop_indexes(path: Path) -> None:
    """Take away the tool's indexes, which keep columns from being dropped and JSON from being damaged."""
    named = rows_of(path, "SELECT name FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL")
    change(path, *(f'DROP INDEX "{name}"' for (name,) in named))
