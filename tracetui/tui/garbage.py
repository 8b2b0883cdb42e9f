"""Collecting garbage while nothing is drawn.

What Textual draws lies in circles, so that Python has to look for it from time to time, and does so where something is
made: in the middle of drawing, which then takes twice as long. So it is looked for as soon as the screen rests, when
little has come together. While keys and answers keep coming Python looks by itself, as ever.
"""

from __future__ import annotations

import asyncio
import gc

_RESTS_S = 0.1
_DUE = 3
"""So many rounds through what is young, of the ten after which Python looks through everything."""


class Garbage:
    """Knows when the screen rests. Nothing is done until the program has started: it does so without collecting."""

    def __init__(self) -> None:
        self._waiting: asyncio.TimerHandle | None = None
        self._has_begun = False

    def begin(self) -> None:
        """The start is over: what it made stays to the end, and need not be looked through again and again."""
        if not gc.isenabled():
            gc.freeze()
            gc.enable()
            self._has_begun = True

    def wait(self) -> None:
        """Something happens now: collect when it rests."""
        if not self._has_begun:
            return
        if self._waiting is not None:
            self._waiting.cancel()
        self._waiting = asyncio.get_running_loop().call_later(_RESTS_S, self._collect)

    def _collect(self) -> None:
        self._waiting = None
        if gc.get_count()[2] >= _DUE:
            gc.collect()
