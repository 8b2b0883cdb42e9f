"""goose's sessions (`sessions.db`): messages of a person and of the agent, with the tools that it ran.

A turn (from one text of the user to the next) is a trace. Tokens are kept for the whole session only, so they stand on
the session's first turn as metadata, and nowhere as usage. docs/formats/goose.md explains it to users.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import Any

from msgspec import Struct

from tracetui.model import Json, Message, Part, Payload, Span, Status, Text, Thinking, ToolCall, ToolResult
from tracetui.semconv.chat import parse_messages
from tracetui.semconv.scalars import text_of
from tracetui.sources.cells import (
    SECOND,
    Dict,
    dict_of,
    json_cell,
    list_of,
    object_cell,
    raw_text,
    shortened,
    text_cell,
    time_ns,
)
from tracetui.sources.head import Head
from tracetui.sources.sqlite_file import Group, SqliteFile
from tracetui.sources.sqlite_read import ROW_ID, Database, Row
from tracetui.sources.sqlite_watch import Watched
from tracetui.sources.transcript_draft import project_of

_COUNTS = ("accumulated_input_tokens", "accumulated_output_tokens", "accumulated_total_tokens", "accumulated_cost",
           "cache_read_tokens", "cache_write_tokens")  # fmt: skip
_RESULTS = ("toolResponse", "frontendToolResponse")
_CALLS = ("toolRequest", "frontendToolRequest")


class Said(Struct, frozen=True):
    """One message: its row, its time and its content."""

    row: Row
    time_ns: int
    content: list[Dict]

    @property
    def role(self) -> str:
        """Who wrote it."""
        return text_cell(self.row, "role") or "user"

    @property
    def begins_turn(self) -> bool:
        """Whether a person wrote it: something else than results of tools."""
        return self.role == "user" and any(item.get("type") not in _RESULTS for item in self.content)

    def of(self, kinds: tuple[str, ...]) -> list[Dict]:
        """The parts of these types."""
        return [item for item in self.content if item.get("type") in kinds]


class GooseSource(SqliteFile):
    """One `sessions.db`."""

    format = "goose"
    watched = (Watched("messages", "session_id"), Watched("sessions", "id", stamp="updated_at"))

    @staticmethod
    def recognise(head: Head) -> bool:
        """Whether it has goose's tables of sessions and messages."""
        has_sessions = head.has_columns("sessions", "id", "working_dir") or head.has_columns(
            "sessions", "model_config_json"
        )
        return has_sessions and head.has_columns("messages", "session_id", "content_json")

    def notes(self) -> Iterable[str]:
        """Where the tokens are."""
        yield "goose records tokens for whole sessions only: they are in the metadata, and no call has usage or cost"

    def key_of(self, span: Span) -> str:
        """Groups are sessions."""
        return span.session_id or ""

    def read_group(self, db: Database, key: Any) -> Group:
        """All turns of a session."""
        group = Group()
        sessions = db.rows("sessions", {"id": key})
        session = sessions[0] if sessions else {}
        rows = db.rows("messages", {"session_id": key}, order=("created_timestamp", "id"))
        messages = [message for row in rows if (message := _message(group, row)) is not None]
        add_turns(group, str(key), session, messages)
        return group


def add_turns(group: Group, session_id: str, session: Row, messages: list[Said]) -> None:
    """Add the turns of a session, of which the messages are in order of time."""
    turns: list[list[Said]] = []
    for message in messages:
        if message.begins_turn or not turns:
            turns.append([])
        turns[-1].append(message)
    for number, turn in enumerate(turns):
        before = [message for earlier in turns[:number] for message in earlier]
        _Turn(group, session_id, session, turn, before, is_last=number == len(turns) - 1).add()


def _message(group: Group, row: Row) -> Said | None:
    def complain(reason: str) -> None:
        group.skip("messages", row[ROW_ID], reason)

    content = json_cell(row, "content_json", complain)
    if isinstance(content, str):
        content = [{"type": "text", "text": content}]
    if not isinstance(content, list):
        complain("content_json is no list of parts")
        return None
    moment = time_ns(row.get("created_timestamp"), SECOND) or time_ns(row.get("timestamp"))
    if moment is None:
        complain("created_timestamp is no time")
    return Said(row, moment or 0, [item for item in content if isinstance(item, dict)])


class _Turn:
    """One turn: what a person asked, and all that came of it."""

    def __init__(
        self, group: Group, session_id: str, session: Row, turn: list[Said], before: list[Said], *, is_last: bool
    ) -> None:
        self._group, self._session_id, self._session = group, session_id, session
        self._turn, self._before, self._is_last = turn, before, is_last
        first = turn[0]
        self._trace_id = f"{session_id}:{text_cell(first.row, 'message_id', 'id') or first.row[ROW_ID]}"
        config = object_cell(
            session, "model_config_json", lambda reason: group.skip("sessions", session.get(ROW_ID), reason)
        )
        self._model = text_of(config.get("model_name"))
        self._answers = {text_of(item.get("id")): (message, item) for message in turn for item in message.of(_RESULTS)}

    def add(self) -> None:
        """Add the turn's spans."""
        first, last = self._turn[0], self._turn[-1]
        title = text_cell(self._session, "name", "description")
        metadata = {"working_dir": text_cell(self._session, "working_dir"), "title": title}
        if not self._before:
            metadata |= {name: self._session.get(name) for name in _COUNTS}
        text = next((text for item in first.content if (text := text_of(item.get("text")))), "")
        root = Span(
            trace_id=self._trace_id,
            span_id=self._trace_id,
            kind="agent",
            name=shortened(text) or "turn",
            start_ns=first.time_ns,
            end_ns=max(message.time_ns for message in self._turn),
            session_id=self._session_id,
            feature=project_of(self._session.get("working_dir")) or title,
            metadata={name: value for name, value in metadata.items() if value is not None},
        )
        answered = last if last.role == "assistant" else None
        self._group.add(root, partial(_payload, [first], answered, [message.row for message in self._turn]))
        for number, message in enumerate(self._turn):
            if message.role == "assistant":
                previous = self._turn[number - 1] if number else message
                self._add_call(message, previous, [*self._before, *self._turn[:number]])

    def _add_call(self, message: Said, previous: Said, said: list[Said]) -> None:
        message_id = text_cell(message.row, "message_id", "id") or str(message.row[ROW_ID])
        span = Span(
            trace_id=self._trace_id,
            span_id=f"{self._trace_id}:{message_id}",
            parent_id=self._trace_id,
            kind="generation",
            name=self._model or "generation",
            start_ns=min(previous.time_ns, message.time_ns),
            end_ns=message.time_ns,
            model=self._model,
            provider=text_cell(self._session, "provider_name"),
            session_id=self._session_id,
        )
        self._group.add(span, partial(_payload, said, message, [message.row]))
        for number, item in enumerate(message.of(_CALLS)):
            self._add_tool(message, item, number)

    def _add_tool(self, message: Said, item: Dict, number: int) -> None:
        call_id = text_of(item.get("id"))
        found = self._answers.get(call_id)
        name, asked = _asked(item)
        result = _result(found[1]) if found else None
        status: Status = "success"
        if result is not None and result.is_error:
            status = "error"
        elif found is None:
            status = "running" if self._is_last and message is self._turn[-1] else "error"
        end = max(message.time_ns, found[0].time_ns) if found else None if status == "running" else message.time_ns
        span = Span(
            trace_id=self._trace_id,
            span_id=f"{self._trace_id}:{call_id or f'{message.row[ROW_ID]} {number}'}",
            parent_id=self._trace_id,
            kind="tool",
            name=name,
            tool_name=name,
            start_ns=message.time_ns,
            end_ns=end,
            status=status,
            status_message=_failure(result)
            if result is not None
            else "no result recorded"
            if status == "error"
            else None,
            session_id=self._session_id,
        )
        raw = raw_text([item, *([found[1]] if found else [])])
        self._group.add(span, partial(Payload, asked, None if result is None else result.content, raw=raw))


def _failure(result: ToolResult) -> str | None:
    content = result.content
    if not result.is_error:
        return None
    return content if isinstance(content, str) else raw_text(content)


def _asked(item: Dict) -> tuple[str, Json]:
    call = dict_of(item.get("toolCall"))
    value = dict_of(call.get("value")) or call
    return text_of(value.get("name")) or "tool", value.get("arguments")


def _result(item: Dict) -> ToolResult:
    result = dict_of(item.get("toolResult"))
    failed = result.get("status") == "error" or result.get("error") is not None
    value = result.get("error") if failed else result.get("value")
    value = value.get("content", value) if isinstance(value, dict) else value
    failed = failed or dict_of(result.get("value")).get("isError") is True
    texts = [text for part in list_of(value) if (text := text_of(dict_of(part).get("text"))) is not None]
    is_text = isinstance(value, list) and len(texts) == len(value)
    return ToolResult(text_of(item.get("id")), "\n".join(texts) if is_text else value, failed)


def _payload(said: list[Said], answered: Said | None, rows: list[Row]) -> Payload:
    return Payload(
        tuple(_spoken(message) for message in said) or None,
        None if answered is None else (_spoken(answered),),
        raw="\n".join(raw_text(row) for row in rows),
    )


def _spoken(message: Said) -> Message:
    parts = tuple(part for item in message.content for part in _parts(item))
    only_results = message.role == "user" and parts and all(isinstance(part, ToolResult) for part in parts)
    return Message("tool" if only_results else message.role, parts)


def _parts(item: Dict) -> tuple[Part, ...]:
    kind = item.get("type")
    if kind in _CALLS:
        name, arguments = _asked(item)
        return (ToolCall(text_of(item.get("id")), name, arguments),)
    if kind in _RESULTS:
        return (_result(item),)
    if kind == "text":
        return (Text(str(item.get("text") or "")),)
    if kind == "thinking" and text_of(item.get("thinking")):
        return (Thinking(str(item["thinking"])),)
    return tuple(
        part
        for found in parse_messages([{"role": "assistant", "content": [item]}], "assistant")
        for part in found.parts
    )
