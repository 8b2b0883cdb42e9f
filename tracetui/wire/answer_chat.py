"""A streamed answer of OpenAI's Chat Completions (and the older Completions) → the body it would have been whole.

Facts: chunks have `choices[].delta` (`text` in Completions); the usage, where it was asked for, stands in a last chunk
without choices; servers that are only compatible send it with every chunk, or under `x_groq`.
"""

from __future__ import annotations

from typing import Any

from tracetui.model import Json
from tracetui.wire.growing import Indexed, grown, merge
from tracetui.wire.room import Room

_TOP = ("id", "created", "model", "system_fingerprint", "service_tier", "provider", "error")
_SAID = ("content", "refusal", "reasoning_content", "reasoning", "tool_calls", "function_call", "audio", "text")


class ChatStream:
    """What has come so far."""

    def __init__(self, room: Room) -> None:
        self._room = room
        self._top: dict[str, Json] = {}
        self._choices = Indexed()
        self._usage: Json = None
        self._is_chat = True
        self.is_whole = False
        """Whether a choice told why it ended."""

    @staticmethod
    def is_mine(event: dict[str, Json]) -> bool:
        """Whether a first event is one of these chunks."""
        return isinstance(event.get("choices"), list)

    def take(self, event: dict[str, Json]) -> bool:
        """Take a chunk; True where it says something."""
        self._top.update((key, event[key]) for key in _TOP if event.get(key) is not None)
        usage = event.get("usage") or _object(event.get("x_groq")).get("usage")
        if isinstance(usage, dict):
            self._usage = usage
        choices = event.get("choices")
        listed = [choice for choice in choices if isinstance(choice, dict)] if isinstance(choices, list) else []
        return sum(self._take_choice(choice) for choice in listed) > 0

    def body(self) -> dict[str, Json]:
        """The body as if it had not been streamed."""
        kind = "chat.completion" if self._is_chat else "text_completion"
        choices: list[Json] = [
            {"index": index, **grown(choice)} for index, choice in sorted(self._choices.items())
        ]  # fmt: skip
        usage = {} if self._usage is None else {"usage": self._usage}
        return {**self._top, "object": kind, "choices": choices, **usage}

    def _take_choice(self, choice: dict[str, Json]) -> bool:
        state = self._choices.get_object(choice.get("index", 0))
        reason = choice.get("finish_reason")
        if isinstance(reason, str):
            state["finish_reason"] = reason
            self.is_whole = True
        delta = choice.get("delta", choice.get("message"))
        if isinstance(delta, dict):
            message: dict[str, Any] = state.setdefault("message", {"role": "assistant"})
            merge(message, delta, self._room)
            return any(delta.get(key) for key in _SAID)
        if isinstance(choice.get("text"), str):
            self._is_chat = False
            merge(state, {"text": choice["text"]}, self._room)
        return bool(choice.get("text"))


def _object(value: Json) -> dict[str, Json]:
    return value if isinstance(value, dict) else {}
