"""What `codex exec --json` prints: events of one thread, a line each, without times.

A turn is a trace; its usage is told once for all its calls, so they are one generation. The one moment that is known is
that in the thread's id, where it is a UUID of version 7. docs/formats/codex-cli.md.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable

from tracetui.model import Json, Kind, Message, Part, Payload, Span, Status, Text, Thinking
from tracetui.semconv.scalars import text_of
from tracetui.semconv.usage import count, split_usage
from tracetui.sources.cells import MS, Dict, dict_of, list_of
from tracetui.sources.head import Head
from tracetui.sources.lines import Record
from tracetui.sources.transcript_draft import Draft
from tracetui.sources.transcript_file import Fold, TranscriptFile
from tracetui.wire.otlp_values import loads
from tracetui.wire.reasons import describe

_THREAD = "thread.started"
_ITEMS = ("item.started", "item.updated", "item.completed")
_TOOLS = {
    "command_execution": "shell",
    "file_change": "file_change",
    "mcp_tool_call": "mcp_tool_call",
    "web_search": "web_search",
    "collab_tool_call": "collab_tool_call",
}
"""Items that are calls of tools, and what they are called where the item gives no name."""
_STATUSES: dict[str, Status] = {"in_progress": "running", "failed": "error", "declined": "error"}


class ExecFold(Fold):
    """Folds the output of one thread, or of several that were appended to each other."""

    def __init__(self, stem: str) -> None:
        super().__init__()
        self._thread, self._time_ns, self._turns = stem, 0, 0
        self._root: Draft | None = None
        self._call: Draft | None = None
        self._tools: dict[str, Draft] = {}
        self._failure: str | None = None

    def feed(self, record: Record) -> None:
        """Take one event."""
        value: Json = loads(record.data)
        event = dict_of(value)
        kind = event.get("type")
        if not isinstance(kind, str):
            self.skipped.append(describe(value, "an event of codex exec"))
        elif kind == _THREAD:
            self._begin(text_of(event.get("thread_id")))
        elif kind == "turn.started":
            self._turn(record)
        elif kind in _ITEMS:
            self._item(record, dict_of(event.get("item")))
        elif kind in ("turn.completed", "turn.failed"):
            self._end(record, event)
        else:
            self._note(event, kind)

    def _begin(self, thread: str | None) -> None:
        self.other += 1
        self._close("error", "interrupted")
        self._thread, self._turns = thread or self._thread, 0
        self._time_ns = _time_of(self._thread)

    def _note(self, event: Dict, kind: str) -> None:
        """An error that is told before the turn fails, or an event of a later version."""
        self.other += 1
        if kind == "error":
            self._failure = text_of(event.get("message"))

    def _turn(self, record: Record) -> tuple[Draft, Draft]:
        self._close("error", "interrupted")
        self._turns += 1
        root = self._draft(record, f"{self._thread}:{self._turns}", "agent", f"turn {self._turns}", None)
        call = self._draft(record, f"{root.span_id}:call", "generation", "generation", root)
        self._root, self._call, self._tools, self._failure = root, call, {}, None
        return root, call

    def _draft(self, record: Record, span_id: str, kind: Kind, name: str, root: Draft | None) -> Draft:
        draft = Draft(
            trace_id=span_id if root is None else root.trace_id,
            span_id=span_id,
            parent_id=None if root is None else root.span_id,
            kind=kind,
            name=name,
            start_ns=self._time_ns,
            status="running",
            provider="openai" if kind == "generation" else None,
            session_id=self._thread,
        )
        draft.position = record.position
        self._reach(draft, record)
        return draft

    def _item(self, record: Record, item: Dict) -> None:
        item_id, kind = text_of(item.get("id")), item.get("type")
        if item_id is None or not isinstance(kind, str):
            self.skipped.append("an item without an id or a type")
            return
        root, call = (self._root, self._call) if self._root and self._call else self._turn(record)
        self._reach(root, record)
        self._reach(call, record)
        if kind in _TOOLS:
            self._tool(record, item, item_id, root)

    def _tool(self, record: Record, item: Dict, item_id: str, root: Draft) -> None:
        name = text_of(item.get("tool")) or _TOOLS[str(item["type"])]
        draft = self._tools.get(item_id)
        if draft is None:
            draft = self._tools[item_id] = self._draft(record, f"{root.span_id}:{item_id}", "tool", name, root)
            draft.tool_name = name
        self._reach(draft, record)
        draft.status, draft.status_message = _outcome(item)
        draft.end_ns = None if draft.status == "running" else draft.start_ns

    def _end(self, record: Record, event: Dict) -> None:
        root, call = (self._root, self._call) if self._root and self._call else self._turn(record)
        self._reach(root, record)
        self._reach(call, record)
        usage = dict_of(event.get("usage"))
        if usage:
            call.usage = split_usage(
                input=count(usage.get("input_tokens")),
                output=count(usage.get("output_tokens")),
                cache_read=count(usage.get("cached_input_tokens")),
                reasoning=count(usage.get("reasoning_output_tokens")),
            )
        failed = event.get("type") == "turn.failed"
        said = text_of(dict_of(event.get("error")).get("message")) or self._failure or "the turn failed"
        self._close("error" if failed else "success", said if failed else None)

    def _close(self, status: Status, reason: str | None) -> None:
        """End what is open of the turn."""
        for draft in (self._root, self._call):
            if draft is not None:
                draft.status, draft.status_message, draft.end_ns = status, reason, draft.start_ns
                self.touch(draft)
        for draft in self._tools.values():
            if draft.status == "running":
                draft.status, draft.status_message, draft.end_ns = "error", "no result recorded", draft.start_ns
                self.touch(draft)
        self._root, self._call, self._tools = None, None, {}

    def _reach(self, draft: Draft, record: Record) -> None:
        draft.reach(record.position + record.length)
        self.touch(draft)


class CodexExec(TranscriptFile):
    """The saved output of `codex exec --json`."""

    format = "codex-exec"

    @staticmethod
    def recognise(head: Head) -> bool:
        """Whether a thread is started in it."""
        return any(record.get("type") == _THREAD and "thread_id" in record for record in head.objects[:5])

    def notes(self) -> Iterable[str]:
        """What was assumed."""
        yield from super().notes()
        yield "no times are recorded: every span has the moment in the thread's id, and no latency is known"
        yield "usage is recorded for each turn: its calls are one generation; the model and the prompt are not recorded"

    def make_fold(self, context: str) -> ExecFold:
        """A fold that has seen nothing yet."""
        return ExecFold(self.path.name.partition(".")[0])

    def unfold_region(self, span: Span, data: bytes, item: int) -> Payload:
        """What a span carried: `data` are the lines of its turn, or from a tool's first to its last."""
        raw = data.decode("utf-8", "replace")
        items: dict[str, Dict] = {}
        for line in data.split(b"\n"):
            found = dict_of(_loaded(line).get("item"))
            if (item_id := text_of(found.get("id"))) is not None:
                items[item_id] = found
        if span.kind == "tool":
            own = items.get(span.span_id.rpartition(":")[2], {})
            return Payload(_asked(own), _answered(own), attributes=own, raw=raw)
        parts = tuple(part for found in items.values() for part in _said(found))
        last = tuple(part for part in parts if isinstance(part, Text))[-1:]
        shown = last if span.kind == "agent" else parts
        return Payload(None, (Message("assistant", shown),) if shown else None, raw=raw)


def _loaded(line: bytes) -> Dict:
    try:
        return dict_of(loads(line))
    except (ValueError, RecursionError):
        return {}


def _outcome(item: Dict) -> tuple[Status, str | None]:
    """The status of a tool by its last event, and why it failed."""
    status = _STATUSES.get(str(item.get("status")), "success")
    code, error = item.get("exit_code"), item.get("error")
    if type(code) is int and code != 0:
        return "error", f"exit code {code}"
    if error is not None:
        return "error", text_of(dict_of(error).get("message")) or text_of(error) or "failed"
    return status, text_of(item.get("status")) if status == "error" else None


def _asked(item: Dict) -> Json:
    return next((item[key] for key in ("command", "arguments", "query", "changes", "prompt") if key in item), None)


def _answered(item: Dict) -> Json:
    result = item.get("aggregated_output", item.get("result"))
    content = list_of(dict_of(result).get("content"))
    texts = [text for part in content if (text := text_of(dict_of(part).get("text"))) is not None]
    return "\n".join(texts) if texts and len(texts) == len(content) else result


def _said(item: Dict) -> tuple[Part, ...]:
    text = text_of(item.get("text"))
    if text is None:
        return ()
    if item.get("type") == "reasoning":
        return (Thinking(text),)
    return (Text(text),) if item.get("type") == "agent_message" else ()


def _time_of(thread: str) -> int:
    """The moment in a UUID of version 7; 0 for any other id."""
    try:
        value = uuid.UUID(thread)
    except ValueError:
        return 0
    return (value.int >> 80) * MS if value.version == 7 else 0
