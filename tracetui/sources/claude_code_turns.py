"""What is open while a transcript of Claude Code is read: threads, the turn of the main one, and their unanswered tools."""

from __future__ import annotations

from msgspec import Struct

from tracetui.model import Cost, Status
from tracetui.sources.claude_code_lines import Block, Line, Message
from tracetui.sources.lines import Record
from tracetui.sources.transcript_draft import Draft
from tracetui.sources.transcript_json import value_in

INTERRUPTED = "interrupted"


class AgentPlace(Struct, frozen=True):
    """Where the sub-agent of a file belongs: the trace and span that spawned it; no trace where nothing is known."""

    agent_id: str
    trace_id: str | None = None
    parent_id: str | None = None
    name: str | None = None
    session_id: str | None = None
    is_settled: bool = False
    """Whether it is known from the call that spawned it, so that it need not be looked for again."""


class Tool(Struct):
    """A tool that has no result yet. `next_ns` is the time of the line after the message that called it."""

    draft: Draft
    group: str
    next_ns: int | None = None
    prompt: str | None = None
    agent_type: str | None = None


class Thread(Struct):
    """The main thread, or a sub-agent (`agent` is its span). Its spans are children of `parent_id`.

    `fed_ns` is when the latest prompt or result was given to the model; `is_answered` says that the model spoke after
    that. `groups` are its generations by message id, of the main thread those of the present turn.
    """

    trace_id: str = ""
    parent_id: str | None = None
    session_id: str | None = None
    agent: Draft | None = None
    fed_ns: int | None = None
    is_answered: bool = False
    failure: str | None = None
    last: Draft | None = None
    groups: dict[str, Draft] = {}
    best: dict[str, int] = {}
    open_tools: dict[str, Tool] = {}
    start: int = 0

    def meet(self, time_ns: int | None, group: str | None) -> list[Draft]:
        """A line of the thread was read: tells the tools called before it, and closes those that it proves cut off.

        `group` is the message of an assistant's line. Gives the tools that were closed.
        """
        closed: list[Draft] = []
        for tool_id, tool in list(self.open_tools.items()):
            if tool.group == group:
                continue
            if tool.next_ns is None:
                tool.next_ns = time_ns
            if group is not None:
                closed.append(self._cut_off(tool_id))
        return closed

    def close_tools(self, time_ns: int | None) -> list[Draft]:
        """Nothing that is open will be answered any more. Gives the tools that were closed."""
        for tool in self.open_tools.values():
            tool.next_ns = time_ns if tool.next_ns is None else tool.next_ns
        return [self._cut_off(tool_id) for tool_id in list(self.open_tools)]

    def _cut_off(self, tool_id: str) -> Draft:
        tool = self.open_tools.pop(tool_id)
        draft = tool.draft
        draft.status, draft.status_message = "error", INTERRUPTED
        draft.end_at(tool.next_ns if tool.next_ns is not None else draft.start_ns)
        return draft

    def status(self, is_last: bool) -> tuple[Status, str | None]:
        """How the turn or the sub-agent stands: its status, and why."""
        if self.failure is not None:
            return "error", self.failure
        if self.last is not None and self.last.status == "refused":
            return "refused", None
        is_open = bool(self.open_tools) or not self.is_answered
        return ("running" if is_last and is_open else "success"), None


_RANKS = {"custom-title": 3, "ai-title": 2, "summary": 1}


class Titles:
    """The title of a session: the user's own wins over the model's, that over a summary; the last of a kind counts.

    A summary belongs to the session that has the line which it names, perhaps another one.
    """

    def __init__(self) -> None:
        self.title = ""
        self._rank = 0
        self._summaries: dict[str, str] = {}

    def learn(self, line: Line, uuids: set[str]) -> str | None:
        """Take a line that names a session. Gives the title where it is new."""
        if line.type == "summary" and line.leafUuid is not None and line.leafUuid not in uuids:
            if line.summary is not None:
                self._summaries[line.leafUuid] = line.summary
            return None
        return self._take(_RANKS[line.type], line.customTitle or line.aiTitle or line.summary)

    def meet(self, uuid: str) -> str | None:
        """A line is there that a summary may have named. Gives the title where it is new."""
        return self._take(_RANKS["summary"], self._summaries.pop(uuid, None)) if self._summaries else None

    def _take(self, rank: int, title: str | None) -> str | None:
        if not title or rank < self._rank or (rank, title) == (self._rank, self.title):
            return None
        self._rank, self.title = rank, title
        return title


def new_thread(trace_id: str, parent_id: str | None, session_id: str | None, agent: Draft | None = None) -> Thread:
    """A thread with nothing in it."""
    return Thread(trace_id, parent_id, session_id, agent, groups={}, best={}, open_tools={})


def new_agent(span_id: str, trace_id: str, session: str | None, line: Line, record: Record) -> Draft:
    """The span of a sub-agent that begins with a line."""
    start = line.time_ns or 0
    draft = Draft(trace_id=trace_id, span_id=span_id, kind="agent", start_ns=start, end_ns=start, session_id=session)
    draft.position, draft.metadata = record.position, {"isSidechain": True}
    draft.reach(record.position + record.length)
    return draft


def new_event(thread: Thread, line: Line, record: Record) -> Draft:
    """The span of a compaction, of a call that is tried again, or of what hooks did."""
    span_id = line.uuid or f"line-{record.line}"
    draft = Draft(trace_id=thread.trace_id, span_id=span_id, parent_id=thread.parent_id, kind="event")
    draft.name, draft.session_id = line.subtype or "event", thread.session_id
    draft.start_ns = draft.end_ns = line.time_ns or 0
    draft.position, draft.length = record.position, record.length
    if line.subtype == "api_error":
        error = value_in(line.error)
        message = error.get("message") if isinstance(error, dict) else error
        draft.status, draft.status_message = "error", message if isinstance(message, str) else None
    elif line.subtype == "stop_hook_summary" and line.hookErrors:
        draft.status, draft.status_message = "error", "a hook failed"
    return draft


def new_tool(thread: Thread, group: str, line: Line, block: Block, record: Record) -> Tool:
    """A tool that a line calls; of those that start a sub-agent, what it is told."""
    draft = Draft(trace_id=thread.trace_id, span_id=block.id or "", parent_id=thread.parent_id, kind="tool")
    draft.name = draft.tool_name = block.name or "tool"
    draft.start_ns = line.time_ns or 0
    draft.status, draft.session_id = "running", thread.session_id
    draft.position, draft.length = record.position, record.length
    tool = Tool(draft, group)
    if block.name in ("Task", "Agent"):
        arguments = value_in(block.input)
        found = arguments if isinstance(arguments, dict) else {}
        prompt, agent_type = found.get("prompt"), found.get("subagent_type")
        tool.prompt = prompt if isinstance(prompt, str) else None
        tool.agent_type = agent_type if isinstance(agent_type, str) else None
    return tool


def measure(thread: Thread, key: str, draft: Draft, line: Line, message: Message) -> None:
    """Model, finish reason and usage of a generation; of repeated usages the fullest counts, of equal ones the last."""
    draft.response_id = message.id
    draft.finish_reason = message.stop_reason or draft.finish_reason
    if draft.finish_reason == "refusal":
        draft.status = "refused"
    if message.model is not None:
        draft.model = draft.name = message.model
        is_bedrock = "anthropic." in message.model or key.startswith("msg_bdrk_")
        draft.provider = "bedrock" if is_bedrock else "anthropic"
    usage = message.usage
    total = -1 if usage is None else usage.total
    if total >= thread.best.get(key, -1):
        thread.best[key] = total
        if usage is not None:
            draft.usage, draft.service_tier = usage.usage(), usage.tier()
        if line.costUSD is not None:
            draft.cost = Cost(line.costUSD, "recorded")
