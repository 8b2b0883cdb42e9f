"""From the paths that a user names to opened sources: the format is recognised from the content, never from the name."""

from __future__ import annotations

import os
import stat
import sys
import tempfile
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from msgspec import Struct

from tracetui.errors import UnreadableSource
from tracetui.sources.base import Source
from tracetui.sources.head import Head
from tracetui.sources.tracetui_store import TracetuiStore
from tracetui.workspace.folder import Folder
from tracetui.workspace.formats import Format, find_format
from tracetui.workspace.recalled import recall, remember, state_of

if TYPE_CHECKING:
    from tracetui.sources.columns import Mapping

_FIRST_S = 0.05
"""Seconds for which files of a directory are looked at before the first of them are shown."""
_HEAD = 65536
_BLANK = b"\x00\xef\xbb\xbf \r\n\t"


class Opened(Struct):
    """The sources that could be opened, the directories that go on giving some, and one sentence for each path that
    could not be opened. `keys` name what was opened, for the index."""

    sources: list[Source] = []
    folders: list[Folder] = []
    refused: list[str] = []
    keys: list[str] = []


def open_sources(paths: Sequence[str | Path], mappings: Sequence[Mapping] = ()) -> Opened:
    """Open each path; a directory stands for the files in it. Raises UnreadableSource where nothing could be opened."""
    opened = Opened()
    for path in paths:
        if str(path) == "-":
            _try_open(spool(sys.stdin.buffer), mappings, opened)
        elif Path(path).is_dir():
            _open_directory(Path(path), mappings, opened)
        else:
            _try_open(Path(path), mappings, opened)
    if not opened.sources:
        raise UnreadableSource("\n".join(opened.refused) or "no source was named; give a file or a directory of traces")
    return opened


def _try_open(path: Path, mappings: Sequence[Mapping], opened: Opened) -> None:
    def recognise(path: Path, known: Format | None = None) -> Source:
        return _recognise(path, mappings, known)

    try:
        recalled = recall(path.absolute(), mappings, recognise)
        source = recognise(path) if recalled is None else recalled
        mapping = source.describe().mapping if recalled is None else recalled.mapping
    except UnreadableSource as error:
        opened.refused.append(str(error))
    else:
        opened.sources.append(source)
        opened.keys.append(f"{source.path}\t{source.format}\t{mapping or ''}")


def _recognise(path: Path, mappings: Sequence[Mapping], known: Format | None) -> Source:
    """Open a file, and keep as what; a tracetui store needs no index, and is recognised at once. Raises UnreadableSource."""
    from tracetui.sources.sidecar import is_fleeting

    before = state_of(path)
    try:
        source = open_source(path, mappings, known)
    except OSError as error:
        raise UnreadableSource(f"{path}: cannot be read ({error.strerror or error})") from error
    if not isinstance(source, TracetuiStore) and source.path == path.absolute() and not is_fleeting(source.path):
        remember(source, mappings, before)
    return source


def _open_directory(path: Path, mappings: Sequence[Mapping], opened: Opened) -> None:
    """Open the newest files of a directory; the others follow while it is open."""
    folder = Folder(path, mappings)
    found = folder.find(_FIRST_S)
    if not found:
        reason = f"none of its {folder.other} files is one" if folder.other else "it is empty"
        opened.refused.append(f"{path}: a directory without a store of traces ({reason})")
        return
    opened.sources += found
    opened.folders.append(folder)
    opened.keys.append(folder.key)


def open_source(path: Path, mappings: Sequence[Mapping] = (), known: Format | None = None) -> Source:
    """Recognise one file, unless its format is `known`, and open it. Raises UnreadableSource with a sentence about what it
    is instead."""
    try:
        kind = path.stat()
    except FileNotFoundError as error:
        raise UnreadableSource(f"{path}: no such file; check the name") from error
    if stat.S_ISFIFO(kind.st_mode) or stat.S_ISCHR(kind.st_mode):
        with path.open("rb") as stream:
            path = spool(stream, wait=True)
    if not os.access(path, os.R_OK):
        raise UnreadableSource(f"{path}: permission denied")
    head = Head(path.absolute(), mappings)
    found = find_format(head) if known is None else known
    if found is None:
        raise UnreadableSource(f"{head.path}: {_what_it_looks_like(head)}")
    return found.open(head)


def is_blank(path: Path) -> bool:
    """Whether a file is there and holds nothing yet."""
    try:
        with path.open("rb") as file:
            return stat.S_ISREG(os.fstat(file.fileno()).st_mode) and not file.read(_HEAD).strip(_BLANK)
    except OSError:
        return False


def has_first_record(path: Path) -> bool:
    """Whether enough of a file is there to recognise it: a whole line, or the beginning of a database. A file that
    went away counts, so that whoever waits goes on and is told."""
    try:
        with path.open("rb") as file:
            head = file.read(_HEAD).lstrip(_BLANK)
    except OSError:
        return True
    if b"\n" in head or head.startswith(b"SQLite format 3") or len(head) > _HEAD // 2:
        return True
    from tracetui.sources.lines import is_whole_json

    return is_whole_json(head)


def _what_it_looks_like(whole: Head) -> str:
    if whole.is_sqlite:
        return "a SQLite database without a table of model calls that is recognised; name its columns with --map"
    with whole.path.open("rb") as file:
        head = file.read(4096)
    if not head.strip(_BLANK):
        return "the file is empty, or blank; there is nothing to show yet"
    if b"\x00" in head or head[:2] in (b"PK", b"\x7fE"):
        return "a binary file of no known format"
    if head.lstrip()[:1] in (b"{", b"["):
        return "JSON, but without model calls that are recognised; name its fields with --map"
    return "text, but no JSON lines, OTLP or SQLite store of traces"


def spool(stream: BinaryIO, *, wait: bool = False) -> Path:
    """Copy a stream into a private file that grows as the stream does, so that it can be read like any other.

    Waits for the first bytes, or with `wait` for the end. The file is removed when the program ends.
    """
    import atexit
    import shutil

    from tracetui.sources.sidecar import note_fleeting

    folder = Path(tempfile.mkdtemp(prefix="tracetui-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    path = folder / "stdin"
    note_fleeting(path)
    has_data = threading.Event()

    def copy() -> None:
        descriptor = os.open(path, os.O_CREAT | os.O_WRONLY, 0o600)
        with os.fdopen(descriptor, "wb", buffering=0) as out:
            read = getattr(stream, "read1", stream.read)
            while block := read(1 << 20):
                out.write(block)
                has_data.set()
        has_data.set()

    thread = threading.Thread(target=copy, name="spool", daemon=True)
    thread.start()
    if wait:
        thread.join()
    else:
        has_data.wait()
        thread.join(timeout=1.0)
    return path
