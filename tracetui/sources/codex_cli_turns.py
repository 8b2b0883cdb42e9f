"""What is open while a rollout of Codex CLI is read: the turn, and its tools without an output."""

from __future__ import annotations

from msgspec import Struct

from tracetui.model import Status
from tracetui.sources.transcript_draft import Draft

_SILENT = frozenset({"update_plan"})
"""Tools that may have no output."""


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
