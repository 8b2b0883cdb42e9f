"""Open any local store of LLM traces: `tracetui.open("traces.db")`.

The package itself is light: nothing of the terminal UI, the network or the price table is imported until it is used.
"""

from __future__ import annotations

__version__ = "0.1.0"
