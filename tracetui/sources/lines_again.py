"""One record of a file of records, got back from where it lies."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from tracetui.errors import SourceVanished, UnreadableSource
from tracetui.sources.lines_cursor import find_rotated
from tracetui.sources.lines_cut import is_cut, read_cut
from tracetui.sources.lines_shape import open_file, shape_of
from tracetui.sources.lines_streams import TextStream


def load_record(path: Path, position: int, length: int, is_right: Callable[[bytes], bool] | None = None) -> bytes:
    """Get one record back. `is_right` says whether it is the record that was meant.

    Where it is not, or is not there, the older files of a rotated log are tried. Raises SourceVanished where there is no
    file any more, UnreadableSource where the record is not found.
    """
    missing: SourceVanished | None = None
    try:
        data = _load(path, position, length)
        if data is not None and (is_right is None or is_right(data)):
            return data
    except SourceVanished as error:
        missing = error
    for older in find_rotated(path):
        data = _load(older, position, length)
        if data is not None and (is_right is None or is_right(data)):
            return data
    if missing is not None:
        raise missing
    raise UnreadableSource(f"{path}: the record is not there any more; the file was changed, it is read again")


def _load(path: Path, position: int, length: int) -> bytes | None:
    """The record, cut where it is long and only looked at; None where the file ends before it does."""
    with open_file(path, was_open=True) as file:
        end = os.fstat(file.fileno()).st_size
        stream = TextStream(file, end, shape_of(file, end).wrapping, position)
        if is_cut(length):
            return read_cut(stream.read, length)
        data = stream.read_exactly(length)
        return data if len(data) == length else None
