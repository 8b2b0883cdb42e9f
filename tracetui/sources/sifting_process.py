"""Looking through what is stored in a process of its own, so that the screen's interpreter is free and two cores are used.

To look through bytes needs nothing of the index and nothing of the screen. The process is told what to look through, and
where, in a pipe, and answers in the order in which it was asked. It loads no more of the program than it needs for that.
"""

from __future__ import annotations

import contextlib
import pickle
import subprocess
import sys
import threading
from collections.abc import Collection, Sequence
from functools import lru_cache
from queue import SimpleQueue
from typing import IO

import msgspec

from tracetui.errors import TracetuiError
from tracetui.query import Sieve, sieve_for
from tracetui.sources.base import Place, Stored

Numbers = list[list[int]]
"""For each of some texts the numbers of the places that may hold it."""

_READY = b"ready"
_sieve_for = lru_cache(maxsize=64)(sieve_for)


def look_through(stored: Stored, places: Sequence[Place], sieves: Collection[Sieve]) -> Numbers:
    """The places that may hold each text. Raises TracetuiError where that cannot be said."""
    found: list[set[int]] = [set() for _ in sieves]
    for block in stored(places):
        for own, sieve in zip(found, sieves, strict=True):
            own.update(owner for number in sieve.holding(block.data, block.starts) for owner in block.owners[number])
    return [sorted(own) for own in found]


class SiftingProcess:
    """A process that looks through for us, one question after the other; `close` it."""

    def __init__(self) -> None:
        # -P: no module is taken from the directory one stands in, which may be anybody's.
        self._child = subprocess.Popen(
            [sys.executable, "-P", "-c", "from tracetui.sources.sifting_process import serve; serve()"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        self._answers: SimpleQueue[bytes | None] = SimpleQueue()
        self._is_ready = threading.Event()
        threading.Thread(target=self._listen, name="sifting answers", daemon=True).start()

    @property
    def is_ready(self) -> bool:
        """Whether it is there, so that what it is asked is answered at once."""
        return self._is_ready.is_set()

    def wait(self, seconds: float) -> bool:
        """Wait until it is ready; whether it is."""
        return self._is_ready.wait(seconds)

    def _listen(self) -> None:
        assert self._child.stdout is not None
        with contextlib.suppress(OSError, ValueError):
            while (frame := _read_frame(self._child.stdout)) is not None:
                if frame == _READY:
                    self._is_ready.set()
                else:
                    self._answers.put(frame)
        self._answers.put(None)

    def ask(self, stored: Stored, places: Sequence[Place], texts: Sequence[str]) -> None:
        """Ask for what `look_through` gives of the sieves of these texts; the answer is fetched later."""
        assert self._child.stdin is not None
        with contextlib.suppress(OSError):  # it has ended: that is seen where the answer is
            _write_frame(self._child.stdin, pickle.dumps((stored, msgspec.msgpack.encode(places), tuple(texts))))

    def answer(self) -> Numbers | None:
        """The answer to the oldest question that has none yet; None where the process has none to give."""
        frame = self._answers.get()
        if frame is None:
            self._answers.put(None)  # for the next one who asks
            return None
        return msgspec.msgpack.decode(frame, type=Numbers | None)

    def close(self) -> None:
        """End it, whatever it is at."""
        self._child.kill()
        self._child.wait()
        for stream in (self._child.stdin, self._child.stdout):
            if stream is not None:
                with contextlib.suppress(OSError):
                    stream.close()


def serve() -> None:
    """The process: answer what is asked on standard input until it ends."""
    asked, answers = sys.stdin.buffer, sys.stdout.buffer
    with contextlib.suppress(BrokenPipeError):
        _write_frame(answers, _READY)
        while (frame := _read_frame(asked)) is not None:
            stored, places, texts = pickle.loads(frame)
            _write_frame(answers, _answer(stored, msgspec.msgpack.decode(places, type=list[Place]), texts))


def _answer(stored: Stored, places: list[Place], texts: Sequence[str]) -> bytes:
    sieves = [sieve for text in texts if (sieve := _sieve_for(text))]
    try:
        return msgspec.msgpack.encode(look_through(stored, places, sieves))
    except TracetuiError:
        return msgspec.msgpack.encode(None)


def _read_frame(stream: IO[bytes]) -> bytes | None:
    """The next frame of a pipe; None at its end."""
    head = stream.read(8)
    return stream.read(int.from_bytes(head)) if len(head) == 8 else None


def _write_frame(stream: IO[bytes], frame: bytes) -> None:
    stream.write(len(frame).to_bytes(8))
    stream.write(frame)
    stream.flush()
