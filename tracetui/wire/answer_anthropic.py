"""A streamed answer of Anthropic's Messages → the message it would have been whole.

Facts: `message_start` has the message with the input side of its usage and an output count of 1; blocks come by index,
the arguments of a tool as pieces of JSON text; the counts of `message_delta` are cumulative and replace the earlier ones.
"""

from __future__ import annotations

from typing import Any

from tracetui.model import Json
from tracetui.semconv.json_text import opened
from tracetui.wire.growing import Indexed, Text, grown, merge
from tracetui.wire.room import Room

_TYPES = frozenset(
    {"message_start", "content_block_start", "content_block_delta", "content_block_stop", "message_delta",
     "message_stop", "ping"}
)  # fmt: skip
_ARGUMENTS = "partial_json"


class AnthropicStream:
    """What has come so far."""

    def __init__(self, room: Room) -> None:
        self._room = room
        self._message: dict[str, Json] = {}
        self._usage: dict[str, Json] = {}
        self._blocks = Indexed()
        self._error: Json = None
        self.is_whole = False
        """Whether the end of the message came."""

    @staticmethod
    def is_mine(event: dict[str, Json]) -> bool:
        """Whether a first event is one of these."""
        return event.get("type") in _TYPES

    def take(self, event: dict[str, Json]) -> bool:
        """Take an event; True where it says something."""
        kind = event.get("type")
        if kind == "content_block_delta":
            return self._take_delta(event)
        if kind == "content_block_start":
            merge(self._blocks.get_object(event.get("index")), _object(event.get("content_block")), self._room)
        elif kind == "message_start":
            self._take_message(_object(event.get("message")))
        elif kind == "message_delta":
            self._message.update(_object(event.get("delta")))
            self._take_usage(event.get("usage"))
        elif kind == "message_stop":
            self.is_whole = True
        elif kind == "error":
            self._error = event.get("error")
        return False

    def body(self) -> dict[str, Json]:
        """The message as if it had not been streamed."""
        content = [_block(block) for _, block in sorted(self._blocks.items())]
        usage = {"usage": self._usage} if self._usage else {}
        error = {} if self._error is None else {"error": self._error}
        return {"type": "message", "role": "assistant", "stop_reason": None, **self._message, "content": content, **usage, **error}  # fmt: skip

    def _take_message(self, message: dict[str, Json]) -> None:
        self._message = {key: item for key, item in message.items() if key not in ("content", "usage")}
        self._take_usage(message.get("usage"))

    def _take_usage(self, usage: Json) -> None:
        self._usage.update((key, item) for key, item in _object(usage).items() if item is not None)

    def _take_delta(self, event: dict[str, Json]) -> bool:
        delta = {key: item for key, item in _object(event.get("delta")).items() if key != "type"}
        citation = delta.pop("citation", None)
        if citation is not None:
            delta["citations"] = [citation]
        block: dict[str, Any] = self._blocks.get_object(event.get("index"))
        merge(block, delta, self._room)
        return any(delta.values())


def _block(state: dict[str, Any]) -> Json:
    """A block with its arguments, which came as text."""
    arguments = state.get(_ARGUMENTS)
    block = {key: grown(item) for key, item in state.items() if key != _ARGUMENTS}
    if isinstance(arguments, Text) and str(arguments):
        block["input"] = opened(str(arguments))
    return block


def _object(value: Json) -> dict[str, Json]:
    return value if isinstance(value, dict) else {}
