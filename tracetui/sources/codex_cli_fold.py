"""Lines of one Codex CLI rollout → turns, generations, tools and compactions. docs/formats/codex-cli.md.

Most things are written twice, as an item of the conversation and as an event for the screen: spans are made of items.
Usage is written as running totals, often the same ones again: only what is new counts.
"""

from __future__ import annotations

from collections.abc import Callable

from tracetui.model import Json
from tracetui.sources.codex_cli_lines import (
    CALLS,
    Line,
    Payload,
    decode,
    prompt_of,
    usage_of,
)
from tracetui.sources.codex_cli_tools import Tools
from tracetui.sources.codex_cli_turns import Meter, ThreadPlace, Turn, cut_off, facts_of, new_compaction, new_root
from tracetui.sources.lines import Record
from tracetui.sources.transcript_draft import Draft, title_of
from tracetui.sources.transcript_file import Fold
from tracetui.sources.transcript_json import text_in

HISTORY = 8 << 20
"""Bytes before a generation in which its input is looked for, beyond its own turn."""
_MODEL_ITEMS = frozenset({"reasoning", "agent_message", *CALLS})
NO_ANSWER = "a count of tokens without an answer of the model"


class CodexFold(Fold):
    """Folds one file. `is_copy` says of a line at the beginning whether it was copied from the parent's file."""

    def __init__(
        self, stem: str, place: ThreadPlace | None = None, is_copy: Callable[[Line, bytes], bool] | None = None
    ) -> None:
        super().__init__()
        self._stem = stem
        self._place = place if place is not None and place.trace_id is not None else None
        self._is_copy = is_copy
        self._session = stem
        self._meta: Payload | None = None
        self._context = Payload()
        self._turn: Turn | None = None
        self._turns = 0
        self._roots: list[Draft] = []
        self._pending: tuple[Line, Record, str] | None = None
        self._turn_id: str | None = None
        self._uses_tasks = False
        self._has_items = False
        self._meter = Meter()
        self._generation: Draft | None = None
        self._last: Draft | None = None
        self._is_after_output = False
        self._fed_ns: int | None = None
        self._is_compacted = False
        self._start = 0
        self._tools = Tools()
        self._title: str | None = None

    @property
    def session(self) -> str:
        """The id of the session."""
        return self._session

    @property
    def spawned(self) -> list[tuple[str, str, str]]:
        """Outputs of the calls that spawned other threads, the calls' ids and their traces."""
        return self._tools.spawned

    @property
    def roots(self) -> list[Draft]:
        """The turns so far."""
        return self._roots

    def feed(self, record: Record) -> None:
        """Take one line."""
        line = decode(record.data)
        payload = line.payload
        if payload is None:
            self.other += 1
            return
        if line.type == "session_meta":
            self._begin(line, payload)
        elif self._is_copy is not None and self._is_copy(line, record.data):
            self._take_copy(payload)
        else:
            self._is_copy = None
            reader = _TYPES.get(line.type)
            if reader is None:
                self.other += 1
            else:
                reader(self, line, payload, record)

    def settle(self) -> None:
        """The end and the status of the present turn."""
        if self._pending is not None and self._turn is None and not self._uses_tasks:
            self._open_pending()
        if self._turn is not None:
            self._settle(self._turn, is_last=True)

    # --- session and turns

    def _begin(self, line: Line, payload: Payload) -> None:
        self.other += 1
        if self._meta is None:
            self._meta = payload
            self._session = (
                self._place.session_id if self._place and self._place.session_id else payload.id or self._stem
            )

    def _take_copy(self, payload: Payload) -> None:
        """A line of the parent's: nothing of it is this session's, but its totals and its model are what later lines
        start from."""
        self.duplicates += 1
        if payload.model is not None:
            self._context = Payload(model=payload.model)
        if payload.info is not None and payload.info.total_token_usage is not None:
            self._meter.totals = payload.info.total_token_usage.counts()

    def _facts(self) -> dict[str, Json]:
        return facts_of(self._meta or Payload(), self._context, self._title)

    def _open(self, line: Line, record: Record, turn_id: str | None) -> Turn:
        """Open a turn at a line; the turn before it is over. All turns of a sub-agent are one span."""
        if self._turn is not None:
            self._close(self._turn, line.time_ns)
        self._turns += 1
        place = self._place
        if place is not None and self._roots:
            root = self._roots[0]
        else:
            root = new_root(self._session, turn_id or str(self._turns), place, line, record)
            root.metadata = self._facts()
            self._roots.append(root)
        self._turn = turn = Turn(root, tools={})
        self._generation = None
        self._turn_id = None
        self.touch(root)
        return turn

    def _open_pending(self) -> Turn:
        assert self._pending is not None
        line, record, prompt = self._pending
        self._pending = None
        turn = self._open(line, record, self._turn_id)
        self._name(turn, prompt)
        return turn

    def _turn_of(self, line: Line, record: Record) -> Turn:
        """The turn that an item of the model belongs to."""
        if self._pending is not None:
            return self._open_pending()
        if self._turn is None or self._turn.is_over:
            return self._open(line, record, self._turn_id)
        return self._turn

    def _name(self, turn: Turn, prompt: str) -> None:
        if not turn.root.name:
            turn.root.name = title_of(prompt)
            self.touch(turn.root)

    def _close(self, turn: Turn, time_ns: int | None) -> None:
        for draft in cut_off(turn, time_ns):
            self.touch(draft)
        self._settle(turn, is_last=False)
        turn.is_over = True
        self._generation = None

    def _settle(self, turn: Turn, *, is_last: bool) -> None:
        root = turn.root
        before = (root.status, root.status_message, root.end_ns)
        root.status, root.status_message = turn.status(is_last and self._uses_tasks)
        if root.end_ns is None and root.status != "running":
            root.end_ns = root.start_ns
        if before != (root.status, root.status_message, root.end_ns):
            self.touch(root)

    def _reach(self, turn: Turn, time_ns: int | None, record: Record) -> None:
        turn.root.end_at(time_ns)
        turn.root.reach(record.position + record.length)
        self.touch(turn.root)

    # --- items

    def _item(self, line: Line, payload: Payload, record: Record) -> None:
        self._has_items = True
        if payload.type == "message":
            if payload.role == "user":
                self._user(line, prompt_of(payload.texts(), payload.has_image), record)
            elif payload.role == "assistant":
                self._spoken(line, payload, record)
            else:
                self.other += 1
        elif payload.type in _MODEL_ITEMS:
            self._spoken(line, payload, record)
        elif payload.call_id is not None:
            self._output(line, payload, record)
        else:
            self.other += 1

    def _user(self, line: Line, prompt: str | None, record: Record) -> None:
        """A message of the user's: it opens a turn, or steers the one that runs."""
        self._fed_ns = line.time_ns or self._fed_ns
        if prompt is None:
            self.other += 1
            return
        turn = self._turn
        if turn is None or turn.is_over or (not self._uses_tasks and turn.is_answered and not turn.tools):
            self._pending = self._pending or (line, record, prompt)
            if self._turn_id is not None:
                self._open_pending()
        else:
            self._name(turn, prompt)

    def _spoken(self, line: Line, payload: Payload, record: Record) -> None:
        """The model wrote an item."""
        turn = self._turn_of(line, record)
        if self._is_after_output and not self._meter.has_counted and self._generation is not None:
            self._generation = None
        self._is_after_output = False
        generation = self._generation or self._begin_generation(turn, line, record)
        generation.end_at(line.time_ns)
        generation.reach(record.position + record.length)
        turn.failure = None
        if payload.type in CALLS:
            turn.is_answered = False
            prefix = "" if self._place is None else f"{turn.root.span_id}:"
            self.touch(self._tools.call(turn, prefix, line, payload, record))
        elif payload.type != "reasoning":
            turn.is_answered = True
        self.touch(generation)
        self._reach(turn, line.time_ns, record)

    def _begin_generation(self, turn: Turn, line: Line, record: Record) -> Draft:
        for draft in cut_off(turn, line.time_ns):
            self.touch(draft)
        draft = self._new_generation(turn, line, record)
        self._generation = self._last = draft
        return draft

    def _new_generation(self, turn: Turn, line: Line, record: Record) -> Draft:
        turn.count += 1
        root = turn.root
        if self._place is not None:
            self._agent_count += 1
            span_id = f"agent-{self._place.thread_id}:{self._agent_count}"
        else:
            span_id = f"{root.span_id}:gen-{turn.count}"
        draft = Draft(trace_id=root.trace_id, span_id=span_id, parent_id=root.span_id, kind="generation")
        now = line.time_ns if line.time_ns is not None else root.start_ns
        draft.start_ns = min(now, self._fed_ns) if self._fed_ns is not None else now
        draft.model, draft.session_id = self._context.model, self._session
        draft.name = draft.model or "generation"
        draft.provider = (self._meta.model_provider if self._meta else None) or "openai"
        draft.position = self._start if record.position - self._start <= HISTORY else max(root.position, self._start)
        draft.item = record.position - draft.position
        if turn.count == 1:
            turn.first = draft
        return draft

    _agent_count = 0

    def _output(self, line: Line, payload: Payload, record: Record) -> None:
        self._fed_ns = line.time_ns or self._fed_ns
        self._is_after_output = True
        draft = self._tools.answer(line, payload, record)
        if draft is None:
            self.skipped.append("an output of a tool that is not called in this file")
            return
        if self._turn is not None:
            self._turn.tools.pop(draft.span_id, None)
            self._turn.is_answered = False
            self._reach(self._turn, line.time_ns, record)
        self.touch(draft)

    # --- events

    def _event(self, line: Line, payload: Payload, record: Record) -> None:
        reader = _EVENTS.get(payload.type)
        if reader is None:
            self.other += 1
        else:
            reader(self, line, payload, record)

    def _started(self, line: Line, payload: Payload, record: Record) -> None:
        self._uses_tasks = True
        waiting, self._pending = self._pending, None
        turn = self._open(line, record, payload.turn_id)
        if waiting is not None:
            self._name(turn, waiting[2])

    def _completed(self, line: Line, payload: Payload, record: Record) -> None:
        turn = self._turn
        if turn is None or turn.is_over:
            self.other += 1
            return
        if payload.time_to_first_token_ms is not None and turn.first is not None:
            turn.first.ttft_ns = int(payload.time_to_first_token_ms * 1_000_000)
            self.touch(turn.first)
        turn.is_complete = True
        self._reach(turn, line.time_ns, record)
        self._close(turn, line.time_ns)

    def _aborted(self, line: Line, payload: Payload, record: Record) -> None:
        if self._turn is not None and not self._turn.is_over:
            self._turn.failure = "interrupted"
        self._completed(line, payload, record)

    def _counted(self, line: Line, payload: Payload, record: Record) -> None:
        """Totals again. Only new ones are a call; it belongs to the answer that is open."""
        counts = None if payload.info is None else self._meter.added(payload.info)
        if counts is None:
            self.other += 1
            return
        generation, self._generation = self._generation, None
        if generation is None:
            if not any(counts):
                return
            generation = self._unanswered(line, record)
        generation.usage = usage_of(counts)
        if payload.info is not None and payload.info.model is not None:
            generation.model = generation.name = payload.info.model
        self.touch(generation)

    def _unanswered(self, line: Line, record: Record) -> Draft:
        """The call of a count that no answer stands before: it was made and paid, whatever became of its lines."""
        turn = self._turn_of(line, record)
        draft = self._new_generation(turn, line, record)
        draft.end_at(line.time_ns)
        draft.reach(record.position + record.length)
        self._reach(turn, line.time_ns, record)
        return draft

    def _recorded(self, line: Line, payload: Payload, record: Record) -> None:
        """The exact usage of one call, where a version writes it: it replaces what the totals said."""
        generation = self._generation or self._last
        self._meter.has_records = self._meter.has_counted = True
        self._generation = None
        if payload.usage is None or generation is None:
            self.skipped.append(NO_ANSWER)
            return
        generation.usage = usage_of(payload.usage.counts())
        self.touch(generation)

    def _failure(self, line: Line, payload: Payload, record: Record) -> None:
        message = text_in(payload.message) or "error"
        turn = self._turn_of(line, record)
        turn.failure = message
        if self._generation is None:
            draft = self._new_generation(turn, line, record)
            draft.status, draft.status_message, draft.end_ns = "error", message, line.time_ns or draft.start_ns
            draft.reach(record.position + record.length)
            self.touch(draft)
        self._reach(turn, line.time_ns, record)

    def _ended(self, line: Line, payload: Payload, record: Record) -> None:
        """An event that says how a tool went."""
        self.other += 1
        self._tools.note_end(payload)

    def _searched(self, line: Line, payload: Payload, record: Record) -> None:
        self.other += 1
        draft = self._tools.end_search(line.time_ns)
        if draft is not None:
            self.touch(draft)

    def _rolled_back(self, line: Line, payload: Payload, record: Record) -> None:
        self.other += 1
        for root in self._roots[-(payload.num_turns or 0) :] if payload.num_turns else ():
            root.metadata["rolled_back"] = True
            self.touch(root)

    def _titled(self, line: Line, payload: Payload, record: Record) -> None:
        self.other += 1
        self._title = payload.thread_name or self._title
        for root in self._roots:
            if self._title and root.metadata.get("title") != self._title:
                root.metadata["title"] = self._title
                self.touch(root)

    def _copied(self, line: Line, payload: Payload, record: Record) -> None:
        """A message as an event: a copy, except in files without items."""
        if self._has_items:
            self.other += 1
            return
        text = text_in(payload.message) or text_in(payload.text)
        if payload.type == "user_message":
            self._user(line, prompt_of([text] if text else [], False), record)
        else:
            kind = "reasoning" if payload.type == "agent_reasoning" else "message"
            self._spoken(line, Payload(type=kind), record)

    # --- lines of other types

    def _contexted(self, line: Line, payload: Payload, record: Record) -> None:
        self.other += 1
        self._context = payload
        if self._is_compacted:
            self._fed_ns, self._is_compacted = line.time_ns or self._fed_ns, False
        turn = self._turn
        if payload.turn_id is not None and (turn is None or turn.root.span_id != payload.turn_id):
            self._turn_id = payload.turn_id
        if self._pending is not None:
            self._open_pending()
        elif turn is not None and not turn.is_over and turn.count == 0 and self._place is None:
            turn.root.metadata = self._facts()
            self.touch(turn.root)

    def _compacted(self, line: Line, payload: Payload, record: Record) -> None:
        turn = self._turn or self._turn_of(line, record)
        turn.compactions += 1
        self._is_compacted = True
        self._start = record.position
        self.touch(new_compaction(turn, line, record))


_Reader = Callable[[CodexFold, Line, Payload, Record], None]
_TYPES: dict[str, _Reader] = {
    "response_item": CodexFold._item,
    "event_msg": CodexFold._event,
    "turn_context": CodexFold._contexted,
    "compacted": CodexFold._compacted,
    "token_usage_record": CodexFold._recorded,
}
_EVENTS: dict[str, _Reader] = {
    **dict.fromkeys(("task_started", "turn_started"), CodexFold._started),
    **dict.fromkeys(("task_complete", "turn_complete"), CodexFold._completed),
    **dict.fromkeys(("exec_command_end", "patch_apply_end", "mcp_tool_call_end"), CodexFold._ended),
    **dict.fromkeys(("user_message", "agent_message", "agent_reasoning"), CodexFold._copied),
    "turn_aborted": CodexFold._aborted,
    "token_count": CodexFold._counted,
    "web_search_end": CodexFold._searched,
    "error": CodexFold._failure,
    "thread_rolled_back": CodexFold._rolled_back,
    "thread_name_updated": CodexFold._titled,
    "token_usage_record": CodexFold._recorded,
}
