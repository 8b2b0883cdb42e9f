"""The totals of the listed traces as parts of a line: counts, tokens by bucket, money with what it lacks, latency."""

from __future__ import annotations

from tracetui.model import Totals, Usage
from tracetui.text import about, count, duration, money, tokens
from tracetui.tui.lines.palette import Ink
from tracetui.tui.widgets.status_line_ink import Form, Part


def totals_parts(totals: Totals | None, rank: int) -> list[Part]:
    """The parts in drawing order; the lowest of their ranks is `rank`. None is *not added up yet*."""
    if totals is None:
        return [Part(rank, ((("…", "faint"),),))]
    is_estimate = totals.is_estimate
    parts = [
        Part(rank, _counted(totals.traces, "traces", "trc", is_estimate)),
        Part(rank + 6, _counted(totals.spans, "spans", "sp", is_estimate)),
        Part(rank + 7, _counted(totals.generations, "generations", "gen", is_estimate)),
        Part(rank + 2, _signed(totals.errors, "✕", "error", "error", is_estimate)),
    ]
    if totals.refused:
        parts.append(Part(rank + 4, _signed(totals.refused, "⊘", "refused", "refused", is_estimate)))
    if totals.running:
        parts.append(Part(rank + 8, _signed(totals.running, "▸", "running", "running", is_estimate)))
    parts.append(Part(rank + 3, tokens_forms(totals.usage, is_estimate)))
    if totals.priced or totals.unpriced:
        parts.append(Part(rank + 1, cost_forms(totals), "totals"))
    if totals.p50_ns is not None:
        parts.append(Part(rank + 5, _latency_forms(totals)))
    return parts


def _counted(number: int, word: str, short: str, is_estimate: bool) -> tuple[Form, ...]:
    word = word.removesuffix("s") if number == 1 else word
    figure: Ink = (about(count(number), is_estimate), "strong")
    return (figure, (f" {word}", "muted")), (figure, (f" {short}", "muted"))


def _signed(number: int, sign: str, word: str, tone: str, is_estimate: bool) -> tuple[Form, ...]:
    tone = tone if number else "muted"
    plural = "s" if word == "error" and number != 1 else ""
    figure: Ink = (f"{sign} {about(count(number), is_estimate)}", tone)
    return (figure, (f" {word}{plural}", "muted")), (figure,)


_BUCKETS = (
    ("input", "in", "input"),
    ("cache_read", "cached", "cache read"),
    ("cache_write", "written", "cache write"),
    ("output", "out", "output"),
    ("unsplit", "unsplit", "unsplit"),
)


def tokens_forms(usage: Usage, is_estimate: bool = False) -> tuple[Form, ...]:
    """All tokens with their buckets, `input→output`, and the bare total."""
    total: Ink = (about(tokens(usage.total if usage.is_recorded else None), is_estimate), "strong")
    label: Ink = (" tokens", "muted")
    known = [(name, long, getattr(usage, key)) for key, name, long in _BUCKETS if getattr(usage, key)]
    if not known:
        return ((total, label), (total, (" tok", "muted")))
    thinking = f" ({tokens(usage.reasoning)} thinking)" if usage.reasoning else ""
    forms: list[Form] = []
    for place in (1, 0):
        inks: list[Ink] = [total, (" tokens: ", "muted")]
        for order, bucket in enumerate(known):
            inks += [(" + " if order else "", "faint"), (tokens(bucket[2]), "text"), (f" {bucket[place]}", "muted")]
            inks.append((thinking if bucket[0] == "out" else "", "muted"))
        forms.append(tuple(ink for ink in inks if ink[0]))
    sent = (usage.input or 0) + (usage.cache_read or 0) + (usage.cache_write or 0)
    forms.append((total, (f" tok {tokens(sent)}→{tokens(usage.output or 0)}", "muted")))
    forms.append((total, (" tok", "muted")))
    return tuple(forms)


def cost_forms(totals: Totals) -> tuple[Form, ...]:
    """What is known of the money; where a price lacks, that it is a lower bound, and how many calls are priced."""
    usd = money(totals.cost_usd if totals.priced else None, partial=totals.unpriced > 0 and totals.priced > 0)
    figure: Ink = (about(usd, totals.is_estimate), "strong")
    if not totals.unpriced:
        return ((figure,),)
    calls = totals.priced + totals.unpriced
    return (
        (figure, (f" ({about(count(totals.priced), totals.is_estimate)} of {count(calls)} priced)", "warning")),
        (figure, (f" ({count(totals.priced)}/{count(calls)})", "warning")),
        (figure,),
    )


def _latency_forms(totals: Totals) -> tuple[Form, ...]:
    p50, p95 = (about(duration(ns), totals.is_estimate) for ns in (totals.p50_ns, totals.p95_ns))
    return (
        (("p50 ", "muted"), (p50, "text"), (" p95 ", "muted"), (p95, "text")),
        (("p95 ", "muted"), (p95, "text")),
    )
