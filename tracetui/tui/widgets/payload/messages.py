"""The conversation of a span: what went in and what came out, each tool call with its result."""

from __future__ import annotations

from collections.abc import Sequence

from tracetui.model import (
    Content,
    Media,
    Message,
    Part,
    Refusal,
    Text,
    Thinking,
    ToolCall,
    ToolResult,
    Unknown,
)  # fmt: skip
from tracetui.text import GLYPHS, count, inert, middle, size
from tracetui.tui.lines.document import Block, Inks
from tracetui.tui.lines.palette import Ink
from tracetui.tui.widgets.payload import paper
from tracetui.tui.widgets.payload.subject import How, Subject

_ROLES: dict[str, tuple[str, str]] = {
    "system": ("§", "role-system"),
    "developer": ("§", "role-system"),
    "user": ("❯", "role-user"),
    "assistant": (GLYPHS["generation"], "role-assistant"),
    "tool": (GLYPHS["tool"], "role-tool"),
}
"""Sign and tone of each role; any other has those of the user."""
_UNDER: tuple[Ink, ...] = (("  │ ", "rule"),)
"""Margin of what belongs to a tool call."""


def draw_messages(subject: Subject, how: How) -> list[Block]:
    """Input, then output."""
    if subject.payload is None:
        return []
    given, answer = subject.payload.input, subject.payload.output
    results = _results([*_messages(given), *_messages(answer)])
    writer = _Writer(how, results)
    shared = subject.shared.count if subject.shared else 0
    blocks: list[Block] = []
    if shared and isinstance(given, tuple) and not how.is_open("shared"):
        label = subject.shared.label if subject.shared else ""
        blocks.append(_fold_of_shared(min(shared, len(given)), label))
        given = given[shared:]
    blocks += writer.content(given, "input", "in")
    blocks.append(paper.blank())
    blocks += writer.content(answer, "output", "out")
    return blocks


def draw_content(content: Content, how: How) -> list[Block]:
    """One side alone."""
    return _Writer(how, _results(_messages(content))).content(content, "output", "out")


def _fold_of_shared(messages: int, label: str) -> Block:
    return Inks((f"▾ … {count(messages)} earlier messages, same as {inert(label)}", "accent"), fold="shared")


def _messages(content: Content) -> Sequence[Message]:
    return content if isinstance(content, tuple) else ()


def _results(messages: Sequence[Message]) -> dict[str, ToolResult]:
    """Results by the id of their call, where the call came before and the id is not used twice."""
    called: set[str] = set()
    found: dict[str, ToolResult] = {}
    twice: set[str] = set()
    for message in messages:
        for part in message.parts:
            if isinstance(part, ToolCall) and part.id:
                (twice if part.id in called else called).add(part.id)
            elif isinstance(part, ToolResult) and part.call_id in called:
                (twice.add(part.call_id) if part.call_id in found else found.setdefault(part.call_id, part))
    return {call_id: part for call_id, part in found.items() if call_id not in twice}


class _Writer:
    """Draws conversations with what is folded, and the results that stand under their calls."""

    def __init__(self, how: How, results: dict[str, ToolResult]) -> None:
        self._how = how
        self._results = results

    def content(self, content: Content, side: str, key: str) -> list[Block]:
        """A conversation or any other value under its heading."""
        title = paper.heading(f"▼ {side}", "strong", rule="━")
        if content is None:
            return [title, paper.note(f"{side} not captured", "faint")]
        if not isinstance(content, tuple):
            return [title, *paper.value(content)]
        blocks = [title] if side == "output" else []
        for index, message in enumerate(content):
            blocks += self._message(message, f"{key}{index}")
        return blocks if content else [title, paper.note("(no messages)", "faint")]

    def _message(self, message: Message, key: str) -> list[Block]:
        parts = [part for part in message.parts if not self._stands_elsewhere(part)]
        if message.parts and not parts:
            return []
        sign, tone = _ROLES.get(message.role, _ROLES["user"])
        blocks = [paper.heading(f"{sign} {message.role}", tone, message.name or "")]
        for index, part in enumerate(parts):
            blocks += self._part(part, f"{key}.{index}")
        return blocks if parts else [*blocks, paper.note("(empty)", "faint")]

    def _stands_elsewhere(self, part: Part) -> bool:
        return isinstance(part, ToolResult) and self._results.get(part.call_id or "") is part

    def _part(self, part: Part, key: str) -> list[Block]:
        match part:
            case Text(text):
                return paper.body(text)
            case Thinking(text):
                margin: tuple[Ink, ...] = (("  ┆ ", "rule"),)
                return paper.folded(text, "thinking", f"thinking {key}", self._how, margin=margin)
            case ToolCall():
                return self._call(part)
            case ToolResult():
                return _result(part)
            case Media():
                return [Inks(*_chip(part), margin=paper.BODY)]
            case Refusal(text):
                return [paper.note("⊘ refused", "refused"), *paper.body(text, "warning")]
            case Unknown(raw):
                return [paper.note("a part of unknown type"), *paper.value(raw)]

    def _call(self, call: ToolCall) -> list[Block]:
        inks: list[Ink] = [(f"{GLYPHS['tool']} ", "role-tool"), (inert(call.name) or "(no name)", "role-tool")]
        if call.id:
            inks.append((f"  {middle(inert(call.id), 24)}", "faint"))
        blocks: list[Block] = [Inks(*inks, margin=paper.BODY)]
        if call.arguments is None:
            blocks.append(paper.note("no arguments captured", "faint", margin=_UNDER))
        else:
            blocks += paper.value(call.arguments, margin=_UNDER)
        result = self._results.get(call.id or "")
        return blocks + (_result(result, names_call=False) if result else [])


def _result(result: ToolResult, *, names_call: bool = True) -> list[Block]:
    sign, tone = ("✕ result", "error") if result.is_error else ("↳ result", "role-tool")
    whose = [part for part in (result.name, result.call_id) if part] if names_call else []
    title = Inks((sign, tone), ("".join(f"  {middle(inert(part), 24)}" for part in whose), "faint"), margin=paper.BODY)
    if result.content is None:
        return [title, paper.note("not captured", "faint", margin=_UNDER)]
    return [title, *paper.value(result.content, margin=_UNDER)]


def _chip(media: Media) -> list[Ink]:
    facts = [media.media, inert(media.media_type or ""), size(media.size) if media.size is not None else ""]
    reference = middle(inert(media.reference or ""), 48)
    return [(f"[{' '.join(part for part in [*facts, reference] if part)}]", "accent")]
