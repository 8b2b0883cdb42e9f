"""A record that is too long to be looked at whole: its longest texts are cut while it is read.

127 MB on one line would otherwise be held in memory several times over, and the interpreter lets nothing else run while
it decodes them. Only what is shown is cut, within `cutting()`: exports, searches and what is copied have all of it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from zlib import crc32

from msgspec import Struct

from tracetui.text import size

LONG = 16 << 20
"""Bytes from which a record is cut."""
KEPT = 2 << 20
"""Bytes that are kept of a text in such a record."""
KEPT_LATER = 64 << 10
"""The same once `LONG` bytes of the record were kept."""
BLOCK = 256 << 10
_FEW = 64
_SAMPLE = 4096
_WHOLE = re.compile(rb"(?:[^\\]++|\\u[0-9a-fA-F]{4}|\\[^u])*+", re.DOTALL)
_HIGH = rb"\\u[dD][89abAB][0-9a-fA-F]{2}"
_UNFINISHED = re.compile(rb"(?:" + _HIGH + rb"|(?:" + _HIGH + rb")?\\u?[0-9a-fA-F]{0,3}|[\xc0-\xff][\x80-\xbf]{0,2})\Z")
"""The end of a block that belongs with what follows: an escape, half of a pair of them, a character."""
_HALF_A_PAIR = re.compile(_HIGH)
_BASE64 = re.compile(rb"[A-Za-z0-9+/=_-]*")
_LETTERS_OF_BASE64 = 40
"""Media have so many different letters at least: half of one is no medium, so that they are never cut."""


class Cut(Struct):
    """How many bytes were left out of what was read."""

    left_out: int = 0


_cutting: ContextVar[Cut | None] = ContextVar("cutting", default=None)
# Not a parameter: every format would have to hand it on from where it is asked for a payload to where it reads a file.


@contextmanager
def cutting() -> Iterator[Cut]:
    """Cut the long records that this thread reads inside, and count what is left out."""
    cut = Cut()
    token = _cutting.set(cut)
    try:
        yield cut
    finally:
        _cutting.reset(token)


def is_looked_at() -> bool:
    """Whether what is read is only to be looked at."""
    return _cutting.get() is not None


def is_cut(length: int) -> bool:
    """Whether a record of so many bytes is to be cut."""
    return length > LONG and is_looked_at()


def read_cut(read: Callable[[int], bytes], length: int) -> bytes | None:
    """A record without the rest of its long texts; None where the stream ends before it does."""
    cutter, missing = _Cutter(), length
    while missing > 0 and (data := read(min(missing, BLOCK))):
        cutter.feed(data[:missing])
        missing -= len(data)
    cut = _cutting.get()
    if cut is not None:
        cut.left_out += cutter.left_out
    return None if missing > 0 else cutter.end()


def read_cut_text(read: Callable[[int], bytes], length: int) -> bytes:
    """A text that is no JSON, without its rest."""
    kept = read(min(length, KEPT + 4))
    if _is_medium(kept[:_SAMPLE]):
        return kept + read(length - len(kept))
    stop = min(KEPT, len(kept))
    while 0 < stop < len(kept) and kept[stop] & 0xC0 == 0x80:
        stop -= 1
    lost, check = length - stop, crc32(kept[stop:])
    while data := read(BLOCK):
        check = crc32(data, check)
    if lost and (cut := _cutting.get()) is not None:
        cut.left_out += lost
    return kept[:stop] + (_left_out(lost, check) if lost else b"")


def _left_out(lost: int, check: int) -> bytes:
    """What stands for the rest of a text. By the check, texts that differ there only are not shown as the same."""
    return f" … {size(lost)} more, left out here ({check:08x})".encode()


class _Cutter:
    """Takes a record of JSON in blocks, and keeps what it may."""

    def __init__(self) -> None:
        self.left_out = 0
        self._parts: list[bytes] = []
        self._kept = 0
        self._rest = b""
        self._is_inside = False
        self._begin()

    def end(self) -> bytes:
        """All that was kept."""
        self._put(self._rest)
        return b"".join(self._parts)

    def feed(self, data: bytes) -> None:
        """Take the next block."""
        block = self._rest + data
        # Escapes that matter are put out of the way, at the same length: each quote that is left ends or begins a text.
        bare = block.replace(b"\\\\", b"__").replace(b'\\"', b"__")
        unfinished = _UNFINISHED.search(bare, max(0, len(bare) - 11))
        whole = unfinished.start() if unfinished else len(block)
        self._rest, block, bare = block[whole:], block[:whole], bare[:whole]
        at = self._take_text(block, bare, 0) if self._is_inside else 0
        if bare.count(b'"', at) > _FEW:  # short texts, which are not worth to be looked at one by one
            self._take_many(block, bare, at)
            return
        while at < len(block):
            quote = bare.find(b'"', at)
            if quote < 0:
                self._put(block[at:])
                return
            self._put(block[at : quote + 1])
            self._begin()
            self._is_inside = True
            at = self._take_text(block, bare, quote + 1)

    def _begin(self, sample: bytes = b"") -> None:
        """A text begins: what is allowed of it, and what it looks like."""
        self._allowed = KEPT if self._kept < LONG else KEPT_LATER
        self._held, self._lost, self._check, self._sample = 0, 0, 0, sample

    def _take_many(self, block: bytes, bare: bytes, at: int) -> None:
        self._put(block[at:])
        if bare.count(b'"', at) % 2:
            last = bare.rfind(b'"') + 1
            self._begin(block[last : last + _SAMPLE])
            self._is_inside, self._held = True, len(block) - last

    def _take_text(self, block: bytes, bare: bytes, at: int) -> int:
        """Take what the block has of a text; the place after it."""
        quote = bare.find(b'"', at)
        end = len(block) if quote < 0 else quote
        if len(self._sample) < _SAMPLE:
            self._sample += block[at : min(end, at + _SAMPLE - len(self._sample))]
        room = self._allowed - self._held
        if not self._lost and (end - at <= room or _is_medium(self._sample)):
            self._put(block[at:end])
        else:
            stop = at if self._lost else _whole_until(block, at, min(end, at + max(0, room)))
            self._put(block[at:stop])
            self._lost += end - stop
            self._check = crc32(block[stop:end], self._check)
        self._held += end - at
        if quote < 0:
            return end
        if self._lost:
            self._put(_left_out(self._lost, self._check))
            self.left_out += self._lost
        self._put(b'"')
        self._is_inside = False
        return quote + 1

    def _put(self, data: bytes) -> None:
        self._kept += len(data)
        self._parts.append(data)


def _whole_until(block: bytes, start: int, end: int) -> int:
    """The last place at or before `end` that is neither within an escape nor within a character."""
    found = _WHOLE.match(block, start, end)
    stop = end if found is None else found.end()
    while stop > start and stop < len(block) and block[stop] & 0xC0 == 0x80:
        stop -= 1
    return stop - 6 if _HALF_A_PAIR.fullmatch(block, max(start, stop - 6), stop) else stop


def _is_medium(sample: bytes) -> bool:
    """Whether a text begins like an image, a sound or a file."""
    if sample.startswith(b"data:"):
        return True
    return len(set(sample)) >= _LETTERS_OF_BASE64 and _BASE64.fullmatch(sample) is not None
