"""The terminal and the system disturb the program: it is resized without end, stopped and continued."""

from __future__ import annotations

import fcntl
import os
import shutil
import signal
import struct
import sys
import termios
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.terminal.terminal import Terminal

SAMPLES = Path(__file__).parents[2] / "sample_traces"


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Terminal]:
    path = shutil.copy(SAMPLES / "support.db", tmp_path / "support.db")
    started = Terminal([sys.executable, "-m", "tracetui", "open", str(path)])
    started.until("Traces 215")
    yield started
    started.close()


def test_a_hundred_sizes_in_a_moment_leave_it_drawn_and_alive(terminal: Terminal) -> None:
    for number in range(100):
        size = (40 + number * 7 % 160, 10 + number * 3 % 40) if number < 99 else (100, 30)
        fcntl.ioctl(terminal.fd, termios.TIOCSWINSZ, struct.pack("HHHH", size[1], size[0], 0, 0))
        os.kill(terminal.pid, signal.SIGWINCH)
    terminal.type("?")
    terminal.until("Keys in")
    terminal.type("\x1b")
    terminal.until("Traces 215")
    terminal.type("Q")
    assert terminal.until_ended() == 0


def test_it_goes_on_after_it_was_stopped_from_outside_and_leaves_the_terminal_as_it_was(terminal: Terminal) -> None:
    terminal.signal(signal.SIGSTOP)
    terminal.until_stopped()
    terminal.signal(signal.SIGCONT)
    terminal.until(lambda _: terminal.drawn.count(b"\x1b[?1049h") == 2)
    terminal.type("?")
    terminal.until("Keys in")
    terminal.type("\x1b")
    terminal.until(lambda text: "Keys in" not in text)
    terminal.type("Q")
    assert terminal.until_ended() == 0
    assert terminal.attributes == terminal.before
