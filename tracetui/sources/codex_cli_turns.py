"""What is open while a rollout of Codex CLI is read: the turn with its tools, and the running totals."""

from __future__ import annotations

from msgspec import Struct

from tracetui.model import Json, Status
from tracetui.sources.codex_cli_lines import Info, Line, Payload
from tracetui.sources.lines import Record
from tracetui.sources.transcript_draft import Draft
from tracetui.sources.transcript_json import value_in

_SILENT = frozenset({"update_plan"})
"""Tools that may have no output."""


class ThreadPlace(Struct, frozen=True):
    """Where a sub-agent's thread belongs: the trace and span that spawned it; no trace where nothing is known."""

    thread_id: str
    trace_id: str | None = None
    parent_id: str | None = None
    name: str | None = None
    session_id: str | None = None
    is_settled: bool = False


class Turn(Struct):
    """A turn: its root, and how it stands. `count` is of its generations, `first` the first of them."""

    root: Draft
    tools: dict[str, Draft] = {}
    count: int = 0
    searches: int = 0
    compactions: int = 0
    first: Draft | None = None
    is_answered: bool = False
    is_complete: bool = False
    is_over: bool = False
    failure: str | None = None

    def status(self, may_run: bool) -> tuple[Status, str | None]:
        """Its status, and why. `may_run`: it is the last turn of a file that says when a turn is complete."""
        if self.failure is not None:
            return "error", self.failure
        is_open = not self.is_complete and (bool(self.tools) or not self.is_answered)
        return ("running" if may_run and is_open and not self.is_over else "success"), None


def cut_off(turn: Turn, time_ns: int | None) -> list[Draft]:
    """The conversation went on, or the turn ended: the tools without an output were interrupted."""
    closed = list(turn.tools.values())
    turn.tools.clear()
    for draft in closed:
        if draft.name in _SILENT:
            draft.status = "success"
        else:
            draft.status, draft.status_message = "error", "interrupted"
        draft.end_at(time_ns if time_ns is not None else draft.start_ns)
    return closed


Counts = tuple[int, int, int, int, int, int]
"""Input, cached, written, output, reasoning and total tokens."""


class Meter(Struct):
    """The running totals of a session. `has_counted` says that some of them were a call.

    `has_records`: the file has the exact usage of each call, so that the totals are not needed.
    """

    totals: Counts | None = None
    has_counted: bool = False
    has_records: bool = False

    def added(self, info: Info) -> Counts | None:
        """What a count says was spent since the one before; None where it is no call."""
        if self.has_records:
            return None
        total = None if info.total_token_usage is None else info.total_token_usage.counts()
        last = None if info.last_token_usage is None else info.last_token_usage.counts()
        before, self.totals = self.totals, total or self.totals
        if (total is not None and total == before) or (total is None and last is None):
            return None
        self.has_counted = True
        return last if last is not None else _difference(total or (0, 0, 0, 0, 0, 0), before)


def _difference(total: Counts, before: Counts | None) -> Counts:
    """What was added to running totals; totals that were reset are taken as they are."""
    if before is None or any(now < then for now, then in zip(total, before, strict=True)):
        return total
    one, two, three, four, five, six = (now - then for now, then in zip(total, before, strict=True))
    return one, two, three, four, five, six


def new_root(session: str, turn_id: str, place: ThreadPlace | None, line: Line, record: Record) -> Draft:
    """The root of a turn, or the one span of a sub-agent's thread."""
    span_id = turn_id if place is None else f"agent-{place.thread_id}"
    trace_id = place.trace_id if place is not None and place.trace_id is not None else f"{session}:{span_id}"
    root = Draft(trace_id=trace_id, span_id=span_id, kind="agent", start_ns=line.time_ns or 0, session_id=session)
    root.position, root.length = record.position, record.length
    if place is not None:
        root.parent_id, root.name = place.parent_id, place.name or "sub-agent"
    return root


def new_compaction(turn: Turn, line: Line, record: Record) -> Draft:
    """The event that the conversation was replaced by a summary."""
    root = turn.root
    span_id = f"{root.span_id}:compacted-{turn.compactions}"
    draft = Draft(trace_id=root.trace_id, span_id=span_id, parent_id=root.span_id, kind="event", name="compacted")
    draft.start_ns = draft.end_ns = line.time_ns or 0
    draft.session_id, draft.position, draft.length = root.session_id, record.position, record.length
    return draft


def facts_of(meta: Payload, context: Payload, title: str | None) -> dict[str, Json]:
    """What is known of a turn beside its course: the session's head and the settings of the turn."""
    git = meta.git
    found = {
        "cwd": context.cwd or meta.cwd,
        "git_branch": git.branch if git else None,
        "git_commit": git.commit_hash if git else None,
        "version": meta.cli_version,
        "originator": meta.originator,
        "source": value_in(meta.source),
        "effort": context.effort,
        "approval_policy": value_in(context.approval_policy),
        "sandbox_policy": value_in(context.sandbox_policy),
        "title": title,
    }
    return {key: value for key, value in found.items() if value}
