"""A span of a transcript while its lines are still being read: it grows until the next line changes it no more."""

from __future__ import annotations

import re

from msgspec import Struct

from tracetui.model import Cost, Json, Kind, Span, Status, Usage
from tracetui.sources.base import Reference

NO_USAGE = Usage()
NO_COST = Cost()
NAME_LENGTH = 60
_HASH = re.compile("[0-9a-f]{32,}")
_HASH_LENGTH = 12


class Draft(Struct, kw_only=True):
    """As `model.Span`, changeable, and the region of the file (`position`, `length`) in which its payload lies."""

    trace_id: str
    span_id: str
    parent_id: str | None = None
    kind: Kind = "span"
    name: str = ""
    start_ns: int = 0
    end_ns: int | None = None
    ttft_ns: int | None = None
    status: Status = "success"
    status_message: str | None = None
    model: str | None = None
    provider: str | None = None
    finish_reason: str | None = None
    usage: Usage = NO_USAGE
    cost: Cost = NO_COST
    session_id: str | None = None
    tool_name: str | None = None
    metadata: dict[str, Json] = {}
    service_tier: str | None = None
    response_id: str | None = None
    position: int = 0
    length: int = 0
    item: int = 0

    def span(self) -> Span:
        """The span as it is now."""
        return Span(
            trace_id=self.trace_id,
            span_id=self.span_id,
            parent_id=self.parent_id,
            kind=self.kind,
            name=self.name,
            start_ns=self.start_ns,
            end_ns=self.end_ns,
            ttft_ns=self.ttft_ns,
            status=self.status,
            status_message=self.status_message,
            model=self.model,
            provider=self.provider,
            finish_reason=self.finish_reason,
            usage=self.usage,
            cost=self.cost,
            session_id=self.session_id,
            feature=project_of(self.metadata.get("cwd") or self.metadata.get("project")),
            tool_name=self.tool_name,
            metadata=dict(self.metadata),
            service_tier=self.service_tier,
            response_id=self.response_id,
        )

    def reference(self) -> Reference:
        """Where its payload lies."""
        return Reference(self.position, self.length, self.item)

    def reach(self, end: int) -> None:
        """Let the region end at this byte."""
        self.length = max(self.length, end - self.position)

    def end_at(self, time_ns: int | None) -> None:
        """Let it last until this time at least."""
        if time_ns is not None:
            self.end_ns = time_ns if self.end_ns is None else max(self.end_ns, time_ns)


def title_of(text: str) -> str:
    """A prompt as a name: its first line that is not blank, at most 60 characters."""
    first = next((line for line in text.splitlines() if line.strip()), "")
    return first.strip()[:NAME_LENGTH]


def project_of(folder: Json) -> str | None:
    """What an agent's work is added up by: the name of the folder it works in, of any system; or a short hash of it."""
    if not isinstance(folder, str):
        return None
    name = re.split(r"[/\\]", folder.rstrip("/\\ "))[-1].strip()
    return (name[:_HASH_LENGTH] if _HASH.fullmatch(name) else name) or None
