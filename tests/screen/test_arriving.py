"""What another program writes takes its place in the list: on top, in the middle, again, or away."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.screen.program import press, running, until
from tracetui.tui.screens import listing

NEWEST_NS = 1_795_500_000 * 10**9
"""Later than any trace of the samples."""


@pytest.fixture
def store(support_db: Path) -> Iterator[sqlite3.Connection]:
    conn = sqlite3.connect(support_db)
    yield conn
    conn.close()


def write(conn: sqlite3.Connection, trace_id: str, start_ns: int, name: str | None = None) -> None:
    row = (trace_id, "a", name or trace_id, start_ns, start_ns + 10**9)
    conn.execute("INSERT OR REPLACE INTO spans (trace_id, span_id, name, start_ns, end_ns) VALUES (?, ?, ?, ?, ?)", row)
    conn.commit()


def place(text: str, name: str) -> int:
    return next(number for number, line in enumerate(text.splitlines()) if name in line.split("││")[0])


async def test_newer_traces_come_on_top_newest_first(support_db: Path, store: sqlite3.Connection) -> None:
    async with running(support_db) as pilot:
        await until(pilot, "Traces 215 ")
        for number in range(3):
            write(store, f"arrived-{number}", NEWEST_NS + number)
        text = await until(pilot, lambda text: "Traces 218 " in text and "arrived-0" in text)
        assert (
            place(text, "arrived-2")
            < place(text, "arrived-1")
            < place(text, "arrived-0")
            < place(text, "support-agent")
        )
        assert "218 traces" in await until(pilot, "218 traces")


async def test_an_older_trace_comes_at_its_place(support_db: Path, store: sqlite3.Connection) -> None:
    store.execute("SELECT 1")
    (third,) = store.execute("SELECT start_ns FROM traces ORDER BY start_ns DESC LIMIT 1 OFFSET 2").fetchone()
    async with running(support_db) as pilot:
        await until(pilot, "Traces 215 ")
        write(store, "newer", NEWEST_NS)
        await until(pilot, "Traces 216 ")
        write(store, "older", third - 1)
        text = await until(pilot, lambda text: "Traces 217 " in text and "older" in text)
        assert place(text, "older") == place(text, "newer") + 4


async def test_a_trace_whose_beginning_came_late_moves_to_its_place(
    support_db: Path, store: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listing, "_WHOLE_S", 0.0)
    async with running(support_db) as pilot:
        await until(pilot, "Traces 215 ")
        write(store, "first", NEWEST_NS + 5)
        write(store, "second", NEWEST_NS + 3)
        await until(pilot, lambda text: "Traces 217 " in text and "second" in text and "first" in text)
        write(store, "first", NEWEST_NS + 1)
        await until(pilot, lambda text: place(text, "second") < place(text, "first"))


async def test_what_does_not_match_the_filter_does_not_come(support_db: Path, store: sqlite3.Connection) -> None:
    async with running(support_db, query="name:docs-bot", title="Traces ") as pilot:
        write(store, "stranger", NEWEST_NS)
        text = await until(pilot, "of 216")
        assert "stranger" not in text
        await press(pilot, "backslash", "stranger")
