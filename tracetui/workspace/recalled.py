"""What a file was recognised as the last time, so that its rows show before it is looked at again.

To recognise a file takes as long as everything else before the first rows, and its index has them already. What is kept
says which index that is. A file that was written to since then is recognised as ever before anything of it is read, and
where that comes to something else, it is read again from the start.
"""

from __future__ import annotations

import os
import stat
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import msgspec
from msgspec import Struct

from tracetui import __version__
from tracetui.config import cache_dir
from tracetui.errors import UnreadableSource
from tracetui.model import Payload, Score, Span
from tracetui.sources.base import Batch, Description, Reference, Saved, Searchable, Source, Stored
from tracetui.store.schema import INDEX_VERSION
from tracetui.workspace.formats import Format, format_at, format_of

if TYPE_CHECKING:
    from tracetui.sources.columns import Mapping

Open: TypeAlias = "Callable[[Path, Format | None], Source]"
"""Opens a file, with its format where that is known."""


class Recognised(Struct, frozen=True):
    """A file, by its device and number, and what it was recognised as. `mapping` is that of its columns as TOML; `place`
    the row of its format, which still holds where `state`, its size and the time of its last change, is the same."""

    file: tuple[int, int]
    format: str
    mapping: str | None
    place: str
    state: tuple[int, int]


class RecalledSource:
    """A source that is opened, with `open`, when anything of it is first asked for. Raises from then on what its
    opening raises; meanwhile it has the format and mapping of the last time."""

    def __init__(self, path: Path, format: str, mapping: str | None, open: Callable[[Path], Source]) -> None:
        self.path = path
        self.format = format
        self.mapping = mapping
        self._open = open
        self._source: Source | None = None
        self._opening = threading.Lock()
        self._is_other = False

    def _opened(self) -> Source:
        with self._opening:
            if self._source is None:
                self._source = self._open(self.path)
                self._is_other = self._learn(self._source)
            return self._source

    def _learn(self, source: Source) -> bool:
        """Take over what it was recognised as; whether that is other than the last time."""
        found = source.format, source.describe().mapping
        is_other = found != (self.format, self.mapping)
        self.format, self.mapping = found
        return is_other

    @property
    def opened(self) -> Source:
        """The source itself."""
        return self._opened()

    @property
    def is_opened(self) -> bool:
        """Whether anything of it was asked for yet."""
        return self._source is not None

    @property
    def counts_bytes(self) -> bool:
        """As of any source."""
        return getattr(self._opened(), "counts_bytes", False)

    @property
    def counts_rows(self) -> bool:
        """As of any source."""
        return getattr(self._opened(), "counts_rows", False)

    def describe(self) -> Description:
        """As of any source; what became unreadable since the last time says so."""
        try:
            return self._opened().describe()
        except UnreadableSource as error:
            return Description(str(self.path), self.format, False, "nowhere: it cannot be read", notes=(str(error),))

    def read(self, cursor: str | None) -> Iterator[Batch]:
        """As of any source; from the start where it is not what it was."""
        source = self._opened()
        if self._is_other:
            yield from self._read_anew(source)
        else:
            yield from source.read(cursor)

    def _read_anew(self, source: Source) -> Iterator[Batch]:
        notice = f"{self.path.name}: it is understood as other than the last time; read again from the start"
        for number, batch in enumerate(source.read(None)):
            yield batch if number else msgspec.structs.replace(batch, reset=True, notice=batch.notice or notice)
            self._is_other = False

    def changed(self, cursor: str | None) -> bool:
        """As of any source."""
        source = self._opened()
        return source.changed(None if self._is_other else cursor)

    def payload(self, span: Span, reference: Reference, joined: tuple[Reference, ...] = ()) -> Payload:
        """As of any source."""
        return self._opened().payload(span, reference, joined)

    def stored(self) -> Stored:
        """As of a source that can be searched through. Raises UnreadableSource where it is none."""
        source = self._opened()
        if not isinstance(source, Searchable):
            raise UnreadableSource(f"{self.path}: its bytes do not tell what is in its texts")
        return source.stored()

    def write_score(self, score: Score) -> Saved:
        """As of any source."""
        return self._opened().write_score(score)

    def retract_score(self, score: Score) -> Saved:
        """As of any source."""
        return self._opened().retract_score(score)

    def close(self) -> None:
        """As of any source."""
        with self._opening:
            if self._source is not None:
                self._source.close()


def recall(path: Path, mappings: Sequence[Mapping], open: Open) -> RecalledSource | None:
    """The source that a file was the last time, with the same mappings of the user; None where it has to be looked at."""
    try:
        kind = path.stat()
        known = msgspec.json.decode(_place(path, mappings).read_bytes(), type=Recognised)
    except (OSError, ValueError):
        return None
    is_same = stat.S_ISREG(kind.st_mode) and known.file == (kind.st_dev, kind.st_ino) and kind.st_size > 0
    if not is_same or not os.access(path, os.R_OK):
        return None

    def open_again(path: Path) -> Source:
        return open(path, format_at(known.place) if state_of(path) == known.state else None)

    return RecalledSource(path, known.format, known.mapping, open_again)


def remember(source: Source, mappings: Sequence[Mapping], state: tuple[int, int]) -> None:
    """Keep what a file was recognised as in a state; where the cache cannot be written, it is recognised anew each time."""
    with suppress(OSError, ValueError):
        kind, row = source.path.stat(), format_of(source)
        place = "" if row is None else row.place
        known = Recognised((kind.st_dev, kind.st_ino), source.format, source.describe().mapping, place, state)
        note, text = _place(source.path, mappings), msgspec.json.encode(known)
        if note.exists() and note.read_bytes() == text:
            return
        fresh = note.with_name(f"{note.name}.{os.getpid()}")
        with os.fdopen(os.open(fresh, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), "wb") as file:
            file.write(text)
        fresh.replace(note)


def state_of(path: Path) -> tuple[int, int]:
    """Size and last change of a file, which tell whether anybody wrote to it."""
    with suppress(OSError):
        kind = path.stat()
        return kind.st_size, kind.st_mtime_ns
    return 0, 0


def _place(path: Path, mappings: Sequence[Mapping]) -> Path:
    key = blake2b(os.fsencode(path), digest_size=12)
    key.update(msgspec.json.encode((INDEX_VERSION, __version__, tuple(mappings))))
    folder = cache_dir() / "index"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder / f"{key.hexdigest()}.source"
