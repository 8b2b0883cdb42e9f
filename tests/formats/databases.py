"""Sample databases of other tools: kept compressed, unpacked for each test that may change them."""

from __future__ import annotations

import lzma
import sqlite3
from pathlib import Path

DATA = Path(__file__).parent.parent / "data"


def unpack(name: str, folder: Path) -> Path:
    """`tests/data/<name>.xz` as a file of its own in `folder`."""
    path = folder / Path(name).name
    path.write_bytes(lzma.decompress((DATA / f"{name}.xz").read_bytes()))
    return path


def change(path: Path, *statements: str) -> None:
    """What another program does to the database: each statement committed."""
    conn = sqlite3.connect(path)
    for statement in statements:
        conn.execute(statement)
    conn.commit()
    conn.close()
