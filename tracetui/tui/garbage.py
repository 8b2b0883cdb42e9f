"""Collecting garbage while nothing is drawn.

What Textual draws lies in circles, so that Python has to look for it from time to time, and does so where something is
made: in the middle of drawing, which then takes twice as long. So it is looked for as soon as the screen rests, when
little has come together. While keys and answers keep coming Python looks by itself, as ever; and so it does where there is
much to look through, so that this takes a small share of the time whatever a session has come to hold.
"""

from __future__ import annotations

import asyncio
import gc
import time

_RESTS_S = 0.1
_PAUSES = 30
"""For so many times of what it took, it is not done again."""
_DUE = 3
"""So many rounds through what is young, of the ten after which Python looks through everything."""


class Garbage:
    """Knows when the screen rests. Nothing is done until the program has started: it does so without collecting."""

    def __init__(self) -> None:
        self._waiting: asyncio.TimerHandle | None = None
        self._has_begun = False
        self._not_before_s = 0.0

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
        begin_s = time.perf_counter()
        if gc.get_count()[2] >= _DUE and begin_s >= self._not_before_s:
            gc.collect()
            end_s = time.perf_counter()
            self._not_before_s = end_s + _PAUSES * (end_s - begin_s)
