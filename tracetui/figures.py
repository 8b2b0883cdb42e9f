"""Answers about many traces as values: groups of a grouping, the traces of a session or user, turns of a conversation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal, TypeAlias

from msgspec import Struct

from tracetui.model import Usage

Key: TypeAlias = tuple[str | None, ...]
"""The values of a group, one for each dimension; None where it is not recorded."""
BundleKind: TypeAlias = Literal["session", "user"]


class Percentiles(Struct, frozen=True):
    """Durations in ns, interpolated linearly; None where nothing was timed."""

    p50_ns: int | None = None
    p95_ns: int | None = None
    p99_ns: int | None = None


class Group(Struct, frozen=True):
    """One row of a grouping; see `store.groups`.

    `calls` are model calls (a repeated one once); `traces` have a span in the group; `errors` and `refused` count its
    spans. `cost_usd` is the sum of what is priced, None where nothing is: `priced` of `priced + unpriced` calls have a
    price. `latency` is of calls where a dimension is of calls (model, provider, prompt), of spans by `name`, else of
    whole traces; `ttft` is the time to the first token of the group's spans. With `is_estimate`, it is of a sample:
    some of its traces may stand for others.
    """

    key: Key
    calls: int = 0
    traces: int = 0
    errors: int = 0
    refused: int = 0
    usage: Usage = Usage()
    cost_usd: float | None = None
    priced: int = 0
    unpriced: int = 0
    latency: Percentiles = Percentiles()
    ttft: Percentiles = Percentiles()
    is_estimate: bool = False


class Bundle(Struct, frozen=True):
    """The traces of one session or user, added up. `mean_score` is of all their current numeric scores.

    `cost_usd` is the sum of what is priced, None where nothing is: `priced` of `priced + unpriced` calls have a price.
    """

    id: str
    traces: int
    calls: int
    errors: int
    refused: int
    usage: Usage
    cost_usd: float | None
    priced: int
    unpriced: int
    first_ns: int
    last_ns: int
    mean_score: float | None = None
    is_estimate: bool = False


class Turn(Struct, frozen=True):
    """The first line of the user's last message, and that of the answer; None where nothing of it was captured."""

    user: str | None = None
    answer: str | None = None


class Rating(Struct, frozen=True):
    """A current score: a number (a boolean is 1 or 0) or a label."""

    name: str
    value: float | None
    label: str | None
    source: str


class Weighting(Struct, frozen=True):
    """How much each observation of a sample of traces counts.

    `sums` are the estimates of all traces there were, by the name of the count or sum in `Sample`; `squares` the sums of
    the squared weights behind the counts; `lists` the weights of the values in the lists, in their order.
    """

    sums: dict[str, float]
    squares: dict[str, float]
    lists: Mapping[str, Sequence[float]]


class Sample(Struct, frozen=True):
    """One group. Durations are ns, money is US dollars; what was not recorded has no value in the lists.

    `traces` have a span in the group; `errors` and `refused` count traces by their own status. `calls` are model calls
    (a repeated one once), `tools` tool calls. `trace_usd` is what the group's spans of a trace cost, for traces in which
    every call has a price; `call_usd` that of each call that has one, and is not paid for in a cost recorded above it. `cost_usd` is the sum of what is priced, None where
    nothing is: `priced` of `priced + unpriced` calls. `output_tokens` were written in `output_ns`, by the calls of which
    both are known. Ratings are those of the traces and of their spans, each once; where calls are grouped, those of the
    traces, of their roots and of the calls themselves. All of it is what was observed; `weighting` is there where it is of a
    sample: some of the traces may stand for others.
    """

    key: Key = ()
    traces: int = 0
    errors: int = 0
    refused: int = 0
    calls: int = 0
    call_errors: int = 0
    call_refused: int = 0
    tools: int = 0
    tool_errors: int = 0
    trace_ns: Sequence[int] = ()
    call_ns: Sequence[int] = ()
    ttft_ns: Sequence[int] = ()
    trace_usd: Sequence[float] = ()
    call_usd: Sequence[float] = ()
    call_tokens: Sequence[int] = ()
    output_tokens: int = 0
    output_ns: int = 0
    cost_usd: float | None = None
    priced: int = 0
    unpriced: int = 0
    ratings: Sequence[Rating] = ()
    first_ns: int | None = None
    last_ns: int | None = None
    weighting: Weighting | None = None

    def total(self, name: str) -> float:
        """A count or a sum, of all traces there were."""
        return float(getattr(self, name) or 0) if self.weighting is None else self.weighting.sums.get(name, 0.0)
