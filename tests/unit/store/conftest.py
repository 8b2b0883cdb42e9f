from __future__ import annotations

import sqlite3
from collections.abc import Iterator

import pytest

from tracetui.store.schema import INDEX_SCHEMA, STORE_SCHEMA


@pytest.fixture
def index() -> Iterator[sqlite3.Connection]:
    """An empty index in memory."""
    conn = sqlite3.connect(":memory:")
    conn.executescript(INDEX_SCHEMA)
    yield conn
    conn.close()


@pytest.fixture
def store() -> Iterator[sqlite3.Connection]:
    """An empty tracetui store in memory."""
    conn = sqlite3.connect(":memory:")
    conn.executescript(STORE_SCHEMA)
    yield conn
    conn.close()
