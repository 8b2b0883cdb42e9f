"""Which result answers which call."""

from __future__ import annotations

import pytest

from tracetui.model import Message, Part, ToolCall, ToolResult
from tracetui.semconv.chat_pairs import canonical, pair_calls


def paired(*parts: Part) -> tuple[tuple[int | None, ...], set[int]]:
    pairs = pair_calls([Message("assistant", (part,)) for part in parts])
    return pairs.answers, set(pairs.unasked)


CASES: list[tuple[str, tuple[Part, ...], tuple[int | None, ...], set[int]]] = [
    ("an id", (ToolCall("a", "f"), ToolCall("b", "g"), ToolResult("b"), ToolResult("a")), (1, 0), set()),
    ("no result", (ToolCall("a", "f"),), (None,), set()),
    ("a result of nothing", (ToolResult("a"),), (), {0}),
    ("a result before its call", (ToolResult("a"), ToolCall("a", "f")), (None,), {0}),
    ("an id used twice", (ToolCall("a", "f"), ToolResult("a"), ToolCall("a", "f"), ToolResult("a")), (0, 1), set()),
    ("a second result", (ToolCall("a", "f"), ToolResult("a"), ToolResult("a")), (0,), {1}),
    ("names in place of ids", (ToolCall(None, "f"), ToolCall(None, "g"), ToolResult(None, name="g"), ToolResult(None, name="f")), (1, 0), set()),
    ("the name given as the id", (ToolCall(None, "f"), ToolResult("f")), (0,), set()),
    ("nothing to tell by, and one waits", (ToolCall("a", "f"), ToolResult(None)), (0,), set()),
    ("nothing to tell by, and two wait", (ToolCall("a", "f"), ToolCall("b", "g"), ToolResult(None)), (None, None), {0}),
]  # fmt: skip


@pytest.mark.parametrize(("parts", "answers", "unasked"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_a_call_finds_its_result(parts: tuple[Part, ...], answers: tuple[int | None, ...], unasked: set[int]) -> None:
    assert paired(*parts) == (answers, unasked)


def test_calls_with_the_same_name_and_arguments_are_counted_whatever_the_order_of_keys() -> None:
    calls = (
        ToolCall("1", "f", {"a": 1, "b": 2}),
        ToolCall("2", "f", {"b": 2, "a": 1}),
        ToolCall("3", "f", {"a": 1}),
        ToolCall("4", "g", {"a": 1, "b": 2}),
    )
    assert pair_calls([Message("assistant", calls)]).repeats == ((2, 1), (2, 2), (1, 1), (1, 1))


@pytest.mark.parametrize("value", ["\ud800", {"\ud800": 1}, float("nan"), {1: 2, "a": 1}])
def test_a_value_that_json_cannot_say_can_be_compared_nevertheless(value: object) -> None:
    assert canonical(value) == canonical(value)
