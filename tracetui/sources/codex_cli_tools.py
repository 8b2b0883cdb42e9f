"""The tools that a rollout of Codex CLI calls: a call is an item, its output another, and events say how it went."""

from __future__ import annotations

from tracetui.sources.codex_cli_lines import CALLS, Line, Payload, has_failed, mcp_failed
from tracetui.sources.codex_cli_turns import Turn
from tracetui.sources.lines import Record
from tracetui.sources.transcript_draft import Draft
from tracetui.sources.transcript_json import value_in

_COPY_NS = 1_000_000
"""An event follows the item that it repeats by about this."""


class Tools:
    """The calls without an output, of all turns. `spawned` are outputs of calls that started other threads."""

    def __init__(self) -> None:
        self.spawned: list[tuple[str, str, str]] = []
        self._open: dict[str, Draft] = {}
        self._failed: set[str] = set()
        self._searches: list[Draft] = []

    def call(self, turn: Turn, prefix: str, line: Line, payload: Payload, record: Record) -> Draft:
        """The span of a call. A search has no id: it is numbered within its turn, `prefix` before it."""
        root = turn.root
        call_id = payload.call_id or payload.id or ""
        is_search = payload.type == "web_search_call"
        if is_search or not call_id:
            turn.searches += 1
            call_id = f"{prefix}{payload.type.removesuffix('_call')}-{turn.searches}"
        draft = Draft(trace_id=root.trace_id, span_id=call_id, parent_id=root.span_id, kind="tool")
        draft.name = draft.tool_name = payload.name or CALLS[payload.type] or "tool"
        draft.start_ns, draft.session_id = line.time_ns or 0, root.session_id
        draft.position, draft.length = record.position, record.length
        if is_search:
            draft.end_ns = draft.start_ns
            self._searches.append(draft)
        else:
            draft.status = "running"
            turn.tools[call_id] = self._open[call_id] = draft
        return draft

    def answer(self, line: Line, payload: Payload, record: Record) -> Draft | None:
        """The span of the call that an output is of; None where there is none."""
        call_id = payload.call_id or ""
        draft = self._open.pop(call_id, None)
        if draft is None:
            return None
        output = value_in(payload.output)
        is_failed = call_id in self._failed or has_failed(output)
        draft.status, draft.status_message = ("error" if is_failed else "success"), None
        draft.end_ns = line.time_ns if line.time_ns is not None else draft.start_ns
        draft.reach(record.position + record.length)
        if draft.name == "spawn_agent":
            self.spawned.append((str(output), call_id, draft.trace_id))
        return draft

    def note_end(self, payload: Payload) -> None:
        """An event says how a tool went, before or after its output."""
        is_failed = payload.exit_code not in (None, 0) or payload.success is False
        if not is_failed and payload.type == "mcp_tool_call_end":
            is_failed = mcp_failed(value_in(payload.result))
        if is_failed and payload.call_id is not None:
            self._failed.add(payload.call_id)

    def end_search(self, time_ns: int | None) -> Draft | None:
        """The search that an event ends: events come in the order of the calls. None where its end is unchanged."""
        draft = self._searches.pop(0) if self._searches else None
        if draft is None or time_ns is None or time_ns - draft.start_ns <= _COPY_NS:
            return None
        draft.end_ns = time_ns
        return draft
