"""What there is to open: the stores in the usual places and the files of the folder one stands in, newest first.

Nothing is searched for: known places are looked at, folders a few levels deep, all within a bounded time. What was not
come to in that time is said.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from msgspec import Struct

from tracetui.errors import UnreadableSource
from tracetui.sources.head import SQLITE_MAGIC, Head
from tracetui.workspace.folder import NOT_DATA
from tracetui.workspace.formats import find_format
from tracetui.workspace.places import PLACES, Place, Surroundings, paths_of

PATIENCE_S = 0.25
"""Seconds for everything."""
_DEEP = 5
"""Levels of a folder that are looked at for its size and age: Codex keeps `sessions/2026/11/25/rollout-….jsonl`."""
_SUFFIXES = (".db", ".sqlite", ".sqlite3", ".jsonl", ".ndjson", ".json", ".eval", ".csv", ".gz", ".zst")
_LOGS = (".db", ".sqlite", ".sqlite3", ".jsonl", ".ndjson", ".eval")
"""Files that are worth listing although there was no time to look into them; JSON and CSV may be anything."""
_MOST = 300
"""Files of the present folder that are looked at, the newest first."""
NOT_LOOKED_AT = "not looked at yet"


class Found(Struct, frozen=True):
    """Something that can be opened. `format` is the tool or the format; a folder has `files`.

    `is_partial` says that there was no time to look at all of a folder: it is larger, and perhaps newer.
    """

    path: str
    format: str
    size: int
    modified_ns: int
    files: int | None = None
    is_partial: bool = False


class Discovered(Struct, frozen=True):
    """Everything found, the newest first. `unseen` files of the present folder were not come to and are not listed."""

    found: tuple[Found, ...]
    unseen: int = 0


def discover(
    around: Surroundings | None = None, seconds: float = PATIENCE_S, clock: Callable[[], float] = time.monotonic
) -> Discovered:
    """Look at the usual places, then at the present folder."""
    if around is None:
        around = Surroundings(Path.home(), Path.cwd(), os.environ)
    looking = _Looking(clock, clock() + seconds)
    found: dict[str, Found] = {}
    for place in PLACES:
        for path in paths_of(place, around):
            for one in looking.at_place(place, path):
                found.setdefault(os.path.realpath(one.path), one)
    unseen = looking.at_folder(around.folder, found)
    return Discovered(tuple(sorted(found.values(), key=lambda one: -one.modified_ns)), unseen)


class _Looking:
    """Looks until a deadline."""

    def __init__(self, clock: Callable[[], float], deadline: float) -> None:
        self._clock = clock
        self._deadline = deadline

    @property
    def _is_late(self) -> bool:
        return self._clock() >= self._deadline

    def at_place(self, place: Place, path: Path) -> Iterator[Found]:
        """What is at one of the usual places."""
        try:
            paths = sorted(path.parent.glob(path.name)) if "*" in path.name else [path]
            for one in paths:
                if one.is_dir():
                    if place.holds is None or next(one.glob(place.holds), None) is not None:
                        yield from self._folder(place.title, one)
                elif one.is_file() and one.stat().st_size and _is_what_its_name_says(one):
                    yield _file(place.title, one)
        except (OSError, ValueError):
            return

    def _folder(self, title: str, path: Path) -> Iterator[Found]:
        files = size = newest = 0
        waiting = [(str(path), 0)]
        while waiting and not self._is_late:
            name, depth = waiting.pop()
            for entry in _entries(name):
                if entry.is_dir(follow_symlinks=False):
                    if depth < _DEEP:
                        waiting.append((entry.path, depth + 1))
                elif not entry.name.endswith(NOT_DATA):
                    about = entry.stat(follow_symlinks=False)
                    files, size, newest = files + 1, size + about.st_size, max(newest, about.st_mtime_ns)
        if files or waiting:
            modified = newest or path.stat().st_mtime_ns
            yield Found(str(path), title, size, modified, files, is_partial=bool(waiting))

    def at_folder(self, folder: Path, found: dict[str, Found]) -> int:
        """Add the files of a folder that are recognised, the newest first, and those that look like stores where there
        is no time left; gives how many of the others were not come to."""
        files = [
            entry
            for entry in _entries(str(folder))
            if not entry.name.startswith(".")
            and entry.name.lower().endswith(_SUFFIXES)
            and not entry.name.endswith(NOT_DATA)
            and entry.is_file()
            and os.path.realpath(entry.path) not in found
        ]
        files.sort(key=lambda entry: -entry.stat().st_mtime_ns)
        unseen = 0
        for done, entry in enumerate(files):
            path = Path(entry.path)
            if self._is_late or done >= _MOST:
                title = NOT_LOOKED_AT if done < _MOST and path.name.lower().endswith(_LOGS) else None
                unseen += title is None
            else:
                title = _title_of(path)
            if title is not None:
                found[os.path.realpath(path)] = _file(title, path)
        return unseen


def _entries(folder: str) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return list(entries)
    except OSError:
        return []


def _title_of(path: Path) -> str | None:
    try:
        row = find_format(Head(path))
    except (UnreadableSource, OSError):
        return None
    return None if row is None else row.title


def _file(title: str, path: Path) -> Found:
    """A file; what is newest of a database may stand in its write-ahead log."""
    about = path.stat()
    log = path.with_name(f"{path.name}-wal")
    written = log.stat() if log.exists() else None
    size = about.st_size + (written.st_size if written else 0)
    return Found(str(path), title, size, max(about.st_mtime_ns, written.st_mtime_ns if written else 0))


def _is_what_its_name_says(path: Path) -> bool:
    if path.suffix != ".db":
        return True
    with path.open("rb") as file:
        return file.read(len(SQLITE_MAGIC)) == SQLITE_MAGIC
