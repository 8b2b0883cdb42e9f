"""The form that `llm` writes since about 0.31: turns of threads, over a tree of messages that threads share.

A turn's answer is what lies between `parent_message_hash` and `tip_message_hash`; its input is everything above.
"""

from __future__ import annotations

from typing import Any

from tracetui.model import Json, Message, Part, Text, Thinking, ToolCall, ToolResult, Unknown
from tracetui.sources.cells import Dict, dict_of, json_cell, list_of, text_cell
from tracetui.sources.llm_calls import Answer, Call, attachment, schema_of, tools_of
from tracetui.sources.sqlite_read import ROW_ID, Database, Row

_LONGEST = 100_000
"""More messages than any conversation has: a circle of parents ends here at the latest."""


class Tree:
    """The messages of a file, each loaded once for one reading of a thread."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._rows: dict[str, Row | None] = {}
        self._parts: dict[str, list[Row]] = {}

    def chain(self, tip: str | None, end: str | None) -> list[Row]:
        """The messages from `tip` up to, not including, `end`, the oldest first."""
        found: list[Row] = []
        seen: set[str] = set()
        while tip is not None and tip != end and tip not in seen and len(found) < _LONGEST:
            seen.add(tip)
            row = self._message(tip)
            if row is None:
                break
            found.append(row)
            tip = text_cell(row, "parent_hash")
        return found[::-1]

    def _message(self, name: str) -> Row | None:
        if name not in self._rows:
            rows = self._db.rows("messages", {"hash": name})
            self._rows[name] = rows[0] if rows else None
        return self._rows[name]

    def parts(self, message: Row) -> list[Row]:
        """The rows of a message's parts, in order."""
        name = str(message.get("hash"))
        if name not in self._parts:
            self._parts[name] = self._db.rows("parts", {"message_hash": name}, order=("position",))
        return self._parts[name]

    def message(self, row: Row) -> Message:
        """A message with everything in it."""
        parts = tuple(self._part(part) for part in self.parts(row))
        return Message(text_cell(row, "role") or "user", parts)

    def _part(self, row: Row) -> Part:
        payload = payload_of(row)
        kind = row.get("type")
        if kind == "attachment":
            reference = dict_of(payload.get("attachment")).get("id") or self._attached(row)
            return attachment(self._db, str(reference)) if reference else Unknown(payload)
        tool = tool_part(row, payload)
        if tool is not None:
            return tool.result if isinstance(tool, Answer) else tool
        text = self.text(row)
        if kind == "reasoning":
            return Thinking(text) if text else Unknown({"type": "reasoning", **payload})
        return Text(text) if text is not None else Unknown({"type": kind, **payload})

    def text(self, row: Row) -> str | None:
        """The text of a part; one that was given as fragments is put together from them."""
        text = text_cell(row, "text")
        pieces = list_of(payload_of(row).get("text_ref"))
        if text is not None or not pieces:
            return text
        return "".join(self._piece(dict_of(piece)) for piece in pieces)

    def _piece(self, piece: Dict) -> str:
        if "fragment" not in piece:
            return text_cell(piece, "literal", "text") or ""
        rows = self._db.rows("fragments", {"id": text_cell(piece, "fragment")})
        return (text_cell(rows[0], "content") or "") if rows else f"[fragment {piece['fragment']} is gone]"

    def _attached(self, row: Row) -> str | None:
        rows = self._db.rows("part_attachments", {"part_id": row.get("id")}, order=("order",))
        return text_cell(rows[0], "attachment_id") if rows else None


def payload_of(part: Row) -> Dict:
    """A part's payload, empty where it has none."""
    return dict_of(json_cell(part, "payload", lambda _: None))


def tool_part(row: Row, payload: Dict) -> ToolCall | Answer | None:
    """A part as a tool call or its result; None where it is neither."""
    name = text_cell(row, "tool_name") or text_cell(payload, "name")
    call_id = text_cell(payload, "tool_call_id")
    if row.get("type") == "tool_call":
        return ToolCall(call_id, name or "tool", payload.get("arguments"))
    if row.get("type") == "tool_result":
        output: Json = payload.get("output")
        exception = text_cell(payload, "exception")
        content = exception if output is None else output
        return Answer(ToolResult(call_id, content, exception is not None, name), exception)
    return None


def load_turns(db: Database, key: Any) -> list[Call]:
    """The turns of a thread, or the one with this id that has none."""
    rows = db.rows("turns", {"thread_id": key}, order=("datetime_utc", "id"))
    rows += [row for row in db.rows("turns", {"id": key}) if row.get("thread_id") is None]
    names = db.rows("threads", {"id": key}) if rows else []
    name = text_cell(names[0], "name") if names else None
    tree = Tree(db)
    calls: list[Call] = []
    tip: str | None = None
    for row in rows:
        calls.append(_call(db, tree, row, name, tip))
        tip = text_cell(row, "tip_message_hash") or tip
    return calls


def _call(db: Database, tree: Tree, row: Row, name: str | None, previous_tip: str | None) -> Call:
    call_id = text_cell(row, "id") or f"row {row[ROW_ID]}"
    start, end = text_cell(row, "parent_message_hash"), text_cell(row, "tip_message_hash")
    spoken = tree.chain(end, start)
    fresh = tree.chain(start, previous_tip)

    def load() -> tuple[tuple[Message, ...], tuple[Message, ...]]:
        said = tuple(tree.message(message) for message in tree.chain(start, None))
        return said, tuple(tree.message(message) for message in spoken)

    return Call(
        id=call_id,
        table="turns",
        row=row,
        conversation=name,
        prompt=_prompt(tree, fresh),
        asked=tuple(part for part in _tool_parts(tree, spoken) if isinstance(part, ToolCall)),
        answered=tuple(part for part in _tool_parts(tree, fresh) if isinstance(part, Answer)),
        load=load,
        load_tools=lambda: tools_of(db, "turn_tools", "turn_id", call_id),
        load_schema=lambda: schema_of(db, row),
    )


def _tool_parts(tree: Tree, messages: list[Row]) -> list[ToolCall | Answer]:
    rows = [part for message in messages for part in tree.parts(message)]
    return [found for part in rows if (found := tool_part(part, payload_of(part))) is not None]


def _prompt(tree: Tree, fresh: list[Row]) -> str:
    texts = [
        text
        for message in fresh
        if message.get("role") == "user"
        for part in tree.parts(message)
        if part.get("type") == "text" and (text := tree.text(part))
    ]
    return texts[-1] if texts else ""
