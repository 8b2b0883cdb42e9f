"""The bytes of a text file whatever it is wrapped in: gzip, zstd, zstd messages of the Collector, UTF-16.

A stream gives decoded bytes from an offset in the decoded text. Nothing is unpacked to disk: to start somewhere in a
compressed file, decoding starts at the nearest mark that was left when the file was read before, or at its beginning.
"""

from __future__ import annotations

import codecs
import io
import os
import sys
import zlib
from typing import Any, BinaryIO, Literal, Protocol, TypeAlias, cast

from msgspec import Struct

from tracetui.sources.lines_marks import MARKS, Mark

Compression: TypeAlias = Literal["", "gzip", "zstd", "zstd-framed"]
Encoding: TypeAlias = Literal["utf-8", "utf-16-le", "utf-16-be"]

GZIP_MAGIC = b"\x1f\x8b"
ZSTD_MAGIC = b"\x28\xb5\x2f\xfd"
UTF8_BOM = b"\xef\xbb\xbf"

LONGEST = 256 << 20
"""Bytes of one record: a small compressed file may unpack to more than there is memory."""
_RAW_BLOCK = 1 << 20
_LONGEST_READ = 16 << 20


class Wrapping(Struct, frozen=True):
    """What stands between the bytes of a file and its text."""

    compression: Compression = ""
    encoding: Encoding = "utf-8"

    @property
    def is_plain(self) -> bool:
        """Whether offsets in the text are offsets in the file."""
        return not self.compression and self.encoding == "utf-8"


class Stream(Protocol):
    """Decoded bytes, in order."""

    @property
    def offset(self) -> int:
        """Where the next byte lies in the text."""
        ...

    @property
    def raw_offset(self) -> int:
        """How many bytes of the file were taken in."""
        ...

    @property
    def damage(self) -> str | None:
        """Why the end came early, once it was reached."""
        ...

    def read(self, size: int) -> bytes:
        """About `size` bytes (never none before the end); b"" at the end."""
        ...


class PlainStream:
    """The file's own bytes from `offset` to `end`."""

    def __init__(self, file: BinaryIO, end: int, offset: int) -> None:
        file.seek(offset)
        self._file = file
        self._end = end
        self.offset = offset
        self.damage: str | None = None

    @property
    def raw_offset(self) -> int:
        """How many bytes of the file were taken in."""
        return self.offset

    def read(self, size: int) -> bytes:
        """About `size` bytes; b"" at the end."""
        data = self._file.read(max(0, min(size, self._end - self.offset)))
        self.offset += len(data)
        return data


class GzipStream:
    """The text of a gzip file of one or more members; zeros and other bytes after the last are left out."""

    def __init__(self, raw: BinaryIO, end: int, mark: Mark) -> None:
        self._raw = PlainStream(raw, end, mark.raw_offset)
        self._inflate = mark.state.copy() if mark.state is not None else zlib.decompressobj(wbits=31)
        self._pending = b""
        self._is_over = False
        self.offset = mark.offset
        self.damage: str | None = None

    @property
    def raw_offset(self) -> int:
        """How many bytes of the file were taken in."""
        return self._raw.offset - len(self._pending)

    def read(self, size: int) -> bytes:
        """About `size` bytes; b"" at the end."""
        while not self._is_over:
            if self._inflate.eof and not self._next_member():
                break
            self._pending = self._pending or self._raw.read(_RAW_BLOCK)
            is_last = not self._pending
            try:
                data = self._inflate.decompress(self._pending, size)
            except zlib.error as error:
                return self._stop(f"the gzip data is damaged ({error})")
            self._pending = self._inflate.unused_data if self._inflate.eof else self._inflate.unconsumed_tail
            if data:
                self.offset += len(data)
                return data
            if is_last and not self._inflate.eof:
                return self._stop("the gzip data ends early")
        return b""

    def _next_member(self) -> bool:
        while len(self._pending) < 2:
            more = self._raw.read(_RAW_BLOCK)
            if not more:
                break
            self._pending += more
        self._is_over = not self._pending.startswith(GZIP_MAGIC)
        if not self._is_over:
            self._inflate = zlib.decompressobj(wbits=31)
        return not self._is_over

    def _stop(self, damage: str) -> bytes:
        self._is_over = True
        self.damage = damage
        return b""

    def mark(self) -> Mark:
        """The present place, to start from later."""
        return Mark(self.offset, self.raw_offset, self._inflate.copy())


class ZstdStream:
    """The text of a zstd file of one or more frames."""

    def __init__(self, raw: BinaryIO, end: int, mark: Mark) -> None:
        self._zstd = zstd_module()
        self._raw = PlainStream(raw, end, mark.raw_offset)
        self._frame = self._zstd.ZstdDecompressor()
        self._pending = b""
        self._is_over = False
        self._frame_mark = mark
        self.offset = mark.offset
        self.damage: str | None = None

    @property
    def raw_offset(self) -> int:
        """How many bytes of the file were taken in."""
        return self._raw.offset

    def read(self, size: int) -> bytes:
        """About `size` bytes; b"" at the end."""
        while not self._is_over:
            if self._frame.eof:
                self._pending = self._frame.unused_data or self._raw.read(_RAW_BLOCK)
                if not self._pending:
                    break
                self._frame_mark = Mark(self.offset, self._raw.offset - len(self._pending))
                self._frame = self._zstd.ZstdDecompressor()
            elif self._frame.needs_input:
                self._pending = self._raw.read(_RAW_BLOCK)
                if not self._pending:
                    return self._stop("the zstd data ends early")
            try:
                data: bytes = self._frame.decompress(self._pending, size)
            except self._zstd.ZstdError as error:
                return self._stop(f"the zstd data is damaged ({error})")
            self._pending = b""
            if data:
                self.offset += len(data)
                return data
        return b""

    def _stop(self, damage: str) -> bytes:
        self._is_over = True
        self.damage = damage
        return b""

    def mark(self) -> Mark:
        """The start of the present frame: within a frame zstd cannot be taken up again."""
        return self._frame_mark


class FramedZstdStream:
    """Messages of the Collector's `compression: zstd`: a 4-byte big-endian length and a frame each; one line each."""

    def __init__(self, raw: BinaryIO, end: int, mark: Mark) -> None:
        self._zstd = zstd_module()
        self._end = end
        self._raw = PlainStream(raw, end, mark.raw_offset)
        self._message_offset = mark.raw_offset
        self._is_over = False
        self.offset = mark.offset
        self.damage: str | None = None

    @property
    def raw_offset(self) -> int:
        """How many bytes of the file were taken in as whole messages."""
        return self._message_offset

    def read(self, size: int) -> bytes:
        """About `size` bytes, whole messages; b"" at the end."""
        messages: list[bytes] = []
        length = 0
        while length < size and not self._is_over:
            message = self._next_message()
            if message is not None:
                messages += (message, b"\n")
                length += len(message) + 1
        self.offset += length
        return b"".join(messages)

    def _next_message(self) -> bytes | None:
        prefix = self._raw.read(4)
        frame = self._raw.read(int.from_bytes(prefix, "big")) if len(prefix) == 4 else b""
        if not prefix or len(prefix) < 4 or len(frame) < int.from_bytes(prefix, "big"):
            self._is_over = True
            self.damage = "the last zstd message is not whole" if prefix else None
            return None
        try:
            message = self._unpacked(frame)
        except (self._zstd.ZstdError, EOFError) as error:
            self._is_over = True
            self.damage = f"a zstd message is damaged ({error})"
            return None
        if len(message) > LONGEST:
            self._is_over = True
            self.damage = f"a zstd message unpacks to more than {LONGEST >> 20} MiB"
            return None
        self._message_offset = self._raw.offset
        return message

    def _unpacked(self, frame: bytes) -> bytes:
        """What a message says, at most one byte more than is read."""
        with self._zstd.ZstdFile(io.BytesIO(frame)) as stream:
            return bytes(stream.read(LONGEST + 1))

    def mark(self) -> Mark:
        """The start of the next message."""
        return Mark(self.offset, self._message_offset)


class Utf16Stream:
    """UTF-16 text as UTF-8 bytes; what is no character becomes U+FFFD."""

    def __init__(self, inner: Stream, encoding: str, mark: Mark) -> None:
        self._inner = inner
        self._decoder = codecs.getincrementaldecoder(encoding)(errors="replace")
        if mark.state is not None:
            self._decoder.setstate(mark.state)
        self.offset = mark.offset

    @property
    def raw_offset(self) -> int:
        """How many bytes of the file were taken in."""
        return self._inner.raw_offset

    @property
    def damage(self) -> str | None:
        """Why the end came early."""
        return self._inner.damage

    def read(self, size: int) -> bytes:
        """About `size` bytes; b"" at the end. Half a character at the end waits."""
        while raw := self._inner.read(size):
            data = self._decoder.decode(raw).encode()
            if data:
                self.offset += len(data)
                return data
        return b""

    def mark(self) -> Mark:
        """The present place, to start from later."""
        return Mark(self.offset, self._inner.offset, self._decoder.getstate())


_UNPACKERS = {"gzip": GzipStream, "zstd": ZstdStream, "zstd-framed": FramedZstdStream}


class TextStream:
    """Decoded bytes of an open file from any offset on, leaving marks while it goes."""

    def __init__(self, file: BinaryIO, end: int, wrapping: Wrapping, offset: int = 0) -> None:
        about = os.fstat(file.fileno())
        self._key = (about.st_dev, about.st_ino, f"{wrapping.compression} {wrapping.encoding}")
        self._ahead = b""
        mark = Mark() if wrapping.is_plain else MARKS.before(self._key, offset)
        self._stream = _open(file, end, wrapping, mark, self._key, offset)
        self._skip_to(offset)

    @property
    def raw_offset(self) -> int:
        """How many bytes of the file were taken in."""
        return self._stream.raw_offset

    @property
    def offset(self) -> int:
        """Where the next byte lies in the text."""
        return self._stream.offset - len(self._ahead)

    @property
    def damage(self) -> str | None:
        """Why the end came early, once it was reached."""
        return self._stream.damage

    def _skip_to(self, offset: int) -> None:
        while self._stream.offset < offset:
            data = self.read(_RAW_BLOCK)
            if not data:
                return
            if self._stream.offset > offset:
                self._ahead = data[offset - self._stream.offset :]

    def read(self, size: int) -> bytes:
        """About `size` bytes (never none before the end); b"" at the end."""
        if self._ahead:
            data, self._ahead = self._ahead, b""
            return data
        data = self._stream.read(size)
        if not isinstance(self._stream, PlainStream) and MARKS.is_far(self._key, self._stream.offset):
            MARKS.add(self._key, self._stream.mark())
        return data

    def read_exactly(self, length: int) -> bytes:
        """`length` bytes, or fewer at the end."""
        parts: list[bytes] = []
        missing = length
        while missing > 0 and (data := self.read(min(missing, _LONGEST_READ))):
            parts.append(data[:missing])
            missing -= len(data)
        return b"".join(parts)


_Marked: TypeAlias = GzipStream | ZstdStream | FramedZstdStream | Utf16Stream


def _open(
    file: BinaryIO, end: int, wrapping: Wrapping, mark: Mark, key: tuple[int, int, str], offset: int
) -> PlainStream | _Marked:
    if wrapping.encoding != "utf-8":
        unpacked = Wrapping(wrapping.compression)
        inner = TextStream(file, end, unpacked, mark.raw_offset)
        return Utf16Stream(inner, wrapping.encoding, mark)
    if wrapping.compression:
        return cast("_Marked", _UNPACKERS[wrapping.compression](file, end, mark))
    return PlainStream(file, end, min(offset, end))


def zstd_module() -> Any:
    """The module of Zstandard: of Python itself since 3.14, its backport before."""
    if sys.version_info >= (3, 14):
        from compression import zstd
    else:
        from backports import zstd
    return zstd


def wrapping_of(head: bytes) -> Wrapping:
    """How a file is wrapped, by its first bytes; of a compressed one the encoding shows only when unpacked."""
    if head.startswith(GZIP_MAGIC):
        return Wrapping("gzip")
    if head.startswith(ZSTD_MAGIC):
        return Wrapping("zstd")
    if head[4:8] == ZSTD_MAGIC:
        return Wrapping("zstd-framed")
    return Wrapping("", encoding_of(head))


def encoding_of(head: bytes) -> Encoding:
    """UTF-16 by its byte order mark, or by a bracket beside a zero; otherwise UTF-8."""
    if head.startswith(b"\xff\xfe") or head[:2] in (b"{\0", b"[\0"):
        return "utf-16-le"
    if head.startswith(b"\xfe\xff") or head[:2] in (b"\0{", b"\0["):
        return "utf-16-be"
    return "utf-8"
