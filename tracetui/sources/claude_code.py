"""Transcripts of Claude Code: one session a file, and the sub-agents' files in the folder of their session.

docs/formats/claude-code.md.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import msgspec

from tracetui.model import Json, Payload, Span
from tracetui.sources.claude_code_beside import (
    agent_id_of,
    find_place,
    folder_at,
    foreign_messages,
    main_file_of,
    owners_of,
)
from tracetui.sources.claude_code_fold import ClaudeFold
from tracetui.sources.claude_code_payload import unfold
from tracetui.sources.claude_code_turns import AgentPlace
from tracetui.sources.head import Head
from tracetui.sources.transcript_file import TranscriptFile

_TYPES = (  # no set: what is looked up may be a list
    "user", "assistant", "system", "summary", "attachment", "progress", "queue-operation", "file-history-snapshot",
    "permission-mode", "last-prompt", "ai-title", "custom-title", "agent-name", "pr-link", "agent-setting",
)  # fmt: skip
_SIGNS = ('"sessionId"', '"parentUuid"', '"isSidechain"')


class ClaudeCodeSource(TranscriptFile):
    """One transcript; a sub-agent's file gives its spans to the trace of the turn that spawned it."""

    format = "claude-code"

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self._agent_id = agent_id_of(path)
        self._main: Path | None = None
        self._looked: tuple[int, str] | None = None

    @staticmethod
    def recognise(head: Head) -> bool:
        """Whether one of the first lines is one of a session, of a type that is known or of none."""
        if head.shape.form not in ("lines", "objects"):
            return False
        if any(_is_line(record) for record in head.objects):
            return True
        return not head.objects and head.text.lstrip().startswith("{") and all(sign in head.text for sign in _SIGNS)

    def notes(self) -> Iterable[str]:
        """What was assumed."""
        yield from super().notes()
        yield "starts of model calls are the times of what fed them: nothing else is recorded, so latencies are upper bounds"
        yield "a message written as several lines counts once, and what a tool repeats of its sub-agent's usage not at all"
        family = folder_at(self.path.parent).family(self.path.name)
        if family and self._agent_id is None:
            others = ", ".join(name for name in family if name != self.path.name)
            yield f"begins with the same lines as {others}: common turns belong to the session that wrote them first"

    def context(self, known: str | None) -> str:
        """The files that begin alike, or the place of a sub-agent."""
        if self._agent_id is None:
            return "\n".join(folder_at(self.path.parent).family(self.path.name))
        if known and _place(known).is_settled:
            return known
        self._main = self._main or main_file_of(self.path)
        size = self._main.stat().st_size if self._main is not None and self._main.is_file() else -1
        if self._looked is None or self._looked[0] != size:
            found = find_place(self.path, self._agent_id, self._main)
            self._looked = (size, msgspec.json.encode(found).decode())
        return self._looked[1]

    def make_fold(self, context: str) -> ClaudeFold:
        """A fold that knows what is beside the file."""
        stem = self.path.name.partition(".")[0]
        if self._agent_id is None:
            return ClaudeFold(stem, owners=owners_of(self.path))
        self._main = self._main or main_file_of(self.path)
        return ClaudeFold(stem, _place(context), foreign=foreign_messages(self.path, self._main))

    def unfold_region(self, span: Span, data: bytes, item: int) -> Payload:
        """What a span carried."""
        return unfold(span, data)


def _place(context: str) -> AgentPlace:
    return msgspec.json.decode(context, type=AgentPlace)


def _is_line(record: Json) -> bool:
    if not isinstance(record, dict):
        return False
    kind, session = record.get("type"), record.get("sessionId")
    if isinstance(session, str) and "uuid" in record and "parentUuid" in record:
        return True
    if kind in _TYPES:
        return (
            isinstance(session, str)
            or (kind == "summary" and "leafUuid" in record)
            or (kind == "file-history-snapshot" and "messageId" in record)
        )
    message = record.get("message")
    is_usage = isinstance(message, dict) and isinstance(message.get("usage"), dict)
    return kind is None and isinstance(session, str) and is_usage and "timestamp" in record
