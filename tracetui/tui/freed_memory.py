"""Giving memory back that a long answer needed for a while.

The C library keeps what a thread has freed for what that thread will need next. Each topic has its own thread, so that one
great sum after the other would leave its tens of megabytes behind.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

LONG_S = 0.25
"""An answer that took so many seconds of a core may have needed much."""


def give_back() -> None:
    """Return freed memory of all threads to the system, which takes some milliseconds; other C libraries do so themselves."""
    _trim()(0)


@lru_cache(maxsize=1)
def _trim() -> Callable[[int], object]:
    try:
        import ctypes

        return ctypes.CDLL(None).malloc_trim  # glibc has it
    except (ImportError, OSError, TypeError, AttributeError):
        return lambda _: None
