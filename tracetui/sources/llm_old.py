"""The form that `llm` wrote up to about 0.30: a row of `responses` a call, its prompt and its answer as plain text."""

from __future__ import annotations

from typing import Any

from tracetui.model import Message, Part, Text, Thinking, ToolCall, ToolResult
from tracetui.semconv.json_text import opened
from tracetui.sources.cells import text_cell
from tracetui.sources.llm_calls import Answer, Call, attachment, fragments, schema_of, tools_of
from tracetui.sources.sqlite_read import ROW_ID, Database, Row

Messages = tuple[Message, ...]


def load_responses(db: Database, key: Any) -> list[Call]:
    """The responses of a conversation, or the one with this id that has none."""
    rows = db.rows("responses", {"conversation_id": key}, order=("datetime_utc", "id"))
    rows += [row for row in db.rows("responses", {"id": key}) if row.get("conversation_id") is None]
    names = db.rows("conversations", {"id": key})
    name = text_cell(names[0], "name") if names else None
    calls: list[Call] = []
    for row in rows:
        calls.append(_call(db, row, name, tuple(calls)))
    return calls


def _call(db: Database, row: Row, name: str | None, before: tuple[Call, ...]) -> Call:
    call_id = text_cell(row, "id") or f"row {row[ROW_ID]}"
    asked = tuple(_asked(found) for found in db.rows("tool_calls", {"response_id": call_id}))
    answered = tuple(_answered(found) for found in db.rows("tool_results", {"response_id": call_id}))

    def load() -> tuple[Messages, Messages]:
        earlier = [(call.id, call.row, call.answered, call.asked) for call in before]
        return _input(db, [*earlier, (call_id, row, answered, asked)]), _output(row, asked)

    return Call(
        id=call_id,
        table="responses",
        row=row,
        conversation=name,
        prompt=text_cell(row, "prompt") or "",
        asked=asked,
        answered=answered,
        load=load,
        load_tools=lambda: tools_of(db, "tool_responses", "response_id", call_id),
        load_schema=lambda: schema_of(db, row),
    )


def _asked(row: Row) -> ToolCall:
    return ToolCall(text_cell(row, "tool_call_id"), text_cell(row, "name") or "tool", opened(row.get("arguments")))


def _answered(row: Row) -> Answer:
    exception = text_cell(row, "exception")
    content = row.get("output") if row.get("output") is not None else exception
    call_id, name = text_cell(row, "tool_call_id"), text_cell(row, "name")
    return Answer(ToolResult(call_id, content, exception is not None, name), exception)


_Exchange = tuple[str, Row, tuple[Answer, ...], tuple[ToolCall, ...]]


def _input(db: Database, exchanges: list[_Exchange]) -> Messages:
    """What was sent: the exchanges before, and the new prompt. A system prompt is sent again where it changes."""
    messages: list[Message] = []
    system: str | None = None
    for number, (call_id, row, answered, asked) in enumerate(exchanges):
        pieces = fragments(db, "system_fragments", {"response_id": call_id})
        text = "\n".join([*pieces, *([str(row["system"])] if row.get("system") else [])])
        if text and text != system:
            messages.append(Message("system", (Text(text),)))
            system = text
        messages += _said(db, call_id, row, answered)
        if number < len(exchanges) - 1:
            messages += _output(row, asked)
    return tuple(messages)


def _said(db: Database, call_id: str, row: Row, answered: tuple[Answer, ...]) -> list[Message]:
    messages = [Message("tool", tuple(answer.result for answer in answered))] if answered else []
    pieces = fragments(db, "prompt_fragments", {"response_id": call_id})
    text = "\n".join([*pieces, *([str(row["prompt"])] if row.get("prompt") else [])])
    parts: list[Part] = [Text(text)] if text else []
    links = db.rows("prompt_attachments", {"response_id": call_id}, order=("order",))
    parts += [attachment(db, str(link.get("attachment_id"))) for link in links]
    return [*messages, Message("user", tuple(parts))] if parts else messages


def _output(row: Row, asked: tuple[ToolCall, ...]) -> Messages:
    parts: list[Part] = [Thinking(str(row["reasoning"]))] if row.get("reasoning") else []
    parts += [Text(str(row["response"]))] if row.get("response") else []
    return (Message("assistant", (*parts, *asked)),)
