"""What the screen remembers of each store: the last filter, order, layout, columns and selection, and named filters.

It is kept in the state directory, a private file (0600) for each set of sources, and never in the store.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections.abc import Sequence
from pathlib import Path

import msgspec
from msgspec import Struct

from tracetui.config import private_dir, private_file, state_dir

_MOST_SAVED = 200


class ColumnChoice(Struct, frozen=True):
    """A column of the list by its id (`score.NAME` and `metadata.KEY` too) and its cells, 0 for as it comes."""

    id: str
    width: int = 0


class Memory(Struct, frozen=True):
    """What is remembered of one set of sources. `saved` are filters by their names, `columns` none for the default."""

    filter: str = ""
    is_filter_on: bool = True
    sort: str = "-start"
    trace_id: str | None = None
    span_id: str | None = None
    split: int = 0
    is_zoomed: bool = False
    is_timeline: bool = False
    relative_times: bool = False
    tab: int = 1
    columns: tuple[ColumnChoice, ...] = ()
    saved: dict[str, str] = {}


class Remembering:
    """Reads and writes the memory of some sources; without `paths` (standard input) nothing is kept."""

    def __init__(self, paths: Sequence[str], *, is_fresh: bool = False) -> None:
        """With `is_fresh` only the named filters are taken up again."""
        self._paths = tuple(paths)
        self.memory = self._load()
        if is_fresh:
            self.memory = Memory(saved=self.memory.saved)

    def _place(self) -> Path | None:
        if not self._paths:
            return None
        key = "\0".join(sorted(os.path.realpath(path) for path in self._paths))
        return private_dir(state_dir() / "stores") / f"{hashlib.sha256(key.encode()).hexdigest()[:24]}.json"

    def _load(self) -> Memory:
        try:
            place = self._place()
            return Memory() if place is None else msgspec.json.decode(place.read_bytes(), type=Memory)
        except (OSError, msgspec.DecodeError, UnicodeError):
            return Memory()  # a memory of another version, or none yet: begin anew

    def load_theme(self) -> str | None:
        """The colours that were chosen last, in any store; config.toml has the last word."""
        try:
            return (state_dir() / "theme").read_text(encoding="utf-8").strip() or None
        except (OSError, UnicodeError):
            return None

    def keep_theme(self, name: str) -> None:
        """Begin with these colours from now on."""
        with contextlib.suppress(OSError), private_file(state_dir() / "theme", "w") as file:
            file.write(name)

    def keep(self, memory: Memory) -> str | None:
        """Write it down; why that was not possible, as a few words, or None."""
        self.memory = memory
        try:
            place = self._place()
            if place is None:
                return None
            draft = place.with_suffix(f".{os.getpid()}")
            draft.unlink(missing_ok=True)
            try:
                with private_file(draft, "w") as file:
                    file.write(msgspec.json.format(msgspec.json.encode(memory)).decode())
                draft.replace(place)
            finally:
                draft.unlink(missing_ok=True)
        except OSError as error:
            return error.strerror or type(error).__name__
        return None

    def save_filter(self, name: str, text: str) -> str | None:
        """Keep a filter under a name, or forget it where `text` is empty; why that was not possible, or None."""
        saved = {**self.memory.saved, name: text}
        if not text:
            saved.pop(name)
        while len(saved) > _MOST_SAVED:
            saved.pop(next(iter(saved)))
        return self.keep(msgspec.structs.replace(self.memory, saved=saved))
