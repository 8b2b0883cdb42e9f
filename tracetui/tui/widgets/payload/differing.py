"""What the prompt of one call added, removed or changed against that of another, message by message, word by word. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from itertools import zip_longest
from typing import Literal

from msgspec import Struct

from tracetui.analysis.words import Piece, diff_words
from tracetui.model import (
    Content,
    Json,
    Message,
    Part,
    Payload,
    Refusal,
    Text,
    Thinking,
    ToolCall,
    ToolDefinition,
    ToolResult,
)
from tracetui.semconv.chat import dump_messages
from tracetui.semconv.chat_own import dump_part
from tracetui.semconv.chat_pairs import canonical
from tracetui.tui.widgets.payload.json_text import write_json

_ALIKE = 0.3
"""Share of letters that two messages have in common at least to be one that changed and not another."""
_COMPACT = 100
_SYSTEM = ("system", "developer")


class Change(Struct, frozen=True):
    """What became of one message: `runs` are the parts of its text; a whole message is one run. Or `count` that stayed."""

    op: Literal["same", "added", "removed", "changed"]
    role: str = ""
    runs: tuple[Piece, ...] = ()
    count: int = 0


class Difference(Struct, frozen=True):
    """A prompt against that of the call which `against` names; `facts` are sentences about model and tools."""

    against: str
    changes: tuple[Change, ...] = ()
    facts: tuple[Change, ...] = ()

    @property
    def drifts(self) -> bool:
        """Whether the system prompt is another one."""
        return any(change.op != "same" and change.role in _SYSTEM for change in self.changes)


def diff_prompts(before: Payload, after: Payload, against: str) -> Difference:
    """Compare the inputs and the tools offered."""
    old, new = _messages(before.input), _messages(after.input)
    return Difference(against, tuple(_changes(old, new)), tuple(_tools(before.tools, after.tools)))


def _messages(content: Content) -> Sequence[Message]:
    if isinstance(content, tuple):
        return content
    if content is None:
        return ()
    return (Message("input", (Text(content if isinstance(content, str) else write_json(content)),)),)


def _changes(old: Sequence[Message], new: Sequence[Message]) -> Iterator[Change]:
    one, other = _keys(old), _keys(new)
    matcher = SequenceMatcher(None, one, other, autojunk=False)
    for tag, first, last, begin, end in matcher.get_opcodes():
        if tag == "equal":
            yield Change("same", count=last - first)
        else:
            yield from _replaced(old[first:last], new[begin:end])


def _keys(messages: Sequence[Message]) -> list[bytes]:
    return [canonical(dump_messages((message,))) for message in messages]


def _replaced(old: Sequence[Message], new: Sequence[Message]) -> Iterator[Change]:
    """Messages of the same role in the same place that are much alike have changed; the rest went and came."""
    for gone, come in zip_longest(old, new):
        if gone is not None and come is not None and gone.role == come.role:
            runs = tuple(diff_words(message_text(gone), message_text(come)))
            if gone.role in _SYSTEM or _share_of_same(runs) >= _ALIKE:
                yield Change("changed", come.role, runs)
                continue
        if gone is not None:
            yield Change("removed", gone.role, (Piece("removed", message_text(gone)),))
        if come is not None:
            yield Change("added", come.role, (Piece("added", message_text(come)),))


def _share_of_same(runs: Sequence[Piece]) -> float:
    total = sum(len(run.text) for run in runs)
    return sum(len(run.text) for run in runs if run.change == "same") / total if total else 1.0


def message_text(message: Message) -> str:
    """A message as text: text as it is, calls and results by name, any other part as its JSON."""
    return "\n".join(map(_part_text, message.parts))


def _part_text(part: Part) -> str:
    match part:
        case Text(text) | Thinking(text) | Refusal(text):
            return text
        case ToolCall(_, name, arguments):
            return f"ƒ {name} {_written(arguments)}"
        case ToolResult(_, content, is_error, _):
            return f"{'✕' if is_error else '↳'} {_written(content)}"
        case _:
            return write_json(dump_part(part))


def _written(value: Json) -> str:
    if isinstance(value, str):
        return value
    compact = write_json(value, compact=True)
    return compact if len(compact) <= _COMPACT else write_json(value)


def _tools(old: Sequence[ToolDefinition], new: Sequence[ToolDefinition]) -> Iterator[Change]:
    one, other = {tool.name: tool for tool in old}, {tool.name: tool for tool in new}
    for name, tool in other.items():
        if name not in one:
            yield Change("added", f"tool {name}")
        elif tool != one[name]:
            runs = tuple(diff_words(_tool_text(one[name]), _tool_text(tool)))
            yield Change("changed", f"tool {name}", runs)
    for name in one:
        if name not in other:
            yield Change("removed", f"tool {name}")


def _tool_text(tool: ToolDefinition) -> str:
    return f"{tool.description or ''}\n{write_json(tool.parameters)}"
