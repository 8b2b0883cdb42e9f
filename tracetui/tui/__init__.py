"""The terminal UI. Importing this loads nothing of Textual, so that a terminal that cannot show it is refused at once.

`app` starts, themes and crashes · `keymap` is the table of keys · `actions*` do what keys ask for · `questions` is the only
door to the workspace · `screens` wire · `widgets` and `lines` draw · `terminal`, `background`, `input_guard` and
`plain_signs` know the manners of terminals.
"""

from __future__ import annotations

import gc
import sys
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import TYPE_CHECKING

from tracetui.tui.background import ask_background
from tracetui.tui.beside import Beside
from tracetui.tui.terminal import draw_on_the_terminal, find_obstacle

if TYPE_CHECKING:
    from tracetui.config import Config
    from tracetui.workspace import Workspace

__all__ = ["Beside", "ask_what_to_open", "run_app"]


def ask_what_to_open(rows: Sequence[tuple[str, str, str, str, str]]) -> tuple[str, ...] | None:
    """Let the reader choose from rows of (id, title, age, size, path); the ids, or None where they left.

    The terminal has to be one that the screen can be shown on.
    """
    draw_on_the_terminal()
    from tracetui.config import load_config
    from tracetui.tui.picker import run_picker
    from tracetui.tui.screens.pick import Choice

    return run_picker([Choice(*row) for row in rows], load_config())


def run_app(
    open_workspace: Callable[[], Workspace],
    *,
    query: str | None = None,
    follow: bool = True,
    fresh: bool = False,
    config: Config | None = None,
    names: Sequence[str] = (),
    paths: Sequence[str] = (),
    beside: Beside | None = None,
) -> int:
    """Show the terminal UI until the reader leaves it; the exit code: 0, 1 after a crash, 2 where it cannot be shown.

    `open_workspace` runs in a thread while the screen is being made; what it raises is raised here. `names` are the
    sources as the reader wrote them, `paths` those of which something is remembered, `beside` is the collector that runs
    beside the screen. Without `follow` nothing is read that arrives later, `fresh` forgets what was remembered. Raises UnreadableSource, and WrongUse where the configuration or `query` is wrong.
    """
    obstacle = find_obstacle()
    if obstacle is not None:
        print(obstacle, file=sys.stderr)
        return 2
    # Nothing of what is imported and built now is garbage, and looking for some takes 60 ms of the time to the first
    # rows. `TracetuiApp` turns the collector on again.
    gc.disable()
    draw_on_the_terminal()
    opening: Future[Workspace] = Future()
    threading.Thread(target=_open, args=(open_workspace, opening), name="tracetui open", daemon=True).start()
    if config is None:
        from tracetui.config import load_config

        config = load_config()
    question = ask_background(config.ui.theme)
    try:
        from tracetui.tui.app import Start, start_app
    finally:
        is_light, typed = question.read() if question is not None else (None, "")
    return start_app(
        opening,
        Start(query, follow, fresh, tuple(names), is_light, typed, tuple(paths), beside),
        config,
    )


def _open(open_workspace: Callable[[], Workspace], opening: Future[Workspace]) -> None:
    """In a thread of its own, beside the import of Textual."""
    try:
        opening.set_result(open_workspace())
    except BaseException as error:  # noqa: BLE001  raised again where the answer is taken
        opening.set_exception(error)
