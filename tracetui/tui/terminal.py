"""The manners of terminals: refusing one that cannot show the screen and leaving it as it was.

Textual draws on stderr and reads stdin. Where there is no terminal it would hang or fill a log with escape codes, so that
is found out first, without loading Textual; where only stderr goes to a log, the screen is drawn on stdout.
"""

from __future__ import annotations

import os
import re
import signal
import sys
import time
import traceback
from collections.abc import Mapping
from io import TextIOWrapper
from pathlib import Path
from typing import TYPE_CHECKING

from tracetui.config import private_file, state_dir
from tracetui.text import inert

if TYPE_CHECKING:
    from typing import TextIO

INSTEAD = "use `tracetui ls`, `show` or `stats` instead, which print plain text, or JSON with --json"
_MESSAGE_MOST = 200
_QUOTES_NOTHING = (AttributeError, NameError, IndexError, ArithmeticError, RecursionError, MemoryError, ImportError)
"""Errors whose messages are Python's own words and names of our code. Those of others may quote what was read, which is
private: `invalid literal for int() with base 10: 'Where is my order?'`."""


def find_obstacle(environ: Mapping[str, str] = os.environ) -> str | None:
    """Why the screen cannot be shown here, as a sentence with what to do instead; None where it can."""
    streams: dict[str, TextIO | None] = {"input": sys.__stdin__, "output": sys.__stdout__}
    for name, stream in streams.items():
        if stream is None or not stream.isatty():
            return f"tracetui: the screen needs a terminal, and standard {name} is not one; {INSTEAD}"
    if environ.get("TERM", "").lower() in ("", "dumb", "unknown"):
        return f"tracetui: the screen needs a terminal that can move its cursor, and TERM is {environ.get('TERM') or 'not set'}; {INSTEAD}"
    return None


class Drawing(TextIOWrapper):
    """A terminal to draw on. Once it is gone, what is drawn goes nowhere, and the program is told to go as well.

    An error would end Textual's thread that draws, and the program would wait forever for room in the queue before it.
    """

    def __init__(self, fd: int) -> None:
        """On a copy of a descriptor, which other programs on the terminal may have left without waiting for room."""
        os.set_blocking(fd, True)
        super().__init__(os.fdopen(os.dup(fd), "wb"), encoding="utf-8", errors="backslashreplace")

    def write(self, text: str) -> int:
        """Take text to be drawn."""
        try:
            return super().write(text)
        except OSError:
            self._hang_up()
            return len(text)

    def flush(self) -> None:
        """Draw what was written."""
        try:
            super().flush()
        except OSError:
            self._hang_up()

    def _hang_up(self) -> None:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, self.fileno())
        os.close(nowhere)
        os.kill(os.getpid(), signal.SIGHUP)


def draw_on_the_terminal() -> None:
    """Let Textual, which draws on what Python calls the original stderr, draw on stdout where stderr goes elsewhere."""
    on = sys.__stderr__ if sys.__stderr__ is not None and sys.__stderr__.isatty() else sys.__stdout__
    if on is not None:
        sys.__stderr__ = Drawing(on.fileno())  # type: ignore[misc]


def prefers_light(environ: Mapping[str, str] = os.environ) -> bool:
    """Whether the terminal says that its background is light (COLORFGBG, as rxvt, Konsole and iTerm set it)."""
    return environ.get("COLORFGBG", "").rpartition(";")[2] in ("7", "15")


def write_crash_log(error: BaseException) -> Path | None:
    """Append where a defect showed, without values of variables, to a log that only its owner can read; its path.

    Messages of errors are left out where they may quote a prompt. None where nothing can be written.
    """
    try:
        path = state_dir() / "crash.log"
        with private_file(path) as log:
            log.write(f"{time.strftime('%Y-%m-%d %H:%M:%S')}\n{explain_crash(error)}\n")
    except OSError:
        return None
    return path


def explain_crash(error: BaseException) -> str:
    """The lines of code that led to an error, and its message where it quotes nothing."""
    lines = [
        f'  File "{frame.filename}", line {frame.lineno}, in {frame.name}\n    {frame.line or ""}'
        for frame in traceback.extract_tb(error.__traceback__)
    ]
    return "\n".join([*lines, f"{type(error).__name__}: {_message(error)}"])


def _message(error: BaseException) -> str:
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    if not isinstance(error, _QUOTES_NOTHING):
        return "(the message is left out: it may quote what was read)"
    message = inert(str(error))
    return message if len(message) <= _MESSAGE_MOST else f"{message[:_MESSAGE_MOST]}…"


_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def paste_safe(text: str) -> str:
    """Text for the clipboard: as it was, emoji and all, but with nothing in it that a shell or terminal would act on."""
    return _CONTROLS.sub(lambda found: inert(found[0]), text.replace("\r\n", "\n"))
