"""What the calls of a trace have to do with each other."""

from __future__ import annotations

from typing import Any

from tests.screen.widget_data import NOW_NS, SECOND, make_tree
from tracetui.errors import NotFound
from tracetui.model import Message, Payload, Text, ToolCall, ToolResult, Tree
from tracetui.semconv.chat_pairs import Context
from tracetui.workspace.conversation import Conversations

SYSTEM = Message("system", (Text("You are the support assistant of a shop for bicycle parts. Be brief and kind."),))
DRIFTED = Message("system", (Text("You are the support assistant of a shop for bicycle parts. Be generous and kind."),))
ROUTER = Message("system", (Text("Route each question to one of: orders, returns, other."),))
ASKED = Message("user", (Text("Where is it?"),))


def call(call_id: str | None, name: str = "get_order", **arguments: Any) -> Message:
    return Message("assistant", (ToolCall(call_id, name, arguments),))


def result(call_id: str | None, content: Any) -> Message:
    return Message("tool", (ToolResult(call_id, content),))


def trace(*kinds: str, **by_span: dict[str, Any]) -> Tree:
    """An agent over spans of these kinds, a second after each other; s0 is the agent."""
    spans: dict[str, dict[str, Any]] = {"s0": {"kind": "agent"}}
    for number, kind in enumerate(kinds, start=1):
        start = NOW_NS + number * SECOND
        spans[f"s{number}"] = {"kind": kind, "parent_id": "s0", "start_ns": start, "end_ns": start + SECOND // 2}
        spans[f"s{number}"] |= by_span.get(f"s{number}", {})
    return make_tree([0] + [1] * len(kinds), **spans)


def context(tree: Tree, payloads: dict[str, Payload], span_id: str) -> Context:
    def load(wanted: str) -> Payload:
        if wanted not in payloads:
            raise NotFound(f"no span {wanted}")
        return payloads[wanted]

    return Conversations().context(tree, span_id, payloads[span_id], load)


def test_a_result_is_found_in_the_tools_own_span_by_the_id_of_the_call() -> None:
    tree = trace("generation", "tool", "tool", s2={"tool_name": "get_order"}, s3={"tool_name": "get_order"})
    found = context(tree, {
        "s1": Payload((SYSTEM, ASKED), (call("b", n=1),)),
        "s2": Payload({"n": 1}, "other", attributes={"gen_ai.tool.call.id": "a"}),
        "s3": Payload({"n": 2}, {"state": "shipped"}, attributes={"gen_ai.tool.call.id": "b"}),
    }, "s1")  # fmt: skip
    assert found.elsewhere[0].result.content == {"state": "shipped"}
    assert found.elsewhere[0].place == "span s3"


def test_without_ids_the_arguments_tell_and_then_the_order() -> None:
    tree = trace("generation", "tool", "tool", **{f"s{n}": {"name": "get_order"} for n in (2, 3)})
    asked = Message("assistant", (ToolCall("a", "get_order", {"n": 2}), ToolCall("b", "get_order", {"n": 1})))
    spans = {"s1": Payload((ASKED,), (asked,)), "s2": Payload({"n": 1}, "one"), "s3": Payload({"n": 2}, "two")}
    found = context(tree, spans, "s1").elsewhere
    assert [found[0].result.content, found[1].result.content] == ["two", "one"]
    spans = {"s1": Payload((ASKED,), (asked,)), "s2": Payload(None, "one"), "s3": Payload(None, "two")}
    found = context(tree, spans, "s1").elsewhere
    assert [found[0].result.content, found[1].result.content] == ["one", "two"]


def test_a_failed_tool_answers_with_its_error() -> None:
    tree = trace("generation", "tool", s2={"name": "get_order", "status": "error", "status_message": "timed out"})
    found = context(tree, {"s1": Payload((ASKED,), (call("a"),)), "s2": Payload({})}, "s1").elsewhere[0]
    assert (found.result.content, found.result.is_error) == ("timed out", True)


def test_a_result_is_found_in_the_history_of_a_later_call() -> None:
    tree = trace("generation", "generation")
    found = context(tree, {
        "s1": Payload((ASKED,), (call("a"),)),
        "s2": Payload((ASKED, call("a"), result("a", "late")), (Message("assistant", (Text("so"),)),)),
    }, "s1")  # fmt: skip
    assert (found.elsewhere[0].result.content, found.elsewhere[0].place) == ("late", "call 2")


def test_a_result_whose_call_was_made_by_an_earlier_call_says_which() -> None:
    tree = trace("generation", "generation")
    found = context(tree, {
        "s1": Payload((ASKED,), (call("a"),)), "s2": Payload((result("a", 1), result("zzz", 2)), None),
    }, "s2")  # fmt: skip
    assert found.askers == {0: "call 1"}


def test_the_longest_and_latest_shared_history_is_named() -> None:
    tree = trace("generation", "generation", "generation", "generation")
    found = context(tree, {
        "s1": Payload((SYSTEM, ASKED), ()), "s2": Payload((SYSTEM, ASKED, call("a")), ()),
        "s3": Payload((ROUTER, ASKED), ()), "s4": Payload((SYSTEM, ASKED, call("a"), result("a", 1)), ()),
    }, "s4")  # fmt: skip
    assert (found.shared, found.shared_with, found.place) == (3, "call 2", "call 4 of 4")
    assert (found.previous_id, found.previous) == ("s2", "call 2")


def test_a_changed_system_prompt_is_drift_and_another_task_is_not() -> None:
    tree = trace("generation", "generation", "generation", "generation", "generation")
    spans = {
        f"s{number}": Payload((system, ASKED), ())
        for number, system in enumerate((SYSTEM, ROUTER, SYSTEM, DRIFTED, ROUTER), start=1)
    }
    assert context(tree, spans, "s1").drifted == {"s4"}


def test_a_span_that_cannot_be_read_takes_nothing_else_with_it() -> None:
    tree = trace("generation", "tool", "generation", s2={"name": "get_order"})
    found = context(tree, {"s1": Payload((ASKED,), (call("a"),))}, "s1")
    assert found.elsewhere[0].result.content is None
    assert found.place == "call 1 of 2"
