"""Open any local store of LLM traces: `tracetui.open("traces.db")`.

The package itself is light: nothing of the terminal UI, the network or the price table is imported until it is used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from tracetui.workspace import Workspace

__version__ = "0.1.0"
__all__ = ["__version__", "open"]


def open(*paths: str | Path) -> Workspace:
    """Open one or more sources, read everything that is new in them, and give the workspace that answers questions.

    Raises UnreadableSource where none can be read. See docs/library.md.
    """
    from tracetui.workspace import open_workspace

    return open_workspace(paths, wait=True)
