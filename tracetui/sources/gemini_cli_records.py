"""The records of Gemini CLI's chats: the fields that the index needs. docs/formats/gemini-cli.md."""

from __future__ import annotations

import msgspec
from msgspec import Raw, Struct

from tracetui.model import Status, Usage
from tracetui.sources.transcript_json import NOTHING, time_of, value_in

RUNNING = frozenset({"executing", "scheduled", "validating", "awaiting_approval"})


class Tokens(Struct, frozen=True):
    """Counts of a call. `input` includes `cached`; `tool` and `thoughts` are beside input and output."""

    input: int | None = None
    output: int | None = None
    cached: int | None = None
    thoughts: int | None = None
    tool: int | None = None
    total: int | None = None

    def usage(self) -> Usage:
        """The buckets; an absent count is 0 where any was recorded."""
        cached, thoughts = self.cached or 0, self.thoughts or 0
        fresh = (self.input or 0) - cached
        output = (self.output or 0) + thoughts
        if fresh < 0:
            return Usage((self.input or 0) + (self.tool or 0), cached, 0, output, thoughts, None, True)
        return Usage(fresh + (self.tool or 0), cached, 0, output, thoughts)


class Call(Struct, frozen=True):
    """One of the tools of a message, in its latest state."""

    id: str | None = None
    name: str | None = None
    status: str | None = None
    timestamp: str | None = None
    agentId: str | None = None

    def state(self, is_last: bool) -> tuple[Status, str | None]:
        """Its status, and why. What runs in a turn that is over was left."""
        if self.status in RUNNING:
            return ("running", None) if is_last else ("error", "interrupted")
        if self.status in ("error", "cancelled"):
            return "error", self.status if self.status == "cancelled" else None
        return "success", None


class Entry(Struct, frozen=True):
    """One record: the session's head, a message, or a change of either."""

    sessionId: str | None = None
    projectHash: str | None = None
    startTime: str | None = None
    kind: str | None = None
    summary: str | None = None
    directories: list[str] | None = None
    messages: list[Raw] | None = None
    id: str | None = None
    timestamp: str | None = None
    type: str | None = None
    content: Raw = NOTHING
    model: str | None = None
    tokens: Tokens | None = None
    toolCalls: list[Call] | None = None
    change: Entry | None = msgspec.field(name="$set", default=None)
    rewind: str | None = msgspec.field(name="$rewindTo", default=None)

    @property
    def time_ns(self) -> int | None:
        """When it was first written."""
        return None if self.timestamp is None else time_of(self.timestamp)

    def text(self) -> str:
        """The text of its content."""
        value = value_in(self.content)
        parts = value if isinstance(value, list) else [value]
        texts = [part.get("text") if isinstance(part, dict) else part for part in parts]
        return "\n".join(text for text in texts if isinstance(text, str))
