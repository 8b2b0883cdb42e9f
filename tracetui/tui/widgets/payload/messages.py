"""The conversation of a span: what went in and what came out, each tool call with its result."""

from __future__ import annotations

from tracetui.model import Content, Media, Message, Part, Refusal, Text, Thinking, ToolCall, ToolResult, Unknown
from tracetui.semconv.chat_pairs import messages_of, pair_calls
from tracetui.text import GLYPHS, count, inert
from tracetui.tui.lines.document import Block, Inks
from tracetui.tui.lines.palette import Ink
from tracetui.tui.widgets.payload import paper
from tracetui.tui.widgets.payload.calls import Calls
from tracetui.tui.widgets.payload.chips import Chip
from tracetui.tui.widgets.payload.difference import draw_difference
from tracetui.tui.widgets.payload.documents import draw_documents, draw_vectors
from tracetui.tui.widgets.payload.markdown import prose
from tracetui.tui.widgets.payload.subject import How, Subject

_ROLES: dict[str, tuple[str, str]] = {
    "system": ("§", "role-system"),
    "developer": ("§", "role-system"),
    "user": ("❯", "role-user"),
    "assistant": (GLYPHS["generation"], "role-assistant"),
    "tool": (GLYPHS["tool"], "role-tool"),
}
"""Sign and tone of each role; any other has those of the user."""
_WORTH_FOLDING = 3
"""Earlier messages from which they are folded."""


def draw_messages(subject: Subject, how: How) -> list[Block]:
    """Input, then output; or the difference that the reader asked for."""
    if subject.payload is None:
        return []
    if subject.difference is not None:
        return draw_difference(subject.difference, how)
    given, answer = subject.payload.input, subject.payload.output
    writer = _Writer(subject, how, given, answer)
    blocks: list[Block] = []
    context = subject.context
    if context and context.place and context.previous:
        blocks.append(paper.note(f"{context.place}, d compares with {context.previous}", "faint", margin=()))
    shared = min(context.shared, len(given)) if context and isinstance(given, tuple) else 0
    if context and shared >= _WORTH_FOLDING:
        is_open = how.is_open("shared")
        if not how.opens_all:
            blocks.append(_fold_of_shared(shared, context.shared_with, is_open=is_open))
        blocks += writer.content(given, "input", "in", skip=0 if is_open else shared)
    else:
        blocks += writer.content(given, "input", "in")
    return [*blocks, paper.blank(), *writer.content(answer, "output", "out")]


def draw_answer(subject: Subject, how: How) -> list[Block]:
    """The output alone."""
    if subject.payload is None:
        return []
    answer = subject.payload.output
    return _Writer(subject, how, subject.payload.input, answer).content(answer, "output", "out")


def _fold_of_shared(messages: int, label: str, *, is_open: bool) -> Block:
    sign, what = ("▴", "enter folds") if is_open else ("▾", "enter unfolds")
    return Inks(
        (f"{sign} … {count(messages)} earlier messages, same as {inert(label)}", "accent"),
        (f", {what}", "faint"),
        fold="shared",
    )


class _Writer:
    """Draws both sides of a conversation with what is folded, and the results that stand under their calls."""

    def __init__(self, subject: Subject, how: How, given: Content, answer: Content) -> None:
        self._how = how
        self._kind = subject.node.span.kind
        pairs = pair_calls(messages_of(given, answer))
        self._calls = Calls(pairs, subject.context, how, flags_orphans=self._kind == "generation")

    def content(self, content: Content, side: str, key: str, *, skip: int = 0) -> list[Block]:
        """A conversation without its first `skip` messages, or any other value, under its heading."""
        title = paper.heading(f"▼ {side}", "strong", rule="━")
        if content is None:
            return [title, paper.note(f"{side} not captured", "faint")]
        if not isinstance(content, tuple):
            return [title, *self._value(content, key)]
        blocks = [title] if side == "output" else []
        for index in range(skip, len(content)):
            blocks += self._message(content[index], f"{key}{index}")
        return blocks if content else [title, paper.note("(no messages)", "faint")]

    def _value(self, content: Content, key: str) -> list[Block]:
        vectors = draw_vectors(content, self._how, key) if self._kind == "embedding" else None
        found = vectors or draw_documents(content, self._how, key)
        if found:
            return found
        return _text(content) if isinstance(content, str) else paper.value(content)

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
        return isinstance(part, ToolResult) and self._calls.stands_elsewhere(part)

    def _part(self, part: Part, key: str) -> list[Block]:
        match part:
            case Text(text):
                return _text(text)
            case Thinking(text):
                margin: tuple[Ink, ...] = (("  ┆ ", "rule"),)
                return paper.folded(text, "thinking", f"thinking {key}", self._how, margin=margin)
            case ToolCall():
                return self._calls.call(part)
            case ToolResult():
                return self._calls.result(part)
            case Media():
                return [Chip(part)]
            case Refusal(text):
                return [paper.note("⊘ refused", "refused"), *paper.body(text, "warning")]
            case Unknown(raw):
                return [paper.note("a part of unknown type"), *paper.folded_value(raw, f"unknown {key}", self._how)]


def _text(text: str) -> list[Block]:
    """Text as JSON where it is, else as Markdown."""
    if not text:
        return paper.body(text)
    return paper.laid_out(text) or prose(text, "text", paper.BODY)
