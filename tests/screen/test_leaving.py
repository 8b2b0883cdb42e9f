"""Traces that leave a store while it is on the screen leave the list, the sums and the tree."""

from __future__ import annotations

import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests.screen.program import press, running, until
from tracetui.model import Totals
from tracetui.store.connection import open_store, transaction
from tracetui.store.retention import drop_traces
from tracetui.tui.screens import listing
from tracetui.workspace import Workspace


def drop_newest(path: Path, number: int) -> list[str]:
    conn = open_store(path)
    rows = conn.execute("SELECT trace_id FROM traces ORDER BY start_ns DESC LIMIT ?", (number,)).fetchall()
    with transaction(conn):
        drop_traces(conn, [row[0] for row in rows])
    conn.close()
    return [row[0] for row in rows]


async def test_traces_that_leave_are_not_listed_and_not_added_up(support_db: Path) -> None:
    async with running(support_db) as pilot:
        await until(pilot, lambda text: "Traces 215 " in text and "215 traces" in text)
        drop_newest(support_db, 15)
        await until(pilot, lambda text: "Traces 200 " in text and "200 traces" in text)


async def test_an_open_trace_that_leaves_is_said_and_the_next_one_can_be_opened(support_db: Path) -> None:
    async with running(support_db) as pilot:
        await press(pilot, "l")
        drop_newest(support_db, 1)
        await until(pilot, lambda text: "Traces 214 " in text and "✕ no trace " in text)
        await press(pilot, "h j k", "Traces 214 ", " ▸ ")


async def test_sums_that_waited_for_a_busy_machine_do_not_wait_long_to_be_made_again(
    support_db: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    late_s = 0.0
    add_up = Workspace.totals

    def add_up_late(workspace: Workspace, *chosen: Any) -> Totals:
        nonlocal late_s
        late_s += 1000.0
        return add_up(workspace, *chosen)

    monkeypatch.setattr(listing, "time", SimpleNamespace(monotonic=lambda: time.monotonic() + late_s))
    monkeypatch.setattr(Workspace, "totals", add_up_late)
    async with running(support_db) as pilot:
        await until(pilot, lambda text: "Traces 215 " in text and "215 traces" in text)
        drop_newest(support_db, 15)
        await until(pilot, lambda text: "Traces 200 " in text and "200 traces" in text)
