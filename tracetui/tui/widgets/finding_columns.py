"""The rows of a comparison of two periods: what was found, before, now, of how many, and whether it may be chance. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from tracetui.analysis.changes import Change
from tracetui.analysis.comparison import Evidence
from tracetui.analysis.measure_text import doubt_text, interval_text, ratio_text, shown, value_text
from tracetui.analysis.regressions import Finding
from tracetui.text import ABSENT, count, inert
from tracetui.tui.lines.palette import Ink
from tracetui.tui.widgets.table_columns import TableColumn

_SIGNS = {"regression": "✕", "chance": "?", "few": "·", "fine": " "}
_TONES = {"regression": "error", "chance": "warning", "few": "muted", "fine": "text"}
_SAYS = {"regression": "worse", "chance": "chance?", "few": "too few", "fine": "fine"}
_SENTENCES = {
    "regression": "worse than chance explains",
    "chance": "over the limit, but it may be chance",
    "few": "over the limit, but too few to say",
    "fine": "within the limit",
}


def finding_columns(by: str | None) -> Sequence[TableColumn]:
    """Columns for rows of Evidence, grouped by one of `comparison.GROUPINGS` or not at all."""
    group = [TableColumn(by, 12, 3, _group, "<", at_most=36)] if by else []
    return [
        TableColumn("measure", 15, 0, _measure, "<"),
        TableColumn("says", 7, 4, _says, "<"),
        *group,
        TableColumn("before", 8, 1, lambda row, _: (_before(row.finding), "muted")),
        TableColumn("now", 8, 2, _now),
        TableColumn("limit", 8, 8, lambda row, _: (_limit(row.finding), "faint")),
        TableColumn("ratio", 6, 7, lambda row, _: (ratio_text(row.finding.change), "text"), name="ratio", may_go=True),
        TableColumn("n", 13, 5, _sizes),
        TableColumn("difference", 12, 6, _doubt, "<", at_most=32, name="difference", may_go=True),
    ]


def finding_sentence(one: Evidence, confidence: float) -> str:
    """What is known of a finding, inert, for a line of its own."""
    finding = one.finding
    said = _SENTENCES[finding.verdict] if finding.limit is not None else "nothing before to hold it to"
    known = doubt_text(finding.change.measure, finding.change.doubt, confidence)
    return inert(f"{said}: {known}" if known else said)


def _measure(row: Evidence, cells: int) -> Ink:
    finding = row.finding
    return f"{_SIGNS[finding.verdict]} {inert(finding.change.measure.title)}", _TONES[finding.verdict]


def _says(row: Evidence, cells: int) -> Ink:
    finding = row.finding
    return (ABSENT, "faint") if finding.limit is None else (_SAYS[finding.verdict], _TONES[finding.verdict])


def _group(row: Evidence, cells: int) -> Ink:
    key = row.finding.key[0]
    return ("(none)", "faint") if key is None else (inert(key), "text")


def _before(finding: Finding) -> str:
    return shown(finding.change.measure, finding.change.one)


def _now(row: Evidence, cells: int) -> Ink:
    finding = row.finding
    tone = "strong" if finding.verdict == "fine" else _TONES[finding.verdict]
    return shown(finding.change.measure, finding.change.other), tone


def _limit(finding: Finding) -> str:
    return ABSENT if finding.limit is None else value_text(finding.change.measure, finding.limit)


def _sizes(row: Evidence, cells: int) -> Ink:
    change = row.finding.change
    return f"{count(change.one.n)} → {count(change.other.n)}", "muted"


def _doubt(row: Evidence, cells: int) -> Ink:
    return doubt_in_short(row.finding.change, cells), "muted"


def doubt_in_short(change: Change, cells: int) -> str:
    """The p-value, and the interval of the difference where there is room: `p 0.002  -0.35 to +0.01`."""
    known = change.doubt
    if known is None:
        return ""
    interval = "" if known.interval is None else interval_text(change.measure, known.interval)
    if known.p is None:
        return interval
    p = "p < 0.001" if known.p < 0.001 else f"p {known.p:.3f}"
    both = f"{p}  {interval}" if interval else p
    return both if len(both) <= cells else p
