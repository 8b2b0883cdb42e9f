"""What got worse from a baseline to a period: each measure of each group against its limit, with its doubt. Pure.

A difference is a regression where it is over its limit, both sides are large enough, and chance alone seldom gives it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Literal, TypeAlias

from msgspec import Struct, structs

from tracetui.analysis.changes import Change, Doubt, doubt, estimate
from tracetui.analysis.measures import Measure, Of, find_behind, measures
from tracetui.analysis.rates import wilson
from tracetui.analysis.thumbs import Scales
from tracetui.config import Check
from tracetui.figures import Key, Sample

Verdict: TypeAlias = Literal["regression", "chance", "few", "fine"]
"""`chance`: over the limit, but it may be chance. `few`: over the limit, but one side is too small to say anything."""


class Finding(Struct, frozen=True):
    """A measure of a group in both samples. `limit` is the value that the second had to stay within, None where there
    is nothing to compare with. `behind` are filter terms for the traces that make it bad, empty where it is fine."""

    key: Key
    change: Change
    verdict: Verdict
    limit: float | None = None
    behind: str = ""


def find_regressions(
    baseline: Sequence[Sample], period: Sequence[Sample], by: Sequence[str], of: Of, limits: Check
) -> list[Finding]:
    """The findings of all groups that the period has, the regressions first; then those that are in doubt.

    `by` names what the samples are grouped by. Measures that the period has nothing of, or that are switched off, give
    no finding.
    """
    scales = Scales((rating for sample in (*baseline, *period) for rating in sample.ratings), limits.thumbs)
    before = {sample.key: sample for sample in baseline}
    rows = measures(of, [*baseline, *period], scales, limits.lower_is_better)
    found = [
        finding
        for sample in period
        for finding in _of_group(before.get(sample.key, Sample()), sample, rows, scales, limits)
    ]
    found = [_with_behind(finding, of, by) for finding in found]
    return sorted(found, key=lambda finding: _ORDER[finding.verdict])


_ORDER: Mapping[Verdict, int] = {"regression": 0, "chance": 1, "few": 2, "fine": 3}


def _of_group(before: Sample, now: Sample, rows: Sequence[Measure], scales: Scales, limits: Check) -> Iterator[Finding]:
    for measure in rows:
        if getattr(limits, measure.limit) <= 0:
            continue
        change = Change(
            measure,
            estimate(measure, before, scales, limits.confidence),
            estimate(measure, now, scales, limits.confidence),
        )
        if change.other.value is not None:
            yield _judge(now.key, change, before, now, scales, limits)


def _judge(key: Key, change: Change, before: Sample, now: Sample, scales: Scales, limits: Check) -> Finding:
    measure, value = change.measure, change.other.value
    limit = _limit(change, limits)
    if value is None or limit is None or not _is_over(measure, value, limit):
        return Finding(key, change, "fine", limit)
    change = structs.replace(change, doubt=doubt(measure, before, now, scales, limits.confidence))
    if change.other.size < limits.least or (measure.limit != "refusal_rate" and change.one.size < limits.least):
        return Finding(key, change, "few", limit)
    if measure.limit == "refusal_rate":
        change = structs.replace(change, doubt=_doubt_of_refusals(change, limits))
    is_sure = change.doubt is not None and change.doubt.is_sure
    return Finding(key, change, "regression" if is_sure else "chance", limit)


def _limit(change: Change, limits: Check) -> float | None:
    """The value up to which (of a score: down to which) nothing is said."""
    measure, setting = change.measure, float(getattr(limits, change.measure.limit))
    if measure.limit == "refusal_rate":
        return setting
    one = change.one.value
    if one is None:
        return None
    if measure.is_score:
        allowed = abs(one) * setting
        return one + allowed if measure.is_lower_better else one - allowed
    return one * setting


def _is_over(measure: Measure, value: float, limit: float) -> bool:
    return value > limit if measure.is_lower_better else value < limit


def _doubt_of_refusals(change: Change, limits: Check) -> Doubt:
    """Refusals are held to a share and not to the baseline: sure where all of the interval is over it, or where they
    have surely become more."""
    interval = wilson(*change.other.trials, limits.confidence)
    if interval.low > limits.refusal_rate:
        return Doubt(True, "Wilson", interval if change.doubt is None else change.doubt.interval)
    has_few = change.one.size < limits.least
    if change.doubt is None or has_few:
        return Doubt(False, "Wilson", None if change.doubt is None else change.doubt.interval)
    is_more = change.doubt.is_sure and (change.difference or 0) > 0
    return structs.replace(change.doubt, is_sure=is_more)


def _with_behind(finding: Finding, of: Of, by: Sequence[str]) -> Finding:
    if finding.verdict == "fine" or finding.limit is None:
        return finding
    measure = finding.change.measure
    behind = find_behind(measure, _worse_than(finding), of, by, finding.key)
    return structs.replace(finding, behind=behind)


def _worse_than(finding: Finding) -> float:
    """The value beyond which a single trace or call is one of those that make the measure bad: the limit, or for the
    95th percentile the baseline's own."""
    one = finding.change.one.value
    return one if finding.change.measure.kind == "p95" and one is not None else finding.limit or 0.0
