"""A streamed answer of a model, of whatever provider → the body that it would have been if it had not been streamed."""

from __future__ import annotations

from typing import TypeAlias

from tracetui.model import Json
from tracetui.wire.answer_anthropic import AnthropicStream
from tracetui.wire.answer_chat import ChatStream
from tracetui.wire.answer_responses import ResponsesStream
from tracetui.wire.otlp_values import loads
from tracetui.wire.room import Room
from tracetui.wire.sse import EventLines

Shape: TypeAlias = ChatStream | AnthropicStream | ResponsesStream
_SHAPES: tuple[type[ChatStream] | type[AnthropicStream] | type[ResponsesStream], ...] = (
    ChatStream,
    AnthropicStream,
    ResponsesStream,
)
_DONE = b"[DONE]"


class AnswerStream:
    """Takes the bytes of a stream as they come, and keeps what was said, as far as there is room."""

    def __init__(self, room: Room, longest_event: int) -> None:
        self._room = room
        self._lines = EventLines(longest_event)
        self._shape: Shape | None = None
        self._others: list[Json] = []
        self._error: Json = None
        self._is_done = False
        self.malformed = 0
        """Events that are no JSON object."""

    def feed(self, piece: bytes) -> bool:
        """Take a piece; True where an event in it says something."""
        return sum(self._take(data) for data in self._lines.feed(piece)) > 0

    def end(self) -> None:
        """There is no more."""
        for data in self._lines.end():
            self._take(data)

    @property
    def is_whole(self) -> bool:
        """Whether the stream told its end. One in a shape that nobody here knows cannot."""
        return self._is_done or self._shape is None or self._shape.is_whole

    @property
    def lost_events(self) -> int:
        """Events that were too long to be kept."""
        return self._lines.too_long

    def body(self) -> Json:
        """The body; the events as they came where nobody knows their shape, None where none came."""
        if self._shape is not None:
            body = self._shape.body()
            return body if self._error is None else {**body, "error": self._error}
        if self._error is not None:
            return {"error": self._error}
        return list(self._others) or None

    def _take(self, data: bytes) -> bool:
        if data.strip() == _DONE:
            self._is_done = True
            return False
        try:
            event = loads(data)
        except (ValueError, RecursionError):
            event = None
        if not isinstance(event, dict):
            self.malformed += 1
            return False
        return self._take_event(event, len(data))

    def _take_event(self, event: dict[str, Json], size: int) -> bool:
        if self._shape is None:
            kind = next((shape for shape in _SHAPES if shape.is_mine(event)), None)
            self._shape = kind(self._room) if kind is not None else None
        if event.get("error") and not isinstance(self._shape, ResponsesStream):
            self._error = event["error"]
        if self._shape is not None:
            return self._shape.take(event)
        if self._error is None and self._room.take(size):
            self._others.append(event)
        return False
