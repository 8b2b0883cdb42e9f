"""The clipboard of whoever looks at the terminal: a program of the desktop, tmux, the terminal itself, or a file instead."""

from __future__ import annotations

import base64
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

from tracetui.config import private_file, state_dir

OSC52_MOST = 74_000
"""Bytes of text that terminals are known to take in one OSC 52 sequence; more is silently dropped by some."""
_SCREEN_MOST = 250
"""Bytes that GNU screen passes through at once."""
_WAIT_S = 2.0


class Writes(Protocol):
    """The terminal."""

    def write(self, data: str) -> None:
        """Send data to the terminal."""
        ...


def copy_out(text: str, terminal: Writes, environ: Mapping[str, str] = os.environ) -> str:
    """Put text on the clipboard; says in words where it went. May take seconds: not for the screen's thread.

    On the machine in front of the reader a program of the desktop takes it. tmux has a buffer of its own and hands it
    on; else the terminal is asked with OSC 52; what is too much for that is a file. Raises OSError where not even a
    file can be written.
    """
    data = text.encode(errors="replace")
    tool = _desktop_tool(environ)
    if tool and _give_to(tool, data):
        return f"the clipboard ({tool[0]})"
    if environ.get("TMUX") and _give_to(("tmux", "load-buffer", "-w", "-"), data):
        return "the tmux buffer and the clipboard"
    if len(data) > OSC52_MOST:
        return f"the file {write_copy(text)} (too much for the clipboard)"
    terminal.write(wrap_sequence(f"\x1b]52;c;{base64.b64encode(data).decode()}\x07", environ))
    return "the clipboard"


def _desktop_tool(environ: Mapping[str, str]) -> Sequence[str] | None:
    """The command that takes the clipboard from its input, where the reader sits at this machine."""
    if environ.get("SSH_CONNECTION") or environ.get("SSH_TTY"):
        return None
    tools = (
        (bool(environ.get("WAYLAND_DISPLAY")), ("wl-copy",)),
        (bool(environ.get("DISPLAY")), ("xclip", "-selection", "clipboard")),
        (sys.platform == "darwin", ("pbcopy",)),
    )
    path = environ.get("PATH")
    return next((tool for is_usable, tool in tools if is_usable and shutil.which(tool[0], path=path)), None)


def _give_to(command: Sequence[str], data: bytes) -> bool:
    try:
        done = subprocess.run(
            command,
            input=data,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=_WAIT_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


def wrap_sequence(sequence: str, environ: Mapping[str, str]) -> str:
    """A sequence for the outer terminal, wrapped so that tmux or GNU screen pass it through."""
    if environ.get("TMUX"):
        return "\x1bPtmux;" + sequence.replace("\x1b", "\x1b\x1b") + "\x1b\\"
    if environ.get("STY"):
        cuts = range(0, len(sequence), _SCREEN_MOST)
        return "".join(f"\x1bP{sequence[start : start + _SCREEN_MOST]}\x1b\\" for start in cuts)
    return sequence


def write_copy(text: str) -> Path:
    """Write text that was too long for the clipboard to a private file; raises OSError."""
    path = state_dir() / "copied.txt"
    path.unlink(missing_ok=True)
    with private_file(path, "w") as file:
        file.write(text)
    return path
