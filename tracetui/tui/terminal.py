"""The manners of terminals: refusing one that cannot show the screen, leaving it as it was, and its clipboard.

Textual draws on stderr and reads stdin. Where there is no terminal it would hang or fill a log with escape codes, so that
is found out first, without loading Textual; where only stderr goes to a log, the screen is drawn on stdout.
"""

from __future__ import annotations

import base64
import os
import re
import subprocess
import sys
import time
import traceback
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from tracetui.config import private_file, state_dir
from tracetui.text import inert

if TYPE_CHECKING:
    from typing import TextIO

INSTEAD = "use `tracetui ls`, `show` or `stats` instead, which print plain text, or JSON with --json"
OSC52_MOST = 74_000
"""Bytes of text that terminals are known to take in one OSC 52 sequence; more is silently dropped by some."""
_MESSAGE_MOST = 200
_TMUX_WAIT_S = 2.0


def find_obstacle(environ: Mapping[str, str] = os.environ) -> str | None:
    """Why the screen cannot be shown here, as a sentence with what to do instead; None where it can."""
    streams: dict[str, TextIO | None] = {"input": sys.__stdin__, "output": sys.__stdout__}
    for name, stream in streams.items():
        if stream is None or not stream.isatty():
            return f"tracetui: the screen needs a terminal, and standard {name} is not one; {INSTEAD}"
    if environ.get("TERM", "").lower() in ("", "dumb", "unknown"):
        return f"tracetui: the screen needs a terminal that can move its cursor, and TERM is {environ.get('TERM') or 'not set'}; {INSTEAD}"
    return None


def draw_on_the_terminal() -> None:
    """Let Textual, which draws on what Python calls the original stderr, draw on stdout where stderr goes elsewhere."""
    if sys.__stdout__ is not None and (sys.__stderr__ is None or not sys.__stderr__.isatty()):
        sys.__stderr__ = os.fdopen(os.dup(sys.__stdout__.fileno()), "w", encoding="utf-8", errors="backslashreplace")  # type: ignore[misc]


def prefers_light(environ: Mapping[str, str] = os.environ) -> bool:
    """Whether the terminal says that its background is light (COLORFGBG, as rxvt, Konsole and iTerm set it)."""
    return environ.get("COLORFGBG", "").rpartition(";")[2] in ("7", "15")


def write_crash_log(error: BaseException) -> Path | None:
    """Append where a defect showed, without values of variables, to a log that only its owner can read; its path.

    Messages of errors may quote a prompt: they are cut short and made inert. None where nothing can be written.
    """
    try:
        path = state_dir() / "crash.log"
        with private_file(path) as log:
            log.write(f"{time.strftime('%Y-%m-%d %H:%M:%S')}\n{explain_crash(error)}\n")
    except OSError:
        return None
    return path


def explain_crash(error: BaseException) -> str:
    """The lines of code that led to an error, and its message, cut short."""
    lines = [
        f'  File "{frame.filename}", line {frame.lineno}, in {frame.name}\n    {frame.line or ""}'
        for frame in traceback.extract_tb(error.__traceback__)
    ]
    message = inert(str(error))
    if len(message) > _MESSAGE_MOST:
        message = f"{message[:_MESSAGE_MOST]}…"
    return "\n".join([*lines, f"{type(error).__name__}: {message}"])


_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def paste_safe(text: str) -> str:
    """Text for the clipboard: as it was, emoji and all, but with nothing in it that a shell or terminal would act on."""
    return _CONTROLS.sub(lambda found: inert(found[0]), text.replace("\r\n", "\n"))


class _Writes(Protocol):
    def write(self, data: str) -> None: ...


def copy_out(text: str, terminal: _Writes, environ: Mapping[str, str] = os.environ) -> str:
    """Put text on the clipboard of whoever looks at the terminal; says in words where it went.

    tmux has a buffer of its own and hands it on; else the terminal is asked with OSC 52; too much for that is a file.
    Raises OSError where not even a file can be written.
    """
    data = text.encode(errors="replace")
    if environ.get("TMUX") and _load_tmux_buffer(data):
        return "the tmux buffer and the clipboard"
    if len(data) > OSC52_MOST:
        return f"the file {write_copy(text)} (too much for the clipboard)"
    terminal.write(f"\x1b]52;c;{base64.b64encode(data).decode()}\x07")
    return "the clipboard"


def _load_tmux_buffer(data: bytes) -> bool:
    try:
        done = subprocess.run(
            ["tmux", "load-buffer", "-w", "-"], input=data, capture_output=True, timeout=_TMUX_WAIT_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


def write_copy(text: str) -> Path:
    """Write text that was too long for the clipboard to a private file; raises OSError."""
    path = state_dir() / "copied.txt"
    path.unlink(missing_ok=True)
    with private_file(path, "w") as file:
        file.write(text)
    return path
