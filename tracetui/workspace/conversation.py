"""What the calls of one trace have to do with each other: shared history, changed system prompts, results elsewhere.

The calls are the trace's generations, numbered by start. Each is read once into an outline of digests, so that a long
trace is not kept in memory; only spans whose result is shown are loaded again.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from tracetui.model import Node, Payload
from tracetui.semconv.chat_pairs import Context, Pairs, messages_of, pair_calls
from tracetui.workspace.conversation_outline import (
    Load,
    Outline,
    are_akin,
    loaded,
    outline_call,
    shared_prefix,
    start_of,
)
from tracetui.workspace.conversation_results import find_results

if TYPE_CHECKING:
    from tracetui.model import Tree

MOST_CALLS = 1_500
"""Calls that are outlined around the one that is looked at."""


class Conversations:
    """Outlines of one trace's calls, read as far as they were needed."""

    def __init__(self) -> None:
        self._trace_id = ""
        self._known: dict[str, Outline] = {}

    def context(self, tree: Tree, span_id: str, payload: Payload, load: Load) -> Context:
        """The context of one span of `tree`. Reads spans; what cannot be read is as if it carried nothing."""
        kept = lru_cache(maxsize=8)(lambda other_id: payload if other_id == span_id else load(other_id))
        calls = self._outlines(tree, span_id, kept)
        mine = next((call for call in calls if call.span_id == span_id), None)
        pairs = pair_calls(messages_of(payload.input, payload.output))
        inside = len(pair_calls(messages_of(payload.input)).calls)
        return Context(
            elsewhere=find_results(tree.nodes, span_id, pairs, inside, calls, kept),
            askers=_askers(pairs, calls, mine),
            is_running=tree.trace.end_ns is None,
            drifted=_drifted(calls),
            **_history(calls, mine, tree.nodes),
        )

    def _outlines(self, tree: Tree, span_id: str, load: Load) -> list[Outline]:
        """The calls around a span by start; those that ended are read once."""
        if tree.trace.trace_id != self._trace_id:
            self._trace_id, self._known = tree.trace.trace_id, {}
        agents = _agents(tree.nodes)
        nodes = sorted((node for node in tree.nodes if node.span.kind == "generation"), key=start_of)
        at = next((index for index, node in enumerate(nodes) if node.span.span_id == span_id), len(nodes))
        first = max(0, at - MOST_CALLS * 2 // 3)
        found = []
        for number, node in enumerate(nodes[first : first + MOST_CALLS], start=first + 1):
            span, agent = node.span, agents.get(node.span.span_id)
            known = self._known.get(span.span_id)
            if known is None or span.end_ns is None or known.end_ns != span.end_ns:
                known = outline_call(span, number, agent, loaded(load, span.span_id))
            elif (known.number, known.agent) != (number, agent):
                known = replace(known, number=number, agent=agent)
            self._known[span.span_id] = known
            found.append(known)
        return found


def _drifted(calls: Sequence[Outline]) -> frozenset[str]:
    """The calls whose system prompt was made from that of the call before, of the same agent, and is another one."""
    found: set[str] = set()
    before: dict[str | None, list[Outline]] = {}
    for call in calls:
        if call.system is None:
            continue
        known = before.setdefault(call.agent, [])
        nearest = next((other for other in reversed(known) if are_akin(call, other)), None)
        if nearest is not None and nearest.system != call.system:
            found.add(call.span_id)
        known[:] = [*(other for other in known if other.system != call.system), call]
    return frozenset(found)


def _askers(pairs: Pairs, calls: Sequence[Outline], mine: Outline | None) -> dict[int, str]:
    found = {}
    for number in pairs.unasked:
        call_id = pairs.results[number].call_id
        asker = next((call for call in calls if call is not mine and call_id and call_id in call.asked), None)
        if asker is not None:
            found[number] = f"call {asker.number}"
    return found


def _history(calls: Sequence[Outline], mine: Outline | None, nodes: Sequence[Node]) -> dict[str, Any]:
    """The call whose history this one has, the longest and latest; and the call that its prompt is compared with."""
    if mine is None:
        return {}
    above = _above(nodes, mine.span_id)
    earlier = [call for call in calls if call.number < mine.number and call.span_id not in above]
    facts: dict[str, Any] = {"place": f"call {mine.number} of {_count(nodes)}"}
    if not earlier:
        return facts
    nearest = max(earlier, key=lambda call: (shared_prefix(mine.messages, call.messages), call.number))
    shared = shared_prefix(mine.messages, nearest.messages)
    siblings = [call for call in earlier if call.agent == mine.agent]
    previous = next((call for call in reversed(siblings) if are_akin(call, mine)), (siblings or earlier)[-1])
    return facts | {
        "shared": shared,
        "shared_with": f"call {nearest.number}",
        "previous_id": previous.span_id,
        "previous": f"call {previous.number}",
    }


def _count(nodes: Sequence[Node]) -> int:
    return sum(1 for node in nodes if node.span.kind == "generation")


def _above(nodes: Sequence[Node], span_id: str) -> set[str]:
    """The ids of the spans that a span lies in."""
    parents = {node.span.span_id: node.span.parent_id for node in nodes}
    found: set[str] = set()
    parent = parents.get(span_id)
    while parent is not None and parent not in found:
        found.add(parent)
        parent = parents.get(parent)
    return found


def _agents(nodes: Sequence[Node]) -> dict[str, str | None]:
    """The nearest agent above each span, in drawing order: parents come first."""
    agents: dict[str, str | None] = {}
    for node in nodes:
        parent = node.span.parent_id
        above = agents.get(parent) if parent else None
        agents[node.span.span_id] = node.span.span_id if node.span.kind == "agent" else above
    return agents
