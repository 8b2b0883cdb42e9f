"""Where the index of a set of sources lives, and which of several processes may write it."""

from __future__ import annotations

import fcntl
import hashlib
import os
import uuid
from collections.abc import Sequence
from pathlib import Path

from msgspec import Struct

from tracetui import __version__
from tracetui.config import cache_dir
from tracetui.store.connection import file_uri
from tracetui.store.mounts import network_of
from tracetui.store.schema import INDEX_VERSION


class Location(Struct, frozen=True):
    """An index: its URIs for SQLite, and the file that its one writer locks (None: it lives in this process only)."""

    write_uri: str
    read_uri: str
    path: Path | None
    notice: str | None = None


def locate_index(keys: Sequence[str]) -> Location:
    """The index for sources with these keys (absolute path, format and mapping of each).

    Falls back to memory where the cache directory cannot be written, and says so.
    """
    text = "\n".join((f"{INDEX_VERSION} {__version__}", *sorted(keys)))
    name = hashlib.blake2b(text.encode("utf-8", "surrogateescape"), digest_size=12).hexdigest() + ".index"
    try:
        folder = cache_dir() / "index"
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        kind = network_of(folder)
        if kind is not None:
            return in_memory(f"the cache lies on a network file system ({kind}); set TRACETUI_CACHE_DIR to a local one")
        path = folder / name
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    except OSError as error:
        return in_memory(cannot_be_written(error))
    return Location(file_uri(path, "rw"), file_uri(path, "ro"), path)


def cannot_be_written(error: Exception) -> str:
    """What is wrong with the cache, in words."""
    return f"the cache cannot be written ({error})"


def in_memory(why: str) -> Location:
    """An index that lives in this process only, because of what is wrong with the cache."""
    uri = f"file:/tracetui-{uuid.uuid4().hex}?vfs=memdb"
    return Location(uri, uri, None, f"the index is kept in memory only: {why}")


class WriterLock:
    """The right to write an index: one process at a time holds it, the others read what it writes."""

    def __init__(self, path: Path | None) -> None:
        self._path = None if path is None else path.with_suffix(".lock")
        self._descriptor: int | None = None

    @property
    def is_held(self) -> bool:
        """Whether this process may write."""
        return self._path is None or self._descriptor is not None

    def acquire(self) -> bool:
        """Take the lock if nobody has it; never waits."""
        if self.is_held:
            return True
        assert self._path is not None
        descriptor = os.open(self._path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(descriptor)
            return False
        self._descriptor = descriptor
        return True

    def release(self) -> None:
        """Give the lock back."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None
