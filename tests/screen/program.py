"""The whole program on a store, without a terminal: what its tests share."""

from __future__ import annotations

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
WIDE, MEDIUM, NARROW = (160, 45), (100, 30), (80, 24)


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
    for _ in range(3000):
        text = screen_text(pilot.app)
        if is_met(text):
            return text
        await pilot.pause(0.01)
    raise AssertionError(f"{condition!r} is not met; the screen was:\n{screen_text(pilot.app)}")


def has_all(*texts: str) -> Callable[[str], bool]:
    """Whether the screen has all of these."""
    return lambda screen: all(text in screen for text in texts)


async def press(pilot: Pilot[None], keys: str, *has: str) -> str:
    """Press keys, written with blanks between, and wait until the screen has some texts."""
    await pilot.press(*keys.split())
    return await until(pilot, has_all(*has))
