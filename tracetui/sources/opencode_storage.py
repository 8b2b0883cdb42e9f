"""A session of opencode in the files that it wrote before it had a database: docs/formats/opencode.md.

The session's file is the source of all its spans; files of messages and parts belong to it and give nothing by
themselves. Spans have the ids that they have in the database, so that a session that was moved there counts once.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec
from msgspec import Struct

from tracetui.errors import UnreadableSource
from tracetui.model import Json, Payload, Span
from tracetui.semconv.scalars import text_of
from tracetui.sources.base import Batch
from tracetui.sources.cells import Dict, dict_of
from tracetui.sources.cursors import dump_position, parse_position
from tracetui.sources.head import Head
from tracetui.sources.opencode_beside import (
    Complain,
    load,
    note_of,
    owner_of,
    read_session,
    session_file,
    state_of,
    storage_of,
)
from tracetui.sources.opencode_session import Session, add_session, task_of
from tracetui.sources.record_file import Given
from tracetui.sources.rewritten_file import RewrittenFile
from tracetui.sources.sqlite_file import Group
from tracetui.wire.reasons import describe

_DEEPEST = 10
_SIGNS = (("id", "sessionID", "messageID", "type"), ("id", "sessionID", "role", "time"))


class Beside(Struct, frozen=True, array_like=True):
    """The cursor: of the file, and the state of the files beside it when it was read."""

    own: str | None = None
    state: str = ""


class OpencodeStorage(RewrittenFile):
    """One session. Raises UnreadableSource for a message or a part of a session that is told elsewhere."""

    format = "opencode-storage"
    tells_rest = False

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        record = load(path, _ignore)
        owner = None if _is_session(record) else owner_of(path.absolute(), record)
        if owner is not None and owner != path.absolute():
            raise UnreadableSource(f"{path} belongs to a session: open {owner} or the folder that has both")
        if "messageID" in record:
            raise UnreadableSource(f"{path} is a part of a message that is not there: open the folder of its session")
        own_storage = storage_of(path.absolute())
        self._storage = own_storage if _is_session(record) or owner is not None else None
        self._session_id = text_of(record.get("id" if _is_session(record) else "sessionID")) or ""

    @staticmethod
    def recognise(head: Head) -> bool:
        """Whether it is one session, one message or one part."""
        if head.path.suffix != ".json" or len(head.objects) > 1:
            return False
        if head.objects:
            return _is_session(head.objects[0]) or _is_message(head.objects[0]) or _is_part(head.objects[0])
        return any(head.mentions(*signs) for signs in _SIGNS) and not head.mentions("messages")

    def notes(self) -> Iterable[str]:
        """What was assumed."""
        yield from super().notes()
        yield "opencode writes a cost of 0 where it knows none: only a cost above 0 is taken as recorded"
        yield "an answer without a total of its tokens is taken to have its reasoning beside its output, as opencode charges it"
        yield "sums in step-finish parts repeat their message's tokens and are not added"

    def changed(self, cursor: str | None) -> bool:
        """Whether the session, its messages or their parts changed."""
        position = parse_position(cursor, Beside(""))
        return super().changed(position.own) or (cursor is not None and position.state != self._state())

    def read(self, cursor: str | None) -> Iterator[Batch]:
        """Read the whole session, where anything of it is new."""
        position = parse_position(cursor, Beside(""))
        state = self._state()
        self._page = None
        own = position.own if cursor is None or position.state == state else ""
        for batch in super().read(own):
            yield msgspec.structs.replace(batch, cursor=dump_position(Beside(batch.cursor, state)))

    def _state(self) -> str:
        return "" if self._storage is None else state_of(self._storage, self._session_id)

    def map(self, record: Json, line: int) -> Given:
        """The turns, answers and tools of the session."""
        if not isinstance(record, dict) or not (_is_session(record) or _is_message(record)):
            return Given(skipped=(describe(record, "a session of opencode"),))
        reasons: list[str] = []
        group = self._read(record, reasons.append)[0]
        return Given(tuple(entry.span for entry in group.entries), skipped=tuple(reasons))

    def unfold(self, record: Json, item: int, span: Span, raw: str) -> Payload:
        """What a span carried."""
        return self._read(dict_of(record), _ignore)[0].entries[item].payload()

    def _read(self, record: Dict, complain: Complain) -> tuple[Group, str]:
        if _is_session(record) and self._storage is not None:
            return _with_family(self._storage, record, complain, _DEEPEST)
        if self._storage is not None:
            return _with_family(self._storage, {"id": self._session_id}, complain, 0)
        group = Group()
        note = note_of(self.path.stem, record, None, complain)
        add_session(group, self._session_id, Session(self._session_id, {}, [note], reasoning_beside=True), None)
        return group, self._session_id


def _with_family(storage: Path, row: Dict, complain: Complain, depth: int) -> tuple[Group, str]:
    """The spans of a session, under the task of another session that started it; and the session of the first turn."""
    session = read_session(storage, row, complain)
    group = Group()
    parent_id = text_of(row.get("parentID"))
    above = session_file(storage, parent_id) if parent_id is not None and "/" not in parent_id and depth else None
    if above is None:
        add_session(group, session.id, session, None)
        return group, session.id
    family, root_id = _with_family(storage, load(above, _ignore), _ignore, depth - 1)
    add_session(group, root_id, session, task_of(family, session.start_ns))
    return group, root_id


def _is_session(record: Dict) -> bool:
    return "projectID" in record and isinstance(record.get("time"), dict) and _has_texts(record, "id", "title")


def _is_message(record: Dict) -> bool:
    is_told = record.get("role") in ("user", "assistant") and isinstance(record.get("time"), dict)
    return is_told and _has_texts(record, "id", "sessionID")


def _is_part(record: Dict) -> bool:
    return _has_texts(record, "id", "sessionID", "messageID", "type")


def _has_texts(record: Dict, *keys: str) -> bool:
    return all(isinstance(record.get(key), str) for key in keys)


def _ignore(reason: str) -> None:
    """For what is read a second time, or complained of where it is told."""
