"""The columns of the tables of groups, sessions and users, and what they are sorted by. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal, TypeAlias

from tracetui.figures import Bundle, Group
from tracetui.text import ABSENT, about, ago, count, duration, inert, money, tokens
from tracetui.tui.lines.palette import Ink
from tracetui.tui.widgets.columns import draw_money
from tracetui.tui.widgets.table_columns import TableColumn

Summed: TypeAlias = Group | Bundle
_BAR = 16


def draw_cost(row: Summed, cells: int) -> Ink:
    """What is priced; `≥` where something is not, a dash where nothing is."""
    if row.cost_usd is None:
        return (ABSENT, "faint") if row.unpriced else ("", "faint")
    return about(draw_money(row.cost_usd, cells, partial=row.unpriced > 0), row.is_estimate), "strong"


def _priced(row: Summed, cells: int) -> Ink:
    if not row.unpriced:
        return "", "faint"
    return f"{count(row.priced)} of {count(row.priced + row.unpriced)} priced", "warning"


def _counted(name: str, tone: str = "text", sign: str = "") -> Callable[[Summed, int], Ink]:
    def draw(row: Summed, cells: int) -> Ink:
        number: int = getattr(row, name)
        return (
            (f"{about(count(number), row.is_estimate)}{sign}", tone)
            if number
            else ("", "faint")
            if sign
            else ("0", "faint")
        )

    return draw


def _tokens(row: Summed, cells: int) -> Ink:
    return (about(tokens(row.usage.total), row.is_estimate) if row.usage.is_recorded else ABSENT), "text"


def _bucket(name: str) -> Callable[[Summed, int], Ink]:
    def draw(row: Summed, cells: int) -> Ink:
        number: int | None = getattr(row.usage, name)
        return about(tokens(number), row.is_estimate) if number else "", "muted"

    return draw


def _took(of: Literal["latency", "ttft"], percent: int) -> Callable[[Group, int], Ink]:
    def draw(row: Group, cells: int) -> Ink:
        ns: int | None = getattr(getattr(row, of), f"p{percent}_ns")
        said = about(duration(ns), row.is_estimate)
        return (ABSENT, "faint") if ns is None else (said, "text" if percent == 50 else "muted")

    return draw


def key_text(row: Group) -> str:
    """The values of a group as a reader sees them."""
    return " · ".join("(none)" if part is None else inert(part) for part in row.key)


GROUP_SORTS: dict[str, Callable[[Group], float]] = {
    "cost": lambda row: row.cost_usd or 0.0,
    "tokens": lambda row: row.usage.total,
    "calls": lambda row: row.calls,
    "traces": lambda row: row.traces,
    "errors": lambda row: row.errors,
    "refused": lambda row: row.refused,
    "p50": lambda row: row.latency.p50_ns or 0,
    "p95": lambda row: row.latency.p95_ns or 0,
    "ttft": lambda row: row.ttft.p50_ns or 0,
}
"""What groups are sorted by, beside their `key`; bars and the chart show the same figure."""


def sort_groups(groups: Sequence[Group], sort: str) -> list[Group]:
    """The groups in the order of `-cost`, `key`, …; equal ones by their key."""
    name = sort.removeprefix("-")
    ordered = sorted(groups, key=key_text)
    if name in GROUP_SORTS:
        ordered.sort(key=GROUP_SORTS[name], reverse=sort.startswith("-"))
        return ordered
    return ordered[::-1] if sort.startswith("-") else ordered


def show_figure(name: str, value: float) -> str:
    """A figure of `GROUP_SORTS` in its unit."""
    if name == "cost":
        return money(value)
    return duration(round(value)) if name in ("p50", "p95", "ttft") else tokens(round(value))


def group_columns(by: str, sort: str, highest: float) -> list[TableColumn]:
    """Columns of a table of groups; a bar shows the figure that they are sorted by, `highest` as a full one."""
    figure = GROUP_SORTS.get(sort.removeprefix("-"), GROUP_SORTS["cost"])

    def bar(row: Group, cells: int) -> Ink:
        return draw_meter(figure(row) / highest if highest else 0.0, cells), "accent"

    return [
        TableColumn(
            by, 14, 0, lambda row, cells: (key_text(row), "faint" if row.key == (None,) else "text"), "<", "key"
        ),
        TableColumn("", 8, 5, bar, "<", at_most=_BAR),
        TableColumn("cost", 10, 1, draw_cost, sort="cost"),
        TableColumn("", 20, 15, _priced, "<", name="priced", may_go=True),
        TableColumn("calls", 7, 2, _counted("calls"), sort="calls"),
        TableColumn("traces", 7, 9, _counted("traces"), sort="traces"),
        TableColumn("tokens", 6, 3, _tokens, sort="tokens"),
        TableColumn("in", 5, 11, _bucket("input"), name="in", may_go=True),
        TableColumn("cached", 6, 12, _bucket("cache_read"), name="cached", may_go=True),
        TableColumn("written", 7, 17, _bucket("cache_write"), name="written", may_go=True),
        TableColumn("out", 5, 11, _bucket("output"), name="out", may_go=True),
        TableColumn("think", 5, 16, _bucket("reasoning"), name="think", may_go=True),
        TableColumn("err", 6, 4, _counted("errors", "error", "✕"), sort="errors", name="err", may_go=True),
        TableColumn("ref", 5, 8, _counted("refused", "refused", "⊘"), sort="refused", name="ref", may_go=True),
        TableColumn("p50", 6, 7, _took("latency", 50), sort="p50"),
        TableColumn("p95", 6, 6, _took("latency", 95), sort="p95"),
        TableColumn("p99", 6, 13, _took("latency", 99)),
        TableColumn("ttft", 6, 10, _took("ttft", 50), sort="ttft", name="ttft", may_go=True),
        TableColumn("ttft95", 6, 14, _took("ttft", 95), name="ttft95", may_go=True),
        TableColumn("ttft99", 6, 18, _took("ttft", 99), name="ttft99", may_go=True),
    ]


def draw_meter(share: float, cells: int) -> str:
    """A bar for a share of one; however small, one that is not zero shows."""
    halves = round(min(1.0, max(0.0, share)) * 2 * cells)
    if share > 0:
        halves = max(1, halves)
    return "━" * (halves // 2) + ("╸" if halves % 2 else "")


def bundle_columns(title: str, now_ns: Callable[[], int]) -> list[TableColumn]:
    """Columns of a table of sessions or users."""
    return [
        TableColumn(title, 14, 0, lambda row, cells: (inert(row.id), "text"), "<", "id"),
        TableColumn("seen", 8, 1, lambda row, cells: (ago(row.last_ns, now_ns()), "muted"), sort="last"),
        TableColumn("traces", 7, 2, _counted("traces"), sort="traces"),
        TableColumn("calls", 7, 6, _counted("calls"), sort="calls"),
        TableColumn("err", 6, 4, _counted("errors", "error", "✕"), sort="errors", name="err", may_go=True),
        TableColumn("ref", 5, 8, _counted("refused", "refused", "⊘"), name="ref", may_go=True),
        TableColumn("tokens", 6, 5, _tokens, sort="tokens"),
        TableColumn("in", 5, 10, _bucket("input"), name="in", may_go=True),
        TableColumn("cached", 6, 11, _bucket("cache_read"), name="cached", may_go=True),
        TableColumn("out", 5, 10, _bucket("output"), name="out", may_go=True),
        TableColumn("cost", 10, 3, draw_cost, sort="cost"),
        TableColumn("", 20, 12, _priced, "<", name="priced", may_go=True),
        TableColumn("lasted", 7, 9, _lasted, name="lasted", may_go=True),
        TableColumn("score", 7, 7, _mean, sort="score", name="score", may_go=True),
    ]


def _mean(row: Bundle, cells: int) -> Ink:
    return ("" if row.mean_score is None else f"★ {show_mean(row.mean_score)}"), "score"


def show_mean(value: float) -> str:
    """A mean score in at most five cells."""
    return f"{value:.2f}" if abs(value) < 10 else f"{value:.4g}"


def _lasted(row: Bundle, cells: int) -> Ink:
    return (duration(row.last_ns - row.first_ns) if row.last_ns > row.first_ns else ""), "muted"
