"""Make the pictures of the README and of docs/ from the sample traces: each is the program, driven by keys."""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
import tempfile
import time
from concurrent.futures import Future
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parent.parent
NOW_NS = 1_795_460_000 * 10**9
"""Some hours after the newest trace of the samples: a picture is the same whenever it is made."""
_PATIENCE_S, _QUIET_S = 20.0, 0.5


class Shot(NamedTuple):
    """A picture: its file, what the list is filtered by, keys, words that have to be on the screen, its size."""

    name: str
    query: str | None
    keys: str
    has: str
    size: tuple[int, int] = (132, 32)


SHOTS = (
    Shot("screen", "tool:track_parcel", "l G", "call 2 of 2", (160, 29)),
    Shot("timeline", "tool:open_return", "l t", "Timeline 6"),
    Shot("totals", None, "dollar_sign", "cost by day"),
    Shot("thread", "session:conv-1131", "c", "❯ I bought a chain"),
    Shot("compare", "tool:track_parcel", "space space D j", "Δ took"),
)


async def take(shot: Shot, folder: Path) -> None:
    """Run the program without a terminal, press the keys, and write the picture when nothing moves any more."""
    from tracetui.config import Config
    from tracetui.tui.app import Start, TracetuiApp
    from tracetui.workspace import Workspace, open_workspace

    opening: Future[Workspace] = Future()
    store = shutil.copy(ROOT / "sample_traces" / "support.db", folder / "support.db")
    opening.set_result(open_workspace([store]))
    app = TracetuiApp(opening, Start(query=shot.query, names=("support.db",), fresh=True, is_light=False), Config())
    async with app.run_test(size=shot.size) as pilot:
        await settle(app, " ▸ ")
        for key in shot.keys.split():
            await pilot.press(key)
            await settle(app, "")
        await settle(app, shot.has)
        picture = app.export_screenshot(title=f"tracetui · {shot.name}")
        # Viewers that know nothing of `textLength` drop blanks at the ends of a text unless they are told to keep them.
        picture = picture.replace("<svg ", '<svg xml:space="preserve" ', 1).replace("&#160;", " ")
        (ROOT / "docs" / f"{shot.name}.svg").write_text(picture, encoding="utf-8")
    app.questions.close()


async def settle(app: object, has: str) -> None:
    """Wait until the screen has some words and has stood still for half a second."""
    before, since, begin = "", time.monotonic(), time.monotonic()
    while has not in before or time.monotonic() - since < _QUIET_S:
        await asyncio.sleep(0.02)
        now = "\n".join(strip.text for strip in app.screen._compositor.render_strips())  # type: ignore[attr-defined]
        if now != before:
            before, since = now, time.monotonic()
        if time.monotonic() - begin > _PATIENCE_S:
            sys.exit(f"{has!r} did not come; the screen was:\n{before}")


def main() -> None:
    """Make them all, in a home of their own and at a fixed time."""
    folder = Path(tempfile.mkdtemp())
    for name in ("CACHE", "STATE", "CONFIG", "DATA"):
        os.environ[f"TRACETUI_{name}_DIR"] = str(folder / name.lower())
    os.environ["TZ"] = "UTC"
    time.tzset()
    time.time_ns = lambda: NOW_NS
    for shot in SHOTS:
        asyncio.run(take(shot, folder))
    shutil.rmtree(folder)


if __name__ == "__main__":
    main()
