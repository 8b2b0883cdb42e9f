"""Records of one chat of Gemini CLI → turns, generations and tools. docs/formats/gemini-cli.md.

A message is appended again each time it grows; the last record of an id is what it is.
"""

from __future__ import annotations

from msgspec import Struct

from tracetui.model import Json
from tracetui.sources.gemini_cli_records import Call, Entry
from tracetui.sources.lines import Record
from tracetui.sources.transcript_draft import Draft, title_of
from tracetui.sources.transcript_file import Fold
from tracetui.sources.transcript_json import decode_line

HISTORY = 8 << 20
"""Bytes before a generation in which its input is looked for, beyond its own turn."""


class AgentPlace(Struct, frozen=True):
    """Where a sub-agent's chat belongs: the trace and span that started it."""

    trace_id: str
    parent_id: str
    session_id: str
    is_settled: bool = False


class Turn(Struct):
    """A message of the user's and what followed: `message_id` is the user's, `last` the latest answer."""

    root: Draft
    message_id: str
    failure: str | None = None
    last: Entry | None = None
    tools: dict[str, tuple[Draft, Call]] = {}


class GeminiFold(Fold):
    """Folds one file."""

    def __init__(self, stem: str, place: AgentPlace | None = None) -> None:
        super().__init__()
        self._stem = stem
        self._place = place
        self._own_session: str | None = None
        self._turns: list[Turn] = []
        self._order: list[tuple[str, Turn]] = []
        self._drafts: dict[str, Draft] = {}
        self._turn_of: dict[str, Turn] = {}
        self._facts: dict[str, Json] = {}
        self._before_ns: int | None = None
        self.agents: dict[str, tuple[str, str]] = {}

    @property
    def session(self) -> str:
        """The session that spans belong to: of a sub-agent its parent's."""
        return self._place.session_id if self._place is not None else self._own_session or self._stem

    @property
    def roots(self) -> list[Draft]:
        """The turns so far."""
        return [turn.root for turn in self._turns]

    def feed(self, record: Record) -> None:
        """Take one record."""
        self._take(decode_line(Entry, record.data), record)

    def settle(self) -> None:
        """The status of the present turn."""
        if self._turns:
            self._settle(self._turns[-1], is_last=True)

    def _take(self, entry: Entry, record: Record) -> None:
        if entry.rewind is not None:
            self._rewind(entry.rewind)
        elif entry.change is not None:
            self._describe(entry.change, record)
        elif entry.id is not None and entry.type is not None:
            self._message(entry, entry.id, record)
        elif entry.sessionId is not None or entry.messages is not None:
            self._describe(entry, record)
        else:
            self.skipped.append("neither the head of a chat nor a message")

    def _describe(self, entry: Entry, record: Record) -> None:
        """The session's head, or a change of it."""
        self.other += 1
        self._own_session = entry.sessionId or self._own_session
        found = {"project": entry.projectHash, "title": entry.summary, "cwd": next(iter(entry.directories or ()), None)}
        facts = {key: value for key, value in found.items() if value}
        if facts.items() - self._facts.items():
            self._facts |= facts
            for turn in self._turns:
                turn.root.metadata = {**turn.root.metadata, **facts}
                self.touch(turn.root)
        for raw in entry.messages or ():
            self._take(decode_line(Entry, bytes(raw)), record)

    def _message(self, entry: Entry, message_id: str, record: Record) -> None:
        if entry.type == "user":
            self._user(entry, message_id, record)
        elif entry.type == "gemini":
            self._answer(entry, message_id, record)
        elif entry.type == "error" and self._turns:
            turn = self._turns[-1]
            turn.failure = entry.text() or "error"
            self._reach(turn, entry.time_ns, record)
        else:
            self.other += 1
        self._before_ns = entry.time_ns or self._before_ns

    def _user(self, entry: Entry, message_id: str, record: Record) -> None:
        known = self._turn_of.get(message_id)
        if known is not None:
            self.duplicates += 1
            return
        if self._turns:
            self._settle(self._turns[-1], is_last=False)
            if self._place is not None:
                return
        self._open(entry, message_id, title_of(entry.text()), record)

    def _open(self, entry: Entry, message_id: str, name: str, record: Record) -> Turn:
        start = entry.time_ns or self._before_ns or 0
        place = self._place
        span_id = message_id if place is None else f"agent-{self._own_session or self._stem}"
        trace_id = f"{self.session}:{message_id}" if place is None else place.trace_id
        root = Draft(trace_id=trace_id, span_id=span_id, kind="agent", name=name, start_ns=start)
        root.parent_id = None if place is None else place.parent_id
        root.session_id, root.metadata = self.session, dict(self._facts)
        root.position, root.length = record.position, record.length
        turn = Turn(root, message_id, tools={})
        self._turns.append(turn)
        self._turn_of[message_id] = turn
        self._order.append((message_id, turn))
        self.touch(root)
        return turn

    def _answer(self, entry: Entry, message_id: str, record: Record) -> None:
        turn = self._turn_of.get(message_id)
        if turn is None:
            turn = self._turns[-1] if self._turns else self._open(entry, f"before-{message_id}", "(continued)", record)
            self._turn_of[message_id] = turn
            self._order.append((message_id, turn))
        draft = self._drafts.get(message_id) or self._new_generation(turn, entry, message_id, record)
        draft.model = entry.model or draft.model
        draft.name = draft.model or "generation"
        if entry.tokens is not None:
            draft.usage = entry.tokens.usage()
        draft.reach(record.position + record.length)
        turn.last, turn.failure = entry, None
        for number, call in enumerate(entry.toolCalls or ()):
            self._call(turn, draft, call, call.id or f"{message_id}:tool-{number + 1}", record)
        self.touch(draft)
        self._reach(turn, draft.end_ns, record)

    def _new_generation(self, turn: Turn, entry: Entry, message_id: str, record: Record) -> Draft:
        root = turn.root
        draft = Draft(trace_id=root.trace_id, span_id=message_id, parent_id=root.span_id, kind="generation")
        draft.end_ns = entry.time_ns or root.start_ns
        draft.start_ns = min(draft.end_ns, self._before_ns if self._before_ns is not None else draft.end_ns)
        draft.session_id, draft.provider = root.session_id, "google"
        draft.position = 0 if record.position <= HISTORY else min(root.position, record.position)
        self._drafts[message_id] = draft
        return draft

    def _call(self, turn: Turn, generation: Draft, call: Call, call_id: str, record: Record) -> None:
        known = turn.tools.get(call_id)
        draft = known[0] if known is not None else self._new_tool(turn, generation, call, call_id, record)
        turn.tools[call_id] = (draft, call)
        draft.status, draft.status_message = call.state(is_last=True)
        if draft.status != "running":
            draft.end_ns = max(draft.start_ns, time if (time := _time(call)) is not None else draft.start_ns)
            turn.root.end_at(draft.end_ns)
        draft.position, draft.length = record.position, record.length
        if call.agentId is not None:
            self.agents[call.agentId] = (draft.trace_id, call_id)
        self.touch(draft)

    def _new_tool(self, turn: Turn, generation: Draft, call: Call, call_id: str, record: Record) -> Draft:
        root = turn.root
        draft = Draft(trace_id=root.trace_id, span_id=call_id, parent_id=root.span_id, kind="tool")
        draft.name = draft.tool_name = call.name or "tool"
        draft.start_ns = generation.end_ns or generation.start_ns
        draft.session_id = root.session_id
        return draft

    def _reach(self, turn: Turn, time_ns: int | None, record: Record) -> None:
        turn.root.end_at(time_ns)
        turn.root.reach(record.position + record.length)
        self.touch(turn.root)

    def _rewind(self, message_id: str) -> None:
        """That message and all after it were taken back. They were paid for, so they stay, marked."""
        self.other += 1
        numbers = [number for number, (known, _) in enumerate(self._order) if known == message_id]
        first = numbers[0] if numbers else 0
        for known, turn in self._order[first:]:
            if known == turn.message_id:
                turn.root.metadata = {**turn.root.metadata, "rewound": True}
                self.touch(turn.root)
        del self._order[first:]

    def _settle(self, turn: Turn, *, is_last: bool) -> None:
        root = turn.root
        before = (root.status, root.status_message, root.end_ns)
        is_running = False
        for draft, call in turn.tools.values():
            status = call.state(is_last)
            is_running = is_running or status[0] == "running"
            if status != (draft.status, draft.status_message):
                draft.status, draft.status_message = status
                draft.end_ns = max(draft.start_ns, _time(call) or draft.start_ns)
                self.touch(draft)
        is_open = turn.last is None or (bool(turn.last.toolCalls) and not turn.last.text())
        if turn.failure is not None:
            root.status, root.status_message = "error", turn.failure
        else:
            root.status, root.status_message = ("running" if is_running or (is_last and is_open) else "success"), None
        if root.end_ns is None and root.status != "running":
            root.end_ns = root.start_ns
        if before != (root.status, root.status_message, root.end_ns):
            self.touch(root)


def _time(call: Call) -> int | None:
    return Entry(timestamp=call.timestamp).time_ns
