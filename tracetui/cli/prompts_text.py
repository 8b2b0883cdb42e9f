"""Prompts for people: a table of versions, and two of them compared."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime

from tracetui.analysis.changes import Estimate
from tracetui.analysis.measure_text import doubt_text, estimate_text, shown, value_text
from tracetui.analysis.measures import Measure
from tracetui.analysis.prompts import CONFIDENCE, LOOKED_AT, Judged, PromptVersion, TextChange, VersionChange
from tracetui.cli.diff import piece_lines
from tracetui.cli.output import Output
from tracetui.cli.table import Column, table_lines
from tracetui.text import ABSENT, about, count, inert, tokens

_TITLES = {
    "error_rate": ("errors", 0),
    "refusal_rate": ("refused", 4),
    "latency_mean": ("latency", 3),
    "latency_p95": ("p95", 5),
    "cost_per_call": ("$/call", 1),
    "thumbs_down_rate": ("down", 1),
}
"""Title in the table, and its rank, by measure; scores come under their own name."""
_SAYS = {
    "better": ("better", "success"),
    "worse": ("worse", "error"),
    "noise": ("may be noise", "faint"),
    "few": ("too few to say", "faint"),
    "same": ("the same", "faint"),
}
_BEGINNING = 60


def version_lines(found: Sequence[PromptVersion], name: str | None, output: Output) -> Iterator[str]:
    """A line a version, then what is odd about prompts without one. `name` is the one that was asked for."""
    if not found and name is not None:
        yield f'no prompt "{inert(name)}" in these traces'
        return
    if not found:
        yield "no prompt is named in these traces; a call names it in prompt_name, or as docs/prompts.md says"
        return
    yield from table_lines(_columns(found), found, output.width, output.paint)
    for version in found:
        yield from _different_texts(version)


def _columns(found: Sequence[PromptVersion]) -> list[Column[PromptVersion]]:
    keys = [measure.key for measure, _ in found[0].estimates]
    scores = [key for key in keys if key.startswith("score.")]
    return [
        Column("prompt", lambda one: one.name or ABSENT, narrowest=8),
        Column("version", lambda one: one.version or ABSENT),
        Column(
            "calls", lambda one: about(count(round(one.sample.total("calls"))), one.sample.weighting is not None), ">"
        ),
        *(Column(title, _value(key), ">", rank) for key, (title, rank) in _TITLES.items()),
        Column("tok/call", _tokens, ">", rank=6),
        *(Column(f"★ {inert(key.removeprefix('score.'))}", _mean(key), ">", rank=2) for key in scores),
        Column("first seen", lambda one: _day(one.sample.first_ns), rank=7),
        Column("last seen", lambda one: _day(one.sample.last_ns), rank=3),
    ]


def _find(version: PromptVersion, key: str) -> tuple[Measure, Estimate] | None:
    return next((pair for pair in version.estimates if pair[0].key == key), None)


def _value(key: str) -> Callable[[PromptVersion], str]:
    def cell(version: PromptVersion) -> str:
        found = _find(version, key)
        return ABSENT if found is None else shown(*found)

    return cell


def _mean(key: str) -> Callable[[PromptVersion], str]:
    """The mean of a score, half the width of its interval, and of how many."""

    def cell(version: PromptVersion) -> str:
        found = _find(version, key)
        if found is None or found[1].value is None:
            return ABSENT
        measure, estimate = found
        half = "" if estimate.interval is None else f" ± {(estimate.interval.high - estimate.interval.low) / 2:.2g}"
        return f"{value_text(measure, estimate.value)}{half} ({count(estimate.n)})"

    return cell


def _tokens(version: PromptVersion) -> str:
    found = _find(version, "tokens_per_call")
    if found is None or found[1].value is None:
        return ABSENT
    return about(tokens(round(found[1].value)), found[1].effective_n is not None)


def _day(ns: int | None) -> str:
    return ABSENT if ns is None else datetime.fromtimestamp(ns // 10**9, UTC).strftime("%Y-%m-%d")


def _different_texts(version: PromptVersion) -> Iterator[str]:
    texts = version.texts
    if texts is None or len(texts.variants) < 2:
        return
    looked = f"in the {count(texts.looked_at)} calls that were looked at"
    cap = f" (at most {LOOKED_AT}, of {count(version.sample.calls)})" if version.sample.calls > LOOKED_AT else ""
    yield ""
    yield f"{inert(version.title)} has no version, and {len(texts.variants)} different texts {looked}{cap}:"
    for variant in texts.variants:
        beginning = inert(" ".join(variant.text.text.split()))[:_BEGINNING]
        yield f"  {variant.text.fingerprint}  {variant.calls} calls since {_day(variant.first_ns)}  {beginning}…"


def comparison_lines(change: VersionChange, output: Output) -> Iterator[str]:
    """The text's changes, then a line for each measure that both sides have something of."""
    for sign, version, style in (("-", change.one, "error"), ("+", change.other, "success")):
        seen = f"{_day(version.sample.first_ns)} to {_day(version.sample.last_ns)}"
        yield output.paint(f"{sign} {inert(version.title)}  {count(version.sample.calls)} calls, {seen}", style)
    yield ""
    yield from _text_lines(change.text, output)
    yield ""
    shown = [one for one in change.judged if one.change.one.n or one.change.other.n]
    for one in shown:
        yield from _measure_lines(one, output)
    if not any(one.verdict in ("better", "worse") for one in shown):
        yield ""
        yield "no difference that chance does not explain as well"


def _text_lines(text: TextChange | None, output: Output) -> Iterator[str]:
    if text is None:
        yield "no text was captured of one of them"
        return
    if not (text.one.is_template and text.other.is_template):
        calls = f"{text.one_call.span_id} and {text.other_call.span_id}"
        yield output.paint(inert(f"system prompts of the calls {calls}, with their values filled in:"), "faint")
    if text.one.text == text.other.text:
        yield "  the same text"
        return
    yield from (f"  {line}".rstrip() for line in piece_lines(text.pieces, output))


def _measure_lines(one: Judged, output: Output) -> Iterator[str]:
    change, measure = one.change, one.change.measure
    said, style = _SAYS[one.verdict]
    figures = f"{estimate_text(measure, change.one)} → {estimate_text(measure, change.other)}"
    yield f"{inert(measure.title)}: {figures}  {output.paint(said, style)}"
    if one.verdict not in ("few", "same"):
        yield output.paint(f"    {doubt_text(measure, change.doubt, CONFIDENCE)}", "faint")
