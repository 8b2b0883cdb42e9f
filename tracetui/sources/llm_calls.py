"""One call of a model as both forms of `logs.db` give it, and what they share: attachments, fragments, tools, schemas."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Literal

from msgspec import Struct

from tracetui.model import Json, Media, Message, ToolCall, ToolResult
from tracetui.sources.cells import text_cell
from tracetui.sources.sqlite_read import Database, Row

_KEPT_BYTES = 2_000_000
"""A larger attachment is named with its size, and not loaded."""


class Answer(Struct, frozen=True):
    """A tool's result as it was fed into a call, and the exception that the tool raised."""

    result: ToolResult
    exception: str | None = None


class Call(Struct, frozen=True):
    """A response or a turn. `load` gives its input and its output; `tools` are rows of the tools it was offered."""

    id: str
    table: str
    row: Row
    conversation: str | None
    prompt: str
    asked: tuple[ToolCall, ...]
    answered: tuple[Answer, ...]
    load: Callable[[], tuple[tuple[Message, ...], tuple[Message, ...]]]
    load_tools: Callable[[], list[Json]]
    load_schema: Callable[[], Row | None]


def attachment(db: Database, attachment_id: str) -> Media:
    """What is known of an attachment: its place, its size, and its bytes where the file holds them."""
    rows = db.rows("attachments", {"id": attachment_id}, without=("content",))
    row = rows[0] if rows else {}
    media_type = text_cell(row, "type")
    data = _content(db, attachment_id) if rows else None
    return Media(
        _kind(media_type),
        media_type,
        None if data is None else len(data),
        text_cell(row, "url", "path") or attachment_id[:12],
        base64.b64encode(data).decode() if data and len(data) <= _KEPT_BYTES else None,
    )


def _kind(media_type: str | None) -> Literal["image", "audio", "file"]:
    family = (media_type or "").partition("/")[0]
    return "image" if family == "image" else "audio" if family == "audio" else "file"


def _content(db: Database, attachment_id: str) -> bytes | None:
    if not db.has("attachments", "content"):
        return None
    found = db.conn.execute("SELECT content FROM attachments WHERE id = ?", (attachment_id,)).fetchone()
    content = found[0] if found else None
    if isinstance(content, str):
        return content.encode("utf-8", "replace")
    return content if isinstance(content, bytes) else None


def fragments(db: Database, table: str, where: Row) -> list[str]:
    """Texts of the fragments that a link table names, in order."""
    found = []
    for link in db.rows(table, where, order=("order",)):
        rows = db.rows("fragments", {"id": link.get("fragment_id")})
        found += [text_cell(row, "content") or "" for row in rows]
    return found


def tools_of(db: Database, table: str, column: str, call_id: str) -> list[Json]:
    """Rows of the tools that a link table names."""
    ids = [link.get("tool_id") for link in db.rows(table, {column: call_id})]
    return [row for tool_id in ids for row in db.rows("tools", {"id": tool_id})]


def schema_of(db: Database, row: Row) -> Row | None:
    """The row of the schema that a call had to answer in."""
    schema_id = row.get("schema_id")
    rows = db.rows("schemas", {"id": schema_id}) if schema_id is not None else []
    return rows[0] if rows else None
