"""Read a big source in a process of its own, while this one writes the index.

Interpreting records takes most of the time of indexing and none of it needs the index, so two cores do it in half the
time, and the screen's thread is hardly disturbed. What is left over small is read in this process.
"""

from __future__ import annotations

import contextlib
import pickle
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from queue import Queue
from typing import IO, TYPE_CHECKING

import msgspec

from tracetui.sources.base import Batch, Source
from tracetui.workspace.formats import format_at, format_of
from tracetui.workspace.recalled import RecalledSource

if TYPE_CHECKING:
    from tracetui.sources.columns import Mapping

_BIG = 24_000_000
"""Bytes (of a file) that are worth a process: it takes a quarter of a second to start."""
_AHEAD = 4
_END = b""


def read_source(source: Source, cursor: str | None, mappings: Sequence[Mapping]) -> Iterator[Batch]:
    """What `source.read(cursor)` gives; from the second batch on out of another process, where much is left."""
    for batch in source.read(cursor):
        yield batch
        if _bytes_left(source, batch) > _BIG:
            yield from _read_elsewhere(source, batch.cursor, mappings)
            return


def _bytes_left(source: Source, batch: Batch) -> int:
    """How much of the file is left after a batch; 0 of what is not read in another process."""
    left = max(0, batch.total - batch.done)
    if getattr(source, "counts_bytes", False):
        return left
    if left and getattr(source, "counts_rows", False):
        with contextlib.suppress(OSError):
            return source.path.stat().st_size * left // batch.total
    return 0


def _read_elsewhere(source: Source, cursor: str, mappings: Sequence[Mapping]) -> Iterator[Batch]:
    """Batches of a child process; should it end early, the rest is read here."""
    # -P: no module is taken from the directory one stands in, which may be anybody's.
    child = subprocess.Popen(
        [sys.executable, "-P", "-c", "from tracetui.workspace.read_ahead import serve; serve()"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    assert child.stdin is not None
    assert child.stdout is not None
    has_ended = False
    try:
        with contextlib.suppress(BrokenPipeError), child.stdin as order:
            order.write(pickle.dumps((str(source.path), _place_of(source), cursor, tuple(mappings))))
        decoder = msgspec.msgpack.Decoder(Batch)
        for frame in _ahead(child.stdout):
            if frame == _END:
                has_ended = True
                break
            batch = decoder.decode(frame)
            cursor = batch.cursor
            yield batch
    finally:
        child.kill()
        child.stdout.close()
        child.wait()
    if not has_ended:
        yield from source.read(cursor)


def _place_of(source: Source) -> str:
    """The place of the source's format; "" where it is of none. The other process need not find it out again."""
    row = format_of(source.opened if isinstance(source, RecalledSource) else source)
    return "" if row is None else row.place


def _ahead(stream: IO[bytes]) -> Iterator[bytes]:
    """Frames of a stream, some of them read before they are asked for."""
    queue: Queue[bytes | None] = Queue(_AHEAD)
    is_wanted = True

    def fetch() -> None:
        with contextlib.suppress(OSError, ValueError):
            while is_wanted and len(head := stream.read(8)) == 8:
                queue.put(stream.read(int.from_bytes(head)))
        queue.put(None)

    threading.Thread(target=fetch, name="read-ahead", daemon=True).start()
    try:
        while (frame := queue.get()) is not None:
            yield frame
    finally:
        is_wanted = False
        with contextlib.suppress(Exception):
            while queue.get_nowait() is not None:
                pass


def serve() -> None:
    """The child: read what the parent ordered and write batches as frames, an empty one at the end."""
    from tracetui.workspace.opening import open_source

    path, place, cursor, mappings = pickle.load(sys.stdin.buffer)
    out = sys.stdout.buffer
    encoder = msgspec.msgpack.Encoder()
    try:
        with contextlib.closing(open_source(Path(path), mappings, format_at(place))) as source:
            for batch in source.read(cursor):
                _write_frame(out, encoder.encode(batch))
        _write_frame(out, _END)
    except BrokenPipeError:
        sys.stdout = None  # the parent has gone; nothing is to be flushed to it


def _write_frame(out: IO[bytes], frame: bytes) -> None:
    out.write(len(frame).to_bytes(8))
    out.write(frame)
    out.flush()
