"""Somebody else's SQLite database, written with care: a rating is one short transaction, and whole or not there at all."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import TypeVar

from tracetui.errors import NotWritable
from tracetui.sources.sidecar import is_fleeting
from tracetui.store.connection import LOCK_WAIT_S, file_uri
from tracetui.store.mounts import risk_of_wal

_Result = TypeVar("_Result")


def can_be_written(path: Path) -> bool:
    """Whether the file, and the folder for its journal, can be written, is kept, and is not put at risk by that."""
    is_allowed = os.access(path, os.W_OK) and os.access(path.parent, os.W_OK | os.X_OK)
    return is_allowed and not is_fleeting(path) and risk_of_wal(path) is None


def transact(path: Path, action: Callable[[sqlite3.Connection], _Result]) -> _Result:
    """Do something in one short transaction, waiting some seconds for a lock; it is on disk when this returns.

    Raises NotWritable, and nothing was changed then.
    """
    try:
        with closing(sqlite3.connect(file_uri(path, "rw"), uri=True, timeout=LOCK_WAIT_S)) as conn:
            conn.isolation_level = None
            is_wal = conn.execute("PRAGMA journal_mode").fetchone()[0] == "wal"
            conn.execute("PRAGMA foreign_keys = ON")
            conn.execute("PRAGMA wal_autocheckpoint = 0")
            conn.execute(f"PRAGMA synchronous = {'NORMAL' if is_wal else 'FULL'}")
            conn.execute("BEGIN IMMEDIATE")
            result = action(conn)
            conn.execute("COMMIT")
    except sqlite3.Error as error:
        raise NotWritable(f"{path}: nothing was changed in it ({error}); try again") from error
    if is_wal:
        _sync_log(path)
    return result


def _sync_log(path: Path) -> None:
    """Put the write-ahead log on disk after the lock is given back: a disk can take longer than the tool waits."""
    try:
        descriptor = os.open(f"{path}-wal", os.O_RDONLY)
    except FileNotFoundError:
        return  # SQLite has merged the log into the file, and has put that on disk itself
    try:
        os.fsync(descriptor)
    except OSError as error:
        raise NotWritable(f"{path}: the score may not be on disk ({error.strerror}); save it again") from error
    finally:
        os.close(descriptor)
