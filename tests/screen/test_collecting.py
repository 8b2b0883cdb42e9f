"""The collector beside the screen: what it did stands in the status line, and what came in the list."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import Future
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from textual.pilot import Pilot

from tests.screen.program import WIDE, press, until, until_true
from tests.unit.collector.conftest import Client
from tracetui.collector.listen import Address, Listening, listen
from tracetui.config import Config
from tracetui.tui.actions_take import Taking
from tracetui.tui.app import Start, TracetuiApp
from tracetui.tui.beside import Beside
from tracetui.workspace import Workspace, open_workspace

RECIPES = {"langfuse": "export LANGFUSE_HOST=http://127.0.0.1:4318\n", "otel": "export X=1\n"}


@pytest.fixture
def collector(tmp_path: Path) -> Iterator[Listening]:
    running = listen(tmp_path / "dev.db", Address(port=0), grpc_port=0)
    yield running
    running.close()


@asynccontextmanager
async def beside(collector: Listening, size: tuple[int, int] = WIDE) -> AsyncIterator[Pilot[None]]:
    """The screen on the store into which it collects."""
    opening: Future[Workspace] = Future()
    opening.set_result(open_workspace([collector.store]))
    start = Start(names=("dev.db",), beside=Beside(collector.told, collector.facts, RECIPES))
    app = TracetuiApp(opening, start, Config())
    async with app.run_test(size=size) as pilot:
        await until(pilot, str(collector.address))
        yield pilot
    app.questions.close()


async def test_what_an_sdk_sends_appears_with_the_counts(collector: Listening) -> None:
    async with beside(collector) as pilot:
        await until(pilot, f"{collector.address} 0 spans")
        client = Client(collector.address)
        client.replay("otlp-genai")
        client.send("POST", "/v1/traces", b"{", content_type="application/json")
        client.send("POST", "/v1/traces", b"{}", content_type="application/json", origin="http://evil.example")
        counted = re.compile(r"25 spans( \([\d.]+/s\))?, 1 refused, 1 malformed")
        wanted = ("11 traces", "invoke_ag")
        await until(pilot, lambda text: bool(counted.search(text)) and all(part in text for part in wanted))


async def test_the_rate_goes_away_when_nothing_comes(collector: Listening) -> None:
    now = 100.0
    collector._counters._clock = lambda: now
    async with beside(collector) as pilot:
        Client(collector.address).replay("otlp-genai")
        await until(pilot, "25 spans (5.0/s)")
        now = 106.0
        await until(pilot, lambda text: "25 spans" in text and "/s)" not in text)


@pytest.mark.parametrize("size", [WIDE, (80, 24)])
async def test_the_view_of_the_collector_says_everything_and_goes_on(
    collector: Listening, size: tuple[int, int]
) -> None:
    async with beside(collector, size) as pilot:
        await press(pilot, "colon c o n n e c t", "where to send")
        await press(pilot, "enter", "LANGFUSE_HOST")
        for wanted in (collector.url, str(collector.grpc_address), "0 requests: who asked", ":connect otel"):
            await until(pilot, wanted)
        Client(collector.address).send("POST", "/v1/traces", b"{}", origin="http://evil.example")
        await until(pilot, lambda text: "1 request:" in text and "web page" in text)
        await press(pilot, "escape", "dev.db")


async def test_the_palette_copies_what_to_set_for_an_sdk(collector: Listening, monkeypatch: pytest.MonkeyPatch) -> None:
    copied: list[str] = []
    monkeypatch.setattr(Taking, "put", lambda taking, text, what: copied.append(text))
    async with beside(collector) as pilot:
        await press(pilot, "colon c o n n e c t space l a n g f", "connect langfuse")
        await pilot.press("enter")
        await until_true(pilot, lambda: copied == [RECIPES["langfuse"]])
