"""Rollouts of Codex CLI: one thread a file, the threads of sub-agents and forks in files of their own in the same tree.

docs/formats/codex-cli.md.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from pathlib import Path

import msgspec

from tracetui.model import Json, Payload, Span
from tracetui.sources import codex_cli_beside as beside
from tracetui.sources.codex_cli_fold import CodexFold
from tracetui.sources.codex_cli_payload import unfold
from tracetui.sources.codex_cli_turns import ThreadPlace
from tracetui.sources.head import Head
from tracetui.sources.transcript_file import TranscriptFile

_TYPES = ("session_meta", "turn_context", "event_msg", "response_item", "compacted")
_BEGINNING = ('"timestamp"', '"payload"', '"type":"session_meta"')


class CodexCliSource(TranscriptFile):
    """One rollout; a sub-agent's gives its spans to the trace of the turn that spawned it."""

    format = "codex-cli"

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self._parent: Path | None = None
        self._looked: tuple[int, str] | None = None

    @staticmethod
    def recognise(head: Head) -> bool:
        """Whether the first line is one of a rollout, of today's form or of the first one."""
        if head.shape.form not in ("lines", "objects"):
            return False
        if head.objects:
            return _is_line(head.objects[0]) or _is_bare(head.objects)
        text = head.text.replace('": "', '":"').replace('": {', '":{')
        return text.lstrip().startswith("{") and all(sign in text for sign in _BEGINNING)

    @cached_property
    def _head(self) -> beside.Head:
        return beside.read_head(self.path)

    def notes(self) -> Iterable[str]:
        """What was assumed."""
        yield from super().notes()
        yield "tokens are the differences between the running totals; totals that were written again are no call"
        yield "starts of model calls are the times of what fed them: nothing else is recorded, so latencies are upper bounds"
        if self._head.spawned.parent_id or self._head.spawned.fork_of:
            yield "begins with a copy of its parent's lines, which are left out"

    def _find_parent(self) -> Path | None:
        parent_id = self._head.spawned.parent_id or self._head.spawned.fork_of
        if self._parent is None and parent_id:
            self._parent = beside.find_file(self.path, parent_id)
        return self._parent

    def context(self, known: str | None) -> str:
        """The place of a sub-agent's thread, "" for any other."""
        if known == "-":
            return known
        if known and _place(known).is_settled:
            return known
        head = self._head
        if head.spawned.parent_id is None:
            return "-"
        parent = self._find_parent()
        size = parent.stat().st_size if parent is not None and parent.is_file() else -1
        if self._looked is None or self._looked[0] != size:
            place = beside.find_place(self.path, head, parent)
            self._looked = (size, "" if place is None else msgspec.json.encode(place).decode())
        return self._looked[1]

    def make_fold(self, context: str) -> CodexFold:
        """A fold that knows where the thread comes from."""
        place = _place(context) if context not in ("", "-") else None
        return CodexFold(self.path.name.partition(".")[0], place, beside.copy_test(self._head, self._find_parent()))

    def unfold_region(self, span: Span, data: bytes, item: int) -> Payload:
        """What a span carried."""
        return unfold(span, data, item, self._head.instructions)


def _place(context: str) -> ThreadPlace:
    return msgspec.json.decode(context, type=ThreadPlace)


def _is_line(record: Json) -> bool:
    return (
        isinstance(record, dict)
        and record.get("type") in _TYPES
        and isinstance(record.get("payload"), dict)
        and "timestamp" in record
    )


def _is_bare(records: tuple[dict[str, Json], ...]) -> bool:
    first = records[0]
    is_head = {"id", "timestamp", "instructions"} <= first.keys() and not {"type", "payload"} & first.keys()
    return is_head and (len(records) == 1 or records[1].get("record_type") == "state" or "type" in records[1])
