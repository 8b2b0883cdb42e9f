"""Traces for the writers: one that holds everything hard, and random ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from hypothesis import strategies as st

from tracetui.exports.selection import Selected
from tracetui.model import (
    KINDS,
    STATUSES,
    Cost,
    Media,
    Message,
    Payload,
    Refusal,
    Score,
    Span,
    Text,
    Thinking,
    ToolCall,
    ToolDefinition,
    ToolResult,
    Unknown,
    Usage,
)
from tracetui.store.rollup import shape_of, trace_row
from tracetui.store.rows import trace_from_row
from tracetui.store.tree import build_tree

T0 = 1_795_000_000_000_000_000
TRACE = "0af7651916cd43dd8448eb211c80319c"


def selected(
    spans: Sequence[Span], payloads: Mapping[str, Payload] | None = None, scores: Sequence[Score] = ()
) -> Selected:
    """One trace as a writer gets it."""
    trace = msgspec.structs.replace(trace_from_row(trace_row(shape_of(spans), 1)), scores=tuple(scores))
    known = payloads or {}
    return Selected(build_tree(trace, list(spans), set()), lambda span: known.get(span.span_id, Payload()))


def hard_trace() -> Selected:
    """A trace with every kind of part, hostile text, a refusal, an error, an orphan, scores and no cost in places."""
    root = Span(
        TRACE, "00f067aa0ba902b7", None, "agent", "support\x1b[31m agent", T0, T0 + 4_000_000_000,
        user_id="=1+1", session_id="s-1", feature="support", environment="prod", release="2.1",
        tags=("a", "b,c"), metadata={"tier": "gold", "n": 3},
    )  # fmt: skip
    call = Span(
        TRACE, "b7ad6b7169203331", root.span_id, "generation", "chat gpt-5-mini", T0 + 1000, T0 + 2_000_000_123,
        120_000_000, "refused", None, "gpt-5-mini", "openai", "refusal",
        Usage(input=10, cache_read=5, cache_write=0, output=7, reasoning=2), Cost(0.0031, "recorded"),
        prompt_name="support", prompt_version="7", service_tier="flex", response_id="resp_1",
    )  # fmt: skip
    tool = Span(
        TRACE, "b7ad6b7169203332", call.span_id, "tool", "get_order", T0 + 3000, T0 + 4000, None, "error",
        "ToolError: 503\n```\n# not a heading", tool_name="get_order",
    )  # fmt: skip
    orphan = Span(
        TRACE, "b7ad6b7169203333", "ffffffffffffffff", "generation", "lost", T0 + 5000, None, None, "running",
        None, "acme-7b", "acme", usage=Usage(input=3, output=4), cost=Cost(reason="unknown model"),
    )  # fmt: skip
    payloads = {
        call.span_id: Payload(
            input=(
                Message("system", (Text("You are careful. ```\n\n# Heading\n<script>alert(1)</script>"),)),
                Message("user", (Text("Where is it? 返品 \u202e \x9b2J"), Media("image", "image/png", 812, "img_1"))),
                Message("assistant", (Thinking("hmm"), ToolCall("c1", "get_order", {"id": "BX-1"}))),
                Message("tool", (ToolResult("c1", {"status": "lost"}, True, "get_order"),), "get_order"),
            ),
            output=(Message("assistant", (Refusal("I can't."), Unknown({"odd": [1, None]}))),),
            tools=(ToolDefinition("get_order", "Look it up", {"type": "object"}),),
            attributes={"custom.key": "value", "gen_ai.system": "openai", "n": 2**63, "deep": {"a": [1.5, True, None]}},
            events=({"name": "exception", "time_ns": T0 + 7, "attributes": {"exception.type": "X"}},),
            raw='{"as": "it was"}',
        ),
        tool.span_id: Payload(input={"id": "BX-1"}, output="=cmd|' /C calc'!A0"),
        root.span_id: Payload(input="Where is my order?", output=["any", {"json": 1}]),
    }
    scores = (
        Score("s1", TRACE, None, "user_rating", 4.0, None, "too slow", "human", "maria", T0 + 9),
        Score("s2", TRACE, call.span_id, "hallucination", True, None, None, "llm", "judge", T0 + 10),
        Score("s3", TRACE, call.span_id, "topic", None, "refund", None, "code", None, T0 + 11),
    )
    return selected([root, call, tool, orphan], payloads, scores)


def chain_trace(depth: int) -> Selected:
    """A trace whose spans are nested `depth` deep."""
    spans = [
        Span("deep", f"s{level}", f"s{level - 1}" if level else None, "chain", f"step {level}", T0 + level, T0 + 10_000)
        for level in range(depth)
    ]
    return selected(spans)


text = st.text(st.characters(codec=None, exclude_categories=()), max_size=12)
names = st.text(min_size=1, max_size=12)
maybe_text = st.none() | text
numbers = st.integers(0, 2**53)
maybe_count = st.none() | numbers
json_values: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63) | st.floats(allow_nan=False, allow_infinity=False) | text,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(text, inner, max_size=3),
    max_leaves=6,
)
objects = st.dictionaries(text, json_values, max_size=3)
parts = st.one_of(
    st.builds(Text, text),
    st.builds(Thinking, text),
    st.builds(Refusal, text),
    st.builds(ToolCall, maybe_text, text, json_values),
    st.builds(ToolResult, maybe_text, json_values, st.booleans(), maybe_text),
    st.builds(Media, st.sampled_from(["image", "audio", "file"]), maybe_text, maybe_count, maybe_text, maybe_text),
    st.builds(Unknown, json_values),
)
messages = st.builds(Message, text, st.lists(parts, max_size=3).map(tuple), maybe_text)
contents = st.lists(messages, min_size=1, max_size=3).map(tuple) | json_values
payloads = st.builds(
    Payload,
    input=contents,
    output=contents,
    tools=st.lists(st.builds(ToolDefinition, text, maybe_text, json_values), max_size=2).map(tuple),
    attributes=objects,
    events=st.lists(objects, max_size=2).map(tuple),
    raw=text,
)
plain = st.text(max_size=12)
"""Text without lone surrogates: what a summary can hold, because SQLite cannot."""
maybe_plain = st.none() | plain
plain_objects = st.dictionaries(plain, plain | st.integers() | st.lists(plain, max_size=2), max_size=3)
usages = st.builds(
    Usage, maybe_count, maybe_count, maybe_count, maybe_count, maybe_count, inconsistent=st.booleans()
) | st.builds(Usage, unsplit=numbers)
"""A total is kept as `unsplit` only where no bucket is known."""
costs = st.builds(
    Cost,
    st.none() | st.floats(0, 1e6),
    st.sampled_from([None, "recorded", "computed"]),
    maybe_plain,
    maybe_plain,
)
spans = st.builds(
    Span,
    trace_id=names,
    span_id=names,
    parent_id=st.none() | names,
    kind=st.sampled_from(KINDS),
    name=plain,
    start_ns=st.integers(0, 2**62),
    end_ns=maybe_count,
    ttft_ns=maybe_count,
    status=st.sampled_from(STATUSES),
    status_message=maybe_plain,
    model=maybe_plain,
    provider=maybe_plain,
    finish_reason=maybe_plain,
    usage=usages,
    cost=costs,
    user_id=maybe_plain,
    session_id=maybe_plain,
    feature=maybe_plain,
    environment=maybe_plain,
    prompt_name=maybe_plain,
    prompt_version=maybe_plain,
    release=maybe_plain,
    tool_name=maybe_plain,
    tags=st.lists(plain, max_size=2).map(tuple),
    metadata=plain_objects,
    service_tier=maybe_plain,
    response_id=maybe_plain,
)
values = st.one_of(st.none(), st.booleans(), st.floats(-1e9, 1e9))


@st.composite
def scores_of(draw: st.DrawFn, trace_id: str, span_id: str | None) -> Score:
    """A random score of one target."""
    return Score(
        draw(names), trace_id, span_id, draw(plain), draw(values), draw(maybe_plain), draw(maybe_plain),
        draw(st.sampled_from(["human", "llm", "code", "api"])), draw(maybe_plain), draw(numbers),
    )  # fmt: skip
