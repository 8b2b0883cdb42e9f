"""A record as it stands in its source, as text: left out of the longest ones for those who have no use for it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

LONG = 16 << 20
"""Bytes from which a record is not held a second time where nobody looks at it."""

_is_unwanted: ContextVar[bool] = ContextVar("raw is unwanted", default=False)
# As in `lines_cut`: not a parameter that every format would have to hand on.


@contextmanager
def without_raw() -> Iterator[None]:
    """Load the payloads inside without `raw`, where they are long."""
    token = _is_unwanted.set(True)
    try:
        yield
    finally:
        _is_unwanted.reset(token)


def is_left_out(length: int) -> bool:
    """Whether the text of a record of so many bytes is not wanted."""
    return length > LONG and _is_unwanted.get()


def raw_text(data: bytes) -> str:
    """A record as text; "" where it is left out."""
    return "" if is_left_out(len(data)) else data.decode("utf-8", "replace")
