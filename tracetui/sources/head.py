"""The beginning of a file, looked at once for all formats that may recognise it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Mapping as Mapped
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from tracetui.model import Json
from tracetui.sources.sqlite_read import one_look, tables_of

if TYPE_CHECKING:
    from tracetui.sources.columns import Mapping
    from tracetui.sources.jsonl_sample import Sample
    from tracetui.sources.lines_shape import Shape

SQLITE_MAGIC = b"SQLite format 3\x00"
ZIP_MAGIC = b"PK\x03\x04"


class Head:
    """What each format's `recognise` gets to see. Everything is read when it is first asked for, and kept.

    `mappings` are the user's own, for the formats that have any use for them. Raises UnreadableSource from any
    property where the file cannot be read.
    """

    def __init__(self, path: Path, mappings: Sequence[Mapping] = ()) -> None:
        self.path = path
        self.mappings = tuple(mappings)
        self.learnt: object = None
        """What the format that knows the file learnt of its columns, for opening it; None where there is more to learn."""

    @cached_property
    def magic(self) -> bytes:
        """The first 16 bytes as they are."""
        with self.path.open("rb") as file:
            return file.read(16)

    @property
    def is_sqlite(self) -> bool:
        """Whether it is a SQLite database."""
        return self.magic == SQLITE_MAGIC

    @property
    def is_zip(self) -> bool:
        """Whether it is a ZIP archive."""
        return self.magic.startswith(ZIP_MAGIC)

    @cached_property
    def tables(self) -> Mapped[str, frozenset[str]]:
        """The columns of each table of a SQLite database; empty for any other file."""
        if not self.is_sqlite:
            return {}
        with one_look(self.path) as conn:
            return tables_of(conn)

    def has_columns(self, table: str, *columns: str) -> bool:
        """Whether a SQLite database has a table with at least these columns."""
        return set(columns) <= self.tables.get(table, frozenset()) and table in self.tables

    @cached_property
    def sample(self) -> Sample:
        """The first records of a text file, not parsed, and its shape (also of what is compressed)."""
        from tracetui.sources.jsonl_sample import take_sample

        return take_sample(self.path, head_only=True)

    @property
    def shape(self) -> Shape:
        """Lines, objects, an array, or no JSON at all; `shape.head` are the first 16 KiB, decompressed."""
        return self.sample.shape

    @cached_property
    def text(self) -> str:
        """The first 16 KiB as text."""
        return self.shape.head.decode("utf-8", "replace")

    @cached_property
    def records(self) -> tuple[Json, ...]:
        """The first JSON values (some 80, fewer where they are large); those that do not parse are left out."""
        if self.shape.form not in ("lines", "objects", "array"):
            return ()
        return tuple(_parsed(self.sample.records))

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """The cells of the first line where it is the header of a CSV file, else none."""
        from tracetui.sources.csv_rows import header_of

        return header_of(self.shape.head) if self.shape.form == "lines" else ()

    @property
    def objects(self) -> tuple[dict[str, Json], ...]:
        """Those of `records` that are JSON objects."""
        return tuple(record for record in self.records if isinstance(record, dict))

    def mentions(self, *keys: str) -> bool:
        """Whether all these keys stand in the beginning of the text: for records too large to be sampled."""
        return self.text.lstrip()[:1] in ("{", "[") and all(f'"{key}"' in self.text for key in keys)

    def any_object_has(self, *keys: str) -> bool:
        """Whether one of the first objects has all these keys at its top."""
        return any(all(key in record for key in keys) for record in self.objects)


def _parsed(records: Iterable[bytes]) -> Iterator[Json]:
    from tracetui.wire.otlp_values import loads

    for record in records:
        try:
            yield loads(record)
        except (ValueError, RecursionError):
            continue
