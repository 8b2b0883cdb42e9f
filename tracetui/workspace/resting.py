"""Files of a directory that were read to their end the last time, and at which nothing happened since.

To recognise thousands of files takes seconds; that one of them is what it was when it was read takes some stats. So those
are opened when something of them is asked for, or when they grow.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from pathlib import Path

from msgspec import Struct

from tracetui.sources.base import Source
from tracetui.sources.scored_file import ScoredFile
from tracetui.sources.sidecar import SidecarScores
from tracetui.workspace.formats import FORMATS
from tracetui.workspace.recalled import RecalledSource


class Known(Struct, frozen=True):
    """What an index has of a file: the name of its format, and how far it was read."""

    format: str
    cursor: str


class RestingSource(RecalledSource):
    """A file with nothing new; opened where that is not so any more, or where more is wanted of it."""

    def __init__(self, path: Path, form: type[ScoredFile], open: Callable[[Path], Source]) -> None:
        super().__init__(path, form.format, None, open)
        self._form = form

    def changed(self, cursor: str | None) -> bool:
        """As of any source; without opening it while nothing did."""
        if not self.is_opened and cursor is not None and self._form.rests(self.path, cursor):
            return False
        return super().changed(cursor)

    def _learn(self, source: Source) -> bool:
        """How its columns were understood the last time is not known: only another format is another."""
        is_other = source.format != self.format
        self.format = source.format
        return is_other


def find_resting(path: str, known: Mapping[str, Known], open: Callable[[Path], Source]) -> Source | None:
    """The source of a file that is known and was not written since; None where it has to be recognised."""
    before = known.get(path)
    form = None if before is None else _form_named(before.format)
    if before is None or form is None or not form.rests(Path(path), before.cursor):
        return None
    return RestingSource(Path(path), form, open) if form.tells_rest else form(Path(path))


def is_writable(source: Source) -> bool:
    """Whether scores of a source can be saved; without opening one that rests."""
    if isinstance(source, RestingSource) and not source.is_opened:
        return SidecarScores(source.path).writable
    return source.is_writable if isinstance(source, ScoredFile) else source.describe().writable


@lru_cache
def _form_named(name: str) -> type[ScoredFile] | None:
    """The class of a format whose files are read from a cursor on."""
    for row in FORMATS:
        form = row.load() if row.family == "text" else None
        if form is not None and getattr(form, "format", None) == name:
            return form if issubclass(form, ScoredFile) else None
    return None
