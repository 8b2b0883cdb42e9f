"""What is measured of a sample, by traces or by calls: one row a measure, with the filter that finds what is behind it.

`check` compares two periods by these rows and `prompts` two versions, so that both say the same of the same numbers.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Literal, TypeAlias

from msgspec import Struct

from tracetui.analysis.thumbs import Scales, values_by_name
from tracetui.analysis.weighted import Share, Weighed, estimate_share
from tracetui.figures import Sample
from tracetui.model import MODEL_CALLS
from tracetui.query import quote

Of: TypeAlias = Literal["traces", "calls"]
Kind: TypeAlias = Literal["rate", "mean", "p95"]
Unit: TypeAlias = Literal["share", "ns", "usd", "tokens", "number"]

CALLS = f"kind:{','.join(sorted(MODEL_CALLS))}"
"""The filter of model calls."""


class Counted(Struct, frozen=True):
    """How many of `n` it is true of; with the `share` that is estimated where some of them stand for others."""

    hits: int
    n: int
    share: Share | None = None


Seen: TypeAlias = Counted | Weighed | Sequence[float]
"""What a rate is of, or the values that a mean or a percentile is of."""


def _rate(hits: str, n: str) -> Callable[[Sample, Scales], Counted]:
    """What a rate is of, by the names of the counts."""

    def seen(sample: Sample, _: Scales) -> Counted:
        weighting = sample.weighting
        share = None
        if weighting is not None:
            sums, squares = weighting.sums, weighting.squares
            share = estimate_share(sums[hits], sums[n], squares[hits], squares[n])
        return Counted(getattr(sample, hits), getattr(sample, n), share)

    return seen


def _values(name: str) -> Callable[[Sample, Scales], Weighed | Sequence[float]]:
    """The values of a list, with their weights where they have some."""

    def seen(sample: Sample, _: Scales) -> Weighed | Sequence[float]:
        values: Sequence[float] = getattr(sample, name)
        return values if sample.weighting is None else Weighed(values, sample.weighting.lists[name])

    return seen


class Measure(Struct, frozen=True):
    """One measure. `key` is its name in JSON, `limit` the setting of `[check]` that judges it.

    `behind` are the filter terms for the traces that make it bad, given a value above which (of a score: below which)
    they lie; the terms are about the calls of the group themselves where `is_of_call`.
    """

    key: str
    title: str
    kind: Kind
    unit: Unit
    limit: str
    seen: Callable[[Sample, Scales], Seen]
    behind: Callable[[float], str]
    is_of_call: bool = False
    is_score: bool = False
    is_lower_better: bool = True


def measures(of: Of, samples: Sequence[Sample], scales: Scales, lower_is_better: Sequence[str] = ()) -> list[Measure]:
    """The measures of samples whose groups are of traces or of calls, with one for each score that has numbers."""
    names = sorted({name for sample in samples for name in values_by_name(sample.ratings)})
    thumbs = _thumbs(samples, scales)
    scores = [_score(name, name in lower_is_better) for name in names]
    return [*(_OF_TRACES if of == "traces" else _OF_CALLS), *_OF_BOTH, thumbs, *scores]


_OF_TRACES = (
    Measure(
        "error_rate", "error rate", "rate", "share", "error_rate",
        _rate("errors", "traces"), lambda _: "root(status:error)",
    ),
    Measure(
        "refusal_rate", "refusal rate", "rate", "share", "refusal_rate",
        _rate("refused", "traces"), lambda _: "any(status:refused) -root(status:error)",
    ),
    Measure(
        "latency_mean", "mean latency", "mean", "ns", "latency",
        _values("trace_ns"), lambda value: f"trace_latency:>{value:.0f}ns",
    ),
    Measure(
        "latency_p95", "p95 latency", "p95", "ns", "latency",
        _values("trace_ns"), lambda value: f"trace_latency:>{value:.0f}ns",
    ),
    Measure(
        "cost_per_trace", "cost per trace", "mean", "usd", "cost",
        _values("trace_usd"), lambda value: f"trace_cost:>{value:.9g}",
    ),
    Measure(
        "tool_failure_rate", "tool failure rate", "rate", "share", "tool_failure_rate",
        _rate("tool_errors", "tools"), lambda _: "any(kind:tool status:error)",
    ),
)  # fmt: skip
_OF_CALLS = (
    Measure(
        "error_rate", "error rate", "rate", "share", "error_rate",
        _rate("call_errors", "calls"), lambda _: "status:error", is_of_call=True,
    ),
    Measure(
        "refusal_rate", "refusal rate", "rate", "share", "refusal_rate",
        _rate("call_refused", "calls"), lambda _: "status:refused", is_of_call=True,
    ),
    Measure(
        "latency_mean", "mean latency", "mean", "ns", "latency",
        _values("call_ns"), lambda value: f"latency:>{value:.0f}ns", is_of_call=True,
    ),
    Measure(
        "latency_p95", "p95 latency", "p95", "ns", "latency",
        _values("call_ns"), lambda value: f"latency:>{value:.0f}ns", is_of_call=True,
    ),
    Measure(
        "cost_per_call", "cost per call", "mean", "usd", "cost",
        _values("call_usd"), lambda value: f"cost:>{value:.9g}", is_of_call=True,
    ),
)  # fmt: skip
_OF_BOTH = (
    Measure(
        "tokens_per_call", "tokens per call", "mean", "tokens", "tokens",
        _values("call_tokens"), lambda value: f"tokens:>{value:.9g}", is_of_call=True,
    ),
)  # fmt: skip


def _thumbs(samples: Sequence[Sample], scales: Scales) -> Measure:
    return Measure(
        "thumbs_down_rate", "thumbs-down rate", "rate", "share", "thumbs_down_rate", _thumbs_of,
        lambda _: _down_terms(samples, scales),
    )  # fmt: skip


def _thumbs_of(sample: Sample, scales: Scales) -> Counted:
    thumbs = [rating for rating in sample.ratings if scales.is_thumb(rating)]
    return Counted(sum(map(scales.is_down, thumbs)), len(thumbs))


def _down_terms(samples: Sequence[Sample], scales: Scales) -> str:
    """The ratings that are thumbs down, as they can be found: by number or by label."""
    down = [
        rating for sample in samples for rating in sample.ratings if scales.is_thumb(rating) and scales.is_down(rating)
    ]
    terms = dict.fromkeys(
        _score_term(one.name, f"<={scales.limit(one.name)}" if one.value is not None else exactly(one.label or ""))
        for one in down
    )
    return f"any({' OR '.join(terms)})" if terms else ""


def _score(name: str, is_lower_better: bool) -> Measure:
    worse = ">" if is_lower_better else "<"
    return Measure(
        f"score.{name}", f"mean {name}", "mean", "number", "score_drop",
        lambda sample, _: values_by_name(sample.ratings).get(name, ()),
        lambda value: f"any({_score_term(name, f'{worse}{value:.9g}')})", is_score=True, is_lower_better=is_lower_better,
    )  # fmt: skip


FIELDS = {"prompt_name": "prompt", "prompt_version": "version"}
"""Dimensions of a sample whose filter field has another name."""


def find_behind(measure: Measure, value: float, of: Of, by: Sequence[str], key: Sequence[str | None]) -> str:
    """The filter terms for the traces of a group that make a measure bad; see `Measure.behind`."""
    terms = [_group_term(FIELDS.get(name, name), one) for name, one in zip(by, key, strict=True)]
    behind = measure.behind(value)
    if of == "calls":
        inside = [CALLS, *terms, *([behind] if measure.is_of_call else [])]
        outside = [] if measure.is_of_call else [behind]
        return " ".join([f"any({' '.join(inside)})", *outside]).strip()
    # A feature is inherited: a span without its own has that of its trace.
    groups = [f"any({term})" if not term.startswith("-") else term for term in terms]
    return " ".join([*groups, f"any({CALLS} {behind})" if measure.is_of_call else behind]).strip()


def _group_term(field: str, value: str | None) -> str:
    return f"-has:{field}" if value is None else f"{field}:{exactly(value)}"


_LONGEST = 200
_NOT_IN_FILTERS = re.compile("[\0\ud800-\udfff]")


def exactly(value: str) -> str:
    """A value as a filter says it after the colon; with a star for what cannot stand in one, and for a very long end."""
    pieces = _NOT_IN_FILTERS.split(value[:_LONGEST])
    if len(pieces) == 1 and len(value) <= _LONGEST:
        return f"={quote(value)}"
    return "*".join(quote(piece) if piece else "" for piece in pieces) + ("*" if len(value) > _LONGEST else "")


def _score_term(name: str, test: str) -> str:
    """A score that a filter cannot name is found with all others."""
    if not name or len(name) > _LONGEST or _NOT_IN_FILTERS.search(name):
        return "is:rated"
    return f"score.{quote(name)}:{test}"
