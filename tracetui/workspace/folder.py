"""A directory of traces: its files are recognised newest first, some at a time, and files that appear later as well.

A project of a coding agent has thousands of files; what was written last is what somebody wants to see first.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Sequence
from collections.abc import Mapping as Mapped
from pathlib import Path
from typing import TYPE_CHECKING

from tracetui.config import own_dirs
from tracetui.errors import UnreadableSource
from tracetui.sources.base import Source
from tracetui.sources.head import Head
from tracetui.workspace.formats import find_format
from tracetui.workspace.resting import Known, find_resting

if TYPE_CHECKING:
    from tracetui.sources.columns import Mapping

NOT_DATA = (".scores.jsonl", "-wal", "-shm", "-journal", ".lock")
_PASSED_OVER = frozenset({"node_modules", "site-packages", "traces_idx"})
"""Folders of programs, and the index that Genkit keeps beside its traces."""
HIDDEN_PLACES = frozenset({".genkit", ".devtools", ".aider.llm.history"})
"""Names that begin with a dot and hold traces: of Genkit, Vercel's AI SDK and aider, in the folder of a project."""
_SOURCE_CODE = (
    ".py", ".pyi", ".ipynb", ".js", ".mjs", ".cjs", ".jsx", ".ts", ".tsx", ".go", ".rs", ".java", ".kt", ".rb", ".php",
    ".c", ".h", ".cc", ".cpp", ".cs", ".swift", ".sh", ".sql", ".md", ".rst", ".html", ".css", ".scss", ".vue", ".toml",
    ".yaml", ".yml", ".lock", ".map",
)  # fmt: skip
"""Programs and their papers, in which lines may look like records; who means such a file names it."""
_LOOK_AGAIN_S = 1.0
_REST = 50
"""A directory is listed again after this many times as long as it took."""
_MOST_FILES = 50_000


_NOT_DATA = NOT_DATA + _SOURCE_CODE


def _is_passed_over(name: str) -> bool:
    return (name.startswith((".", "__")) and name not in HIDDEN_PLACES) or name in _PASSED_OVER


def _stat(entry: os.DirEntry[str]) -> os.stat_result | None:
    """About a file; None where it went away while the directory was listed, as temporary files do."""
    try:
        return entry.stat()
    except OSError:
        return None


def list_files(path: Path) -> list[str]:
    """The files of a directory that may be traces, whatever is in them."""
    return [entry.path for entry in Folder(path)._files()]


class Folder:
    """What is known of the files of one directory, its sub-directories included. `other` of them are no traces."""

    def __init__(self, path: Path, mappings: Sequence[Mapping] = ()) -> None:
        self.path = path.absolute()
        self.other = 0
        self.is_cut = False
        self._mappings = mappings
        self._own = frozenset(map(str, own_dirs()))
        self._seen: dict[str, int] = {}
        self._opened: set[str] = set()
        self._known: Mapped[str, Known] = {}
        self._waiting: list[str] = []
        self._looked_at: float | None = None
        self._took_s = 0.0

    @property
    def key(self) -> str:
        """What an index of this directory is kept under: its files come and go."""
        return f"{self.path}\tdirectory\t{self._mappings!r}"

    @property
    def is_waiting(self) -> bool:
        """Whether some files have not been looked at yet."""
        return bool(self._waiting) or self._looked_at is None

    def look_again(self) -> None:
        """List the files anew at the next `find`, however short ago that was."""
        self._looked_at = None

    def recall(self, known: Mapped[str, Known]) -> None:
        """Take files that an index has read, by their paths, for what they were then, while nothing happened to them."""
        self._known = known

    def find(self, seconds: float) -> list[Source]:
        """The sources found within about `seconds`, newest first; one at least, where there is one."""
        self._look()
        deadline = time.monotonic() + seconds
        found: list[Source] = []
        while self._waiting and (not found or time.monotonic() < deadline):
            source = self._open(self._waiting.pop())
            if source is not None:
                found.append(source)
        return found

    def _open(self, name: str) -> Source | None:
        try:
            source = find_resting(name, self._known, self._open_anew) or self._recognise(Path(name))
        except (UnreadableSource, OSError):
            source = None
        if source is None:
            self.other += 1
            return None
        self._opened.add(name)
        return source

    def _recognise(self, path: Path) -> Source | None:
        head = Head(path, self._mappings)
        row = find_format(head)
        return None if row is None else row.open(head)

    def _open_anew(self, path: Path) -> Source:
        source = self._recognise(path)
        if source is None:
            raise UnreadableSource(f"{path}: it holds no traces any more; restore it, or take it out of the directory")
        return source

    def _look(self) -> None:
        """List the files, at most once a second, and for no more than a fiftieth of the time where there are very many;
        one that was no source is looked at again when it has grown."""
        now = time.monotonic()
        rest_s = max(_LOOK_AGAIN_S, self._took_s * _REST)
        if self._waiting or (self._looked_at is not None and now - self._looked_at < rest_s):
            return
        self._looked_at = now
        fresh: list[tuple[int, str]] = []
        for entry in self._files():
            about = None if entry.path in self._opened else _stat(entry)
            if about is None or not about.st_size:
                continue
            seen = self._seen.get(entry.path)
            if seen == about.st_size:
                continue
            self.other -= seen is not None
            self._seen[entry.path] = about.st_size
            fresh.append((about.st_mtime_ns, entry.path))
        self._waiting = [name for _, name in sorted(fresh)]
        self._took_s = time.monotonic() - now

    def _files(self) -> Iterator[os.DirEntry[str]]:
        """Regular files that may be data; the first 50,000."""
        folders = [str(self.path)]
        count = 0
        while folders:
            try:
                entries = list(os.scandir(folders.pop()))
            except OSError:
                continue
            for entry in entries:
                if _is_passed_over(entry.name):
                    continue
                if entry.is_dir(follow_symlinks=False):
                    if entry.path not in self._own:
                        folders.append(entry.path)
                elif entry.is_file() and not entry.name.lower().endswith(_NOT_DATA):
                    count += 1
                    if count > _MOST_FILES:
                        self.is_cut = True
                        return
                    yield entry
