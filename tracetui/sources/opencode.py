"""opencode's database: sessions, messages and their parts, as JSON in columns `data`.

A message of the user is a trace, an answer a generation, a tool part a tool span; a session that a task started lies
under that task. docs/formats/opencode.md explains it to users.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from tracetui.model import Span
from tracetui.sources.cells import text_cell
from tracetui.sources.head import Head
from tracetui.sources.opencode_session import add_session, load_session, task_of
from tracetui.sources.sqlite_file import Group, SqliteFile
from tracetui.sources.sqlite_read import Database
from tracetui.sources.sqlite_watch import Watched

_MOST_SESSIONS = 10_000


class OpencodeSource(SqliteFile):
    """One `opencode.db`."""

    format = "opencode"
    watched = (
        Watched("message", "session_id", stamp="time_updated"),
        Watched("part", "session_id", stamp="time_updated"),
    )

    @staticmethod
    def recognise(head: Head) -> bool:
        """Whether it has messages and parts with their data."""
        return head.has_columns("message", "session_id", "data") and head.has_columns("part", "message_id", "data")

    def notes(self) -> Iterable[str]:
        """What a cost of nothing means."""
        yield "opencode writes a cost of 0 where it knows none: only a cost above 0 is taken as recorded"
        yield "totals of a session are the sum of its messages; what a session row adds up itself is not counted again"

    def keys_read(self, db: Database, keys: list[Any]) -> list[Any]:
        """A session that a task started is read with the session of the task."""
        return list(dict.fromkeys(_root(db, key) for key in keys))

    def key_of(self, span: Span) -> str:
        """Groups are root sessions."""
        return span.session_id or ""

    def read_group(self, db: Database, key: Any) -> Group:
        """A session and those that its tasks started."""
        group = Group()
        waiting, seen = [key], {key}
        while waiting and len(seen) < _MOST_SESSIONS:
            session = load_session(db, waiting.pop(0), group)
            add_session(group, str(key), session, task_of(group, session.start_ns) if session.id != key else None)
            for row in db.rows("session", {"parent_id": session.id}, order=("time_created",)):
                child = text_cell(row, "id")
                if child is not None and child not in seen:
                    seen.add(child)
                    waiting.append(child)
        return group


def _root(db: Database, key: Any) -> Any:
    seen = {key}
    while True:
        rows = db.rows("session", {"id": key})
        parent = text_cell(rows[0], "parent_id") if rows else None
        if parent is None or parent in seen:
            return key
        seen.add(parent)
        key = parent
