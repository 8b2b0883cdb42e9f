"""What a rollout of Codex CLI takes from another one: the thread that spawned it, or the one that it was forked from.

Files of sub-agents and forks begin with a copy of the parent's lines, all stamped with the second of their creation.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

import msgspec

from tracetui.errors import SourceVanished, UnreadableSource
from tracetui.sources.codex_cli_fold import CodexFold
from tracetui.sources.codex_cli_lines import Line, Payload, Spawned, decode, spawned_by
from tracetui.sources.codex_cli_turns import ThreadPlace
from tracetui.sources.lines import Record, read_records
from tracetui.sources.transcript_file import feed
from tracetui.wire.otlp_values import loads

_TOP_FOLDERS = ("sessions", "archived_sessions")
_OPENERS = ("task_started", "turn_started")


class Head(msgspec.Struct, frozen=True):
    """The first line of a rollout: its own description. `spawned` says where it comes from."""

    thread_id: str = ""
    second: str = ""
    spawned: Spawned = Spawned()
    instructions: str | None = None
    start_ns: int = 0


def read_head(path: Path) -> Head:
    """What the first line says; nothing where it is no description."""
    record = _first_record(path)
    if record is None:
        return Head()
    try:
        line = decode(record.data)
        payload = line.payload or Payload()
        if line.type != "session_meta":
            return Head()
        return Head(payload.id or "", _second(line), spawned_by(payload), _instructions(record.data), line.time_ns or 0)
    except (ValueError, RecursionError):
        return Head()


def _first_record(path: Path) -> Record | None:
    try:
        for chunk in read_records(path, None, "lines"):
            if chunk.records:
                return chunk.records[0]
    except (SourceVanished, UnreadableSource):
        return None
    return None


def _instructions(data: bytes) -> str | None:
    whole = loads(data)
    payload = whole.get("payload", whole) if isinstance(whole, dict) else {}
    base = payload.get("base_instructions") if isinstance(payload, dict) else None
    text = base.get("text") if isinstance(base, dict) else payload.get("instructions")
    return text if isinstance(text, str) and text else None


def _second(line: Line) -> str:
    return (line.timestamp or "")[:19]


def find_file(path: Path, thread_id: str) -> Path | None:
    """The rollout of another thread in the same tree; an active one wins over an archived one."""
    top = next((folder for folder in path.parents if folder.name in _TOP_FOLDERS), None)
    places = [top.with_name(name) for name in _TOP_FOLDERS] if top is not None else [path.parent]
    for place in places:
        found = sorted(place.rglob(f"rollout-*{thread_id}.jsonl*")) if place.is_dir() else []
        found = [other for other in found if other != path and other.name.endswith((".jsonl", ".jsonl.zst"))]
        if found:
            return found[0]
    return None


class ParentIndex:
    """A parent's file, folded so far that its turns and the threads that it spawned are known."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._fold: CodexFold | None = None
        self._cursor: str | None = None

    def update(self) -> CodexFold:
        """Read what is new."""
        try:
            for chunk in read_records(self.path, self._cursor, "lines"):
                if self._fold is None or chunk.reset:
                    self._fold = self._new_fold()
                for record in chunk.records:
                    feed(self._fold, record)
                self._cursor = chunk.cursor
        except (SourceVanished, UnreadableSource):
            pass
        fold = self._fold or self._new_fold()
        fold.take()
        fold.skipped.clear()
        return fold

    def _new_fold(self) -> CodexFold:
        head = read_head(self.path)
        parent = None if head.spawned.parent_id is None else find_file(self.path, head.spawned.parent_id)
        place = find_place(self.path, head, parent)
        return CodexFold(head.thread_id, place, copy_test(head, parent))


@lru_cache(maxsize=32)
def parent_index(path: Path) -> ParentIndex:
    """The index of a parent's file, shared by the threads that it spawned."""
    return ParentIndex(path)


def find_place(path: Path, head: Head, parent: Path | None) -> ThreadPlace | None:
    """Where a thread's spans belong; None for one that nobody spawned, or whose parent's file is missing."""
    if head.spawned.parent_id is None or parent is None:
        return None
    fold = parent_index(parent).update()
    thread_id = head.thread_id
    for output, call_id, trace_id in fold.spawned:
        if thread_id and thread_id in output:
            return ThreadPlace(thread_id, trace_id, call_id, head.spawned.name, fold.session, True)
    roots = [root for root in fold.roots if root.start_ns <= head.start_ns] or fold.roots[:1]
    if not roots:
        return None
    return ThreadPlace(thread_id, roots[-1].trace_id, roots[-1].span_id, head.spawned.name, fold.session)


def copy_test(head: Head, parent: Path | None) -> Callable[[Line, bytes], bool] | None:
    """A test of the lines at the beginning of a file: whether they are copies of another file's.

    Without that file they are copies until the thread's own turn begins, which is after the second of its creation.
    """
    if head.spawned.parent_id is None and head.spawned.fork_of is None:
        return None
    if parent is not None:
        known = _payloads(parent)
        return lambda line, data: _digest(data) in known
    return lambda line, data: not (_second(line) != head.second and _is_opener(line))


def _is_opener(line: Line) -> bool:
    return line.type == "turn_context" or (line.payload is not None and line.payload.type in _OPENERS)


def _payloads(path: Path) -> frozenset[bytes]:
    found: set[bytes] = set()
    try:
        for chunk in read_records(path, None, "lines"):
            found.update(_digest(record.data) for record in chunk.records)
    except (SourceVanished, UnreadableSource):
        pass
    return frozenset(found)


def _digest(data: bytes) -> bytes:
    """What a line says, its time left out."""
    try:
        value = loads(data)
    except (ValueError, RecursionError):
        return b""
    said = value.get("payload", value) if isinstance(value, dict) else value
    try:
        text = msgspec.json.encode(said, order="sorted")
    except UnicodeEncodeError:
        return b""
    return hashlib.blake2b(text, digest_size=8).digest()
