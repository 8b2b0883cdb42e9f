"""Sessions of the OpenAI Agents SDK (`SQLiteSession`): items of the Responses API in the order of the conversation.

A turn (from one user item to the next) is a trace. The SDK keeps no times within a turn, no errors and, except in an
`AdvancedSQLiteSession`, no tokens. docs/formats/openai-agents.md explains it to users.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import Any

from msgspec import Struct

from tracetui.model import Json, Payload, Span, Usage
from tracetui.semconv.chat import parse_messages
from tracetui.semconv.json_text import opened
from tracetui.semconv.scalars import text_of
from tracetui.semconv.usage import usage_of
from tracetui.sources.cells import Dict, dict_of, json_cell, list_of, raw_text, shortened, time_ns
from tracetui.sources.head import Head
from tracetui.sources.sqlite_file import Group, SqliteFile
from tracetui.sources.sqlite_read import ROW_ID, Database, Row, tables_of
from tracetui.sources.sqlite_watch import Watched

_MESSAGES = ("id", "session_id", "message_data")
_OUTPUT = "_output"
_BRANCH, _TURN = "branch_id", "user_turn_number"


class Item(Struct, frozen=True):
    """One row of the messages and what is in it."""

    row: Row
    data: Dict

    @property
    def is_from_user(self) -> bool:
        """Whether a turn begins with it."""
        return self.data.get("role") == "user"

    @property
    def is_from_model(self) -> bool:
        """Whether a model wrote it: a message, a call, its reasoning."""
        kind = str(self.data.get("type") or "")
        role = self.data.get("role")
        return role == "assistant" or (role is None and not kind.endswith(_OUTPUT))

    @property
    def response_id(self) -> str | None:
        """The call of a model that it came from; only Chat Completions models tell."""
        return text_of(dict_of(self.data.get("provider_data")).get("response_id"))

    @property
    def time_ns(self) -> int:
        """When the turn was written, in whole seconds."""
        return time_ns(self.row.get("created_at")) or 0


class OpenAIAgentsSource(SqliteFile):
    """One database of sessions; the names of its tables are the user's choice."""

    format = "openai-agents"

    def learn_tables(self) -> None:
        """By the columns of the SDK's messages."""
        tables = _tables(tables_of(self._conn))
        self.watched = tuple(Watched(table, "session_id") for table in tables)

    @staticmethod
    def recognise(head: Head) -> bool:
        """Whether a table has the columns of the SDK's messages."""
        return bool(_tables(head.tables))

    def notes(self) -> Iterable[str]:
        """What the SDK does not record."""
        yield "the SDK keeps no durations, tokens, costs or errors of a session; a turn's items share one second"

    def key_of(self, span: Span) -> str:
        """Groups are sessions."""
        return span.session_id or ""

    def read_group(self, db: Database, key: Any) -> Group:
        """All turns of a session."""
        group = Group()
        for watched in self.watched:
            items = [item for row in db.rows(watched.table, {"session_id": key}, order=("id",))
                     if (item := _item(group, watched.table, row)) is not None]  # fmt: skip
            for turn in _turns(items):
                _add_turn(group, db, str(key), turn)
        return group


def _tables(tables: Any) -> list[str]:
    return sorted(name for name, columns in tables.items() if columns.issuperset(_MESSAGES))


def _item(group: Group, table: str, row: Row) -> Item | None:
    def complain(reason: str) -> None:
        group.skip(table, row[ROW_ID], reason)

    data = json_cell(row, "message_data", complain)
    if isinstance(data, dict):
        return Item(row, data)
    if (table, row[ROW_ID]) not in group.skipped:
        complain("message_data is no item of a conversation")
    return None


def _turns(items: list[Item]) -> list[list[Item]]:
    turns: list[list[Item]] = []
    for item in items:
        if item.is_from_user or not turns:
            turns.append([])
        turns[-1].append(item)
    return turns


def _add_turn(group: Group, db: Database, session: str, turn: list[Item]) -> None:
    first = turn[0]
    trace_id = f"{session}:{first.row.get('id', first.row[ROW_ID])}"
    said = [item.data for item in turn if not item.is_from_model and not _is_output(item)]
    calls = _calls(turn)
    text = next((part.text for message in parse_messages(said, "user") for part in message.parts
                 if hasattr(part, "text")), "")  # fmt: skip
    start, end = first.time_ns, max(item.time_ns for item in turn)
    root = Span(
        trace_id=trace_id,
        span_id=trace_id,
        kind="agent",
        name=shortened(text) or "turn",
        start_ns=start,
        end_ns=max(start, end),
        session_id=session,
        usage=_turn_usage(db, session, first.row),
    )
    last = [item.data for item in calls[-1]] if calls else []
    rows = [item.row for item in turn]
    group.add(root, partial(_payload, said, last, rows))
    for number, call in enumerate(calls):
        before = [item.data for item in turn if item.row[ROW_ID] < call[0].row[ROW_ID]]
        _add_call(group, root, number, call, before)
        _add_tools(group, root, call, turn)


def _is_output(item: Item) -> bool:
    return str(item.data.get("type") or "").endswith(_OUTPUT)


def _calls(turn: list[Item]) -> list[list[Item]]:
    """The items of each call of a model: neighbours, as far as they do not name different responses."""
    calls: list[list[Item]] = []
    previous: Item | None = None
    for item in turn:
        if item.is_from_model:
            joins = previous is not None and previous.is_from_model and _may_be_one(previous, item)
            if not joins:
                calls.append([])
            calls[-1].append(item)
        previous = item
    return calls


def _may_be_one(one: Item, two: Item) -> bool:
    ids = {one.response_id, two.response_id} - {None}
    return len(ids) < 2


def _add_call(group: Group, root: Span, number: int, call: list[Item], before: list[Dict]) -> None:
    model = next((text_of(dict_of(item.data.get("provider_data")).get("model")) for item in call), None)
    refused = any(dict_of(part).get("type") == "refusal" for item in call for part in list_of(item.data.get("content")))
    span = Span(
        trace_id=root.trace_id,
        span_id=f"{root.trace_id}:{number}",
        parent_id=root.span_id,
        kind="generation",
        name=model or "generation",
        start_ns=call[0].time_ns,
        end_ns=max(call[0].time_ns, call[-1].time_ns),
        status="refused" if refused else "success",
        model=model,
        session_id=root.session_id,
        response_id=next((item.response_id for item in call if item.response_id), None),
    )
    group.add(span, partial(_payload, before, [item.data for item in call], [item.row for item in call]))


def _payload(said: list[Dict], answered: list[Dict], rows: list[Row]) -> Payload:
    return Payload(
        parse_messages(said, "user") or None,
        parse_messages(answered, "assistant") or None,
        raw="\n".join(raw_text(row) for row in rows),
    )


def _add_tools(group: Group, root: Span, call: list[Item], turn: list[Item]) -> None:
    for item in call:
        kind, call_id = str(item.data.get("type") or ""), text_of(item.data.get("call_id"))
        if not kind.endswith("_call"):
            continue
        answer = next((other for other in turn if _is_output(other) and other.data.get("call_id") == call_id), None)
        name = text_of(item.data.get("name")) or kind.removesuffix("_call")
        has_result = answer is not None or item.data.get("output") is not None or call_id is None
        span = Span(
            trace_id=root.trace_id,
            span_id=f"{root.trace_id}:{call_id or item.row[ROW_ID]}",
            parent_id=root.span_id,
            kind="tool",
            name=name,
            tool_name=name,
            start_ns=item.time_ns,
            end_ns=max(item.time_ns, answer.time_ns) if answer else item.time_ns,
            status="error" if item.data.get("status") == "failed" else "success",
            status_message=None if has_result else "no result recorded",
            session_id=root.session_id,
        )
        group.add(span, partial(_tool_payload, item, answer))


def _tool_payload(item: Item, answer: Item | None) -> Payload:
    arguments: Json = opened(item.data.get("arguments"))
    if arguments is None:
        arguments = {key: value for key, value in item.data.items() if key not in ("id", "type", "status", "output")}
    output = item.data.get("output") if answer is None else answer.data.get("output")
    rows = [item.row] if answer is None else [item.row, answer.row]
    return Payload(arguments, opened(output), raw="\n".join(raw_text(row) for row in rows))


def _turn_usage(db: Database, session: str, row: Row) -> Usage:
    """Tokens of a whole turn, which an `AdvancedSQLiteSession` keeps; each branch that ran it anew adds its own."""
    places = db.rows("message_structure", {"session_id": session, "message_id": row.get("id")})
    found: list[Usage] = []
    for place in {(place.get(_BRANCH), place.get(_TURN)) for place in places}:
        where = {"session_id": session, _BRANCH: place[0], _TURN: place[1]}
        for counts in db.rows("turn_usage", where):
            details = {
                name: json_cell(counts, name, lambda _: None)
                for name in ("input_tokens_details", "output_tokens_details")
            }
            usage = usage_of({**counts, **{name: value for name, value in details.items() if value is not None}})
            found += [usage] if usage is not None else []
    return _sum(found)


def _sum(usages: list[Usage]) -> Usage:
    def total(name: str) -> int | None:
        counts = [count for usage in usages if (count := getattr(usage, name)) is not None]
        return sum(counts) if counts else None

    if not usages:
        return Usage()
    return Usage(
        input=total("input"),
        cache_read=total("cache_read"),
        cache_write=total("cache_write"),
        output=total("output"),
        reasoning=total("reasoning"),
        unsplit=total("unsplit"),
    )
