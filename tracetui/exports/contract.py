"""The JSON that `ls`, `show`, `follow` and `score` promise: our values → plain dictionaries, key by key.

docs/json.md is its description for users. Nothing is dropped when it is not recorded: the key is there with null, so
that a reader can rely on every key. Times are ISO 8601 UTC with microseconds, durations milliseconds, money US dollars.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tracetui.exports.json_text import dump_json, dump_json_pieces
from tracetui.exports.selection import Selected
from tracetui.model import Cost, Json, Node, Payload, Score, Span, ToolDefinition, Trace, Usage
from tracetui.semconv.chat import dump_messages
from tracetui.store.totals import tokens_of
from tracetui.text import iso


def trace_json(trace: Trace) -> dict[str, Json]:
    """One trace as `ls --json` prints it. Tokens are sums (0 where nobody recorded any); `cost.usd` is null where
    nothing is priced."""
    return {
        "trace_id": trace.trace_id,
        "name": trace.name,
        "start": iso(trace.start_ns),
        "duration_ms": _milliseconds(trace.duration_ns),
        "status": trace.status,
        "spans": trace.spans,
        "errors": trace.errors,
        "generations": trace.generations,
        "tool_calls": trace.tool_calls,
        "tokens": tokens_of(trace.usage),
        "cost": {
            "usd": trace.cost_usd,
            "recorded_usd": trace.recorded_usd,
            "computed_usd": trace.computed_usd,
            "priced": trace.priced,
            "unpriced": trace.unpriced,
        },
        "user_id": trace.user_id,
        "session_id": trace.session_id,
        "feature": trace.feature,
        "models": list(trace.models),
        "scores": [score_json(score) for score in trace.scores],
        **({} if trace.weight is None else {"weight": trace.weight.weight, "kept_for": trace.weight.reason}),
    }


def span_json(
    span: Span, payload: Payload, scores: Sequence[Score] = (), *, is_orphan: bool = False
) -> dict[str, Json]:
    """One span with everything it carried, without its children."""
    document: dict[str, Json] = {
        "span_id": span.span_id,
        "parent_id": span.parent_id,
        "kind": span.kind,
        "name": span.name,
        "start": iso(span.start_ns),
        "end": iso(span.end_ns),
        "duration_ms": _milliseconds(span.duration_ns),
        "ttft_ms": _milliseconds(span.ttft_ns),
        "status": span.status,
        "status_message": span.status_message,
        "model": span.model,
        "provider": span.provider,
        "finish_reason": span.finish_reason,
        "tokens": tokens_json(span.usage),
        "cost": cost_json(span.cost),
        "input": dump_messages(payload.input),
        "output": dump_messages(payload.output),
        "tools": [_tool(tool) for tool in payload.tools],
        "prompt": {"name": span.prompt_name, "version": span.prompt_version},
        "user_id": span.user_id,
        "session_id": span.session_id,
        "tags": list(span.tags),
        "metadata": span.metadata,
        "attributes": payload.attributes,
        "scores": [score_json(score) for score in scores],
    }
    if span.usage.inconsistent:
        document["usage_inconsistent"] = True
    if is_orphan:
        document["orphan"] = True
    return document


def tokens_json(usage: Usage) -> dict[str, int | None]:
    """The buckets; null is *not recorded*. `unsplit` appears only where a total is all that was recorded."""
    buckets: dict[str, int | None] = {
        "input": usage.input,
        "cache_read": usage.cache_read,
        "cache_write": usage.cache_write,
        "output": usage.output,
        "reasoning": usage.reasoning,
    }
    if usage.cache_write_1h is not None:
        buckets["cache_write_1h"] = usage.cache_write_1h
    if usage.unsplit is not None:
        buckets["unsplit"] = usage.unsplit
    return buckets


def cost_json(cost: Cost) -> dict[str, Json]:
    """Money, where it comes from, or why there is none."""
    return {"usd": cost.usd, "origin": cost.origin, "reason": cost.reason, "price": cost.price}


def score_json(score: Score) -> dict[str, Json]:
    """One score. `span_id` is null where it judges the whole trace."""
    return {
        "id": score.id,
        "trace_id": score.trace_id,
        "span_id": score.span_id,
        "name": score.name,
        "value": score.value,
        "label": score.label,
        "comment": score.comment,
        "source": score.source,
        "author": score.author,
        "time": iso(score.time_ns),
    }


def write_trace_json(selected: Selected) -> Iterator[str]:
    """One trace as `show --json` prints it, in pieces: children stand inside their parents at any depth.

    Written by hand around each span, because every JSON encoder recurses and a trace may be thousands deep.
    """
    tree = selected.tree
    yield '{"trace":' + dump_json(trace_json(tree.trace)) + ',"root":['
    depth, is_first = -1, True
    for node in tree.nodes:
        if node.depth > depth:
            yield "" if is_first else ',"children":['
        else:
            yield ',"children":[]}' + "]}" * (depth - node.depth) + ","
        yield from _without_end(dump_json_pieces(_node(node, selected)))
        depth, is_first = node.depth, False
    if not is_first:
        yield ',"children":[]}' + "]}" * depth
    yield "]}"


def _without_end(pieces: Iterator[str]) -> Iterator[str]:
    """All but the bracket that closes an object."""
    before = next(pieces)
    for piece in pieces:
        yield before
        before = piece
    yield before[:-1]


def _node(node: Node, selected: Selected) -> dict[str, Json]:
    return span_json(node.span, selected.load(node.span), node.scores, is_orphan=node.is_orphan)


def _tool(tool: ToolDefinition) -> dict[str, Json]:
    return {"name": tool.name, "description": tool.description, "parameters": tool.parameters}


def _milliseconds(duration_ns: int | None) -> float | None:
    return None if duration_ns is None else duration_ns / 1e6
