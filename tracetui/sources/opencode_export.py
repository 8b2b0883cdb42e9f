"""A session of opencode as `opencode export` writes it: one JSON document with the session and its messages.

Spans have the ids that they have in the database, so that both forms of a session count once. docs/formats/opencode-export.md.
"""

from __future__ import annotations

from collections.abc import Iterable

from tracetui.model import Json, Payload, Span
from tracetui.semconv.scalars import text_of
from tracetui.sources.cells import Dict, dict_of, list_of, time_ns
from tracetui.sources.head import Head
from tracetui.sources.opencode_session import Note, Session, add_session
from tracetui.sources.record_file import Given
from tracetui.sources.rewritten_file import RewrittenFile
from tracetui.sources.sqlite_file import Group
from tracetui.wire.reasons import describe


class OpencodeExport(RewrittenFile):
    """One exported session."""

    format = "opencode-export"

    @staticmethod
    def recognise(head: Head) -> bool:
        """Whether it is a session with messages that have an `info` and `parts` each."""
        if head.objects:
            return _is_session(head.objects[0])
        text = "".join(head.text[:2000].split())
        return (
            text.startswith('{"info":{')
            and '"messages":[{"info":{' in "".join(head.text.split())
            and '"sessionID"' in head.text
        )

    def notes(self) -> Iterable[str]:
        """What a cost of nothing means."""
        yield from super().notes()
        yield "opencode writes a cost of 0 where it knows none: only a cost above 0 is taken as recorded"
        yield "an answer without a total of its tokens is taken to have its reasoning beside its output, as opencode charges it"

    def map(self, record: Json, line: int) -> Given:
        """The turns, answers and tools of the session."""
        if not isinstance(record, dict) or not _is_session(record):
            return Given(skipped=(describe(record, "a session of opencode"),))
        group, reasons = _read(record)
        return Given(tuple(entry.span for entry in group.entries), skipped=tuple(reasons))

    def unfold(self, record: Json, item: int, span: Span, raw: str) -> Payload:
        """What a span carried."""
        return _read(record)[0].entries[item].payload()


def _is_session(record: Dict) -> bool:
    messages = record.get("messages")
    if not isinstance(record.get("info"), dict) or not isinstance(messages, list):
        return False
    infos = [dict_of(dict_of(message).get("info")) for message in messages[:1]]
    return all("sessionID" in info and "role" in info for info in infos) and "id" in record["info"]


def _read(record: Dict) -> tuple[Group, list[str]]:
    info = dict_of(record.get("info"))
    notes: list[Note] = []
    reasons: list[str] = []
    seen: set[str] = set()
    for number, message in enumerate(list_of(record.get("messages"))):
        data = dict_of(dict_of(message).get("info"))
        start = time_ns(dict_of(data.get("time")).get("created"))
        message_id = text_of(data.get("id")) or f"message {number + 1}"
        if not data or message_id in seen:
            reasons.append("a message without an info" if not data else "a message that is there twice")
            continue
        if start is None:
            reasons.append("a message without a time")
        seen.add(message_id)
        parts = [part for part in list_of(dict_of(message).get("parts")) if isinstance(part, dict)]
        notes.append(Note(message_id, start or 0, data, parts))
    session_id = text_of(info.get("id")) or "session"
    group = Group()
    notes.sort(key=lambda note: note.start_ns)
    add_session(group, session_id, Session(session_id, info, notes, reasoning_beside=True), None)
    return group, reasons
