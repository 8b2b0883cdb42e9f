"""Tools offered to the model, and which of them it called."""

from __future__ import annotations

from collections import Counter

from tracetui.model import Content, Message, ToolCall, ToolDefinition
from tracetui.semconv.chat_pairs import fingerprint, messages_of
from tracetui.text import GLYPHS, count, inert
from tracetui.tui.lines.document import Block, Inks
from tracetui.tui.widgets.payload import paper
from tracetui.tui.widgets.payload.json_text import write_json
from tracetui.tui.widgets.payload.subject import How, Subject


def draw_tools(subject: Subject, how: How) -> list[Block]:
    """Those called in the answer first, with their schemas folded; then those called that nobody offered."""
    if subject.payload is None:
        return []
    now, before = calls(subject.payload.output), calls(subject.payload.input)
    offered = subject.payload.tools
    loops = _loops(messages_of(subject.payload.input, subject.payload.output))
    strangers = [name for name in [*now, *before] if name not in {tool.name for tool in offered}]
    title = f"{count(len(offered))} offered, {count(now.total())} called in this answer"
    blocks: list[Block] = [paper.heading(title, "strong")]
    if not offered and not strangers:
        return [*blocks, paper.note("no tools offered or called, or none captured", "faint")]
    for tool in sorted(offered, key=lambda tool: (not now[tool.name], not before[tool.name])):
        blocks += _offered(tool, now[tool.name], before[tool.name], loops.get(tool.name, ""), how)
    for name in dict.fromkeys(strangers):
        blocks.append(_line(name, now[name], before[name], f" not among the offered{loops.get(name, '')}", "warning"))
    return blocks


def calls(content: Content) -> Counter[str]:
    """How often each tool is called in a conversation."""
    messages: tuple[Message, ...] = content if isinstance(content, tuple) else ()
    return Counter(part.name for message in messages for part in message.parts if isinstance(part, ToolCall))


def _loops(messages: list[Message]) -> dict[str, str]:
    """How often the same call of a tool was made with the same arguments, in words, where that is more than once."""
    parts = (part for message in messages for part in message.parts)
    same = Counter(fingerprint(part) for part in parts if isinstance(part, ToolCall))
    found: dict[str, str] = {}
    for (name, _), number in same.most_common():
        if number > 1:
            found.setdefault(name, f"  ↻ {count(number)} identical")
    return found


def _offered(tool: ToolDefinition, now: int, before: int, loop: str, how: How) -> list[Block]:
    blocks = [_line(tool.name, now, before, loop, "warning")]
    if tool.description:
        blocks += paper.folded(tool.description, "muted", f"description {tool.name}", how)
    if tool.parameters is not None:
        blocks += _schema(tool, how)
    return blocks


def _schema(tool: ToolDefinition, how: How) -> list[Block]:
    fold = f"schema {tool.name}"
    if how.is_open(fold):
        return paper.value(tool.parameters, margin=(("  │ ", "rule"),))
    lines = write_json(tool.parameters).count("\n") + 1
    return [Inks((f"▾ … parameters, {count(lines)} lines, enter unfolds", "accent"), margin=paper.BODY, fold=fold)]


def _line(name: str, now: int, before: int, remark: str, tone: str) -> Block:
    sign = (f"{GLYPHS['tool']} ", "role-tool" if now else "muted")
    said = [f"called {count(now)}×" if now else "", f"{count(before)}× earlier" if before else ""]
    note = "  ".join(part for part in said if part) or "not called"
    return Inks(sign, (inert(name), "role-tool" if now else "text"), (f"  {note}", "muted"), (remark, tone))
