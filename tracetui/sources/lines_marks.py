"""Places within compressed files where decoding can start, so that a record far inside is found without the beginning."""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import Any

from msgspec import Struct

_MARK_EVERY = 16 << 20
_FILES_WITH_MARKS = 16


class Mark(Struct, frozen=True):
    """A place where decoding can start: offset in the text, offset in the file, and the decoder as it was there."""

    offset: int = 0
    raw_offset: int = 0
    state: Any = None


class Marks:
    """The marks of the files that were decoded lately, by device and inode. Safe for threads."""

    def __init__(self) -> None:
        self._files: OrderedDict[tuple[int, int, str], list[Mark]] = OrderedDict()
        self._lock = threading.Lock()

    def before(self, key: tuple[int, int, str], offset: int) -> Mark:
        """The last mark at or before `offset`."""
        with self._lock:
            found = [mark for mark in self._files.get(key, ()) if mark.offset <= offset]
        return found[-1] if found else Mark()

    def is_far(self, key: tuple[int, int, str], offset: int) -> bool:
        """Whether a mark at `offset` is worth making: it lies well beyond the last one."""
        with self._lock:
            marks = self._files.get(key)
        return offset >= (marks[-1].offset if marks else 0) + _MARK_EVERY

    def add(self, key: tuple[int, int, str], mark: Mark) -> None:
        """Keep a mark."""
        with self._lock:
            marks = self._files.setdefault(key, [])
            self._files.move_to_end(key)
            if not marks or mark.offset > marks[-1].offset:
                marks.append(mark)
            while len(self._files) > _FILES_WITH_MARKS:
                self._files.popitem(last=False)

    def forget(self, device: int, inode: int) -> None:
        """Drop the marks of a file whose content is another now."""
        with self._lock:
            for key in [key for key in self._files if key[:2] == (device, inode)]:
                del self._files[key]


MARKS = Marks()
