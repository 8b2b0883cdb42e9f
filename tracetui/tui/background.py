"""Whether the terminal is light or dark: it is asked for its background colour (OSC 11) while the program is loading.

The question is sent before Textual is imported and the answer read after that, so that it costs no time. A terminal
that does not answer within 100 ms is taken as it is; an answer that comes later is dropped by `input_guard`.
"""

from __future__ import annotations

import os
import re
import select
import sys
import time
from collections.abc import Mapping
from typing import Any

PATIENCE_S = 0.1
"""How long an answer is waited for, counted from the question."""
_QUESTION = b"\x1b]11;?\x1b\\"
_ANSWER = re.compile(r"\x1b\]11;rgba?:([0-9a-fA-F]+)/([0-9a-fA-F]+)/([0-9a-fA-F]+)[^\x07\x1b]*(?:\x07|\x1b\\)")


class BackgroundQuestion:
    """One question to the terminal. `ask` before the import of Textual, `read` after it; the terminal is put back."""

    def __init__(self, source: int, target: int) -> None:
        """`source` is read, `target` written; both are file descriptors of the terminal."""
        self._source = source
        self._target = target
        self._before: list[Any] | None = None
        self._until = 0.0

    def ask(self) -> None:
        """Send the question. The terminal echoes nothing until `read`, or the answer would show on the screen."""
        try:
            import termios

            self._before = termios.tcgetattr(self._source)
            silent = termios.tcgetattr(self._source)
            silent[3] &= ~(termios.ECHO | termios.ICANON)
            silent[6][termios.VMIN], silent[6][termios.VTIME] = 1, 0
            termios.tcsetattr(self._source, termios.TCSANOW, silent)
            os.write(self._target, _QUESTION)
        except (ImportError, OSError, ValueError):
            self._before = None
            return
        except termios.error:
            self._before = None
            return
        self._until = time.monotonic() + PATIENCE_S

    def read(self) -> tuple[bool | None, str]:
        """Whether the background is light, None where that is unknown; and the keys that were typed meanwhile."""
        if self._before is None:
            return None, ""
        text = ""
        try:
            while (found := _ANSWER.search(text)) is None:
                ready, _, _ = select.select([self._source], [], [], max(0.0, self._until - time.monotonic()))
                if not ready:
                    return None, text
                text += os.read(self._source, 1024).decode(errors="replace")
        except OSError:
            return None, text
        finally:
            self._put_back()
        return is_light(*found.groups()), text[: found.start()] + text[found.end() :]

    def _put_back(self) -> None:
        import termios

        if self._before is not None:
            termios.tcsetattr(self._source, termios.TCSANOW, self._before)
            self._before = None


def is_light(red: str, green: str, blue: str) -> bool:
    """Whether a colour of one to four hexadecimal digits a channel is nearer to white than to black (Rec. 709 luma)."""
    parts: list[float] = [int(digits, 16) / (16 ** len(digits) - 1) for digits in (red, green, blue)]
    luma: float = 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]
    return luma > 0.5


def is_worth_asking(theme: str | None, environ: Mapping[str, str] = os.environ) -> bool:
    """Whether the answer would matter: no theme was chosen, colours are wanted, and the terminal is known not to mind.

    GNU screen and the Linux console print what they do not understand.
    """
    if theme not in (None, "auto") or environ.get("NO_COLOR"):
        return False
    return environ.get("TERM", "").partition("-")[0] not in ("linux", "screen", "vt100", "vt220") or "TMUX" in environ


def ask_background(theme: str | None) -> BackgroundQuestion | None:
    """Ask the terminal of this process, where that is worth it."""
    if not is_worth_asking(theme) or sys.__stdin__ is None or sys.__stderr__ is None:
        return None
    question = BackgroundQuestion(sys.__stdin__.fileno(), sys.__stderr__.fileno())
    question.ask()
    return question
