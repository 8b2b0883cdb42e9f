"""The container of an Inspect AI log: a `.eval` archive (ZIP, its members Zstandard), or one JSON object.

`zipfile` of Python before 3.14 lists such an archive but cannot decompress it, so members are decompressed here.
"""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from pathlib import Path
from typing import BinaryIO

from msgspec import Struct

from tracetui.errors import UnreadableSource
from tracetui.model import Json
from tracetui.sources.lines_shape import describe_shape, open_file
from tracetui.sources.lines_streams import TextStream, zstd_module
from tracetui.wire.otlp_values import loads

LARGEST = 1 << 30
"""Bytes of one member, or of a JSON log: what is larger is skipped, and said."""
_ZSTANDARD = 93
_LOCAL_HEADER = 30
_SAMPLES = "samples/"


class Stored(Struct, frozen=True):
    """One sample as it lies there: its name, a mark that differs when it was rewritten, its value or why it has none."""

    name: str
    mark: str
    sample: Json = None
    problem: str | None = None


class Log(Struct, frozen=True):
    """The head of a log (the object without its samples) and the samples."""

    head: dict[str, Json]
    samples: tuple[Stored, ...] = ()


def read_archive(path: Path, known: dict[str, str], only: str | None = None) -> Log:
    """A `.eval` file; samples whose mark is `known` come without their value. Raises UnreadableSource.

    With `only`, that member alone is decompressed. Where a name stands twice the last one counts.
    """
    try:
        with path.open("rb") as file, zipfile.ZipFile(file) as archive:
            members = {info.filename: info for info in archive.infolist()}
            head = _first_object(file, members, ("header.json", "_journal/start.json"))
            samples = [
                _stored(file, info, known, only)
                for name, info in members.items()
                if name.startswith(_SAMPLES) and name.endswith(".json")
            ]
    except (zipfile.BadZipFile, NotImplementedError, OSError, ValueError, struct.error) as error:
        raise UnreadableSource(
            f"{path}: the archive is not whole ({error}); it is read again when it changes"
        ) from error
    return Log(head, tuple(samples))


def _stored(file: BinaryIO, info: zipfile.ZipInfo, known: dict[str, str], only: str | None) -> Stored:
    mark = f"{info.CRC:08x}{info.file_size:x}"
    if (only is not None and only != info.filename) or known.get(info.filename) == mark:
        return Stored(info.filename, mark)
    try:
        return Stored(info.filename, mark, loads(_bytes(file, info)))
    except RecursionError:
        return Stored(info.filename, mark, problem=f"{info.filename}: nested too deeply to be read")
    except (ValueError, OSError, struct.error, zlib.error) as error:
        return Stored(info.filename, mark, problem=f"{info.filename}: {error}")


def _first_object(file: BinaryIO, members: dict[str, zipfile.ZipInfo], names: tuple[str, ...]) -> dict[str, Json]:
    for name in names:
        if name in members:
            try:
                value = loads(_bytes(file, members[name]))
            except (ValueError, OSError, RecursionError, struct.error, zlib.error):
                continue
            if isinstance(value, dict):
                return value
    return {}


def _bytes(file: BinaryIO, info: zipfile.ZipInfo) -> bytes:
    """One member, decompressed. Raises ValueError where it cannot be, or where it is too large."""
    file.seek(info.header_offset)
    head = file.read(_LOCAL_HEADER)
    name_length, extra_length = struct.unpack("<HH", head[26:30])
    file.seek(info.header_offset + _LOCAL_HEADER + name_length + extra_length)
    data = file.read(info.compress_size)
    if info.compress_type == zipfile.ZIP_STORED:
        whole = data
    elif info.compress_type == zipfile.ZIP_DEFLATED:
        whole = zlib.decompressobj(-zlib.MAX_WBITS).decompress(data, LARGEST + 1)
    elif info.compress_type == _ZSTANDARD:
        whole = _unpacked(data)
    else:
        raise ValueError(f"compressed in a way that is not read (method {info.compress_type})")
    if len(whole) > LARGEST:
        raise ValueError(f"larger than {LARGEST >> 20} MiB")
    return whole


def _unpacked(data: bytes) -> bytes:
    zstd = zstd_module()
    try:
        with zstd.ZstdFile(io.BytesIO(data)) as stream:
            return bytes(stream.read(LARGEST + 1))
    except (zstd.ZstdError, EOFError) as error:
        raise ValueError(f"the zstd data is damaged ({error})") from error


def read_object(path: Path) -> Log:
    """A `.json` log, also compressed. Raises UnreadableSource where it is not one whole JSON object."""
    shape = describe_shape(path)
    with open_file(path) as file:
        data = TextStream(file, path.stat().st_size, shape.wrapping).read_exactly(LARGEST + 1)
    if len(data) > LARGEST:
        raise UnreadableSource(f"{path}: larger than {LARGEST >> 20} MiB; let Inspect write the .eval form")
    try:
        value = loads(data.removeprefix(b"\xef\xbb\xbf"))
    except (ValueError, RecursionError) as error:
        raise UnreadableSource(f"{path}: the log is not whole JSON; it is read again when it changes") from error
    if not isinstance(value, dict):
        raise UnreadableSource(f"{path}: not a log of Inspect AI")
    listed = value.get("samples")
    samples = listed if isinstance(listed, list) else []
    head = {key: item for key, item in value.items() if key != "samples"}
    return Log(head, tuple(Stored(str(number), "", sample) for number, sample in enumerate(samples)))
