"""Scores kept beside a file that is never rewritten: `<file>.scores.jsonl`, one line a score, only ever appended to.

A line is a `Score` with all its fields, or `{"retracts": id, "time_ns": …}`, which takes one back. The newest score of
the same target, name, source and author is current; when it is taken back, the one before it is current again. Where the
folder cannot be written, the scores go to the user's data directory; both places are read.
"""

from __future__ import annotations

import errno
import hashlib
import os
import sys
import time
from collections.abc import Callable, Iterator
from functools import cached_property
from pathlib import Path

import msgspec
from msgspec import Struct

from tracetui.config import data_dir, private_dir
from tracetui.errors import NotWritable, SourceVanished
from tracetui.model import Score
from tracetui.sources.base import Batch, Saved, Skipped
from tracetui.sources.lines import Record, changed, read_records

if sys.platform != "win32":
    import fcntl

_LONGEST_NAME = 255
"""Bytes of a file's name, on all usual file systems."""
SUFFIX = ".scores.jsonl"

_LOCK_WAIT_S = 5.0
_ELSEWHERE = frozenset({errno.EACCES, errno.EPERM, errno.EROFS, errno.EISDIR, errno.ENOENT, errno.ENOTDIR})


_FLEETING: set[Path] = set()
"""Files that hold what came through a pipe, and go when the program does."""


def note_fleeting(path: Path) -> None:
    """Say that a file is not kept, so that no score is said to be saved beside it."""
    _FLEETING.add(path.resolve())


def is_fleeting(path: Path) -> bool:
    """Whether a file is not kept."""
    return bool(_FLEETING) and path.resolve() in _FLEETING


class Retraction(Struct, frozen=True):
    """A line that takes a score back."""

    retracts: str
    time_ns: int = 0


class ScoreChanges(Struct, frozen=True):
    """Scores in the order of writing, and then ids of scores taken back; `bad_lines` could not be read.

    Applied in order they give the present state; applied twice they give the same.
    """

    cursor: str
    scores: tuple[Score, ...] = ()
    retracted: tuple[str, ...] = ()
    bad_lines: int = 0


class SidecarScores:
    """The scores beside one file. `clock` gives the time of a retraction in ns."""

    def __init__(self, path: Path, clock: Callable[[], int] = time.time_ns) -> None:
        self.path = path.resolve()
        self.beside = self.path.with_name(self.path.name + SUFFIX)
        self._clock = clock

    @cached_property
    def away(self) -> Path | None:
        """The file in the user's data directory that serves where the folder cannot be written."""
        try:
            folder = data_dir() / "scores"
        except OSError:
            return None
        name = hashlib.sha256(os.fsencode(self.path)).hexdigest()[:32]
        return folder / (name + SUFFIX)

    @property
    def writable(self) -> bool:
        """Whether there is a place that can be written and is kept."""
        if is_fleeting(self.path):
            return False
        return self._has_beside() or self.away is not None

    def place(self) -> str:
        """Where a score would go now, as a phrase for the user."""
        if is_fleeting(self.path):
            return "nowhere: what comes through a pipe is not kept; save it in a file to rate it"
        if self._has_beside():
            return f"{self.beside.name} beside it"
        if self.away is None:
            return "nowhere: neither its folder nor the data directory can be written"
        if not self._has_room:
            return f"{self.away} (the name of the file is too long for one beside it)"
        return f"{self.away} (the folder of {self.path.name} cannot be written)"

    def changed(self, cursor: str | None) -> bool:
        """Whether `read(cursor)` would give anything: two stats."""
        return any(
            place.exists() and changed(place, known)
            for place, known in zip(self._places(), _split_cursor(cursor), strict=False)
        )

    def read(self, cursor: str | None) -> Iterator[ScoreChanges]:
        """What was saved and taken back since `cursor`, oldest first; nothing where nothing is new."""
        cursors = _split_cursor(cursor)
        for number, place in enumerate(self._places()):
            if not place.is_file():
                continue
            for chunk in _read_again_if_moved(place, cursors[number]):
                for scores, retracted, bad_lines in _in_steps(chunk[0]):
                    yield ScoreChanges(_join_cursor(cursors), scores, retracted, bad_lines)
                cursors[number] = chunk[1]
                yield ScoreChanges(_join_cursor(cursors))

    def batch(self, change: ScoreChanges, cursor: str, done: int, total: int, incomplete: int = 0) -> Batch:
        """A change as a step of reading the file; `cursor` is the source's own, and has the change's within."""
        bad = change.bad_lines
        return Batch(
            cursor,
            done,
            total,
            scores=change.scores,
            retracted=change.retracted,
            skipped=unread_scores(bad),
            skipped_count=bad,
            incomplete=incomplete,
            notice=f"{self.beside.name}: {bad} lines are no scores and were left out" if bad else None,
        )

    def write(self, score: Score) -> Saved:
        """Append a score; it is on disk when this returns. Raises NotWritable."""
        return Saved(score, self._append(_encode(score), self._places()))

    def retract(self, score: Score) -> Saved:
        """Take a score back, in the file in which it was saved. Raises NotWritable."""
        line = msgspec.json.encode(Retraction(score.id, self._clock()))
        places = sorted(self._places(), key=lambda place: not _has_text(place, score.id.encode()))
        return Saved(score, self._append(line, places))

    def holds(self, score: Score) -> bool:
        """Whether a score was saved here, taken back or not."""
        return any(_has_text(place, score.id.encode()) for place in self._places())

    def _places(self) -> list[Path]:
        return ([self.beside] if self._has_room else []) + ([self.away] if self.away else [])

    @property
    def _has_room(self) -> bool:
        """Whether a file system takes the name that is longer by a suffix."""
        return len(os.fsencode(self.beside.name)) <= _LONGEST_NAME

    def _has_beside(self) -> bool:
        return self._has_room and _is_writable(self.beside)

    def _append(self, line: bytes, places: list[Path]) -> str:
        if is_fleeting(self.path):
            raise NotWritable(
                "what comes through a pipe is not kept, nor is a score of it; save it in a file to rate it"
            )
        problem: OSError | None = None
        for place in places:
            try:
                if place != self.beside:
                    private_dir(place.parent)
                append_line(place, line)
            except OSError as error:
                problem = problem or error
                if error.errno not in _ELSEWHERE:
                    break
            else:
                return str(place)
        reason = "no place for it" if problem is None else problem.strerror or str(problem)
        raise NotWritable(f"{self.beside}: the score could not be saved ({reason}); nothing was changed")


def unread_scores(count: int) -> tuple[Skipped, ...]:
    """What is said of lines among the scores that could not be read."""
    return (Skipped(None, f"{count} lines of the scores beside it cannot be read"),) if count else ()


def append_line(path: Path, line: bytes) -> None:
    """Append one line to a file that others append to as well, and wait until it is on disk.

    The file is made for its owner alone (0600). A line that somebody left unfinished is ended first. Raises OSError.
    """
    is_new = not path.exists()
    descriptor = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o600)
    try:
        _lock(descriptor)
        size = os.fstat(descriptor).st_size
        data = (b"\n" if _ends_torn(descriptor, size) else b"") + line + b"\n"
        written = os.write(descriptor, data)
        if written < len(data):
            os.ftruncate(descriptor, size)
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    if is_new:
        _sync_folder(path.parent)


def _ends_torn(descriptor: int, size: int) -> bool:
    if size == 0:
        return False
    os.lseek(descriptor, size - 1, os.SEEK_SET)
    return os.read(descriptor, 1) != b"\n"


def _lock(descriptor: int) -> None:
    """Lock out other writers until the descriptor is closed. Raises OSError after some seconds."""
    if sys.platform == "win32":
        return
    deadline = time.monotonic() + _LOCK_WAIT_S
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            if time.monotonic() > deadline:
                raise OSError(errno.EAGAIN, "another program holds it locked") from error
            time.sleep(0.005)
        else:
            return


def _sync_folder(folder: Path) -> None:
    """Put the name of a new file on disk too, where the system can do that."""
    if sys.platform == "win32":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _is_writable(place: Path) -> bool:
    if place.exists():
        return place.is_file() and os.access(place, os.W_OK)
    return place.parent.is_dir() and os.access(place.parent, os.W_OK | os.X_OK)


def _has_text(place: Path, text: bytes) -> bool:
    try:
        return text in place.read_bytes()
    except OSError:
        return False


def _encode(score: Score) -> bytes:
    try:
        return msgspec.json.encode(score)
    except UnicodeEncodeError:
        fields = msgspec.to_builtins(score)
        return msgspec.json.encode(
            {key: _without_surrogates(value) if isinstance(value, str) else value for key, value in fields.items()}
        )


def _without_surrogates(text: str) -> str:
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _read_again_if_moved(place: Path, cursor: str | None) -> Iterator[tuple[list[Record], str]]:
    try:
        for chunk in read_records(place, cursor, "lines"):
            yield chunk.records, chunk.cursor
    except SourceVanished:
        return


def _in_steps(records: list[Record]) -> Iterator[tuple[tuple[Score, ...], tuple[str, ...], int]]:
    """Cut records into steps in which no score follows a retraction, so that each can be applied scores first."""
    scores: list[Score] = []
    retracted: list[str] = []
    bad_lines = 0
    for record in records:
        entry = _decode(record.data)
        if entry is None:
            bad_lines += 1
        elif isinstance(entry, Retraction):
            retracted.append(entry.retracts)
        else:
            if retracted:
                yield tuple(scores), tuple(retracted), bad_lines
                scores, retracted, bad_lines = [], [], 0
            scores.append(entry)
    if scores or retracted or bad_lines:
        yield tuple(scores), tuple(retracted), bad_lines


def _decode(line: bytes) -> Score | Retraction | None:
    types: tuple[type[Score] | type[Retraction], ...] = (Score, Retraction)
    for kind in types if b'"retracts"' not in line else types[::-1]:
        try:
            return msgspec.json.decode(line, type=kind)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            continue
    return None


def _split_cursor(cursor: str | None) -> list[str | None]:
    if cursor is None:
        return [None, None]
    try:
        first, second = msgspec.json.decode(cursor, type=list[str | None])
    except (msgspec.DecodeError, ValueError):
        return [None, None]
    return [first, second]


def _join_cursor(cursors: list[str | None]) -> str:
    return msgspec.json.encode(cursors).decode()
