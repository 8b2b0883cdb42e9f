"""Tool calls and their results: each pair as one thing, what is missing or repeated said."""

from __future__ import annotations

from tracetui.model import ToolCall, ToolResult
from tracetui.semconv.chat_pairs import Context, Elsewhere, Pairs
from tracetui.text import GLYPHS, count, inert, middle
from tracetui.tui.lines.document import Block, Inks
from tracetui.tui.lines.palette import Ink
from tracetui.tui.widgets.payload import paper
from tracetui.tui.widgets.payload.documents import draw_documents
from tracetui.tui.widgets.payload.subject import How

_UNDER: tuple[Ink, ...] = (("  │ ", "rule"),)
"""Margin of what belongs to a tool call."""
_LOOP = 3
"""Identical calls from which they are called a loop."""


class Calls:
    """Draws the calls and results of one conversation. `first` is the number of the first call that is shown.

    `flags_orphans`: whether a call without a result anywhere is worth a remark.
    """

    def __init__(self, pairs: Pairs, context: Context | None, how: How, *, flags_orphans: bool) -> None:
        self._pairs = pairs
        self._context = context
        self._how = how
        self._flags_orphans = flags_orphans
        self._calls = {id(call): number for number, call in enumerate(pairs.calls)}
        self._results = {id(result): number for number, result in enumerate(pairs.results)}
        self._shown: set[int] = set()

    def stands_elsewhere(self, result: ToolResult) -> bool:
        """Whether a result was drawn under its call."""
        return self._results.get(id(result)) in self._shown

    def call(self, call: ToolCall) -> list[Block]:
        """A call, its arguments, and its result wherever that stands."""
        number = self._calls.get(id(call))
        inks: list[Ink] = [(f"{GLYPHS['tool']} ", "role-tool"), (inert(call.name) or "(no name)", "role-tool")]
        if call.id:
            inks.append((f"  {middle(inert(call.id), 24)}", "faint"))
        blocks: list[Block] = [Inks(*inks, *self._repeated(number), margin=paper.BODY)]
        if call.arguments is None:
            blocks.append(paper.note("no arguments captured", "faint", margin=_UNDER))
        else:
            blocks += paper.folded_value(call.arguments, f"arguments {number}", self._how, margin=_UNDER)
        return blocks + (self._answer(number) if number is not None else [])

    def _repeated(self, number: int | None) -> list[Ink]:
        total, which = (1, 1) if number is None else self._pairs.repeats[number]
        if total == 1:
            return []
        word = "loop: identical call" if total >= _LOOP else "identical call"
        return [(f"  ↻ {word} {count(which)} of {count(total)}", "warning")]

    def _answer(self, number: int) -> list[Block]:
        answer = self._pairs.answers[number]
        elsewhere = None if self._context is None else self._context.elsewhere.get(number)
        if answer is not None:
            self._shown.add(answer)
            return self._result(self._pairs.results[answer], f"result {answer}", [])
        if elsewhere is not None:
            return self._elsewhere(elsewhere, number)
        if self._context is None or not self._flags_orphans:
            return []
        if self._context.is_running:
            return [paper.note("▸ no result yet", "running")]
        return [paper.note("? no result in this trace", "warning")]

    def _elsewhere(self, elsewhere: Elsewhere, number: int) -> list[Block]:
        return self._result(elsewhere.result, f"result of {number}", [(f"  from {inert(elsewhere.place)}", "muted")])

    def result(self, result: ToolResult) -> list[Block]:
        """A result that stands alone; one that no call of the trace asked for is said to."""
        number = self._results.get(id(result))
        whose = [part for part in (result.name, result.call_id) if part]
        inks: list[Ink] = [("".join(f"  {middle(inert(part), 24)}" for part in whose), "faint")]
        if self._context is not None and self._flags_orphans and number in self._pairs.unasked:
            asker = self._context.askers.get(number)
            inks.append((f"  called in {asker}", "muted") if asker else ("  ? no call asked for this", "warning"))
        return self._result(result, f"result {number}", inks)

    def _result(self, result: ToolResult, fold: str, remarks: list[Ink]) -> list[Block]:
        sign: Ink = ("✕ result", "error") if result.is_error else ("↳ result", "role-tool")
        title = Inks(sign, *remarks, margin=paper.BODY)
        if result.content is None:
            return [title, paper.note("not captured", "faint", margin=_UNDER)]
        documents = draw_documents(result.content, self._how, fold)
        return [title, *(documents or paper.folded_value(result.content, fold, self._how, margin=_UNDER))]
