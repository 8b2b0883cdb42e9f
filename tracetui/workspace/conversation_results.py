"""Results of tool calls that stand in another span than the call: in the tool's own, or in a later call's history."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from tracetui.model import Node, Payload, Span, Text, ToolResult
from tracetui.semconv.chat import dump_messages
from tracetui.semconv.chat_pairs import Elsewhere, Pairs, canonical, messages_of
from tracetui.workspace.conversation_outline import Load, Outline, loaded, start_of

MOST_RUNS = 200
"""Spans of tools that are read for the results of one call."""


def find_results(
    nodes: Sequence[Node], span_id: str, pairs: Pairs, inside: int, calls: Sequence[Outline], load: Load
) -> dict[int, Elsewhere]:
    """Results of the unanswered calls of a span, by number of the call.

    They are looked for in the spans of tools: by the id of the call; else by name and arguments, among those that
    began after the span for its own calls (number `inside` and on), before it for those in its history; else, for its
    own, the first of that name before the next call beside it. Then in the histories of later calls.
    """
    found: dict[int, Elsewhere] = {}
    if pairs.unanswered:
        runs = _runs(nodes, {pairs.calls[number].name for number in pairs.unanswered}, load)
        for number in pairs.unanswered:
            run = _run_of(number, pairs, number >= inside, span_id, nodes, runs)
            if run is not None:
                runs.remove(run)
                found[number] = _elsewhere(run)
    for number in pairs.unanswered:
        if number not in found or found[number].result.content is None:
            later = _later_result(pairs.calls[number].id, calls, span_id, load)
            if later is not None:
                found[number] = later
    return found


class _Run(Struct, frozen=True):
    node: Node
    payload: Payload
    call_id: str | None


def _runs(nodes: Sequence[Node], names: set[str], load: Load) -> list[_Run]:
    """The spans of tools with one of these names, by start."""
    wanted = [node for node in sorted(nodes, key=start_of) if node.span.kind == "tool" and _is_named(node.span, names)]
    runs = []
    for node in wanted[:MOST_RUNS]:
        payload = loaded(load, node.span.span_id)
        runs.append(_Run(node, payload, _call_id(payload)))
    return runs


def _is_named(span: Span, names: set[str]) -> bool:
    return span.tool_name in names or span.name in names or span.name.rpartition(" ")[2] in names


_CALL_ID_KEYS = ("gen_ai.tool.call.id", "tool_call.id", "tool.call.id", "tool_call_id", "ai.toolCall.id", "call_id")


def _call_id(payload: Payload) -> str | None:
    """The id of the call that a tool's span says it answers."""
    for key in _CALL_ID_KEYS:
        value = payload.attributes.get(key)
        if isinstance(value, str) and value:
            return value
    for message in messages_of(payload.output):
        for part in message.parts:
            if isinstance(part, ToolResult) and part.call_id:
                return part.call_id
    return None


def _run_of(
    number: int, pairs: Pairs, is_own: bool, span_id: str, nodes: Sequence[Node], runs: list[_Run]
) -> _Run | None:
    call = pairs.calls[number]
    by_id = next((run for run in runs if call.id and run.call_id == call.id), None)
    if by_id is not None:
        return by_id
    asker = next((node for node in nodes if node.span.span_id == span_id), None)
    if asker is None:
        return None
    free = [run for run in runs if run.call_id is None and _is_named(run.node.span, {call.name})]
    if is_own:
        free = [run for run in free if run.node.span.start_ns >= asker.span.start_ns]
    else:
        free = [run for run in free if run.node.span.start_ns <= asker.span.start_ns]
    same = next((run for run in free if _arguments(run) == canonical(call.arguments)), None)
    if same is not None or not is_own:
        return same
    until_ns = _next_call_ns(nodes, asker)
    return next((run for run in free if until_ns is None or run.node.span.start_ns < until_ns), None)


def _next_call_ns(nodes: Sequence[Node], asker: Node) -> int | None:
    """When the next generation under the same parent began."""
    span = asker.span
    return min(
        (
            node.span.start_ns
            for node in nodes
            if node.span.kind == "generation"
            and node.span.parent_id == span.parent_id
            and node.span.start_ns > span.start_ns
        ),
        default=None,
    )


def _arguments(run: _Run) -> bytes:
    return canonical(dump_messages(run.payload.input))


def _elsewhere(run: _Run) -> Elsewhere:
    span, content = run.node.span, run.payload.output
    is_error = span.status == "error"
    if content is None and is_error:
        content = span.status_message
    results = [part for message in messages_of(content) for part in message.parts]
    if len(results) == 1 and isinstance(results[0], ToolResult):
        return Elsewhere(results[0], f"span {span.name}")
    if len(results) == 1 and isinstance(results[0], Text):
        content = results[0].text
    return Elsewhere(ToolResult(run.call_id, dump_messages(content), is_error), f"span {span.name}")


def _later_result(call_id: str | None, calls: Sequence[Outline], span_id: str, load: Load) -> Elsewhere | None:
    if not call_id:
        return None
    for call in calls:
        if call.span_id != span_id and call_id in call.answered:
            payload = loaded(load, call.span_id)
            for part in (part for message in messages_of(payload.input) for part in message.parts):
                if isinstance(part, ToolResult) and part.call_id == call_id:
                    return Elsewhere(part, f"call {call.number}")
    return None
