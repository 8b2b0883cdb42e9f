"""Lines of one Claude Code transcript → turns, generations, tools, sub-agents and events. docs/formats/claude-code.md.

A model message is written as several lines, each repeating its usage; a line may be written twice; after a compaction
old lines are written again under new uuids. Whatever repeats is folded into what it repeats, so nothing counts twice.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Mapping

from tracetui.model import Json
from tracetui.sources.claude_code_lines import Block, Line, Message, failure_of, name_of, role_of, text_of
from tracetui.sources.claude_code_turns import (
    AgentPlace,
    Thread,
    Titles,
    Tool,
    measure,
    new_agent,
    new_event,
    new_thread,
    new_tool,
)
from tracetui.sources.lines import Record
from tracetui.sources.transcript_draft import Draft
from tracetui.sources.transcript_file import Fold
from tracetui.sources.transcript_json import decode_line

HISTORY = 8 << 20
"""Bytes before a generation in which its input is looked for, beyond its own turn."""
_SYNTHETIC = "<synthetic>"
_ENDS = frozenset({"end_turn", "stop_sequence", "max_tokens", "refusal"})
_EVENTS = frozenset({"compact_boundary", "api_error", "stop_hook_summary"})


class ClaudeFold(Fold):
    """Folds one file. `owners` are the sessions of lines that were copied from another file, by their uuid;
    `foreign` are ids of messages that the main thread has, which a sub-agent's file may repeat."""

    def __init__(
        self,
        stem: str,
        agent: AgentPlace | None = None,
        owners: Mapping[str, str] | None = None,
        foreign: frozenset[str] = frozenset(),
    ) -> None:
        super().__init__()
        self._stem = stem
        self._place = agent
        self._owners = owners or {}
        self._foreign = foreign
        self._main: Thread | None = None
        self._agents: dict[str, Thread] = {}
        self._agent_of: dict[str, Thread] = {}
        self._roots: list[Draft] = []
        self._pending: tuple[Line, Record] | None = None
        self._first: tuple[Line, Record] | None = None
        self._held: list[tuple[Line, Record]] = []
        self._uuids: set[str] = set()
        self._replays: set[tuple[str | None, str, str | None]] = set()
        self._messages: set[str] = set()
        self._tools: dict[str, Tool] = {}
        self._answered: set[str] = set()
        self._titles = Titles()
        self._mode: str | None = None
        self._context_start = 0

    def feed(self, record: Record) -> None:
        """Take one line."""
        line = decode_line(Line, record.data)
        if line.uuid is not None:
            if line.uuid in self._uuids:
                self.duplicates += 1
                return
            self._uuids.add(line.uuid)
            self.duplicates += self._owners.get(line.uuid, line.sessionId) != line.sessionId
            if line.isSidechain and line.parentUuid in self._agent_of:
                self._agent_of[line.uuid] = self._agent_of[line.parentUuid]
            self._retitle(self._titles.meet(line.uuid))
        reader = _READERS.get(line.type or ("assistant" if line.message and line.message.usage else ""))
        if reader is None:
            self.other += 1
            return
        reader(self, line, record)

    def settle(self) -> None:
        """The end and the status of the present turn and of the sub-agents."""
        if self._main is not None:
            self._settle_root(self._main, is_last=True)
        for thread in self._agents.values():
            self._settle_agent(thread)

    # --- what a line belongs to

    def _session_of(self, line: Line) -> str:
        own = line.sessionId or self._stem
        return self._owners.get(line.uuid or "", own)

    def _thread(self, line: Line, record: Record) -> Thread | None:
        """The thread of a line; None is the main one before any turn."""
        if self._place is not None:
            return self._agents.get("") or self._begin_agent_file(self._place, line, record)
        if not line.isSidechain and line.agentId is None:
            return self._main
        thread = self._agents.get(line.agentId) if line.agentId else self._agent_of.get(line.parentUuid or "")
        if thread is None:
            thread = self._begin_sidechain(line, record)
        if line.uuid is not None:
            self._agent_of[line.uuid] = thread
        return thread

    def _begin_agent_file(self, place: AgentPlace, line: Line, record: Record) -> Thread:
        session = place.session_id or self._session_of(line)
        trace_id = place.trace_id or f"{session}:{line.uuid or place.agent_id}"
        draft = new_agent(f"agent-{place.agent_id}", trace_id, session, line, record)
        draft.parent_id, draft.name = place.parent_id, place.name or "sub-agent"
        draft.metadata = {**self._facts(line), "isSidechain": True}
        return self._keep_agent("", draft)

    def _begin_sidechain(self, line: Line, record: Record) -> Thread:
        """A sub-agent whose lines are in the main file."""
        main = self._main or self._open(line, record, "(sub-agent)")
        prompt = "\n".join(line.texts())
        spawn = next(
            ((key, tool) for key, tool in self._tools.items() if tool.prompt is not None and tool.prompt == prompt),
            None,
        )
        parent, trace_id, name = main.parent_id, main.trace_id, "sub-agent"
        span_id = f"agent-{line.agentId or line.uuid or record.position}"
        if spawn is not None:
            key, tool = spawn
            tool.prompt = None
            parent, trace_id, name = key, tool.draft.trace_id, tool.agent_type or tool.draft.name
            span_id = f"agent-{line.agentId or key}"
        draft = new_agent(span_id, trace_id, main.session_id, line, record)
        draft.parent_id, draft.name = parent, name
        return self._keep_agent(line.agentId or span_id, draft)

    def _keep_agent(self, key: str, draft: Draft) -> Thread:
        thread = new_thread(draft.trace_id, draft.span_id, draft.session_id, draft)
        thread.start = draft.position
        self._agents[key] = thread
        self.touch(draft)
        return thread

    # --- turns

    def _open(self, line: Line, record: Record, name: str) -> Thread:
        """Open a turn at a line; the turn before it is over."""
        if self._main is not None:
            self._cut_off(self._main, self._main.close_tools(line.time_ns))
            self._settle_root(self._main, is_last=False)
        session = self._session_of(line)
        span_id = line.uuid or f"line-{record.line}"
        start = line.time_ns or 0
        root = Draft(trace_id=f"{session}:{span_id}", span_id=span_id, kind="agent", name=name, start_ns=start)
        root.session_id, root.metadata = session, self._facts(line)
        root.position, root.length = record.position, record.length
        self._roots.append(root)
        self._main = thread = new_thread(root.trace_id, span_id, session)
        thread.fed_ns, thread.start = line.time_ns, record.position
        self._pending = self._first = None
        self.touch(root)
        held, self._held = self._held, []
        for event, place in held:
            self.touch(new_event(thread, event, place))
        return thread

    def _facts(self, line: Line) -> dict[str, Json]:
        found = {
            "cwd": line.cwd,
            "git_branch": line.gitBranch,
            "version": line.version,
            "permissionMode": line.permissionMode or self._mode,
            "entrypoint": line.entrypoint,
            "title": self._titles.title,
        }
        return {key: value for key, value in found.items() if value}

    def _turn_of(self, line: Line, record: Record) -> Thread:
        """The main thread's turn that an assistant's line belongs to: a command that waited opens it now."""
        if self._pending is not None:
            opener, place = self._pending
            return self._open(opener, place, name_of(opener.texts()))
        if self._main is None:
            opener, place = self._first or (line, record)
            return self._open(opener, place, name_of(opener.texts()) or "(continued)")
        return self._main

    def _settle_root(self, main: Thread, *, is_last: bool) -> None:
        root = self._roots[-1]
        before = (root.status, root.status_message, root.end_ns)
        root.status, root.status_message = main.status(is_last)
        if root.end_ns is None and root.status != "running":
            root.end_ns = root.start_ns
        if before != (root.status, root.status_message, root.end_ns):
            self.touch(root)

    def _settle_agent(self, thread: Thread) -> None:
        draft = thread.agent
        if draft is not None:
            status = thread.status(is_last=True)
            if status != (draft.status, draft.status_message):
                draft.status, draft.status_message = status
                self.touch(draft)

    def _last(self, thread: Thread, time_ns: int | None, record: Record) -> None:
        """Something with a span happened: what holds the thread reaches until here."""
        holder = thread.agent or self._roots[-1]
        holder.end_at(time_ns)
        holder.reach(record.position + record.length)
        self.touch(holder)

    # --- lines of each type

    def _user(self, line: Line, record: Record) -> None:
        texts = line.texts()
        role = role_of(line, texts)
        if role in ("prompt", "command") and self._is_replay(line, None):
            self.duplicates += 1
            return
        thread = self._thread(line, record)
        is_main = self._place is None and (thread is None or thread.agent is None)
        if is_main and role == "prompt":
            thread = self._open(line, record, name_of(texts))
        elif is_main and role == "command":
            self._pending = (line, record)
        if thread is None:
            self._first = self._first or (line, record)
            return
        self._meet(thread, line, None)
        if line.isCompactSummary or (role == "prompt" and not is_main):
            thread.fed_ns, thread.is_answered = line.time_ns or thread.fed_ns, False
        if role == "interruption":
            self._interrupt(thread, line, record)
        if thread.agent is not None:
            self._last(thread, line.time_ns, record)
        for block in line.blocks():
            if block.type == "tool_result" and block.tool_use_id is not None:
                self._result(thread, line, record, block)

    def _is_replay(self, line: Line, message_id: str | None) -> bool:
        """Whether a line was written again after a compaction: same parent, same time, same message."""
        if line.timestamp is None:
            return False
        key = (line.parentUuid, line.timestamp, message_id)
        is_known = key in self._replays
        self._replays.add(key)
        return is_known

    def _meet(self, thread: Thread, line: Line, group: str | None) -> None:
        self._cut_off(thread, thread.meet(line.time_ns, group))

    def _cut_off(self, thread: Thread, tools: list[Draft]) -> None:
        """Tools were left without a result; what holds them lasted as long as they."""
        for draft in tools:
            (thread.agent or self._roots[-1]).end_at(draft.end_ns)
            self.touch(thread.agent or self._roots[-1])
            self.touch(draft)

    def _interrupt(self, thread: Thread, line: Line, record: Record) -> None:
        thread.failure = "interrupted by user"
        self._cut_off(thread, thread.close_tools(line.time_ns))
        self._last(thread, line.time_ns, record)

    def _result(self, thread: Thread, line: Line, record: Record, block: Block) -> None:
        tool_id = block.tool_use_id or ""
        tool = self._tools.pop(tool_id, None)
        if tool is None:
            if tool_id in self._answered:
                self.duplicates += 1
            else:
                self.skipped.append("a result of a tool that is not called in this file")
            return
        self._answered.add(tool_id)
        thread.open_tools.pop(tool_id, None)
        draft = tool.draft
        failure = failure_of(block, line.toolUseResult)
        draft.status, draft.status_message = ("success", None) if failure is None else ("error", failure or None)
        draft.end_ns = line.time_ns if line.time_ns is not None else draft.start_ns
        draft.reach(record.position + record.length)
        self.touch(draft)
        thread.fed_ns, thread.is_answered = line.time_ns or thread.fed_ns, False
        self._last(thread, line.time_ns, record)
        self._link(tool_id, tool, line, block)

    def _link(self, tool_id: str, tool: Tool, line: Line, block: Block) -> None:
        """A result names the sub-agent that it is of."""
        for agent_id, thread in self._agents.items():
            draft = thread.agent
            if draft is None or not agent_id or draft.parent_id == tool_id or self._place is not None:
                continue
            name = agent_id.encode()
            if name in bytes(line.toolUseResult) or f"agentId: {agent_id}" in text_of(block.content):
                draft.parent_id, draft.name = tool_id, tool.agent_type or tool.draft.name
                self.touch(draft)

    def _assistant(self, line: Line, record: Record) -> None:
        message = line.message
        if message is None:
            self.skipped.append("a line of the assistant without a message")
            return
        if message.model == _SYNTHETIC and not line.isApiErrorMessage:
            self.other += 1
            return
        key = message.id or line.uuid or f"line-{record.line}"
        thread = self._thread(line, record)
        if thread is None or (thread.agent is None and self._pending is not None):
            thread = self._turn_of(line, record)
        is_elsewhere = key in self._messages and key not in thread.groups
        is_again = line.parentUuid is not None and self._is_replay(line, key)
        if is_elsewhere or is_again or key in self._foreign:
            self.duplicates += 1
            return
        self._messages.add(key)
        self._meet(thread, line, key)
        self._grow(thread, key, line, message, record)

    def _grow(self, thread: Thread, key: str, line: Line, message: Message, record: Record) -> None:
        """Add one line to the generation that it is a part of."""
        draft = thread.groups.get(key) or self._begin_generation(thread, key, line, record)
        draft.end_at(line.time_ns)
        draft.reach(record.position + record.length)
        if line.isApiErrorMessage:
            draft.status, draft.status_message = "error", "\n".join(line.texts()) or None
            thread.failure = draft.status_message or "API error"
        else:
            thread.failure = None
            measure(thread, key, draft, line, message)
        for block in line.blocks():
            if block.type == "tool_use" and block.id is not None:
                self._call(thread, key, line, block, record)
        if any(text.strip() for text in line.texts()) or message.stop_reason in _ENDS:
            thread.is_answered = True
        if any(block.type == "tool_use" for block in line.blocks()):
            thread.is_answered = False
        thread.last = draft
        self.touch(draft)
        self._last(thread, line.time_ns, record)

    def _begin_generation(self, thread: Thread, key: str, line: Line, record: Record) -> Draft:
        start = thread.fed_ns if thread.fed_ns is not None else line.time_ns or 0
        draft = Draft(trace_id=thread.trace_id, span_id=key, parent_id=thread.parent_id, kind="generation")
        draft.start_ns = min(start, line.time_ns if line.time_ns is not None else start)
        draft.session_id, draft.name, draft.provider = thread.session_id, "API error", "anthropic"
        draft.position = self._history(thread, record)
        thread.groups[key] = draft
        return draft

    def _history(self, thread: Thread, record: Record) -> int:
        """Where the conversation before a line begins, as far back as it is looked for."""
        start = max(self._context_start, thread.start if thread.agent is not None else 0)
        if record.position - start <= HISTORY or thread.agent is not None:
            return start
        oldest = max(start, record.position - HISTORY)
        first = bisect_left(self._roots, oldest, key=lambda root: root.position)
        return self._roots[min(first, len(self._roots) - 1)].position

    def _call(self, thread: Thread, key: str, line: Line, block: Block, record: Record) -> None:
        tool_id = block.id or ""
        if tool_id in self._tools or tool_id in self._answered:
            return
        tool = new_tool(thread, key, line, block, record)
        self._tools[tool_id] = thread.open_tools[tool_id] = tool
        self.touch(tool.draft)

    def _system(self, line: Line, record: Record) -> None:
        if line.subtype not in _EVENTS:
            self.other += 1
            return
        thread = self._thread(line, record)
        if thread is None or (thread.agent is None and not self._roots):
            self._first = self._first or (line, record)
            self._held.append((line, record))
        else:
            self.touch(new_event(thread, line, record))
        if line.subtype == "compact_boundary" and (self._place is not None or not line.isSidechain):
            self._context_start = record.position

    def _passed(self, line: Line, record: Record) -> None:
        """A line of the chain that has no span."""
        self.other += 1

    def _named(self, line: Line, record: Record) -> None:
        """A line that names the session."""
        self.other += 1
        self._retitle(self._titles.learn(line, self._uuids))

    def _retitle(self, title: str | None) -> None:
        if title is not None:
            for root in self._roots:
                root.metadata["title"] = title
                self.touch(root)

    def _moded(self, line: Line, record: Record) -> None:
        self.other += 1
        self._mode = line.permissionMode or self._mode


_Reader = Callable[[ClaudeFold, Line, Record], None]
_READERS: dict[str, _Reader] = {
    "user": ClaudeFold._user,
    "assistant": ClaudeFold._assistant,
    "system": ClaudeFold._system,
    "attachment": ClaudeFold._passed,
    "progress": ClaudeFold._passed,
    "summary": ClaudeFold._named,
    "ai-title": ClaudeFold._named,
    "custom-title": ClaudeFold._named,
    "permission-mode": ClaudeFold._moded,
}
