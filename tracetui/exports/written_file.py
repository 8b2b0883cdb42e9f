"""A file that is there whole or not at all: written beside its place, then moved there."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable
from pathlib import Path

from tracetui.errors import WrongUse

_LONGEST_NAME = 255
"""Bytes, on all usual file systems."""
_KEPT = 40
"""Characters of the name that the file has while it is written: the longest name has no room for more than itself."""


def check_target(target: str, *, may_replace: bool) -> None:
    """Refuse a file that exists, or whose folder does not. Raises WrongUse."""
    path = Path(target)
    if (length := len(os.fsencode(path.name))) > _LONGEST_NAME:
        raise WrongUse(f"{path.name[:20]}…: a name of {length:,} bytes is too long for a file; give a shorter one")
    if os.path.isdir(path):
        raise WrongUse(f"{target}: a directory; give the name of a file")
    if os.path.exists(path) and not may_replace:
        raise WrongUse(f"{target}: exists already; give another name, or --force to replace it")
    if not os.path.isdir(path.absolute().parent):
        raise WrongUse(f"{target}: there is no such folder; make it first")


def write_file(target: str, pieces: Iterable[str]) -> None:
    """Write the pieces to a private file (0600) and move it to its place; on any error nothing is left behind."""
    path = Path(target).absolute()
    descriptor, name = tempfile.mkstemp(prefix=f".{path.name[:_KEPT]}.", dir=path.parent)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8", errors="backslashreplace", newline="") as file:
            for piece in pieces:
                file.write(piece)
            file.flush()
            os.fsync(file.fileno())
        os.replace(name, path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
