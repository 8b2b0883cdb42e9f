"""How long the screen's own loop stands still while a source is opened and read.

python -m benchmarks.held SOURCE [KEYS[=TEXT]…]        e.g. held big.jsonl "l j=chat" "G" "/ o r d e r enter=“order”"

The program runs without a terminal. Beside it a task asks for the loop every two milliseconds; how late it comes is how
long nothing could have been drawn. A busy machine makes it late as well, so what counts is the smaller of that and the
time of a processor that the process had meanwhile. Prints a line for each step, the opening first: ms until the text is
there (or the screen has come to rest), the longest hold in ms, and the resident MiB afterwards.
"""

from __future__ import annotations

import asyncio
import sys
import time
from concurrent.futures import Future
from contextlib import suppress
from pathlib import Path

from textual import events
from textual.keys import _character_to_key

from tests.screen.screen_text import screen_text
from tracetui.config import Config
from tracetui.tui.app import Start, TracetuiApp
from tracetui.workspace import Workspace, open_workspace

_ASKS_EVERY_S = 0.002
_PATIENCE_S = 120.0


class Heart:
    """Asks for the loop again and again."""

    def __init__(self) -> None:
        self.longest_ms = 0.0

    async def beat(self) -> None:
        """For ever: note how late it is at most."""
        while True:
            began, worked = time.perf_counter(), time.process_time()
            await asyncio.sleep(_ASKS_EVERY_S)
            late = min(time.perf_counter() - began - _ASKS_EVERY_S, time.process_time() - worked)
            self.longest_ms = max(self.longest_ms, late * 1000)


def resident_mib() -> float:
    """Memory of this process."""
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) / 1024 for line in status if line.startswith("VmRSS"))


async def steps(source: str, keys: list[str]) -> None:
    """Open it, press each of the keys, and print what that took."""
    opening: Future[Workspace] = Future()
    app = TracetuiApp(opening, Start(names=(Path(source).name,), paths=(source,), fresh=True), Config())
    heart = Heart()
    async with app.run_test(size=(160, 45)):
        beating = asyncio.create_task(heart.beat())
        for step in ["= ▸ ", *keys]:
            pressed, _, text = step.partition("=")
            heart.longest_ms, began = 0.0, time.perf_counter()
            if not opening.done():
                opening.set_result(await asyncio.to_thread(open_workspace, [source]))
            for key in pressed.split():
                # Not `pilot.press`: that waits until the whole process rests.
                app.post_message(
                    events.Key(_character_to_key(key) if len(key) == 1 else key, key if len(key) == 1 else None)
                )
            while text not in screen_text(app) and time.perf_counter() - began < _PATIENCE_S:
                await asyncio.sleep(0.005)
            took = (time.perf_counter() - began) * 1000
            await asyncio.sleep(0.5)
            said = "" if text in screen_text(app) else " · never came"
            print(
                f"{step:<40} {took:>9,.0f} ms  held {heart.longest_ms:>7,.0f} ms  {resident_mib():>7,.0f} MiB{said}",
                flush=True,
            )
        beating.cancel()
        with suppress(asyncio.CancelledError):
            await beating
    app.questions.close()


if __name__ == "__main__":
    asyncio.run(steps(sys.argv[1], sys.argv[2:]))
