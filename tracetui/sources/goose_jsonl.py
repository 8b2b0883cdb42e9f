"""A session of goose as it was kept before there was a database: a line about the session, then a message a line.

The file is written anew with every message, its first line with it. docs/formats/goose.md.
"""

from __future__ import annotations

from collections.abc import Iterable

from tracetui.model import Json
from tracetui.sources.cells import SECOND, Dict, list_of, time_ns
from tracetui.sources.goose import Said, add_turns
from tracetui.sources.head import Head
from tracetui.sources.lines import Record
from tracetui.sources.sqlite_file import Group
from tracetui.sources.sqlite_read import ROW_ID
from tracetui.sources.whole_file import Built, WholeFile
from tracetui.wire.otlp_values import loads
from tracetui.wire.reasons import TOO_DEEP, describe, not_json

_ABOUT = ("message_count", "description", "total_tokens", "accumulated_total_tokens", "schedule_id")
_WHERE = "line"


class GooseJsonl(WholeFile):
    """One session; its id is the name of the file."""

    format = "goose-jsonl"

    @staticmethod
    def recognise(head: Head) -> bool:
        """Whether it begins with what goose says of a session, or with one of its messages."""
        if head.objects:
            return _is_session(head.objects[0]) or (_is_message(head.objects[0]) and _has_tool(head.objects))
        return head.mentions("working_dir", "message_count", "role", "created")

    def notes(self) -> Iterable[str]:
        """Where the tokens are."""
        yield from super().notes()
        yield "goose records tokens for whole sessions only: they are in the metadata, and no call has usage or cost"
        yield "no model is recorded"

    def build(self, records: list[Record]) -> Built:
        """All turns of the session."""
        group = Group()
        session: Dict = {}
        messages: list[Said] = []
        other = 0
        for record in records:
            value = _parsed(record, group)
            if value is None:
                continue
            if _is_message(value):
                messages.append(_said(value, record.line, group))
            elif _is_session(value) or not messages:
                session |= value
                other += 1
            else:
                group.skip(_WHERE, record.line, describe(value, "a message of goose"))
        add_turns(group, self.path.name.partition(".")[0], session, messages)
        return Built(group, other)


def _parsed(record: Record, group: Group) -> Dict | None:
    value: Json
    try:
        value = loads(record.data)
    except RecursionError:
        group.skip(_WHERE, record.line, TOO_DEEP)
        return None
    except ValueError as error:
        group.skip(_WHERE, record.line, not_json(record.data, error))
        return None
    if isinstance(value, dict):
        return value
    group.skip(_WHERE, record.line, describe(value, "a message of goose"))
    return None


def _said(value: Dict, line: int, group: Group) -> Said:
    moment = time_ns(value.get("created"), SECOND)
    if moment is None:
        group.skip(_WHERE, line, "created is no time")
    content = [item for item in list_of(value.get("content")) if isinstance(item, dict)]
    return Said({**value, ROW_ID: line}, moment or 0, content)


def _is_session(value: Dict) -> bool:
    return isinstance(value.get("working_dir"), str) and "role" not in value and any(key in value for key in _ABOUT)


def _is_message(value: Dict) -> bool:
    content = value.get("content")
    is_list = isinstance(content, list) and all(isinstance(item, dict) and "type" in item for item in content)
    return is_list and value.get("role") in ("user", "assistant") and "created" in value


def _has_tool(values: Iterable[Dict]) -> bool:
    """Whether parts have the names that only goose gives them: messages alone may be anybody's."""
    kinds = (item.get("type") for value in values if _is_message(value) for item in list_of(value["content"])
             if isinstance(item, dict))  # fmt: skip
    return any(kind in ("toolRequest", "toolResponse") for kind in kinds)
