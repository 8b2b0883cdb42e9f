"""A period against its baseline, asked of a workspace: the findings, each with a filter and some traces to look at."""

from __future__ import annotations

from msgspec import Struct

from tracetui.analysis.measures import Of
from tracetui.analysis.periods import Side
from tracetui.analysis.regressions import Finding, find_regressions
from tracetui.config import Check
from tracetui.query import Filter, compile_filter
from tracetui.workspace import Workspace

GROUPINGS: dict[str, tuple[str, Of]] = {
    "feature": ("feature", "traces"),
    "model": ("model", "calls"),
    "prompt": ("prompt_name", "calls"),
}
"""What can be grouped by: the dimension of a sample, and whether its groups are of traces or of calls."""

_SHOWN_TRACES = 5


class Evidence(Struct, frozen=True):
    """A finding, the filter of the traces that make it bad, and some of them: the worst or the newest first.

    Both are empty where it is fine, the ids too where a side is too small to say anything.
    """

    finding: Finding
    filter: str = ""
    trace_ids: tuple[str, ...] = ()


class Comparison(Struct, frozen=True):
    """What was compared with what: the sides, how many traces each has, and the findings, regressions first.

    `confidence` is that of the intervals, and what a regression has to be as sure as.
    """

    baseline: Side
    period: Side
    baseline_traces: int
    period_traces: int
    by: str | None
    confidence: float
    evidence: tuple[Evidence, ...]
    baseline_kept: int | None = None
    period_kept: int | None = None
    """Of how many kept traces the number of a side is an estimate; None where it is no estimate."""

    @property
    def regressions(self) -> int:
        """How many findings are regressions."""
        return sum(one.finding.verdict == "regression" for one in self.evidence)


def compare(
    workspace: Workspace, baseline: Side, period: Side, by: str | None, limits: Check, now_ns: int
) -> Comparison:
    """Compare two sides, by one of GROUPINGS or as a whole. `now_ns` is what `2h` in a filter is before."""
    dimension, of = GROUPINGS[by] if by else ("", "traces")
    dimensions = (dimension,) if dimension else ()
    filters = [compile_filter(side.filter, now_ns=now_ns) for side in (baseline, period)]
    before, now = (workspace.samples(dimensions, one) for one in filters)
    totals = [workspace.totals(one) for one in filters]
    kept = [one.kept if one.is_estimate else None for one in totals]
    found = find_regressions(before, now, dimensions, of, limits)
    evidence = tuple(_evidence(workspace, period, finding, now_ns) for finding in found)
    return Comparison(
        baseline, period, totals[0].traces, totals[1].traces, by, limits.confidence, evidence, kept[0], kept[1]
    )


def _evidence(workspace: Workspace, period: Side, finding: Finding, now_ns: int) -> Evidence:
    if not finding.behind:
        return Evidence(finding)
    text = f"{period.filter} {finding.behind}"
    if finding.verdict == "few":
        return Evidence(finding, text)
    return Evidence(finding, text, _worst(workspace, finding, compile_filter(text, now_ns=now_ns)))


def _worst(workspace: Workspace, finding: Finding, filter_: Filter) -> tuple[str, ...]:
    sort = {"ns": "-latency", "usd": "-cost", "tokens": "-tokens"}.get(finding.change.measure.unit, "-start")
    return tuple(workspace.trace_ids(filter_, sort, _SHOWN_TRACES))
