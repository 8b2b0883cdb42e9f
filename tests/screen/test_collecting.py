"""The collector beside the screen: what it did stands in the status line, and what came in the list."""

from __future__ import annotations

from concurrent.futures import Future
from pathlib import Path

import pytest

from tests.screen.program import WIDE, press, until, until_true
from tests.unit.collector.conftest import Client
from tracetui.collector.listen import Address, listen
from tracetui.config import Config
from tracetui.tui.actions_take import Taking
from tracetui.tui.app import Start, TracetuiApp
from tracetui.workspace import Workspace, open_workspace


async def test_what_an_sdk_sends_appears_with_the_counts(tmp_path: Path) -> None:
    store = tmp_path / "dev.db"
    collector = listen(store, Address(port=0))
    opening: Future[Workspace] = Future()
    opening.set_result(open_workspace([store]))
    app = TracetuiApp(opening, Start(names=("dev.db",), collecting=collector.told), Config())
    async with app.run_test(size=WIDE) as pilot:
        await until(pilot, lambda text: f"{collector.address} 0 spans" in text)
        client = Client(collector.address)
        client.replay("otlp-genai")
        client.send("POST", "/v1/traces", b"{", content_type="application/json")
        wanted = ("25 spans, 1 malformed", "11 traces", "invoke_ag")
        await until(pilot, lambda text: all(part in text for part in wanted))
    app.questions.close()
    collector.close()


async def test_the_palette_copies_what_to_set_for_an_sdk(support_db: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opening: Future[Workspace] = Future()
    opening.set_result(open_workspace([support_db]))
    lines = {"langfuse": "export LANGFUSE_HOST=http://127.0.0.1:4318\n", "otel": "export X=1\n"}
    app = TracetuiApp(opening, Start(names=("support.db",), connecting=lines), Config())
    copied: list[str] = []
    monkeypatch.setattr(Taking, "put", lambda taking, text, what: copied.append(text))
    async with app.run_test(size=WIDE) as pilot:
        await until(pilot, lambda text: "support-agent" in text)
        await press(pilot, "colon c o n n e c t space l a n g f", "connect langfuse")
        await pilot.press("enter")
        await until_true(pilot, lambda: copied == [lines["langfuse"]])
    app.questions.close()
