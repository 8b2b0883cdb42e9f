"""One session of opencode → its turns, answers and tools."""

from __future__ import annotations

from functools import partial
from typing import Any

from msgspec import Struct

from tracetui.model import (
    REFUSALS,
    Cost,
    Media,
    Message,
    Part,
    Payload,
    Span,
    Status,
    Text,
    Thinking,
    ToolCall,
    ToolResult,
    Unknown,
    Usage,
)
from tracetui.semconv.scalars import number_of, text_of
from tracetui.semconv.usage import count, split_usage
from tracetui.sources.cells import Dict, dict_of, object_cell, raw_text, shortened, text_cell, time_ns
from tracetui.sources.sqlite_file import Group
from tracetui.sources.sqlite_read import ROW_ID, Database, Row
from tracetui.sources.transcript_draft import project_of

_STATUSES: dict[str, Status] = {"completed": "success", "error": "error", "pending": "running", "running": "running"}
_FRAME = ("step-start", "step-finish", "snapshot", "patch", "retry", "compaction")
"""Parts that are about the course of a call, and were not said."""
_TASK = "task"


class Note(Struct, frozen=True):
    """One message with its parts."""

    id: str
    start_ns: int
    data: Dict
    parts: list[Dict]

    @property
    def is_from_user(self) -> bool:
        """Whether a turn begins with it."""
        return self.data.get("role") == "user"


class Session(Struct, frozen=True):
    """A session's row (empty where it is gone) and its messages in order of time.

    `reasoning_beside` is what an answer without a recorded total means: reasoning beside the output, not inside of it.
    """

    id: str
    row: Row
    notes: list[Note]
    reasoning_beside: bool = False

    @property
    def start_ns(self) -> int:
        """When its first message was written."""
        return self.notes[0].start_ns if self.notes else time_ns(self.row.get("time_created")) or 0


def load_session(db: Database, key: Any, group: Group) -> Session:
    """Load a session with everything in it."""
    rows = db.rows("session", {"id": key})
    parts: dict[str, list[Dict]] = {}
    for row in db.rows("part", {"session_id": key}, order=("id",)):
        data = object_cell(row, "data", partial(group.skip, "part", row[ROW_ID]))
        parts.setdefault(text_cell(row, "message_id") or "", []).append({**data, "id": row.get("id")})
    notes = []
    for row in db.rows("message", {"session_id": key}, order=("time_created", "id")):
        complain = partial(group.skip, "message", row[ROW_ID])
        data = object_cell(row, "data", complain)
        if not data:
            complain("data says nothing of a message")
            continue
        start = time_ns(dict_of(data.get("time")).get("created")) or time_ns(row.get("time_created"))
        if start is None:
            complain("a message without a time")
        message_id = text_cell(row, "id") or f"row {row[ROW_ID]}"
        notes.append(Note(message_id, start or 0, data, parts.get(message_id, [])))
    return Session(str(key), rows[0] if rows else {}, sorted(notes, key=lambda note: note.start_ns))


def add_session(group: Group, root_id: str, session: Session, task: Span | None) -> None:
    """Add the turns of a session: each a trace, or under the task that started the session."""
    turns: dict[str, list[Note]] = {}
    last: str | None = None
    for note in session.notes:
        if note.is_from_user:
            last = note.id
            turns[note.id] = [note]
            continue
        above = text_of(note.data.get("parentID"))
        turn = above if above in turns else last
        if turn is None:
            last = turn = above or f"{note.id}:turn"
        turns.setdefault(turn, []).append(note)
    for turn_id, notes in turns.items():
        _add_turn(group, root_id, session, turn_id, notes, task)


def task_of(group: Group, start_ns: int) -> Span | None:
    """The task during which a session began: the latest that contains its start."""
    tasks = [entry.span for entry in group.entries if entry.span.kind == "tool" and entry.span.name == _TASK]
    around = [task for task in tasks if task.start_ns <= start_ns and (task.end_ns is None or start_ns <= task.end_ns)]
    return max(around, key=lambda task: task.start_ns, default=None)


def _add_turn(group: Group, root_id: str, session: Session, turn_id: str, notes: list[Note], task: Span | None) -> None:
    first, answers = notes[0], [note for note in notes if not note.is_from_user]
    ends = [_end(note) for note in answers]
    is_open = None in ends
    failed = bool(answers) and answers[-1].data.get("error") is not None
    asked = next(
        (text for part in first.parts if part.get("synthetic") is not True and (text := text_of(part.get("text")))), ""
    )
    name = text_of(first.data.get("agent")) or next((text for note in answers if (text := _agent(note))), None)
    metadata = {"session": session.id, "title": session.row.get("title"), "directory": session.row.get("directory"),
                "version": session.row.get("version")}  # fmt: skip
    root = Span(
        trace_id=turn_id if task is None else task.trace_id,
        span_id=turn_id,
        parent_id=None if task is None else task.span_id,
        kind="agent",
        name=shortened(asked) or name or "turn",
        start_ns=first.start_ns,
        end_ns=None if is_open else max([first.start_ns, *(end for end in ends if end is not None)]),
        status="error" if failed else "running" if is_open else "success",
        status_message=_failure(answers[-1]) if failed else None,
        session_id=root_id,
        feature=(project_of(session.row.get("directory")) if task is None else None) or name,
        metadata={key: value for key, value in metadata.items() if value is not None},
    )
    group.add(root, partial(_payload, [first] if first.is_from_user else [], answers[-1:], notes))
    for note in answers:
        _add_answer(group, root, session, note)


def _agent(note: Note) -> str | None:
    return text_of(note.data.get("agent")) or text_of(note.data.get("mode"))


def _end(note: Note) -> int | None:
    """None while the answer is being written; one that failed ended with its last part."""
    end = time_ns(dict_of(note.data.get("time")).get("completed"))
    return note.start_ns if end is None and note.data.get("error") is not None else end


def _failure(note: Note) -> str | None:
    error = note.data.get("error")
    if not isinstance(error, dict):
        return text_of(error)
    said = text_of(dict_of(error.get("data")).get("message")) or text_of(error.get("message"))
    return ": ".join(text for text in (text_of(error.get("name")), said) if text) or None


def _add_answer(group: Group, root: Span, session: Session, note: Note) -> None:
    data = note.data
    before = [other for other in session.notes if other.start_ns < note.start_ns]
    finish = text_of(data.get("finish")) or next(
        (
            text
            for part in reversed(note.parts)
            if part.get("type") == "step-finish" and (text := text_of(part.get("reason")))
        ),
        None,
    )
    end = _end(note)
    failed = data.get("error") is not None
    refused = finish is not None and finish.lower().replace("-", "_") in REFUSALS
    usd = number_of(data.get("cost"))
    span = Span(
        trace_id=root.trace_id,
        span_id=note.id,
        parent_id=root.span_id,
        kind="generation",
        name=text_of(data.get("modelID")) or "generation",
        start_ns=note.start_ns,
        end_ns=None if end is None else max(end, note.start_ns),
        status="error" if failed else "running" if end is None else "refused" if refused else "success",
        status_message=_failure(note) if failed else None,
        model=text_of(data.get("modelID")),
        provider=text_of(data.get("providerID")),
        finish_reason=finish,
        usage=_usage(dict_of(data.get("tokens")), session.reasoning_beside),
        cost=Cost(usd, "recorded") if usd else Cost(),
        session_id=root.session_id,
        metadata={key: data[key] for key in ("mode", "agent", "summary") if data.get(key) is not None},
    )
    group.add(span, partial(_payload, before, [note], [note]))
    for number, part in enumerate(note.parts):
        if part.get("type") == "tool":
            _add_tool(group, span, part, number)


def _usage(tokens: Dict, reasoning_beside: bool) -> Usage:
    """`input` is fresh. Reasoning is inside of the output or beside it: the total tells; without one, beside it where
    the form of the session says so, else inside unless there is more of it than output."""
    cache = dict_of(tokens.get("cache"))
    output, reasoning = count(tokens.get("output")), count(tokens.get("reasoning"))
    return split_usage(
        input=count(tokens.get("input")),
        output=output,
        cache_read=count(cache.get("read")),
        cache_write=count(cache.get("write")),
        reasoning=reasoning,
        total=count(tokens.get("total")),
        cached_in_input=False,
        reasoning_in_output=count(tokens.get("total")) is not None
        or (not reasoning_beside and (reasoning or 0) <= (output or 0)),
    )


def _add_tool(group: Group, call: Span, part: Dict, number: int) -> None:
    state = dict_of(part.get("state"))
    times = dict_of(state.get("time"))
    status = _STATUSES.get(str(state.get("status")), "success")
    if status == "running" and call.end_ns is not None:
        status = "error"
    start = time_ns(times.get("start")) or call.start_ns
    end = time_ns(times.get("end"))
    name = text_of(part.get("tool")) or "tool"
    span = Span(
        trace_id=call.trace_id,
        span_id=f"{call.span_id}:{text_of(part.get('callID')) or text_of(part.get('id')) or number}",
        parent_id=call.parent_id,
        kind="tool",
        name=name,
        tool_name=name,
        start_ns=start,
        end_ns=None if status == "running" else max(start, end or start),
        status=status,
        status_message=(text_of(state.get("error")) or "did not end") if status == "error" else None,
        session_id=call.session_id,
    )
    group.add(span, partial(_tool_payload, part, state))


def _tool_payload(part: Dict, state: Dict) -> Payload:
    output = state.get("output") if state.get("output") is not None else state.get("error")
    rest = {key: value for key, value in state.items() if key not in ("input", "output", "error")}
    return Payload(state.get("input"), output, attributes=rest, raw=raw_text(part))


def _payload(said: list[Note], answered: list[Note], all_notes: list[Note]) -> Payload:
    raw = [{"message": note.data, "parts": note.parts} for note in all_notes]
    return Payload(
        tuple(message for note in said for message in _spoken(note)) or None,
        tuple(message for note in answered for message in _spoken(note)[:1]) or None,
        attributes={key: value for note in answered for key, value in note.data.items() if key != "role"},
        raw=raw_text(raw[0] if len(raw) == 1 else raw),
    )


def _spoken(note: Note) -> list[Message]:
    """The message, and the results of its tools after it."""
    said: list[Part] = []
    results: list[Part] = []
    for part in note.parts:
        said += _parts(part)
        state = dict_of(part.get("state"))
        if part.get("type") == "tool" and (state.get("output") is not None or state.get("error") is not None):
            failed = state.get("error") is not None
            content = state.get("error") if failed else state.get("output")
            results.append(ToolResult(text_of(part.get("callID")), content, failed, text_of(part.get("tool"))))
    messages = [Message("user" if note.is_from_user else "assistant", tuple(said))]
    return [*messages, Message("tool", tuple(results))] if results else messages


def _parts(part: Dict) -> list[Part]:
    kind, text = part.get("type"), text_of(part.get("text"))
    if kind in _FRAME:
        return []
    if kind == "text":
        return [Text(text)] if text else []
    if kind == "reasoning":
        return [Thinking(text)] if text else []
    if kind == "tool":
        name = text_of(part.get("tool")) or "tool"
        return [ToolCall(text_of(part.get("callID")), name, dict_of(part.get("state")).get("input"))]
    if kind == "file":
        mime = text_of(part.get("mime"))
        return [Media("image" if mime and mime.startswith("image/") else "file", mime, None,
                      text_of(part.get("filename")) or text_of(part.get("url")))]  # fmt: skip
    return [Unknown(part)]
