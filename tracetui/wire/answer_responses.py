"""A streamed answer of OpenAI's Responses → the response it would have been whole.

Facts: the last event has the whole response; one that was cut off has its items as far as they were told: the finished
ones whole, the others as deltas by `output_index` and `content_index` (`summary_index`).
"""

from __future__ import annotations

from typing import Any

from tracetui.model import Json
from tracetui.wire.growing import Indexed, grown, merge
from tracetui.wire.room import Room

_LAST = frozenset({"response.completed", "response.incomplete", "response.failed", "response.cancelled"})
_PARTS: dict[str, tuple[str, str, str, str]] = {
    "response.output_text.delta": ("content", "content_index", "output_text", "text"),
    "response.refusal.delta": ("content", "content_index", "refusal", "refusal"),
    "response.reasoning_text.delta": ("content", "content_index", "reasoning_text", "text"),
    "response.reasoning_summary_text.delta": ("summary", "summary_index", "summary_text", "text"),
}
"""Event → where its text belongs: the list of the item, the event's key of the place in it, type and key of the part."""
_FIELDS = {
    "response.function_call_arguments.delta": "arguments",
    "response.mcp_call_arguments.delta": "arguments",
    "response.custom_tool_call_input.delta": "input",
    "response.code_interpreter_call_code.delta": "code",
}
"""Event → the text of the item that grows."""


class ResponsesStream:
    """What has come so far."""

    def __init__(self, room: Room) -> None:
        self._room = room
        self._response: dict[str, Json] = {}
        self._items = Indexed()
        self._error: Json = None
        self.is_whole = False
        """Whether the last event came."""

    @staticmethod
    def is_mine(event: dict[str, Json]) -> bool:
        """Whether a first event is one of these."""
        return isinstance(event.get("type"), str) and event["type"].startswith("response.")

    def take(self, event: dict[str, Json]) -> bool:
        """Take an event; True where it says something."""
        kind = event.get("type")
        if kind == "error":
            self._error = event.get("error") or {key: event.get(key) for key in ("code", "message")}
        elif kind in ("response.output_item.added", "response.output_item.done"):
            self._take_item(event)
        elif isinstance(event.get("response"), dict):
            self._response = event["response"]
            self.is_whole = kind in _LAST
        return self._take_delta(event) if isinstance(event.get("delta"), str) else False

    def body(self) -> dict[str, Json]:
        """The response as if it had not been streamed."""
        body = {"object": "response", **self._response}
        if not self.is_whole:
            body["output"] = grown(self._items)
            body["status"] = None
        return body if self._error is None else {**body, "error": self._error}

    def _take_item(self, event: dict[str, Json]) -> None:
        place, item = event.get("output_index"), event.get("item")
        if isinstance(place, int) and isinstance(item, dict):
            fresh: dict[str, Any] = {}
            merge(fresh, {key: value for key, value in item.items() if value not in ("", [])}, self._room)
            self._items[place] = fresh

    def _take_delta(self, event: dict[str, Json]) -> bool:
        item = self._items.get_object(event.get("output_index"))
        kind, delta = str(event.get("type")), event["delta"]
        if kind in _PARTS:
            holder, place, type_, key = _PARTS[kind]
            parts = item.get(holder)
            if not isinstance(parts, Indexed):
                parts = item[holder] = Indexed()
            merge(parts.get_object(event.get(place)), {"type": type_, key: delta}, self._room)
        elif kind in _FIELDS:
            merge(item, {_FIELDS[kind]: delta}, self._room)
        return bool(delta)
