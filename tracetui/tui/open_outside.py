"""Opens captured media in the program that the desktop has for them, from a file that only its owner can read."""

from __future__ import annotations

import atexit
import mimetypes
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

_SUFFIXES = {"image/webp": ".webp", "audio/wav": ".wav", "audio/mpeg": ".mp3"}
_SAFE = ("image/", "audio/", "video/", "text/plain", "application/pdf")
"""Types that are opened; others might run something, so only their file is named."""


def open_outside(content: bytes, media_type: str | None, environ: Mapping[str, str] = os.environ) -> str:
    """Write a file of mode 0600 and have it opened; says in words what was done. The file goes with the program."""
    folder = Path(tempfile.mkdtemp(prefix="tracetui-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    path = folder / f"media{_suffix(media_type)}"
    with os.fdopen(os.open(path, os.O_CREAT | os.O_WRONLY, 0o600), "wb") as file:
        file.write(content)
    opener = _opener(environ) if (media_type or "").startswith(_SAFE) and "svg" not in (media_type or "") else None
    if opener is None:
        return f"written to {path} until the program ends"
    try:
        subprocess.Popen(
            [opener, str(path)], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
    except OSError:
        return f"{opener} could not be run; written to {path} until the program ends"
    return f"opened with {opener}: {path}"


def _suffix(media_type: str | None) -> str:
    return _SUFFIXES.get(media_type or "") or mimetypes.guess_extension(media_type or "") or ".bin"


def _opener(environ: Mapping[str, str]) -> str | None:
    """The program that opens a file as the desktop would, where there is a desktop."""
    if sys.platform == "darwin":
        return "open"
    has_desktop = environ.get("DISPLAY") or environ.get("WAYLAND_DISPLAY")
    return "xdg-open" if has_desktop and shutil.which("xdg-open", path=environ.get("PATH")) else None
