"""Permissions that bind: tests may run as root, whom the system lets read and write everything."""

from __future__ import annotations

import ctypes
import os
import stat
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from unittest.mock import patch

_VERSION_3 = 0x20080522
_DAC_OVERRIDE, _DAC_READ_SEARCH = 1 << 1, 1 << 2


class _Header(ctypes.Structure):
    _fields_ = (("version", ctypes.c_uint32), ("pid", ctypes.c_int))


class _Sets(ctypes.Structure):
    _fields_ = (("effective", ctypes.c_uint32), ("permitted", ctypes.c_uint32), ("inheritable", ctypes.c_uint32))


@contextmanager
def permissions_bind() -> Iterator[None]:
    """Leave the right to pass over permissions, in this thread and in those that it begins; of others there is none."""
    if os.geteuid() != 0:
        yield
        return
    libc = ctypes.CDLL(None, use_errno=True)
    header, now = _Header(_VERSION_3, 0), (_Sets * 2)()
    assert libc.capget(ctypes.byref(header), now) == 0
    before = now[0].effective
    now[0].effective = before & ~(_DAC_OVERRIDE | _DAC_READ_SEARCH)
    assert libc.capset(ctypes.byref(header), now) == 0
    try:
        # Without this, `os.access` asks what the user might do who began the program.
        with patch("os.access", partial(os.access, effective_ids=True)):
            yield
    finally:
        now[0].effective = before
        libc.capset(ctypes.byref(header), now)


@contextmanager
def mode_of(path: Path, mode: int) -> Iterator[None]:
    """Give a file or directory other permissions for a while, and have them bind."""
    before = stat.S_IMODE(path.stat().st_mode)
    with ExitStack() as stack:
        path.chmod(mode)
        stack.callback(path.chmod, before)
        stack.enter_context(permissions_bind())
        yield
