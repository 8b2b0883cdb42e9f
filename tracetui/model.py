"""The vocabulary: what a span, a message, a usage, a cost and a score are.

Values are frozen. `None` means *not recorded*, never 0 and never "". Times are integers of nanoseconds since the
Unix epoch, UTC; durations are nanoseconds; money is US dollars; usage is tokens.
"""

from __future__ import annotations

from typing import Any, Literal, TypeAlias

from msgspec import Struct

Json: TypeAlias = Any
"""A value as `json.loads` gives it. Only the edges that read foreign JSON handle it."""

Kind: TypeAlias = Literal[
    "agent",
    "chain",
    "generation",
    "tool",
    "retriever",
    "embedding",
    "reranker",
    "guardrail",
    "evaluator",
    "event",
    "span",
]
KINDS: tuple[Kind, ...] = (
    "agent", "chain", "generation", "tool", "retriever", "embedding", "reranker", "guardrail", "evaluator", "event", "span",
)  # fmt: skip
MODEL_CALLS: frozenset[str] = frozenset({"generation", "embedding", "reranker"})
"""Kinds that are a call of a model: those whose usage is bought."""

Status: TypeAlias = Literal["success", "error", "refused", "running"]
STATUSES: tuple[Status, ...] = ("success", "error", "refused", "running")

REFUSALS: frozenset[str] = frozenset(
    {
        "refusal", "refused", "content_filter", "content_filtered", "safety", "blocked", "guardrail_intervened",
        "prohibited_content", "recitation", "blocklist", "spii", "image_safety",
    }
)  # fmt: skip
"""Finish reasons, in lower case, with which a model says that it declined."""


class Usage(Struct, frozen=True):
    """Tokens in buckets that never overlap; `None` is *not recorded*.

    `input` is fresh input without cache reads and writes; `reasoning` is the part of `output` that was thinking.
    `unsplit` is a total whose split nobody recorded. `inconsistent` marks counts that contradict the source's
    own convention (more cached than input): they are kept as recorded, in the buckets that the source named.
    """

    input: int | None = None
    cache_read: int | None = None
    cache_write: int | None = None
    output: int | None = None
    reasoning: int | None = None
    unsplit: int | None = None
    inconsistent: bool = False
    cache_write_1h: int | None = None
    """The part of `cache_write` that is kept for an hour, which costs more than five minutes."""

    @property
    def total(self) -> int:
        """All tokens: fresh, cached, written, output, and those whose split nobody recorded: a sum of calls has both."""
        parts = (self.input or 0) + (self.cache_read or 0) + (self.cache_write or 0) + (self.output or 0)
        return parts + (self.unsplit or 0)

    @property
    def is_recorded(self) -> bool:
        """Whether any count was recorded at all."""
        return not (
            self.input is None
            and self.output is None
            and self.cache_read is None
            and self.cache_write is None
            and self.unsplit is None
        )


CostOrigin: TypeAlias = Literal["recorded", "computed"]


class Cost(Struct, frozen=True):
    """Money of one call in US dollars, or the reason why there is none.

    `price` names the price that was applied, with its date, where `origin` is "computed".
    """

    usd: float | None = None
    origin: CostOrigin | None = None
    reason: str | None = None
    price: str | None = None


class Span(Struct, frozen=True):
    """The summary of one span: everything that lists, trees, filters and totals need, and no payload."""

    trace_id: str
    span_id: str
    parent_id: str | None = None
    kind: Kind = "span"
    name: str = ""
    start_ns: int = 0
    end_ns: int | None = None
    ttft_ns: int | None = None
    status: Status = "success"
    status_message: str | None = None
    model: str | None = None
    provider: str | None = None
    finish_reason: str | None = None
    usage: Usage = Usage()
    cost: Cost = Cost()
    user_id: str | None = None
    session_id: str | None = None
    feature: str | None = None
    environment: str | None = None
    prompt_name: str | None = None
    prompt_version: str | None = None
    release: str | None = None
    tool_name: str | None = None
    tags: tuple[str, ...] = ()
    metadata: dict[str, Json] = {}
    service_tier: str | None = None
    response_id: str | None = None

    @property
    def duration_ns(self) -> int | None:
        """Wall time, or None while the span is running."""
        return None if self.end_ns is None else max(0, self.end_ns - self.start_ns)


class Trace(Struct, frozen=True):
    """One row of the list of traces: the sums over its spans, a repeated usage added once.

    `cost_usd` is the sum of what is priced and None where nothing is; `priced` of `priced + unpriced` model calls
    have a cost. `models` are distinct and in order of use. `scores` are current ones of the trace and its spans. `weight`
    is what sampling decided of it, None where it decided nothing: the figures of the trace are its own all the same.
    """

    trace_id: str
    name: str
    start_ns: int
    end_ns: int | None
    status: Status
    status_message: str | None
    root_id: str | None
    spans: int
    generations: int
    tool_calls: int
    errors: int
    refused: int
    running: int
    usage: Usage
    cost_usd: float | None
    recorded_usd: float
    computed_usd: float
    priced: int
    unpriced: int
    user_id: str | None
    session_id: str | None
    feature: str | None
    environment: str | None
    models: tuple[str, ...]
    scores: tuple[Score, ...] = ()
    weight: Weight | None = None

    @property
    def duration_ns(self) -> int | None:
        """Wall time from the first start to the last end, or None while it is running."""
        return None if self.end_ns is None else max(0, self.end_ns - self.start_ns)


class Weight(Struct, frozen=True):
    """What sampling decided of a trace that it kept: for how many traces it stands, and why it was kept.

    `reason` is `error`, `refused`, `rated`, `cost`, `latency`, or `rate`: one of the rest.
    """

    trace_id: str
    weight: float = 1.0
    reason: str = "rate"


class Text(Struct, frozen=True, tag="text"):
    """Text that a person, the program or the model wrote."""

    text: str


class Thinking(Struct, frozen=True, tag="thinking"):
    """Reasoning that the model wrote before its answer."""

    text: str


class ToolCall(Struct, frozen=True, tag="tool_call"):
    """The model asks for a tool. `arguments` is parsed JSON, or the text where it does not parse."""

    id: str | None
    name: str
    arguments: Json = None


class ToolResult(Struct, frozen=True, tag="tool_result"):
    """What a tool gave back. `content` is text or any JSON."""

    call_id: str | None
    content: Json = None
    is_error: bool = False
    name: str | None = None


class Media(Struct, frozen=True, tag="media"):
    """An image, a sound or a file. `reference` is a URL, an id or a short hash; `size` is bytes where known."""

    media: Literal["image", "audio", "file"]
    media_type: str | None = None
    size: int | None = None
    reference: str | None = None
    data: str | None = None
    """Base64 content where it was captured inline."""


class Refusal(Struct, frozen=True, tag="refusal"):
    """The model declined, in its own words."""

    text: str


class Unknown(Struct, frozen=True, tag="unknown"):
    """A part that nobody here understands: kept and drawn as its JSON."""

    raw: Json


Part: TypeAlias = Text | Thinking | ToolCall | ToolResult | Media | Refusal | Unknown


class Message(Struct, frozen=True):
    """One message of a conversation: `role` is `system user assistant tool developer` or the source's own word."""

    role: str
    parts: tuple[Part, ...] = ()
    name: str | None = None


Content: TypeAlias = tuple[Message, ...] | Json
"""A tuple is a conversation; anything else is one JSON value (JSON arrays are lists); None was not captured."""


class ToolDefinition(Struct, frozen=True):
    """A tool offered to the model; `parameters` is its JSON schema."""

    name: str
    description: str | None = None
    parameters: Json = None


class Payload(Struct, frozen=True):
    """What one span carried. Loaded when somebody looks at the span, never kept in an index.

    `raw` is the record as it stands in the source (text of a line, JSON of a row); `attributes` and `events` are
    the source's own, with values as JSON. `left_out` counts bytes of long texts that were cut, where it is only to be
    looked at.
    """

    input: Content = None
    output: Content = None
    tools: tuple[ToolDefinition, ...] = ()
    attributes: dict[str, Json] = {}
    events: tuple[dict[str, Json], ...] = ()
    raw: str = ""
    left_out: int = 0


ScoreSource: TypeAlias = Literal["human", "llm", "code", "api"]


class Score(Struct, frozen=True):
    """A judgement of a trace (`span_id` None) or of one of its spans.

    A number or boolean is in `value` (a boolean as True/False), a category in `label`. `id` is unique; saving the
    same name, source and author on the same target again supersedes the older one, which is kept as history.
    """

    id: str
    trace_id: str
    span_id: str | None
    name: str
    value: float | bool | None = None
    label: str | None = None
    comment: str | None = None
    source: ScoreSource = "human"
    author: str | None = None
    time_ns: int = 0


class Totals(Struct, frozen=True):
    """Sums over the traces that a filter selects. Latencies are of whole traces that have ended, in ns.

    With `is_estimate`, some that matched may not have been kept, and all is estimated from `kept` traces.
    """

    traces: int = 0
    spans: int = 0
    generations: int = 0
    tool_calls: int = 0
    errors: int = 0
    refused: int = 0
    running: int = 0
    usage: Usage = Usage()
    cost_usd: float = 0.0
    recorded_usd: float = 0.0
    computed_usd: float = 0.0
    priced: int = 0
    unpriced: int = 0
    p50_ns: int | None = None
    p95_ns: int | None = None
    p99_ns: int | None = None
    is_estimate: bool = False
    kept: int = 0


class SubtreeCost(Struct, frozen=True):
    """Cost of a span and everything under it, a repeated usage added once; `usd` is None where nothing is priced."""

    usd: float | None = None
    priced: int = 0
    unpriced: int = 0


class Node(Struct, frozen=True):
    """One span in its tree, in drawing order.

    `ancestors_last` has, for each level above, whether that ancestor was the last of its siblings (which guide
    lines to draw); `children` counts direct children; `repeats_usage` and `repeats_cost` say that its tokens and its
    money are already counted on other spans; `matches` marks what the filter asked for.
    """

    span: Span
    depth: int = 0
    is_orphan: bool = False
    is_last: bool = True
    ancestors_last: tuple[bool, ...] = ()
    children: int = 0
    subtree_cost: SubtreeCost = SubtreeCost()
    repeats_usage: bool = False
    repeats_cost: bool = False
    matches: bool = False
    scores: tuple[Score, ...] = ()


class Tree(Struct, frozen=True):
    """One trace: its roll-up and its spans depth first, siblings by start. Orphans are roots."""

    trace: Trace
    nodes: tuple[Node, ...]


class Health(Struct, frozen=True):
    """How reading one source went: records that gave nothing and oddities, for `info` and the status line.

    `done` of `total` is in the source's own unit; `reasons` are the first skipped records as sentences;
    `warnings` are sentences about the source as a whole.
    """

    path: str
    format: str
    writable: bool
    skipped: int = 0
    duplicates: int = 0
    replaced: int = 0
    incomplete: int = 0
    other: int = 0
    done: int = 0
    total: int = 0
    reasons: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


class Changes(Struct, frozen=True):
    """What one poll found: traces that are new or changed, sentences for the user, and how far indexing is."""

    any: bool = False
    trace_ids: frozenset[str] = frozenset()
    notices: tuple[str, ...] = ()
    indexing: bool = False
    done: int = 0
    total: int = 0
