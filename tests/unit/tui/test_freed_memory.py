"""Memory that a thread has freed goes back to the system."""

from __future__ import annotations

import ctypes
import threading
from pathlib import Path

import pytest

from tracetui.tui import freed_memory
from tracetui.tui.freed_memory import give_back

PIECES, BYTES = 20_000, 2_000


def resident_bytes() -> int:
    status = Path("/proc/self/status").read_text()
    return next(int(line.split()[1]) * 1024 for line in status.splitlines() if line.startswith("VmRSS"))


def test_what_a_thread_freed_goes_back_while_it_still_holds_what_came_last() -> None:
    kept: list[bytes] = []

    def ask() -> None:
        pieces = [bytes(BYTES) for _ in range(PIECES)]
        kept.append(pieces[-1])

    thread = threading.Thread(target=ask)
    thread.start()
    thread.join()
    before = resident_bytes()
    give_back()
    assert before - resident_bytes() > PIECES * BYTES / 2


@pytest.mark.parametrize("missing", [AttributeError, OSError])
def test_other_systems_do_so_themselves(missing: type[Exception], monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: None) -> None:
        raise missing

    monkeypatch.setattr(ctypes, "CDLL", fail)
    freed_memory._trim.cache_clear()
    try:
        give_back()
    finally:
        freed_memory._trim.cache_clear()
