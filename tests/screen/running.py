"""The program on a store, driven by keys."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Callable
from concurrent.futures import Future
from contextlib import asynccontextmanager
from pathlib import Path

from textual.pilot import Pilot

from tests.screen.screen_text import screen_text
from tracetui.config import Config
from tracetui.tui.app import Start, TracetuiApp
from tracetui.workspace import Workspace, open_workspace

SAMPLES = Path(__file__).parents[2] / "sample_traces"
WIDE, MEDIUM, NARROW, SMALL = (160, 45), (100, 30), (80, 24), (60, 20)


def copy_sample(folder: Path) -> Path:
    """A copy of the sample store."""
    return Path(shutil.copy(SAMPLES / "support.db", folder / "support.db"))


@asynccontextmanager
async def running(path: Path, size: tuple[int, int] = WIDE, query: str | None = None) -> AsyncIterator[Pilot[None]]:
    """The program on a store, with the first rows on the screen and the first trace loaded."""
    opening: Future[Workspace] = Future()
    opening.set_result(open_workspace([path]))
    app = TracetuiApp(opening, Start(query=query, names=(path.name,)), Config())
    async with app.run_test(size=size) as pilot:
        await until(pilot, lambda text: "reading…" not in text and "opening" not in text)
        await pilot_until(pilot, lambda: app.screen.reading.tree is not None)  # type: ignore[attr-defined]
        yield pilot
    app.questions.close()


async def pilot_until(pilot: Pilot[None], condition: Callable[[], bool]) -> None:
    """Wait until something is so."""
    for _ in range(600):
        if condition():
            return
        await pilot.pause(0.01)
    raise AssertionError(f"not met; the screen was:\n{screen_text(pilot.app)}")


async def until(pilot: Pilot[None], condition: Callable[[str], bool]) -> str:
    """The text of the screen as soon as it fulfils a condition."""
    await pilot_until(pilot, lambda: condition(screen_text(pilot.app)))
    return screen_text(pilot.app)


async def press(pilot: Pilot[None], keys: str, has: str) -> str:
    """Press keys, written with blanks between, and wait until the screen has some text."""
    await pilot.press(*keys.split())
    return await until(pilot, lambda text: has in text)
