"""What one prompt changed against another."""

from __future__ import annotations

from tracetui.analysis.words import Piece
from tracetui.model import Message, Payload, Text, ToolCall, ToolDefinition
from tracetui.tui.widgets.payload.differing import Change, diff_prompts

LONG = "You are an assistant. Be brief and kind. Answer in the customer's language."


def say(role: str, text: str) -> Message:
    return Message(role, (Text(text),))


def test_messages_that_came_went_and_changed_are_told_apart() -> None:
    before = Payload((say("system", LONG), say("user", "hi"), say("assistant", "gone")))
    after = Payload((say("system", LONG.replace("brief", "long")), say("user", "hi"), Message("assistant", (ToolCall("1", "f", {"a": 1}),)), say("tool", "2")))  # fmt: skip
    found = diff_prompts(before, after, "call 1")
    assert [(change.op, change.role, change.count) for change in found.changes] == [
        ("changed", "system", 0), ("same", "", 1), ("removed", "assistant", 0), ("added", "assistant", 0), ("added", "tool", 0),
    ]  # fmt: skip
    assert [run for run in found.changes[0].runs if run.change != "same"] == [
        Piece("removed", "brief"),
        Piece("added", "long"),
    ]
    assert found.changes[3].runs == (Piece("added", 'ƒ f {"a": 1}'),)
    assert found.drifts


def test_the_same_prompt_has_no_difference() -> None:
    prompt = Payload((say("system", LONG), say("user", "hi")))
    found = diff_prompts(prompt, prompt, "call 1")
    assert found.changes == (Change("same", count=2),)
    assert not found.drifts


def test_tools_that_came_went_and_changed_are_told() -> None:
    before = Payload((), tools=(ToolDefinition("a", "does a"), ToolDefinition("b"), ToolDefinition("c")))
    after = Payload((), tools=(ToolDefinition("a", "does A"), ToolDefinition("c"), ToolDefinition("d")))
    found = diff_prompts(before, after, "call 1").facts
    assert [(change.op, change.role) for change in found] == [
        ("changed", "tool a"), ("added", "tool d"), ("removed", "tool b"),
    ]  # fmt: skip
