"""The directories and files of ours, and who else may read them."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path

from msgspec import Struct

from tracetui.config import own_dirs
from tracetui.doctor.findings import Finding
from tracetui.doctor.private import own_path

KINDS = ("config", "cache", "data", "state")
_OURS = KINDS[1:]
"""What tracetui makes itself, and makes private; the configuration is the user's."""
_READABLE, _WRITABLE = stat.S_IRWXG | stat.S_IRWXO, stat.S_IWGRP | stat.S_IWOTH
_MOST = 20_000


class Place(Struct, frozen=True):
    """A directory of ours. `mode` is octal, None where it is not there; `open` counts what others may read in it (of
    the configuration: write), the directory included; `partial` says that not all of its files were looked at."""

    kind: str
    path: str
    mode: str | None = None
    files: int = 0
    bytes: int = 0
    open: int = 0
    writable: bool = True
    partial: bool = False


def look_at_places(environ: Mapping[str, str] = os.environ, *, whole: bool = False) -> list[Place]:
    """Look through our directories; none is made. `whole` shows whole paths."""
    pairs = zip(KINDS, own_dirs(), strict=True)
    return [_look(kind, path, own_path(path, environ, whole=whole)) for kind, path in pairs]


def _look(kind: str, folder: Path, shown: str) -> Place:
    try:
        mode = stat.S_IMODE(folder.stat().st_mode)
    except OSError:
        return Place(kind, shown)
    wrong = _READABLE if kind in _OURS else _WRITABLE
    files = size = is_open = 0
    is_open += bool(mode & wrong)
    for entry in _entries(folder):
        if files >= _MOST:
            break
        files += entry.is_file(follow_symlinks=False)
        try:
            found = entry.stat(follow_symlinks=False)
        except OSError:
            continue  # an index that another process threw away just now
        size += found.st_size
        is_open += not stat.S_ISLNK(found.st_mode) and bool(found.st_mode & wrong)
    return Place(kind, shown, f"{mode:04o}", files, size, is_open, os.access(folder, os.W_OK), files >= _MOST)


def _entries(folder: Path) -> Iterator[os.DirEntry[str]]:
    waiting = [str(folder)]
    while waiting:
        try:
            with os.scandir(waiting.pop()) as entries:
                for entry in entries:
                    yield entry
                    if entry.is_dir(follow_symlinks=False):
                        waiting.append(entry.path)
        except OSError:
            continue  # not ours to read: `writable` says so of the directory itself


def judge_places(places: list[Place]) -> Iterator[Finding]:
    """Files that others can read, and directories that cannot be written."""
    for place in places:
        if place.mode is None:
            continue
        if place.open and place.kind in _OURS:
            what = f"{place.open} of what is in the {place.kind} directory can be read by other users"
            yield Finding("places", "mend", what, f"chmod -R go= {place.path}")
        elif place.open:
            what = "the configuration can be changed by other users"
            yield Finding("places", "mend", what, f"chmod -R go-w {place.path}")
        if not place.writable and place.kind in _OURS:
            what = f"the {place.kind} directory cannot be written by you"
            yield Finding("places", "mend", what, f'sudo chown -R "$(id -un)" {place.path}')
