"""The whole program on a store, without a terminal: what its tests share."""

from __future__ import annotations

import shutil
import time
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
WIDE, MEDIUM, NARROW, SMALL, TINY = (160, 45), (100, 30), (80, 24), (60, 20), (40, 10)
_PATIENCE_S, _WORK_S, _MOST_S = 10.0, 3.0, 60.0
"""A test waits ten seconds, but on a machine so busy that it had less than three of those for itself, up to a minute."""


def copy_sample(folder: Path) -> Path:
    """A copy of the sample store."""
    return Path(shutil.copy(SAMPLES / "support.db", folder / "support.db"))


@asynccontextmanager
async def running(
    path: Path,
    size: tuple[int, int] = WIDE,
    query: str | None = None,
    config: Config | None = None,
    is_fresh: bool = False,
    title: str = "Traces ",
) -> AsyncIterator[Pilot[None]]:
    """The program on a store, with the list there (its `title` says so) and the spans of the first trace loaded."""
    opening: Future[Workspace] = Future()
    opening.set_result(open_workspace([path]))
    start = Start(query=query, names=(path.name,), paths=(str(path),), fresh=is_fresh)
    app = TracetuiApp(opening, start, config or Config())
    async with app.run_test(size=size) as pilot:
        await until(pilot, lambda text: title in text and " ▸ " in text.splitlines()[0])
        yield pilot
    app.questions.close()


async def until(pilot: Pilot[None], condition: str | Callable[[str], bool]) -> str:
    """The text of the screen as soon as it has a text, or fulfils a condition."""
    is_met = has_all(condition) if isinstance(condition, str) else condition
    await until_true(pilot, lambda: is_met(screen_text(pilot.app)), repr(condition))
    return screen_text(pilot.app)


async def until_true(pilot: Pilot[None], condition: Callable[[], bool], named: str = "the condition") -> None:
    """Wait until something is so."""
    begin, worked = time.monotonic(), time.process_time()
    while not condition():
        waited = time.monotonic() - begin
        if waited > _MOST_S or (waited > _PATIENCE_S and time.process_time() - worked > _WORK_S):
            raise AssertionError(f"{named} is not met; the screen was:\n{screen_text(pilot.app)}")
        await pilot.pause(0.01)


def has_all(*texts: str) -> Callable[[str], bool]:
    """Whether the screen has all of these."""
    return lambda screen: all(text in screen for text in texts)


async def press(pilot: Pilot[None], keys: str, *has: str) -> str:
    """Press keys, written with blanks between, and wait until the screen has some texts."""
    await pilot.press(*keys.split())
    await until_true(pilot, lambda: has_all(*has)(screen_text(pilot.app)), f"{keys!r} → {has!r}")
    return screen_text(pilot.app)
