"""A compressed body as it comes → what it says, in pieces of bounded size, so that no bomb goes off."""

from __future__ import annotations

import sys
import zlib
from collections.abc import Iterator
from typing import Any, Protocol

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

_PIECE = 1 << 18
READABLE = frozenset({"gzip", "x-gzip", "deflate", "zstd", "identity"})
"""Content codings that are read."""


class Opening(Protocol):
    """What every coding can do."""

    damage: str | None

    def feed(self, piece: bytes) -> Iterator[bytes]:
        """What this piece of the body says."""


class Plain:
    """No compression."""

    damage: str | None = None

    def feed(self, piece: bytes) -> Iterator[bytes]:
        """The piece itself."""
        yield piece


class Unreadable:
    """A coding that nobody here reads."""

    def __init__(self, coding: str) -> None:
        self.damage: str | None = f"the content-encoding {coding[:40]} is not read"

    def feed(self, piece: bytes) -> Iterator[bytes]:
        """Nothing."""
        return iter(())


class Zlib:
    """gzip (also of several members) and deflate (with or without its header)."""

    def __init__(self, *, is_gzip: bool) -> None:
        self.damage: str | None = None
        self._bits = 31 if is_gzip else 15
        self._is_raw_possible = not is_gzip
        self._stream = zlib.decompressobj(self._bits)

    def feed(self, piece: bytes) -> Iterator[bytes]:
        """What this piece says; nothing after damage."""
        while piece and self.damage is None:
            try:
                said = self._stream.decompress(piece, _PIECE)
            except zlib.error as error:
                if not self._is_raw_possible:
                    self.damage = f"the compressed body is damaged ({error})"
                    return
                self._is_raw_possible, self._bits = False, -15
                self._stream = zlib.decompressobj(self._bits)
                continue
            self._is_raw_possible = False
            if said:
                yield said
            piece = self._stream.unconsumed_tail
            if self._stream.eof:
                piece = self._stream.unused_data
                self._stream = zlib.decompressobj(self._bits)


class Zstd:
    """Zstandard, also of several frames."""

    def __init__(self) -> None:
        self.damage: str | None = None
        self._stream: Any = zstd.ZstdDecompressor()

    def feed(self, piece: bytes) -> Iterator[bytes]:
        """What this piece says; nothing after damage."""
        while self.damage is None:
            if self._stream.eof:
                piece = self._stream.unused_data + piece
                self._stream = zstd.ZstdDecompressor()
            if not piece and self._stream.needs_input:
                return
            try:
                said = self._stream.decompress(piece, _PIECE)
            except zstd.ZstdError as error:
                self.damage = f"the compressed body is damaged ({error})"
                return
            piece = b""
            if said:
                yield said


def opening(encoding: str) -> Opening:
    """How a body with this `Content-Encoding` is read."""
    coding = encoding.strip().lower()
    if coding in ("", "identity"):
        return Plain()
    if coding in ("gzip", "x-gzip", "deflate"):
        return Zlib(is_gzip=coding != "deflate")
    return Zstd() if coding == "zstd" else Unreadable(coding)
