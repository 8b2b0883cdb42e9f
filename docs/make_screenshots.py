"""Make docs/screen.svg from the sample traces: the picture in the README is the program."""

from __future__ import annotations

import asyncio
import os
import shutil
import tempfile
from concurrent.futures import Future
from pathlib import Path

ROOT = Path(__file__).parent.parent


async def main() -> None:
    """Run the program without a terminal and export its screen."""
    folder = Path(tempfile.mkdtemp())
    os.environ["TRACETUI_CACHE_DIR"] = str(folder)
    from tracetui.config import Config
    from tracetui.tui.app import Start, TracetuiApp
    from tracetui.workspace import Workspace, open_workspace

    opening: Future[Workspace] = Future()
    store = shutil.copy(ROOT / "sample_traces" / "support.db", folder / "support.db")
    opening.set_result(open_workspace([store]))
    app = TracetuiApp(opening, Start(query="version:4 tool:get_order", names=("support.db",)), Config())
    async with app.run_test(size=(168, 42)) as pilot:
        for key in ("", "j", "l", "j"):
            if key:
                await pilot.press(key)
            await asyncio.sleep(0.6)
        Path(ROOT / "docs" / "screen.svg").write_text(app.export_screenshot(title="tracetui"), encoding="utf-8")
    app.questions.close()
    shutil.rmtree(folder)


if __name__ == "__main__":
    asyncio.run(main())
