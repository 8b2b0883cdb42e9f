"""The bytes of records as they stand in a file, for searching through them without reading what they say."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from tracetui.errors import UnreadableSource
from tracetui.sources.base import Place
from tracetui.sources.lines_cursor import find_rotated
from tracetui.sources.lines_shape import open_file, shape_of


def stored_objects(path: Path, places: Sequence[Place]) -> Iterator[tuple[str, bytes]]:
    """Each object once for each trace that has spans in it, in the order of the file.

    Raises UnreadableSource where bytes and text are not the same, or an older file of a rotated log may have the record.
    """
    wanted = {(place.reference.position, place.reference.length, place.trace_id) for place in places}
    with open_file(path, was_open=True) as file:
        is_plain = shape_of(file, os.fstat(file.fileno()).st_size).wrapping.is_plain
        if not is_plain or find_rotated(path):
            raise UnreadableSource(f"{path}: what it says is not what its bytes are, or is in several files")
        for position, length, trace_id in sorted(wanted):
            data = os.pread(file.fileno(), length, position)
            if len(data) < length or data.lstrip()[:1] != b"{":
                raise UnreadableSource(f"{path}: what was an object at {position:,} is none any more")
            yield trace_id, data
