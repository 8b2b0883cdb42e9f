"""A comparison for people: each regression with its doubt and the command that lists the traces behind it."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence

from tracetui.analysis.comparison import Comparison, Evidence
from tracetui.analysis.measure_text import doubt_text, estimate_text, ratio_text, value_text
from tracetui.analysis.regressions import Finding
from tracetui.cli.output import Output
from tracetui.text import ABSENT, about, count, inert

_SIGNS = {"regression": ("✕", "error"), "chance": ("?", "running"), "few": ("·", "faint")}
_SAYS = {"chance": "over the limit, but it may be chance", "few": "over the limit, but too few to say"}


def check_lines(compared: Comparison, sources: Sequence[str], output: Output) -> Iterator[str]:
    """All of it. `sources` are named in the commands that are printed."""
    yield f"checked   {_side(compared.period.title, compared.period_traces, compared.period_kept)}"
    yield f"baseline  {_side(compared.baseline.title, compared.baseline_traces, compared.baseline_kept)}"
    yield ""
    if not compared.period_traces:
        yield "nothing to check: no traces in the period; --period, or --a and --b, choose others"
        return
    if not compared.baseline_traces:
        yield "no traces in the baseline: nothing but the refusal rate can be judged; --baseline, or --a, chooses others"
    for one in compared.evidence:
        if one.finding.verdict != "fine":
            yield from _finding_lines(one, compared, sources, output)
    yield _summary(compared)


def _side(title: str, traces: int, kept: int | None) -> str:
    sample = "" if kept is None else f", estimated from {count(kept)} that were kept"
    return f"{inert(title)}  ({about(count(traces), kept is not None)} trace{'' if traces == 1 else 's'}{sample})"


def _finding_lines(one: Evidence, compared: Comparison, sources: Sequence[str], output: Output) -> Iterator[str]:
    finding = one.finding
    sign, style = _SIGNS[finding.verdict]
    yield output.paint(f"{sign} {inert(finding_title(finding, compared.by))}: {finding_figures(finding)}", style)
    doubt = doubt_text(finding.change.measure, finding.change.doubt, compared.confidence)
    for line in (_SAYS.get(finding.verdict, ""), doubt):
        if line:
            yield f"    {line}"
    yield f"    tracetui ls {inert(shlex.join(sources))} -q {inert(shlex.quote(one.filter))}"
    if one.trace_ids:
        yield output.paint(f"    {inert(' '.join(one.trace_ids))}", "faint")


def finding_title(finding: Finding, by: str | None) -> str:
    """What a finding is about: `feature checkout: mean latency`."""
    group = f"{by} {finding.key[0] or ABSENT}: " if by else ""
    return f"{group}{finding.change.measure.title}"


def finding_figures(finding: Finding) -> str:
    """Both values and the limit: `1.2s (n 80) → 3.1s (n 75), 2.6 ×, limit 1.8s`."""
    change, measure = finding.change, finding.change.measure
    parts = [
        f"{estimate_text(measure, change.one)} → {estimate_text(measure, change.other)}",
        ratio_text(change),
        f"limit {value_text(measure, finding.limit)}" if finding.limit is not None else "",
    ]
    return ", ".join(part for part in parts if part)


def _summary(compared: Comparison) -> str:
    verdicts = [one.finding.verdict for one in compared.evidence]
    number = compared.regressions
    said = f"{number} regression{'' if number == 1 else 's'}" if number else "no regression"
    doubtful = verdicts.count("chance") + verdicts.count("few")
    return f"{said} in {len(verdicts)} measures" + (f", {doubtful} in doubt" if doubtful else "")
