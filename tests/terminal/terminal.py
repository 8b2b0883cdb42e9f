"""A program on a real pseudo-terminal: its screen as text, the modes it left the terminal in, and how it ended."""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import re
import select
import signal
import struct
import termios
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pyte

PATIENCE_S = 30.0
"""For machines that are busy: a test that waits this long has failed."""
_UNKNOWN = re.compile(
    rb"\x1b\[[<>=][0-9;]*[a-zA-Z]|\x1b\[\?[0-9;]*\$p|\x1b\[[0-9;]*[ $'\"][a-zA-Z]|\x1bP.*?\x1b\\|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)",
    re.S,
)
"""Sequences that pyte would print as text."""
_MODE = re.compile(rb"\x1b\[\?(\d+)([hl])")


class Terminal:
    """Runs `argv` in a terminal. `background` answers when the colour of the background is asked for."""

    def __init__(
        self,
        argv: Sequence[str],
        size: tuple[int, int] = (100, 30),
        environ: Mapping[str, str | None] | None = None,
        background: bytes | None = None,
    ) -> None:
        self._background = background
        self._screen = pyte.Screen(*size)
        self._stream = pyte.ByteStream(self._screen)
        self.drawn = b""
        self.exit: int | None = None
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            _become(argv, environ or {})
        self.before = termios.tcgetattr(self.fd)
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", size[1], size[0], 0, 0))

    @property
    def text(self) -> str:
        """What is on the screen."""
        columns, rows = range(self._screen.columns), range(self._screen.lines)
        return "\n".join("".join(self._screen.buffer[row][column].data for column in columns).rstrip() for row in rows)

    @property
    def modes(self) -> dict[int, bool]:
        """Each private mode that was ever set or reset, and what it is now."""
        return {int(mode): state == b"h" for mode, state in _MODE.findall(self.drawn)}

    @property
    def attributes(self) -> list[Any]:
        """The terminal's line settings, as `before` has those of the start."""
        return termios.tcgetattr(self.fd)

    def type(self, keys: str) -> None:
        """Press keys."""
        os.write(self.fd, keys.encode())

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to the program."""
        os.kill(self.pid, number)

    def until(self, has: str | Callable[[str], bool]) -> str:
        """Read until the screen has a text, or fulfils a condition; the screen then."""
        is_met = (lambda text: has in text) if isinstance(has, str) else has
        self._read_while(lambda: not is_met(self.text))
        assert is_met(self.text), f"{has!r} is not on the screen:\n{self.text}"
        return self.text

    def until_stopped(self) -> None:
        """Read until the program is suspended."""
        self._read_while(lambda: not self._is_stopped())
        while select.select([self.fd], [], [], 0.05)[0]:  # what it wrote before it stopped
            self._take()

    def until_ended(self) -> int:
        """Read until the program has ended; its exit code."""
        self._read_while(lambda: self.exit is None)
        assert self.exit is not None, f"it still runs:\n{self.text}"
        return self.exit

    def close(self) -> None:
        """End the program, whatever it does."""
        if self.exit is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)
            with contextlib.suppress(ChildProcessError):
                os.waitpid(self.pid, 0)
        os.close(self.fd)

    def _is_stopped(self) -> bool:
        pid, status = os.waitpid(self.pid, os.WNOHANG | os.WUNTRACED)
        if pid and not os.WIFSTOPPED(status):
            self.exit = os.waitstatus_to_exitcode(status)
            raise AssertionError(f"it ended with {self.exit} instead:\n{self.text}")
        return bool(pid)

    def _read_while(self, waits: Callable[[], bool]) -> None:
        until = time.monotonic() + PATIENCE_S
        while waits() and time.monotonic() < until:
            ready, _, _ = select.select([self.fd], [], [], 0.05)
            if ready and not self._take():
                return

    def _take(self) -> bool:
        try:
            data = os.read(self.fd, 65536)
        except OSError:  # Linux says so when the other side has closed the terminal
            data = b""
        if not data:
            if self.exit is None:
                self.exit = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
            return False
        self.drawn += data
        if self._background is not None and b"\x1b]11;?" in data:
            os.write(self.fd, self._background)
        self._stream.feed(_UNKNOWN.sub(b"", data))
        return True


def _become(argv: Sequence[str], environ: Mapping[str, str | None]) -> None:
    """In the child: become the program."""
    for name, value in {"TERM": "xterm-256color", "COLORTERM": "truecolor", "TMUX": None, **environ}.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value
    try:
        os.execvp(argv[0], argv)
    finally:
        os._exit(127)
