"""A receipt in words, for the command and the screen alike; every line is inert, and names its style or none."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from msgspec import Struct

from tracetui.analysis.receipt import Receipt
from tracetui.figures import Group
from tracetui.pricing.receipt import Itemised, Line
from tracetui.text import ABSENT, about, count, inert, money

_CONVENTIONS = {
    "inside": "the recorded input contains the cached tokens: {input} + {cached} = {whole}",
    "beside": "the recorded input stands beside the cached tokens: {input}, and {cached} cached",
    "both": "the input is recorded with the cached tokens and without them: {whole} = {input} + {cached}",
    "apart": "",
    "no cache": "",
    "unknown": "how the recorded input relates to the cached tokens cannot be told from what was captured",
}
_MOST_DIGITS = 18
"""Of a number that is written with its thousands apart; Python refuses to read thousands of digits."""


class Said(Struct, frozen=True):
    """One line; `style` is "heading", "faint", "refused" or "" for plain."""

    text: str
    style: str = ""


def receipt_lines(receipt: Receipt) -> Iterator[Said]:
    """The receipt of one call."""
    who = " ".join(part for part in (receipt.provider, receipt.model) if part) or "no model recorded"
    tier = f" · {receipt.service_tier}" if receipt.service_tier else ""
    yield Said(inert(f"{receipt.name or receipt.span_id} · {who}{tier}"), "heading")
    yield Said(inert(f"  trace {receipt.trace_id} · span {receipt.span_id}"), "faint")
    if receipt.not_loaded is not None:
        yield Said(f"  what was captured cannot be loaded: {inert(receipt.not_loaded)}", "refused")
    yield from _counts_lines(receipt)
    if receipt.computed is not None:
        yield from _itemised_lines(receipt.computed)
    elif receipt.why_not:
        yield Said(f"  {inert(receipt.why_not)}", "refused")
    yield from _verdict(receipt)
    if not receipt.counted:
        yield Said("  its cost is in that of other spans already: it is shown, and not added")
    yield Said("")


def _counts_lines(receipt: Receipt) -> Iterator[Said]:
    if receipt.counts:
        is_ours = receipt.convention == "apart"
        yield Said("  as tracetui keeps them, fresh and cached input apart" if is_ours else "  recorded", "faint")
        width = max(len(one.where) for one in receipt.counts)
        yield from (Said(inert(f"    {one.where:<{width}}  {_number(one.value):>12}")) for one in receipt.counts)
    usage = receipt.usage
    cached = (usage.cache_read or 0) + (usage.cache_write or 0)
    sentence = _CONVENTIONS[receipt.convention].format(
        input=count(usage.input), cached=count(cached), whole=count((usage.input or 0) + cached)
    )
    if sentence:
        yield Said(f"  {sentence}")


def _number(value: object) -> str:
    text = str(value)
    return count(int(text)) if text.isdecimal() and len(text) <= _MOST_DIGITS else text


def _itemised_lines(itemised: Itemised) -> Iterator[Said]:
    yield Said(inert(f"  {itemised.price}"), "faint")
    if itemised.above is not None:
        yield Said(f"    rates for more than {count(itemised.above)} input tokens")
    for line in itemised.lines:
        sum_ = f"{count(line.tokens):>12} × {_rate(line):>12} / M = {exact(line.usd):>14}"
        yield Said(f"    {line.bucket:<16}{sum_}{_like(line)}")
    if itemised.call_usd:
        yield Said(f"    {'the call itself':<16}{'':>31} = {exact(itemised.call_usd):>14}")


def _rate(line: Line) -> str:
    return ABSENT if line.per_million_usd is None else f"${line.per_million_usd:g}"


def _like(line: Line) -> str:
    return f"  (charged like {line.like}: no rate of its own)" if line.like else ""


def exact(usd: float | None) -> str:
    """Money with every digit that is charged, down to a hundred-millionth of a dollar."""
    return ABSENT if usd is None else f"${usd:,.8f}"


def _verdict(receipt: Receipt) -> Iterator[Said]:
    if receipt.computed is not None:
        yield Said(f"    {'computed':<16}{'':>31} = {exact(receipt.computed.usd):>14}", "heading")
    if receipt.recorded_usd is not None:
        yield Said(f"    {'recorded':<16}{'':>31} = {exact(receipt.recorded_usd):>14}", "heading")
        yield Said("    the recorded cost is what counts")
    difference = receipt.difference_usd
    if difference is not None and abs(difference) >= 5e-9:
        sign = "+" if difference > 0 else "−"
        yield Said(f"    recorded − computed = {sign}{exact(abs(difference))}")


def sum_lines(receipts: Sequence[Receipt]) -> Iterator[Said]:
    """What the receipts come to: the sum, what it lacks and why, and what was not added."""
    counted = [receipt for receipt in receipts if receipt.counted]
    known = [receipt.usd for receipt in counted if receipt.usd is not None]
    yield _sum(sum(known) if known else None, len(known), len(counted) - len(known))
    repeated = len(receipts) - len(counted)
    if repeated:
        yield Said(f"  {count(repeated)} not added: its cost is in that of other spans already")


def bill_lines(groups: Sequence[Group]) -> Iterator[Said]:
    """What the calls of a filter cost, from its groups by model and price; what has no price comes last, with the reason."""
    if not groups:
        yield Said("no model calls: there is nothing to pay for", "faint")
        return
    for group in groups:
        model, price = (inert(part) if part else ABSENT for part in group.key)
        yield Said(f"{model} · {price}", "refused" if group.cost_usd is None else "heading")
        yield Said(f"  {about(_calls(group.calls), group.is_estimate)}: {_buckets(group)}")
        if group.cost_usd is not None:
            yield Said(f"  = {about(exact(group.cost_usd), group.is_estimate)}")
        yield Said("")
    known = [group.cost_usd for group in groups if group.cost_usd is not None]
    priced, unpriced = (sum(getattr(group, name) for group in groups) for name in ("priced", "unpriced"))
    yield _sum(sum(known) if known else None, priced, unpriced, any(group.is_estimate for group in groups))
    for group in groups:
        if group.unpriced:
            yield Said(
                f"  {about(count(group.unpriced), group.is_estimate)} without: {inert(group.key[0] or ABSENT)} ({inert(group.key[1] or ABSENT)})"
            )


def _sum(usd: float | None, priced: int, unpriced: int, is_estimate: bool = False) -> Said:
    amount = about(money(usd, partial=bool(unpriced and priced)), is_estimate)
    calls = f"{about(count(priced), is_estimate)} of {count(priced + unpriced)} priced"
    return Said(f"∑ {amount} = {about(exact(usd), is_estimate)} ({calls})", "heading")


def _calls(number: int) -> str:
    return f"{count(number)} call{'s' if number != 1 else ''}"


def _buckets(group: Group) -> str:
    usage = group.usage
    named = (
        ("fresh", usage.input),
        ("cache read", usage.cache_read),
        ("cache write", usage.cache_write),
        ("output", usage.output),
    )
    parts = [f"{about(count(tokens), group.is_estimate)} {name}" for name, tokens in named if tokens]
    return " + ".join(parts) or "no token counts"
